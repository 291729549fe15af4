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
	| 'address'
	| 'file'
	| 'json';

export type Say = (key: string, options?: object) => string;

/** The properties of a component that shows a value. */
export interface Shown {
	field: Field;
	value: any;
	row: RaRecord;
	/** True in a table row, where the value must fit on one line. */
	table?: boolean | undefined;
}

export interface FieldSpec {
	/** The kind of the values (default: from the catalogue). */
	kind?: Kind;
	/** Whether a value is required, in every record or depending on the record's other values. */
	required?: true | ((row: any) => boolean);
	/** The browser does not store the value in drafts. */
	secret?: true;
	/**
	 * Users can read but not write the field. If false, a handler accepts the field even though the catalogue does not
	 * mark it as writable.
	 */
	fixed?: boolean;
	/** Users can write the field only in a new record. */
	once?: true;
	choices?: (configuration: Configuration, say: Say) => { value: string | number; label: string }[];
	reference?: string;
	/** The field by which the column is sorted, if it is not this field. False if sorting is impossible. */
	sort?: string | false;
	/** The components that show and edit the value, if they differ from those of its kind. */
	Cell?: ComponentType<Shown>;
	/** The Cell component uses RowsOf with the reference. */
	reads?: true;
	Input?: ComponentType<{ source: string }>;
	/** The value of the field in a new record. */
	initial?: unknown;
	/** The heading above the field in the form, unless the description of the resource places the field. */
	section?: string;
	/** Additional properties of the input. */
	input?: Record<string, unknown>;
	/** Returns whether a record with these other values has the field. Absent if all records have the field. */
	of?: (row: any) => boolean;
}

export interface Field extends FieldSpec {
	name: string;
	kind: Kind;
}

/** A tab on a record's page that lists related records of another resource. */
export interface RelatedTab {
	resource: string;
	/** The filter for the contacts through which the records are related. */
	through?: (row: RaRecord) => object;
	/** The filter for the related records. The arguments are the record and the IDs of the contacts that `through` finds. */
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

/** A tab on a record's page. */
export type Tab = ComponentType | Shows | RelatedTab;

/**
 * Returns the tabs for the tasks and appointments of a record that has contacts. Tasks and appointments refer to these
 * contacts, and new ones refer to the first contact.
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

/** A row of the form: a field, several fields side by side, a heading, or a component. */
export type FormRow = string | string[] | { heading: string } | { Part: ComponentType };

/** The description of a resource. Its texts are in resources.NAME in the messages of its folder. */
export interface Resource {
	name: string;
	icon: ComponentType;
	/** The settings group that contains the entry. Absent if the entry is in the main menu. */
	group?: Setting['group'];
	/** The name of a record. */
	title: (row: any) => string;
	/** The picture of a record, the line below its name, and the end of its line in a short list. */
	Face?: ComponentType<{ row: any; size?: number }>;
	Subtitle?: ComponentType<{ row: any; table?: boolean }>;
	Aside?: ComponentType<{ row: any }>;
	/** The fields that Aside shows. */
	aside?: string[];
	/** The whole line of a record in a list of related records. */
	Line?: ComponentType<{ row: any }>;
	/** The parts of the fields' descriptions that are not in the catalogue. */
	fields: Record<string, FieldSpec>;
	/** The actions in the catalogue that the pages offer (default: all). */
	verbs?: string[];
	form: FormRow[];
	/** No other fields of the catalogue are added to the form and the page. */
	exact?: true;
	/** Records are created on a separate page, not in the drawer. */
	madeOnPage?: true;
	/** The values of a new record. */
	defaults?: (me: Me, configuration: Configuration) => object;
	/** Completes a new record before it is sent. */
	complete?: (row: any) => object;
	/** Completes the change when a field is edited in place. */
	follow?: (change: any, row: any) => object;
	list?: {
		/** The field by which the name column is sorted. */
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
		 * Optional parts of the page: buttons beside the name, less common actions in a menu, the part below the name,
		 * the path below both, the part above everything, and the part below the facts.
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

/** A resource with the catalogue's data about its fields (see complete.ts). */
export interface Completed extends Resource {
	completed: true;
}

/** Returns a field of a resource. */
export const fieldOf = ({ fields }: Completed, name: string): Field => ({ kind: 'text', ...fields[name], name });

/** Returns the label of the button for a new record. */
export const newLabel = (name: string) => `resources.${name}.action.create`;

const lines = { emails: 'email', phones: 'number' } as Partial<Record<Kind, string>>;

/** Returns the values without empty lines in lists of addresses and numbers. */
export const tidy = (resource: Resource, values: Record<string, any>) =>
	Object.fromEntries(
		Object.entries(values).map(([name, value]) => {
			const member = lines[resource.fields[name]?.kind ?? 'text'];
			return [name, member && Array.isArray(value) ? value.filter((line) => line?.[member]) : value];
		}),
	);

/** Returns the values of a form. Fields that the form hides because of other values become null. */
export const entered = (resource: Resource, values: Record<string, any>) => {
	const shown = (name: string) =>
		!resource.form.flat().includes(name) || (resource.fields[name]?.of?.(values) ?? true);
	return tidy(
		resource,
		Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shown(name) ? value : null])),
	);
};
