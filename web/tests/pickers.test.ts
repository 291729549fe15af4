import polyglotI18nProvider from 'ra-i18n-polyglot';
import { expect, test, vi } from 'vitest';
import { errorsOf, isFresh, parted, separate } from '../src/data/fresh';
import { speak } from '../src/i18n/i18n';
import { called, nameOf, wordsIn } from '../src/records/RowInput';
import { byRank, rank } from '../src/ui/match';

test('names are ranked by how well they match', () => {
	const of = (name: string) => rank(name, 'juni');
	expect(['Juni', 'Juniper Legal', 'The Juniper', 'Acme'].map(of)).toEqual([0, 1, 2, 3]);
	expect(rank('Élodie Martin', 'elodie')).toBe(1);
	expect(rank('Grace Hopper', 'hop gra')).toBe(2);
	expect(byRank(['Acme', 'The Juniper', 'Juniper', 'Juni'], (one) => one, 'juni')).toEqual([
		'Juni',
		'Juniper',
		'The Juniper',
		'Acme',
	]);
});

test('new records are created once, before the record that refers to them', () => {
	const fresh = (name: string) => ({ fresh: 'tags', data: { name } });
	const { operations, data } = separate({ a: 1, tags: [2, fresh('x'), fresh('y')], tag: fresh('x'), none: null });
	expect(operations).toEqual(['x', 'y'].map((name) => ({ method: 'POST', resource: 'tags', data: { name } })));
	expect(data).toEqual({ a: 1, tags: [2, { $ref: 0 }, { $ref: 1 }], tag: { $ref: 0 }, none: null });
	expect(isFresh(fresh('x'))).toBe(true);
	expect([null, 1, 'x', {}, [1]].some(isFresh)).toBe(false);
	expect(parted([1, fresh('x')])).toEqual({ ids: [1], fresh: [fresh('x')] });
	expect([null, '', undefined, []].map(parted)).toEqual(Array(4).fill({ ids: [], fresh: [] }));
	expect(errorsOf({ 'operations[2].name': 'bad' }, [...operations, operations[0]!])).toEqual({ name: 'bad' });
});

test('the words of a name are searched in all fields of which the name consists', () => {
	vi.stubGlobal('navigator', { languages: ['en'] });
	const resources = { user_payments: { name: 'Paid' }, user_billing_schedules: { name: 'Due' } };
	speak(polyglotI18nProvider(() => ({ resources }) as never, 'en', undefined, { allowMissing: true }));
	const fields = [
		'first_name',
		'last_name',
		'name',
		'title',
		'description',
		'reference',
		'holder',
		'label',
		'brand',
		'provider',
	];
	const missed = Object.keys(called).flatMap((reference) => {
		const { search } = called[reference]!;
		// A row with all of these fields, and one row for each field alone: a name may consist of different fields if
		// some are missing.
		const all = Object.fromEntries(fields.map((field) => [field, field]));
		const rows = [all, ...fields.map((field) => ({ [field]: field }))];
		const shown = rows.flatMap((row) => String(nameOf(reference, { id: 1, ...row }) ?? '').split(/\W+/));
		return search === 'q'
			? []
			: fields
					.filter((field) => shown.includes(field) && !(search as readonly string[]).includes(field))
					.map((field) => `${reference}.${field}`);
	});
	expect(missed).toEqual([]);
	expect(wordsIn(['first_name', 'last_name'], ' Mia  Member ')).toEqual({
		'@and': ['Mia', 'Member'].map((word) => ({ '@or': { 'first_name@ilike': word, 'last_name@ilike': word } })),
	});
});
