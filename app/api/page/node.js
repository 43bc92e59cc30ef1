// One way to make an element: attributes by name, text only as text.

/** `make("button", {class: "cite", type: "button"}, "1")`; null and undefined attributes are left out. */
export function make(tag, attributes = {}, ...content) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...content);
  return node;
}

/** Shows the text, or hides the node when there is none. */
export function say(node, text) {
  node.textContent = text ?? "";
  node.hidden = !text;
}
