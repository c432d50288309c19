// The playground: the network with its neurons' maps, the plane, the curves, the hidden space.

import {
  bytes, context, draw_frames, element, fixed, floats, marker, movable, place_on, send, set_text, theme,
} from "./shared.js";

const POSITIVE = "#0072b2";
const NEGATIVE = "#d55e00";
const NUDGE = 0.1; // of a weight, for an arrow key
const STEP = 0.05; // of the probe
const REACH = 8; // pixels from a line that still hit it

function render({ model, el, signal }) {
  el.classList.add("nnb-v7");
  const style = model.get("palette");
  const rgb = style.colours.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const left = element("div", "nnb-v7-left", el);
  const right = element("div", "nnb-v7-right", el);
  const readout = make_readout();
  const network = make_network();
  const curves = make_curves();
  const plane = make_plane();
  const space = make_space();
  let pointed = null; // the neuron under the mouse: its map is shown large

  hide_parts();
  model.on("change:hidden", hide_parts);

  // A lesson may leave parts out.
  function hide_parts() {
    const hidden = model.get("hidden");
    for (const node of el.querySelectorAll("[data-part]")) {
      node.classList.toggle("nnb-hidden", hidden.includes(node.dataset.part));
    }
    const empty = (...parts) => parts.every((part) => hidden.includes(part));
    el.classList.toggle("nnb-v7-alone", empty("network", "curves"));
    left.classList.toggle("nnb-hidden", empty("training", "network", "curves"));
    right.classList.toggle("nnb-hidden", empty("regions", "hidden_space"));
  }

  function part_of(name, node) {
    node.dataset.part = name;
    return node;
  }

  const redraw = draw_frames(model, el, signal, (frame) => {
    const data = unpack(frame);
    const colours = theme(el);
    readout(frame);
    network.draw(frame, data, colours);
    curves(frame, data, colours);
    plane.draw(frame, data, colours);
    space(frame, data, colours);
  });

  function unpack(frame) {
    return {
      X: floats(frame.X),
      y: bytes(frame.y),
      wrong: bytes(frame.wrong),
      W: by_layer(floats(frame.W), frame.sizes.slice(1).map((n, k) => n * frame.sizes[k])),
      b: by_layer(floats(frame.b), frame.sizes.slice(1)),
      sleeping: by_layer(bytes(frame.sleeping), frame.sizes),
      maps: bytes(frame.maps),
      history: floats(frame.history),
      regions: bytes(frame.regions),
      strength: bytes(frame.strength),
      points: floats(frame.space.points),
      grid: floats(frame.space.grid),
    };
  }

  function by_layer(values, counts) {
    let end = 0;
    return counts.map((n) => values.subarray(end, (end += n)));
  }

  // Steps, loss and accuracy.
  function make_readout() {
    const table = part_of("training", element("div", "nnb-v7-readout", left));
    const item = (caption) => {
      const holder = element("div", "nnb-v7-item", table);
      element("span", "nnb-v7-caption", holder, caption);
      return holder;
    };
    const value = (holder, name) => element("span", `nnb-v7-value nnb-v7-${name}`, holder);
    const names = {
      steps: value(item("steps"), "steps"),
      epochs: value(item("epochs"), "epochs"),
      accuracy: value(item("accuracy: training"), "accuracy"),
      val_accuracy: value(item("validation"), "val-accuracy"),
      loss: value(item("loss: training"), "loss"),
      val_loss: value(item("validation"), "val-loss"),
    };
    return (frame) => {
      for (const [name, node] of Object.entries(names)) set_text(node, frame.readout[name]);
    };
  }

  // The network: neurons with their maps, weights as lines, and one weight to be changed.
  function make_network() {
    const holder = part_of("network", element("div", "nnb-v7-network", left));
    const canvas = element("canvas", "nnb-v7-canvas", holder);
    canvas.setAttribute("aria-hidden", "true");
    const touch = element("div", "nnb-v7-touch", holder);
    const neuron = element("div", "nnb-v7-neuron", holder);
    const chip = element("div", "nnb-v7-chip", holder);
    const words = part_of("network", element("div", "nnb-v7-words", left));
    const legend = part_of("network", element("div", "nnb-v7-legend", left));
    for (const [kind, text] of [
      ["positive", "positive weight"], ["negative", "negative weight"], ["size", "thick: large"],
      ["bias", "bias"], ["map", "map: blue above 0, orange below"],
    ]) {
      const key = element("span", `nnb-v7-key nnb-v7-key-${kind}`, legend);
      element("i", "", key);
      key.append(text);
    }
    const meaning = element("span", "nnb-v7-key-numbers", legend, "numbers: z → a, for scores s → ŷ");
    const tiles = document.createElement("canvas");
    let last = null;
    let drag = null; // where a weight was when it was taken, and how high the pointer
    let typed = null; // a weight on its way, until the kernel has answered

    chip.tabIndex = 0;
    chip.setAttribute("role", "slider");
    chip.setAttribute("aria-orientation", "vertical");
    neuron.tabIndex = 0;
    neuron.setAttribute("role", "button");
    neuron.setAttribute("aria-roledescription", "neuron");
    chip.addEventListener("focus", () => {
      if (!is_parameter(last.frame.selected)) choose(parameter_near(last.frame.selected));
    });
    neuron.addEventListener("focus", () => {
      if (!is_neuron(last.frame.selected)) choose(neuron_near(last.frame.selected));
    });
    chip.addEventListener("keydown", (event) => {
      const step = { PageDown: 1, PageUp: -1 }[event.key];
      if (step) {
        const all = parameters(last.frame.sizes);
        const at = all.indexOf(last.frame.selected);
        choose(all[(at + step + all.length) % all.length]);
        event.preventDefault();
        event.stopPropagation();
      }
    });
    movable(chip, {
      drag: (event, pressed) => pull(event, pressed, last.frame.selected),
      drop: () => { drag = null; },
      key: (dx, dy) => set_weight(last.frame.selected, current() + NUDGE * (dx + dy)),
    });
    movable(neuron, {
      drag: () => {},
      key: (dx, dy) => {
        const [k, i] = indices(last.frame.selected);
        const next = Math.min(Math.max(k + Math.sign(dx), 1), last.frame.sizes.length);
        const n = last.frame.sizes[next - 1];
        choose(`a${next}_${Math.min(Math.max(i - Math.sign(dy), 0), n - 1)}`);
      },
    });
    movable(touch, {
      focus: chip,
      drag(event, pressed) {
        if (!pressed) return pull(event, false, last.frame.selected);
        const hit = under(event);
        if (!hit) return;
        choose(hit);
        if (is_parameter(hit)) pull(event, true, hit);
        else neuron.focus({ preventScroll: true });
      },
      drop: () => { drag = null; },
      key: () => {},
    });
    touch.addEventListener("pointermove", (event) => {
      const hit = under(event);
      touch.style.cursor = hit ? (is_parameter(hit) ? "ns-resize" : "pointer") : "default";
      point_at(hit);
    });
    touch.addEventListener("pointerleave", () => point_at(null));

    function point_at(hit) {
      if (hit === pointed) return;
      pointed = hit;
      redraw();
    }

    function choose(name) {
      if (name === last.frame.selected) return;
      typed = null;
      last.frame.selected = name;
      send(model, { kind: "select", name });
    }

    // What a key starts from: the number typed last, or the network's own.
    function current() {
      return typed?.name === last.frame.selected ? typed.value : value_of(last, last.frame.selected);
    }

    function pull(event, pressed, name) {
      if (pressed) drag = { name, from: value_of(last, name), y: event.clientY };
      else if (drag) set_weight(drag.name, drag.from + (drag.y - event.clientY) / 40);
    }

    function set_weight(name, wanted) {
      const value = Math.round(100 * wanted) / 100;
      typed = { name, value };
      send(model, { kind: "weight", name, value });
    }

    function under(event) {
      if (!last) return null;
      return hit_at(last, ...place_on(touch, event));
    }

    function draw(frame, data, colours) {
      if (typed && Math.abs(value_of({ data }, typed.name) - typed.value) < 1e-3) typed = null;
      const paper = context(canvas);
      if (!paper) return;
      const { ctx, width, height } = paper;
      const places = place_neurons(frame, width, height);
      last = { frame, data, places };
      draw_captions(ctx, frame, places, colours);
      draw_lines(ctx, colours);
      draw_tiles(frame, data, colours);
      draw_neurons(ctx, frame, data, places, colours);
      set_handles(frame);
      set_text(words, frame.selected_words);
      meaning.classList.toggle("nnb-hidden", !frame.numbers);
    }

    function draw_captions(ctx, frame, places, colours) {
      ctx.fillStyle = colours.quiet;
      ctx.font = "12px sans-serif";
      ctx.textAlign = "center";
      const end = places.columns.length - 1;
      places.columns.forEach((column, k) => {
        const name = k === 0 ? "input" : k === end ? "scores" : end === 2 ? "hidden layer" : `hidden ${k}`;
        ctx.fillText(name, column[0].x, 13);
      });
    }

    function draw_lines(ctx, colours) {
      const { frame, places } = last;
      const draw_one = (name, halo) => {
        const w = value_of(last, name);
        const line = ends(places, name);
        const thick = 0.6 + (6.5 * Math.abs(w)) / (Math.abs(w) + 2);
        const dash = w < 0 ? [3 + 1.5 * thick, 2 + thick] : [];
        ctx.setLineDash(dash);
        ctx.lineWidth = thick;
        if (halo) {
          ctx.strokeStyle = colours.text;
          ctx.lineWidth += 3;
          ctx.setLineDash([]);
          trace_line(ctx, line);
          ctx.stroke();
          ctx.strokeStyle = colours.paper;
          ctx.lineWidth -= 1.5;
          trace_line(ctx, line);
          ctx.stroke();
          ctx.lineWidth -= 1.5;
          ctx.setLineDash(dash);
        }
        ctx.strokeStyle = w < 0 ? NEGATIVE : POSITIVE;
        ctx.globalAlpha = halo ? 1 : 0.8;
        trace_line(ctx, line);
        ctx.stroke();
        ctx.globalAlpha = 1;
      };
      const on_top = new Set();
      for (const name of parameters(frame.sizes)) {
        if (name[0] !== "W") continue;
        if (name === frame.selected || name === pointed) on_top.add(name);
        else draw_one(name, false);
      }
      for (const name of on_top) draw_one(name, true);
      ctx.setLineDash([]);
    }

    // All maps, one below the other: blue above 0, orange below, the paper's colour at 0.
    function draw_tiles(frame, data) {
      const n = frame.map;
      const count = data.maps.length / (n * n);
      tiles.width = n;
      tiles.height = n * count;
      const image = new ImageData(n, n * count);
      for (let tile = 0; tile < count; tile += 1) {
        for (let row = 0; row < n; row += 1) {
          for (let column = 0; column < n; column += 1) {
            const value = data.maps[(tile * n + row) * n + column] - 128;
            const to = 4 * ((tile * n + n - 1 - row) * n + column); // the first row is the lowest
            const [r, g, b] = rgb[value < 0 ? 5 : 0];
            image.data.set([r, g, b, 2 * Math.abs(value)], to);
          }
        }
      }
      tiles.getContext("2d").putImageData(image, 0, 0);
    }

    function draw_map(ctx, tile, x, y, size) {
      const n = last.frame.map;
      // The outer places lie on the border itself.
      ctx.drawImage(tiles, 0.5, tile * n + 0.5, n - 1, n - 1, x, y, size, size);
    }

    function draw_neurons(ctx, frame, data, places, colours) {
      const { columns, size } = places;
      let tile = 0;
      columns.forEach((column, k) => column.forEach(({ x, y }, i) => {
        const corner = [x - size / 2, y - size / 2];
        ctx.fillStyle = colours.paper;
        ctx.fillRect(...corner, size, size);
        draw_map(ctx, tile, ...corner, size);
        tile += 1;
        const is_score = k === columns.length - 1;
        const chosen = frame.selected === `a${k + 1}_${i}`;
        ctx.strokeStyle = chosen ? colours.text : is_score ? style.colours[i] : colours.quiet;
        ctx.lineWidth = chosen || is_score ? 3 : 1;
        ctx.strokeRect(...corner, size, size);
        if (data.sleeping[k][i]) cross(ctx, x, y, size, colours);
        if (k > 0) draw_bias(ctx, data.b[k - 1][i], `b${k}_${i}`, x, y, size, colours);
        if (is_score) draw_class(ctx, x + size / 2 + 13, y, i, colours);
        if (frame.numbers) draw_number(ctx, frame.numbers[k][i], x, y + size / 2 + 11, colours);
        else if (k === 0) draw_number(ctx, i ? "x₂" : "x₁", x, y + size / 2 + 12, colours);
      }));
    }

    function cross(ctx, x, y, size, colours) {
      const r = 0.3 * size;
      for (const [colour, width] of [[colours.paper, 5], [NEGATIVE, 2.5]]) {
        ctx.strokeStyle = colour;
        ctx.lineWidth = width;
        ctx.beginPath();
        for (const way of [-1, 1]) {
          ctx.moveTo(x - r, y - way * r);
          ctx.lineTo(x + r, y + way * r);
        }
        ctx.stroke();
      }
    }

    function draw_bias(ctx, b, name, x, y, size, colours) {
      const chosen = name === last.frame.selected || name === pointed;
      ctx.beginPath();
      ctx.arc(x - size / 2, y - size / 2, chosen ? 6 : 4.5, 0, 2 * Math.PI);
      ctx.fillStyle = b < 0 ? colours.paper : POSITIVE;
      ctx.strokeStyle = b < 0 ? NEGATIVE : colours.paper;
      ctx.lineWidth = b < 0 ? 2.5 : 1;
      ctx.fill();
      ctx.stroke();
      if (!chosen) return;
      ctx.beginPath();
      ctx.arc(x - size / 2, y - size / 2, 8, 0, 2 * Math.PI);
      ctx.strokeStyle = colours.text;
      ctx.lineWidth = 1.5;
      ctx.stroke();
    }

    function draw_class(ctx, x, y, k, colours) {
      marker(ctx, style.markers[k], x, y, 6);
      ctx.fillStyle = style.colours[k];
      ctx.fill();
      ctx.fillStyle = colours.text;
      ctx.font = "12px sans-serif";
      ctx.textAlign = "left";
      ctx.fillText(String(k), x + 10, y + 4);
    }

    function draw_number(ctx, text, x, y, colours) {
      ctx.font = "11px sans-serif";
      ctx.textAlign = "center";
      ctx.lineWidth = 4;
      ctx.lineJoin = "round";
      ctx.strokeStyle = colours.paper;
      ctx.strokeText(text, x, y);
      ctx.fillStyle = colours.text;
      ctx.fillText(text, x, y);
    }

    // The elements that keys and screen readers meet, over what is selected.
    function set_handles(frame) {
      const { places } = last;
      const name = frame.selected;
      chip.classList.toggle("nnb-v7-away", !is_parameter(name));
      neuron.classList.toggle("nnb-v7-away", !is_neuron(name));
      if (is_parameter(name)) {
        const { x, y } = middle(places, name);
        const value = typed ? typed.value : value_of(last, name);
        put_at(chip, x, y);
        set_text(chip, fixed(value));
        chip.setAttribute("aria-valuenow", value.toFixed(2));
        chip.setAttribute("aria-label",
          `${frame.selected_words} Arrow keys change it, Page Down goes to the next one.`);
      } else if (is_neuron(name)) {
        const [k, i] = indices(name);
        put_at(neuron, places.columns[k - 1][i].x, places.columns[k - 1][i].y);
        neuron.style.width = neuron.style.height = `${places.size + 8}px`;
        neuron.setAttribute("aria-label",
          `${frame.selected_words} Arrow keys go to other neurons.`);
      } else {
        chip.setAttribute("aria-label", "Weights. Page Down goes from one to the next.");
        neuron.setAttribute("aria-label", "Neurons. Arrow keys go from one to the next.");
      }
    }

    return { draw, draw_map, tile_of: (name) => tile_of(last.frame.sizes, name) };
  }

  // Training and validation loss against steps; with batches, the batch's own behind them.
  function make_curves() {
    const box = part_of("curves", element("div", "nnb-v7-curves", left));
    const canvas = element("canvas", "nnb-v7-canvas", box);
    canvas.setAttribute("aria-hidden", "true");
    return (frame, data, colours) => {
      const paper = context(canvas);
      if (!paper) return;
      const { ctx, width, height } = paper;
      const box_left = 44;
      const low = height - 20;
      const n = data.history.length / 4;
      const last_step = Math.max(data.history[4 * (n - 1)], 1);
      const to_x = (step) => box_left + ((width - box_left - 90) * step) / last_step;
      const to_y = (loss) => Math.max(6, low - ((low - 8) * loss) / frame.history_limit);
      ctx.font = "11px sans-serif";
      ctx.lineWidth = 1;
      for (const share of [0, 0.5, 1]) {
        const y = to_y(share * frame.history_limit);
        ctx.strokeStyle = colours.line;
        ctx.beginPath();
        ctx.moveTo(box_left, y);
        ctx.lineTo(width - 90, y);
        ctx.stroke();
        ctx.fillStyle = colours.quiet;
        ctx.textAlign = "right";
        ctx.fillText(String(Number((share * frame.history_limit).toPrecision(3))), box_left - 5, y + 4);
      }
      ctx.fillText(frame.readout.steps, width - 90, height - 5);
      ctx.textAlign = "left";
      ctx.fillText("0", box_left, height - 5);
      ctx.fillText("loss, step by step", box_left + 30, height - 5);
      const lines = [[2, style.colours[0], [], 2.5, "training"], [3, NEGATIVE, [5, 3], 2, "validation"]];
      if (frame.has_batches) lines.unshift([1, colours.quiet, [], 0.8, "batch"]);
      const labels = [];
      for (const [column, colour, dash, thick, name] of lines) {
        ctx.strokeStyle = colour;
        ctx.lineWidth = thick;
        ctx.setLineDash(dash);
        ctx.beginPath();
        for (let i = 0; i < n; i += 1) {
          ctx.lineTo(to_x(data.history[4 * i]), to_y(data.history[4 * i + column]));
        }
        ctx.stroke();
        labels.push({ name, colour, y: to_y(data.history[4 * (n - 1) + column]) });
      }
      ctx.setLineDash([]);
      write_apart(ctx, labels, width - 84, low);
    };
  }

  // Names at the ends of the lines, moved apart where they would meet.
  function write_apart(ctx, labels, x, low) {
    labels.sort((one, other) => other.y - one.y);
    let ceiling = low + 4;
    for (const label of labels) {
      const y = Math.min(label.y + 4, ceiling);
      ctx.fillStyle = label.colour;
      ctx.fillText(label.name, x, y);
      ceiling = y - 13;
    }
  }

  // The plane of the points: regions, or the map of the neuron pointed at, and the probe.
  function make_plane() {
    const box = part_of("regions", element("div", "nnb-v7-box", right));
    const title = element("div", "nnb-v7-title", box);
    const holder = element("div", "nnb-v7-square", box);
    const canvas = element("canvas", "nnb-v7-canvas", holder);
    canvas.setAttribute("aria-hidden", "true");
    const touch = element("div", "nnb-v7-touch", holder);
    const handle = element("div", "nnb-v7-probe", holder);
    const words = element("div", "nnb-v7-below", box);
    const tiles = document.createElement("canvas");
    let last = null;
    let going = null; // a place on its way, until the kernel has answered
    handle.tabIndex = 0;
    handle.setAttribute("role", "button");
    handle.setAttribute("aria-roledescription", "point that can be moved");
    const follow = (event) => {
      const box_now = touch.getBoundingClientRect();
      const scale = (2 * last.frame.extent) / box_now.width;
      const at = [
        (event.clientX - box_now.left) * scale - last.frame.extent,
        last.frame.extent - (event.clientY - box_now.top) * scale,
      ];
      move(snapped(at, 7 * scale));
    };
    const key = (dx, dy) => {
      const [x, y] = going ?? last.frame.probe ?? [0, 0];
      move([x + STEP * dx, y + STEP * dy]);
    };
    movable(touch, { focus: handle, drag: follow, key });
    movable(handle, { drag: (event, pressed) => pressed || follow(event), key });

    // A point of the data, if one is near.
    function snapped([x, y], reach) {
      const { X } = last.data;
      let best = [x, y];
      let nearest = reach;
      for (let i = 0; i < X.length; i += 2) {
        const distance = Math.hypot(X[i] - x, X[i + 1] - y);
        if (distance < nearest) {
          nearest = distance;
          best = [X[i], X[i + 1]];
        }
      }
      return best;
    }

    function move(at) {
      const limit = last.frame.extent;
      going = at.map((v) => Math.min(limit, Math.max(-limit, v)));
      send(model, { kind: "probe", x: going[0], y: going[1] });
    }

    function draw(frame, data, colours) {
      last = { frame, data };
      going = null;
      const paper = context(canvas);
      if (!paper) return;
      const { ctx, width } = paper;
      const to_pixel = (x, y) => [
        ((x / frame.extent + 1) * width) / 2, ((1 - y / frame.extent) * width) / 2,
      ];
      const shown = is_neuron(pointed) ? pointed : is_neuron(frame.selected) ? frame.selected : null;
      const tile = shown && network.tile_of(shown);
      if (tile !== null && tile >= 0) {
        ctx.globalAlpha = 0.7; // so that points of the same colour stand out
        network.draw_map(ctx, tile, 0, 0, width);
        ctx.globalAlpha = 1;
      } else {
        draw_regions(ctx, tiles, data.regions, data.strength, frame.resolution, width);
      }
      draw_points(ctx, data.X, data, to_pixel, colours);
      if (frame.probe) ring(ctx, ...to_pixel(...frame.probe), colours);
      set_text(title, shown ? `What ${name_of(frame.sizes, shown)} answers` : "What the network answers");
      set_text(words, frame.probe_words || "Click in the plane to follow one point.");
      const [x, y] = to_pixel(...(frame.probe ?? [0, 0]));
      put_at(handle, x, y);
      handle.classList.toggle("nnb-v7-away", !frame.probe);
      handle.setAttribute("aria-label", `${frame.probe_words || "No point is followed."} Arrow keys move it.`);
    }

    return { draw };
  }

  // What the hidden layer makes of the plane: its points, and the lines of a grid.
  function make_space() {
    const box = part_of("hidden_space", element("div", "nnb-v7-box", right));
    const title = element("div", "nnb-v7-title", box);
    const holder = element("div", "nnb-v7-square", box);
    const canvas = element("canvas", "nnb-v7-canvas", holder);
    canvas.setAttribute("aria-hidden", "true");
    const words = element("div", "nnb-v7-below", box);
    const tiles = document.createElement("canvas");
    return (frame, data, colours) => {
      const { centre, half, axes, regions, strength, resolution, probe } = frame.space;
      set_text(title, frame.space.title);
      set_text(words, frame.space.words);
      const paper = context(canvas);
      if (!paper) return;
      const { ctx, width } = paper;
      const to_pixel = (x, y) => [
        (((x - centre[0]) / half + 1) * width) / 2, ((1 - (y - centre[1]) / half) * width) / 2,
      ];
      if (regions) draw_regions(ctx, tiles, bytes(regions), bytes(strength), resolution, width);
      draw_grid(ctx, frame, data.grid, to_pixel, colours);
      draw_points(ctx, data.points, data, to_pixel, colours);
      if (probe) ring(ctx, ...to_pixel(...probe), colours);
      ctx.font = "12px sans-serif";
      ctx.fillStyle = colours.text;
      ctx.textAlign = "right";
      ctx.fillText(axes[0], width - 5, width - 6);
      ctx.textAlign = "left";
      ctx.fillText(axes[1], 5, 14);
    };
  }

  function draw_grid(ctx, frame, grid, to_pixel, colours) {
    const n = frame.space.line;
    ctx.lineWidth = 1;
    ctx.strokeStyle = colours.quiet;
    ctx.globalAlpha = 0.55;
    for (let start = 0; start < grid.length; start += 2 * n) {
      ctx.beginPath();
      for (let i = start; i < start + 2 * n; i += 2) ctx.lineTo(...to_pixel(grid[i], grid[i + 1]));
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  }

  function draw_regions(ctx, tiles, regions, strength, n, width) {
    tiles.width = n;
    tiles.height = n;
    const image = new ImageData(n, n);
    for (let row = 0; row < n; row += 1) {
      for (let column = 0; column < n; column += 1) {
        const from = row * n + column;
        const to = 4 * ((n - 1 - row) * n + column); // the first row is the lowest
        const [r, g, b] = rgb[regions[from]];
        image.data[to] = r;
        image.data[to + 1] = g;
        image.data[to + 2] = b;
        image.data[to + 3] = 40 + 0.42 * strength[from];
      }
    }
    tiles.getContext("2d").putImageData(image, 0, 0);
    ctx.drawImage(tiles, 0, 0, width, width);
  }

  // A point predicted wrongly is hollow.
  function draw_points(ctx, places, data, to_pixel, colours) {
    const size = data.y.length > 150 ? 3.2 : 4.5;
    for (let i = 0; i < data.y.length; i += 1) {
      const k = data.y[i];
      const [x, y] = to_pixel(places[2 * i], places[2 * i + 1]);
      marker(ctx, style.markers[k], x, y, size);
      ctx.lineWidth = data.wrong[i] ? 2 : 0.8;
      ctx.strokeStyle = data.wrong[i] ? style.colours[k] : colours.paper;
      ctx.fillStyle = data.wrong[i] ? colours.paper : style.colours[k];
      ctx.fill();
      ctx.stroke();
    }
  }

  function ring(ctx, x, y, colours) {
    for (const [colour, width] of [[colours.paper, 5], [colours.text, 2.5]]) {
      ctx.beginPath();
      ctx.arc(x, y, 9, 0, 2 * Math.PI);
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      ctx.stroke();
    }
  }
}

// Where everything lies. Layers count from 1; "W1_2_0" leads from neuron 0 of layer 1 to neuron 2.

function place_neurons({ sizes, numbers }, width, height) {
  const most = Math.max(...sizes);
  const top = 24;
  const room = (height - top - 4) / most;
  const size = Math.min(64, room - (numbers ? 18 : 8));
  const gap = Math.min((width - size - 90) / (sizes.length - 1), 230);
  const start = (width - 20 - gap * (sizes.length - 1)) / 2;
  const columns = sizes.map((n, k) => {
    const apart = Math.min((height - top - 4) / n, 112);
    const middle_y = top + (height - top - 4) / 2 - (numbers ? 6 : 2);
    return Array.from({ length: n }, (_, i) => ({
      x: start + k * gap, y: middle_y + (i - (n - 1) / 2) * apart,
    }));
  });
  return { columns, size };
}

function ends({ columns, size }, name) {
  const [k, i, j] = indices(name);
  const from = columns[k - 1][j];
  const to = columns[k][i];
  return [from.x + size / 2, from.y, to.x - size / 2, to.y];
}

function trace_line(ctx, [x1, y1, x2, y2]) {
  const bend = 0.45 * (x2 - x1);
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
}

// A place on the same curve; share 0 is its start, 1 its end.
function along([x1, y1, x2, y2], share) {
  const bend = 0.45 * (x2 - x1);
  const [a, b, c, d] = [
    (1 - share) ** 3, 3 * (1 - share) ** 2 * share, 3 * (1 - share) * share ** 2, share ** 3,
  ];
  return {
    x: a * x1 + b * (x1 + bend) + c * (x2 - bend) + d * x2,
    y: (a + b) * y1 + (c + d) * y2,
  };
}

function middle(places, name) {
  if (name[0] === "W") return along(ends(places, name), 0.5);
  const [k, i] = indices(name);
  const { x, y } = places.columns[k][i];
  return { x: x - places.size / 2 - 26, y: y - places.size / 2 - 4 };
}

// What lies under a place: a neuron, a bias, or the nearest line.
function hit_at({ frame, places }, x, y) {
  const { columns, size } = places;
  for (let k = 0; k < columns.length; k += 1) {
    for (let i = 0; i < columns[k].length; i += 1) {
      const dx = x - columns[k][i].x;
      const dy = y - columns[k][i].y;
      if (k > 0 && Math.hypot(dx + size / 2, dy + size / 2) < 8) return `b${k}_${i}`;
      if (Math.max(Math.abs(dx), Math.abs(dy)) <= size / 2) return `a${k + 1}_${i}`;
    }
  }
  let best = null;
  let nearest = REACH;
  for (const name of parameters(frame.sizes)) {
    if (name[0] !== "W") continue;
    const line = ends(places, name);
    if (x < line[0] || x > line[2]) continue;
    for (let step = 0; step <= 20; step += 1) {
      const at = along(line, step / 20);
      const distance = Math.hypot(at.x - x, at.y - y);
      if (distance < nearest) {
        nearest = distance;
        best = name;
      }
    }
  }
  return best;
}

// Every weight and bias, layer by layer.
function parameters(sizes) {
  const names = [];
  for (let k = 1; k < sizes.length; k += 1) {
    for (let i = 0; i < sizes[k]; i += 1) {
      for (let j = 0; j < sizes[k - 1]; j += 1) names.push(`W${k}_${i}_${j}`);
      names.push(`b${k}_${i}`);
    }
  }
  return names;
}

function indices(name) {
  return name.slice(1).split("_").map(Number);
}

function is_parameter(name) {
  return Boolean(name) && name[0] !== "a";
}

function is_neuron(name) {
  return Boolean(name) && name[0] === "a";
}

function parameter_near(name) {
  if (!is_neuron(name)) return "W1_0_0";
  const [k, i] = indices(name);
  return k > 1 ? `W${k - 1}_${i}_0` : `W1_0_${i}`;
}

function neuron_near(name) {
  if (!is_parameter(name)) return "a2_0";
  const [k, i] = indices(name);
  return `a${k + 1}_${i}`;
}

function value_of({ data }, name) {
  const [k, i, j] = indices(name);
  if (name[0] === "b") return data.b[k - 1][i];
  const row = data.W[k - 1].length / data.b[k - 1].length;
  return data.W[k - 1][i * row + j];
}

function tile_of(sizes, name) {
  const [k, i] = indices(name);
  return i < sizes[k - 1] ? sizes.slice(0, k - 1).reduce((sum, n) => sum + n, 0) + i : -1;
}

function name_of(sizes, name) {
  const [k, i] = indices(name);
  if (k === 1) return i ? "x₂" : "x₁";
  if (k === sizes.length) return `the score of class ${i}`;
  return `neuron ${i + 1} of hidden layer ${k - 1}`;
}

function put_at(node, x, y) {
  node.style.left = `${x}px`;
  node.style.top = `${y}px`;
}

export default { render };
