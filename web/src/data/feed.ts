// The change feed: refreshes the displayed data when colleagues change it.
import { useEffect } from 'react';
import { useQueryClient, type Query } from '@tanstack/react-query';
import { noteChange } from './http';
import { sessionQuery } from './session';

export interface Change {
	seq: number;
	resource: string;
	id: number;
	verb: 'create' | 'update' | 'delete';
	by: string | null;
}

const TOGETHER = 300; // milliseconds for which changes are collected before one refresh
const AGAIN = 2000; // milliseconds until a refused feed is reopened; by then, a page that is being closed is gone

// Additional queries that show records of a resource.
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

/** Marks the queries of an edit form. Such a form must keep the version from which the user started. */
export const EDITING = { editing: true } as const;
export const isEditing = ({ queryKey }: Query) =>
	Boolean((queryKey[2] as { meta?: { editing?: true } } | undefined)?.meta?.editing);

const removedAt = new Map<string, number>();

/** Notes that records no longer exist: a page that still shows one of them must not request it again. */
export const markRemoved = (resource: string, ids: (string | number)[]) =>
	ids.forEach((id) => removedAt.set(`${resource}/${id}`, Date.now()));

/** Returns whether a query shows a record that was removed after the query was answered. */
export const isRemoved = ({ queryKey: [resource, method, about], state }: Query) =>
	method === 'getOne' &&
	state.dataUpdatedAt <= (removedAt.get(`${String(resource)}/${(about as { id: string }).id}`) ?? -1);

const listeners = new Set<(change: Change) => void>();

/** Calls the listener for every change. Returns a function that removes the listener. */
export function onChange(listener: (change: Change) => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

let feed: EventSource | undefined;

/** Closes the feed before the session ends. */
export const endFeed = () => feed?.close();

/** Listens to the feed while it is mounted. */
export function Feed() {
	const queries = useQueryClient();
	useEffect(() => {
		const waiting = new Set<string>();
		let together: ReturnType<typeof setTimeout> | undefined;
		let again: ReturnType<typeof setTimeout> | undefined;
		const refresh = () => {
			together = undefined;
			const names = new Set([...waiting].flatMap((name) => [name, ...(shownIn[name] ?? [])]));
			waiting.clear();
			queries.invalidateQueries({
				predicate: (query) => names.has(String(query.queryKey[0])) && !isEditing(query) && !isRemoved(query),
			});
		};
		let last = '';
		const heard = ({ lastEventId }: MessageEvent) => {
			last = lastEventId;
		};
		const begin = () => {
			const source = new EventSource(last ? `/api/changes/stream?after=${last}` : '/api/changes/stream');
			feed = source;
			source.addEventListener('ready', heard);
			source.addEventListener('change', (event: MessageEvent<string>) => {
				heard(event);
				noteChange();
				const change = JSON.parse(event.data) as Change;
				for (const listener of listeners) listener(change);
				waiting.add(change.resource);
				together ??= setTimeout(refresh, TOGETHER);
			});
			source.addEventListener('reset', (event) => {
				heard(event);
				noteChange();
				queries.invalidateQueries({ predicate: (query) => !isEditing(query) && !isRemoved(query) });
			});
			// EventSource reconnects automatically, except when the server refuses the request. Either the server is
			// starting, or the session has ended. In the second case, this component is unmounted.
			source.addEventListener('error', () => {
				if (source !== feed || source.readyState !== EventSource.CLOSED) return;
				again = setTimeout(() => {
					queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
					begin();
				}, AGAIN);
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
