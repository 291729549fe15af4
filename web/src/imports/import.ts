import type { RaRecord } from 'ra-core';

export type State = 'uploaded' | 'running' | 'done' | 'canceled' | 'failed' | 'undoing' | 'undone';
export type Key = 'email' | 'name' | 'external_id' | 'id';

/** What is to be done with the rows of a file. */
export interface Plan {
	mapping: (string | null)[];
	mode: 'create' | 'update' | 'both';
	match_by: Key | null;
	blank: 'skip' | 'null';
}

export interface Import extends RaRecord<number>, Plan {
	/** Null: a file of many kinds. */
	resource: string | null;
	format: 'csv' | 'json' | 'vcard';
	title: string | null;
	state: State;
	delimiter: string;
	encoding: string;
	has_header: boolean;
	columns: string[];
	rows_read: number;
	percent: number | null;
	rate: number | null;
	created: number;
	updated: number;
	unchanged: number;
	skipped: number;
	failed: number;
	undone: number;
	conflicts: number;
	error: string | null;
	created_at: string;
	started_at: string | null;
	ended_at: string | null;
	sales_id: number | null;
}

export type Outcome = 'created' | 'updated' | 'unchanged' | 'skipped' | 'failed';
export const outcomes: Outcome[] = ['created', 'updated', 'unchanged', 'skipped', 'failed'];

export interface Preview {
	fields: string[] | null;
	rows: { row: number; outcome: Outcome; problem: string | null; cells: unknown; values: Record<string, unknown> | null }[];
}

/** What a file may bring. */
export const kinds = ['contacts', 'companies', 'deals', 'contact_notes', 'deal_notes', 'tasks', 'tags'];

/** tenantry-jobs is at work on it. */
export const working = (state: State | undefined) => state === 'running' || state === 'undoing';

/** What became of an import, for a mark of it. */
export const colors = { uploaded: 'default', running: 'info', done: 'success', canceled: 'warning', failed: 'error',
	undoing: 'info', undone: 'default' } as const;

/** What rows can be found by, as far as the file says it. */
export function keys({ resource, format, mapping }: Pick<Import, 'resource' | 'format' | 'mapping'>): Key[] {
	if (format !== 'csv')
		return ['email', 'name', 'external_id'];
	const has = (test: RegExp) => mapping.some((field) => field && test.test(field));
	const all: [Key, boolean][] = [['email', has(/^email_/)], ['external_id', has(/^external_id$/)], ['id', has(/^id$/)],
		['name', has(resource === 'contacts' ? /^last_name$/ : /^name$/)]];
	return all.filter(([, there]) => there).map(([key]) => key);
}

export const shown = (value: unknown): string =>
	value == null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
