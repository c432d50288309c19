// The tuning board: progress, curves of loss and accuracy, a diagnosis, and the table of runs.

import { context, draw_frames, element, fixed, floats, marker, movable, place_on, send, set_text, theme } from "./shared.js";

const MEASURES = ["loss", "accuracy", "val_loss", "val_accuracy"];
const MARGIN = { left: 44, right: 14, top: 10, bottom: 34 };
const COLUMNS = [
  ["pinned", "Pin"], ["name", "Run"], ["settings", "Settings"], ["epochs", "Epochs"],
  ["train", "Training"], ["validation", "Validation"], ["gap", "Gap"], ["seconds", "Time"],
  ["diagnosis", "Diagnosis"],
];

function render({ model, el, signal }) {
  el.classList.add("nnb-v13");
  // The notebook's shortcuts must not take the keys that a reader presses here.
  el.dataset.lmSuppressShortcuts = "true";
  const style = model.get("palette");
  const progress = make_progress();
  const legend = element("div", "nnb-v13-legend", el);
  const charts = element("div", "nnb-v13-charts", el);
  let epoch = null; // the one that the reader points at
  const loss = make_chart("Loss", "loss");
  const accuracy = make_chart("Accuracy", "accuracy");
  const diagnosis = make_diagnosis();
  const table = make_table();
  const homework = make_homework();

  hide_parts();
  model.on("change:hidden", hide_parts);

  // A lesson may leave parts out.
  function hide_parts() {
    const hidden = model.get("hidden");
    for (const node of el.querySelectorAll("[data-part]")) {
      node.classList.toggle("nnb-hidden", hidden.includes(node.dataset.part));
    }
  }

  const redraw = draw_frames(model, el, signal, (frame) => {
    const runs = frame.curves.map((curve) => unpack(curve));
    const colours = theme(el);
    progress(frame);
    draw_legend(frame);
    loss(frame, runs, colours);
    accuracy(frame, runs, colours);
    diagnosis(frame);
    table(frame);
    homework(frame);
  });

  function unpack(curve) {
    const lists = Object.fromEntries(
      ["at", "mean", "low", "high", ...MEASURES].map((name) => [name, floats(curve[name])]),
    );
    return { ...curve, ...lists };
  }

  // Yellow and black of the palette would be lost on one of the themes.
  function colour_of(look, colours) {
    const colour = style.colours[look];
    return colour === "#000000" || colour === "#F0E442" ? colours.text : colour;
  }

  function make_progress() {
    const row = element("div", "nnb-v13-progress", el);
    const track = element("div", "nnb-v13-track", row);
    const bar = element("div", "nnb-v13-bar", track);
    const text = element("div", "nnb-v13-progress-text", row);
    track.setAttribute("role", "progressbar");
    track.setAttribute("aria-valuemin", 0);
    track.setAttribute("aria-valuemax", 100);
    track.setAttribute("aria-label", "Progress of the training");
    return (frame) => {
      bar.style.width = `${100 * frame.progress.share}%`;
      track.setAttribute("aria-valuenow", Math.round(100 * frame.progress.share));
      track.setAttribute("aria-valuetext", frame.progress.text);
      set_text(text, frame.progress.text);
    };
  }

  // A piece of a line as it looks in the charts.
  function sample(look, parent, kind = "") {
    const holder = element("span", "nnb-v13-sample", parent);
    holder.setAttribute("aria-hidden", "true");
    const canvas = element("canvas", "", holder);
    holder.draw = () => {
      const paper = context(canvas);
      if (!paper) return;
      const { ctx, width, height } = paper;
      const colours = theme(el);
      ctx.strokeStyle = colour_of(look, colours);
      ctx.fillStyle = colours.paper;
      ctx.lineWidth = 2;
      ctx.setLineDash(kind ? [] : style.dashes[look]);
      ctx.beginPath();
      ctx.moveTo(1, height / 2);
      ctx.lineTo(width - 1, height / 2);
      ctx.stroke();
      if (!kind) return;
      ctx.setLineDash([]);
      marker(ctx, kind, width / 2, height / 2, 4);
      ctx.fill();
      ctx.stroke();
    };
    return holder;
  }

  function draw_legend(frame) {
    const shown = frame.curves.find((curve) => curve.shown);
    const others = frame.curves.filter((curve) => !curve.shown);
    const key = JSON.stringify([shown && shown.run, others.map((curve) => [curve.run, curve.look])]);
    if (legend.dataset.key !== key) {
      legend.dataset.key = key;
      legend.replaceChildren();
      if (shown) {
        entry(`Run ${shown.run}, training`, 0, "o");
        entry("validation", 1, "s");
      }
      for (const curve of others) entry(`run ${curve.run}`, curve.look);
      if (others.length) {
        element("span", "nnb-v13-quiet", legend, "(pinned: training loss, validation accuracy)");
      }
    }
    for (const node of legend.querySelectorAll(".nnb-v13-sample")) node.draw();

    function entry(text, look, kind) {
      const item = element("span", "nnb-v13-entry", legend);
      sample(look, item, kind);
      element("span", "", item, text);
    }
  }

  function make_chart(title, kind) {
    const panel = element("div", `nnb-v13-chart nnb-v13-${kind}`, charts);
    const head = element("div", "nnb-v13-head", panel);
    element("span", "nnb-v13-title", head, title);
    const readout = element("span", "nnb-v13-readout", head);
    readout.setAttribute("role", "status");
    const canvas = element("canvas", "nnb-v13-canvas", panel);
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    let last = null;
    let plane = null;

    function point_at(event) {
      if (!plane) return;
      choose(plane.epoch_of(place_on(canvas, event)[0]));
    }
    canvas.addEventListener("pointermove", point_at);
    canvas.addEventListener("pointerleave", () => choose(null));
    canvas.addEventListener("blur", () => choose(null));
    movable(canvas, {
      drag: point_at,
      key(dx) {
        if (!last || !dx) return;
        const end = last.runs.find((run) => run.shown)?.accuracy.length || 0;
        if (end) choose(Math.min(Math.max((epoch ?? end - Math.sign(dx)) + Math.sign(dx), 1), end));
      },
    });

    function choose(value) {
      if (value === epoch) return;
      epoch = value;
      redraw();
    }

    return (frame, runs, colours) => {
      last = { frame, runs };
      const paper = context(canvas);
      if (!paper) return;
      plane = make_plane(paper, frame.axes, kind);
      draw_axes(plane, colours);
      for (const run of runs) draw_run(plane, run, colours);
      const shown = runs.find((run) => run.shown);
      draw_guide(plane, shown, colours);
      set_text(readout, values_at(shown));
      canvas.setAttribute("aria-label", `${title}. ${frame.label}`);
    };

    // What the curves say at the epoch pointed at.
    function values_at(run) {
      if (!run || epoch === null || epoch < 1 || epoch > run.accuracy.length) return "";
      const [train, validation] = [run[kind][epoch - 1], run[`val_${kind}`][epoch - 1]];
      const say = (value) => (kind === "loss" ? fixed(value, 3) : `${fixed(100 * value, 1)} %`);
      return `Epoch ${epoch}: training ${say(train)}, validation ${say(validation)}`;
    }
  }

  // Where numbers lie on the paper.
  function make_plane({ ctx, width, height }, axes, kind) {
    const [low, high] = kind === "loss" ? [0, axes.loss] : [axes.accuracy, 1];
    const across = width - MARGIN.left - MARGIN.right;
    const up = height - MARGIN.top - MARGIN.bottom;
    return {
      ctx, width, height, kind, low, high, epochs: axes.epochs,
      x: (value) => MARGIN.left + (across * value) / axes.epochs,
      y: (value) => MARGIN.top + up * (1 - (value - low) / (high - low)),
      epoch_of: (pixel) => Math.round(((pixel - MARGIN.left) / across) * axes.epochs),
    };
  }

  function draw_axes(plane, colours) {
    const { ctx, x, y, kind, low, high, epochs } = plane;
    ctx.font = "11px system-ui, sans-serif";
    ctx.lineWidth = 1;
    ctx.strokeStyle = colours.line;
    ctx.fillStyle = colours.quiet;
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    for (const value of ticks(low, high, 5)) {
      line(ctx, [[x(0), y(value)], [x(epochs), y(value)]]);
      const text = kind === "loss" ? String(Number(value.toFixed(4))) : `${fixed(100 * value, 0)} %`;
      ctx.fillText(text, x(0) - 6, y(value));
    }
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    for (const value of ticks(0, epochs, 8, 1)) ctx.fillText(value, x(value), y(low) + 5);
    ctx.fillText("epoch", (x(0) + x(epochs)) / 2, y(low) + 19);
  }

  function ticks(low, high, most, least = 0) {
    const steps = [1, 2, 5].flatMap((m) => [-3, -2, -1, 0, 1, 2].map((p) => m * 10 ** p));
    const step = steps.sort((a, b) => a - b).find((s) => s >= least && (high - low) / s <= most);
    const found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; i += 1) found.push(i * step);
    return found;
  }

  function line(ctx, places) {
    ctx.beginPath();
    for (const [px, py] of places) ctx.lineTo(px, py);
    ctx.stroke();
  }

  function draw_run(plane, run, colours) {
    const { ctx, kind, x, y, low, high } = plane;
    ctx.save();
    // Lines may leave the picture; markers at its border stay whole.
    ctx.beginPath();
    ctx.rect(x(0) - 6, y(high) - 6, x(plane.epochs) - x(0) + 12, y(low) - y(high) + 12);
    ctx.clip();
    ctx.lineJoin = "round";
    if (kind === "accuracy" && run.shown) draw_gap(plane, run);
    if (kind === "loss") draw_losses(plane, run, colours);
    else if (run.shown) draw_epochs(plane, run.accuracy, 0, "o", colours);
    if (run.shown) draw_epochs(plane, run[`val_${kind}`], 1, "s", colours);
    else if (kind === "accuracy") draw_epochs(plane, run.val_accuracy, run.look, "", colours);
    ctx.restore();
  }

  // The gap between training and validation accuracy, where training is ahead.
  function draw_gap({ ctx, x, y }, run) {
    const below = [...run.val_accuracy].map((v, i) => [x(i + 1), y(v)]);
    const above = below.map(([px, py], i) => [px, Math.min(py, y(run.accuracy[i]))]);
    ctx.fillStyle = style.colours[1];
    ctx.globalAlpha = 0.16;
    ctx.beginPath();
    for (const [px, py] of [...below, ...above.reverse()]) ctx.lineTo(px, py);
    ctx.fill();
    ctx.globalAlpha = 1;
  }

  function draw_losses({ ctx, x, y, high }, run, colours) {
    const top = 1.2 * high; // no further: a line of a million pixels helps nobody
    const place = (values) => [...values].map((v, i) => [x(run.at[i]), y(Math.min(v, top))]);
    const colour = colour_of(run.look, colours);
    ctx.strokeStyle = colour;
    ctx.fillStyle = colour;
    if (run.shown && run.low.length) {
      ctx.globalAlpha = 0.22;
      ctx.beginPath();
      for (const [px, py] of [...place(run.low), ...place(run.high).reverse()]) ctx.lineTo(px, py);
      ctx.fill();
      ctx.globalAlpha = 1;
    }
    ctx.lineWidth = 2;
    ctx.setLineDash(run.shown ? [] : style.dashes[run.look]);
    line(ctx, place(run.mean));
  }

  function draw_epochs({ ctx, x, y, high }, values, look, kind, colours) {
    const places = [...values].map((v, i) => [x(i + 1), y(Math.min(v, 1.2 * high))]);
    ctx.strokeStyle = colour_of(look, colours);
    ctx.fillStyle = colours.paper;
    ctx.lineWidth = 2;
    ctx.setLineDash(kind ? [] : style.dashes[look]);
    line(ctx, places);
    ctx.setLineDash([]);
    const sparse = places.length < 2 || places[1][0] - places[0][0] > 14;
    for (const [px, py] of places) {
      if (!kind && places.length > 1) continue;
      marker(ctx, kind || "o", px, py, sparse ? 4 : 2.5);
      ctx.fill();
      ctx.stroke();
    }
  }

  function draw_guide(plane, run, colours) {
    if (!run || epoch === null || epoch < 1 || epoch > run.accuracy.length) return;
    const { ctx, x, y, low, high } = plane;
    ctx.strokeStyle = colours.quiet;
    ctx.lineWidth = 1;
    ctx.setLineDash([3, 3]);
    line(ctx, [[x(epoch), y(low)], [x(epoch), y(high)]]);
    ctx.setLineDash([]);
  }

  function make_diagnosis() {
    const box = element("div", "nnb-v13-verdict", el);
    box.dataset.part = "diagnosis";
    box.setAttribute("aria-live", "polite");
    const head = element("div", "", box);
    const title = element("span", "nnb-v13-quiet", head);
    const name = element("span", "nnb-v13-finding", head);
    const reason = element("div", "nnb-v13-reason", box);
    const advice = element("div", "nnb-v13-advice", box);
    return (frame) => {
      const found = frame.diagnosis;
      box.dataset.name = found.name;
      set_text(title, found.name ? `${found.title}: ` : found.title);
      set_text(name, found.name);
      set_text(reason, found.reason);
      set_text(advice, found.advice);
    };
  }

  function make_table() {
    const holder = element("div", "nnb-v13-runs", el);
    holder.dataset.part = "runs";
    const sheet = element("table", "nnb-v13-table", holder);
    const head = element("tr", "", element("thead", "", sheet));
    for (const [name, title] of COLUMNS) {
      const cell = element("th", `nnb-v13-${name}`, head, title);
      cell.scope = "col";
      if (name === "gap") cell.title = "Training minus validation accuracy, in percentage points";
    }
    const body = element("tbody", "", sheet);
    let rows = [];
    return (frame) => {
      holder.classList.toggle("nnb-v13-empty", frame.rows.length === 0);
      const numbers = frame.rows.map((row) => row.run).join();
      if (numbers !== rows.map((row) => row.run).join()) {
        body.replaceChildren();
        rows = frame.rows.map((row) => make_row(row.run, body));
      }
      frame.rows.forEach((row, i) => rows[i].draw(row));
    };
  }

  function make_row(run, body) {
    const row = element("tr", "", body);
    row.dataset.run = run;
    const cells = Object.fromEntries(
      COLUMNS.map(([name]) => [name, element("td", `nnb-v13-${name}`, row)]),
    );
    const pin = element("input", "", cells.pinned);
    pin.type = "checkbox";
    pin.setAttribute("aria-label", `Pin run ${run}`);
    pin.addEventListener("change", () => send(model, { kind: "pin", run, pinned: pin.checked }));
    const show = element("button", "nnb-v13-show", cells.name, run);
    show.title = `Show run ${run}, and take its settings`;
    show.setAttribute("aria-label", show.title);
    show.addEventListener("click", () => send(model, { kind: "show", run }));
    const slot = element("span", "", cells.name);
    return {
      run,
      draw(values) {
        row.classList.toggle("nnb-v13-shown", values.shown);
        row.setAttribute("aria-selected", values.shown);
        pin.checked = values.pinned;
        if (slot.dataset.look !== String(values.look)) {
          slot.dataset.look = values.look;
          slot.replaceChildren();
          if (values.look !== null && !values.shown) sample(values.look, slot);
        }
        for (const node of slot.children) node.draw();
        for (const name of ["settings", "epochs", "train", "gap", "seconds", "diagnosis"]) {
          set_text(cells[name], values[name]);
        }
        set_text(cells.validation, values.best ? `★ ${values.validation}` : values.validation);
        cells.validation.title = values.best ? "The best validation accuracy" : "";
      },
    };
  }

  function make_homework() {
    const box = element("div", "nnb-v13-homework nnb-hidden", el);
    element("div", "nnb-v13-title", box, "These settings as the config of homework 1-2");
    const text = element("pre", "nnb-v13-config", box);
    text.tabIndex = 0;
    const row = element("div", "nnb-v13-buttons", box);
    const copy = act("Copy", () => {
      getSelection().selectAllChildren(text);
      const copied = navigator.clipboard?.writeText(text.textContent);
      copied?.then(() => {
        set_text(copy, "Copied");
        setTimeout(() => set_text(copy, "Copy"), 1500);
      }, () => {});
    });
    act("Save as config.json", () => send(model, { kind: "save" }));
    act("Close", () => send(model, { kind: "close homework" }));
    const note = element("div", "nnb-v13-quiet", box);

    function act(name, action) {
      const made = element("button", "nnb-v13-button", row, name);
      made.addEventListener("click", action);
      return made;
    }

    return (frame) => {
      box.classList.toggle("nnb-hidden", !frame.homework);
      set_text(text, frame.homework);
      set_text(note, frame.homework_note);
    };
  }
}

export default { render };
