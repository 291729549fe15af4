// The front end's service worker responds to every navigation with the front end's page, so links in emails, files
// opened in a new tab and callbacks would never reach the server. Therefore, a second worker, which handles nothing, is
// registered for these paths. Both have the same origin, and the browser uses the one with the longer scope.
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
  // A browser that refuses to register this worker, for example without TLS, does not run the front end's worker
  // either.
  for (const scope of scopes)
    workers.register("/pass.js", { scope }).catch(() => {});
}
