// Two losses against one score, and below them their slopes against the same score.

import { draw_frames, element, floats, movable, send, set_text } from "./shared.js";
import { line_through, make_chart, put, say, shape, value_under } from "./chart.js";

const NUDGE = 0.1;
const LOSSES = [
  { name: "cross_entropy", title: "cross-entropy", css: "smooth" },
  { name: "hinge", title: "hinge", css: "hinge" },
];

// A node that a lesson may leave out under this name, or under one of several.
function part_of(name, node) {
  node.dataset.part = name;
  return node;
}

function render({ model, el, signal }) {
  el.classList.add("nnb-v3");
  const pictures = element("div", "nnb-v3-pictures", el);
  const side = element("div", "nnb-v3-side", el);
  const cards = make_cards();
  const table = make_table();
  const words = [["flat", "hinge"], ["here", "gradients"]].map(
    ([name, part]) => part_of(part, element("p", `nnb-v3-words nnb-v3-${name}-words`, side)));
  const plots = [make_plot("losses", "loss_axis", ""), make_plot("slopes", "slope_axis", "_grad")];
  part_of("gradients", plots[1].holder);
  const handle = make_handle();
  let last = null;

  hide_parts();
  model.on("change:hidden", hide_parts);

  // A lesson may leave parts out.
  function hide_parts() {
    const hidden = model.get("hidden");
    for (const node of el.querySelectorAll("[data-part]")) {
      const names = node.dataset.part.split(" ");
      node.classList.toggle("nnb-v3-hidden", names.some((name) => hidden.includes(name)));
    }
  }

  draw_frames(model, el, signal, (frame) => {
    last = frame;
    const data = Object.fromEntries(
      Object.entries(frame.curves).map(([name, values]) => [name, floats(values)]));
    const axis = floats(frame.axis);
    for (const plot of plots) plot.draw(frame, axis, data);
    cards(frame);
    table(frame);
    set_text(words[0], frame.flat_text);
    set_text(words[1], frame.here_text);
    put(handle, {
      "aria-valuenow": frame.score,
      "aria-valuetext": frame.handle_label,
      "aria-label": frame.handle_label,
    });
  });

  function make_plot(name, y_axis, suffix) {
    const chart = make_chart(pictures, `nnb-v3-plot nnb-v3-${name}`);
    const band = part_of("hinge", shape("rect", "nnb-v3-flat", chart.inside));
    const band_text = suffix ? null
      : part_of("hinge", shape("text", "nnb-v3-flat-text", chart.inside));
    const guide = shape("line", "nnb-v3-guide", chart.over);
    // The tangents belong to the lower plot: what it shows is how steep they are.
    const steep = part_of("gradients", shape("g", "", chart.inside));
    const each = (make) => LOSSES.map((loss) => part_of(loss.name, make(loss)));
    const tangents = suffix ? []
      : each(({ css }) => shape("line", `nnb-v3-tangent nnb-v3-${css}-tangent`, steep));
    const lines = each(({ css }) => shape("path", `nnb-v3-line nnb-v3-${css}`, chart.inside));
    const marks = each(({ css }) => (css === "smooth"
      ? shape("circle", "nnb-v3-mark nnb-v3-smooth-mark", chart.over, { r: 6.5 })
      : shape("rect", "nnb-v3-mark nnb-v3-hinge-mark", chart.over, { width: 11, height: 11 })));

    function draw(frame, axis, data) {
      const paper = chart.draw({ x: frame.x_axis, y: frame[y_axis] });
      if (!paper) return;
      const { X, Y, height } = paper;
      const x = X(frame.score);
      draw_band(frame, X, height);
      put(guide, { x1: x, x2: x, y1: 0, y2: height });
      LOSSES.forEach((loss, i) => {
        put(lines[i], { d: line_through(axis, data[loss.name + suffix], paper) });
        const y = Y(frame.here[loss.name + suffix]);
        if (i === 0) put(marks[i], { cx: x, cy: y });
        else put(marks[i], { x: x - 5.5, y: y - 5.5 });
        if (tangents.length) draw_tangent(tangents[i], frame, loss.name, paper);
      });
    }

    function draw_band(frame, X, height) {
      const [from, to] = frame.flat ? frame.flat.map(X) : [0, 0];
      put(band, { x: from, y: 0, width: to - from, height });
      if (!band_text) return;
      const wide = to - from > 84;
      // At the picture's border, where the marker is seldom.
      const right = frame.flat?.[1] === frame.x_axis.high;
      const spot = right ? { x: to - 8, "text-anchor": "end" } : { x: from + 8, "text-anchor": "start" };
      say(band_text, wide ? "hinge is flat" : "", { ...spot, y: 16 });
    }

    // A short piece of the tangent: its slope is what the lower plot shows.
    function draw_tangent(node, frame, name, { X, Y }) {
      const reach = 0.7;
      const rise = reach * frame.here[`${name}_grad`];
      const [x, y] = [frame.score, frame.here[name]];
      put(node, { x1: X(x - reach), y1: Y(y - rise), x2: X(x + reach), y2: Y(y + rise) });
    }

    return { holder: chart.holder, draw };
  }

  // One element over both plots takes the mouse, fingers and keys.
  function make_handle() {
    const node = element("div", "nnb-v3-handle", pictures);
    node.tabIndex = 0;
    put(node, { role: "slider", "aria-valuemin": -5, "aria-valuemax": 5 });
    let going = null; // the score on its way, so that a key held down does not wait for the kernel
    let sent = 0;
    const move = (score) => {
      going = Math.min(5, Math.max(-5, score));
      sent = performance.now();
      send(model, { kind: "score", score: going });
    };
    movable(node, {
      drag: (event) => move(value_under(event, plots[0].holder, last.x_axis)),
      key(dx, dy) {
        const start = going !== null && performance.now() - sent < 400 ? going : last.score;
        move(start + (dx + dy) * NUDGE);
      },
    });
    return node;
  }

  // Both losses and their gradients at the marker, each with its line and its mark.
  function make_cards() {
    const holder = element("div", "nnb-v3-cards", side);
    const cells = LOSSES.map(({ name, title, css }) => {
      const card = part_of(name, element("div", "nnb-v3-card", holder));
      const head = element("div", "nnb-v3-head", card);
      const sample = shape("svg", "nnb-v3-sample", head, { width: 40, height: 14, "aria-hidden": true });
      shape("line", `nnb-v3-line nnb-v3-${css}`, sample, { x1: 0, x2: 40, y1: 7, y2: 7 });
      if (css === "smooth") {
        shape("circle", "nnb-v3-mark nnb-v3-smooth-mark", sample, { cx: 20, cy: 7, r: 5 });
      } else {
        shape("rect", "nnb-v3-mark nnb-v3-hinge-mark", sample, { x: 15.5, y: 2.5, width: 9, height: 9 });
      }
      element("span", "", head, title);
      const pair = element("div", "nnb-v3-pair", card);
      const number = (caption, key) => {
        const item = element("div", "nnb-v3-item", pair);
        const label = element("span", "nnb-v3-caption", item, caption);
        return { label, value: element("span", `nnb-v3-number nnb-v3-${key.replaceAll("_", "-")}`, item) };
      };
      const slope = number("", `${name}_grad`);
      part_of("gradients", slope.value.parentNode);
      return { name, loss: number("loss", name), slope };
    });
    return (frame) => {
      for (const { name, loss, slope } of cells) {
        set_text(loss.value, frame.here_texts[name]);
        set_text(slope.value, frame.here_texts[`${name}_grad`]);
        set_text(slope.label, `gradient ∂L/∂${frame.name}`);
      }
    };
  }

  function make_table() {
    const holder = part_of("classes", element("div", "nnb-v3-classes", side));
    const whole = element("table", "", holder);
    const head = element("thead", "", whole);
    const groups = element("tr", "nnb-v3-groups", head);
    element("th", "", groups).colSpan = 2;
    for (const { name, title } of LOSSES) {
      part_of(name, element("th", "nnb-v3-first", groups, title)).colSpan = 2;
    }
    // Each column: its title, the name of its numbers, the loss it belongs to.
    const columns = [
      ["class", "name", ""], ["score s", "score", ""],
      ["ŷ", "probability", "cross_entropy"], ["∂L/∂s", "cross_entropy_grad", "cross_entropy gradients"],
      ["", "term", "hinge"], ["∂L/∂s", "hinge_grad", "hinge gradients"],
    ];
    const is_first = (name) => (["probability", "term"].includes(name) ? "nnb-v3-first" : "");
    const titles = element("tr", "", head);
    const [, , , , term] = columns.map(([title, name, part]) =>
      part_of(part, element("th", is_first(name), titles, title)));
    const body = element("tbody", "", whole);
    const foot = element("tr", "nnb-v3-sums", element("tfoot", "", whole));
    element("td", "", foot, "loss").colSpan = 2;
    const sums = LOSSES.map(({ name }) => {
      const cell = part_of(name, element("td", "nnb-v3-first", foot));
      cell.colSpan = 2;
      return cell;
    });
    let rows = [];

    function build(n) {
      body.replaceChildren();
      rows = [...Array(n).keys()].map((k) => {
        const row = element("tr", "", body);
        row.addEventListener("click", () => send(model, { kind: "select", k }));
        const cells = columns.map(([, name, part]) => {
          const look = `nnb-v3-cell-${name.replaceAll("_", "-")} ${is_first(name)}`;
          return [name, part_of(part, element("td", look, row))];
        });
        return { row, cells };
      });
      hide_parts();
    }

    return (frame) => {
      if (rows.length !== frame.classes.length) build(frame.classes.length);
      rows.forEach(({ row, cells }, k) => {
        for (const [name, cell] of cells) set_text(cell, frame.classes[k][name]);
        row.classList.toggle("nnb-v3-chosen", k === frame.moving);
      });
      set_text(term, frame.term_title);
      set_text(sums[0], frame.cross_entropy_sum);
      set_text(sums[1], frame.hinge_sum);
    };
  }
}

export default { render };
