// A linear classifier: the plane with its regions, the plane of the weights, and the tables.

import {
  arrow, badge, bytes, context, draw_frames, element, fixed, floats, marker, movable, send, set_text,
  theme,
} from "./shared.js";

const NUDGE = 0.05;

function render({ model, el, signal }) {
  el.classList.add("nnb-v1");
  const style = model.get("palette");
  const plane = make_plane();
  const side = element("div", "nnb-v1-side", el);
  const readout = make_readout();
  const weights = make_weights();
  const curve = make_curve();
  const rows = make_rows();
  const points = make_points();

  hide_parts();
  model.on("change:hidden", hide_parts);

  // A lesson may leave parts out.
  function hide_parts() {
    const hidden = model.get("hidden");
    for (const node of el.querySelectorAll("[data-part]")) {
      node.classList.toggle("nnb-hidden", hidden.includes(node.dataset.part));
    }
    el.classList.toggle("nnb-v1-without-loss", hidden.includes("training"));
    const side_is_empty = hidden.includes("training") && hidden.includes("gradients");
    side.classList.toggle("nnb-hidden", side_is_empty);
  }

  function part_of(name, node) {
    node.dataset.part = name;
    return node;
  }

  const redraw = draw_frames(model, el, signal, (frame) => {
    const data = unpack(frame);
    const colours = theme(el);
    plane.draw(frame, data, colours);
    readout(frame);
    weights.draw(frame, colours);
    curve(frame, data, colours);
    rows(frame);
    points(frame, data);
  });

  function unpack(frame) {
    return {
      X: floats(frame.X),
      y: bytes(frame.y),
      wrong: bytes(frame.wrong),
      scores: floats(frame.scores),
      losses: floats(frame.losses),
      history: floats(frame.history),
      regions: bytes(frame.regions),
      strength: bytes(frame.strength),
    };
  }

  // The plane of the points: regions, zero-score lines, rows of W, points.
  function make_plane() {
    const holder = element("div", "nnb-v1-plane", el);
    const canvas = element("canvas", "nnb-v1-canvas", holder);
    canvas.setAttribute("aria-hidden", "true");
    const handles = element("div", "nnb-v1-handles", holder);
    const tiles = document.createElement("canvas");
    const places = new Map(); // points on their way, until the kernel has answered
    let dragged = null;
    let last = null;

    function draw(frame, data, colours) {
      last = { frame, data };
      const paper = context(canvas);
      if (!paper) return;
      const { ctx, width } = paper;
      const to_pixel = (x, y) => [
        ((x / frame.extent + 1) * width) / 2,
        ((1 - y / frame.extent) * width) / 2,
      ];
      draw_regions(ctx, frame, data, width);
      frame.lines.forEach((line, k) => draw_line(ctx, frame, line, k, to_pixel, colours));
      place_handles(data.y.length);
      for (let i = 0; i < data.y.length; i += 1) {
        if (i !== frame.selected) draw_point(ctx, data, i, to_pixel, colours, false);
      }
      draw_point(ctx, data, frame.selected, to_pixel, colours, true);
      for (let i = 0; i < data.y.length; i += 1) set_handle(frame, data, i);
    }

    function place(data, i) {
      return places.get(i) ?? [data.X[2 * i], data.X[2 * i + 1]];
    }

    function draw_regions(ctx, frame, data, width) {
      const n = frame.resolution;
      tiles.width = n;
      tiles.height = n;
      const rgb = style.colours.map((hex) =>
        [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
      const image = new ImageData(n, n);
      for (let row = 0; row < n; row += 1) {
        for (let column = 0; column < n; column += 1) {
          const from = row * n + column;
          const to = 4 * ((n - 1 - row) * n + column); // the first row is the lowest
          const [r, g, b] = rgb[data.regions[from]];
          image.data[to] = r;
          image.data[to + 1] = g;
          image.data[to + 2] = b;
          image.data[to + 3] = 40 + 0.42 * data.strength[from];
        }
      }
      tiles.getContext("2d").putImageData(image, 0, 0);
      ctx.imageSmoothingEnabled = true;
      ctx.drawImage(tiles, 0, 0, width, width);
    }

    function draw_line(ctx, frame, line, k, to_pixel, colours) {
      if (!line) return;
      const [from, to] = line.map(([x, y]) => to_pixel(x, y));
      const [foot, tip] = frame.arrows[k].map(([x, y]) => to_pixel(x, y));
      for (const [colour, width] of [[colours.paper, 5], [style.colours[k], 2.5]]) {
        ctx.strokeStyle = colour;
        ctx.fillStyle = colour;
        ctx.lineWidth = width;
        ctx.setLineDash(style.dashes[k].map((dash) => 1.6 * dash));
        ctx.beginPath();
        ctx.moveTo(...from);
        ctx.lineTo(...to);
        ctx.stroke();
        ctx.setLineDash([]);
        ctx.lineJoin = "round";
        arrow(ctx, ...foot, ...tip, 12);
      }
    }

    // A point predicted wrongly is hollow.
    function draw_point(ctx, data, i, to_pixel, colours, selected) {
      const [x, y] = to_pixel(...place(data, i));
      const k = data.y[i];
      const size = data.y.length > 60 ? 4 : 6.5;
      if (selected) {
        ctx.beginPath();
        ctx.arc(x, y, size + 6, 0, 2 * Math.PI);
        ctx.lineWidth = 2;
        ctx.strokeStyle = colours.text;
        ctx.stroke();
      }
      marker(ctx, style.markers[k], x, y, size);
      ctx.lineWidth = (data.wrong[i] ? 3 : 1.5) * (size < 6 ? 0.7 : 1);
      ctx.strokeStyle = data.wrong[i] ? style.colours[k] : colours.paper;
      ctx.fillStyle = data.wrong[i] ? colours.paper : style.colours[k];
      ctx.fill();
      ctx.stroke();
    }

    function place_handles(n) {
      if (handles.children.length === n) return;
      handles.replaceChildren();
      places.clear();
      for (let i = 0; i < n; i += 1) handles.append(make_handle(i));
    }

    // Each point has an invisible element over it: for the mouse, fingers, keys and screen readers.
    function make_handle(i) {
      const handle = element("div", "nnb-v1-point", null);
      handle.setAttribute("role", "button");
      handle.setAttribute("aria-roledescription", "point that can be moved");
      handle.dataset.index = i;
      handle.tabIndex = -1;
      handle.addEventListener("focus", () => send(model, { kind: "select", index: i }));
      handle.addEventListener("keydown", (event) => turn(event, i));
      movable(handle, {
        drag(event, pressed) {
          dragged = i;
          if (!pressed) move(i, ...at(event));
        },
        drop() {
          dragged = null;
        },
        key(dx, dy) {
          const [x, y] = place(last.data, i);
          move(i, x + dx * NUDGE, y + dy * NUDGE);
        },
      });
      return handle;
    }

    function turn(event, i) {
      const n = handles.children.length;
      const step = { PageDown: 1, PageUp: -1 }[event.key];
      if (!step) return;
      handles.children[(i + step + n) % n].focus();
      event.preventDefault();
      event.stopPropagation();
    }

    function at(event) {
      const box = handles.getBoundingClientRect();
      const scale = (2 * last.frame.extent) / box.width;
      return [
        (event.clientX - box.left) * scale - last.frame.extent,
        last.frame.extent - (event.clientY - box.top) * scale,
      ];
    }

    function move(i, x, y) {
      const limit = last.frame.extent;
      const inside = [x, y].map((v) => Math.min(limit, Math.max(-limit, v)));
      places.set(i, inside);
      send(model, { kind: "move", index: i, x: inside[0], y: inside[1] });
      redraw();
    }

    function set_handle(frame, data, i) {
      const handle = handles.children[i];
      const answered = [data.X[2 * i], data.X[2 * i + 1]];
      const going = places.get(i);
      if (going && dragged !== i && Math.hypot(going[0] - answered[0], going[1] - answered[1]) < 2e-3) {
        places.delete(i);
      }
      const [x, y] = place(data, i);
      const spot = `${50 * (1 + x / frame.extent)}% ${50 * (1 - y / frame.extent)}%`;
      if (spot !== handle.dataset.spot) {
        handle.dataset.spot = spot;
        [handle.style.left, handle.style.top] = spot.split(" ");
      }
      // One stop for the Tab key; Page Up and Page Down go from point to point.
      const stop = i === frame.selected ? 0 : -1;
      if (handle.tabIndex !== stop) {
        handle.tabIndex = stop;
        handle.classList.toggle("nnb-on-top", stop === 0);
      }
      if (i === frame.selected) {
        handle.setAttribute("aria-label",
          `Point ${i}, class ${data.y[i]}, at ${fixed(x)}, ${fixed(y)}, loss ${fixed(data.losses[i])}`
          + `${data.wrong[i] ? ", predicted wrongly" : ""}. Arrow keys move it.`);
      }
    }

    return { draw };
  }

  // The loss as one bar of two parts, and the numbers.
  function make_readout() {
    const holder = part_of("training", element("div", "nnb-v1-readout", side));
    const number = (label, name) => {
      const item = element("div", "nnb-v1-item", holder);
      element("span", "nnb-v1-caption", item, label);
      return element("span", `nnb-v1-${name}`, item);
    };
    const step = number("steps", "step");
    const accuracy = number("accuracy", "accuracy");
    const loss = number("loss", "loss");
    const track = part_of("training", element("div", "nnb-v1-lossbar", side));
    track.setAttribute("aria-hidden", "true");
    const parts = ["data", "penalty"].map((name) => element("div", `nnb-v1-part-${name}`, track));
    const legend = part_of("training", element("div", "nnb-v1-legend", side));
    const part = (name, label) => {
      const item = element("span", `nnb-v1-key nnb-v1-key-${name}`, legend);
      element("i", "", item);
      element("span", "", item, label);
      return element("span", `nnb-v1-${name}`, item);
    };
    const data_loss = part("data-loss", "data loss");
    const penalty = part("penalty", "λ · penalty");
    return (frame) => {
      set_text(step, String(frame.step));
      set_text(accuracy, `${fixed(100 * frame.accuracy, 0)} %`);
      set_text(loss, fixed(frame.loss, 3));
      set_text(data_loss, fixed(frame.data_loss, 3));
      set_text(penalty, fixed(frame.penalty, 3));
      legend.hidden = !frame.has_penalty;
      parts[0].style.width = `${(100 * frame.data_loss) / frame.loss_limit}%`;
      parts[1].style.width = `${(100 * frame.penalty) / frame.loss_limit}%`;
    };
  }

  // The plane of the weights: each row of W as an arrow from the origin, -dL/dW at its tip.
  function make_weights() {
    const pair = element("div", "nnb-v1-pair", side);
    const box = part_of("gradients", element("div", "nnb-v1-box", pair));
    element("div", "nnb-v1-caption", box, "rows of W; thin arrows: −∂L/∂W; ○ next step");
    const holder = element("div", "nnb-v1-small", box);
    const canvas = element("canvas", "nnb-v1-canvas", holder);
    canvas.setAttribute("aria-hidden", "true");
    const tips = element("div", "nnb-v1-handles", holder);
    let last = null;
    let held = null; // the scale while a tip is dragged

    function draw(frame, colours) {
      last = frame;
      const paper = context(canvas);
      if (!paper) return;
      const { ctx, width } = paper;
      const limit = held ?? frame.weight_limit;
      const to_pixel = ([x, y]) => [
        ((0.92 * x / limit + 1) * width) / 2,
        ((1 - 0.92 * y / limit) * width) / 2,
      ];
      draw_axes(ctx, width, limit, colours);
      frame.W.forEach((row, k) => {
        const colour = style.colours[k];
        ctx.strokeStyle = colour;
        ctx.fillStyle = colour;
        ctx.lineWidth = 3;
        ctx.setLineDash(style.dashes[k]);
        arrow(ctx, ...to_pixel([0, 0]), ...to_pixel(row), 10);
        ctx.strokeStyle = colours.text;
        ctx.fillStyle = colours.text;
        ctx.lineWidth = 1.8;
        ctx.setLineDash([]);
        arrow(ctx, ...to_pixel(row), ...to_pixel(frame.downhill[k]), 7);
        ctx.beginPath();
        ctx.arc(...to_pixel(frame.next[k]), 3.5, 0, 2 * Math.PI);
        ctx.fillStyle = colours.paper;
        ctx.fill();
        ctx.stroke();
      });
      place_tips(frame, to_pixel, width);
    }

    function draw_axes(ctx, width, limit, colours) {
      ctx.strokeStyle = colours.line;
      ctx.lineWidth = 1;
      ctx.beginPath();
      ctx.moveTo(0, width / 2);
      ctx.lineTo(width, width / 2);
      ctx.moveTo(width / 2, 0);
      ctx.lineTo(width / 2, width);
      ctx.stroke();
      ctx.fillStyle = colours.quiet;
      ctx.font = "11px sans-serif";
      ctx.textAlign = "right";
      ctx.fillText(String(limit), width - 4, width / 2 + 13);
      ctx.fillText("w₁", width - 4, width / 2 - 5);
      ctx.textAlign = "left";
      ctx.fillText("w₂", width / 2 + 5, 12);
    }

    function place_tips(frame, to_pixel, width) {
      if (tips.children.length !== frame.W.length) {
        tips.replaceChildren(...frame.W.map((_, k) => make_tip(k)));
      }
      frame.W.forEach((row, k) => {
        const tip = tips.children[k];
        const [x, y] = to_pixel(row);
        tip.style.left = `${(100 * x) / width}%`;
        tip.style.top = `${(100 * y) / width}%`;
        tip.classList.toggle("nnb-on-top", k === frame.class_index);
        tip.setAttribute("aria-label",
          `Weights of class ${k}: ${fixed(row[0])}, ${fixed(row[1])}. Arrow keys change them.`);
      });
    }

    function make_tip(k) {
      const tip = element("div", "nnb-v1-tip", null);
      tip.tabIndex = 0;
      tip.dataset.k = k;
      tip.setAttribute("role", "button");
      badge(style, k, tip);
      tip.addEventListener("focus", () => send(model, { kind: "class", k }));
      movable(tip, {
        drag(event, pressed) {
          held ??= last.weight_limit;
          const box = tips.getBoundingClientRect();
          const scale = (2 * held) / (0.92 * box.width);
          const x = (event.clientX - box.left - box.width / 2) * scale;
          const y = (box.height / 2 - (event.clientY - box.top)) * scale;
          if (!pressed) send(model, { kind: "row", k, x, y });
        },
        drop() {
          held = null;
          redraw();
        },
        key(dx, dy) {
          // Remember it at once, so that a key held down does not wait for the kernel.
          last.W[k] = [last.W[k][0] + dx * NUDGE, last.W[k][1] + dy * NUDGE];
          send(model, { kind: "row", k, x: last.W[k][0], y: last.W[k][1] });
        },
      });
      return tip;
    }

    return { draw, pair };
  }

  function make_curve() {
    const box = part_of("training", element("div", "nnb-v1-box", weights.pair));
    element("div", "nnb-v1-caption", box, "loss after each step");
    const holder = element("div", "nnb-v1-small", box);
    const canvas = element("canvas", "nnb-v1-canvas", holder);
    canvas.setAttribute("aria-hidden", "true");
    return (frame, data, colours) => {
      const paper = context(canvas);
      if (!paper) return;
      const { ctx, width, height } = paper;
      const left = 40;
      const low = height - 18;
      const to_y = (loss) => low - ((low - 6) * loss) / frame.history_limit;
      ctx.strokeStyle = colours.line;
      ctx.lineWidth = 1;
      ctx.fillStyle = colours.quiet;
      ctx.font = "11px sans-serif";
      ctx.textAlign = "right";
      for (const share of [0, 0.5, 1]) {
        const y = to_y(share * frame.history_limit);
        ctx.beginPath();
        ctx.moveTo(left, y);
        ctx.lineTo(width, y);
        ctx.stroke();
        ctx.fillText(tick(share * frame.history_limit), left - 4, y + 4);
      }
      ctx.fillText(String(frame.step), width - 2, height - 4);
      ctx.textAlign = "left";
      ctx.fillText("0", left, height - 4);
      const n = data.history.length;
      const to_x = (i) => left + ((width - left - 4) * i) / Math.max(n - 1, 1);
      ctx.strokeStyle = style.colours[0];
      ctx.fillStyle = style.colours[0];
      ctx.lineWidth = 2;
      ctx.beginPath();
      data.history.forEach((loss, i) => ctx.lineTo(to_x(i), to_y(loss)));
      ctx.stroke();
      ctx.beginPath();
      ctx.arc(to_x(n - 1), to_y(data.history[n - 1]), 3.5, 0, 2 * Math.PI);
      ctx.fill();
    };
  }

  function tick(value) {
    return value >= 1e4 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  }

  // W, b and the way down, in numbers.
  function make_rows() {
    const table = part_of("gradients", element("table", "nnb-v1-weights", side));
    const head = element("tr", "", element("thead", "", table));
    for (const name of ["class", "w₁", "w₂", "b", "−∂L/∂w₁", "−∂L/∂w₂", "−∂L/∂b"]) {
      element("th", "", head, name);
    }
    const body = element("tbody", "", table);
    return (frame) => {
      if (body.children.length !== frame.W.length) {
        body.replaceChildren();
        frame.W.forEach((_, k) => {
          const row = element("tr", "", body);
          const name = element("th", "nnb-v1-class", row);
          badge(style, k, name);
          name.append(` ${k}`);
          for (let column = 0; column < 6; column += 1) element("td", "", row);
          row.addEventListener("click", () => send(model, { kind: "class", k }));
        });
      }
      frame.W.forEach((w, k) => {
        const row = body.children[k];
        const numbers = [...w, frame.b[k], ...frame.minus_dW[k], frame.minus_db[k]];
        numbers.forEach((value, column) => set_text(row.children[column + 1], fixed(value)));
        row.classList.toggle("nnb-selected", k === frame.class_index);
      });
    };
  }

  // Each point's scores and loss.
  function make_points() {
    const holder = part_of("scores", element("div", "nnb-v1-table", el));
    holder.tabIndex = 0;
    holder.setAttribute("aria-label", "Scores and loss of each point");
    holder.addEventListener("scroll", () => redraw());
    const table = element("table", "nnb-v1-points", holder);
    const head = element("tr", "", element("thead", "", table));
    const body = element("tbody", "", table);
    let shape = "";
    let selected = -1;
    let looks = []; // what each row shows beside its numbers

    function build(n, classes) {
      head.replaceChildren();
      element("th", "", head, "point");
      for (let k = 0; k < classes; k += 1) {
        const cell = element("th", "", head);
        badge(style, k, cell);
        cell.append(` s${"₀₁₂₃"[k]}`);
      }
      element("th", "", head, "loss");
      body.replaceChildren();
      looks = [];
      for (let i = 0; i < n; i += 1) {
        const row = element("tr", "", body);
        row.dataset.index = i;
        for (let column = 0; column < classes + 2; column += 1) element("td", "", row);
        row.lastChild.className = "nnb-v1-point-loss";
        row.addEventListener("click", () => send(model, { kind: "select", index: i }));
      }
    }

    return (frame, data) => {
      const n = data.y.length;
      const classes = frame.W.length;
      const wanted = `${n} ${classes} ${data.y.join("")}`;
      if (shape !== wanted) {
        shape = wanted;
        build(n, classes);
        for (let i = 0; i < n; i += 1) {
          badge(style, data.y[i], body.children[i].firstChild);
          body.children[i].firstChild.append(` ${i}`);
        }
      }
      if (frame.selected !== selected) {
        selected = frame.selected;
        show(body.children[selected]);
      }
      const [first, last] = visible(n);
      for (let i = first; i < last; i += 1) {
        const row = body.children[i];
        const scores = data.scores.subarray(i * classes, (i + 1) * classes);
        const best = scores.indexOf(Math.max(...scores));
        scores.forEach((score, k) => set_text(row.children[k + 1], fixed(score)));
        set_text(row.lastChild, fixed(data.losses[i]));
        const look = `${best} ${data.wrong[i]} ${i === frame.selected}`;
        if (look === looks[i]) continue;
        looks[i] = look;
        for (let k = 0; k < classes; k += 1) {
          row.children[k + 1].classList.toggle("nnb-best", k === best);
        }
        row.classList.toggle("nnb-wrong", data.wrong[i] === 1);
        row.classList.toggle("nnb-selected", i === frame.selected);
      }
    };

    // Of a long table only the rows in sight are written: laying out hundreds takes too long.
    function visible(n) {
      if (n <= 60) return [0, n];
      const height = body.firstChild.offsetHeight || 20;
      const first = Math.max(0, Math.floor(holder.scrollTop / height) - 2);
      return [first, Math.min(n, first + Math.ceil(holder.clientHeight / height) + 4)];
    }

    // Scroll the table, never the page.
    function show(row) {
      const top = row.offsetTop - head.offsetHeight;
      const bottom = row.offsetTop + row.offsetHeight;
      if (top < holder.scrollTop) holder.scrollTop = top;
      else if (bottom > holder.scrollTop + holder.clientHeight) {
        holder.scrollTop = bottom - holder.clientHeight;
      }
    }
  }
}

export default { render };
