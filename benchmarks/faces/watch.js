// Watches a page from inside: the bytes that came from the kernel, and when pictures were drawn.

window.watch = {
  received: 0, // bytes over all web sockets
  drawn: [], // the times at which pictures of views were on the screen
  asked: null, // the time of the newest key or click
  begin() {
    this.drawn = [];
    this.asked = null;
  },
};

window.WebSocket = class extends window.WebSocket {
  constructor(...args) {
    super(...args);
    this.addEventListener("message", ({ data }) => {
      window.watch.received += data.length ?? data.byteLength ?? data.size ?? 0;
    });
  }
};

for (const kind of ["keydown", "click"]) {
  const note = (event) => (window.watch.asked = event.timeStamp);
  document.addEventListener(kind, note, { capture: true });
}

// A view's canvas gives itself a new label with each frame, just before it draws. This is told
// of it when the drawing is done; a task later the picture is on its way to the screen.
new MutationObserver((changes) => {
  if (!changes.some(({ target }) => target.closest?.(".nnb-view"))) return;
  setTimeout(() => window.watch.drawn.push(performance.now()));
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["aria-label"] });
