// The client for emailed links and codes, and helpers that read them.
import { createAuthClient } from 'better-auth/client';
import { emailOTPClient, magicLinkClient } from 'better-auth/client/plugins';
import { sql } from './database.mjs';
import { BASE } from './http.mjs';
import { lastMail } from '../../lib/mail.mjs';

export const emailClient = (browser) => createAuthClient({
	baseURL: BASE,
	plugins: [magicLinkClient(), emailOTPClient()],
	fetchOptions: { customFetchImpl: browser.fetch },
});

// Follows a link to this server as a person would, including the button on a page.
export async function follow(browser, url, headers = {}) {
	const page = await browser.get(url.slice(BASE.length), { accept: 'text/html', ...headers });
	const [, action] = /<form method="post" action="([^"]+)"/.exec(page.text) ?? [];
	if (action === undefined)
		return page;
	const path = new URL(action.replaceAll(/&#(\d+);/g, (_, n) => String.fromCharCode(n)), url);
	return browser.post(path.pathname + path.search, '',
		{ 'content-type': 'application/x-www-form-urlencoded', ...headers });
}

export const query = (url) =>
	Object.fromEntries(new URL(url, BASE).searchParams);

// Returns the number of WAL bytes that a request writes. It is the minimum of several runs, because PostgreSQL
// occasionally writes a full page or background work.
export async function written(fn) {
	const at = () => sql('SELECT pg_current_wal_insert_lsn() - \'0/0\'')[0][0];
	let least = Infinity;
	for (let i = 0; i < 7; i++) {
		const before = Number(at());
		await fn();
		least = Math.min(least, Number(at()) - before);
	}
	return least;
}

// Returns the token in the newest email with this template to an address.
export function mailed(address, template) {
	const { url } = lastMail(address, template).data;
	return query(url).token ?? url.match(/reset-password\/(\w+)/)[1];
}
