// How many questions are left today, and when the count starts again.

import { timeInIndia } from "./clock.js";
import { say } from "./node.js";
import { recall, remember } from "./tab.js";

const FEW = 10;

export class QuotaView {
  #element;

  constructor(element) {
    this.#element = element;
  }

  /** `{limit, remaining, resets_at}` as the API sends it. */
  show(quota) {
    if (!quota) return;
    remember("quota", quota);
    this.restore();
  }

  /** The day's last question is used: the API refused one more. */
  spent(resetsAt) {
    const known = recall("quota");
    if (known && resetsAt) this.show({ ...known, remaining: 0, resets_at: resetsAt.toISOString() });
  }

  /** Shows what this tab heard last, unless its day is over. */
  restore() {
    const quota = recall("quota");
    const resets = new Date(quota?.resets_at ?? Number.NaN);
    if (!(resets > new Date())) return say(this.#element, null);
    this.#element.classList.toggle("few", quota.remaining <= FEW);
    this.#element.title = `The count starts again at ${timeInIndia(resets)}`;
    say(this.#element, `${quota.remaining} of ${quota.limit} left today · resets ${timeInIndia(resets)}`);
  }
}
