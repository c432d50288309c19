// Paths: the change of one weight on its way to the cost, and the paths that it takes.

import { draw_network, pickable, run_along, set_symbol, show_weight, svg_element, write } from "./diagram.js";
import { set_formula } from "./formula.js";
import { draw_frames, element, send, set_text } from "./shared.js";


function render({ model, el, signal }) {
  el.classList.add("nnb-v9");
  const hidden = new Set(model.get("hidden"));
  const top = element("div", "nnb-v9-top", el);
  const net = element("div", "nnb-v9-net", top);
  const side = element("div", "nnb-v9-side", top);
  const panels = [];
  if (!hidden.has("stage")) panels.push(build_stage(element("section", "nnb-v9-stage", side)));
  if (!hidden.has("shrinking")) panels.push(build_shrinking(element("section", "nnb-v9-shrinking", side)));
  if (!hidden.has("paths")) panels.push(build_paths(element("section", "nnb-v9-paths", el)));
  side.hidden = !side.children.length;
  let face = null;
  let shown = ""; // the step whose movement was played last

  draw_frames(model, el, signal, (frame) => {
    const sizes = frame.sizes.join("-");
    if (!face || face.sizes !== sizes) face = { sizes, ...build_network(frame) };
    face.draw(frame);
    for (const draw of panels) draw(frame);
    play(frame);
  });

  // A dot runs along the edges of the step that was just reached.
  function play(frame) {
    const step = JSON.stringify([frame.at, frame.weight.edge, frame.sizes]);
    if (shown && shown !== step) {
      for (const edge of frame.moving) run_along(face.diagram, ...edge);
      frame.path.forEach((edge, place) => run_along(face.diagram, ...edge, { delay: 0.35 * place, seconds: 0.35 }));
    }
    shown = step;
  }

  function build_network(frame) {
    net.replaceChildren();
    const { sizes } = frame;
    const last = sizes.length;
    const width = last > 5 ? 760 : 640;
    const most = Math.max(...sizes);
    const height = 30 + most * (most > 3 ? 108 : 132);
    const diagram = draw_network(net, {
      sizes,
      width,
      height,
      top: 22,
      bottom: 8,
      radius: 21,
      columns: sizes.map((_, k) => 52 + (k * (width - 104)) / (last - 1)),
      label: "The network. Each line is a weight: choose one with Enter.",
    });
    sizes.forEach((_, k) => {
      const name = k + 1 === last ? "cost" : `layer ${k + 1}`;
      set_text(write(diagram.above, diagram.place(k + 1, 1).x, 12, "nnb-v9-quiet"), name);
    });
    const words = new Map();
    for (const [name, group] of diagram.neurons()) {
      const [k, i] = name.split("-").map(Number);
      const { x, y } = diagram.place(k, i);
      words.set(name, {
        symbol: write(diagram.above, x, y - 28, "nnb-v9-symbol"),
        value: write(group, x, y + 4.5, "nnb-v9-value"),
        measured: write(diagram.above, x, y + 38, "nnb-v9-measured"),
        predicted: write(diagram.above, x, y + 53, "nnb-v9-predicted"),
      });
    }
    for (const [name, group] of diagram.edges()) {
      const edge = name.split("-").map(Number);
      if (edge[0] < last - 1) pickable(group, () => send(model, { kind: "weight", edge }));
    }
    const chosen = write(diagram.above, 0, 0, "nnb-v9-chosen");
    const change = write(diagram.above, 0, 0, "nnb-v9-change");
    const rates = sizes.map(() => write(diagram.above, 0, 0, "nnb-v9-rate"));

    function draw(now) {
      draw_edges(now);
      now.neurons.forEach((layer, k) => layer.forEach((neuron, i) => draw_neuron(`${k + 1}-${i + 1}`, neuron)));
      const { cost } = now;
      const way = cost.measured.startsWith("+") ? 1 : cost.measured.startsWith("\u2212") ? -1 : 0;
      draw_neuron(`${last}-1`, { symbol: "C", a: cost.text, way, ...cost });
      const { x, y } = diagram.along(...now.weight.edge, 0.5);
      const [, from, , to] = diagram.ends(...now.weight.edge);
      const aside = 12 * Math.sign(to - from);
      [chosen, change].forEach((node, line) => {
        node.setAttribute("x", x + aside);
        node.setAttribute("y", y - 33 + 17 * line);
      });
      set_symbol(chosen, now.weight.value);
      set_text(change, now.at ? now.weight.change : "");
      rates.forEach((node, place) => {
        const edge = now.path[place];
        set_text(node, edge ? now.rates[place] : "");
        if (!edge) return;
        const at = diagram.along(...edge, 0.5);
        node.setAttribute("x", at.x);
        node.setAttribute("y", at.y + (place === 0 ? 20 : 4));
      });
    }

    function draw_neuron(name, neuron) {
      const { symbol, value, measured, predicted } = words.get(name);
      set_symbol(symbol, neuron.symbol);
      set_text(value, neuron.a);
      const arrow = ["\u25bc ", "", "\u25b2 "][neuron.way + 1];
      set_text(measured, neuron.reached ? arrow + neuron.measured : "");
      set_text(predicted, neuron.reached ? `\u2248 ${neuron.predicted}` : "");
      diagram.neuron(...name.split("-")).classList.toggle("nnb-v9-reached", neuron.reached);
    }

    function draw_edges(now) {
      const largest = Math.max(...now.edges.flat(2).map(Math.abs));
      const name = (edge) => edge.join("-");
      const moving = new Set(now.moving.map(name));
      const path = new Set(now.path.map(name));
      for (const [key, group] of diagram.edges()) {
        const [k, i, j] = key.split("-").map(Number);
        const value = now.edges[k - 1][i - 1][j - 1];
        const is_chosen = key === name(now.weight.edge);
        show_weight(group, value, largest);
        group.classList.toggle("nnb-v9-on-path", path.has(key));
        group.classList.toggle("nnb-v9-moving", moving.has(key));
        group.classList.toggle("nnb-v9-is-chosen", is_chosen);
        if (k === last - 1) continue;
        group.setAttribute("aria-pressed", is_chosen);
        group.setAttribute("aria-label", `Weight w ${i} ${j}, layer ${k + 1}: ${value}`);
      }
    }

    return { diagram, draw };
  }

  // The step at hand: its equation, and a table with prediction and measurement.
  function build_stage(panel) {
    const head = element("div", "nnb-v9-title nnb-v9-head", panel);
    const title = element("span", "", head);
    const number = element("span", "nnb-v9-number", head);
    const formula = element("div", "nnb-v9-formula", panel);
    const body = element("div", "nnb-v9-body", panel);
    return ({ stage }) => {
      set_text(title, stage.title);
      set_formula(formula, stage.formula);
      formula.hidden = !stage.formula;
      set_text(number, stage.number ?? "");
      body.replaceChildren();
      if (stage.rows) body.append(change_table(stage.rows));
      if (stage.factors) body.append(factor_table(stage.factors, stage.product));
      if (stage.words) element("p", "nnb-v9-words", body, stage.words);
    };
  }

  function change_table(rows) {
    const table = make_table("nnb-v9-changes", ["", "", "predicted", "measured"]);
    for (const row of rows) {
      row.cells.forEach(([name, predicted, measured], place) => {
        const line = element("tr", place ? "" : "nnb-v9-first", table);
        set_formula(element("td", "", line), place ? "" : row.name);
        element("td", "", line, name);
        element("td", "nnb-v9-predicted", line, predicted);
        element("td", "nnb-v9-measured", line, measured);
      });
      const line = element("tr", "nnb-v9-product", table);
      element("td", "", line);
      element("td", "", line, row.name === "C" ? "ΔC \u2248" : "Δa \u2248");
      element("td", "", line, row.product).colSpan = 2;
    }
    return table;
  }

  function factor_table(factors, product) {
    const holder = element("div", "nnb-v9-factors");
    factors.forEach(([formula, value], place) => {
      if (place) element("span", "nnb-v9-times", holder, "·");
      const factor = element("span", "nnb-v9-factor", holder);
      set_formula(element("span", "nnb-v9-rate-name", factor), formula);
      element("span", "nnb-v9-rate-value", factor, value);
    });
    element("span", "nnb-v9-times", holder, "=");
    element("b", "", holder, product);
    return holder;
  }

  function make_table(className, heads, parent) {
    const table = element("table", `nnb-v9-table ${className}`, parent);
    const line = element("tr", "", table);
    for (const head of heads) element("th", "", line, head);
    return table;
  }

  // The cost around the weight, the line that the rate predicts, and ever smaller nudges.
  function build_shrinking(panel) {
    element("div", "nnb-v9-title", panel, "Predicted against measured, as Δw shrinks");
    const plot = build_curve(element("div", "nnb-v9-plot", panel));
    const table = make_table("nnb-v9-shrink", ["Δw", "predicted ΔC", "measured ΔC", "gap"], panel);
    const rows = [0, 1, 2].map(() => {
      const line = element("tr", "", table);
      return ["", "nnb-v9-predicted", "nnb-v9-measured", ""].map((name) => element("td", name, line));
    });
    const words = element("p", "nnb-v9-words", panel);
    return (frame) => {
      plot(frame.curve);
      frame.shrinking.rows.forEach((row, r) => row.forEach((text, c) => set_text(rows[r][c], text)));
      set_text(words, frame.shrinking.words);
    };
  }

  function build_curve(parent) {
    const [width, height, left, right, low] = [400, 150, 8, 392, 128];
    const svg = svg_element("svg", { viewBox: `0 0 ${width} ${height}`, class: "nnb-net nnb-v9-curve" }, parent);
    svg.setAttribute("aria-hidden", "true");
    const x = (share) => left + share * (right - left);
    const y = (share) => 6 + (1 - share) * (low - 6);
    svg_element("line", { x1: left, y1: low, x2: right, y2: low, class: "nnb-v9-axis" }, svg);
    svg_element("line", { x1: x(0.5), y1: 6, x2: x(0.5), y2: low, class: "nnb-v9-axis" }, svg);
    const gap = svg_element("line", { class: "nnb-v9-gap" }, svg);
    const line = svg_element("line", { class: "nnb-v9-straight" }, svg);
    const real = svg_element("polyline", { class: "nnb-v9-real" }, svg);
    svg_element("circle", { cx: x(0.5), r: 3.5, class: "nnb-v9-start" }, svg);
    const square = svg_element("rect", { width: 9, height: 9, class: "nnb-v9-square" }, svg);
    const dot = svg_element("circle", { r: 5, class: "nnb-v9-dot" }, svg);
    const start = svg.querySelector(".nnb-v9-start");
    const ends = [[left, "start"], [x(0.5), "middle"], [right, "end"]].map(([at, anchor]) =>
      write(svg, at, 145, "nnb-v9-tick", anchor),
    );
    const legend = element("div", "nnb-v9-legend", parent);
    element("span", "nnb-v9-key-real", legend, "the cost, measured");
    element("span", "nnb-v9-key-straight", legend, "predicted: ∂C/∂w · Δw");
    return (curve) => {
      const last = curve.real.length - 1;
      real.setAttribute("points", curve.real.map((share, i) => `${x(i / last)},${y(share)}`).join(" "));
      place(line, { x1: x(0), y1: y(curve.line[0]), x2: x(1), y2: y(curve.line[1]) });
      place(gap, { x1: x(curve.at), x2: x(curve.at), y1: y(curve.predicted), y2: y(curve.measured) });
      place(dot, { cx: x(curve.at), cy: y(curve.measured) });
      place(square, { x: x(curve.at) - 4.5, y: y(curve.predicted) - 4.5 });
      place(start, { cy: y(curve.start) });
      ends.forEach((node, i) => set_text(node, i === 1 ? "Δw = 0" : curve.ends[i]));
    };
  }

  function place(node, attributes) {
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  }

  // Every path with its factors and product; a bar for each adds up to the gradient.
  function build_paths(panel) {
    element("div", "nnb-v9-title", panel, "Every path from the weight to the cost");
    const scroll = element("div", "nnb-v9-scroll", panel);
    const check = element("div", "nnb-v9-check", panel);
    const terms = ["", "", ""].map(() => {
      const term = element("span", "nnb-v9-term", check);
      return [element("span", "nnb-v9-term-name", term), element("b", "", term)];
    });
    let rows = [];

    function build(n) {
      scroll.replaceChildren();
      const heads = ["", "path", "rate factors", "product", "sum so far", "towards ∂C/∂w (dashed)"];
      const list = element("div", "nnb-v9-list", scroll);
      const titles = element("div", "nnb-v9-row nnb-v9-heads", list);
      for (const head of heads) element("span", "", titles, head);
      rows = Array.from({ length: n }, (_, index) => {
        const line = element("div", "nnb-v9-row", list);
        const cells = ["", "nnb-v9-route", "nnb-v9-factor-cell", "", "", "nnb-v9-bars"].map((name) =>
          element("span", name, line),
        );
        set_text(cells[0], String(index + 1));
        const bar = ["nnb-v9-zero", "nnb-v9-target", "nnb-v9-bar"].map((name) => element("span", name, cells[5]));
        pickable(line, () => send(model, { kind: "step", at: line.step }));
        return { line, cells, bar };
      });
    }

    return (frame) => {
      if (rows.length !== frame.paths.length) build(frame.paths.length);
      frame.paths.forEach((path, index) => {
        const { line, cells, bar } = rows[index];
        line.step = frame.first_path + index;
        const seen = path.running !== "";
        line.classList.toggle("nnb-v9-current", index === frame.current);
        line.classList.toggle("nnb-v9-seen", seen);
        set_formula(cells[1], path.route);
        set_text(cells[2], path.factors);
        set_text(cells[3], path.product);
        set_text(cells[4], path.running);
        bar[0].style.left = `${100 * frame.axis.zero}%`;
        bar[1].style.left = `${100 * frame.axis.target}%`;
        bar[2].style.left = `${100 * path.bar[0]}%`;
        bar[2].style.width = `${100 * (path.bar[1] - path.bar[0])}%`;
        bar[2].classList.toggle("nnb-v9-down", path.way < 0);
        line.setAttribute("aria-label", `Path ${index + 1}, product ${path.product}`);
      });
      frame.check.rows.forEach(([name, value], place) => {
        set_text(terms[place][0], name);
        set_text(terms[place][1], place === 0 && !frame.check.shown ? "…" : value);
      });
      check.classList.toggle("nnb-v9-done", frame.check.shown);
      if (frame.current !== null) keep_in_sight(rows[frame.current].line);
    };

    function keep_in_sight(line) {
      const above = line.offsetTop - 40 - scroll.scrollTop;
      const below = line.offsetTop + line.offsetHeight - scroll.scrollTop - scroll.clientHeight;
      if (above < 0) scroll.scrollTop += above;
      else if (below > 0) scroll.scrollTop += below;
    }
  }
}

export default { render };
