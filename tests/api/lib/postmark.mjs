// Inbound emails in the format of Postmark's webhook.
import { Buffer } from 'node:buffer';
import { send } from './http.mjs';

export const INBOUND = process.env.TENANTRY_INBOUND_EMAIL ?? 'crm@in.example.test';

export const basic = (user, password) =>
	`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

let n = 0;

// `to` contains addresses, or { Email, Name }.
export function mail(from, to, more = {}) {
	return { MessageID: `message-${process.pid}-${++n}`,
		FromFull: { Email: from, Name: '', MailboxHash: '' },
		ToFull: [to].flat().map((one) => typeof one === 'string'
			? { Email: one, Name: '', MailboxHash: '' } : one),
		CcFull: [], BccFull: [], MailboxHash: '', Subject: 'An offer',
		TextBody: 'Dear all,\n\nhere it is.\n', Headers: [], Attachments: [], ...more };
}

export const bring = (body, headers = {}) => send('POST', '/api/inbound/postmark', {
	body, headers: { authorization: basic('hook', 'the-secret-of-the-hook'), ...headers } });
