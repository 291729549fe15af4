import { expect, test } from 'vitest';
import { draftOf, placeOf } from '../src/data/drafts';

test('a draft contains the changed fields, without secrets', () => {
	const values = { last_name: 'Hopper', iban: 'X', api_token: 'X', title: undefined, city: 'Paris' };
	const dirty = { last_name: true, iban: true, api_token: true, title: true };
	expect(draftOf(values, dirty, (name) => name === 'iban')).toEqual({ last_name: 'Hopper', title: null });
	expect(draftOf(values, { iban: true }, (name) => name === 'iban')).toBeUndefined();
});

test('a draft belongs to a user in an organization', () => {
	const me = { user_id: 'u', organization_id: 'o' };
	expect(
		new Set([me, { ...me, user_id: 'v' }, { ...me, organization_id: 'p' }].map((one) => placeOf(one, 'a'))).size,
	).toBe(3);
});
