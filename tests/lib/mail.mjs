// The emails that the server sent, read with `tenantry mail`.
import { execFileSync } from 'node:child_process';

const tenantry = (...words) => JSON.parse(execFileSync(
	`${process.env.BUILD}/tenantry`, ['mail', ...words, '--json'],
	{ encoding: 'utf8', maxBuffer: 1 << 28 }));

// Returns all emails to an address, oldest first: { id, template, recipient, language, status, data: { url, ... }, ...
// }.
export const mails = (address) => tenantry('--to', address);

// Returns the newest email with a template, or undefined.
export const lastMail = (address, template) => mails(address)
	.filter((mail) => mail.template === template).at(-1);

// Returns an email with its content: the members that mails() returns, and subject, text and html.
export const letter = (id) => tenantry('show', id);
