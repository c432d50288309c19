// Downloads the open notebook as it is on the page: nothing of it comes from the server.

// JupyterLab and Notebook 7 load this file as it is: what a bundler would write stands at its end.
(() => {
  const COMMAND = "nnb:download-copy";

  function download(name, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser may still be reading
  }

  const plugin = {
    id: "nnb-rescue:plugin",
    description: "Downloads the open notebook as it is on the page, also when the server is gone.",
    autoStart: true,
    activate(app) {
      const open_panel = () => {
        const panel = app.shell.currentWidget;
        return panel?.content?.widgets && panel.context?.model ? panel : null;
      };
      app.commands.addCommand(COMMAND, {
        label: "Download a copy",
        caption: "Download this notebook as it is now, also when the connection is lost",
        isEnabled: () => open_panel() !== null,
        execute: () => {
          const { path, model } = open_panel().context;
          download(path.split("/").at(-1), `${JSON.stringify(model.toJSON(), null, 1)}\n`);
        },
      });
    },
  };

  // A container as webpack's Module Federation asks for; it shares nothing and needs nothing.
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["nnb-rescue"] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
