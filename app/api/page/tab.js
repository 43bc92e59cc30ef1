// What this browser tab remembers over a reload: the login, the session in view, the running task, the quota.

const PREFIX = "prashna.";

export function recall(name) {
  const stored = sessionStorage.getItem(PREFIX + name);
  if (stored === null) return null;
  try {
    return JSON.parse(stored);
  } catch {
    sessionStorage.removeItem(PREFIX + name);
    return null;
  }
}

export function remember(name, value) {
  if (value === null) sessionStorage.removeItem(PREFIX + name);
  else sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
}

export function forgetEverything() {
  for (const name of ["token", "session", "running", "quota", "draft"]) remember(name, null);
}
