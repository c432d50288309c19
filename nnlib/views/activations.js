// Activation functions: the curve over its slope, and what each layer of a deep network makes.

import {
  bytes, context, draw_frames, element, fixed, floats, movable, place_on, send, set_text, theme,
} from "./shared.js";

const ALIVE = "#0072b2";
const FLAT = "#d55e00";
const FULL = 0.2; // a bar of this share is as high as its picture; a higher one is cut
const UNIT_ROWS = 5;
const COLUMNS = [
  ["layer", ""],
  ["z", "z"],
  ["spread", "spread of z"],
  ["a", "a = f(z)"],
  ["units", "units"],
  ["saturated", ""],
  ["dead", "dead units"],
  ["bar", "gradient norm"],
  ["gradient", ""],
];

function render({ model, el, signal }) {
  el.classList.add("nnb-v11");
  const style = model.get("palette");
  const curve = make_curve();
  const layers = make_layers();

  hide_parts();
  model.on("change:hidden", hide_parts);

  draw_frames(model, el, signal, (frame) => {
    const colours = theme(el);
    curve(frame, colours);
    layers(frame, colours);
  });

  // A lesson may leave parts out.
  function hide_parts() {
    const hidden = model.get("hidden");
    for (const node of el.querySelectorAll("[data-part]")) {
      node.classList.toggle("nnb-hidden", hidden.includes(node.dataset.part));
    }
  }

  // Three panels over one axis of z: f(z), its slope, and where the z of a layer lie.
  function make_curve() {
    const part = element("div", "nnb-v11-curve", el);
    part.dataset.part = "curve";
    const text = element("div", "nnb-v11-probe-text", part);
    const holder = element("div", "nnb-v11-panels", part);
    const canvas = element("canvas", "nnb-v11-canvas", holder);
    canvas.setAttribute("aria-hidden", "true");
    const handle = element("div", "nnb-v11-handle", holder);
    handle.tabIndex = 0;
    handle.setAttribute("role", "slider");
    const panels = { left: 34, right: 10, f: [20, 158], slope: [188, 258], z: [290, 346] };
    let last = null;
    let wish = null; // where the keys have moved the point, until the kernel has answered

    movable(holder, {
      focus: handle,
      drag(event) {
        wish = null;
        const [x] = place_on(holder, event);
        const share = (x - panels.left) / (holder.offsetWidth - panels.left - panels.right);
        send(model, { kind: "probe", z: (2 * share - 1) * last.limit });
      },
      key(dx, dy) {
        // A key held down does not wait for the kernel: it goes on from the last wish.
        const z = (wish ?? last.probe.z) + ((dx + dy) * last.limit) / 50;
        wish = Math.min(last.limit, Math.max(-last.limit, z));
        send(model, { kind: "probe", z: wish });
      },
    });

    handle.addEventListener("blur", () => {
      wish = null;
    });

    return (frame, colours) => {
      last = frame;
      if (wish !== null && Math.abs(frame.probe.z - wish) < frame.limit / 150) wish = null;
      set_text(text, frame.probe_text);
      handle.setAttribute("aria-label", "Point on the curve; the arrow keys move it");
      handle.setAttribute("aria-valuenow", frame.probe.z);
      handle.setAttribute("aria-valuetext", frame.probe_text);
      const paper = context(canvas);
      if (!paper) return;
      const { ctx, width } = paper;
      const to_x = (z) => panels.left
        + ((z / frame.limit + 1) / 2) * (width - panels.left - panels.right);
      const ends = [panels.left, width - panels.right];
      const [low, high] = frame.a_range;
      const to_a = scale(low, high, panels.f);
      const to_slope = scale(0, 1, panels.slope);
      const numbers = floats(frame.curve);
      const n = numbers.length / 3;
      draw_flat_zones(ctx, numbers, bytes(frame.flat), to_x);
      draw_axes(ctx, frame, ends, to_x, to_a, to_slope, colours);
      draw_line(ctx, numbers, n, 1, to_x, to_a, ALIVE, []);
      draw_line(ctx, numbers, n, 2, to_x, to_slope, colours.text, [7, 3]);
      draw_tangent(ctx, frame, ends, to_x, to_a, colours);
      const layer = frame.layers.find(({ k }) => k === frame.selected);
      draw_bars(ctx, floats(layer.z), ends[0], ends[1], ...panels.z, colours);
      titles(ctx, frame, colours);
      dot(ctx, to_x(frame.probe.z), to_slope(frame.probe.slope), colours);
      handle.style.left = `${to_x(frame.probe.z)}px`;
      handle.style.top = `${to_a(frame.probe.a)}px`;
    };

    function scale(low, high, [top, bottom]) {
      return (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
    }

    function draw_flat_zones(ctx, numbers, flat, to_x) {
      ctx.fillStyle = hatching(ctx, FLAT, 0.35);
      let start = null;
      for (let i = 0; i <= flat.length; i += 1) {
        if (flat[i] && start === null) start = to_x(numbers[i]);
        if (flat[i] || start === null) continue;
        const end = to_x(numbers[i - 1]);
        for (const [top, bottom] of [panels.f, panels.slope, panels.z]) {
          ctx.fillRect(start, top, end - start, bottom - top);
        }
        start = null;
      }
    }

    function draw_axes(ctx, frame, ends, to_x, to_a, to_slope, colours) {
      const [low, high] = frame.a_range;
      ctx.font = "11px sans-serif";
      ctx.fillStyle = colours.quiet;
      ctx.textAlign = "right";
      const a_ticks = low < 0 && high > 0 ? [[low, 0], [0, null], [high, 1]] : [[low, 0], [high, 1]];
      for (const [value, end] of a_ticks) {
        rule(ctx, ends, to_a(value), colours);
        const crowded = end === 0 && Math.abs(to_a(value) - to_a(0)) < 12 && low < 0;
        if (!crowded) {
          ctx.fillText(end === null ? "0" : frame.a_ends[end], ends[0] - 4, to_a(value) + 4);
        }
      }
      for (const [value, name] of [[0, "0"], [0.25, "¼"], [1, "1"]]) {
        rule(ctx, ends, to_slope(value), colours);
        ctx.fillText(name, ends[0] - 4, to_slope(value) + 4);
      }
      rule(ctx, ends, panels.z[1], colours);
      ctx.beginPath();
      for (const [top, bottom] of [panels.f, panels.slope, panels.z]) {
        ctx.moveTo(to_x(0), top);
        ctx.lineTo(to_x(0), bottom);
      }
      ctx.stroke();
      ctx.textAlign = "center";
      ctx.fillText("0", to_x(0), panels.z[1] + 14);
      ctx.textAlign = "left";
      ctx.fillText(`\u2212${frame.z_end}`, ends[0] - 4, panels.z[1] + 14);
      ctx.textAlign = "right";
      ctx.fillText(frame.z_end, ends[1] + 4, panels.z[1] + 14);
    }

    function rule(ctx, [from, to], y, colours) {
      ctx.strokeStyle = colours.line;
      ctx.lineWidth = 1;
      ctx.setLineDash([]);
      ctx.beginPath();
      ctx.moveTo(from, y);
      ctx.lineTo(to, y);
      ctx.stroke();
    }

    function draw_line(ctx, numbers, n, row, to_x, to_y, colour, dashes) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = 2.5;
      ctx.lineJoin = "round";
      ctx.setLineDash(dashes);
      ctx.beginPath();
      for (let i = 0; i < n; i += 1) ctx.lineTo(to_x(numbers[i]), to_y(numbers[row * n + i]));
      ctx.stroke();
      ctx.setLineDash([]);
    }

    // The tangent shows the slope; it ends where the panel ends.
    function draw_tangent(ctx, frame, ends, to_x, to_a, colours) {
      const { z, a, slope } = frame.probe;
      const reach = 0.45 * frame.limit;
      ctx.save();
      ctx.beginPath();
      ctx.rect(ends[0], panels.f[0] - 8, ends[1] - ends[0], panels.f[1] - panels.f[0] + 16);
      ctx.clip();
      ctx.strokeStyle = colours.text;
      ctx.lineWidth = 1.5;
      ctx.beginPath();
      ctx.moveTo(to_x(z - reach), to_a(a - reach * slope));
      ctx.lineTo(to_x(z + reach), to_a(a + reach * slope));
      ctx.stroke();
      ctx.restore();
      ctx.setLineDash([1, 3]);
      ctx.beginPath();
      ctx.moveTo(to_x(z), to_a(a));
      ctx.lineTo(to_x(z), panels.z[1]);
      ctx.stroke();
      ctx.setLineDash([]);
      dot(ctx, to_x(z), to_a(a), colours);
    }

    function dot(ctx, x, y, colours) {
      ctx.beginPath();
      ctx.arc(x, y, 5.5, 0, 2 * Math.PI);
      ctx.fillStyle = style.colours[1];
      ctx.fill();
      ctx.lineWidth = 1.5;
      ctx.strokeStyle = colours.text;
      ctx.stroke();
    }

    function titles(ctx, frame, colours) {
      ctx.font = "12px sans-serif";
      ctx.textAlign = "left";
      ctx.fillStyle = colours.text;
      ctx.fillText(`a = f(z), ${frame.name}`, panels.left, panels.f[0] - 8);
      ctx.fillText("its slope f\u2032(z)", panels.left, panels.slope[0] - 8);
      ctx.fillText(`the z of layer ${frame.selected}, all digits`, panels.left, panels.z[0] - 8);
    }
  }

  // One row a hidden layer: what it got, what it made of it, which units still learn.
  function make_layers() {
    const part = element("div", "nnb-v11-layers", el);
    part.dataset.part = "layers";
    const table = element("div", "nnb-v11-table", part);
    table.setAttribute("role", "group");
    table.setAttribute("aria-label", "Hidden layers; the arrow keys go from one to the next");
    const head = element("div", "nnb-v11-row nnb-v11-head", table);
    const heads = cells(head, (name, title) => element("span", `nnb-v11-${name}`, null, title));
    const body = element("div", "nnb-v11-body", table);
    const foot = element("div", "nnb-v11-row nnb-v11-foot", table);
    const ends = cells(foot, (name) => element("span", `nnb-v11-${name}`, null));
    for (const name of ["z", "a", "bar"]) {
      element("span", "", ends[name]);
      element("span", "", ends[name]);
    }
    const key = element("div", "nnb-v11-key", part);
    const keys = [["alive", ""], ["flat", ""], ["unit", "unit: the darker, the more digits give it a slope"],
      ["dead", "dead: no digit does"]];
    const key_texts = Object.fromEntries(keys.map(([name, words]) => {
      const item = element("span", "nnb-v11-key-item", key);
      element("i", `nnb-v11-key-${name}`, item, name === "dead" ? "×" : "");
      return [name, element("span", "", item, words)];
    }));
    const words = element("div", "nnb-v11-words", part);
    const summary = element("span", "nnb-v11-summary", words);
    element("span", "nnb-v11-loss-name", words, "loss on these digits");
    const loss = element("span", "nnb-v11-loss", words);
    words.setAttribute("role", "status");
    let rows = [];

    return (frame, colours) => {
      if (rows.length !== frame.layers.length) {
        rows = frame.layers.map(make_row);
        body.replaceChildren(...rows.map(({ node }) => node));
      }
      set_text(heads.saturated, frame.flat_name);
      set_text(key_texts.flat, frame.flat_name === "off" ? "off: slope 0" : "saturated: slope below 0.01");
      set_text(key_texts.alive, "with a slope");
      set_text(summary, frame.summary);
      set_text(loss, frame.loss);
      set_ends(ends.z, [`\u2212${frame.z_end}`, frame.z_end]);
      set_ends(ends.a, frame.a_ends);
      set_ends(ends.bar, frame.gradient_ends);
      frame.layers.forEach((layer, i) => write_row(rows[i], layer, frame));
      // All texts first: a canvas asks for its size, and would have the page laid out anew.
      frame.layers.forEach((layer, i) => draw_row(rows[i], layer, colours));
    };

    function cells(row, make) {
      return Object.fromEntries(COLUMNS.map(([name, title]) => {
        const cell = make(name, title);
        row.append(cell);
        return [name, cell];
      }));
    }

    function set_ends(cell, texts) {
      texts.forEach((text, i) => set_text(cell.children[i], text));
    }

    function make_row({ k }) {
      const node = element("div", "nnb-v11-row nnb-v11-layer-row", null);
      node.dataset.k = k;
      node.dataset.lmSuppressShortcuts = "true";
      node.setAttribute("role", "button");
      const parts = cells(node, (name) => {
        const drawn = ["z", "a", "units"].includes(name);
        const cell = element(drawn ? "canvas" : "span", `nnb-v11-${name}`, null);
        if (drawn) cell.setAttribute("aria-hidden", "true");
        return cell;
      });
      set_text(parts.layer, `layer ${k}`);
      const bar = element("span", "nnb-v11-fill", parts.bar);
      const choose = () => send(model, { kind: "layer", k });
      node.addEventListener("focus", choose);
      node.addEventListener("click", choose);
      node.addEventListener("keydown", (event) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        event.stopPropagation();
        const next = rows[rows.findIndex((row) => row.node === node) + step];
        if (next) next.node.focus();
      });
      return { node, parts, bar };
    }

    function write_row({ node, parts, bar }, layer, frame) {
      const selected = layer.k === frame.selected;
      node.classList.toggle("nnb-selected", selected);
      node.tabIndex = selected ? 0 : -1; // one stop for the Tab key
      node.setAttribute("aria-pressed", selected);
      node.setAttribute("aria-label", layer.label);
      for (const [name, text] of Object.entries(layer.texts)) set_text(parts[name], text);
      parts.dead.classList.toggle("nnb-v11-some", layer.texts.dead !== "0%");
      bar.style.width = `${fixed(100 * layer.length, 1)}%`;
    }

    function draw_row({ parts }, layer, colours) {
      for (const name of ["z", "a"]) {
        const paper = context(parts[name]);
        if (!paper) continue;
        draw_bars(paper.ctx, floats(layer[name]), 0, paper.width, 2, paper.height - 1, colours);
        paper.ctx.fillStyle = colours.line;
        paper.ctx.fillRect(0, paper.height - 1, paper.width, 1);
        if (name === "z") paper.ctx.fillRect(paper.width / 2 - 0.5, 0, 1, paper.height);
      }
      const paper = context(parts.units);
      if (paper) draw_units(paper, bytes(layer.awake), colours);
    }

    function draw_units({ ctx, width, height }, awake, colours) {
      const columns = Math.ceil(awake.length / UNIT_ROWS);
      const w = width / columns;
      const h = height / UNIT_ROWS;
      awake.forEach((share, i) => {
        const x = (i % columns) * w;
        const y = Math.floor(i / columns) * h;
        if (share) {
          ctx.globalAlpha = 0.15 + (0.85 * share) / 255;
          ctx.fillStyle = ALIVE;
          ctx.fillRect(x + 0.5, y + 0.5, w - 1, h - 1);
          return;
        }
        ctx.globalAlpha = 1;
        ctx.strokeStyle = FLAT;
        ctx.lineWidth = 1.2;
        ctx.beginPath();
        ctx.moveTo(x + 1, y + 1.5);
        ctx.lineTo(x + w - 1, y + h - 1.5);
        ctx.moveTo(x + w - 1, y + 1.5);
        ctx.lineTo(x + 1, y + h - 1.5);
        ctx.stroke();
      });
      ctx.globalAlpha = 1;
    }
  }

  // Shares as bars: values with a slope solid, saturated ones hatched on top of them.
  function draw_bars(ctx, shares, left, right, top, bottom, colours) {
    const n = shares.length / 2;
    const width = (right - left) / n;
    const high = bottom - top;
    const flat = hatching(ctx, FLAT, 1);
    for (let i = 0; i < n; i += 1) {
      const alive = Math.min(shares[i] / FULL, 1) * high;
      const whole = Math.min((shares[i] + shares[n + i]) / FULL, 1) * high;
      const x = left + i * width;
      ctx.fillStyle = ALIVE;
      ctx.fillRect(x, bottom - alive, width - 0.5, alive);
      ctx.fillStyle = flat;
      ctx.fillRect(x, bottom - whole, width - 0.5, whole - alive);
    }
    label_cut_bars(ctx, shares, n, left, width, top, colours);
  }

  // A bar that is cut says how much it holds.
  function label_cut_bars(ctx, shares, n, left, width, top, colours) {
    const all = Array.from({ length: n }, (_, i) => shares[i] + shares[n + i]);
    ctx.font = "10px sans-serif";
    ctx.fillStyle = colours.text;
    all.forEach((share, i) => {
      if (share <= FULL || share < (all[i - 1] ?? 0) || share <= (all[i + 1] ?? 0)) return;
      const to_left = i > n / 2;
      ctx.textAlign = to_left ? "right" : "left";
      const x = left + (to_left ? i : i + 1) * width + (to_left ? -3 : 3);
      ctx.fillText(`${Math.round(100 * share)}%`, x, top + 9);
    });
  }

  // Slanted lines as a colour to fill with.
  function hatching(ctx, colour, alpha) {
    const tile = document.createElement("canvas");
    tile.width = 5;
    tile.height = 5;
    const pen = tile.getContext("2d");
    pen.globalAlpha = alpha;
    pen.strokeStyle = colour;
    pen.lineWidth = alpha < 1 ? 1 : 2.2;
    for (const shift of [-5, 0, 5]) {
      pen.beginPath();
      pen.moveTo(shift, 5);
      pen.lineTo(shift + 5, 0);
      pen.stroke();
    }
    return ctx.createPattern(tile, "repeat");
  }
}

export default { render };
