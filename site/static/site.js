// Whatever scrolls by itself can be reached with the Tab key; on paper everything is unfolded.

const SCROLLS = "div.math, span.math.wide, .table-wrapper, .cell_output .output, .highlight, .highlight pre";
const MARK = { tabindex: "0", role: "group", "aria-label": "wide: scrolls sideways" };

function all(selector) {
  return [...document.querySelectorAll(selector)];
}

// First everything is read, then everything is written: so the page is laid out once, not for each.
function mark() {
  for (const box of all("[role=group][tabindex]")) {
    for (const name of Object.keys(MARK)) box.removeAttribute(name);
  }
  for (const formula of all("span.math.wide")) formula.classList.remove("wide");
  const room = document.querySelector("article").clientWidth;
  const wide = all("span.math").filter((formula) => formula.getBoundingClientRect().width > room);
  for (const formula of wide) formula.classList.add("wide");
  const scrolls = all(SCROLLS).filter(
    (box) => box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX === "auto",
  );
  for (const box of scrolls) {
    for (const [name, value] of Object.entries(MARK)) box.setAttribute(name, value);
  }
}

window.addEventListener("load", () => {
  mark();
  if (window.MathJax?.startup?.promise) MathJax.startup.promise.then(mark);
});
window.addEventListener("resize", mark);

let closed = [];
window.addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const fold of closed) fold.open = true;
});
window.addEventListener("afterprint", () => {
  for (const fold of closed) fold.open = false;
});
