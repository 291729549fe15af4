// Messages, and how they are grouped into conversations.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDataProvider, type RaRecord } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { fullName, type Named } from '../records/People';

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

/** The states that a user can choose for an outgoing message. */
export const ways = ['queued', 'sent', 'draft'];

/** The fields of an incoming message that nobody has marked as read. */
export const UNREAD = { direction: 'inbound', status: 'received' } as const;
export const isUnread = ({ direction, status }: Message) => direction === UNREAD.direction && status === UNREAD.status;

/** Returns the filter that finds the conversation of a message by its thread or, without a thread, by its contact. */
export const threadOf = ({ id, channel, thread_id, contact_id }: Message) =>
	thread_id != null
		? { channel, thread_id }
		: contact_id != null
			? { channel, 'thread_id@is': null, contact_id }
			: { id };
export const keyOf = (message: Message) => JSON.stringify(threadOf(message));

/** Groups messages that are sorted newest first. */
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

/** Returns the address of the other party. */
export const addressOf = ({ direction, sender, recipient }: Message) => (direction === 'inbound' ? sender : recipient);
export const partnerOf = (message: Message) =>
	(message.contact && fullName(message.contact)) || addressOf(message) || '';

const silent = 'head, script, template';
const blocks = 'address, article, blockquote, div, h1, h2, h3, h4, h5, h6, li, p, pre, table, tr';

/**
 * Returns the text of a message. The text of an HTML message is extracted from a parsed document, which neither runs
 * nor loads anything, and does not become part of the page. Attributes and styles are removed first, because browsers
 * also apply our policy to such documents and report violations.
 */
export function textOf(body: string): string {
	if (!/^\s*<(!doctype|html|head|body|div|p|table|span|meta)\b/i.test(body)) return body;
	const quiet = body.replace(
		/<(\/?[a-z][a-z0-9]*)\b[^<>]*>/gi,
		(_, name: string) => `<${name.replace(/^(\/?)style$/i, '$1template')}>`,
	);
	const page = new DOMParser().parseFromString(quiet, 'text/html');
	page.querySelectorAll(silent).forEach((one) => one.remove());
	page.querySelectorAll('br').forEach((one) => one.replaceWith('\n'));
	page.querySelectorAll(blocks).forEach((one) => one.append('\n'));
	return (page.body.textContent ?? '')
		.replace(/[^\S\n]+/g, ' ')
		.replace(/ *\n */g, '\n')
		.replace(/\n{3,}/g, '\n\n')
		.trim();
}

/** Returns the newest messages that match a filter, and whether there are older messages. */
export function useMessages(filter: object, most: number) {
	const { ask } = useDataProvider<Provider>();
	return useQuery({
		queryKey: ['messages', 'newest', filter, most],
		placeholderData: keepPreviousData,
		queryFn: async () => {
			const found = await ask<Message[]>('/api/messages', {
				filter,
				range: [0, most],
				embed: ['contact'],
				sort: ['sent_at', 'DESC'],
				count: 'none',
			});
			return { messages: found.slice(0, most), more: found.length > most };
		},
	});
}
