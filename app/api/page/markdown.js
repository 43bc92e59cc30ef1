// A small part of Markdown as DOM nodes. Text only ever becomes text nodes: no markup of the answer is interpreted,
// links and images stay the characters they are.

const HEADING = /^(#{1,6})\s+(.*)$/;
const ITEM = /^(\s*)(?:[-*•]|(\d{1,3})[.)])\s+(.*)$/;
const QUOTE = /^>\s?/;
const RULE = /^(?:-{3,}|\*{3,})\s*$/;
const TABLE_RULE = /^\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?$/;
// Spans are bounded, so that hostile text cannot make the search quadratic.
const INLINE = new RegExp(
  [
    /\*\*(?=\S)(.{1,800}?)(?<=\S)\*\*/, // **bold**
    /(?<![\p{L}\p{N}_])_(?=\S)(.{1,400}?)(?<=\S)_(?![\p{L}\p{N}_])/u, // _emphasis_, but not in snake_case
    /\*(?=[^\s*])(.{1,400}?)(?<=[^\s*])\*/, // *emphasis*
    /`([^`\n]{1,200})`/, // `code`
    /\[(\d{1,2})\]/, // [n]
  ]
    .map((kind) => kind.source)
    .join("|"),
  "su",
);
const DEEPEST = 3;

/** Shows a growing text. Blocks that did not change keep their nodes, so focus and selection survive each token. */
export class MarkdownView {
  #element;
  #cite;
  #keys = [];

  /** `cite(n)` answers the node for `[n]`, or null when there is no such source. */
  constructor(element, cite) {
    this.#element = element;
    this.#cite = cite;
  }

  show(text) {
    const blocks = [...blocksOf(text)];
    blocks.forEach((block, index) => {
      const key = block.kind + block.lines.join("\n");
      if (this.#keys[index] === key) return;
      const node = BUILDERS[block.kind](block.lines, this.#cite);
      const lang = languageOf(key);
      if (lang) node.lang = lang;
      node.dir = "auto";
      const old = this.#element.children[index];
      if (old) old.replaceWith(node);
      else this.#element.append(node);
      this.#keys[index] = key;
    });
    while (this.#element.children.length > blocks.length) this.#element.lastElementChild.remove();
    this.#keys.length = blocks.length;
  }

  /** Forgets what is shown, for example because `[n]` now means another source. */
  clear() {
    this.#element.replaceChildren();
    this.#keys = [];
  }
}

/** The `lang` of a text in a page that is English otherwise: "hi" for Devanagari, else null. */
export function languageOf(text) {
  const devanagari = text.match(/\p{Script=Devanagari}/gu)?.length ?? 0;
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0;
  return devanagari > latin ? "hi" : null;
}

function* blocksOf(text) {
  const lines = text.split("\n");
  let at = 0;
  while (at < lines.length) {
    if (lines[at].trim() === "") {
      at += 1;
      continue;
    }
    const kind = kindOf(lines, at);
    let end = at + 1;
    while (end < lines.length && continues(kind, lines, at, end)) end += 1;
    yield { kind, lines: lines.slice(at, end) };
    at = end;
  }
}

function kindOf(lines, at) {
  const line = lines[at];
  if (HEADING.test(line)) return "heading";
  if (RULE.test(line)) return "rule";
  if (QUOTE.test(line)) return "quote";
  if (ITEM.test(line)) return "list";
  if (line.includes("|") && lines[at + 1]?.includes("-") && TABLE_RULE.test(lines[at + 1].trim())) return "table";
  return "paragraph";
}

function continues(kind, lines, start, at) {
  const line = lines[at];
  if (line.trim() === "" || kind === "heading" || kind === "rule") return false;
  if (kind === "table") return line.includes("|");
  const next = kindOf(lines, at);
  if (kind !== "list") return next === kind;
  if (/^\s/.test(line)) return next === "list" || next === "paragraph";
  // "1. …" followed by "- …" without an indent is two lists: bullets must not become numbers.
  return next === "list" && isNumbered(line) === isNumbered(lines[start]);
}

function isNumbered(line) {
  return ITEM.exec(line)[2] !== undefined;
}

const BUILDERS = {
  heading(lines, cite) {
    const [, marks, text] = HEADING.exec(lines[0]);
    // The page's own headings are h1 and h2.
    return withInline(document.createElement(`h${Math.min(6, marks.length + 2)}`), text, cite);
  },
  rule: () => document.createElement("hr"),
  quote: (lines, cite) => paragraph("blockquote", lines.map((line) => line.replace(QUOTE, "")), cite),
  paragraph: (lines, cite) => paragraph("p", lines, cite),
  list: buildList,
  table: buildTable,
};

function paragraph(tag, lines, cite) {
  const node = document.createElement(tag);
  lines.forEach((line, index) => {
    if (index > 0) node.append(document.createElement("br"));
    withInline(node, line, cite);
  });
  return node;
}

function buildList(lines, cite) {
  const open = []; // the lists from the outermost to the one being filled
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item === null) {
      withInline(open.at(-1).list.lastElementChild, ` ${line.trim()}`, cite);
      continue;
    }
    const [, indent, number, text] = item;
    while (open.length > 1 && indent.length < open.at(-1).indent) open.pop();
    if (open.length === 0 || (indent.length > open.at(-1).indent + 1 && open.length <= DEEPEST)) {
      const list = document.createElement(number === undefined ? "ul" : "ol");
      if (number !== undefined) list.start = Number(number);
      open.at(-1)?.list.lastElementChild.append(list);
      open.push({ list, indent: indent.length });
    }
    open.at(-1).list.append(withInline(document.createElement("li"), text, cite));
  }
  return open[0].list;
}

function buildTable(lines, cite) {
  const table = document.createElement("table");
  lines.forEach((line, index) => {
    if (index === 1) return; // the rule under the head
    const row = document.createElement("tr");
    for (const cell of line.trim().replace(/^\||\|$/g, "").split("|")) {
      const node = document.createElement(index === 0 ? "th" : "td");
      if (index === 0) node.scope = "col";
      row.append(withInline(node, cell.trim(), cite));
    }
    (index === 0 ? table.createTHead() : (table.tBodies[0] ?? table.createTBody())).append(row);
  });
  const frame = document.createElement("div"); // a wide table scrolls inside its frame, not the page
  frame.className = "table";
  frame.tabIndex = 0;
  frame.append(table);
  return frame;
}

function withInline(node, text, cite, depth = 0) {
  let rest = text;
  for (let found = INLINE.exec(rest); found !== null && depth < DEEPEST; found = INLINE.exec(rest)) {
    const [whole, bold, under, star, code, number] = found;
    node.append(rest.slice(0, found.index));
    rest = rest.slice(found.index + whole.length);
    if (bold !== undefined) node.append(withInline(document.createElement("strong"), bold, cite, depth + 1));
    else if (code !== undefined) node.append(withText("code", code));
    else if (number !== undefined) node.append(cite(Number(number)) ?? whole);
    else node.append(withInline(document.createElement("em"), under ?? star, cite, depth + 1));
  }
  node.append(rest);
  return node;
}

function withText(tag, text) {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}
