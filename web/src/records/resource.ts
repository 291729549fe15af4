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

export type Say = (key: string, options?: object) => string;

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
	/** A value is required, in each record or in records with these other values. */
	required?: true | ((row: any) => boolean);
	/** The browser does not store the value of an unsaved form. */
	secret?: true;
	/**
	 * Users can read but not write the field. false: a handler accepts the field, although the catalogue does not
	 * mark it as writable.
	 */
	fixed?: boolean;
	/** Users can write it only in a new record. */
	once?: true;
	choices?: (configuration: Configuration, say: Say) => { value: string | number; label: string }[];
	reference?: string;
	/** The member by which the column is sorted, if it is not the field. false if sorting is impossible. */
	sort?: string | false;
	/** The components that show and edit the value, if they differ from those of its kind. */
	Cell?: ComponentType<Shown>;
	/** The Cell uses RowsOf with the reference. */
	reads?: true;
	Input?: ComponentType<{ source: string }>;
	/** Its value in a new record. */
	initial?: unknown;
	/** The heading above the field in the form, unless the description of the resource places the field. */
	section?: string;
	/** Further properties of the input. */
	input?: Record<string, unknown>;
	/** Returns whether a record with these other values has the field. Absent if all records have the field. */
	of?: (row: any) => boolean;
}

export interface Field extends FieldSpec {
	name: string;
	kind: Kind;
}

/** A tab of the record's page with related records of another resource. */
export interface RelatedTab {
	resource: string;
	/** The filter for the contacts through which the records are related. */
	through?: (row: RaRecord) => object;
	/** The filter for the related records; the arguments are the record and the IDs of these contacts. */
	filter: (row: RaRecord, contacts: number[]) => object;
	/** The values of a new related record. */
	add: (row: RaRecord, contacts: number[]) => object;
	/** The field of the record that contains the number of related records. */
	count?: string;
	sort?: [string, 'ASC' | 'DESC'];
}

/** A part of a page that shows other records, for users who may read them. */
export interface Shows {
	shows: string;
	Part: ComponentType & { preload?: () => void };
}

/** A tab of the page of a record. */
export type Tab = ComponentType | Shows | RelatedTab;

/**
 * Returns the tasks and appointments of a record with contacts. They refer to these contacts, and a new task or
 * appointment refers to the first contact.
 */
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

/** The texts of a resource are in resources.NAME in the messages of its folder. */
export interface Resource {
	name: string;
	icon: ComponentType;
	/** The group of the settings that contains the entry, in place of the main menu. */
	group?: Setting['group'];
	/** The name of a record. */
	title: (row: any) => string;
	/** The picture of a record, the line below its name, and the end of its line in a short list. */
	Face?: ComponentType<{ row: any; size?: number }>;
	Subtitle?: ComponentType<{ row: any; table?: boolean }>;
	Aside?: ComponentType<{ row: any }>;
	/** The fields that Aside shows. */
	aside?: string[];
	/** The whole line of a record among related records. */
	Line?: ComponentType<{ row: any }>;
	/** The parts of the fields' descriptions that are not in the catalogue. */
	fields: Record<string, FieldSpec>;
	/** The actions in the catalogue that the pages offer (default: all). */
	verbs?: string[];
	form: FormRow[];
	/** The form and the page have no other fields of the catalogue. */
	exact?: true;
	/** Records are created on a page and not in the drawer. */
	madeOnPage?: true;
	/** The values of a new record. */
	defaults?: (me: Me, configuration: Configuration) => object;
	/** Completes a new record before it is sent. */
	complete?: (row: any) => object;
	/** Completes a change of a field in place. */
	follow?: (change: any, row: any) => object;
	list?: {
		/** The field by which the column of names is sorted. */
		name: string;
		/** The other columns, until the user chooses columns. */
		columns: string[];
		sort: [string, 'ASC' | 'DESC'];
		filters: string[];
		search?: true;
		formats?: string[];
	};
	page?: {
		facts: string[];
		tabs: Record<string, Tab>;
		/** The field of an activity that refers to the record. */
		logs?: 'contact_id' | 'deal_id';
		/**
		 * The parts of the page: buttons beside the name, buttons among the further actions, the part below the
		 * name, the path in a row below both, the part above everything, and the part below the facts.
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

/** Returns a field of a resource. */
export const fieldOf = ({ fields }: Completed, name: string): Field => ({ kind: 'text', ...fields[name], name });

/** Returns the label of the button for a new record. */
export const newLabel = (name: string) => `resources.${name}.action.create`;

const lines = { emails: 'email', phones: 'number' } as Partial<Record<Kind, string>>;

/** Returns the values without empty lines of addresses and numbers. */
export const tidy = (resource: Resource, values: Record<string, any>) =>
	Object.fromEntries(
		Object.entries(values).map(([name, value]) => {
			const member = lines[resource.fields[name]?.kind ?? 'text'];
			return [name, member && Array.isArray(value) ? value.filter((line) => line?.[member]) : value];
		}),
	);

/** Returns the values of a form, without fields that the form hides because of other values. */
export const entered = (resource: Resource, values: Record<string, any>) => {
	const shown = (name: string) =>
		!resource.form.flat().includes(name) || (resource.fields[name]?.of?.(values) ?? true);
	return tidy(
		resource,
		Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shown(name) ? value : null])),
	);
};
