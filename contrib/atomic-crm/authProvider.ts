// Atomic CRM's auth provider for Tenantry's cookie-based sessions.
import { HttpError, type AuthProvider } from "ra-core";
import { invitation, isOpen, passwordPage } from "./address.ts";
import type { Send } from "./http.ts";
import { ended, type Session } from "./session.ts";

export interface AuthOptions {
  // Asks for the authenticator code. Without this function, accounts with a
  // second factor cannot sign in here and get an error.
  askCode?: () => Promise<string | null> | string | null;
  // The server's name for the provider behind the button "Sign in with Google
  // Workplace".
  ssoProvider?: string | undefined;
}

// The front end looks for this code.
const codes: Record<string, string> = {
  EMAIL_NOT_VERIFIED: "email_not_confirmed",
};

const failure = (message: string, code?: string) =>
  Object.assign(new Error(message), code ? { code } : {});

const noConsent = async () => ({
  data: null,
  error: failure("This server does not let other applications sign in."),
});

export function createAuthProvider(
  send: Send,
  session: Session,
  { askCode, ssoProvider }: AuthOptions = {},
): AuthProvider {
  const post = (path: string, body: unknown) =>
    send(path, { method: "POST", body });

  // Redirects the browser to the provider, which sends it back with a session.
  async function signInWithProvider(domain: string): Promise<void> {
    if (!ssoProvider)
      throw failure(`Signing in with ${domain} is not set up on this server.`);
    const { json } = await post("/api/auth/sign-in/social", {
      provider: ssoProvider,
      callbackURL: window.location.origin + window.location.pathname,
    });
    window.location.assign(json.url);
  }

  async function answerChallenge(): Promise<void> {
    const code = await askCode?.();
    if (!code)
      throw failure(
        "This account asks for a second factor, which this page " +
          "cannot ask for.",
        "two_factor_required",
      );
    await post("/api/auth/two-factor/verify-totp", { code: code.trim() });
  }

  async function signIn(email: string, password: string): Promise<void> {
    let json: any;
    try {
      ({ json } = await post("/api/auth/sign-in/email", { email, password }));
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      throw failure(error.message, codes[error.body?.code] ?? error.body?.code);
    }
    if (json.twoFactorRedirect) await answerChallenge();
  }

  // Joins the organization to which a link in an email invited an existing
  // user.
  async function join(): Promise<void> {
    const invitationId = invitation("/login");
    if (invitationId)
      await post("/api/auth/organization/accept-invitation", { invitationId });
  }

  return {
    async login({ email, password, ssoDomain }) {
      if (ssoDomain) return signInWithProvider(ssoDomain);
      const fresh = session.opened === email;
      session.opened = undefined;
      if (!fresh) await signIn(email, password);
      await join();
      session.forget();
    },

    async logout() {
      session.forget();
      await post("/api/auth/sign-out", {});
    },

    // An unreachable server does not log the user out.
    async checkAuth() {
      if (isOpen()) return;
      try {
        await session.me();
      } catch (error) {
        if (!ended(error) && (error as HttpError).status !== 409) return;
        const way = passwordPage();
        if (way) throw { redirectTo: way, message: false };
        if (ended(error) && !(await session.isInitialized()))
          throw { redirectTo: "/sign-up", message: false };
        throw error;
      }
    },

    // In an empty database, only checkAuth redirects, to the sign-up page:
    // after sign-in, ra-core returns to the page of the last redirect.
    async checkError(error) {
      if (error?.status !== 401 || isOpen()) return;
      if (!(await session.isInitialized())) return;
      session.forget();
      throw error;
    },

    async getIdentity() {
      const { id, first_name, last_name, avatar } = await session.me();
      return {
        id,
        fullName: `${first_name} ${last_name}`,
        ...(avatar?.src && { avatar: avatar.src }),
      };
    },

    // The server enforces permissions. This function only hides what the server
    // would refuse.
    async canAccess({ resource }) {
      try {
        const { administrator } = await session.me();
        return administrator || !["sales", "configuration"].includes(resource);
      } catch {
        return false;
      }
    },

    async handleCallback() {
      const way = passwordPage();
      return way ? { redirectTo: way } : undefined;
    },

    // A link in an email has one secret, which the page expects under both
    // names.
    async setPassword({ access_token, password }: Record<string, string>) {
      const { json } = await post("/api/set-password", {
        token: access_token,
        password,
      });
      if (json.twoFactorRedirect) await answerChallenge();
      session.forget();
    },

    async resetPassword({ email }: { email: string }) {
      await post("/api/auth/request-password-reset", {
        email,
        redirectTo: "/set-password",
      });
    },

    getAuthorizationDetails: noConsent,
    approveAuthorization: noConsent,
    denyAuthorization: noConsent,
  };
}
