// Descent: the path on the contour of the loss, the loss curves, and the list of runs.

import { draw_axes, polyline, power_ticks, round_ticks } from "./axes.js";
import {
  context, draw_frames, element, fixed, floats, marker, movable, place_on, send, set_text, theme,
} from "./shared.js";

// Places in the palette: first that of the descent at hand. No blue, for that is the contour's.
const COLOURS = [5, 2, 3, 7, 1];
const FEW = 80; // up to so many points every step is marked

function render({ model, el, signal }) {
  el.classList.add("nnb-v6");
  const style = model.get("palette");
  const readout = make_readout();
  const panels = element("div", "nnb-v6-panels", el);
  const contour = make_contour();
  const side = element("div", "nnb-v6-side", panels);
  const curves = make_curves();
  const list = make_list();

  hide_parts();
  model.on("change:hidden", hide_parts);

  // A lesson may leave parts out.
  function hide_parts() {
    const hidden = model.get("hidden");
    for (const node of el.querySelectorAll("[data-part]")) {
      node.classList.toggle("nnb-v6-hidden", hidden.includes(node.dataset.part));
    }
    const empty = hidden.includes("curves") && hidden.includes("runs");
    side.classList.toggle("nnb-v6-hidden", empty);
  }

  const redraw = draw_frames(model, el, signal, (frame) => {
    const colours = theme(el);
    const runs = frame.runs.map((run) => ({ ...run, records: unpack(run.records) }));
    readout(frame);
    contour(frame, runs, colours);
    curves(frame, runs, colours);
    list(runs, colours);
  });

  function unpack(view) {
    const flat = floats(view);
    return Array.from({ length: flat.length / 6 }, (_, i) => {
      const [steps, epochs, seconds, loss, ...place] = flat.subarray(6 * i, 6 * i + 6);
      return { steps, epochs, seconds, loss, place };
    });
  }

  // The colour and line of a run: a full line for the one that moves, dashes for pinned ones.
  function look(i, colours) {
    const k = COLOURS[i % COLOURS.length];
    const colour = k === 7 ? colours.text : style.colours[k]; // black is not seen in the dark
    return { colour, dash: style.dashes[i % 5], mark: style.markers[i % 5] };
  }

  function make_readout() {
    const holder = element("div", "nnb-v6-readout", el);
    const number = (label, name) => {
      const item = element("div", "nnb-v6-item", holder);
      element("span", "nnb-v6-caption", item, label);
      return element("span", `nnb-v6-number nnb-v6-${name}`, item);
    };
    const parts = {
      steps: number("steps", "steps"),
      epochs: number("epochs", "epochs"),
      seconds: number("seconds of computing", "seconds"),
      loss: number("loss of all points", "loss"),
      place: number("the two weights", "place"),
    };
    return (frame) => {
      for (const [name, node] of Object.entries(parts)) set_text(node, frame[`${name}_text`]);
    };
  }

  // The loss as a map of height, and the path of every run on it.
  function make_contour() {
    const panel = element("div", "nnb-v6-panel nnb-v6-panel-contour", panels);
    panel.dataset.part = "contour";
    const title = element("div", "nnb-v6-title", panel);
    const holder = element("div", "nnb-v6-map", panel);
    const canvas = element("canvas", "nnb-v6-canvas", holder);
    canvas.setAttribute("aria-hidden", "true");
    const tiles = document.createElement("canvas");
    let axes = null;
    let last = null;
    let going = null; // where the start is dragged to, until the kernel has answered
    let painted = "";

    const handle = element("div", "nnb-v6-handle", holder);
    handle.tabIndex = 0;
    handle.setAttribute("role", "button");
    handle.addEventListener("blur", () => {
      going = null;
    });
    const move = (place) => {
      const [low_x, high_x, low_y, high_y] = last.corners;
      going = [Math.min(high_x, Math.max(low_x, place[0])), Math.min(high_y, Math.max(low_y, place[1]))];
      send(model, { kind: "start", place: going });
      redraw();
    };
    movable(handle, {
      drag(event, pressed) {
        if (!pressed) move(axes.value(...place_on(canvas, event)));
      },
      key(dx, dy) {
        const [low_x, high_x, low_y, high_y] = last.corners;
        const [x, y] = going ?? last.start;
        move([x + (dx * (high_x - low_x)) / 50, y + (dy * (high_y - low_y)) / 50]);
      },
    });

    return (frame, runs, colours) => {
      const scene = model.get("scene");
      last = { ...frame, corners: scene.corners };
      set_text(title, scene.title);
      const paper = context(canvas);
      if (!paper || !scene.corners) return;
      const { ctx, width, height } = paper;
      const [low_x, high_x, low_y, high_y] = scene.corners;
      const box = { left: 34, top: 22, right: width - 6, bottom: height - 32 };
      const ticks = { x: round_ticks(low_x, high_x, 5), y: round_ticks(low_y, high_y, 5) };
      const clip = () => {
        ctx.beginPath();
        ctx.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
        ctx.clip();
      };
      ctx.save();
      clip();
      draw_heights(ctx, box, scene);
      ctx.restore();
      const { to_x, to_y } = draw_axes(ctx, { ...colours, line: "transparent" }, box,
        { low: low_x, high: high_x, ticks: ticks.x, name: scene.names[0] },
        { low: low_y, high: high_y, ticks: ticks.y, name: scene.names[1] });
      axes = {
        value: (px, py) => [
          low_x + ((px - box.left) * (high_x - low_x)) / (box.right - box.left),
          low_y + ((box.bottom - py) * (high_y - low_y)) / (box.bottom - box.top),
        ],
      };
      ctx.save();
      clip();
      draw_lines(ctx, scene, to_x, to_y, colours);
      // The running descent lies on top.
      for (let i = runs.length - 1; i >= 0; i -= 1) draw_path(ctx, runs[i], i, to_x, to_y, colours);
      draw_lowest(ctx, scene, to_x, to_y, colours);
      ctx.restore();
      place_handle(ctx, frame, to_x, to_y, colours);
    };

    // Low places are blue, as water gathers there; in bands, one between two lines.
    function draw_heights(ctx, box, scene) {
      const n = scene.size;
      if (painted !== scene.title) {
        painted = scene.title;
        const bands = new Uint8Array(scene.bands.buffer, scene.bands.byteOffset, n * n);
        tiles.width = n;
        tiles.height = n;
        const image = new ImageData(n, n);
        for (let row = 0; row < n; row += 1) {
          for (let column = 0; column < n; column += 1) {
            const to = 4 * ((n - 1 - row) * n + column); // the first row is the lowest
            image.data.set([0, 114, 178, bands[row * n + column]], to);
          }
        }
        tiles.getContext("2d").putImageData(image, 0, 0);
      }
      ctx.imageSmoothingEnabled = true;
      // The outer cells' centres lie on the border of the picture.
      const w = (box.right - box.left) / (n - 1);
      const h = (box.bottom - box.top) / (n - 1);
      ctx.drawImage(tiles, box.left - w / 2, box.top - h / 2, n * w, n * h);
    }

    function draw_lines(ctx, scene, to_x, to_y, colours) {
      const flat = floats(scene.lines);
      ctx.strokeStyle = colours.text;
      ctx.globalAlpha = 0.35;
      ctx.lineWidth = 1;
      let from = 0;
      for (const length of scene.lengths) {
        const points = Array.from({ length }, (_, i) => [
          to_x(flat[2 * (from + i)]), to_y(flat[2 * (from + i) + 1]),
        ]);
        polyline(ctx, points);
        from += length;
      }
      ctx.globalAlpha = 1;
    }

    function draw_lowest(ctx, scene, to_x, to_y, colours) {
      const [x, y] = [to_x(scene.lowest_place[0]), to_y(scene.lowest_place[1])];
      ctx.strokeStyle = colours.text;
      ctx.lineWidth = 2;
      polyline(ctx, [[x - 6, y], [x + 6, y]]);
      polyline(ctx, [[x, y - 6], [x, y + 6]]);
      write(ctx, colours, "lowest", x, y + 22);
    }

    // Words that can be read on any ground.
    function write(ctx, colours, text, x, y) {
      ctx.font = "12px sans-serif";
      ctx.textAlign = "center";
      ctx.lineJoin = "round";
      ctx.strokeStyle = colours.paper;
      ctx.lineWidth = 3;
      ctx.strokeText(text, x, y);
      ctx.fillStyle = colours.text;
      ctx.fillText(text, x, y);
    }

    function draw_path(ctx, run, i, to_x, to_y, colours) {
      const { colour, dash, mark } = look(i, colours);
      const points = run.records.map(({ place }) => [to_x(place[0]), to_y(place[1])]);
      ctx.lineJoin = "round";
      ctx.strokeStyle = colours.paper;
      ctx.lineWidth = 4.5;
      polyline(ctx, points);
      ctx.strokeStyle = colour;
      ctx.lineWidth = 2;
      ctx.setLineDash(dash);
      polyline(ctx, points);
      ctx.setLineDash([]);
      ctx.fillStyle = colour;
      if (i === 0 && points.length <= FEW) {
        for (const [x, y] of points) {
          marker(ctx, "o", x, y, 2.7);
          ctx.fill();
        }
      }
      marker(ctx, mark, ...points.at(-1), i === 0 ? 6 : 5);
      ctx.fill();
      ctx.strokeStyle = colours.paper;
      ctx.lineWidth = 1.5;
      ctx.stroke();
    }

    function place_handle(ctx, frame, to_x, to_y, colours) {
      if (going && Math.hypot(going[0] - frame.start[0], going[1] - frame.start[1]) < 0.02) going = null;
      const [x, y] = going ?? frame.start;
      ctx.strokeStyle = colours.text;
      ctx.lineWidth = 2;
      ctx.beginPath();
      ctx.arc(to_x(x), to_y(y), 8, 0, 2 * Math.PI);
      ctx.stroke();
      write(ctx, colours, "start", to_x(x), to_y(y) - 13);
      handle.style.left = `${to_x(x)}px`;
      handle.style.top = `${to_y(y)}px`;
      handle.setAttribute("aria-label",
        `Start at ${fixed(x)}, ${fixed(y)}. Arrow keys move it.`);
    }
  }

  // The loss of every run, against epochs or against seconds.
  function make_curves() {
    const panel = element("div", "nnb-v6-panel nnb-v6-panel-curves", side);
    panel.dataset.part = "curves";
    const title = element("div", "nnb-v6-title", panel);
    const holder = element("div", "nnb-v6-graph", panel);
    const canvas = element("canvas", "nnb-v6-canvas", holder);
    canvas.setAttribute("aria-hidden", "true");
    return (frame, runs, colours) => {
      const unit = frame.axis;
      set_text(title, `loss of all points, against ${unit === "seconds" ? "seconds of computing" : unit}`);
      const paper = context(canvas);
      if (!paper) return;
      const { ctx, width, height } = paper;
      const box = { left: 40, top: 10, right: width - 16, bottom: height - 32 };
      const [low, high] = frame.loss_range;
      const x = { low: 0, high: frame.limits[unit], ticks: round_ticks(0, frame.limits[unit], 5) };
      x.name = unit;
      const { to_x, to_y } = draw_axes(ctx, colours, box, x, {
        low, high, ticks: round_ticks(low, high, 5),
      });
      ctx.save();
      ctx.beginPath();
      ctx.rect(box.left, box.top - 4, box.right - box.left + 6, box.bottom - box.top + 8);
      ctx.clip();
      draw_floor(ctx, frame, box, to_y, colours);
      for (let i = runs.length - 1; i >= 0; i -= 1) {
        const { colour, dash, mark } = look(i, colours);
        const points = runs[i].records.map((record) => [to_x(record[unit]), to_y(record.loss)]);
        ctx.strokeStyle = colour;
        ctx.fillStyle = colour;
        ctx.lineWidth = i === 0 ? 2.5 : 2;
        ctx.setLineDash(dash);
        ctx.lineJoin = "round";
        polyline(ctx, points);
        ctx.setLineDash([]);
        marker(ctx, mark, ...points.at(-1), i === 0 ? 5 : 4.5);
        ctx.fill();
      }
      ctx.restore();
    };
  }

  function draw_floor(ctx, frame, box, to_y, colours) {
    const y = to_y(frame.lowest);
    ctx.strokeStyle = colours.quiet;
    ctx.fillStyle = colours.quiet;
    ctx.lineWidth = 1;
    ctx.setLineDash([2, 3]);
    polyline(ctx, [[box.left, y], [box.right, y]]);
    ctx.setLineDash([]);
    ctx.font = "11px sans-serif";
    ctx.textAlign = "right";
    ctx.fillText("lowest", box.right - 3, y + 12);
  }

  // The runs by name; a pinned one can be taken off.
  function make_list() {
    const panel = element("div", "nnb-v6-panel nnb-v6-runs", side);
    panel.dataset.part = "runs";
    const head = element("div", "nnb-v6-run nnb-v6-run-head", panel);
    for (const name of ["swatch", "name", "steps", "loss", "unpin"]) {
      const words = { steps: "steps", loss: "loss", name: "run" };
      element("span", `nnb-v6-run-${name}`, head, words[name] ?? "");
    }
    const rows = [];

    function make_row(i) {
      const row = element("div", "nnb-v6-run", panel);
      const swatch = element("canvas", "nnb-v6-run-swatch", row);
      swatch.setAttribute("aria-hidden", "true");
      const [name, steps, loss] = ["name", "steps", "loss"].map((part) =>
        element("span", `nnb-v6-run-${part}`, row));
      const last = element("span", "nnb-v6-run-unpin", row);
      const button = i > 0 ? element("button", "nnb-v6-unpin", last, "unpin") : null;
      button?.addEventListener("click", () => send(model, { kind: "unpin", index: i - 1 }));
      return { row, swatch, name, steps, loss, button };
    }

    return (runs, colours) => {
      while (rows.length > runs.length) rows.pop().row.remove();
      while (rows.length < runs.length) rows.push(make_row(rows.length));
      runs.forEach((run, i) => {
        const { swatch, button, ...parts } = rows[i];
        for (const part of ["name", "steps", "loss"]) set_text(parts[part], run[part]);
        button?.setAttribute("aria-label", `Unpin ${run.name}`);
        const paper = context(swatch);
        if (!paper) return;
        const { colour, dash, mark } = look(i, colours);
        paper.ctx.strokeStyle = colour;
        paper.ctx.fillStyle = colour;
        paper.ctx.lineWidth = 2.5;
        paper.ctx.setLineDash(dash);
        polyline(paper.ctx, [[0, 9], [34, 9]]);
        marker(paper.ctx, mark, 17, 9, 4.5);
        paper.ctx.fill();
      });
    };
  }
}

export default { render };
