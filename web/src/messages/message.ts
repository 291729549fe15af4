// Messages, and which of them are one conversation.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDataProvider, type RaRecord } from 'ra-core';
import type { Provider } from '../app/dataProvider';
import { fullName, type Named } from '../app/People';

export interface Message extends RaRecord<number> {
	channel: string;
	direction: 'inbound' | 'outbound';
	thread_id: string | null;
	contact_id: number | null;
	sales_id: number | null;
	sender: string | null;
	recipient: string | null;
	subject: string | null;
	body: string;
	status: string;
	sent_at: string;
	contact?: (Named & { id: number; avatar: { src?: string } | null }) | null;
}

export interface Thread {
	key: string;
	last: Message;
	unread: number;
}

/** As what somebody's own words may be kept. */
export const ways = ['queued', 'sent', 'draft'];

/** What came in and nobody has marked as read. */
export const UNREAD = { direction: 'inbound', status: 'received' } as const;
export const isUnread = ({ direction, status }: Message) => direction === UNREAD.direction && status === UNREAD.status;

/** What finds the conversation of a message: what the channel calls it, else whom it is with. */
export const threadOf = ({ id, channel, thread_id, contact_id }: Message) =>
	thread_id != null ? { channel, thread_id }
		: contact_id != null ? { channel, 'thread_id@is': null, contact_id } : { id };
export const keyOf = (message: Message) => JSON.stringify(threadOf(message));

/** Of messages, the newest first. */
export function threadsOf(messages: Message[]): Thread[] {
	const threads = new Map<string, Thread>();
	for (const message of messages) {
		const key = keyOf(message);
		const thread = threads.get(key) ?? { key, last: message, unread: 0 };
		thread.unread += Number(isUnread(message));
		threads.set(key, thread);
	}
	return [...threads.values()];
}

/** The other side, as the channel calls it. */
export const addressOf = ({ direction, sender, recipient }: Message) => direction === 'inbound' ? sender : recipient;
export const partnerOf = (message: Message) =>
	(message.contact && fullName(message.contact)) || addressOf(message) || '';

const silent = 'head, script, template';
const blocks = 'address, article, blockquote, div, h1, h2, h3, h4, h5, h6, li, p, pre, table, tr';

/** Words to be read.  Of HTML only the words: a document that is parsed so runs and
 * loads nothing, and nothing of it gets into the page.  Attributes and styles are taken
 * off before, since browsers hold even such a document to our policy, and complain. */
export function textOf(body: string): string {
	if (!/^\s*<(!doctype|html|head|body|div|p|table|span|meta)\b/i.test(body))
		return body;
	const quiet = body.replace(/<(\/?[a-z][a-z0-9]*)\b[^<>]*>/gi, (_, name: string) => `<${name.replace(/^(\/?)style$/i, '$1template')}>`);
	const page = new DOMParser().parseFromString(quiet, 'text/html');
	page.querySelectorAll(silent).forEach((one) => one.remove());
	page.querySelectorAll('br').forEach((one) => one.replaceWith('\n'));
	page.querySelectorAll(blocks).forEach((one) => one.append('\n'));
	return (page.body.textContent ?? '').replace(/[^\S\n]+/g, ' ').replace(/ *\n */g, '\n').replace(/\n{3,}/g, '\n\n').trim();
}

/** The newest that a filter finds, and whether there are older ones. */
export function useMessages(filter: object, most: number) {
	const { ask } = useDataProvider<Provider>();
	return useQuery({ queryKey: ['messages', 'newest', filter, most], placeholderData: keepPreviousData,
		queryFn: async () => {
			const found = await ask<Message[]>('/api/messages', { filter, range: [0, most], embed: ['contact'],
				sort: ['sent_at', 'DESC'], count: 'none' });
			return { messages: found.slice(0, most), more: found.length > most };
		} });
}
