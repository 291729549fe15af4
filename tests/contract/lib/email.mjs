// People with a mailbox: the client that asks for mails, and the links in them.
import { createAuthClient } from 'better-auth/client';
import { emailOTPClient, magicLinkClient } from 'better-auth/client/plugins';
import { BASE } from './http.mjs';

export const emailClient = (browser) => createAuthClient({
	baseURL: BASE,
	plugins: [magicLinkClient(), emailOTPClient()],
	fetchOptions: { customFetchImpl: browser.fetch },
});

// Clicks on a link of ours.
export const follow = (browser, url) => browser.get(url.slice(BASE.length));

export const query = (url) =>
	Object.fromEntries(new URL(url, BASE).searchParams);
