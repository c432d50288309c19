// Dropout: the network with its newest mask, and the scores of all sub-networks so far.

import { line_through, make_chart, put, say, shape } from "./chart.js";
import { draw_network, show_weight } from "./diagram.js";
import { draw_frames, element, floats, set_text } from "./shared.js";

const WIDTH = 420;
const HEIGHT = 330;

function render({ model, el, signal }) {
  el.classList.add("nnb-v12");
  const network = make_network();
  const plot = make_plot();
  const facts = make_facts();

  hide_parts();
  model.on("change:hidden", hide_parts);

  draw_frames(model, el, signal, (frame) => {
    network(frame);
    plot(frame);
    facts(frame);
  });

  function part_of(name, node) {
    node.dataset.part = name;
    return node;
  }

  function hide_parts() {
    for (const node of el.querySelectorAll("[data-part]")) {
      node.classList.toggle("nnb-v12-hidden", model.get("hidden").includes(node.dataset.part));
    }
  }

  // A dropped neuron is pale and crossed out, and so are its edges.
  function make_network() {
    const panel = part_of("network", element("div", "nnb-v12-network", el));
    const title = element("div", "nnb-v12-title", panel);
    const holder = element("div", "", panel);
    let face = null;

    function build(sizes) {
      holder.replaceChildren();
      const diagram = draw_network(holder, {
        sizes,
        width: WIDTH,
        height: HEIGHT,
        radius: 21,
        top: 4,
        bottom: 22,
        label: "The network with its newest mask",
      });
      const texts = sizes.map((size, layer) =>
        Array.from({ length: size }, (_, i) => label_neuron(diagram, layer + 1, i + 1)));
      sizes.forEach((_, layer) => {
        const last = layer === sizes.length - 1;
        const name = layer === 0 ? "input x" : last ? "score s" : `hidden layer${sizes.length > 3 ? ` ${layer}` : ""}`;
        const { x } = diagram.place(layer + 1, 1);
        say(shape("text", "nnb-v12-name", diagram.above, { x, y: HEIGHT - 4 }), name);
      });
      return { sizes: sizes.join(), diagram, texts };
    }

    function label_neuron(diagram, k, i) {
      const { x, y } = diagram.place(k, i);
      const group = diagram.neuron(k, i);
      shape("path", "nnb-v12-cross", group, { d: `M${x - 15} ${y - 15}l30 30m0 -30l-30 30` });
      return shape("text", "nnb-v12-value", group, { x, y: y + 4.5 });
    }

    return (frame) => {
      set_text(title, frame.texts.mask);
      if (face?.sizes !== frame.sizes.join()) face = build(frame.sizes);
      const { diagram, texts } = face;
      const kept = (k, i) => k === 1 || k === frame.sizes.length || frame.kept[k - 2][i - 1];
      frame.values.forEach((values, layer) => values.forEach((value, i) => {
        say(texts[layer][i], value);
        diagram.neuron(layer + 1, i + 1).classList.toggle("nnb-v12-dropped", !kept(layer + 1, i + 1));
      }));
      frame.weights.forEach((rows, step) => {
        const k = step + 1;
        const largest = Math.max(...rows.flat().map(Math.abs));
        rows.forEach((row, i) => row.forEach((weight, j) => {
          const edge = diagram.edge(k, i + 1, j + 1);
          show_weight(edge, weight, largest);
          edge.classList.toggle("nnb-v12-cut", !(kept(k, j + 1) && kept(k + 1, i + 1)));
        }));
      });
    };
  }

  // The score of each sub-network as a dot, their running mean, and the two lines to compare with.
  function make_plot() {
    const panel = part_of("plot", element("div", "nnb-v12-plot", el));
    const chart = make_chart(panel, "nnb-v12-chart");
    const { inside, over } = chart;
    const band = shape("path", "nnb-v12-band", inside);
    const dots = shape("path", "nnb-v12-dots", inside);
    const full = shape("path", "nnb-v12-line-full", inside);
    const everyone = shape("path", "nnb-v12-line-everyone", inside);
    const mean = shape("path", "nnb-v12-line-mean", inside);
    const newest = shape("circle", "nnb-v12-newest", over, { r: 6 });
    return (frame) => {
      const scales = chart.draw({ x: frame.x_axis, y: frame.y_axis });
      if (!scales) return;
      const { X, Y, width } = scales;
      const outputs = floats(frame.outputs);
      const means = floats(frame.means);
      const spread = floats(frame.band);
      const n = Array.from(outputs, (_, i) => i + 1);
      // A path of points without length: round ends make them dots.
      put(dots, {
        d: n.map((x, i) => `M${X(x).toFixed(1)} ${Y(outputs[i]).toFixed(1)}h0`).join(""),
      });
      put(mean, { d: line_through(n, means, scales) });
      put(band, { d: band_path(n, means, spread, scales) });
      put(full, { d: `M0 ${Y(frame.full)}H${width}` });
      put(everyone, { d: `M0 ${Y(frame.everyone)}H${width}` });
      const last = n.length - 1;
      put(newest, { cx: X(n[last]), cy: Y(outputs[last]) });
    };
  }

  // One value has no spread, so the band begins with the second mask.
  function band_path(n, means, spread, scales) {
    if (n.length < 2) return "";
    const edge = (sign) => means.map((m, i) => m + sign * spread[i]).slice(1);
    const xs = n.slice(1);
    const back = line_through([...xs].reverse(), [...edge(-1)].reverse(), scales);
    return `${line_through(xs, edge(1), scales)}${back.replace("M", "L")}Z`;
  }

  // The key of the plot, with the numbers.
  function make_facts() {
    const panel = part_of("facts", element("div", "nnb-v12-facts", el));
    const fact = (name, caption) => {
      const item = element("div", "nnb-v12-fact", panel);
      element("span", `nnb-v12-key nnb-v12-key-${name}`, item);
      const words = element("div", "", item);
      const title = element("div", "nnb-v12-caption", words, caption);
      return { title, value: element("div", `nnb-v12-number nnb-v12-${name}`, words) };
    };
    const output = fact("output", "this sub-network's score");
    const mean = fact("mean", "");
    const full = fact("full", "the full network's score");
    const everyone = fact("everyone", "");
    const factor = fact("factor", "the kept neurons are");
    const drops = fact("drops", "each is dropped with p =");
    const verdict = element("div", "nnb-v12-verdict", panel);
    return ({ texts }) => {
      set_text(output.value, texts.output);
      set_text(mean.title, texts.mean_caption);
      set_text(mean.value, texts.mean);
      set_text(full.value, texts.full);
      set_text(everyone.title, texts.everyone_caption);
      set_text(everyone.value, texts.everyone);
      set_text(factor.value, texts.factor);
      set_text(drops.value, texts.drops);
      set_text(verdict, texts.verdict);
    };
  }
}

export default { render };
