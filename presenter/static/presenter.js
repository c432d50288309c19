// Presents the open notebook live: its own cells, one slide at a time, on the whole screen.

// JupyterLab and Notebook 7 load this file as it is: what a bundler would write stands at its end.
(() => {
  const STYLES = new URL("presenter.css", document.currentScript.src).href;
  const COMMAND = "nnb:present";
  // The screen that a slide is made for, in CSS pixels. A larger one draws it larger; a slide that
  // is too full is drawn smaller, down to this share, and then scrolls.
  const WIDTH = 1100;
  const HEIGHT = 640;
  const SMALLEST = 0.7;
  // Where these have the focus, arrow keys and Space are theirs; a button has use for Space alone.
  const TAKES_ARROWS = "input, select, textarea, [role='slider'], .cm-editor, .nnb-view [tabindex]";
  const TAKES_SPACE = `${TAKES_ARROWS}, button, summary, a`;
  const SIZES = { "+": 1.1, "=": 1.1, "-": 1 / 1.1 };
  const STEPS = { PageDown: 1, PageUp: -1, ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

  const last_shown = new WeakMap(); // by notebook, to go on after a break
  let current = null; // the presentation under way

  // The slides of a notebook, each a title and its steps; a step is a list of cells.
  function slides_of(notebook) {
    const slides = [];
    let title = "";
    for (const cell of notebook.widgets) {
      const type = cell.model.getMetadata("slideshow")?.slide_type ?? "-";
      if (type === "skip" || type === "notes") continue;
      if (type === "slide" || type === "subslide" || !slides.length) slides.push({ steps: [[]] });
      const slide = slides.at(-1);
      if (type === "fragment") slide.steps.push([]);
      slide.steps.at(-1).push(cell);
      title = heading(cell) ?? title;
      slide.title ??= title;
    }
    return slides;
  }

  function heading(cell) {
    if (cell.model.type !== "markdown") return undefined;
    return cell.model.sharedModel.getSource().match(/^#+ +(.+)$/m)?.[1].replaceAll("$", "");
  }

  class Presentation {
    constructor(app, panel, slides) {
      this.app = app;
      this.panel = panel;
      this.notebook = panel.content;
      this.slides = slides;
      this.page = this.notebook.node.querySelector(".jp-WindowedPanel-viewport");
      this.scroller = this.notebook.node.querySelector(".jp-WindowedPanel-outer");
      this.ended = new AbortController();
      this.config = this.notebook.notebookConfig;
      this.size = 1; // as the lecturer wants it
      this.show_every_cell();
      this.take_the_screen();
      this.make_bar();
      this.listen();
      const at = Math.min(last_shown.get(this.notebook) ?? 0, slides.length - 1);
      this.show(at, 0);
    }

    // All cells on the page, whatever the setting for long notebooks.
    show_every_cell() {
      const { config } = this;
      this.notebook.notebookConfig = { ...config, windowingMode: "none", scrollPastEnd: false };
      if (config.windowingMode === "full") return; // there JupyterLab does the rest by itself
      this.notebook.widgets.forEach((cell, index) => {
        if (cell.isPlaceholder()) this.notebook.layout.insertWidget(index, cell);
      });
    }

    // The panel and all around it fill the window; what stands beside them is hidden.
    take_the_screen() {
      this.around = [];
      for (let node = this.panel.node; node !== document.body; node = node.parentElement) {
        this.around.push(node);
      }
      for (const node of this.around) node.classList.add("nnb-screen");
      this.notebook.node.classList.add("nnb-slides");
      document.documentElement.requestFullscreen?.().catch(() => {}); // as large as is allowed
    }

    make_bar() {
      this.bar = document.createElement("div");
      this.bar.className = "nnb-bar";
      const button = (text, label, act) => {
        const made = document.createElement("button");
        made.textContent = text;
        made.title = label;
        made.setAttribute("aria-label", label);
        made.addEventListener("click", () => {
          made.blur(); // the keys stay with the slides
          act();
        });
        return made;
      };
      this.list = document.createElement("select");
      this.list.setAttribute("aria-label", "Slide");
      this.slides.forEach(({ title }, index) => this.list.add(new Option(`${index + 1}  ${title}`)));
      this.list.addEventListener("change", () => {
        this.list.blur();
        this.show(this.list.selectedIndex, 0);
      });
      this.count = document.createElement("span");
      this.count.setAttribute("role", "status");
      this.bar.append(
        this.list,
        button("‹", "Back", () => this.step(-1)),
        this.count,
        button("›", "On", () => this.step(1)),
        button("×", "End (Esc)", () => this.end()),
      );
      this.panel.node.append(this.bar);
    }

    listen() {
      const { signal } = this.ended;
      window.addEventListener("keydown", (event) => this.on_key(event), { capture: true, signal });
      window.addEventListener("resize", () => this.fit(), { signal });
      // Escape ends full screen in the browser, which keeps that key to itself.
      document.addEventListener(
        "fullscreenchange",
        () => document.fullscreenElement || this.end(),
        { signal },
      );
      this.panel.disposed.connect(this.end, this);
    }

    on_key(event) {
      const { key, target, shiftKey } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest(".jp-Dialog")) return;
      if (key === "Escape") this.end();
      else if (key === "Enter" && shiftKey) this.app.commands.execute("notebook:run-cell");
      else if (key.startsWith("Page")) this.step(STEPS[key]);
      else if (target.closest(key === " " ? TAKES_SPACE : TAKES_ARROWS)) return;
      else if (key === " ") this.step(shiftKey ? -1 : 1);
      else if (key in STEPS) this.step(STEPS[key]);
      else if (key in SIZES) this.enlarge(SIZES[key]);
      else if (key === "Home") this.show(0, 0);
      else if (key === "End") this.show(this.slides.length - 1, 0);
      // The notebook's own keys do nothing here: D, D would delete a cell that nobody sees.
      else if (key.length > 1 && key !== "Backspace" && key !== "Delete") return;
      event.preventDefault();
      event.stopImmediatePropagation();
    }

    // On or back by one step, over the ends of a slide.
    step(by) {
      const step = this.at_step + by;
      if (step in this.slides[this.at].steps) this.show(this.at, step);
      else if (by > 0 && this.at + 1 in this.slides) this.show(this.at + 1, 0);
      else if (by < 0 && this.at > 0) this.show(this.at - 1, this.slides[this.at - 1].steps.length - 1);
    }

    show(at, at_step) {
      const turned = at !== this.at;
      const { steps } = this.slides[at];
      Object.assign(this, { at, at_step });
      last_shown.set(this.notebook, at);
      this.list.selectedIndex = at;
      this.count.textContent = `${at + 1} / ${this.slides.length}`;
      const cells = steps[at_step].length ? steps[at_step] : steps.flat();
      this.notebook.mode = "command";
      this.notebook.activeCellIndex = this.notebook.widgets.indexOf(cells[0]);
      if (turned) this.fit();
      this.reveal(steps.slice(0, at_step + 1).flat());
      if (turned) this.scroller.scrollTop = 0;
      for (const cell of [cells.at(-1), cells[0]]) cell.node.scrollIntoView({ block: "nearest" });
    }

    reveal(cells) {
      const shown = new Set(cells);
      for (const cell of this.notebook.widgets) {
        cell.node.classList.toggle("nnb-off", !shown.has(cell));
      }
    }

    // As large as the screen allows, the same for all steps of a slide.
    fit() {
      const { steps } = this.slides[this.at];
      const full = Math.min(window.innerWidth / WIDTH, window.innerHeight / HEIGHT);
      this.page.style.zoom = full;
      this.reveal(steps.flat());
      const fill = (this.scroller.clientHeight - 2) / this.page.getBoundingClientRect().height;
      this.page.style.zoom = this.size * full * Math.min(1, Math.max(SMALLEST, fill));
      this.reveal(steps.slice(0, this.at_step + 1).flat());
    }

    enlarge(by) {
      this.size *= by;
      this.fit();
    }

    end() {
      if (this.ended.signal.aborted) return;
      this.ended.abort();
      for (const node of this.around) node.classList.remove("nnb-screen");
      if (document.fullscreenElement) document.exitFullscreen();
      this.bar.remove();
      if (this.panel.isDisposed) return;
      this.panel.disposed.disconnect(this.end, this);
      this.notebook.node.classList.remove("nnb-slides");
      this.page.style.zoom = "";
      this.reveal(this.notebook.widgets);
      this.notebook.notebookConfig = this.config;
      this.notebook.scrollToItem(this.notebook.activeCellIndex, "start");
    }
  }

  const plugin = {
    id: "nnb-presenter:plugin",
    description: "Presents a notebook live, as slides.",
    autoStart: true,
    activate(app) {
      const sheet = document.createElement("link");
      Object.assign(sheet, { rel: "stylesheet", href: STYLES });
      document.head.append(sheet);
      const open_panel = () => {
        const panel = app.shell.currentWidget;
        return panel?.content?.widgets && panel.content.notebookConfig ? panel : null;
      };
      app.commands.addCommand(COMMAND, {
        label: "Present",
        caption: "Present this notebook as slides (Esc ends)",
        isEnabled: () => open_panel() !== null,
        execute: () => {
          const panel = open_panel();
          const slides = slides_of(panel.content);
          current?.end();
          if (slides.length) current = new Presentation(app, panel, slides);
        },
      });
    },
  };

  // A container as webpack's Module Federation asks for; it shares nothing and needs nothing.
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["nnb-presenter"] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
