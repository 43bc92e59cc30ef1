// Calls to our own API: the header, the deadline, and every refusal as one ApiError.

import { token } from "./login.js";

const CALL_TIMEOUT_MS = 20_000;

/** A refusal. `status` 0 means that the server could not be reached; `retryAfter` is in milliseconds or null. */
export class ApiError extends Error {
  constructor({ status, code, detail, retryAfter = null, resetsAt = null }) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
    this.resetsAt = resetsAt;
  }
}

/** Sends one request. Answers the Response of any 2xx, else throws ApiError (an abort by the caller too). */
export async function send(method, path, { body, headers = {}, signal } = {}) {
  const options = {
    method,
    headers: { Authorization: `Bearer ${token()}`, ...headers },
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    signal: signal ?? AbortSignal.timeout(CALL_TIMEOUT_MS),
  };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError({ status: 0, code: "unreachable", detail: "Prashna could not be reached." });
  }
  if (response.ok) return response;
  throw await refusal(response);
}

/** Like send, for calls whose 2xx body is JSON. */
export async function sendForJson(method, path, options) {
  const response = await send(method, path, options);
  try {
    return { status: response.status, body: await response.json() };
  } catch {
    const detail = "The connection broke before the reply was complete.";
    throw new ApiError({ status: 0, code: "unreachable", detail });
  }
}

export const ask = (query, sessionId, key) =>
  sendForJson("POST", "/chat", {
    body: sessionId ? { query, session_id: sessionId } : { query },
    headers: { "Idempotency-Key": key },
  });
export const stopTask = (taskId) => send("POST", `/tasks/${segment(taskId)}/stop`);
export const readTask = (taskId) => sendForJson("GET", `/tasks/${segment(taskId)}`);
export const rate = (taskId, score, comment) =>
  send("POST", `/tasks/${segment(taskId)}/feedback`, { body: comment ? { score, comment } : { score } });
export const openStream = (taskId, headers, signal) => send("GET", `/stream/${segment(taskId)}`, { headers, signal });
export const listSessions = async () => (await sendForJson("GET", "/sessions")).body.sessions;
export const readSession = async (id) => (await sendForJson("GET", `/sessions/${segment(id)}`)).body;
export const deleteSession = (id) => send("DELETE", `/sessions/${segment(id)}`);
export const readPassage = async (domain, parentId) =>
  (await sendForJson("GET", `/passages/${segment(domain)}/${segment(parentId)}`)).body;

function segment(id) {
  return encodeURIComponent(String(id));
}

async function refusal(response) {
  let problem = {};
  try {
    problem = (await response.json()) ?? {};
  } catch {
    // A proxy's HTML error page is no problem document: the status alone speaks.
  }
  const now = Date.parse(response.headers.get("Date")) || Date.now();
  const retryAfter = wait(response.headers.get("Retry-After"), now);
  const stated = Date.parse(problem.quota?.resets_at ?? problem.resets_at);
  return new ApiError({
    status: response.status,
    code: String(problem.code ?? `http_${response.status}`),
    detail: String(problem.detail ?? problem.title ?? "The server refused the request."),
    retryAfter,
    // The server's clock, where it says it: a phone with a wrong date still shows the right reset time.
    resetsAt: Number.isNaN(stated) ? (retryAfter === null ? null : new Date(now + retryAfter)) : new Date(stated),
  });
}

function wait(header, now) {
  if (header === null) return null;
  const milliseconds = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(milliseconds) ? null : Math.max(0, milliseconds);
}
