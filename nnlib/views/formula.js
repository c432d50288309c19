// Formulas as MathML, from a small part of LaTeX: W_{14}^{(1)}, \frac{∂s}{∂z}, \sum_k, |text|.

const MATHML = "http://www.w3.org/1998/Math/MathML";

// Show a formula in an element; nothing happens if it is there already.
export function set_formula(node, text) {
  if (node.dataset.formula === text) return;
  node.dataset.formula = text;
  const math = document.createElementNS(MATHML, "math");
  math.append(...parse_formula(text));
  node.replaceChildren(math);
}

function math_element(tag, ...children) {
  const made = document.createElementNS(MATHML, tag);
  made.append(...children);
  return made;
}

function parse_formula(text) {
  const tokens = text.match(/\\[a-z]+|[_^{}]|\d+(?:\.\d+)?(?:·10[⁻⁰¹²³⁴-⁹]+)?|\|[^|]*\||\s+|./gu) ?? [];
  let place = 0;

  function group() {
    if (tokens[place] !== "{") return item();
    place += 1;
    const inside = row();
    place += 1; // the closing brace
    return math_element("mrow", ...inside);
  }

  function item() {
    const token = tokens[place];
    place += 1;
    if (token === "\\frac") return math_element("mfrac", group(), group());
    if (token === "\\sum") return operator("∑");
    if (token === "{") {
      place -= 1;
      return group();
    }
    if (/^\d/.test(token)) return math_element("mn", token);
    if (token.startsWith("|")) return math_element("mtext", token.slice(1, -1));
    if (/\p{L}|∂|′/u.test(token)) return math_element("mi", token);
    return operator(token);
  }

  function operator(token) {
    const made = math_element("mo", token);
    if (token === "∑") made.setAttribute("movablelimits", "true");
    if ("()".includes(token)) made.setAttribute("stretchy", "false");
    return made;
  }

  function row() {
    const parts = [];
    while (place < tokens.length && tokens[place] !== "}") {
      if (/^\s+$/.test(tokens[place])) {
        place += 1;
        continue;
      }
      let part = item();
      const marks = {};
      while (tokens[place] === "_" || tokens[place] === "^") {
        const mark = tokens[place];
        place += 1;
        marks[mark] = group();
      }
      if (marks._ && marks["^"]) part = math_element("msubsup", part, marks._, marks["^"]);
      else if (marks._) part = math_element("msub", part, marks._);
      else if (marks["^"]) part = math_element("msup", part, marks["^"]);
      parts.push(part);
    }
    return parts;
  }

  return row();
}
