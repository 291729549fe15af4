// Atomic CRM's data provider and auth provider for Tenantry.
import type { AuthProvider } from "ra-core";
import { createAuthProvider, type AuthOptions } from "./authProvider.ts";
import { createDataProvider, type CrmDataProvider } from "./dataProvider.ts";
import { createSend } from "./http.ts";
import { passMailedLinks } from "./mailedLinks.ts";
import { Session } from "./session.ts";

export type { AuthOptions } from "./authProvider.ts";
export type { CrmDataProvider } from "./dataProvider.ts";

export interface Options extends AuthOptions {
  // The server's URL (default: the page's origin).
  url?: string | undefined;
  fetch?: typeof globalThis.fetch;
}

export interface Providers {
  dataProvider: CrmDataProvider;
  authProvider: AuthProvider;
}

// Links in emails lead to the server. They open here if the server and the
// front end share an origin.
const isHere = (url: string) =>
  typeof location === "object" &&
  new URL(url, location.href).origin === location.origin;

// Both providers share the session, so they are created together.
export function createProviders({
  url = "",
  fetch,
  ...auth
}: Options = {}): Providers {
  const send = createSend(url.replace(/\/+$/, ""), fetch);
  const session = new Session(send);
  if (isHere(url)) passMailedLinks();
  return {
    dataProvider: createDataProvider(send, session),
    authProvider: createAuthProvider(send, session, auth),
  };
}

// Settings from the build's environment; see docs/atomic-crm.md.
const env = (import.meta as { env?: Record<string, string | undefined> }).env;

// Version 1.5.0 imports the constants, and later versions import the functions.
export const { dataProvider, authProvider } = createProviders({
  url: env?.VITE_API_URL,
  ssoProvider: env?.VITE_SSO_PROVIDER,
});

export const getDataProvider = (): CrmDataProvider => dataProvider;
export const getAuthProvider = (): AuthProvider => authProvider;
