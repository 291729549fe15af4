// The change feed: what colleagues do appears by itself.
import { useEffect } from 'react';
import { useQueryClient, type Query } from '@tanstack/react-query';
import { sessionQuery } from './session';

export interface Change {
	seq: number;
	resource: string;
	id: number;
	verb: 'create' | 'update' | 'delete';
	by: string | null;
}

const TOGETHER = 300; // milliseconds in which changes count as one
const AGAIN = 3000; // and those until a feed that was refused is asked for again

// What else shows the rows of a resource.
const shownIn: Record<string, string[]> = {
	activities: ['timeline'],
	appointments: ['automation_runs'],
	companies: ['contacts', 'deals', 'companies_summary'],
	contact_notes: ['timeline', 'contacts'],
	contacts: ['contacts_summary', 'companies', 'duplicates', 'automation_runs'],
	deal_notes: ['timeline'],
	deals: ['companies', 'daily_metrics', 'automation_runs'],
	tasks: ['timeline', 'contacts'],
};

/** A form that somebody is filling in keeps what it began with. */
export const EDITING = { editing: true } as const;
const isEditing = ({ queryKey }: Query) =>
	Boolean((queryKey[2] as { meta?: { editing?: true } } | undefined)?.meta?.editing);

const listeners = new Set<(change: Change) => void>();

/** Calls with every change; the answer ends that. */
export function onChange(listener: (change: Change) => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

let feed: EventSource | undefined;

/** Nobody listens any more: the session is about to end. */
export const endFeed = () => feed?.close();

/** Listens, as long as it is on the page. */
export function Feed() {
	const queries = useQueryClient();
	useEffect(() => {
		const waiting = new Set<string>();
		let together: ReturnType<typeof setTimeout> | undefined;
		let again: ReturnType<typeof setTimeout> | undefined;
		const refresh = () => {
			together = undefined;
			const names = new Set([...waiting].flatMap((name) => [name, ...shownIn[name] ?? []]));
			waiting.clear();
			queries.invalidateQueries({ predicate: (query) =>
				names.has(String(query.queryKey[0])) && !isEditing(query) });
		};
		let last = '';
		const heard = ({ lastEventId }: MessageEvent) => { last = lastEventId; };
		const begin = () => {
			const source = new EventSource(last ? `/api/changes/stream?after=${last}` : '/api/changes/stream');
			feed = source;
			source.addEventListener('ready', heard);
			source.addEventListener('change', (event: MessageEvent<string>) => {
				heard(event);
				const change = JSON.parse(event.data) as Change;
				for (const listener of listeners)
					listener(change);
				waiting.add(change.resource);
				together ??= setTimeout(refresh, TOGETHER);
			});
			source.addEventListener('reset', (event) => {
				heard(event);
				queries.invalidateQueries({ predicate: (query) => !isEditing(query) });
			});
			// It comes back by itself, unless it was refused: by a server that was starting,
			// or because there is no session any more, which takes this off the page.
			source.addEventListener('error', () => {
				if (source !== feed || source.readyState !== EventSource.CLOSED)
					return;
				queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
				again = setTimeout(begin, AGAIN);
			});
		};
		begin();
		return () => {
			clearTimeout(together);
			clearTimeout(again);
			endFeed();
			feed = undefined;
		};
	}, [queries]);
	return null;
}
