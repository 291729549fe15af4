// The description of a resource: its fields, and the contents of its list, form and page. The pages in
// RecordList.tsx, RecordForm.tsx and RecordPage.tsx are the same for all resources.
import type { ComponentType } from 'react';
import type { RaRecord } from 'ra-core';
import type { Configuration } from '../data/configuration';
import type { Setting } from './menu';
import type { Me } from '../data/session';

export type Kind =
	| 'text'
	| 'longtext'
	| 'number'
	| 'money'
	| 'date'
	| 'time'
	| 'boolean'
	| 'choice'
	| 'choices'
	| 'reference'
	| 'references'
	| 'emails'
	| 'phones'
	| 'phone'
	| 'url'
	| 'urls'
	| 'json';

type Say = (key: string, options?: object) => string;

/** The properties of a component that shows a value. */
export interface Shown {
	field: Field;
	value: any;
	row: RaRecord;
	/** In a row of a table, on one line. */
	table?: boolean | undefined;
}

export interface FieldSpec {
	/** Default: from the catalogue. */
	kind?: Kind;
	/** A record needs a value: each record, or records with these other values. */
	required?: true | ((row: any) => boolean);
	/** The browser does not store it when a form is not saved. */
	secret?: true;
	/** Users read it, but do not write it; false: a handler accepts it, unknown to the catalogue. */
	fixed?: boolean;
	/** Users can write it only in a new record. */
	once?: true;
	choices?: (configuration: Configuration, say: Say) => { value: string | number; label: string }[];
	reference?: string;
	/** The member to sort by, if it is another one; false: cannot be sorted. */
	sort?: string | false;
	/** How to show it, and how to enter it, if not as all fields of its kind. */
	Cell?: ComponentType<Shown>;
	/** Its Cell shows RowsOf its reference. */
	reads?: true;
	Input?: ComponentType<{ source: string }>;
	/** Its value in a new record. */
	initial?: unknown;
	/** The heading above it in the form, where the description of the resource does not place it. */
	section?: string;
	/** More properties of its input. */
	input?: Record<string, unknown>;
	/** Whether a record with these other values has the field; absent: all have. */
	of?: (row: any) => boolean;
}

export interface Field extends FieldSpec {
	name: string;
	kind: Kind;
}

/** Related records of another resource: a tab of the record's page. */
export interface RelatedTab {
	resource: string;
	/** The contacts through which they are related: a filter that finds these. */
	through?: (row: RaRecord) => object;
	/** The filter that finds them; its arguments are the IDs of those contacts. */
	filter: (row: RaRecord, contacts: number[]) => object;
	/** The values of a new one. */
	add: (row: RaRecord, contacts: number[]) => object;
	/** The field of the record that holds their number. */
	count?: string;
	sort?: [string, 'ASC' | 'DESC'];
}

/** A part of a page that shows other records, for users who may read these. */
export interface Shows {
	shows: string;
	Part: ComponentType & { preload?: () => void };
}

/** A tab of the page of a record. */
export type Tab = ComponentType | Shows | RelatedTab;

/** The tasks and appointments of a record with contacts, which refer to these; a new one to the first of them. */
export const byContacts = (through: (row: RaRecord) => object) =>
	({
		tasks: {
			resource: 'tasks',
			through,
			filter: (_, contact_id) => ({ contact_id, 'done_date@is': null }),
			add: (_, [contact_id]) => ({ contact_id }),
			sort: ['due_date', 'ASC'],
		},
		appointments: {
			resource: 'appointments',
			through,
			filter: (_, contact_id) => ({ contact_id }),
			add: (_, [contact_id]) => ({ contact_id }),
			sort: ['starts_at', 'DESC'],
		},
	}) satisfies Record<string, RelatedTab>;

/** A row of the form: a field, fields beside each other, a heading, or a component. */
export type FormRow = string | string[] | { heading: string } | { Part: ComponentType };

/** Its texts are resources.NAME among the messages of its folder. */
export interface Resource {
	name: string;
	icon: ComponentType;
	/** The part of the settings that lists it, in place of the menu of the daily work. */
	group?: Setting['group'];
	/** The name of a record. */
	title: (row: any) => string;
	/** Its picture, the line below its name, and the end of its line in a short list. */
	Face?: ComponentType<{ row: any; size?: number }>;
	Subtitle?: ComponentType<{ row: any; table?: boolean }>;
	Aside?: ComponentType<{ row: any }>;
	/** The fields that it shows. */
	aside?: string[];
	/** Its whole line among related records. */
	Line?: ComponentType<{ row: any }>;
	/** What the catalogue does not have of its fields. */
	fields: Record<string, FieldSpec>;
	/** The actions that the pages offer, of those in the catalogue; default: all. */
	verbs?: string[];
	form: FormRow[];
	/** The form and the page have no other fields of the catalogue. */
	exact?: true;
	/** It is created on a page, not in the drawer. */
	madeOnPage?: true;
	/** The values of a new record. */
	defaults?: (me: Me, configuration: Configuration) => object;
	/** Completes a new record before it is sent. */
	complete?: (row: any) => object;
	/** Completes a change of a field in place. */
	follow?: (change: any, row: any) => object;
	list?: {
		/** The field that the column of names is sorted by. */
		name: string;
		/** The other columns, until the user chooses. */
		columns: string[];
		sort: [string, 'ASC' | 'DESC'];
		filters: string[];
		search?: true;
		imports?: true;
		formats?: string[];
	};
	page?: {
		facts: string[];
		tabs: Record<string, Tab>;
		/** The field of an activity that refers to the record. */
		logs?: 'contact_id' | 'deal_id';
		/**
		 * Buttons beside the name, buttons among the further actions, the part below the name, its path in a
		 * row below both, the part above everything, and the part below the facts.
		 */
		Actions?: ComponentType;
		More?: ComponentType;
		Summary?: ComponentType<{ row: any }>;
		Head?: ComponentType;
		Path?: ComponentType;
		Notice?: ComponentType;
		Side?: Shows;
	};
}

/** A resource with the catalogue's data about its fields; see complete.ts. */
export interface Completed extends Resource {
	completed: true;
}

/** A field of a resource. */
export const fieldOf = ({ fields }: Completed, name: string): Field => ({ kind: 'text', ...fields[name], name });

/** The label of the button for a new record. */
export const newLabel = (name: string) => `resources.${name}.action.create`;

const lines = { emails: 'email', phones: 'number' } as Partial<Record<Kind, string>>;

/** The values without empty lines of addresses and numbers. */
export const tidy = (resource: Resource, values: Record<string, any>) =>
	Object.fromEntries(
		Object.entries(values).map(([name, value]) => {
			const member = lines[resource.fields[name]?.kind ?? 'text'];
			return [name, member && Array.isArray(value) ? value.filter((line) => line?.[member]) : value];
		}),
	);

/** The values of a form, without those that it hides because of other values. */
export const entered = (resource: Resource, values: Record<string, any>) => {
	const shown = (name: string) =>
		!resource.form.flat().includes(name) || (resource.fields[name]?.of?.(values) ?? true);
	return tidy(
		resource,
		Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shown(name) ? value : null])),
	);
};
