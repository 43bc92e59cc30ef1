// The passage behind a citation, in a dialog.

import { ApiError, readPassage } from "./api.js";
import { dateInIndia } from "./clock.js";
import { languageOf } from "./markdown.js";
import { say } from "./node.js";
import { domainWord } from "./words.js";

export class PassageDialog {
  #dialog;
  #opened = 0;

  /** `onSignedOut()` is told when the API wants a token again. */
  constructor(dialog, onSignedOut) {
    this.#dialog = dialog;
    this.onSignedOut = onSignedOut;
    this.#part("close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }

  /** Opens at once with what the source tells, then fills in the whole passage. */
  async open(source) {
    const turn = ++this.#opened;
    this.#show({ ...source, text: source.snippet ?? "", live: true });
    this.#part("text").setAttribute("aria-busy", "true");
    this.#dialog.showModal();
    try {
      const passage = await readPassage(source.domain, source.parent_id);
      if (turn === this.#opened) this.#show(passage);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (turn === this.#opened) this.#fail(error);
    } finally {
      if (turn === this.#opened) this.#part("text").removeAttribute("aria-busy");
    }
  }

  #show(passage) {
    this.#part("title").textContent = passage.title ?? "";
    const place = [passage.locator, domainWord(passage.domain), `version ${passage.version}`];
    this.#part("place").textContent = place.filter(Boolean).join(" · ");
    const text = this.#part("text");
    text.textContent = passage.text;
    text.lang = languageOf(passage.text) ?? "en";
    text.scrollTop = 0;
    const ended = "This version is no longer in use: it was replaced or withdrawn after the answer was written.";
    say(this.#part("state"), passage.live ? null : ended);
    say(this.#part("dates"), effective(passage));
  }

  #fail(error) {
    if (error.status === 401) {
      this.#dialog.close();
      return this.onSignedOut();
    }
    const why = error.status === 404 ? "The whole passage can no longer be found." : error.message;
    return say(this.#part("state"), `${why} Only the quoted beginning is shown.`);
  }

  #part(name) {
    return document.getElementById(`passage-${name}`);
  }
}

function effective({ effective_from: from, effective_to: to }) {
  const since = dateInIndia(from);
  const until = dateInIndia(to);
  if (since && until) return `In force from ${since} until ${until}`;
  if (since) return `In force since ${since}`;
  return until ? `In force until ${until}` : null;
}
