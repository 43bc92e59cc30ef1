// The event-stream format, read from text that arrives in pieces of any size.

const LINE_END = /\r\n|\n|\r/;

/** Calls `onEvent({event, id, data})` for each complete frame and `onRetry(ms)` for each `retry:` line. */
export class EventParser {
  #onEvent;
  #onRetry;
  #rest = "";
  #afterReturn = false;
  #frame = emptyFrame();

  constructor(onEvent, onRetry) {
    this.#onEvent = onEvent;
    this.#onRetry = onRetry;
  }

  push(text) {
    if (text === "") return;
    // A CR that ended the last piece has ended its line already: an LF right after it belongs to it.
    const fresh = this.#afterReturn && text[0] === "\n" ? text.slice(1) : text;
    this.#afterReturn = text.at(-1) === "\r";
    const lines = (this.#rest + fresh).split(LINE_END);
    this.#rest = lines.pop();
    for (const line of lines) this.#readLine(line);
  }

  #readLine(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment: the ping
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") this.#frame.data.push(value);
    else if (field === "event") this.#frame.event = value;
    else if (field === "id" && !value.includes("\0")) this.#frame.id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.#onRetry(Number(value));
  }

  #dispatch() {
    const { event, id, data } = this.#frame;
    this.#frame = emptyFrame();
    if (data.length > 0) this.#onEvent({ event: event || "message", id, data: data.join("\n") });
  }
}

function emptyFrame() {
  return { event: "", id: null, data: [] };
}
