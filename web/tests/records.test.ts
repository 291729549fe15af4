import { describe, expect, test } from 'vitest';
import { labelOf } from '../src/data/configuration';
import { entered, fieldOf, tidy, type Resource } from '../src/records/resource';
import { changed, conflicts } from '../src/records/save';
import { textOf } from '../src/i18n/text';
import { within } from '../src/records/useColumns';
import { empty } from '../src/records/values';
import { operators, tidy as tidyRule } from '../src/automations/rule';
import { told } from '../src/tables/page';
import { tablesOf } from '../src/tables/tables';
import { placed, placeOf, type Columns } from '../src/deals/board';

const resource = { fields: { emails: { kind: 'emails' }, tags: { kind: 'references' } } } as unknown as Resource;

describe('values', () => {
	test('as text', () => {
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

	test('nothing to show', () => {
		expect([null, '', [], {}].map(empty)).toEqual([true, true, true, true]);
		expect([0, false, [0], 'a'].map(empty)).toEqual([false, false, false, false]);
	});

	test('the label of a choice, or a value that is no choice any more', () => {
		const choices = [{ value: 'won', label: 'Won' }];
		expect(labelOf(choices, 'won')).toBe('Won');
		expect(labelOf(choices, 'gone')).toBe('gone');
		expect(labelOf(choices, null)).toBe('');
	});

	test('a field that is not described is a text', () => {
		expect(fieldOf(resource, 'emails')).toEqual({ kind: 'emails', name: 'emails' });
		expect(fieldOf(resource, 'other')).toEqual({ kind: 'text', name: 'other' });
	});

	test('the width of a column', () => {
		expect([1, 100.4, 10_000].map(within)).toEqual([80, 100, 640]);
	});
});

describe('a form', () => {
	test('sends the fields that differ, without the version', () => {
		const began = { id: 1, etag: 'a', name: 'Ada', tags: [1, 2] };
		expect(changed({ etag: 'b', name: 'Ada', tags: [2, 1] }, began)).toEqual({ tags: [2, 1] });
	});

	test('leaves out what the form hides, not what has no place in it', () => {
		const never = { kind: 'number' as const, of: () => false };
		const one = { fields: { shown: never, other: never }, form: ['name', ['shown']] } as unknown as Resource;
		expect(entered(one, { shown: 1, other: 2 })).toEqual({ shown: null, other: 2 });
	});

	test('conflicts are what both have changed to different values', () => {
		const row = { id: 1, name: 'Ada', title: 'Countess', city: 'London', tags: [1] };
		const theirs = { ...row, name: 'Augusta', title: 'Analyst', tags: [1, 2] };
		expect(conflicts({ etag: 'b', name: 'Lovelace', city: 'Ockham', tags: [1, 2] }, theirs, row)).toEqual(['name']);
		expect(conflicts({ name: 'Ada', city: null }, theirs, row)).toEqual([]);
		expect(conflicts({ hidden: 1 }, theirs, row)).toEqual([]);
	});

	test('leaves out empty lines of addresses', () => {
		expect(tidy(resource, { emails: [{ email: 'a@b.org' }, { type: 'Work' }, null], tags: [0] })).toEqual({
			emails: [{ email: 'a@b.org' }],
			tags: [0],
		});
	});
});

describe('conditions of the page of all tables', () => {
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

	test('a time is compared with a day of the user', () => {
		expect(filter('at', 'eq', '2027-01-05')).toEqual({
			'at@gte': '2027-01-04T23:00:00.000Z',
			'at@lt': '2027-01-05T23:00:00.000Z',
		});
		expect(filter('at', 'lte', '2027-01-05')).toEqual({ 'at@lt': '2027-01-05T23:00:00.000Z' });
	});
});

test('the tables of an OpenAPI document', () => {
	const schema = (name: string) => ({
		content: { 'application/json': { schema: { $ref: `/${name}`, required: ['a'] } } },
	});
	const tables = tablesOf({
		paths: {
			'/api/deals': {
				get: { 'x-resource': 'deals', parameters: [{ name: 'after' }] },
				post: { requestBody: schema('deals.input') },
			},
			'/api/deals/{id}': { patch: { requestBody: schema('deals.input') }, delete: {} },
			'/api/deals/bulk': {},
			'/api/me': { get: {} },
		},
		components: {
			schemas: {
				deals: {
					properties: {
						id: { type: 'integer' },
						a: { type: ['string', 'null'] },
						at: { format: 'date-time' },
					},
				},
				'deals.input': { properties: { a: {} } },
			},
		},
	});
	expect(Object.keys(tables)).toEqual(['deals']);
	expect(tables.deals).toMatchObject({
		verbs: ['create', 'update', 'bulk', 'delete'],
		columns: [
			{ name: 'id', kind: 'number', fixed: true, required: false },
			{ name: 'a', kind: 'text', fixed: false, required: true },
			{ name: 'at', kind: 'time', fixed: true, required: false },
		],
	});
});

describe('the board of deals', () => {
	const board = { new: [{ id: 1 }, { id: 2 }], won: [{ id: 3 }] } as unknown as Columns;
	const ids = (columns: Columns) => Object.values(columns).map((cards) => cards.map(({ id }) => id));

	test('a card moves', () => {
		expect(placeOf(board, 2)).toEqual({ stage: 'new', index: 1 });
		expect(ids(placed(board, 2, { stage: 'won', index: 0 }))).toEqual([[1], [2, 3]]);
		expect(ids(placed(board, 1, { stage: 'new', index: 1 }))).toEqual([[2, 1], [3]]);
		expect(ids(board)).toEqual([[1, 2], [3]]);
	});

	test('an unknown card or column changes nothing', () => {
		expect(placed(board, 9, { stage: 'won', index: 0 })).toBe(board);
		expect(placed(board, 1, { stage: 'gone', index: 0 })).toBe(board);
	});
});

describe('an automation', () => {
	test('is sent without what belongs to another trigger or action', () => {
		const rule = tidyRule({
			trigger_type: 'contact_created',
			trigger_config: { conditions: [{ field: 'status', op: 'eq', value: 'hot' }], days: 3 },
			action_type: 'set_field',
			action_config: { field: 'status', value: '', text: 'left over' },
		});
		expect(rule.trigger_config).toEqual({ conditions: [{ field: 'status', op: 'eq', value: 'hot' }] });
		expect(rule.action_config).toEqual({ field: 'status', value: null });
	});

	test('an operator without a value has none', () => {
		const [op] = Object.entries(operators).find(([, { takes }]) => takes === 'none')!;
		const { trigger_config } = tidyRule({
			trigger_config: { conditions: [{ field: 'a', op, value: 'x' }] },
		});
		expect(trigger_config.conditions).toEqual([{ field: 'a', op }]);
	});
});
