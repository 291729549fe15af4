// Sends requests to the server: JSON, cookies, errors as ra-core expects them,
// and writes that can be retried.
import { HttpError } from "ra-core";

export interface Answer<T = any> {
  status: number;
  headers: Headers;
  json: T;
}

export interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  reads?: boolean; // safe to repeat, regardless of the method
}

// HttpError with the response headers.
export interface Refusal extends HttpError {
  headers?: Headers | undefined;
}

export type Send = <T = any>(path: string, call?: Call) => Promise<Answer<T>>;

// The delay before each retry.
const WAITS = [300, 1000, 3000];

// The worker process has ended, the server is busy, the response was lost, or the first attempt is still running.
const again = ({ status, body }: HttpError) =>
  [0, 502, 503, 504].includes(status) ||
  (status === 409 && body?.type === "/problems/running");

const pause = (milliseconds: number) =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

// crypto.randomUUID() is missing on pages served without TLS.
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

function refusal(
  status: number,
  body: any,
  words: string,
  headers?: Headers,
): Refusal {
  return Object.assign(new HttpError(words, status, body), { headers });
}

async function attempt(
  fetch: typeof globalThis.fetch,
  url: string,
  init: RequestInit,
): Promise<Answer> {
  let rs: Response, text: string;
  try {
    rs = await fetch(url, init);
    text = await rs.text();
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw refusal(0, undefined, "The server cannot be reached.");
  }
  let json: any;
  try {
    json = text === "" ? undefined : JSON.parse(text);
  } catch {
    json = undefined;
  }
  if (!rs.ok)
    throw refusal(
      rs.status,
      json,
      json?.message ?? json?.detail ?? (rs.statusText || `Error ${rs.status}`),
      rs.headers,
    );
  return { status: rs.status, headers: rs.headers, json };
}

// A write has an idempotency key, so it runs only once even if it is sent several times. The endpoints below /api/auth
// do not use idempotency keys.
export function createSend(
  base: string,
  fetch: typeof globalThis.fetch = (...args) => globalThis.fetch(...args),
): Send {
  return async (
    path,
    { method = "GET", body, headers = {}, signal, reads } = {},
  ) => {
    const all: Record<string, string> = {
      Accept: "application/json",
      ...headers,
    };
    const form = body instanceof FormData;
    if (body !== undefined && !form) all["Content-Type"] = "application/json";
    const safe = method !== "GET" && !reads && !path.startsWith("/api/auth/");
    if (safe) all["Idempotency-Key"] = newKey();
    const init: RequestInit = {
      method,
      headers: all,
      credentials: "include",
      signal: signal ?? null,
    };
    if (body !== undefined) init.body = form ? body : JSON.stringify(body);
    for (let tries = 0; ; tries++)
      try {
        return await attempt(fetch, base + path, init);
      } catch (error) {
        const wait = WAITS[tries];
        if (
          !safe ||
          wait === undefined ||
          !(error instanceof HttpError) ||
          !again(error)
        )
          throw error;
        await pause(wait);
      }
  };
}
