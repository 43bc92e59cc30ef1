// One task's events, for as long as it takes: reconnects by itself and hands on every event once.

import { ApiError, openStream } from "./api.js";
import { EventParser } from "./sse.js";

const TERMINAL = new Set(["done", "error", "gone"]);
const SILENCE_MS = 40_000; // pings come every 15 s
const STALE_MS = 20_000; // a tab that comes back to the front and missed a ping has a dead socket
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 20_000;
const PASSING_STATUSES = new Set([0, 408, 425, 429]);

export class TaskStream {
  #taskId;
  #onEvent;
  #onConnection;
  #lastId = null;
  #failures = 0;
  #firstDelay = FIRST_DELAY_MS;
  #lastByteAt = 0;
  #connection = null;
  #wake = null;
  #closed = false;

  /** `onEvent(name, data)` per event; `onConnection("open" | "waiting")` as the connection comes and goes. */
  constructor(taskId, { onEvent, onConnection }) {
    this.#taskId = taskId;
    this.#onEvent = onEvent;
    this.#onConnection = onConnection;
  }

  /**
   * Follows the task to its end. Answers `{kind}`: `done` (with `answer`), `error` (with `code`, `message`), `gone`,
   * `ended` (204: finished and read before), `unauthorized`, `refused` (with `message`) or `closed`.
   */
  async follow() {
    const nudge = () => this.#nudge(false);
    const comeBack = () => document.visibilityState === "visible" && this.#nudge(true);
    window.addEventListener("online", nudge);
    document.addEventListener("visibilitychange", comeBack);
    try {
      for (;;) {
        const outcome = await this.#attach();
        if (this.#closed) return { kind: "closed" };
        if (outcome.kind !== "lost") return outcome;
        this.#onConnection("waiting");
        await this.#pause(outcome);
        if (this.#closed) return { kind: "closed" };
      }
    } finally {
      window.removeEventListener("online", nudge);
      document.removeEventListener("visibilitychange", comeBack);
    }
  }

  /** Lets go of the connection; the task itself goes on. */
  close() {
    this.#closed = true;
    this.#connection?.abort();
    this.#wake?.();
  }

  async #attach() {
    const connection = new AbortController();
    this.#connection = connection;
    this.#lastByteAt = Date.now();
    const watchdog = setInterval(() => this.#silentFor(SILENCE_MS) && connection.abort(), 1_000);
    try {
      const headers = { Accept: "text/event-stream" };
      if (this.#lastId !== null) headers["Last-Event-ID"] = this.#lastId;
      const response = await openStream(this.#taskId, headers, connection.signal);
      if (response.status === 204) return { kind: "ended" };
      this.#onConnection("open");
      return (await this.#read(response.body.getReader())) ?? { kind: "lost" };
    } catch (error) {
      return afterFailure(error);
    } finally {
      clearInterval(watchdog);
      connection.abort();
      this.#connection = null;
    }
  }

  /** Reads until the terminal event (answered) or the end of the bytes (undefined). */
  async #read(reader) {
    const decoder = new TextDecoder();
    let outcome;
    const parser = new EventParser(
      (frame) => (outcome ??= this.#accept(frame)),
      (milliseconds) => (this.#firstDelay = Math.min(milliseconds, LONGEST_DELAY_MS)),
    );
    while (outcome === undefined) {
      const { value, done } = await reader.read().catch(() => ({ done: true })); // broken off, or let go by us
      if (done) break;
      this.#lastByteAt = Date.now();
      parser.push(decoder.decode(value, { stream: true }));
    }
    return outcome;
  }

  #accept({ event, id, data }) {
    if (this.#isRepeat(event, id)) return undefined;
    let content;
    try {
      content = JSON.parse(data);
    } catch {
      return undefined; // `done` brings the whole text, so a broken event costs nothing that stays
    }
    if (content === null || typeof content !== "object") return undefined;
    this.#failures = 0;
    if (id !== null) this.#lastId = id;
    if (event === "done") return { kind: "done", answer: content.answer };
    if (TERMINAL.has(event)) return { kind: event, ...content };
    this.#onEvent(event, content);
    return undefined;
  }

  #isRepeat(event, id) {
    if (TERMINAL.has(event) || id === null || this.#lastId === null) return false;
    const [attempt, seq] = id.split(".").map(Number);
    const [lastAttempt, lastSeq] = this.#lastId.split(".").map(Number);
    return attempt < lastAttempt || (attempt === lastAttempt && seq <= lastSeq);
  }

  #silentFor(milliseconds) {
    return Date.now() - this.#lastByteAt > milliseconds;
  }

  #nudge(onlyIfStale) {
    this.#wake?.();
    if (this.#connection && (!onlyIfStale || this.#silentFor(STALE_MS))) {
      this.#failures = -1; // the network changed under us: nobody's fault, no wait
      this.#connection.abort();
    }
  }

  async #pause({ retryAfter = null }) {
    const failures = this.#failures++;
    if (failures < 0) return;
    const backOff = Math.min(LONGEST_DELAY_MS, this.#firstDelay * 2 ** Math.min(failures, 10));
    const jittered = backOff / 2 + (Math.random() * backOff) / 2;
    await new Promise((resolve) => {
      setTimeout(resolve, Math.max(jittered, (retryAfter ?? 0) + Math.random() * 500));
      // A server that named its time is not asked sooner, whatever the network does.
      this.#wake = retryAfter === null || this.#closed ? resolve : () => this.#closed && resolve();
    });
    this.#wake = null;
  }
}

function afterFailure(error) {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 401) return { kind: "unauthorized" };
  if (error.status === 404) return { kind: "gone" };
  if (PASSING_STATUSES.has(error.status) || error.status >= 500) return { kind: "lost", retryAfter: error.retryAfter };
  return { kind: "refused", message: error.message };
}
