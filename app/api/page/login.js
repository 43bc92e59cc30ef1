// Who is asking: a JWT that arrives in the address (#token=…) or in the small form, kept for this tab only.

import { forgetEverything, recall, remember } from "./tab.js";

// Anything else would make fetch refuse the header with a TypeError that reads like a network failure.
const JWT_SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export function token() {
  return recall("token");
}

/** Moves `#token=…` from the address to the tab's memory. True when there was one. */
export function takeFromAddress() {
  const found = new URLSearchParams(location.hash.slice(1)).get("token");
  if (found === null) return false;
  history.replaceState(null, "", location.pathname + location.search);
  signIn(found);
  return true;
}

/** Keeps the token. False when the text cannot be one. */
export function signIn(text) {
  const fresh = text.trim();
  if (!JWT_SHAPE.test(fresh)) return false;
  const previous = token();
  // A renewed token keeps the running answer; another student must not see the last one's tab.
  if (previous && subject(previous) !== subject(fresh)) forgetEverything();
  remember("token", fresh);
  return true;
}

function subject(jwt) {
  try {
    return JSON.parse(atob(jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).sub;
  } catch {
    return null;
  }
}
