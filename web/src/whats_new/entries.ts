// The page's entries: entries/DATE-NAME.LANGUAGE.md, each with a title in its first line. To add an entry, add its file
// in each language.
import { queryOptions } from '@tanstack/react-query';
import { read } from '../data/batch';

export interface Item {
	id: number;
	text_en: string;
	text_fr: string;
	state: 'verified' | 'problem' | null;
	detail: string | null;
	answered_at: string | null;
}

const files = import.meta.glob<string>('./entries/*.md', { query: '?raw', import: 'default' });

/** The names of the entries, newest first. */
export const entries = [...new Set(Object.keys(files).map((path) => path.replace(/^.*\/|\.[a-z]+\.md$/g, '')))]
	.sort()
	.reverse();

/** Returns the day, title and text of an entry. */
export async function load(entry: string, language: string) {
	const [first = '', ...rest] = (await files[`./entries/${entry}.${language}.md`]!()).split('\n');
	return { entry, day: entry.slice(0, 10), title: first.replace(/^# /, ''), text: rest.join('\n').trim() };
}

/** The last entry that the user has seen, and the checklist with the user's answers. */
export const seenQuery = queryOptions({
	queryKey: ['whats_new'],
	staleTime: 60_000,
	queryFn: async () => (await read<{ seen: string | null; checklist: Item[] }>('/api/whats-new')).json,
});
