// One neuron: the way of a number through it, its formula, and its curve with the step.

import { line_through, make_chart, put, say, shape, value_under } from "./chart.js";
import { draw_frames, element, floats, movable, send, set_text } from "./shared.js";

const NUDGE = 0.1;
const TANGENT = 105; // pixels to each side of the step

function render({ model, el, signal }) {
  el.classList.add("nnb-v8");
  const flow = make_flow();
  const formula = make_formula();
  const plot = part_of("curve", element("div", "nnb-v8-plot", el));
  const chart = make_chart(plot, "nnb-v8-chart");
  const curve = make_curve();
  const facts = make_facts();

  hide_parts();
  model.on("change:hidden", hide_parts);

  draw_frames(model, el, signal, (frame) => {
    flow(frame);
    formula(frame);
    curve(frame);
    facts(frame);
  });

  function part_of(name, node) {
    node.dataset.part = name;
    return node;
  }

  function hide_parts() {
    for (const node of el.querySelectorAll("[data-part]")) {
      node.classList.toggle("nnb-v8-hidden", model.get("hidden").includes(node.dataset.part));
    }
  }

  // Input, weight, sum with the bias, activation, output: the slide's drawing with numbers.
  function make_flow() {
    const holder = part_of("neuron", element("div", "nnb-v8-flow", el));
    const svg = shape("svg", "nnb-v8-drawing", holder, { viewBox: "0 0 660 124", "aria-hidden": "true" });
    const circle = (cx, caption) => {
      const round = shape("circle", "nnb-v8-node", svg, { cx, cy: 66, r: 28 });
      const value = shape("text", "nnb-v8-value", svg, { x: cx, y: 71 });
      say(shape("text", "nnb-v8-caption", svg, { x: cx, y: 116 }), caption);
      return { round, value };
    };
    const edge = (x1, x2, y = 66) => {
      const line = shape("path", "nnb-v8-edge", svg, { d: `M${x1} ${y}H${x2 - 10}` });
      shape("path", "nnb-v8-head", svg, { d: `M${x2} ${y}l-11 -5v10z` });
      return line;
    };
    const weighted = edge(66, 232);
    const weight = shape("text", "nnb-v8-value", svg, { x: 148, y: 50 });
    const bias = shape("text", "nnb-v8-value", svg, { x: 260, y: 14 });
    shape("path", "nnb-v8-edge", svg, { d: "M260 19V29" });
    shape("path", "nnb-v8-head", svg, { d: "M260 38l-5 -10h10z" });
    edge(288, 356);
    edge(424, 492);
    const input = circle(38, "input x");
    const sum = circle(260, "z = w·x + b");
    const output = circle(520, "output a");
    shape("rect", "nnb-v8-node", svg, { x: 356, y: 36, width: 68, height: 60, rx: 8 });
    const squash = shape("path", "nnb-v8-squash", svg);
    const place = shape("circle", "nnb-v8-place", svg, { r: 4.5 });
    const name = shape("text", "nnb-v8-caption", svg, { x: 390, y: 116 });
    return ({ texts, w, a, z_share, squash: heights, symbol }) => {
      say(input.value, texts.x);
      say(weight, `× w = ${texts.w}`);
      say(bias, `+ b = ${texts.b}`);
      say(sum.value, texts.z);
      say(output.value, texts.a);
      say(name, `a = ${symbol}(z)`);
      // Thicker means stronger; a negative weight is orange and dashed.
      weighted.classList.toggle("nnb-v8-negative", w < 0);
      weighted.style.strokeWidth = `${1 + 0.6 * Math.min(Math.abs(w), 10)}px`;
      const low = Math.min(...heights);
      const high = Math.max(...heights);
      const last = heights.length - 1;
      const to_box = {
        X: (i) => 364 + (52 * i) / last,
        Y: (a) => 88 - (44 * (a - low)) / (high - low),
      };
      put(squash, { d: line_through(heights.map((_, i) => i), heights, to_box) });
      const i = Math.round(z_share * last);
      put(place, { cx: to_box.X(i), cy: to_box.Y(heights[i]) });
      // The more the neuron answers, the stronger its colour; orange below 0.
      const share = `${(45 * Math.min(1, Math.abs(a))).toFixed(0)}%`;
      output.round.style.fill = `color-mix(in srgb, ${a < 0 ? "#d55e00" : "#0072b2"} ${share}, var(--nnb-paper))`;
    };
  }

  // The formula with symbols, and with this moment's numbers.
  function make_formula() {
    const line = part_of("neuron", element("div", "nnb-v8-formula", el));
    let kind = null;
    let draw = null;
    return (frame) => {
      if (kind !== frame.symbol) {
        kind = frame.symbol;
        line.replaceChildren();
        draw = kind === "σ" ? quotients(line) : calls(line, kind);
      }
      draw(frame.texts);
    };
  }

  function quotients(line) {
    const quotient = (inner) => {
      const whole = element("span", "nnb-v8-fraction", line);
      element("span", "nnb-v8-above", whole, "1");
      const below = element("span", "nnb-v8-below", whole, "1 + e");
      return element("sup", "", below, inner);
    };
    element("span", "", line, "a =");
    quotient("−(w·x + b)");
    element("span", "", line, "=");
    const numbers = quotient("");
    const value = element("span", "nnb-v8-result", line);
    return (texts) => {
      set_text(numbers, `−(${texts.product})`);
      set_text(value, `= ${texts.a}`);
    };
  }

  function calls(line, symbol) {
    element("span", "", line, `a = ${symbol}(w·x + b)`);
    const numbers = element("span", "", line);
    const value = element("span", "nnb-v8-result", line);
    return (texts) => {
      set_text(numbers, `= ${symbol}(${texts.product})`);
      set_text(value, `= ${texts.a}`);
    };
  }

  // The curve, its step with the tangent, and the point that can be moved.
  function make_curve() {
    const { inside, over, holder } = chart;
    const cross = shape("path", "nnb-v8-cross", inside);
    const rise = shape("path", "nnb-v8-rise", inside);
    const step = shape("path", "nnb-v8-step", inside);
    const tangent = shape("path", "nnb-v8-tangent", inside);
    const diamond = shape("path", "nnb-v8-diamond", over);
    const mark = shape("text", "nnb-v8-mark", over);
    const point = shape("circle", "nnb-v8-point", over, { r: 7 });
    const value = shape("text", "nnb-v8-at", over);
    const handle = element("div", "nnb-v8-handle", holder);
    handle.tabIndex = 0;
    handle.setAttribute("role", "slider");
    let axis = null;
    let x = 0; // where the input is, or is going to be
    let sent = null; // what the kernel has not answered yet: an older answer must not undo it
    movable(holder, {
      focus: handle,
      drag: (event) => move(value_under(event, holder, axis)),
      key: (dx, dy) => move(x + NUDGE * (dx + dy)),
    });

    function move(place) {
      x = Math.min(axis.high, Math.max(axis.low, place));
      sent = x;
      send(model, { kind: "x", x });
    }

    return (frame) => {
      axis = frame.x_axis;
      if (sent === null || Math.abs(frame.x - sent) < NUDGE / 4) [x, sent] = [frame.x, null];
      const scales = chart.draw({ x: axis, y: frame.y_axis });
      if (!scales) return;
      const { X, Y, width, height } = scales;
      put(rise, { d: line_through(floats(frame.places), floats(frame.curve), scales) });
      draw_step(frame, scales);
      const [left, top] = [X(frame.x), Y(frame.a)];
      put(cross, { d: `M${left} ${height}V${top}H0` });
      put(point, { cx: left, cy: top });
      place_value(frame, left, top, width, height);
      handle.style.left = `${chart.left + left}px`;
      handle.style.top = `${chart.top + top}px`;
      handle.setAttribute("aria-label", "Input x");
      handle.setAttribute("aria-valuemin", axis.low);
      handle.setAttribute("aria-valuemax", axis.high);
      handle.setAttribute("aria-valuenow", frame.x);
      handle.setAttribute("aria-valuetext", frame.texts.handle);
    };

    // Beside the curve, never on it: below a rising curve at its right, above a falling one.
    function place_value({ slope, texts }, left, top, width, height) {
      const rising = slope >= 0;
      const right = rising ? top < height - 30 && left < width - 90 : top > 30 && left < width - 90;
      const below = rising === right;
      say(value, texts.point, {
        x: left + (right ? 12 : -12),
        y: top + (below ? 21 : -11),
        "text-anchor": right ? "start" : "end",
      });
    }

    function draw_step(frame, { X, Y, width, height }) {
      const seen = frame.step !== null && X(frame.step) >= 0 && X(frame.step) <= width;
      for (const node of [step, tangent, diamond, mark]) {
        node.classList.toggle("nnb-v8-hidden", !seen);
      }
      if (!seen) return;
      const [left, top] = [X(frame.step), Y(frame.step_a)];
      put(step, { d: `M${left} 0V${height}` });
      put(diamond, { d: `M${left - 8} ${top}l8 -8l8 8l-8 8z` });
      // At the top, on the side that the curve leaves free.
      const right = left < 150 || (frame.w < 0 && left < width - 150);
      say(mark, frame.texts.mark, {
        x: left + (right ? 9 : -9),
        y: 13,
        "text-anchor": right ? "start" : "end",
      });
      // A kink has no tangent.
      const slope = frame.kinked ? NaN : frame.step_slopes[1];
      const across = X(frame.step + 1) - left;
      const up = top - Y(frame.step_a + slope);
      const length = TANGENT / Math.hypot(across, up);
      put(tangent, {
        d: frame.kinked ? "" : `M${left - across * length} ${top + up * length}`
          + `L${left + across * length} ${top - up * length}`,
      });
    }
  }

  // What the marks mean, with their numbers.
  function make_facts() {
    const list = element("div", "nnb-v8-facts", plot);
    const fact = (sign, caption, name) => {
      const item = element("div", "nnb-v8-fact", list);
      element("span", `nnb-v8-sign nnb-v8-sign-${sign}`, item);
      const words = element("div", "", item);
      const title = element("div", "nnb-v8-fact-caption", words, caption);
      return { title, value: element("div", `nnb-v8-${name}`, words) };
    };
    const where = fact("diamond", "the step", "where");
    const steep = fact("tangent", "slope at the step", "steep");
    const output = fact("point", "output at x", "output");
    const slope = fact("none", "slope at x", "slope");
    return ({ texts, kinked }) => {
      set_text(where.title, kinked ? "the kink, where z = 0" : "the step, where z = 0");
      set_text(steep.title, kinked ? "slopes beside the kink" : "slope at the step");
      set_text(where.value, texts.step);
      set_text(steep.value, texts.steep);
      set_text(output.value, texts.a);
      set_text(slope.value, texts.slope);
    };
  }
}

export default { render };
