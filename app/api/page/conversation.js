// The session in view: its exchanges, the one that is being answered, and getting back to it after a reload.

import { ApiError, ask, readSession } from "./api.js";
import { Exchange } from "./exchange.js";
import { recall, remember } from "./tab.js";

const NEAR_END_PX = 120;
// Stored turns may tell only text and citations; the marks of the newest ones are asked for.
const MOST_COMPLETED = 10;

export class Conversation {
  sessionId = null;
  #place;
  #scroller;
  #hooks;
  #exchanges = new Map();
  #running = null;
  #unsent = null;
  #visit = 0;

  /**
   * `hooks`: those of Exchange, and onState("idle" | "sending" | "answering"), onQuota(quota), onSession(sessionId),
   * onAsked(), onFinished(kind), onSignedOut().
   */
  constructor(place, scroller, hooks) {
    this.#place = place;
    this.#scroller = scroller;
    this.#hooks = hooks;
    // The view stays at the end while an answer grows, unless the student scrolled up to read.
    let atEnd = true;
    scroller.addEventListener("scroll", () => {
      atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
    });
    new ResizeObserver(() => atEnd && this.#toEnd()).observe(place);
  }

  get empty() {
    return this.#exchanges.size === 0;
  }

  /** Asks one question in this session. Throws ApiError when it was not taken. */
  async ask(question) {
    // The key stays the same when a lost reply makes the student press again: it is still one question.
    if (this.#unsent?.question !== question || this.#unsent.sessionId !== this.sessionId) {
      this.#unsent = { question, sessionId: this.sessionId, key: freshKey() };
    }
    const visit = this.#visit;
    this.#hooks.onState("sending");
    let reply;
    try {
      reply = (await ask(question, this.sessionId, this.#unsent.key)).body;
    } catch (error) {
      if (visit === this.#visit) this.#hooks.onState("idle");
      throw error;
    }
    this.#hooks.onQuota(reply.quota);
    if (visit === this.#visit) this.#accept(question, reply);
    this.#hooks.onAsked();
  }

  /** Shows a stored session and follows what is still being answered in it. Throws ApiError. */
  async open(sessionId) {
    const visit = ++this.#visit;
    const session = await readSession(sessionId);
    if (visit !== this.#visit) return; // another one was opened meanwhile
    this.clear();
    this.#enter(session.session_id);
    await this.#showTurns(session.turns);
  }

  /** After a reload: the running answer first, for it needs nothing but its id; then what was said before. */
  async resume() {
    const running = recall("running");
    const sessionId = recall("session");
    this.#leaveAll();
    if (running !== null) {
      this.#enter(running.session_id);
      this.#follow(this.#exchange(running.task_id, running.question));
    }
    if (sessionId === null) return;
    this.#enter(sessionId);
    const visit = this.#visit;
    try {
      const session = await readSession(sessionId);
      if (visit === this.#visit) await this.#showTurns(session.turns);
    } catch (error) {
      if (error.status !== 404 || running !== null) throw error;
      this.clear(); // deleted in another tab
    }
  }

  clear() {
    this.#leaveAll();
    remember("running", null);
    this.#enter(null);
  }

  stop() {
    this.#running?.stop();
  }

  #leaveAll() {
    this.#visit += 1;
    for (const exchange of this.#exchanges.values()) exchange.leave();
    this.#exchanges.clear();
    this.#place.replaceChildren();
    this.#running = null;
    this.#unsent = null;
    this.#hooks.onState("idle");
  }

  #accept(question, reply) {
    this.#unsent = null;
    this.#enter(reply.session_id);
    const exchange = this.#exchange(reply.task_id, question);
    if (reply.answer) {
      exchange.finish(reply.answer);
      this.#hooks.onState("idle");
    } else {
      remember("running", { task_id: reply.task_id, session_id: reply.session_id, question });
      this.#follow(exchange);
    }
    this.#toEnd();
  }

  async #follow(exchange) {
    this.#running = exchange;
    this.#hooks.onState("answering");
    const kind = await exchange.follow();
    if (this.#running !== exchange) return; // the student went to another session meanwhile
    this.#running = null;
    this.#hooks.onState("idle");
    if (kind === "unauthorized") return this.#hooks.onSignedOut(); // the running task is kept for the next token
    remember("running", null);
    this.#hooks.onFinished(kind);
  }

  async #showTurns(turns) {
    const questions = new Map(turns.filter((turn) => turn.role === "user").map((turn) => [turn.task_id, turn.text]));
    const answers = new Map(turns.filter((turn) => turn.role === "assistant").map((turn) => [turn.task_id, turn]));
    const toComplete = [];
    for (const [taskId, question] of questions) {
      const known = this.#exchanges.get(taskId);
      const exchange = known ?? this.#exchange(taskId, question);
      this.#place.append(exchange.element);
      if (known) continue;
      if (answers.has(taskId)) exchange.finish(answers.get(taskId));
      else if (this.#running) exchange.follow();
      else this.#follow(exchange);
      if (answers.has(taskId) && answers.get(taskId).is_fallback === undefined) toComplete.push(exchange);
    }
    this.#toEnd();
    for (const exchange of toComplete.slice(-MOST_COMPLETED)) await this.#complete(exchange);
  }

  async #complete(exchange) {
    try {
      if (this.#exchanges.get(exchange.taskId) === exchange) await exchange.complete();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // its text is shown already; only its marks are missing
    }
  }

  #exchange(taskId, question) {
    const exchange = new Exchange(taskId, question, this.#hooks);
    this.#exchanges.set(taskId, exchange);
    this.#place.append(exchange.element);
    return exchange;
  }

  #enter(sessionId) {
    this.sessionId = sessionId;
    remember("session", sessionId);
    this.#hooks.onSession(sessionId);
  }

  #toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}

function freshKey() {
  // crypto.randomUUID is missing on plain http, which a student's phone in a local network may use.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
