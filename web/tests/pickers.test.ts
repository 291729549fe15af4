import { expect, test } from 'vitest';
import { errorsOf, isFresh, parted, separate } from '../src/data/fresh';
import { byRank, rank } from '../src/ui/match';

test('how well a name matches', () => {
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
