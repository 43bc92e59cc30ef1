// The question box: Enter asks, Shift + Enter breaks the line, the limit is counted as the server counts it.

import { say } from "./node.js";
import { recall, remember } from "./tab.js";

export const LONGEST_QUESTION = 4000;
const COUNT_FROM = 3000;
// Pasted PDF text carries form feeds and the like, which the API refuses.
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F]/g;

export class Composer {
  #form = document.getElementById("composer");
  #field = document.getElementById("question");
  #send = document.getElementById("send");
  #stop = document.getElementById("stop");
  #count = document.getElementById("count");
  #notice = document.getElementById("notice");
  #busy = false;

  /** `onAsk(question)` and `onStop()`. */
  constructor({ onAsk, onStop }) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#ready()) onAsk(this.question);
    });
    this.#field.addEventListener("keydown", (event) => {
      // While an input method composes (Hindi typing), Enter picks a word.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#field.addEventListener("input", () => this.#measure());
    this.#stop.addEventListener("click", onStop);
    this.question = recall("draft") ?? "";
  }

  get question() {
    return this.#field.value.replace(CONTROLS, " ").normalize("NFC").trim();
  }

  set question(text) {
    this.#field.value = text;
    this.#measure();
  }

  get busy() {
    return this.#busy;
  }

  show(visible) {
    this.#form.hidden = !visible;
  }

  focus() {
    // On a phone focus opens the keyboard over the answer.
    if (window.matchMedia("(pointer: fine)").matches) this.#field.focus();
  }

  /** `sending`: the question is on its way. `answering`: it can be stopped. `idle`: the next can be asked. */
  set state(state) {
    this.#busy = state !== "idle";
    // Focus must not fall off the page when the button that has it goes away.
    const hadFocus = document.activeElement === this.#stop;
    this.#stop.hidden = state !== "answering";
    this.#send.hidden = state === "answering";
    if (hadFocus && this.#stop.hidden) this.#field.focus();
    this.#measure();
  }

  /** A line above the box: why a question was not taken. */
  notify(text) {
    say(this.#notice, text);
  }

  #ready() {
    const length = [...this.question].length;
    return !this.#busy && length > 0 && length <= LONGEST_QUESTION;
  }

  #measure() {
    remember("draft", this.#field.value || null);
    const length = [...this.question].length;
    this.#count.textContent = `${length.toLocaleString("en-IN")} / 4,000`;
    this.#count.classList.toggle("shown", length > COUNT_FROM);
    this.#count.classList.toggle("over", length > LONGEST_QUESTION);
    this.#field.setAttribute("aria-invalid", String(length > LONGEST_QUESTION));
    this.#send.disabled = !this.#ready();
    this.#field.style.height = "auto";
    this.#field.style.height = `${Math.min(this.#field.scrollHeight, 220)}px`;
  }
}
