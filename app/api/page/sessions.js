// The list of a student's sessions: open one, delete one.

import { deleteSession, listSessions } from "./api.js";
import { languageOf } from "./markdown.js";
import { make, say } from "./node.js";

export class SessionList {
  #list;
  #note;
  #hooks;
  #current = null;

  /** `hooks`: onOpen(sessionId), onDeleted(sessionId), onProblem(error). */
  constructor(list, note, hooks) {
    this.#list = list;
    this.#note = note;
    this.#hooks = hooks;
  }

  async refresh() {
    try {
      this.#show(await listSessions());
    } catch (error) {
      this.#hooks.onProblem(error);
    }
  }

  clear() {
    this.#list.replaceChildren();
    say(this.#note, null);
  }

  mark(sessionId) {
    this.#current = sessionId;
    for (const item of this.#list.children) {
      const here = item.dataset.session === String(sessionId);
      item.firstElementChild.setAttribute("aria-current", String(here));
    }
  }

  #show(sessions) {
    this.#list.replaceChildren(...sessions.map((session) => this.#item(session)));
    say(this.#note, sessions.length === 0 ? "Your questions will be kept here." : null);
    this.mark(this.#current);
  }

  #item({ session_id: id, title }) {
    const name = title || "Untitled session";
    const attributes = { type: "button", class: "open", dir: "auto", lang: languageOf(name), title: name };
    const open = make("button", attributes, name);
    open.addEventListener("click", () => this.#hooks.onOpen(id));
    return make("li", { "data-session": id }, open, this.#deleteButton(id, name));
  }

  #deleteButton(id, name) {
    const button = make("button", { type: "button", class: "delete", "aria-label": `Delete session: ${name}` }, "×");
    const disarm = () => {
      button.classList.remove("armed");
      button.textContent = "×";
      button.setAttribute("aria-label", `Delete session: ${name}`);
    };
    button.addEventListener("blur", disarm);
    button.addEventListener("click", () => {
      if (button.classList.contains("armed")) return this.#delete(id);
      button.classList.add("armed");
      button.textContent = "Delete?";
      return button.setAttribute("aria-label", `Press again to delete session: ${name}`);
    });
    return button;
  }

  async #delete(id) {
    try {
      await deleteSession(id);
    } catch (error) {
      return this.#hooks.onProblem(error);
    }
    this.#hooks.onDeleted(id);
    return this.refresh();
  }
}
