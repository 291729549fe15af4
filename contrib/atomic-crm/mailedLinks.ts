// The front end's service worker answers every navigation with the front end's
// page: mailed links, files in a new tab and callbacks would never reach the
// server.  For these paths another worker is registered, which handles nothing.
// Both are on the same origin, and of two scopes the browser takes the longer.
const scopes = [
  "/api/",
  "/uploads/",
  "/invite/",
  "/set-password",
  "/password.html",
  "/operator.html",
  "/calendar/",
  "/mcp",
  "/.well-known/",
  "/problems/",
];

export function passMailedLinks(): void {
  const workers = globalThis.navigator?.serviceWorker;
  if (!workers) return;
  // A browser that refuses, such as one without TLS, has no worker of the
  // front end either.
  for (const scope of scopes)
    workers.register("/pass.js", { scope }).catch(() => {});
}
