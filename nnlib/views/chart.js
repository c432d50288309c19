// A plot in SVG: axes with ticks and a grid; the canvas adds its curves and marks.

import { element, place_on } from "./shared.js";

const SVG_NAMES = "http://www.w3.org/2000/svg";
const MARGIN = { left: 46, right: 16, top: 14, bottom: 42 };

// An SVG element, with attributes as an object.
export function shape(tag, className, parent, attributes = {}) {
  const made = document.createElementNS(SVG_NAMES, tag);
  if (className) made.setAttribute("class", className);
  parent?.append(made);
  return put(made, attributes);
}

export function put(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// Write text, only where it differs.
export function say(node, text, attributes = {}) {
  if (node.textContent !== text) node.textContent = text;
  return put(node, attributes);
}

// The path through points of the plot; a point without a number leaves a gap.
export function line_through(xs, ys, { X, Y }) {
  let pen = "M";
  let path = "";
  for (let i = 0; i < xs.length; i += 1) {
    if (!Number.isFinite(ys[i])) {
      pen = "M";
    } else {
      path += `${pen}${X(xs[i]).toFixed(1)} ${Y(ys[i]).toFixed(1)}`;
      pen = "L";
    }
  }
  return path;
}

// A plot as large as its holder. `draw` takes both axes and returns the scales X and Y, which give
// pixels in the two groups: `inside` is cut off at the plot's border, `over` is not.
export function make_chart(parent, className) {
  const holder = element("div", `nnb-chart ${className}`, parent);
  const svg = shape("svg", "nnb-chart-paper", holder, { "aria-hidden": "true" });
  const grid = shape("g", "nnb-chart-grid", svg);
  const inside = shape("svg", "nnb-chart-inside", svg);
  const axes = shape("g", "nnb-chart-axes", svg);
  const over = shape("g", "nnb-chart-over", svg);

  function draw({ x, y }) {
    const width = holder.clientWidth - MARGIN.left - MARGIN.right;
    const height = holder.clientHeight - MARGIN.top - MARGIN.bottom;
    if (width <= 0 || height <= 0) return null;
    put(svg, { width: holder.clientWidth, height: holder.clientHeight });
    put(inside, { x: MARGIN.left, y: MARGIN.top, width, height });
    const corner = { transform: `translate(${MARGIN.left} ${MARGIN.top})` };
    for (const group of [grid, axes, over]) put(group, corner);
    const X = scale(x, 0, width);
    const Y = scale(y, height, 0);
    grid.replaceChildren();
    axes.replaceChildren();
    for (const [value, text] of x.ticks) {
      shape("line", "", grid, { x1: X(value), x2: X(value), y1: 0, y2: height });
      say(shape("text", "nnb-chart-x", axes, { x: X(value), y: height + 16 }), text);
    }
    for (const [value, text] of y.ticks) {
      shape("line", "", grid, { x1: 0, x2: width, y1: Y(value), y2: Y(value) });
      say(shape("text", "nnb-chart-y", axes, { x: -7, y: Y(value) + 4 }), text);
    }
    shape("path", "", axes, { d: `M0 0V${height}H${width}` });
    const middle = `translate(-34 ${height / 2}) rotate(-90)`;
    say(shape("text", "nnb-chart-x", axes, { x: width / 2, y: height + 36 }), x.title);
    say(shape("text", "nnb-chart-x", axes, { transform: middle }), y.title);
    return { X, Y, width, height };
  }

  return { holder, inside, over, draw, left: MARGIN.left, top: MARGIN.top };
}

function scale({ low, high, log = false }, from, to) {
  const along = log
    ? (value) => Math.log(value / low) / Math.log(high / low)
    : (value) => (value - low) / (high - low);
  return (value) => from + along(value) * (to - from);
}

// The value of an axis under a pointer.
export function value_under(event, holder, { low, high }) {
  const [x] = place_on(holder, event);
  const width = holder.offsetWidth - MARGIN.left - MARGIN.right;
  return low + ((x - MARGIN.left) / width) * (high - low);
}
