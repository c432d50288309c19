// Keys pressed in a view or a question are its own, not shortcuts of the notebook.

// JupyterLab and Notebook 7 would take the arrow keys from a slider, a list, a row of answers.
// They look for this mark; with Ctrl, Alt or Command, and for Shift + Enter, they get the key.
const MARK = "data-lm-suppress-shortcuts";

export function keep_keys(signal) {
  const mark = ({ target, key, ctrlKey, altKey, metaKey, shiftKey }) => {
    if (!target.closest?.(".nnb-view, .nnb-question")) return;
    const theirs = ctrlKey || altKey || metaKey || (shiftKey && key === "Enter");
    target.toggleAttribute(MARK, !theirs);
  };
  // Notebook 7 listens at the document, before the control itself: so at the window, before both.
  window.addEventListener("keydown", mark, { capture: true, signal });
}
