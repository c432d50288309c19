// Error distribution: the network with the error on its way back, the steps, the derivation.

import { draw_network, pickable, run_along, set_symbol, show_weight, write } from "./diagram.js";
import { set_formula, set_sentence } from "./formula.js";
import { draw_frames, element, send, set_text } from "./shared.js";

const HEIGHT = 430;

function render({ model, el, signal }) {
  el.classList.add("nnb-v10");
  const hidden = new Set(model.get("hidden"));
  const top = element("div", "nnb-v10-top", el);
  const net = element("div", "nnb-v10-net", top);
  const panels = [];
  if (!hidden.has("steps")) panels.push(build_steps(element("section", "nnb-v10-steps", top)));
  const bottom = element("div", "nnb-v10-bottom", el);
  if (!hidden.has("derivation")) panels.push(build_lines(element("section", "nnb-v10-lines", bottom)));
  if (!hidden.has("code")) panels.push(build_code(element("section", "nnb-v10-code", bottom)));
  let face = null;
  let shown = ""; // the step whose movement was played last
  let lit = []; // the parts of the step at hand

  draw_frames(model, el, signal, (frame) => {
    const sizes = frame.sizes.join("-");
    if (!face || face.sizes !== sizes) face = { sizes, ...build_network(frame) };
    face.draw(frame);
    for (const draw of panels) draw(frame);
    lit = frame.at ? frame.steps[frame.at - 1].lit : [];
    light(lit);
    play(frame);
  });

  // Light the parts of the network that a line or a step speaks of.
  function light(parts) {
    for (const node of net.querySelectorAll(".nnb-v10-lit")) node.classList.remove("nnb-v10-lit");
    for (const part of parts) face.part(part)?.classList.add("nnb-v10-lit");
  }

  // While a line is pointed at, or has the focus, its parts are lit instead of the step's.
  function speaks_of(node, parts) {
    for (const start of ["pointerenter", "focus"]) node.addEventListener(start, () => light(parts()));
    for (const end of ["pointerleave", "blur"]) node.addEventListener(end, () => light(lit));
  }

  function play(frame) {
    const step = JSON.stringify([frame.at, frame.weight.edge, frame.sizes]);
    if (shown && shown !== step) {
      for (const edge of frame.moving) run_along(face.diagram, ...edge, { back: true, seconds: 0.8 });
    }
    shown = step;
  }

  function build_network(frame) {
    net.replaceChildren();
    const { sizes } = frame;
    const last = sizes.length;
    const columns = last === 3 ? [44, 316, 530] : [40, 230, 420, 604];
    const diagram = draw_network(net, {
      sizes,
      columns,
      width: columns[last - 1] + 140,
      height: HEIGHT,
      top: 26,
      radius: 21,
      shape: (k) => (k === 1 ? "circle" : "pill"),
      label: "The network. Each line is a weight: choose one with Enter.",
    });
    columns.forEach((x, k) => set_text(write(diagram.above, x, 14, "nnb-v10-quiet"), `layer ${k + 1}`));
    const words = new Map();
    for (const [name, group] of diagram.neurons()) {
      const [k, i] = name.split("-").map(Number);
      words.set(name, k === 1 ? input_words(group, diagram.place(k, i)) : neuron_words(group, diagram.place(k, i)));
    }
    const edges = new Map();
    for (const name of diagram.edges().keys()) edges.set(name, edge_words(name.split("-").map(Number)));
    const end = diagram.place(last, 1);
    const output = [0, 1, 2].map((line) => write(diagram.above, end.x + 56, end.y + 5 + 20 * line, "nnb-v10-score", "start"));
    for (const edge of frame.choosable) pickable(diagram.edge(...edge), () => send(model, { kind: "weight", edge }));

    function input_words(group, { x, y }) {
      return {
        a_symbol: write(diagram.above, x, y - 27, "nnb-v10-symbol"),
        a: write(group, x, y + 4.5, ""),
      };
    }

    function neuron_words(group, { x, y }) {
      return {
        z_symbol: write(diagram.above, x - 24, y - 29, "nnb-v10-symbol"),
        a_symbol: write(diagram.above, x + 24, y - 29, "nnb-v10-symbol"),
        z: write(group, x - 23, y + 4.5, ""),
        a: write(group, x + 23, y + 4.5, ""),
        received: write(diagram.above, x + 44, y + 38, "nnb-v10-error", "end"),
        slope: write(diagram.above, x, y + 55, "nnb-v10-slope"),
        delta: write(diagram.above, x - 44, y + 72, "nnb-v10-error", "start"),
      };
    }

    // The weight above its line, what the line carries back below it.
    function edge_words(edge) {
      const [k] = edge;
      const [, from, , to] = diagram.ends(...edge);
      const slope = Math.abs(to - from) < 20 ? 0 : Math.sign(to - from);
      const crossing = k > 1 && sizes[k] > 1 && slope !== 0;
      const at = diagram.along(...edge, crossing ? 0.3 : k === 1 ? 0.6 : 0.5);
      const back = diagram.along(...edge, crossing ? 0.3 : 0.5 + 0.2 * slope);
      const aside = (side) => ["end", "middle", "start"][slope * side + 1];
      if (crossing && slope > 0) {
        // Below it on the left stands the neuron's own error.
        const right = diagram.along(...edge, 0.47);
        return {
          weight: write(diagram.above, at.x + 7, at.y - 7, "nnb-v10-weight", "start"),
          carried: write(diagram.above, right.x + 8, right.y + 4, "nnb-v10-error", "start"),
        };
      }
      return {
        weight: write(diagram.above, at.x + 7 * slope, at.y - 7, "nnb-v10-weight", aside(1)),
        carried: write(diagram.above, back.x - 7 * slope, back.y + 17, "nnb-v10-error", aside(-1)),
      };
    }

    function draw(now) {
      const largest = Math.max(...now.edges.flat(2).map((edge) => Math.abs(edge.value)));
      const choosable = new Set(now.choosable.map(String));
      const chosen = now.weight.edge.join("-");
      now.neurons.forEach((layer, k) => layer.forEach((neuron, i) => draw_neuron(`${k + 1}-${i + 1}`, neuron)));
      for (const [name, group] of diagram.edges()) {
        const edge = name.split("-").map(Number);
        const [k, i, j] = edge;
        const { value, text, carried } = now.edges[k - 1][i - 1][j - 1];
        const is_chosen = name === chosen;
        show_weight(group, value, largest);
        group.classList.toggle("nnb-v10-chosen", is_chosen);
        group.classList.toggle("nnb-v10-carries", carried !== "");
        set_symbol(edges.get(name).weight, is_chosen ? now.weight.text : k > 1 ? text : "");
        set_text(edges.get(name).carried, carried ? `\u2190 ${carried}` : "");
        if (!choosable.has(String(edge))) continue;
        group.setAttribute("aria-pressed", is_chosen);
        group.setAttribute("aria-label", `Weight W ${i} ${j} of layer ${k}: ${value}`);
      }
      if (now.weight.share) set_text(edges.get(chosen).carried, now.weight.share);
      output.forEach((node, line) => set_symbol(node, now.output[line] ?? ""));
    }

    function draw_neuron(name, neuron) {
      for (const [kind, node] of Object.entries(words.get(name))) {
        if (kind.endsWith("symbol")) set_symbol(node, neuron[kind]);
        else if (kind === "received") set_text(node, neuron.received ? `\u2190 ${neuron.received}` : "");
        else set_text(node, neuron[kind]);
      }
    }

    function part(name) {
      const [kind, ...place] = name.split("-");
      if (kind === "e") return diagram.edge(...place);
      const group = diagram.neuron(...place);
      return group?.querySelector(`[data-half="${kind}"]`) ?? group?.querySelector(".nnb-net-body");
    }

    return { diagram, draw, part };
  }

  // The slides' steps: one click goes to a step, and lights what it speaks of.
  function build_steps(panel) {
    const list = element("div", "nnb-v10-list", panel);
    let rows = [];
    let frame = null;

    function build(n) {
      list.replaceChildren();
      rows = Array.from({ length: n }, (_, place) => {
        const row = element("div", "nnb-v10-step", list);
        const number = element("span", "nnb-v10-number", row);
        const body = element("div", "", row);
        const text = element("div", "nnb-v10-text", body);
        const formula = element("div", "nnb-v10-formula", body);
        pickable(row, () => send(model, { kind: "step", at: place + 1 }));
        return { row, number, text, formula };
      });
    }

    return (now) => {
      frame = now;
      if (rows.length !== frame.steps.length) build(frame.steps.length);
      frame.steps.forEach((step, place) => {
        const { row, number, text, formula } = rows[place];
        set_text(number, String(step.number));
        set_sentence(text, step.text);
        set_formula(formula, step.formula);
        row.classList.toggle("nnb-v10-now", place + 1 === frame.at);
        row.classList.toggle("nnb-v10-later", place + 1 > frame.at);
        row.setAttribute("aria-current", place + 1 === frame.at ? "step" : "false");
      });
    };
  }

  // The derivation: each line with its numbers, and with its part of the network.
  function build_lines(panel) {
    const title = element("div", "nnb-v10-title", panel);
    const list = element("div", "nnb-v10-derivation", panel);
    const rows = [];

    return ({ heading, lines }) => {
      set_sentence(title, heading);
      while (rows.length < lines.length) rows.push(build_line());
      rows.forEach((row, place) => {
        const line = lines[place];
        row.node.hidden = !line;
        if (!line) return;
        row.line = line;
        set_formula(row.left, line.left);
        set_formula(row.right, line.right);
        set_text(row.numbers, line.numbers);
      });
    };

    function build_line() {
      const node = element("div", "nnb-v10-line", list);
      node.tabIndex = 0;
      node.dataset.lmSuppressShortcuts = "true"; // D, D would delete the cell
      const row = { node, line: { lit: [] } };
      row.left = element("span", "nnb-v10-left", node);
      row.right = element("span", "nnb-v10-right", node);
      row.numbers = element("span", "nnb-v10-numbers", node);
      speaks_of(node, () => row.line.lit);
      return row;
    }
  }

  // Each number with its name in the code.
  function build_code(panel) {
    element("div", "nnb-v10-title", panel, "The same numbers in the code");
    const list = element("div", "nnb-v10-names", panel);
    const rows = [];
    return ({ code }) => {
      while (rows.length < code.length) {
        const row = element("div", "nnb-v10-name", list);
        rows.push({
          row,
          symbol: element("span", "", row),
          name: element("code", "", row),
          value: element("span", "nnb-v10-value", row),
        });
      }
      rows.forEach(({ row, symbol, name, value }, place) => {
        row.hidden = place >= code.length;
        if (row.hidden) return;
        set_formula(symbol, code[place][0]);
        set_text(name, code[place][1]);
        set_text(value, code[place][2]);
      });
    };
  }
}

export default { render };
