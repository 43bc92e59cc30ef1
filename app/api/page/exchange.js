// One question and its answer on the page, followed from the stream's first event to its last.

import { ApiError, readTask, stopTask } from "./api.js";
import { AnswerView } from "./answer.js";
import { feedbackOn } from "./feedback.js";
import { languageOf } from "./markdown.js";
import { make } from "./node.js";
import { TaskStream } from "./stream.js";

const FAILED = "This question failed. Please ask again.";
const LOST_TASK = "This answer can no longer be found. Please ask again.";

export class Exchange {
  element;
  taskId;
  #question;
  #view;
  #hooks;
  #stream = null;
  #stopping = false;

  /** `hooks`: onSource(source), onStage(stage), onProblem(error), onAskAgain(question). */
  constructor(taskId, question, hooks) {
    this.taskId = taskId;
    this.#question = question;
    this.#hooks = hooks;
    this.#view = new AnswerView(hooks.onSource);
    const asked = make("div", { class: "asked", dir: "auto", lang: languageOf(question) }, question);
    this.element = make("article", { class: "exchange", "data-task": taskId }, asked, this.#view.element);
  }

  get running() {
    return this.#stream !== null;
  }

  /** Follows the task to its end and shows it. Answers the outcome's kind. */
  async follow() {
    this.#view.showStage("queued");
    let stage = "queued";
    const onEvent = (name, data) => {
      if (name === "status") stage = data.stage;
      this.#show(name, data);
    };
    const onConnection = (state) =>
      state === "open" ? this.#view.showStage(stage) : this.#view.showNote("Connection lost. Reconnecting…");
    this.#stream = new TaskStream(this.taskId, { onEvent, onConnection });
    const outcome = await this.#stream.follow();
    this.#stream = null;
    await this.#conclude(outcome);
    return outcome.kind;
  }

  /** Shows a finished answer (of a cache hit, a stored turn or GET /tasks). */
  finish(answer) {
    this.#view.finish(answer);
    this.element.querySelector(".feedback, .again")?.remove();
    this.element.append(feedbackOn(this.taskId, this.#hooks.onProblem));
  }

  fail(message) {
    this.#view.fail(message);
    const again = make("button", { type: "button", class: "quiet again" }, "Ask again");
    again.addEventListener("click", () => this.#hooks.onAskAgain(this.#question));
    this.element.append(again);
  }

  async stop() {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#view.showNote("Stopping…");
    try {
      await stopTask(this.taskId); // the stream then ends with `done`
    } catch (error) {
      this.#hooks.onProblem(error);
    }
    this.#stopping = false;
  }

  /** Stops watching; the answer is still written and is there when the session is opened again. */
  leave() {
    this.#stream?.close();
  }

  /** Asks for the whole answer, where a stored turn told only its text. */
  async complete() {
    const { status, body } = await readTask(this.taskId);
    if (status === 200) this.finish(body);
    return status === 200;
  }

  #show(name, data) {
    if (name === "status") {
      this.#view.showStage(data.stage);
      this.#hooks.onStage(data.stage);
    } else if (name === "route") this.#view.showRoute(data);
    else if (name === "sources") this.#view.showSources(data);
    else if (name === "token") this.#view.append(data.text);
    else if (name === "restart") this.#view.restart();
  }

  async #conclude(outcome) {
    if (outcome.kind === "done") return this.finish(outcome.answer);
    if (outcome.kind === "error" || outcome.kind === "refused") return this.fail(outcome.message || FAILED);
    if (outcome.kind === "unauthorized" || outcome.kind === "closed") return undefined;
    try {
      if (await this.complete()) return undefined; // 204 or `gone`: the stream is over, the answer may be stored
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 404) return this.fail(error.message);
    }
    return this.fail(LOST_TASK);
  }
}
