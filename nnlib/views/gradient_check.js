// The gradient check: two numbers, the error against the step, the loss, a microscope on it.

import { draw_axes, polyline, power_ticks, round_ticks } from "./axes.js";
import {
  context, draw_frames, element, floats, marker, movable, place_on, send, set_text, theme,
} from "./shared.js";

const DTYPES = ["float64", "float32"];
const ANALYTIC = 2; // their places in the palette
const NUMERICAL = 5;

function render({ model, el, signal }) {
  el.classList.add("nnb-v5");
  const style = model.get("palette");
  const head = element("div", "nnb-v5-head", el);
  const numbers = make_numbers();
  const panels = element("div", "nnb-v5-panels", el);
  const errors = make_errors();
  const small = element("div", "nnb-v5-side", panels);
  const loss = make_loss();
  const microscope = make_microscope();
  let last = null;
  // Where the keys have moved to, until the kernel has answered: a key held down does not wait.
  const going = { log_h: null, w: null };

  hide_parts();
  model.on("change:hidden", hide_parts);

  // A lesson may leave parts out.
  function hide_parts() {
    const hidden = model.get("hidden");
    for (const node of el.querySelectorAll("[data-part]")) {
      node.classList.toggle("nnb-v5-hidden", hidden.includes(node.dataset.part));
    }
    const empty = hidden.includes("loss") && hidden.includes("microscope");
    small.classList.toggle("nnb-v5-hidden", empty);
  }

  draw_frames(model, el, signal, (frame) => {
    last = frame;
    for (const name of ["log_h", "w"]) {
      if (going[name] !== null && Math.abs(going[name] - frame[name]) < 1e-3) going[name] = null;
    }
    const colours = theme(el);
    numbers(frame);
    errors(frame, colours);
    loss(frame, colours);
    microscope(frame, colours);
  });

  // The two gradients, digit by digit, and what to think of them.
  function make_numbers() {
    const holder = element("div", "nnb-v5-numbers", head);
    const row = (name, index, note) => {
      const line = element("div", "nnb-v5-line", holder);
      const swatch = element("span", "nnb-v5-swatch", line);
      swatch.style.borderTopColor = style.colours[index];
      swatch.style.borderTopStyle = index === ANALYTIC ? "solid" : "dashed";
      element("span", "nnb-v5-name", line, name);
      const value = element("span", `nnb-v5-value nnb-v5-${name}`, line);
      element("span", "nnb-v5-note", line, note);
      return value;
    };
    const analytic = row("analytic", ANALYTIC, "from backward(): the slope at w");
    const numerical = row("numerical", NUMERICAL, "(L(w + h) − L(w − h)) / 2h");
    const result = element("div", "nnb-v5-line", holder);
    const mark = element("span", "nnb-v5-mark", result);
    mark.setAttribute("aria-hidden", "true");
    element("span", "nnb-v5-name", result, "relative error");
    const error = element("span", "nnb-v5-value nnb-v5-error", result);
    const verdict = element("div", "nnb-v5-verdict", head);
    verdict.setAttribute("role", "status");
    const marks = { good: "✓", fair: "~", kink: "∠", bad: "✗" };
    return (frame) => {
      set_text(analytic, frame.analytic_text);
      compare(numerical, frame.numerical_text, frame.analytic_text);
      set_text(error, frame.error_text);
      set_text(mark, marks[frame.kind]);
      set_text(verdict, frame.verdict);
      el.dataset.kind = frame.kind;
    };
  }

  // Underline the digits from the first one that differs.
  function compare(node, text, other) {
    if (node.dataset.text === `${text} ${other}`) return;
    node.dataset.text = `${text} ${other}`;
    let same = 0;
    while (same < text.length && text[same] === other[same]) same += 1;
    node.replaceChildren(text.slice(0, same));
    if (same < text.length) element("span", "nnb-v5-differs", node, text.slice(same));
  }

  function make_panel(name, parent, caption) {
    const panel = element("div", `nnb-v5-panel nnb-v5-panel-${name}`, parent);
    panel.dataset.part = name;
    const title = element("div", "nnb-v5-caption", panel, caption);
    const holder = element("div", "nnb-v5-picture", panel);
    const canvas = element("canvas", "nnb-v5-canvas", holder);
    canvas.setAttribute("aria-hidden", "true");
    return { title, holder, canvas };
  }

  // An element over a canvas that can be dragged, or moved with the arrow keys.
  function make_handle(holder, options) {
    const handle = element("div", "nnb-v5-handle", holder);
    handle.tabIndex = 0;
    handle.setAttribute("role", "slider");
    movable(handle, options);
    handle.addEventListener("blur", () => {
      going.log_h = null;
      going.w = null;
    });
    return handle;
  }

  function make_errors() {
    const { title, holder, canvas } = make_panel("errors", panels, "");
    DTYPES.forEach((name, k) => {
      const key = element("span", "nnb-v5-key", title);
      const swatch = element("span", "nnb-v5-swatch", key);
      swatch.style.borderTopColor = style.colours[k];
      swatch.style.borderTopStyle = k === 0 ? "solid" : "dashed";
      key.append(name);
    });
    let place = null;
    const handle = make_handle(holder, {
      drag(event) {
        send(model, { kind: "h", log_h: place.value(place_on(canvas, event)[0]) });
      },
      key(dx, dy) {
        const steps = last.log_steps;
        const from = going.log_h ?? last.log_h;
        const now = steps.reduce((best, step, i) =>
          (Math.abs(step - from) < Math.abs(steps[best] - from) ? i : best), 0);
        going.log_h = steps[Math.min(steps.length - 1, Math.max(0, now + dx + dy))];
        send(model, { kind: "h", log_h: going.log_h });
      },
    });
    return (frame, colours) => {
      const paper = context(canvas);
      if (!paper) return;
      const { ctx, width, height } = paper;
      const box = { left: 42, top: 22, right: width - 12, bottom: height - 34 };
      const x = { low: -15.2, high: 0.3, ticks: power_ticks(-15, 0, 3), name: "step h" };
      const low = frame.lowest - 0.4;
      const y = { low, high: 0.6, ticks: power_ticks(-14, 0, 2), name: "relative error" };
      y.ticks.push([frame.lowest, "0"]);
      const { to_x, to_y } = draw_axes(ctx, colours, box, x, y);
      place = { value: (px) => x.low + ((px - box.left) * (x.high - x.low)) / (box.right - box.left) };
      draw_words(ctx, colours, box, frame, to_y);
      for (const k of frame.dtype === "float64" ? [1, 0] : [0, 1]) {
        const chosen = DTYPES[k] === frame.dtype;
        draw_curve(ctx, frame.errors[DTYPES[k]], k, chosen, to_x, to_y);
      }
      draw_step(ctx, colours, box, frame, to_x, to_y);
      handle.style.left = `${to_x(frame.log_h)}px`;
      handle.style.top = `${to_y(frame.log_error ?? 0)}px`;
      handle.setAttribute("aria-label", "step h");
      handle.setAttribute("aria-valuenow", frame.log_h);
      handle.setAttribute("aria-valuetext", frame.error_label);
    };
  }

  function draw_words(ctx, colours, box, frame, to_y) {
    ctx.font = "12px sans-serif";
    ctx.fillStyle = colours.quiet;
    const y = to_y(frame.tolerance);
    ctx.strokeStyle = colours.quiet;
    ctx.setLineDash([2, 3]);
    polyline(ctx, [[box.left, y], [box.right, y]]);
    ctx.setLineDash([]);
    ctx.textAlign = "left";
    ctx.fillText("limit of check_gradients", box.left + 6, y + 15);
    ctx.fillText("← rounding", box.left + 6, box.bottom - 8);
    ctx.textAlign = "right";
    ctx.fillText(`${frame.reason} →`, box.right - 6, box.bottom - 8);
  }

  function draw_curve(ctx, points, k, chosen, to_x, to_y) {
    ctx.globalAlpha = chosen ? 1 : 0.75;
    ctx.strokeStyle = style.colours[k];
    ctx.fillStyle = style.colours[k];
    ctx.lineWidth = chosen ? 2.5 : 1.5;
    ctx.setLineDash(style.dashes[k]);
    const pixels = points.map(([x, y]) => [to_x(x), to_y(y)]);
    polyline(ctx, pixels);
    ctx.setLineDash([]);
    for (const [x, y] of pixels) {
      marker(ctx, style.markers[k], x, y, chosen ? 3 : 2);
      ctx.fill();
    }
    ctx.globalAlpha = 1;
  }

  function draw_step(ctx, colours, box, frame, to_x, to_y) {
    const x = to_x(frame.log_h);
    ctx.strokeStyle = colours.text;
    ctx.lineWidth = 1.2;
    polyline(ctx, [[x, box.top], [x, box.bottom]]);
    if (frame.log_error === null) return;
    const k = DTYPES.indexOf(frame.dtype);
    marker(ctx, style.markers[k], x, to_y(frame.log_error), 7);
    ctx.fillStyle = style.colours[k];
    ctx.fill();
    ctx.lineWidth = 2;
    ctx.stroke();
  }

  // The loss over w, with its kinks, the slope at w, and the line through the ends of the step.
  function make_loss() {
    const { title, holder, canvas } = make_panel("loss", small, "");
    let place = null;
    const move = (w) => {
      going.w = Math.min(last.w_limit, Math.max(-last.w_limit, w));
      send(model, { kind: "w", w: going.w });
    };
    const handle = make_handle(holder, {
      drag(event) {
        move(place.value(place_on(canvas, event)[0]));
      },
      key(dx, dy) {
        move((going.w ?? last.w) + (dx + dy) / 100);
      },
    });
    return (frame, colours) => {
      set_text(title, `the loss as ${frame.weight} changes; here w = ${frame.w_text}`);
      const paper = context(canvas);
      if (!paper) return;
      const { ctx, width, height } = paper;
      const box = { left: 34, top: 8, right: width - 8, bottom: height - 20 };
      const limit = frame.w_limit;
      const x = { low: -limit, high: limit, ticks: round_ticks(-limit, limit, 4) };
      const y = { low: 0, high: frame.loss_limit, ticks: round_ticks(0, frame.loss_limit, 4) };
      const { to_x, to_y } = draw_axes(ctx, colours, box, x, y);
      place = { value: (px) => -limit + (2 * limit * (px - box.left)) / (box.right - box.left) };
      ctx.save();
      ctx.beginPath();
      ctx.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
      ctx.clip();
      draw_kinks(ctx, colours, box, frame, to_x);
      const points = pairs(frame.curve);
      ctx.strokeStyle = colours.quiet;
      ctx.globalAlpha = 0.55;
      ctx.lineWidth = 4;
      polyline(ctx, points.map(([w, value]) => [to_x(w), to_y(value)]));
      ctx.globalAlpha = 1;
      const line = (slope, reach) => [-reach, reach].map((by) =>
        [to_x(frame.w + by), to_y(frame.loss + slope * by)]);
      draw_slopes(ctx, frame, (slope) => line(slope, limit));
      ctx.restore();
      dot(ctx, colours, to_x(frame.w), to_y(frame.loss));
      handle.style.left = `${to_x(frame.w)}px`;
      handle.style.top = `${to_y(frame.loss)}px`;
      handle.setAttribute("aria-label", "point w");
      handle.setAttribute("aria-valuenow", frame.w);
      handle.setAttribute("aria-valuetext", frame.loss_label);
    };
  }

  function draw_kinks(ctx, colours, box, frame, to_x) {
    ctx.strokeStyle = colours.quiet;
    ctx.fillStyle = colours.quiet;
    ctx.textAlign = "left";
    ctx.font = "11px sans-serif";
    ctx.setLineDash([3, 3]);
    for (const kink of frame.kinks) {
      polyline(ctx, [[to_x(kink), box.top], [to_x(kink), box.bottom]]);
      ctx.fillText("kink", to_x(kink) + 3, box.top + 11);
    }
    ctx.setLineDash([]);
  }

  function draw_slopes(ctx, frame, line) {
    ctx.lineWidth = 2;
    ctx.strokeStyle = style.colours[ANALYTIC];
    polyline(ctx, line(frame.analytic));
    if (frame.numerical === null) return;
    ctx.strokeStyle = style.colours[NUMERICAL];
    ctx.setLineDash([6, 4]);
    polyline(ctx, line(frame.numerical));
    ctx.setLineDash([]);
  }

  // The loss between w - 3h and w + 3h, in units of h.
  function make_microscope() {
    const { title, canvas } = make_panel("microscope", small, "");
    return (frame, colours) => {
      set_text(title, `under the microscope: w ± 3h, with h = ${frame.h_text}`);
      const paper = context(canvas);
      if (!paper) return;
      const { ctx, width, height } = paper;
      const box = { left: 34, top: 8, right: width - 8, bottom: height - 20 };
      const reach = frame.reach;
      const x = { low: -reach, high: reach, ticks: [[-1, "w − h"], [0, "w"], [1, "w + h"]] };
      const limit = 1.1 * frame.near_limit;
      const { to_x, to_y } = draw_axes(ctx, colours, box, x, { low: -limit, high: limit, ticks: [] });
      ctx.save();
      ctx.beginPath();
      ctx.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
      ctx.clip();
      const [low, high] = frame.ends;
      ctx.strokeStyle = colours.quiet;
      ctx.globalAlpha = 0.55;
      ctx.lineWidth = 6;
      polyline(ctx, pairs(frame.near).map(([by, value]) => [to_x(by), to_y(value)]));
      ctx.globalAlpha = 1;
      // The line through the two ends of the step, and the slope at w.
      const middle = (low + high) / 2;
      draw_slopes(ctx, frame, (slope) => [-reach, reach].map((by) => [
        to_x(by), to_y((slope === frame.numerical && slope !== frame.analytic ? middle : 0) + slope * by),
      ]));
      ctx.restore();
      for (const [by, value] of [[-1, low], [1, high]]) {
        ctx.fillStyle = style.colours[NUMERICAL];
        marker(ctx, "D", to_x(by), to_y(value), 4.5);
        ctx.fill();
      }
      dot(ctx, colours, to_x(0), to_y(0));
    };
  }

  function dot(ctx, colours, x, y) {
    marker(ctx, "o", x, y, 5);
    ctx.fillStyle = style.colours[ANALYTIC];
    ctx.strokeStyle = colours.paper;
    ctx.lineWidth = 1.5;
    ctx.fill();
    ctx.stroke();
  }

  function pairs(view) {
    const flat = floats(view);
    return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
  }
}

export default { render };
