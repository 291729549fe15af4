// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it lists all users.
// A52: list-users returns the same users in the same order as plain SQL, for
// any query.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { operator } from '../lib/people.mjs';

const columns = { id: 'id', name: 'name', email: 'email', image: 'image',
	role: 'role', emailVerified: 'email_verified', banned: 'banned',
	banReason: 'ban_reason', banExpires: 'ban_expires',
	twoFactorEnabled: 'two_factor_enabled', createdAt: 'created_at',
	updatedAt: 'updated_at' };
const booleans = ['emailVerified', 'banned', 'twoFactorEnabled'];
const dates = ['createdAt', 'updatedAt', 'banExpires'];
const quote = (text) => `'${String(text).replaceAll("'", "''")
	.replaceAll('$', "'||chr(36)||'")}'`; // sql() replaces $n

// The same operators in handwritten SQL.
const like = (text) => String(text).replace(/[\\%_]/g, '\\$&');
const operators = {
	eq: (c, [v]) => `${c} = ${quote(v)}`,
	ne: (c, [v]) => `${c} <> ${quote(v)}`,
	lt: (c, [v]) => `${c} < ${quote(v)}`,
	lte: (c, [v]) => `${c} <= ${quote(v)}`,
	gt: (c, [v]) => `${c} > ${quote(v)}`,
	gte: (c, [v]) => `${c} >= ${quote(v)}`,
	in: (c, vs) => `${c} IN (${vs.map(quote)})`,
	not_in: (c, vs) => `${c} NOT IN (${vs.map(quote)})`,
	contains: (c, [v]) => `${c}::text LIKE ${quote(`%${like(v)}%`)}`,
	starts_with: (c, [v]) => `${c}::text LIKE ${quote(`${like(v)}%`)}`,
	ends_with: (c, [v]) => `${c}::text LIKE ${quote(`%${like(v)}`)}`,
};

let boss;

before(async () => {
	boss = await operator();
	const names = ['Ada', 'ada', 'Bob 100%', 'Bob_1', "O'Hara", 'Zoé', '%', '_', '\\'];
	for (let i = 0; i < 45; i++)
		sql(`INSERT INTO identity."user" (id, name, email, image, role, email_verified,
			banned, ban_reason, ban_expires, two_factor_enabled, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		`listed-${i}`, names[i % names.length], `who${i}@list${i % 3}.test`,
		i % 4 ? null : `https://img.test/${i}.png`,
		['user', 'user,editor', 'wizard', null][i % 4], i % 2 === 0, i % 5 === 0,
		i % 5 ? null : `reason ${i}`, i % 10 ? null : `2030-01-${i % 28 + 1}T00:00:00Z`,
		i % 7 === 0, `2026-01-${i % 20 + 1}T10:00:00Z`,
		`2026-02-${i % 9 + 1}T10:00:00.123Z`);
});

function oracle(q) {
	const list = (v) => [v].flat();
	const where = ['true'];
	if (q.searchValue)
		where.push(operators[q.searchOperator ?? 'contains'](
			columns[q.searchField ?? 'email'], [q.searchValue]));
	if (q.filterValue !== undefined)
		where.push(operators[q.filterOperator ?? 'eq'](
			columns[q.filterField ?? 'email'], list(q.filterValue)));
	const order = q.sortBy ? `${columns[q.sortBy]} ${q.sortDirection ?? 'asc'}, id`
		: 'created_at, id';
	const from = `FROM identity."user" WHERE ${where.join(' AND ')}`;
	const [[total, ids = '']] = sql(`SELECT (SELECT count(*) ${from}), array_to_string(ARRAY(
		SELECT id ${from} ORDER BY ${order} LIMIT ${q.limit ?? 100}
		OFFSET ${q.offset ?? 0}), ' ')`);
	return { ids: ids.split(' ').filter(Boolean), total: Number(total) };
}

async function same(query) {
	const { data, error } = await boss.client.admin.listUsers({ query });
	assert.equal(error, null, JSON.stringify([query, error]));
	const about = JSON.stringify(query);
	const wanted = oracle(query);
	assert.deepEqual(data.users.map((u) => u.id), wanted.ids, about);
	assert.equal(data.total, wanted.total, about);
	assert.equal(data.limit, query.limit, about);
	assert.equal(data.offset, query.offset, about);
	return data;
}

const valuesOf = (field) => booleans.includes(field) ? ['true', 'false']
	: dates.includes(field) ? ['2026-01-05T10:00:00.000Z', '2030-01-11T00:00:00Z']
		: ['user', '%', '_', "O'Hara", 'who1', 'https://img.test/4.png', '', '\\'];

test('A52: search works with every operator', async () => {
	for (const searchField of [undefined, 'email', 'name'])
		for (const searchOperator of [undefined, 'contains', 'starts_with', 'ends_with'])
			for (const searchValue of ['who1', 'list2.test', 'LIST2.TEST', 'Bob', '%', '_',
				"O'", '\\', 'é', 'nobody at all'])
				await same({ searchValue, searchField, searchOperator });
});

test('A52: filters work on every field with every operator and several values', async () => {
	let turn = 0;
	for (const filterField of Object.keys(columns))
		for (const filterOperator of Object.keys(operators)) {
			const values = valuesOf(filterField);
			if (filterOperator.endsWith('in'))
				await same({ filterField, filterOperator, filterValue: values });
			for (let i = 0; i < 2; i++)
				await same({ filterField, filterOperator,
					filterValue: values[turn++ % values.length] });
		}
});

test('A52: users are sorted by every field, in both directions, page by page', async () => {
	for (const sortBy of Object.keys(columns))
		for (const sortDirection of [undefined, 'asc', 'desc']) {
			await same({ sortBy, sortDirection });
			await same({ sortBy, sortDirection, limit: 7, offset: 14 });
		}
	const seen = [];
	for (let offset; ; offset = seen.length) {
		const { users, total } = await same({ limit: 10, offset, sortBy: 'name' });
		seen.push(...users.map((u) => u.id));
		if (seen.length >= total)
			break;
	}
	assert.equal(new Set(seen).size, seen.length);
});

// A fixed seed, so that a failure can be reproduced.
test('A52: search, filters, sorting and paging can be combined', async () => {
	let seed = 7;
	const draw = (list) => {
		seed = (seed * 48271) % 2147483647;
		return list[seed % list.length];
	};
	for (let i = 0; i < 120; i++) {
		const filterField = draw(Object.keys(columns));
		await same({
			searchValue: draw(['who', 'list1', 'o', undefined]),
			searchField: draw(['email', 'name', undefined]),
			searchOperator: draw(['contains', 'starts_with', 'ends_with', undefined]),
			filterField, filterOperator: draw(Object.keys(operators)),
			filterValue: draw(valuesOf(filterField)),
			sortBy: draw([...Object.keys(columns), undefined]),
			sortDirection: draw(['asc', 'desc', undefined]),
			limit: draw([1, 3, 20, undefined]), offset: draw([1, 2, 15, undefined]),
		});
	}
});

test('invalid filters match no users, and unknown operators are an error', async () => {
	const ask = async (query) => (await boss.client.admin.listUsers({ query }));
	for (const query of [
		{ filterField: 'nope', filterOperator: 'eq', filterValue: 'x' },
		{ filterField: 'emailVerified', filterValue: 'perhaps' },
		{ filterField: 'createdAt', filterOperator: 'lt', filterValue: 'yesterdayish' },
		{ filterField: 'email', filterOperator: 'eq', filterValue: ['a', 'b'] },
		{ sortBy: 'nope' }, { sortBy: 'password' }])
		assert.deepEqual((await ask(query)).data, { users: [], total: 0 },
			JSON.stringify(query));
	for (const query of [{ filterOperator: 'regex', filterValue: 'x' },
		{ searchField: 'id', searchValue: 'x' }, { searchOperator: 'eq', searchValue: 'x' },
		{ sortBy: 'id', sortDirection: 'up' }])
		assert.equal((await ask(query)).error.code, 'VALIDATION_ERROR');
	for (const [limit, shown] of [['-1', undefined], ['x', undefined], ['0', undefined],
		['99999', 1000]])
		assert.equal((await ask({ limit })).data.limit, shown, limit);
});

test('security 71: hostile names and values change nothing and match nothing', async () => {
	const hostile = ["'", '"', "' OR 'a'='a", "'; DROP TABLE identity.session; --",
		'id" FROM identity."user" --', '$1', '$2[1]', '%s', '%1$s', '\\', '{', 'id; --',
		'id, (SELECT password FROM identity.account LIMIT 1)'];
	const before = sql('SELECT count(*) FROM identity."user"')[0][0];
	for (const text of hostile) {
		for (const query of [{ searchValue: text }, { searchValue: text,
			searchField: 'name' }, { filterField: 'name', filterValue: text },
		{ filterField: 'name', filterOperator: 'in', filterValue: [text, text] }])
			await same(query);
		for (const query of [{ sortBy: text }, { filterField: text, filterValue: 'x' }])
			assert.deepEqual((await boss.client.admin.listUsers({ query })).data,
				{ users: [], total: 0 }, text);
		assert.equal((await boss.client.admin.listUsers({ query: {
			filterOperator: text, filterValue: 'x' } })).error.status, 400);
	}
	assert.equal(sql('SELECT count(*) FROM identity."user"')[0][0], before);
});
