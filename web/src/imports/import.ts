import type { RaRecord } from 'ra-core';
import { textOf } from '../i18n/text';
import type { Problem } from './problems';

export type State = 'uploaded' | 'checking' | 'running' | 'done' | 'canceled' | 'failed' | 'undoing' | 'undone';
export type Key = 'email' | 'name' | 'external_id' | 'id';

/** How the rows of a file are imported. */
export interface Plan {
	mapping: (string | null)[];
	mode: 'create' | 'update' | 'both';
	match_by: Key | null;
	blank: 'skip' | 'null';
	/** The order of the parts of a date. If null, the order is derived from each date. */
	date_order: 'ymd' | 'dmy' | 'mdy' | null;
}

export interface Import extends RaRecord<number>, Plan {
	/** Null if the file contains rows of several resources. */
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
	/** The number of rows that were written even though they repeat an address, name or domain. */
	duplicates: number;
	/** Columns whose values fill no field, and the number of rows that have a value in the column. */
	unmapped: { column: string; rows: number }[];
	error: string | null;
	/** The time at which all rows were checked with the plan. After a check, the counts are its results. */
	checked_at: string | null;
	created_at: string;
	started_at: string | null;
	ended_at: string | null;
	sales_id: number | null;
}

export type Outcome = 'created' | 'updated' | 'unchanged' | 'skipped' | 'failed';
export const outcomes: Outcome[] = ['created', 'updated', 'unchanged', 'skipped', 'failed'];

export interface Preview {
	fields: string[] | null;
	rows: {
		row: number;
		outcome: Outcome;
		problem: string | null;
		problems: Problem[] | null;
		cells: unknown;
		values: Record<string, unknown> | null;
	}[];
}

/** Returns whether several columns can fill the same field. */
export const repeats = (field: string) => /^(email|phone)_|^tags$/.test(field);

/** Returns whether tenantry-jobs is processing the import. */
export const working = (state: State | undefined) => state === 'checking' || state === 'running' || state === 'undoing';

/** The color of each state. */
export const colors = {
	uploaded: 'default',
	checking: 'info',
	running: 'info',
	done: 'success',
	canceled: 'warning',
	failed: 'error',
	undoing: 'info',
	undone: 'default',
} as const;

/** Returns the keys by which existing records can be matched, given the mapped columns of the file. */
export function keys({ resource, format, mapping }: Pick<Import, 'resource' | 'format' | 'mapping'>): Key[] {
	if (format !== 'csv') return ['email', 'name', 'external_id'];
	const has = (test: RegExp) => mapping.some((field) => field && test.test(field));
	const all: [Key, boolean][] = [
		['email', has(/^email_/)],
		['external_id', has(/^external_id$/)],
		['id', has(/^id$/)],
		['name', has(resource === 'contacts' ? /^last_name$/ : /^name$/)],
	];
	return all.filter(([, there]) => there).map(([key]) => key);
}

export const shown = (value: unknown): string =>
	typeof value === 'object'
		? textOf(value)
		: textOf(value).replace(/^(\d{4}-\d\d-\d\d)T00:00:00(?:\.0+)?(?:Z|\+00:00)$/, '$1');
