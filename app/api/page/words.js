// The API's closed sets in a student's words. An unknown value shows as itself, tidied.

export const STAGES = ["queued", "routing", "retrieving", "writing"];

const STAGE_WORDS = {
  queued: "Waiting for a free worker",
  routing: "Choosing the specialist",
  retrieving: "Searching the study content",
  writing: "Writing from the sources",
};

const INTENT_WORDS = {
  factual: "Factual",
  pyq: "Previous-year questions",
  essay: "Essay",
  current_affairs: "Current affairs",
};

const DOMAIN_WORDS = {
  pyq_prelims: "Prelims papers",
  pyq_mains: "Mains papers",
  essay_structure: "Essay structure",
  essay_content: "Essay content",
  current_affairs: "Current affairs",
};

const REDUCED_WORDS = {
  secondary: "the usual model was not available, so a second one wrote this answer.",
  cache: "no model was available, so this is the answer to a very similar question.",
  extractive: "no model was available, so these are quotes straight from the study content.",
  none: "nothing could answer just now. This question was not counted.",
};

const REFUSALS = {
  query_too_long: "That question is longer than 4,000 characters. Please shorten it.",
  unreachable: "Prashna could not be reached. Your question is still here: check the connection and ask again.",
};

export const stageWord = (stage) => lookUp(STAGE_WORDS, stage);
export const intentWord = (intent) => lookUp(INTENT_WORDS, intent);
export const domainWord = (domain) => lookUp(DOMAIN_WORDS, domain);
export const reducedWord = (tier) =>
  Object.hasOwn(REDUCED_WORDS, tier) ? REDUCED_WORDS[tier] : "a simpler way of answering was used.";
export const refusalWord = (code) => (Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : null);

function lookUp(words, value) {
  if (Object.hasOwn(words, value)) return words[value];
  const tidy = String(value ?? "").replaceAll("_", " ");
  return tidy.charAt(0).toUpperCase() + tidy.slice(1);
}
