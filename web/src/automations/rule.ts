// The server's triggers, fields, operators and actions (docs/automation.md).
import type { RaRecord } from 'ra-core';
import type { Catalogue, CatalogueField } from '../data/catalogue';
import { apiName, isCustom, isObject } from '../i18n/customNames';
import type { Coded } from '../i18n/reasons';
import { members as addressMembers } from '../records/address';

/** The resource whose records a rule is about: contacts, deals, appointments, or a custom object. */
export type About = string;

/** The kind of a value: how it is entered and shown. */
export type Kind =
	| 'text'
	| 'words'
	| 'amount'
	| 'days'
	| 'later'
	| 'boolean'
	| 'date'
	| 'time'
	| 'status'
	| 'stage'
	| 'category'
	| 'taskType'
	| 'meeting'
	| 'mailTo'
	| 'template'
	| 'language'
	| 'company'
	| 'contact'
	| 'colleague'
	| 'tag';

export interface Condition {
	field: string;
	op: string;
	value?: unknown;
	row?: 'old' | 'new';
}

export type Config = Record<string, unknown> & { conditions?: Condition[] };

export interface Rule extends RaRecord<number> {
	name: string;
	enabled: boolean;
	sales_id: number | null;
	trigger_type: string;
	trigger_config: Config;
	action_type: string;
	action_config: Record<string, unknown>;
	updated_at: string;
}

export interface Run extends RaRecord<number>, Coded {
	rule_id: number;
	resource: About;
	row_id: number;
	sales_id: number | null;
	created_at: string;
	depth: number;
	outcome: 'done' | 'unchanged' | 'failed' | 'stopped';
	effect: Record<string, unknown> | null;
	error: string | null;
}

interface Field {
	kind: Kind;
	/** The value is a list. */
	list?: true;
	/** The set_field action can set the field. */
	set?: true;
}

const own: Record<string, Kind> = {
	'contacts.status': 'status',
	'deals.stage': 'stage',
	'deals.category': 'category',
	'deals.amount': 'amount',
	'appointments.status': 'meeting',
};

const kinds: Record<string, Kind> = {
	boolean: 'boolean',
	date: 'date',
	timestamptz: 'time',
	companies: 'company',
	contacts: 'contact',
	sales: 'colleague',
	tags: 'tag',
	numeric: 'amount',
	bigint: 'amount',
};

// The members of addresses and files that rules can use, as in custom.site.city.
const parts: Record<string, readonly string[]> = { address: addressMembers, file: ['title'] };

const described = (catalogue: Catalogue, about: About): [string, Pick<CatalogueField, 'type' | 'refers' | 'rules'>][] =>
	Object.entries(catalogue[about]?.fields ?? {}).flatMap(([name, field]) =>
		isCustom(name) && parts[field.kind]
			? parts[field.kind]!.map((part): [string, Pick<CatalogueField, 'type' | 'rules'>] => [
					`${name}.${part}`,
					{
						type: 'text',
						rules: field.kind === 'address' ? ['compare', 'set', 'quote'] : ['compare', 'quote'],
					},
				])
			: [[name, field] as [string, CatalogueField]],
	);

/** Returns the record fields that rules can use, from the catalogue. */
export const fieldsOf = (catalogue: Catalogue, about: About): Record<string, Field> =>
	Object.fromEntries(
		described(catalogue, about)
			.filter(([, { rules, refers }]) => rules?.includes('compare') && (!refers || kinds[refers]))
			.map(([name, { type, refers, rules }]) => [
				apiName(name),
				{
					kind: own[`${about}.${name}`] ?? kinds[refers ?? type] ?? 'text',
					...(type.endsWith('[]') && { list: true as const }),
					...(rules!.includes('set') && { set: true as const }),
				},
			]),
	);

// Variables for texts that are not fields.
const local: Partial<Record<About, string[]>> = { appointments: ['starts_local', 'ends_local', 'time_zone'] };

/** Returns the variables that texts can contain, as {{field}}. */
export const quotedIn = (catalogue: Catalogue, about: About): string[] => [
	...described(catalogue, about)
		.filter(([, { rules }]) => rules?.includes('quote'))
		.map(([name]) => apiName(name)),
	...(local[about] ?? []),
];

interface Part {
	/** The settings, in the order in which the form shows them. */
	members: Record<string, Kind>;
	needed?: string[];
}

interface Trigger extends Part {
	about: About;
	/** The change that fires the trigger, for a test. */
	change?: (config: Config, row: Record<string, unknown>) => Record<string, unknown>;
}

const contact = { about: 'contacts', members: {} } as const;
const deal = { about: 'deals', members: {} } as const;
const appointment = { about: 'appointments', members: {} } as const;
const days: Part = { members: { days: 'days' }, needed: ['days'] };

const triggers: Record<string, Trigger> = {
	'contact.created': contact,
	'contact.updated': { ...contact, change: () => ({ background: '…' }) },
	'contact.status_changed': {
		...contact,
		members: { from: 'status', to: 'status' },
		change: ({ to }) => ({ status: to ?? '…' }),
	},
	'contact.tag_added': {
		...contact,
		members: { tag_id: 'tag' },
		change: ({ tag_id }, { tags }) => ({ tags: [...((tags as number[] | null) ?? []), tag_id ?? 0] }),
	},
	'contact.idle': { ...contact, ...days },
	'deal.created': deal,
	'deal.updated': { ...deal, change: () => ({ description: '…' }) },
	'deal.stage_changed': {
		...deal,
		members: { from: 'stage', to: 'stage' },
		change: ({ to }) => ({ stage: to ?? '…' }),
	},
	'deal.amount_above': {
		...deal,
		members: { amount: 'amount' },
		needed: ['amount'],
		change: ({ amount }) => ({ amount: Number(amount) + 1 }),
	},
	'deal.stale': { ...deal, ...days },
	'appointment.created': appointment,
	'appointment.confirmed': { ...appointment, change: () => ({ status: 'confirmed' }) },
	'appointment.canceled': { ...appointment, change: () => ({ status: 'canceled' }) },
	'appointment.ended': { ...appointment, ...days },
};

/** The events that can trigger rules about custom objects. */
const objectEvents = ['created', 'updated'];

/** The names of all triggers, including those of custom objects. */
export const triggersOf = (catalogue: Catalogue): string[] => [
	...Object.keys(triggers),
	...Object.keys(catalogue)
		.filter(isObject)
		.flatMap((name) => objectEvents.map((event) => `${name}.${event}`)),
];

/** Returns the description of a trigger. */
export function triggerOf(type: string): Trigger | undefined {
	const [about = '', event = ''] = type.split('.');
	return isObject(about) && objectEvents.includes(event)
		? { about, members: {}, ...(event === 'updated' && { change: () => ({ name: '…' }) }) }
		: triggers[type];
}

interface Action extends Part {
	abouts: About[];
	/** The action can also be used in rules about custom objects. */
	objects?: true;
}

const all: About[] = ['contacts', 'deals', 'appointments'];
const people: About[] = ['contacts', 'deals'];

/** In addition to these settings, set_field has a field and its value. */
export const actions: Record<string, Action> = {
	create_task: {
		abouts: all,
		needed: ['text', 'due_in_days'],
		members: { text: 'words', due_in_days: 'later', type: 'taskType', sales_id: 'colleague' },
	},
	create_note: { abouts: all, members: { text: 'words' }, needed: ['text'] },
	send_email: {
		abouts: all,
		objects: true,
		needed: ['subject', 'text'],
		members: { to: 'mailTo', template: 'template', subject: 'text', text: 'words', language: 'language' },
	},
	set_field: { abouts: people, objects: true, members: {} },
	assign_owner: { abouts: people, objects: true, members: { sales_id: 'colleague' }, needed: ['sales_id'] },
	add_tag: { abouts: ['contacts'], members: { tag_id: 'tag' }, needed: ['tag_id'] },
	remove_tag: { abouts: ['contacts'], members: { tag_id: 'tag' }, needed: ['tag_id'] },
	move_to_stage: { abouts: ['deals'], members: { stage: 'stage' }, needed: ['stage'] },
};

type Takes = 'one' | 'many' | 'none';

const ordered: Kind[] = ['amount', 'date', 'time'];
const worded: Kind[] = ['text', 'status', 'stage', 'category', 'meeting'];
const single = ({ list }: Field) => !list;
const order = ({ kind, list }: Field) => !list && ordered.includes(kind);

export const operators: Record<string, { takes: Takes; of: (field: Field) => boolean }> = {
	eq: { takes: 'one', of: single },
	neq: { takes: 'one', of: single },
	in: { takes: 'many', of: ({ kind, list }) => !list && kind !== 'boolean' && !ordered.includes(kind) },
	contains: { takes: 'one', of: ({ kind, list }) => Boolean(list) || worded.includes(kind) },
	gt: { takes: 'one', of: order },
	gte: { takes: 'one', of: order },
	lt: { takes: 'one', of: order },
	lte: { takes: 'one', of: order },
	is_null: { takes: 'none', of: single },
	not_null: { takes: 'none', of: single },
	changed: { takes: 'none', of: single },
};

export const aboutOf = (trigger: string): About => triggerOf(trigger)?.about ?? 'contacts';

/** Returns the names of the actions for rules about these records. */
export const actionsOn = (about: About): string[] =>
	Object.keys(actions).filter((id) => (isObject(about) ? actions[id]!.objects : actions[id]!.abouts.includes(about)));

const filled = (value: unknown) => value != null && value !== '' && !(Array.isArray(value) && value.length === 0);
const members = (config: Record<string, unknown>, { members }: Part) =>
	Object.fromEntries(Object.keys(members).flatMap((name) => (filled(config[name]) ? [[name, config[name]]] : [])));

/** Returns the rule as the server expects it, without settings that belong to a different trigger or action. */
export function tidy(rule: Partial<Rule>) {
	const { trigger_type = '', trigger_config = {}, action_type = '', action_config = {} } = rule;
	const conditions = (trigger_config.conditions ?? []).map(({ field, op, value, row }) => ({
		field,
		op,
		...(operators[op]?.takes !== 'none' && { value: value ?? null }),
		...(row === 'old' && { row }),
	}));
	const action = members(action_config, actions[action_type] ?? { members: {} });
	// A row of a custom object has no contact.
	if (action_type === 'send_email' && isObject(aboutOf(trigger_type))) action.to = 'owner';
	if (action.template) {
		delete action.subject;
		delete action.text;
	}
	return {
		...rule,
		trigger_config: {
			...members(trigger_config, triggerOf(trigger_type) ?? contact),
			...(conditions.length && { conditions }),
		},
		action_config:
			action_type === 'set_field'
				? { field: action_config.field, value: filled(action_config.value) ? action_config.value : null }
				: action,
	};
}
