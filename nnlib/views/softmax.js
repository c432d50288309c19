// Scores to probabilities: three stages as bars, each tied to its term in the formula.

import { badge, draw_frames, element, movable, send, set_text } from "./shared.js";

const STAGES = [
  { name: "score", title: "Start: the scores z" },
  { name: "exp", title: "1. Exponentiate" },
  { name: "sum", title: "2. Add up" },
  { name: "prob", title: "3. Divide" },
];

function render({ model, el, signal }) {
  el.classList.add("nnb-v2");
  const formula = element("div", "nnb-v2-formula", el);
  const stages = element("div", "nnb-v2-stages", el);
  const check = element("div", "nnb-v2-check", el);
  const style = model.get("palette");
  let face = null;
  let limit = 1; // the ends of the scores' axis

  draw_frames(model, el, signal, (frame) => {
    const n = frame.classes.length;
    if (!face || face.n !== n) face = build(n);
    face.draw(frame);
  });

  // Light everything that shows the same quantity: a bar, and its terms in the formula.
  function light(link) {
    for (const node of el.querySelectorAll("[data-link]")) {
      node.classList.toggle("nnb-lit", link !== null && node.dataset.link === link);
    }
  }

  function linked(node, link) {
    node.dataset.link = link;
    node.addEventListener("pointerenter", () => light(link));
    node.addEventListener("pointerleave", () => light(null));
    node.addEventListener("focus", () => light(link));
    node.addEventListener("blur", () => light(null));
    return node;
  }

  function build(n) {
    formula.replaceChildren();
    stages.replaceChildren();
    const terms = build_formula(n);
    const panels = Object.fromEntries(STAGES.map((stage) => [stage.name, build_stage(stage, n)]));
    return {
      n,
      draw(frame) {
        terms(frame);
        for (const stage of STAGES) panels[stage.name](frame);
        set_text(check, frame.check);
      },
    };
  }

  // The formula twice: with symbols, and with this moment's numbers.
  function build_formula(n) {
    const result = linked(element("span", "nnb-v2-term nnb-v2-result", formula), "prob-0");
    element("span", "nnb-v2-equals", formula, "=");
    const symbols = fraction("symbol");
    element("span", "nnb-v2-equals", formula, "=");
    const numbers = fraction("number");
    element("span", "nnb-v2-equals", formula, "=");
    const value = linked(element("span", "nnb-v2-term nnb-v2-value", formula), "prob-0");

    function fraction(kind) {
      const whole = element("span", `nnb-v2-fraction nnb-v2-${kind}s`, formula);
      const over = element("span", "nnb-v2-over", whole);
      const top = linked(element("span", "nnb-v2-term", over), "exp-0");
      const under = linked(element("span", "nnb-v2-under", whole), "sum");
      const parts = [];
      for (let i = 0; i < n; i += 1) {
        if (i) element("span", "nnb-v2-plus", under, "+");
        parts.push(linked(element("span", "nnb-v2-term", under), `exp-${i}`));
      }
      return { top, parts };
    }

    return (frame) => {
      const i = frame.selected;
      for (const node of [result, value]) node.dataset.link = `prob-${i}`;
      result.innerHTML = `ŷ<sub>${i}</sub>`;
      set_text(value, frame.classes[i].prob_text);
      const less = frame.safe ? "\u2212m" : "";
      for (const [kind, fraction] of [["symbol", symbols], ["number", numbers]]) {
        fraction.top.dataset.link = `exp-${i}`;
        [fraction.top, ...fraction.parts].forEach((node, place) => {
          const k = place === 0 ? i : place - 1;
          node.style.setProperty("--class", style.colours[k]);
          if (kind === "number") set_text(node, frame.classes[k].exp_text);
          else node.innerHTML = `e<sup>${frame.exponent}<sub>${k}</sub>${less}</sup>`;
        });
      }
      for (const node of [result, value]) node.style.setProperty("--class", style.colours[i]);
    };
  }

  function build_stage(stage, n) {
    const panel = element("div", `nnb-v2-stage nnb-v2-stage-${stage.name}`, stages);
    element("div", "nnb-v2-title", panel, stage.title);
    const subtitle = element("div", "nnb-v2-subtitle", panel);
    const rows = element("div", "nnb-v2-rows", panel);
    const draw = stage.name === "sum" ? build_sum(rows, n) : build_bars(stage.name, rows, n);
    const axis = element("div", "nnb-v2-axis", panel);
    const low = element("span", "", axis);
    const high = element("span", "", axis);
    return (frame) => {
      set_text(subtitle, frame.subtitles[stage.name]);
      set_text(low, frame.axes[stage.name][0]);
      set_text(high, frame.axes[stage.name][1]);
      draw(frame);
    };
  }

  function build_bars(name, rows, n) {
    const bars = [];
    for (let k = 0; k < n; k += 1) {
      // A score has no term of its own in the formula: it lights its exponential.
      const link = name === "score" ? `exp-${k}` : `${name}-${k}`;
      const row = linked(element("div", `nnb-v2-row nnb-v2-${name}-row`, rows), link);
      row.tabIndex = 0;
      badge(style, k, row);
      const track = element("div", "nnb-v2-track", row);
      const bar = element("div", "nnb-v2-bar", track);
      bar.style.setProperty("--class", style.colours[k]);
      const exponent = name === "exp" ? make_power(row) : null;
      const text = element("span", `nnb-v2-number nnb-v2-${name}`, row);
      text.dataset.k = k;
      for (const look of ["focus", "pointerenter"]) {
        row.addEventListener(look, () => send(model, { kind: "select", k }));
      }
      if (name === "score") make_slider(row, track, k);
      else row.setAttribute("role", "img");
      bars.push({ row, bar, text, exponent });
    }
    return (frame) => {
      limit = frame.score_limit;
      bars.forEach(({ row, bar, text, exponent }, k) => {
        const { [`${name}_length`]: length, [`${name}_text`]: shown } = frame.classes[k];
        // A signed bar grows from the middle, the others from the left.
        const start = name === "score" ? 0.5 + Math.min(0, length) / 2 : 0;
        const width = name === "score" ? Math.abs(length) / 2 : length;
        bar.style.left = `${100 * start}%`;
        bar.style.width = `${100 * width}%`;
        row.classList.toggle("nnb-broken", frame.classes[k][`${name}_broken`] === true);
        row.classList.toggle("nnb-selected", k === frame.selected);
        set_text(text, shown);
        if (exponent) set_text(exponent, frame.classes[k].exponent_text);
        row.setAttribute("aria-label", frame.classes[k][`${name}_label`]);
        if (name === "score") {
          row.setAttribute("aria-valuenow", frame.classes[k].score);
          row.setAttribute("aria-valuetext", frame.classes[k].score_label);
        }
      });
    };
  }

  // "e to the power of" in front of a bar's value; returns the exponent's element.
  function make_power(row) {
    const power = element("span", "nnb-v2-power", row, "e");
    return element("sup", "", power);
  }

  // All exponentials end to end: their whole length is the sum.
  function build_sum(rows, n) {
    const row = linked(element("div", "nnb-v2-row nnb-v2-sum-row", rows), "sum");
    row.tabIndex = 0;
    row.setAttribute("role", "img");
    const track = element("div", "nnb-v2-track nnb-v2-stack", row);
    const parts = [];
    for (let k = 0; k < n; k += 1) {
      const part = linked(element("div", "nnb-v2-part", track), `exp-${k}`);
      part.style.setProperty("--class", style.colours[k]);
      badge(style, k, part);
      parts.push(part);
    }
    const text = element("span", "nnb-v2-number nnb-v2-sum", row);
    return (frame) => {
      parts.forEach((part, k) => {
        part.style.width = `${100 * frame.classes[k].part_length}%`;
      });
      row.classList.toggle("nnb-broken", frame.sum_broken);
      set_text(text, frame.sum_text);
      row.setAttribute("aria-label", frame.sum_label);
    };
  }

  // A score's bar can be dragged, or moved with the arrow keys.
  function make_slider(row, track, k) {
    row.setAttribute("role", "slider");
    movable(track, {
      focus: row,
      drag(event) {
        const box = track.getBoundingClientRect();
        const share = (2 * (event.clientX - box.left)) / box.width - 1;
        send(model, { kind: "score", k, score: share * limit });
      },
      key(dx, dy) {
        const score = Number(row.getAttribute("aria-valuenow")) + (dx + dy) / 10;
        // Remember it at once, so that a key held down does not wait for the kernel.
        row.setAttribute("aria-valuenow", score);
        send(model, { kind: "score", k, score });
      },
    });
  }
}

export default { render };
