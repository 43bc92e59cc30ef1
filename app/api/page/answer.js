// How one answer looks while it grows and when it is finished: stages, marks, text, sources.

import { dateInIndia } from "./clock.js";
import { MarkdownView } from "./markdown.js";
import { make, say } from "./node.js";
import { STAGES, domainWord, intentWord, reducedWord, stageWord } from "./words.js";

export class AnswerView {
  element;
  #onSource;
  #sources = new Map();
  #text = "";
  #painting = false;
  #markdown;
  #progress = make("ol", { class: "stages", "aria-hidden": "true" });
  #stage = make("p", { class: "stage" });
  #route = make("p", { class: "route" });
  #marks = make("div", { class: "marks" });
  #body = make("div", { class: "text", "aria-live": "polite", "aria-busy": "true" });
  #list = make("ul", { class: "sources", "aria-label": "Sources" });
  #meta = make("p", { class: "note as-of" });

  /** `onSource(source)` is called when a citation or a source is pressed. */
  constructor(onSource) {
    this.#onSource = onSource;
    this.#markdown = new MarkdownView(this.#body, (n) => this.#citation(n));
    this.#progress.append(...STAGES.map((name) => make("li", { "data-stage": name })));
    const parts = [this.#route, this.#progress, this.#stage, this.#marks, this.#body, this.#list, this.#meta];
    for (const part of [this.#route, this.#stage, this.#meta]) part.hidden = true;
    this.element = make("div", { class: "answer working" }, ...parts);
  }

  get text() {
    return this.#text;
  }

  showStage(stage) {
    const reached = STAGES.indexOf(stage);
    [...this.#progress.children].forEach((step, index) => step.classList.toggle("reached", index <= reached));
    say(this.#stage, stageWord(stage));
  }

  /** A passing remark in the place of the stage: a lost connection, for example. */
  showNote(text) {
    say(this.#stage, text);
  }

  showRoute({ intent, domains }) {
    const places = (domains ?? []).map(domainWord).filter((place) => place !== intentWord(intent));
    say(this.#route, [intentWord(intent), ...places].join(" · "));
  }

  showSources(sources) {
    this.#sources = new Map(sources.map((source) => [source.n, source]));
    this.#list.replaceChildren(...sources.map((source) => make("li", {}, this.#sourceButton(source))));
    this.#markdown.clear();
    this.#paint();
  }

  append(text) {
    this.#text += text;
    if (this.#painting) return;
    this.#painting = true;
    // A timer, not an animation frame: those stand still in a tab at the back.
    setTimeout(() => this.#paint(), 30);
  }

  /** A new attempt begins: nothing of the last one stays. */
  restart() {
    this.#text = "";
    say(this.#route, null);
    this.showSources([]);
  }

  /** `answer` as `done`, GET /tasks and a stored turn have it; a stored turn may know less of it. */
  finish(answer) {
    this.#settle();
    this.#text = answer.text ?? "";
    this.showSources(answer.citations ?? []);
    if (answer.intent) this.showRoute({ intent: answer.intent, domains: domainsOf(answer.citations ?? []) });
    this.#marks.replaceChildren(...marksOf(answer));
    const asOf = dateInIndia(answer.as_of);
    say(this.#meta, asOf && !answer.refused ? `Study content as of ${asOf}` : null);
  }

  /** The task ended without an answer. */
  fail(message) {
    this.#settle();
    this.#paint();
    this.#marks.replaceChildren(make("p", { class: "mark bad" }, message));
  }

  #settle() {
    this.element.classList.remove("working");
    this.#body.setAttribute("aria-busy", "false");
    this.#progress.remove();
    say(this.#stage, null);
  }

  #paint() {
    this.#painting = false;
    this.#markdown.show(this.#text);
  }

  #citation(n) {
    const source = this.#sources.get(n);
    if (!source) return null;
    const place = placeOf(source);
    const attributes = { type: "button", class: "cite", title: place, "aria-label": `Source ${n}: ${place}` };
    const button = make("button", attributes, String(n));
    button.addEventListener("click", () => this.#onSource(source));
    return button;
  }

  #sourceButton(source) {
    const number = make("span", { class: "number", "aria-hidden": "true" }, String(source.n));
    const title = make("span", { class: "title", dir: "auto" }, source.title ?? "");
    const place = [source.locator, domainWord(source.domain)].filter(Boolean).join(" · ");
    const detail = make("span", { class: "place", dir: "auto" }, place);
    const button = make("button", { type: "button", title: source.snippet }, number, make("span", {}, title, detail));
    button.addEventListener("click", () => this.#onSource(source));
    return button;
  }
}

function placeOf(source) {
  // A page's locator begins with its title: "Governor of a State › Discretion".
  if (source.locator?.startsWith(source.title)) return source.locator;
  return [source.title, source.locator].filter(Boolean).join(", ");
}

function domainsOf(citations) {
  return [...new Set(citations.map((citation) => citation.domain))];
}

const NOT_COVERED = "Not covered: the study content has no verified source for this, so it was not answered.";

function marksOf(answer) {
  const marks = [];
  if (answer.is_fallback) marks.push(["warn", `Reduced service: ${reducedWord(answer.tier)}`]);
  if (answer.refused) marks.push(["calm", NOT_COVERED]);
  if (answer.stopped) marks.push(["calm", "Stopped by you: this answer is not complete."]);
  if (answer.cached) marks.push(["quiet", "Answered before: the same question was already checked and answered."]);
  return marks.map(([kind, text]) => make("p", { class: `mark ${kind}` }, text));
}
