// Ten templates, the loss as bars, and both accuracies against λ.

import { bytes, draw_frames, element, movable, send, set_text } from "./shared.js";
import { make_chart, put, shape, value_under } from "./chart.js";

const SIDE = 28; // pixels across a digit
const KINDS = [
  { css: "training", title: "training", mark: "circle" },
  { css: "validation", title: "validation", mark: "rect" },
];

function render({ model, el, signal }) {
  el.classList.add("nnb-v4");
  const templates = make_templates();
  const side = element("div", "nnb-v4-side", el);
  const losses = make_losses();
  const accuracy = make_accuracy();

  hide_parts();
  model.on("change:hidden", hide_parts);

  // A lesson may leave parts out.
  function hide_parts() {
    const hidden = model.get("hidden");
    for (const node of el.querySelectorAll("[data-part]")) {
      node.classList.toggle("nnb-v4-hidden", hidden.includes(node.dataset.part));
    }
  }

  draw_frames(model, el, signal, (frame) => {
    templates(frame);
    losses(frame);
    accuracy(frame);
  });

  function part(name, className, parent) {
    const node = element("div", className, parent);
    node.dataset.part = name;
    return node;
  }

  function make_templates() {
    const holder = part("templates", "nnb-v4-templates", el);
    element("div", "nnb-v4-title", holder, "The templates: ten rows of W");
    const grid = element("div", "nnb-v4-grid", holder);
    const tiles = [...Array(10).keys()].map((k) => {
      const tile = element("div", "nnb-v4-tile", grid);
      const canvas = element("canvas", "nnb-v4-image", tile);
      canvas.width = SIDE;
      canvas.height = SIDE;
      canvas.setAttribute("aria-hidden", "true");
      element("div", "nnb-v4-digit", tile, String(k));
      return canvas.getContext("2d");
    });
    const scale = element("div", "nnb-v4-scale", holder);
    const low = element("span", "", scale);
    const strip = element("canvas", "nnb-v4-strip", scale);
    strip.height = 1;
    strip.setAttribute("aria-hidden", "true");
    const high = element("span", "", scale);
    element("span", "nnb-v4-caption", scale, "weight of a pixel");
    let painted = false;

    return (frame) => {
      const shades = bytes(frame.shades);
      const weights = bytes(frame.templates);
      const size = SIDE * SIDE;
      tiles.forEach((ctx, k) => paint(ctx, weights.subarray(k * size, (k + 1) * size), shades, SIDE));
      if (!painted) {
        strip.width = shades.length / 3;
        paint(strip.getContext("2d"), Uint8Array.from({ length: strip.width }, (_, i) => i), shades, strip.width);
        painted = true;
      }
      set_text(low, frame.scale[0]);
      set_text(high, frame.scale[2]);
    };
  }

  // Give each value its shade, row by row.
  function paint(ctx, values, shades, width) {
    const image = new ImageData(width, values.length / width);
    values.forEach((value, i) => {
      image.data.set(shades.subarray(3 * value, 3 * value + 3), 4 * i);
      image.data[4 * i + 3] = 255;
    });
    ctx.putImageData(image, 0, 0);
  }

  // What training makes small, and what counts: two bars with one scale.
  function make_losses() {
    const holder = part("losses", "nnb-v4-losses", side);
    const numbers = element("div", "nnb-v4-numbers", holder);
    const number = (caption, name) => {
      const item = element("div", "nnb-v4-item", numbers);
      element("span", "nnb-v4-caption", item, caption);
      return [name, element("span", `nnb-v4-number nnb-v4-${name}`, item)];
    };
    const texts = [
      number("loss L", "total"), number("‖W‖", "norm"), number("training accuracy", "accuracy"),
      number("validation accuracy", "val-accuracy"),
    ];
    const bars = {};
    const row = (caption, names) => {
      const line = element("div", "nnb-v4-row", holder);
      element("span", "nnb-v4-row-title", line, caption);
      const track = element("div", "nnb-v4-track", line);
      track.setAttribute("aria-hidden", "true");
      for (const name of names) bars[name] = element("div", `nnb-v4-bar nnb-v4-bar-${name}`, track);
    };
    row("training", ["data", "penalty"]);
    row("validation", ["validation"]);
    const axis = element("div", "nnb-v4-axis", holder);
    element("span", "", axis, "0");
    const end = element("span", "", axis);
    const legend = element("div", "nnb-v4-legend", holder);
    for (const [name, title] of [
      ["data", "data loss"], ["penalty", "penalty λ R(W)"], ["validation", "data loss, validation"],
    ]) {
      const key = element("span", "nnb-v4-key", legend);
      element("i", `nnb-v4-bar-${name}`, key);
      element("span", "", key, title);
      texts.push([name, element("span", `nnb-v4-${name}`, key)]);
    }
    return (frame) => {
      for (const [name, bar] of Object.entries(bars)) bar.style.width = `${100 * frame.lengths[name]}%`;
      for (const [name, node] of texts) set_text(node, frame.texts[name]);
      set_text(end, frame.loss_limit);
    };
  }

  function make_accuracy() {
    const holder = part("accuracy", "nnb-v4-accuracies", side);
    const legend = element("div", "nnb-v4-legend", holder);
    for (const kind of KINDS) {
      const key = element("span", "nnb-v4-key", legend);
      const sample = shape("svg", "", key, { width: 40, height: 14, "aria-hidden": true });
      shape("line", `nnb-v4-line nnb-v4-line-${kind.css}`, sample, { x1: 0, x2: 40, y1: 7, y2: 7 });
      place(dot(kind, sample, 5), 20, 7);
      element("span", "", key, kind.title);
    }
    const picture = element("div", "nnb-v4-picture", holder);
    const chart = make_chart(picture, "nnb-v4-plot");
    const guide = shape("line", "nnb-v4-guide", chart.over);
    const lines = KINDS.map(({ css }) => shape("path", `nnb-v4-line nnb-v4-line-${css}`, chart.inside));
    const small = KINDS.map(() => shape("g", "", chart.over));
    const large = KINDS.map((kind) => dot(kind, chart.over, 6.5));
    const words = element("p", "nnb-v4-words", holder);
    const handle = make_handle(picture, chart);

    return (frame) => {
      set_text(words, frame.words);
      handle(frame);
      const paper = chart.draw({ x: frame.x_axis, y: frame.y_axis });
      if (!paper) return;
      const { X, Y, height } = paper;
      put(guide, { x1: X(frame.index), x2: X(frame.index), y1: 0, y2: height });
      KINDS.forEach((kind, i) => {
        // Only what is trained already; the line runs through it from λ to λ.
        const known = frame.accuracies.map((pair, k) => [k, pair?.[i]]).filter(([, share]) => share !== undefined);
        put(lines[i], { d: known.map(([k, share], n) => `${n ? "L" : "M"}${X(k)} ${Y(share)}`).join("") });
        small[i].replaceChildren();
        for (const [k, share] of known) place(dot(kind, small[i], 3), X(k), Y(share));
        place(large[i], X(frame.index), Y(frame.accuracies[frame.index][i]));
      });
    };
  }

  function dot({ css, mark }, parent, r) {
    const size = mark === "circle" ? { r } : { width: 1.8 * r, height: 1.8 * r };
    return shape(mark, `nnb-v4-dot nnb-v4-dot-${css}`, parent, size);
  }

  function place(node, x, y) {
    if (node.tagName === "circle") return put(node, { cx: x, cy: y });
    const half = Number(node.getAttribute("width")) / 2;
    return put(node, { x: x - half, y: y - half });
  }

  // The plot is a slider, too: for the mouse, fingers and keys.
  function make_handle(picture, chart) {
    const node = element("div", "nnb-v4-handle", picture);
    node.tabIndex = 0;
    node.setAttribute("role", "slider");
    let last = null;
    let going = null; // on its way, so that a key held down does not wait for the kernel
    let sent = 0;
    const move = (index) => {
      const next = Math.min(last.last, Math.max(0, Math.round(index)));
      if (next === going && performance.now() - sent < 400) return;
      going = next;
      sent = performance.now();
      send(model, { kind: "l2", index: next });
    };
    movable(node, {
      drag: (event) => move(value_under(event, chart.holder, last.x_axis)),
      key(dx, dy) {
        const start = going !== null && performance.now() - sent < 400 ? going : last.index;
        move(start + dx + dy);
      },
    });
    return (frame) => {
      last = frame;
      put(node, {
        "aria-valuemin": 0,
        "aria-valuemax": frame.last,
        "aria-valuenow": frame.index,
        "aria-valuetext": frame.handle_label,
        "aria-label": frame.handle_label,
      });
    };
  }
}

export default { render };
