// Reads the page's URL. Links in emails lead to pages after its "#".

// Pages for people who are not signed in.
const open = ["/set-password", "/forgot-password", "/sign-up"];

const at = (page: string) =>
  window.location.pathname === page ||
  window.location.hash.startsWith(`#${page}`);

export const isOpen = (): boolean => open.some(at);

const queries = () =>
  [window.location.search, window.location.hash].map(
    (part) => new URLSearchParams(part.replace(/^[^?]*\?|^#/, "")),
  );

// Returns the path of the password page if a link in an email led to this page.
export function passwordPage(): string | undefined {
  for (const query of queries()) {
    const [access_token, refresh_token, type] = [
      "access_token",
      "refresh_token",
      "type",
    ].map((name) => query.get(name));
    if (
      access_token &&
      refresh_token &&
      (type === "invite" || type === "recovery")
    )
      return (
        "/set-password?" +
        new URLSearchParams({ access_token, refresh_token, type })
      );
  }
  return undefined;
}

// Returns the invitation that brought the user to the sign-up or sign-in page.
export function invitation(page: "/sign-up" | "/login"): string | undefined {
  return (
    (at(page) &&
      queries()
        .map((query) => query.get("invite"))
        .find(Boolean)) ||
    undefined
  );
}
