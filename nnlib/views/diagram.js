// A network as a drawing: neurons in columns, the edges between them, words beside them.
//
// Layers, and neurons in them, count from 1, as in the slides: edge(k, i, j) is W_ij^(k), from
// neuron j of layer k to neuron i of layer k + 1. Colours come from classes and the style sheet.

const SVG = "http://www.w3.org/2000/svg";

export function svg_element(tag, attributes, parent) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (parent) parent.append(made);
  return made;
}

// Draw a network. `columns` are the layers' x, `shape(k)` is "circle" or "pill" (two halves, for
// z and a), `rows(k)` the y of a layer's neurons; what is not given is spread evenly. `joined(k)`
// says whether there are edges from layer k to the next.
export function draw_network(parent, options) {
  const { sizes, width, height, radius = 22, top = 0, bottom = 0, label = "" } = options;
  const { shape = () => "circle", joined = () => true } = options;
  const columns = options.columns ?? spread(sizes.length, radius + 12, width - radius - 12);
  const rows = options.rows ?? ((k) => middles(sizes[k - 1], top, height - bottom));
  const svg = svg_element("svg", { viewBox: `0 0 ${width} ${height}`, class: "nnb-net" }, parent);
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", label);
  const below = svg_element("g", {}, svg);
  const middle = svg_element("g", {}, svg);
  const above = svg_element("g", {}, svg);
  const place = (k, i) => ({ x: columns[k - 1], y: rows(k)[i - 1] });
  const half = (k) => (shape(k) === "pill" ? PILL / 2 : radius);
  const ends = (k, i, j) => {
    const from = place(k, j);
    const to = place(k + 1, i);
    return [from.x + half(k), from.y, to.x - half(k + 1), to.y];
  };

  const edges = new Map();
  const neurons = new Map();
  for (let k = 1; k < sizes.length; k += 1) {
    if (!joined(k)) continue;
    for (let i = 1; i <= sizes[k]; i += 1) {
      for (let j = 1; j <= sizes[k - 1]; j += 1) {
        const [x1, y1, x2, y2] = ends(k, i, j);
        const group = svg_element("g", { class: "nnb-net-edge", "data-edge": `${k}-${i}-${j}` }, below);
        svg_element("line", { x1, y1, x2, y2, class: "nnb-net-reach" }, group);
        svg_element("line", { x1, y1, x2, y2, class: "nnb-net-line" }, group);
        edges.set(`${k}-${i}-${j}`, group);
      }
    }
  }
  for (let k = 1; k <= sizes.length; k += 1) {
    for (let i = 1; i <= sizes[k - 1]; i += 1) {
      const { x, y } = place(k, i);
      const group = svg_element("g", { class: "nnb-net-neuron", "data-neuron": `${k}-${i}` }, middle);
      if (shape(k) === "pill") draw_pill(group, x, y, radius);
      else svg_element("circle", { cx: x, cy: y, r: radius, class: "nnb-net-body" }, group);
      neurons.set(`${k}-${i}`, group);
    }
  }
  return {
    svg,
    above,
    place,
    half,
    ends,
    neuron: (k, i) => neurons.get(`${k}-${i}`),
    edge: (k, i, j) => edges.get(`${k}-${i}-${j}`),
    neurons: () => neurons,
    edges: () => edges,
    // A point on an edge: share 0 is where it leaves, 1 where it arrives.
    along(k, i, j, share) {
      const [x1, y1, x2, y2] = ends(k, i, j);
      return { x: x1 + share * (x2 - x1), y: y1 + share * (y2 - y1) };
    },
  };
}

export const PILL = 96; // the width of a neuron with two halves

function draw_pill(group, x, y, radius) {
  const box = { x: x - PILL / 2, y: y - radius, width: PILL, height: 2 * radius, rx: radius };
  svg_element("rect", { ...box, class: "nnb-net-body" }, group);
  // The halves are there to be lit: z on the left, a on the right.
  for (const [name, side] of [["z", -1], ["a", 1]]) {
    const far = x + side * (PILL / 2 - radius);
    const arc = `A ${radius} ${radius} 0 0 ${side > 0 ? 1 : 0}`;
    const outline = `M ${x} ${y - radius} H ${far} ${arc} ${far} ${y + radius} H ${x} Z`;
    svg_element("path", { d: outline, class: "nnb-net-half", "data-half": name }, group);
  }
}

function spread(n, first, last) {
  return Array.from({ length: n }, (_, i) => (n === 1 ? first : first + (i * (last - first)) / (n - 1)));
}

function middles(n, top, bottom) {
  return Array.from({ length: n }, (_, i) => top + ((i + 0.5) * (bottom - top)) / n);
}

// Show a weight as its line: wider for a larger one, dashed for a negative one.
export function show_weight(edge, value, largest) {
  const line = edge.querySelector(".nnb-net-line");
  line.style.strokeWidth = `${1 + (4 * Math.min(Math.abs(value), largest)) / (largest || 1)}px`;
  edge.classList.toggle("nnb-net-negative", value < 0);
}

// Write words into the drawing: symbols such as W_{14}^{(1)} get their indices set small.
export function write(parent, x, y, className, anchor = "middle") {
  return svg_element("text", { x, y, class: className, "text-anchor": anchor }, parent);
}

export function set_symbol(node, text) {
  if (node.dataset.symbol === text) return;
  node.dataset.symbol = text;
  node.replaceChildren();
  let raised = 0; // how far the pen is above the line, in em of the text
  const put = (part, size, height, dx = 0) => {
    const span = svg_element("tspan", { "font-size": `${size}em` }, node);
    // dy counts in em of the span's own size
    span.setAttribute("dy", `${(raised - height) / size}em`);
    if (dx) span.setAttribute("dx", `${dx / size}em`);
    span.textContent = part;
    raised = height;
  };
  let width = 0; // of the subscript just written: a superscript goes above it
  for (const [, mark, group, single, plain] of text.matchAll(/([_^])(?:\{([^}]*)\}|(.))|([^_^]+)/g)) {
    if (plain !== undefined) {
      put(plain, 1, 0);
      width = 0;
    } else if (mark === "_") {
      put(group ?? single, SMALL, -0.22);
      width = SMALL * em_width(group ?? single);
    } else {
      put(group ?? single, SMALL, 0.42, -width);
      const over = SMALL * em_width(group ?? single);
      if (over < width) put("\u200b", SMALL, 0, width - over);
      width = 0;
    }
  }
  if (raised) put("\u200b", 1, 0);
}

const SMALL = 0.7;

function em_width(text) {
  return [...text].reduce((sum, c) => sum + (/[()\u2212+]/.test(c) ? 0.4 : 0.55), 0);
}

// Make a part of the drawing a button: click, Enter or the space bar.
export function pickable(group, pick) {
  group.setAttribute("tabindex", "0");
  group.setAttribute("role", "button");
  group.classList.add("nnb-net-pickable");
  group.dataset.lmSuppressShortcuts = "true";
  group.addEventListener("mousedown", (event) => event.preventDefault());
  group.addEventListener("click", () => {
    group.focus({ preventScroll: true });
    pick();
  });
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    pick();
  });
}

// A dot that runs along an edge once, forward or back, where motion is welcome.
export function run_along(diagram, k, i, j, { back = false, delay = 0, seconds = 0.6 } = {}) {
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const [start, end] = [diagram.along(k, i, j, back ? 1 : 0), diagram.along(k, i, j, back ? 0 : 1)];
  const dot = svg_element("circle", { r: 5, class: "nnb-net-dot" }, diagram.above);
  const at = ({ x, y }) => `translate(${x}px, ${y}px)`;
  const timing = { duration: 1000 * seconds, delay: 1000 * delay, easing: "ease-in-out", fill: "both" };
  const run = dot.animate([{ transform: at(start) }, { transform: at(end) }], timing);
  run.finished.finally(() => dot.remove());
}
