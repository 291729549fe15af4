import { describe, expect, test } from 'vitest';
import { may, mayField, readsAll } from '../src/data/permissions';
import type { Me } from '../src/data/session';
import { cellsOf, exceeds, inherited, limitsOf, permissionOf, scopeOf, type Resource } from '../src/organization/roles';

const me = (catalogue: object) => ({ catalogue }) as unknown as Me;

describe('what the server allows the user', () => {
	test('an action of react-admin is checked under its name in the catalogue', () => {
		const reader = me({ deals: { actions: ['read'], fields: {} } });
		expect(may(reader, 'deals', 'list')).toBe(true);
		expect(may(reader, 'deals', 'show')).toBe(true);
		expect(may(reader, 'deals', 'edit')).toBe(false);
		expect(may(reader, 'deals', 'clone')).toBe(false);
		expect(may(reader, 'deals', 'merge')).toBe(false);
	});

	test('a missing resource permits no action', () => {
		expect(may(me({}), 'deals', 'list')).toBe(false);
		expect(mayField(me({}), 'deals', 'name', 'read')).toBe(true);
	});

	test('fields are limited by the catalogue', () => {
		const fields = { id: {}, sales_id: {}, name: { write: 'always' } };
		const some = me({ deals: { actions: ['read', 'update'], limited: ['read', 'update'], fields } });
		expect(mayField(some, 'deals', 'name', 'update')).toBe(true);
		expect(mayField(some, 'deals', 'amount', 'read')).toBe(false);
		expect(mayField(some, 'deals', 'id', 'read')).toBe(true);
		expect(mayField(some, 'deals', 'sales_id', 'update')).toBe(false);
		expect(readsAll(some, 'deals')).toBe(false);
		expect(readsAll(me({ deals: { actions: [], fields } }), 'deals')).toBe(true);
	});
});

describe('a role as a table', () => {
	const permission = { contacts: ['read', 'update:own'], 'contacts.read': ['first_name'] };
	const action = (name: string, granted: string) => ({ name, granted });
	const contacts = {
		name: 'contacts',
		crm: true,
		actions: [action('read', 'all'), action('update', '')],
	} as Resource;

	test('is converted to a table and back without loss', () => {
		const cells = cellsOf(permission);
		expect(cells).toEqual({ contacts: { read: 'all', update: 'own' } });
		expect(permissionOf(cells, limitsOf(permission))).toEqual(permission);
	});

	test('the widest of several scopes applies', () => {
		expect(cellsOf({ contacts: ['read:own', 'read:team'] })).toEqual({ contacts: { read: 'team' } });
	});

	test('resources inherit the scopes of "crm", except for reserved resources', () => {
		const cells = cellsOf({ crm: ['read:team'], contacts: ['read:own'] });
		expect(inherited(cells, contacts, 'read')).toBe('team');
		expect(scopeOf(cells, contacts, 'read')).toBe('team');
		expect(inherited(cells, { ...contacts, reserved: true }, 'read')).toBe('');
	});

	test('a role exceeds what the user may grant if its scope is wider', () => {
		expect(exceeds(cellsOf({ contacts: ['read'] }), [contacts])).toBe(false);
		expect(exceeds(cellsOf({ contacts: ['update:own'] }), [contacts])).toBe(true);
	});
});
