// What every canvas shares: drawing when something changed, gestures, themes, sharp pixels.

import { keep_keys } from "./keys.js";

// Draw each new frame once, and again when the size or the theme changes. Returns a function
// that draws the last frame again.
export function draw_frames(model, el, signal, draw) {
  let waiting = false;
  const redraw = () => {
    if (waiting || signal.aborted) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      const frame = model.get("frame");
      if (signal.aborted || !frame.number) return;
      el.setAttribute("aria-label", frame.label);
      draw(frame);
    });
  };
  const arrived = () => {
    redraw();
    const { running, number } = model.get("frame");
    if (!running) return;
    // Tell the kernel that this frame came through, so that it may send the next.
    model.set("seen", number);
    model.save_changes();
  };
  model.on("change:frame", arrived);
  const sizes = new ResizeObserver(redraw);
  sizes.observe(el);
  window.addEventListener("resize", redraw, { signal }); // of the window, or of a slide
  const themes = new MutationObserver(redraw);
  themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  signal.addEventListener("abort", () => {
    sizes.disconnect();
    themes.disconnect();
    send(model, { kind: "gone" });
  });
  el.setAttribute("role", "group");
  keep_keys(signal);
  redraw();
  return redraw;
}

// Send a whole intention ("point 3 to here"): while the kernel is busy, newer ones replace it.
let gestures = 0;
export function send(model, gesture) {
  gestures += 1;
  model.set("gesture", { ...gesture, count: gestures });
  model.save_changes();
}

export function element(tag, className, parent, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

// Change text only where it differs: a table of hundreds of cells stays cheap.
export function set_text(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A number with fixed decimals, a true minus sign, and no "-0.00".
export function fixed(value, digits = 2) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const text = Math.abs(value) >= 1e5 ? value.toExponential(1) : value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
}

export function bytes(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

export function floats(view) {
  // A copy, because the bytes of a message need not start at a multiple of four.
  return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

// Let an element be dragged, or moved with the arrow keys. `drag` gets each pointer event from
// the press on, `key` a direction (dx, dy) of length 1, or 5 with Shift; `drop` ends a drag.
export function movable(node, { focus = node, drag, key, drop = () => {} }) {
  // Neither the notebook's shortcuts (D, D deletes a cell) nor its focus may come between.
  focus.dataset.lmSuppressShortcuts = "true";
  node.addEventListener("mousedown", (event) => event.preventDefault());
  node.addEventListener("pointerdown", (event) => {
    focus.focus({ preventScroll: true });
    node.setPointerCapture(event.pointerId);
    drag(event, true);
  });
  node.addEventListener("pointermove", (event) => {
    if (node.hasPointerCapture(event.pointerId)) drag(event, false);
  });
  node.addEventListener("lostpointercapture", drop);
  focus.addEventListener("keydown", (event) => {
    const length = event.shiftKey ? 5 : 1;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (!(event.key in ways)) return;
    event.preventDefault();
    event.stopPropagation();
    key(...ways[event.key].map((part) => part * length));
  });
}

// Where a pointer is on an element, in the element's own pixels: slides are drawn enlarged.
export function place_on(node, { clientX, clientY }) {
  const box = node.getBoundingClientRect();
  const shrink = node.offsetWidth / box.width || 1;
  return [(clientX - box.left) * shrink, (clientY - box.top) * shrink];
}

// A canvas as sharp as the screen, in its own pixels; null while it is not on the page.
export function context(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return null;
  const enlarged = canvas.getBoundingClientRect().width / canvas.offsetWidth;
  const ratio = (window.devicePixelRatio || 1) * enlarged;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return { ctx, width, height };
}

// The notebook's colours, light or dark.
export function theme(el) {
  const css = getComputedStyle(el);
  const read = (name, otherwise) => css.getPropertyValue(name).trim() || otherwise;
  return {
    text: read("--nnb-text", "#222"),
    quiet: read("--nnb-quiet", "#666"),
    line: read("--nnb-line", "#ccc"),
    paper: read("--nnb-paper", "#fff"),
  };
}

// The outline of a marker, by matplotlib's letter for it.
export function marker(ctx, kind, x, y, r) {
  ctx.beginPath();
  if (kind === "s") ctx.rect(x - 0.88 * r, y - 0.88 * r, 1.76 * r, 1.76 * r);
  else if (kind === "^") polygon(ctx, x, y + 0.15 * r, 1.2 * r, 3, -Math.PI / 2);
  else if (kind === "v") polygon(ctx, x, y - 0.15 * r, 1.2 * r, 3, Math.PI / 2);
  else if (kind === "D") polygon(ctx, x, y, 1.2 * r, 4, 0);
  else ctx.arc(x, y, r, 0, 2 * Math.PI);
}

function polygon(ctx, x, y, r, corners, turn) {
  for (let i = 0; i < corners; i += 1) {
    const angle = turn + (2 * Math.PI * i) / corners;
    ctx.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
  }
  ctx.closePath();
}

export function arrow(ctx, x0, y0, x1, y1, head = 8) {
  const angle = Math.atan2(y1 - y0, x1 - x0);
  const length = Math.hypot(x1 - x0, y1 - y0);
  const size = Math.min(head, length);
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1 - 0.7 * size * Math.cos(angle), y1 - 0.7 * size * Math.sin(angle));
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  for (const side of [-1, 1]) {
    const turned = angle + Math.PI + side * 0.45;
    ctx.lineTo(x1 + size * Math.cos(turned), y1 + size * Math.sin(turned));
  }
  ctx.closePath();
  ctx.setLineDash([]);
  ctx.fill();
}

// A marker as an element of text size, in the colour of its class.
export function badge(style, k, parent) {
  const holder = element("span", "nnb-badge", parent);
  holder.style.color = style.colours[k];
  holder.dataset.marker = style.markers[k];
  holder.setAttribute("aria-hidden", "true");
  return holder;
}
