import { describe, expect, test } from 'vitest';
import { may, mayField, readsAll } from '../src/data/permissions';
import type { Me } from '../src/data/session';
import { cellsOf, exceeds, inherited, limitsOf, permissionOf, scopeOf, type Resource } from '../src/organization/roles';

const me = (parts: object) =>
	({
		administrator: false,
		grants: {},
		resources: { deals: ['read', 'create', 'update', 'delete'] },
		...parts,
	}) as unknown as Me;

describe('what the roles of the user allow', () => {
	test('an action of react-admin has the name that roles use', () => {
		const reader = me({ grants: { deals: { read: 'all' } } });
		expect(may(reader, 'deals', 'list')).toBe(true);
		expect(may(reader, 'deals', 'show')).toBe(true);
		expect(may(reader, 'deals', 'edit')).toBe(false);
		expect(may(reader, 'deals', 'clone')).toBe(false);
	});

	test('"crm" stands for every resource that has no grant', () => {
		expect(may(me({ grants: { crm: { update: 'own' } } }), 'deals', 'edit')).toBe(true);
		expect(may(me({ grants: {} }), 'deals', 'edit')).toBe(false);
	});

	test('only administrators take an action that roles cannot name', () => {
		expect(may(me({ grants: { deals: { read: 'all' } } }), 'deals', 'merge')).toBe(false);
		expect(may(me({ administrator: true }), 'deals', 'merge')).toBe(true);
	});

	test('everyone reads a resource that roles cannot name, and administrators change the settings', () => {
		expect(may(me({}), 'configuration', 'list')).toBe(true);
		expect(may(me({}), 'configuration', 'edit')).toBe(false);
		expect(may(me({}), 'views', 'edit')).toBe(true);
		expect(may(me({ administrator: true }), 'webhooks', 'create')).toBe(true);
	});

	test('fields', () => {
		const some = me({ grants: { deals: { fields: { read: ['name'], update: ['name'] } } } });
		expect(mayField(some, 'deals', 'name', 'update')).toBe(true);
		expect(mayField(some, 'deals', 'amount', 'read')).toBe(false);
		expect(mayField(some, 'deals', 'id', 'read')).toBe(true);
		expect(mayField(some, 'deals', 'sales_id', 'read')).toBe(true);
		expect(mayField(some, 'deals', 'sales_id', 'update')).toBe(false);
		expect(readsAll(some, 'deals')).toBe(false);
		expect(readsAll(me({}), 'deals')).toBe(true);
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

	test('goes there and back', () => {
		const cells = cellsOf(permission);
		expect(cells).toEqual({ contacts: { read: 'all', update: 'own' } });
		expect(permissionOf(cells, limitsOf(permission))).toEqual(permission);
	});

	test('the widest scope counts', () => {
		expect(cellsOf({ contacts: ['read:own', 'read:team'] })).toEqual({ contacts: { read: 'team' } });
	});

	test('what "crm" gives is inherited, but not by a reserved resource', () => {
		const cells = cellsOf({ crm: ['read:team'], contacts: ['read:own'] });
		expect(inherited(cells, contacts, 'read')).toBe('team');
		expect(scopeOf(cells, contacts, 'read')).toBe('team');
		expect(inherited(cells, { ...contacts, reserved: true }, 'read')).toBe('');
	});

	test('nobody gives more than they have', () => {
		expect(exceeds(cellsOf({ contacts: ['read'] }), [contacts])).toBe(false);
		expect(exceeds(cellsOf({ contacts: ['update:own'] }), [contacts])).toBe(true);
	});
});
