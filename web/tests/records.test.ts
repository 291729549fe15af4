import type { I18nProvider } from 'ra-core';
import { describe, expect, test } from 'vitest';
import { labelOf } from '../src/data/configuration';
import { entered, fieldOf, tidy, type Resource } from '../src/records/resource';
import { changed, conflicts } from '../src/records/save';
import { textOf } from '../src/i18n/text';
import { within } from '../src/records/useColumns';
import { empty } from '../src/records/values';
import { fieldsOf, operators, quotedIn, tidy as tidyRule } from '../src/automations/rule';
import type { Catalogue } from '../src/data/catalogue';
import { complete } from '../src/records/complete';
import { withLabels } from '../src/records/labels';
import { told } from '../src/tables/page';
import { tablesOf } from '../src/tables/tables';
import { placed, placeOf, type Columns } from '../src/board/place';

const resource = { fields: { emails: { kind: 'emails' }, tags: { kind: 'references' } } } as unknown as Resource;

describe('values', () => {
	test('are converted to text', () => {
		expect([null, undefined, '', 0, false, 'a', [1], { a: 1 }].map(textOf)).toEqual([
			'',
			'',
			'',
			'0',
			'false',
			'a',
			'[1]',
			'{"a":1}',
		]);
	});

	test('are empty if there is nothing to show', () => {
		expect([null, '', [], {}].map(empty)).toEqual([true, true, true, true]);
		expect([0, false, [0], 'a'].map(empty)).toEqual([false, false, false, false]);
	});

	test('are shown by the label of the choice, or unchanged without a choice', () => {
		const choices = [{ value: 'won', label: 'Won' }];
		expect(labelOf(choices, 'won')).toBe('Won');
		expect(labelOf(choices, 'gone')).toBe('gone');
		expect(labelOf(choices, null)).toBe('');
	});

	test('of a field without a description are texts', () => {
		expect(fieldOf(resource, 'emails')).toEqual({ kind: 'emails', name: 'emails' });
		expect(fieldOf(resource, 'other')).toEqual({ kind: 'text', name: 'other' });
	});

	test('of column widths are limited', () => {
		expect([1, 100.4, 10_000].map(within)).toEqual([80, 100, 640]);
	});
});

describe('a form', () => {
	test('sends the changed fields, without the version', () => {
		const began = { id: 1, etag: 'a', name: 'Ada', tags: [1, 2] };
		expect(changed({ etag: 'b', name: 'Ada', tags: [2, 1] }, began)).toEqual({ tags: [2, 1] });
	});

	test('clears fields that the form hides, and keeps fields that the form does not contain', () => {
		const never = { kind: 'number' as const, of: () => false };
		const one = { fields: { shown: never, other: never }, form: ['name', ['shown']] } as unknown as Resource;
		expect(entered(one, { shown: 1, other: 2 })).toEqual({ shown: null, other: 2 });
	});

	test('has a conflict in each field that both people changed to different values', () => {
		const row = { id: 1, name: 'Ada', title: 'Countess', city: 'London', tags: [1] };
		const theirs = { ...row, name: 'Augusta', title: 'Analyst', tags: [1, 2] };
		expect(conflicts({ etag: 'b', name: 'Lovelace', city: 'Ockham', tags: [1, 2] }, theirs, row)).toEqual(['name']);
		expect(conflicts({ name: 'Ada', city: null }, theirs, row)).toEqual([]);
		expect(conflicts({ hidden: 1 }, theirs, row)).toEqual([]);
	});

	test('omits empty lines of addresses', () => {
		expect(tidy(resource, { emails: [{ email: 'a@b.org' }, { type: 'Work' }, null], tags: [0] })).toEqual({
			emails: [{ email: 'a@b.org' }],
			tags: [0],
		});
	});
});

describe('conditions on the page with all tables', () => {
	const columns = [
		{ name: 'at', kind: 'time' },
		{ name: 'n', kind: 'number' },
		{ name: 'on', kind: 'boolean' },
	] as Parameters<typeof told>[1];
	const filter = (column: string, operator: string, value = '') => told({ column, operator, value }, columns);

	test('have the type of the column', () => {
		expect(filter('n', 'gte', '12')).toEqual({ 'n@gte': 12 });
		expect(filter('on', 'eq', 'true')).toEqual({ 'on@eq': true });
		expect(filter('name', 'ilike', 'a')).toEqual({ 'name@ilike': 'a' });
		expect(filter('name', 'null')).toEqual({ 'name@is': null });
		expect(filter('name', 'not_null')).toEqual({ 'name@not.is': null });
	});

	test("a time is compared with a day in the user's time zone", () => {
		expect(filter('at', 'eq', '2027-01-05')).toEqual({
			'at@gte': '2027-01-04T23:00:00.000Z',
			'at@lt': '2027-01-05T23:00:00.000Z',
		});
		expect(filter('at', 'lte', '2027-01-05')).toEqual({ 'at@lt': '2027-01-05T23:00:00.000Z' });
	});
});

describe('the catalogue', () => {
	const label = { en: 'A', fr: 'A' };
	const text = { type: 'text', kind: 'text', label };
	const catalogue: Catalogue = {
		deals: {
			label,
			actions: ['read'],
			fields: {
				id: { type: 'bigint', kind: 'number', label },
				name: { ...text, write: 'always', required: true },
				company_id: { type: 'bigint', kind: 'reference', refers: 'companies', label, write: 'once' },
				at: { type: 'timestamptz', kind: 'time', label },
				colour: { ...text, write: 'always' },
				metadata: { type: 'jsonb', kind: 'json', label, write: 'always' },
				inner: { type: 'text', kind: 'text', write: 'always' },
			},
		},
	};
	const deals = {
		name: 'deals',
		fields: { name: { input: {} }, company_id: { kind: 'number' } },
		form: [['name', 'company_id']],
		list: { name: 'name', columns: [], filters: ['name'] },
		page: { facts: ['company_id'], tabs: {} },
	} as unknown as Resource;

	test('contains the columns of all tables', () => {
		expect(tablesOf(catalogue).deals?.slice(0, 4)).toEqual([
			{ name: 'id', kind: 'number' },
			{ name: 'name', kind: 'text' },
			{ name: 'company_id', kind: 'number' },
			{ name: 'at', kind: 'time' },
		]);
	});

	test('completes the descriptions of fields', () => {
		const { fields } = complete(deals, catalogue.deals);
		expect(fields.name).toEqual({ kind: 'text', required: true, input: {} });
		expect(fields.company_id).toEqual({ kind: 'number', once: true });
		expect(fields.at).toEqual({ kind: 'time', fixed: true });
	});

	test('adds undescribed fields with a label to the list, and writable fields to the form and the page', () => {
		const { fields, form, list, page } = complete(deals, catalogue.deals);
		expect(Object.keys(fields)).toEqual(['name', 'company_id', 'at', 'colour', 'metadata']);
		expect(form).toEqual([['name', 'company_id'], 'colour']);
		expect(list!.filters).toEqual(['name', 'at', 'colour']);
		expect(page!.facts).toEqual(['company_id', 'colour']);
		expect(complete({ ...deals, exact: true }, catalogue.deals).form).toEqual(deals.form);
	});

	test('contains the values of a choice, whose labels are among the texts of the fields', () => {
		const stage = { type: 'text', kind: 'choice', label, choices: ['won', 'lost'] };
		const { fields } = complete(deals, { ...catalogue.deals!, fields: { stage } });
		const say = (key: string, { _: otherwise }: { _?: string } = {}) => (key.endsWith('_won') ? key : otherwise!);
		expect(fields.stage!.choices!({} as never, say)).toEqual([
			{ value: 'won', label: 'resources.deals.fields.stage_won' },
			{ value: 'lost', label: 'lost' },
		]);
	});

	test('contains labels, which apply unless the pages have a different text', () => {
		const texts: Record<string, string> = { 'resources.deals.fields.name': 'Title' };
		const plain = {
			getLocale: () => 'en',
			translate: (key: string, { _: text }: { _?: string } = {}) => texts[key] ?? text,
		};
		const { translate } = withLabels(plain as unknown as I18nProvider, catalogue);
		expect(
			['deals.fields.name', 'deals.fields.colour', 'deals.name', 'deals.fields.inner', 'tasks.name'].map((key) =>
				translate(`resources.${key}`),
			),
		).toEqual(['Title', 'A', 'A', undefined, undefined]);
	});

	test('names the button for a new record, also if the resource has no pages', () => {
		const texts: Record<string, string> = {
			'resources.deals.action.create': 'New deal',
			'resources.tags.name': 'Tag',
			'ra.page.create': 'New %{name}',
			'i18n.create.title': 'New',
		};
		const plain = {
			getLocale: () => 'en',
			translate: (key: string, { _ = key, name = '' } = {}) => (texts[key] ?? _).replace('%{name}', name),
		};
		const { translate } = withLabels(plain as unknown as I18nProvider, {});
		expect(['deals', 'tags', 'shares'].map((name) => translate(`resources.${name}.action.create`))).toEqual([
			'New deal',
			'New Tag',
			'New',
		]);
	});

	test('contains the fields that automation rules can use', () => {
		const contacts = {
			status: { ...text, rules: ['compare', 'set', 'quote'] },
			tags: { type: 'bigint[]', kind: 'references', refers: 'tags', rules: ['compare'] },
			age: { type: 'bigint', kind: 'number' },
		};
		const known = { contacts: { actions: [], fields: contacts } } as unknown as Catalogue;
		expect(fieldsOf(known, 'contacts')).toEqual({
			status: { kind: 'status', set: true },
			tags: { kind: 'tag', list: true },
		});
		expect(quotedIn(known, 'contacts')).toEqual(['status']);
	});
});

describe('the deal board', () => {
	const board = { new: [{ id: 1 }, { id: 2 }], won: [{ id: 3 }] } as unknown as Columns;
	const ids = (columns: Columns) => Object.values(columns).map((cards) => cards.map(({ id }) => id));

	test('moves a card to another position', () => {
		expect(placeOf(board, 2)).toEqual({ stage: 'new', index: 1 });
		expect(ids(placed(board, 2, { stage: 'won', index: 0 }))).toEqual([[1], [2, 3]]);
		expect(ids(placed(board, 1, { stage: 'new', index: 1 }))).toEqual([[2, 1], [3]]);
		expect(ids(board)).toEqual([[1, 2], [3]]);
	});

	test('ignores an unknown card or column', () => {
		expect(placed(board, 9, { stage: 'won', index: 0 })).toBe(board);
		expect(placed(board, 1, { stage: 'gone', index: 0 })).toBe(board);
	});
});

describe('an automation', () => {
	test('is sent without settings that belong to a different trigger or action', () => {
		const rule = tidyRule({
			trigger_type: 'contact_created',
			trigger_config: { conditions: [{ field: 'status', op: 'eq', value: 'hot' }], days: 3 },
			action_type: 'set_field',
			action_config: { field: 'status', value: '', text: 'left over' },
		});
		expect(rule.trigger_config).toEqual({ conditions: [{ field: 'status', op: 'eq', value: 'hot' }] });
		expect(rule.action_config).toEqual({ field: 'status', value: null });
	});

	test('is sent without values for operators that take no value', () => {
		const [op] = Object.entries(operators).find(([, { takes }]) => takes === 'none')!;
		const { trigger_config } = tidyRule({
			trigger_config: { conditions: [{ field: 'a', op, value: 'x' }] },
		});
		expect(trigger_config.conditions).toEqual([{ field: 'a', op }]);
	});
});
