// Formulas as MathML, from a small part of LaTeX: W_{14}^{(1)}, \frac{∂s}{∂z}, \sum_k, |text|.

// A command, a brace or mark, a number (its minus is no operator), |words|, space, a sign.
const TOKEN =
  /\\[a-z]+|[_^{}]|(?:(?<=(?:^|[=(·+,])\s*)\u2212)?\d+(?:\.\d+)?(?:·10[⁻⁰¹²³⁴-⁹]+)?|\|[^|]*\||\s+|./gu;

const MATHML = "http://www.w3.org/1998/Math/MathML";

// Show a formula in an element; nothing happens if it is there already.
export function set_formula(node, text) {
  if (node.dataset.formula === text) return;
  node.dataset.formula = text;
  const math = document.createElementNS(MATHML, "math");
  math.append(...parse_formula(text));
  node.replaceChildren(math);
}

// Show a sentence in which formulas stand between dollar signs.
export function set_sentence(node, text) {
  if (node.dataset.sentence === text) return;
  node.dataset.sentence = text;
  node.replaceChildren();
  text.split("$").forEach((part, place) => {
    const span = document.createElement("span");
    if (place % 2) set_formula(span, part);
    else span.textContent = part;
    node.append(span);
  });
}

function math_element(tag, ...children) {
  const made = document.createElementNS(MATHML, tag);
  made.append(...children);
  return made;
}

function parse_formula(text) {
  const tokens = text.match(TOKEN) ?? [];
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
    if (/^\u2212?\d/.test(token)) return math_element("mn", token);
    if (token.startsWith("|")) return math_element("mtext", token.slice(1, -1).replaceAll(" ", "\u00a0"));
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
