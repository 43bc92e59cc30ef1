// The chat page's entry: puts the parts together and walks one visit, from login to the running answer.

import { ApiError } from "./api.js";
import { dayAndTimeInIndia } from "./clock.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import * as login from "./login.js";
import { make, say } from "./node.js";
import { PassageDialog } from "./passage.js";
import { QuotaView } from "./quota.js";
import { SessionList } from "./sessions.js";
import { forgetEverything } from "./tab.js";
import { refusalWord, stageWord } from "./words.js";

const SAMPLES = [
  "What is the 73rd Constitutional Amendment?",
  "Explain the doctrine of basic structure.",
  "Essay structure: climate diplomacy 250 words",
  "Previous year questions on monetary policy 2023",
];

const part = (id) => document.getElementById(id);
const quota = new QuotaView(part("quota"));
const passage = new PassageDialog(part("passage"), askForToken);
const composer = new Composer({ onAsk: askQuestion, onStop: () => conversation.stop() });
const sessions = new SessionList(part("sessions"), part("sessions-note"), {
  onOpen: openSession,
  onDeleted: (id) => id === conversation.sessionId && startSession(),
  onProblem: report,
});
const conversation = new Conversation(part("exchanges"), part("scroll"), {
  onSource: (source) => passage.open(source),
  onStage: (stage) => say(part("announcer"), stageWord(stage)),
  onState: (state) => (composer.state = state),
  onQuota: (latest) => quota.show(latest),
  onSession: (id) => sessions.mark(id),
  onAsked: () => sessions.refresh(),
  onFinished: (kind) => say(part("announcer"), kind === "done" ? "The answer is complete." : "There is no answer."),
  onSignedOut: askForToken,
  onAskAgain: offer,
  onProblem: report,
});

wire();
login.takeFromAddress();
visit();

/** One visit: who are you, what were you reading, what else is there. */
async function visit() {
  if (login.token() === null) return askForToken("");
  showSignIn(false);
  quota.restore();
  await Promise.all([sessions.refresh(), attempt(() => conversation.resume())]);
  showWelcome();
  composer.focus();
}

async function askQuestion(question) {
  composer.notify(null);
  const taken = await attempt(() => conversation.ask(question));
  showWelcome();
  if (taken && composer.question === question) composer.question = "";
  if (!taken && composer.question === "") composer.question = question;
}

/** A question from a button. One at a time: while an answer is written it only goes into the box. */
function offer(question) {
  if (composer.busy) composer.question = question;
  else askQuestion(question);
}

async function openSession(id) {
  openSide(false);
  composer.notify(null);
  await attempt(() => conversation.open(id));
  showWelcome();
}

function startSession() {
  openSide(false);
  composer.notify(null);
  conversation.clear();
  showWelcome();
  composer.focus();
}

/** Runs a step; a refusal of the API becomes a line for the student. True when it went through. */
async function attempt(step) {
  try {
    await step();
    return true;
  } catch (error) {
    report(error);
    return false;
  }
}

function report(error) {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 401) return askForToken();
  if (error.code === "daily_limit") quota.spent(error.resetsAt);
  return composer.notify(explain(error));
}

function explain(error) {
  if (error.code === "daily_limit") {
    const when = error.resetsAt ? ` You can ask again from ${dayAndTimeInIndia(error.resetsAt)}.` : "";
    return `You have used all of today's questions.${when}`;
  }
  if (error.status === 429 || error.status === 503) {
    const seconds = Math.ceil((error.retryAfter ?? 10_000) / 1000);
    return `Very many questions are waiting right now. Yours was not counted; please ask again in ${seconds} s.`;
  }
  return refusalWord(error.code) ?? error.message;
}

function askForToken(why = "Your login has ended or was not accepted. Nothing is lost: sign in and go on.") {
  showSignIn(true);
  say(part("sign-in-why"), why);
  part("token").focus();
}

function showSignIn(visible) {
  part("sign-in").hidden = !visible;
  part("scroll").hidden = visible;
  part("side").inert = visible;
  part("sign-out").hidden = visible;
  part("menu").hidden = visible;
  composer.show(!visible);
  if (visible) say(part("quota"), null);
}

function showWelcome() {
  part("welcome").hidden = !conversation.empty;
}

function openSide(open) {
  document.body.classList.toggle("side-open", open);
  part("shade").hidden = !open;
  part("menu").setAttribute("aria-expanded", String(open));
  if (open) part("new-session").focus();
}

function signOut() {
  conversation.clear();
  sessions.clear();
  forgetEverything();
  askForToken("");
}

function wire() {
  part("sign-in-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const accepted = login.signIn(part("token").value);
    say(part("token-problem"), accepted ? null : "That is not a token: it has three parts with dots between them.");
    if (!accepted) return;
    part("token").value = "";
    visit();
  });
  // The demo link opened again in a tab that shows the page already changes only the address.
  window.addEventListener("hashchange", () => login.takeFromAddress() && location.reload());
  part("sign-out").addEventListener("click", signOut);
  part("new-session").addEventListener("click", startSession);
  part("menu").addEventListener("click", () => openSide(!document.body.classList.contains("side-open")));
  part("shade").addEventListener("click", () => openSide(false));
  document.addEventListener("keydown", (event) => event.key === "Escape" && openSide(false));
  for (const sample of SAMPLES) {
    const button = make("button", { type: "button" }, sample);
    button.addEventListener("click", () => offer(sample));
    part("samples").append(make("li", {}, button));
  }
}
