// The front end's service worker responds to every navigation with the front end's page, so mailed links, files in
// a new tab and callbacks would never reach the server. For these paths, a second worker is registered that
// handles nothing. Both have the same origin, and the browser uses the one with the longer scope.
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
