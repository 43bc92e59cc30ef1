// Thumbs under a finished answer, and a word on what was wrong.

import { rate } from "./api.js";
import { make, say } from "./node.js";

const LONGEST_COMMENT = 1000;
const SVG = "http://www.w3.org/2000/svg";
const HAND =
  "M7 10.5v9.5H3.5v-9.5zM7 10.5l4-7c1.5 0 2.5 1 2.5 2.5v3.5h5.2c1.2 0 2 1.1 1.7 2.3l-1.7 6.7" +
  "c-.2.9-1 1.5-1.9 1.5H7";

/** `onProblem(error)` is told when a vote could not be sent. */
export function feedbackOn(taskId, onProblem) {
  const thanks = make("span", { class: "note", role: "status" });
  const up = thumb("Good answer", "up");
  const down = thumb("Bad answer", "down");
  const form = commentForm();
  const vote = async (score, comment) => {
    try {
      await rate(taskId, score, comment);
    } catch (error) {
      return onProblem(error);
    }
    up.setAttribute("aria-pressed", String(score === 1));
    down.setAttribute("aria-pressed", String(score === 0));
    form.element.hidden = score === 1 || comment !== undefined;
    say(thanks, form.element.hidden ? "Thank you." : null);
    return form.element.hidden ? undefined : form.field.focus();
  };
  up.addEventListener("click", () => vote(1));
  down.addEventListener("click", () => vote(0));
  form.element.addEventListener("submit", (event) => {
    event.preventDefault();
    vote(0, form.field.value.trim());
  });
  return make("div", { class: "feedback" }, up, down, thanks, form.element);
}

function thumb(label, direction) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", HAND);
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  icon.append(path);
  const attributes = { type: "button", class: `thumb ${direction}`, "aria-label": label, title: label };
  return make("button", { ...attributes, "aria-pressed": "false" }, icon);
}

function commentForm() {
  const words = { placeholder: "What was wrong? (optional)", "aria-label": "What was wrong? Optional" };
  const field = make("input", { type: "text", maxlength: LONGEST_COMMENT, dir: "auto", ...words });
  const element = make("form", { class: "comment" }, field, make("button", { type: "submit", class: "quiet" }, "Send"));
  element.hidden = true;
  return { element, field };
}
