// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Constraints on values: every way to write a row refuses the same values. Rows that are older than a constraint and
// violate it can still be changed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql, sqlFor } from '../lib/database.mjs';
import { startJobs } from '../lib/files.mjs';
import { bring, errors } from '../lib/imports.mjs';
import { keyOf, use } from '../lib/mcp.mjs';
import { owner } from '../lib/people.mjs';

const jobs = startJobs();
after(() => jobs.stop());

let me, browser, key;
const create = async (resource, row) => {
	const rs = await browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const list = async (resource, filter) => (await browser.get(`/api/${resource}?filter=`
	+ encodeURIComponent(JSON.stringify(filter)))).json.map((row) => row.id);
const refused = (rs, member, status = 422) => {
	assert.equal(rs.status, status, rs.text);
	assert.ok(rs.json.errors[member], rs.text);
};

before(async () => {
	me = await owner('rules');
	({ browser } = me);
	key = await keyOf(me, { mcp: ['read', 'write'] });
});

// Each entry contains an address, whether it is valid, and whether it is valid for a contact if that differs (RFC
// 6531).
const addresses = [
	['ada@example.org', true], ['Ada.King+crm@Mail.Example.org', true], ["o'neil@example.org", true],
	['x@xn--bcher-kva.example', true], [`${'a'.repeat(64)}@example.org`, true],
	['not an email', false], ['ada', false], ['@example.org', false], ['ada@', false], ['ada@localhost', false],
	['ada@example.o', false], ['ada@@example.org', false], ['a da@example.org', false], ['.ada@example.org', false],
	['ada.@example.org', false], ['a..da@example.org', false], ['ada@example..org', false],
	['ada@-example.org', false], ['ada@example-.org', false], ['ada@example.org.', false], ['ada@exam_ple.org', false],
	['\u00e4da@example.org', false, true], ['x@b\u00fccher.example', false, true], ['\u00e4 da@example.org', false], [`${'a'.repeat(65)}@example.org`, false],
	[`ada@${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(60)}.org`, false],
	[`ada@${'a'.repeat(64)}.org`, false], [`ada@mail.${'a'.repeat(64)}`, false],
	[`ada@${'a'.repeat(63)}.${'b'.repeat(63)}`, true],
];

test('the API, SQL, appointments, invitations and sign-in agree on which addresses are valid', async () => {
	for (const [address, valid, ofContact = valid] of addresses) {
		const contact = await browser.post('/api/contacts', { email_jsonb: [{ email: address, type: 'Work' }] });
		assert.equal(contact.status, ofContact ? 201 : 422, `${address}: ${contact.text}`);
		if (!ofContact)
			assert.ok(contact.json.errors['email_jsonb.0.email'].includes(address.slice(0, 50)), contact.text);
		assert.equal(sql('SELECT crm.is_address($1)', address)[0][0], valid ? 't' : 'f', address);
		assert.equal(sql('SELECT crm.is_contact_address(crm.address_form($1))', address)[0][0], ofContact ? 't' : 'f', address);
		const visit = await browser.post('/api/appointments', { title: 'x', starts_at: '2030-01-01T10:00:00Z',
			ends_at: '2030-01-01T11:00:00Z', attendees: [{ email: address }] });
		assert.equal(visit.status, valid ? 201 : 422, `${address}: ${visit.text}`);
		const sign = await browser.post('/api/auth/sign-in/email', { email: address, password: 'wrong password' });
		assert.equal(sign.json.code, valid ? 'INVALID_EMAIL_OR_PASSWORD' : 'INVALID_EMAIL', `${address}: ${sign.text}`);
		const invited = await browser.post('/api/auth/organization/invite-member', { email: address, role: 'member' });
		assert.equal(invited.status, valid ? 200 : 400, `${address}: ${invited.text}`);
	}
});

test('an import accepts the same addresses', async () => {
	const quoted = addresses.map(([address]) => `"${address}",x`).join('\n');
	const done = await bring(me, `email,last_name\n${quoted}\n`, { resource: 'contacts' });
	const bad = addresses.filter(([, valid, ofContact = valid]) => !ofContact);
	assert.deepEqual([done.created, done.failed], [addresses.length - bad.length, bad.length]);
	assert.match(await errors(me, done.id), /email_work: .*not an email address/);
});

test('MCP and bulk changes refuse invalid addresses', async () => {
	const rs = await use(key, 'mutate', { sql: `INSERT INTO contacts (last_name, email_jsonb)
		VALUES ('x', '[{"email": "not an email"}]') RETURNING id` });
	assert.ok(rs.failed, rs.text);
	const contact = await create('contacts', { last_name: 'x' });
	refused(await browser.patch(`/api/contacts/${contact.id}`, { email_jsonb: [{ email: 'x' }] }), 'email_jsonb.0.email');
	refused(await browser.patch(`/api/contacts/${contact.id}`, { email_jsonb: [{ email: 7 }] }), 'email_jsonb.0.email', 400);
	refused(await browser.post('/api/contacts/bulk', { ids: [contact.id],
		set: { email_jsonb: [{ email: 'x' }] } }), 'set.email_jsonb.0.email');
	const spaced = await create('contacts', { email_jsonb: [{ email: ' Bo@Example.org ', type: 'Work' }] });
	assert.equal(spaced.email_jsonb[0].email, 'bo@example.org');
});

// Writes a row without triggers, as an older release could.
const old = (statement, ...values) => {
	const table = statement.match(/crm\.\w+/)[0];
	sqlFor(me.organization.id, `ALTER TABLE ${table} DISABLE TRIGGER USER; ${statement}; ALTER TABLE ${table} ENABLE TRIGGER USER`,
		...values);
};

test('a contact with an old invalid address can be changed, merged and restored', async () => {
	const a = await create('contacts', { last_name: 'older' });
	const b = await create('contacts', { last_name: 'older too' });
	old(`UPDATE crm.contacts SET email_jsonb = '[{"email": "phone only", "type": "Work"}]' WHERE id = $1`, a.id);
	const path = `/api/contacts/${a.id}`;
	assert.equal((await browser.patch(path, { title: 'x' })).status, 200);
	const both = [{ email: 'phone only', type: 'Work' }, { email: 'new@example.org', type: 'Home' }];
	assert.equal((await browser.patch(path, { email_jsonb: both })).status, 200);
	refused(await browser.patch(path, { email_jsonb: [{ email: 'email only' }] }), 'email_jsonb.0.email');
	const merged = await browser.post('/api/merge_contacts', { winnerId: b.id, loserId: a.id });
	assert.equal(merged.status, 200, merged.text);
	assert.deepEqual((await browser.get(`/api/contacts/${b.id}`)).json.email_jsonb, both);
	assert.equal((await browser.delete(`/api/contacts/${b.id}`)).status, 200);
	const [kept] = (await browser.get('/api/trash')).json;
	assert.equal((await browser.post(`/api/trash/${kept.id}/restore`)).status, 200);
});

test('an empty contact is refused', async () => {
	for (const row of [{}, { first_name: '', last_name: '' }, { status: 'cold', email_jsonb: [] },
		{ email_jsonb: [{ email: '', type: 'Work' }], phone_jsonb: [{ number: ' ', type: 'Work' }] }])
		refused(await browser.post('/api/contacts', row), 'last_name');
	for (const row of [{ first_name: 'x' }, { email_jsonb: [{ email: 'only@example.org' }] },
		{ phone_jsonb: [{ number: '1', type: 'Work' }] }, { title: 'Reception' }, { background: 'tall' }])
		await create('contacts', row);
	const contact = await create('contacts', { last_name: 'x' });
	refused(await browser.patch(`/api/contacts/${contact.id}`, { last_name: null }), 'last_name');
	const done = await bring(me, 'last_name,status\n,cold\nx,cold\n', { resource: 'contacts' });
	assert.deepEqual([done.created, done.failed], [1, 1]);
	assert.match(await errors(me, done.id), /last_name: .*needs a name/);
	old('UPDATE crm.contacts SET last_name = NULL WHERE id = $1', contact.id);
	assert.equal((await browser.patch(`/api/contacts/${contact.id}`, { status: 'cold' })).status, 200);
});

test('filters on addresses and websites ignore case', async () => {
	const contact = await create('contacts', { last_name: 'case', email_jsonb: [{ email: 'Case@Example.org', type: 'Work' }] });
	const company = await create('companies', { name: 'case', website: 'https://Case.Example.org' });
	for (const filter of [{ 'email_jsonb@cs': '[{"email":"CASE@example.ORG"}]' }, { email_fts: '["CASE@example.org"]' },
		{ 'email_jsonb@cs': [{ email: 'Case@example.org' }] }, { 'email_fts@like': 'CASE@' }])
		assert.deepEqual(await list('contacts', filter), [contact.id], JSON.stringify(filter));
	for (const filter of [{ website: 'HTTPS://case.example.org' }, { 'website@in': '(x,https://CASE.example.org)' },
		{ 'website@like': 'case.EXAMPLE' }, { website: ['HTTPS://CASE.EXAMPLE.ORG'] }])
		assert.deepEqual(await list('companies', filter), [company.id], JSON.stringify(filter));
	assert.ok(!(await list('companies', { 'website@neq': 'HTTPS://CASE.EXAMPLE.ORG' })).includes(company.id));
	const [sale] = (await browser.get('/api/sales')).json;
	assert.deepEqual(await list('sales', { email: sale.email.toUpperCase() }), [sale.id]);
});

test('a negative amount is refused', async () => {
	const deal = await create('deals', { name: 'x', stage: 'won', amount: 15 });
	refused(await browser.post('/api/deals', { name: 'x', stage: 'won', amount: -1 }), 'amount');
	refused(await browser.patch(`/api/deals/${deal.id}`, { amount: -1 }), 'amount');
	refused(await browser.post('/api/deals/bulk', { ids: [deal.id], set: { amount: -1 } }), 'set.amount');
	const rs = await use(key, 'mutate', { sql: `UPDATE deals SET amount = -1 WHERE id = ${deal.id} RETURNING id` });
	assert.ok(rs.failed, rs.text);
	old('UPDATE crm.deals SET amount = -5 WHERE id = $1', deal.id);
	assert.equal((await browser.patch(`/api/deals/${deal.id}`, { name: 'older' })).status, 200);
	assert.equal((await browser.patch(`/api/deals/${deal.id}`, { name: 'oldest', amount: -5 })).status, 200);
});

test('an import reads amounts as people write them', async () => {
	const good = [['1.500,00', 1500], ['1,500.00', 1500], ['1.500', 1500], ['1,500', 1500], ['1500', 1500],
		['1500,0', 1500], ['1500.00', 1500], ['0,00', 0], ['1 234 567,00', 1234567], ["1'234.00", 1234],
		['$ 12.345.678', 12345678], ['12,345,678 USD', 12345678], ['1\u00a0500', 1500],
		['1\u202f500,00 usd', 1500], ['+7', 7], ['12,34,567.00', 1234567],
		['$ 1,234', 1234], ['+$5', 5], ['US$7', 7], ['$+8', 8], ['(0)', 0], ['1 234', 1234], ['1.500,50', 1500.5], ['0.500', 0.5]];
	// An unknown sign is named in the error, and never ignored.
	const odd = ['50%', '#500', '<500', '~500', '500-', '\u00a3500', '-(500)', '(500', '500)', '12 345 \u20ac', '100 EUR', '500*', '=500', '--5',
		'5 $ USD', '5\u20ac$', '\u221e'].map((said) => [said, / is not an amount in USD: ""(.+)"" is not allowed/.source, said]);
	const bad = [...odd, ['-5', 'must not be negative'], ['(500)', 'must not be negative'], ['($500)', 'must not be negative'],
		['\u22125', 'must not be negative'], ['-$5', 'must not be negative'], ['12 34', 'is not an amount in USD'], ['1.500,505', 'has more decimals'], ['0.505', 'has more decimals'],
		['1.50.00', 'is not an amount'], ['12.34.567', 'is not an amount'], ['a lot', 'is not an amount'],
		['1,500.00,0', 'is not an amount'], ['1,50.000', 'is not an amount'], ['5 GBP', 'is not an amount in USD'],
		['5k', 'is not an amount'], ['9999999999999999999', 'is too large']];
	const file = (rows) => `name,stage,amount\n${rows.map(([said], n) => `${n},lost,"${said}"`).join('\n')}\n`;
	const done = await bring(me, file([...good, ...bad]), { resource: 'deals' });
	assert.deepEqual([done.created, done.failed], [good.length, bad.length], await errors(me, done.id));
	const read = (await me.data.getList('deals', { filter: { stage: 'lost' }, pagination: { page: 1, perPage: 100 },
		sort: { field: 'id', order: 'ASC' } })).data;
	for (const [n, [said, amount]] of good.entries())
		assert.equal(read.find((deal) => deal.name === `${n}`).amount, amount, said);
	const told = (await errors(me, done.id)).split('\r\n');
	for (const [n, [said, reason, whole]] of bad.entries()) {
		const found = new RegExp(reason).exec(told[n + 1]);
		assert.ok(found && (!whole || whole.includes(found[1])), `${said}: ${told[n + 1]}`);
	}
	// Other numbers are read in the same way.
	const sizes = await bring(me, 'name;size\nA;1,234\nB;50%\nC;(5)\nD;5 $\nE;1.5\nF;99999\n', { resource: 'companies' });
	assert.deepEqual([sizes.created, sizes.failed], [1, 5], await errors(me, sizes.id));
	for (const reason of [/size: ""50%"" is not a whole number: ""%"" is not allowed/, /size: ""5 \$"" is not a whole number: ""\$""/, /""1\.5"" is not a whole/,
		/""99999"" is too large/])
		assert.match(await errors(me, sizes.id), reason);
	// A dinar has three decimal places, so a dot before three digits is ambiguous.
	assert.equal((await browser.put('/api/configuration/1', { config: { currency: 'KWD' } })).status, 200);
	const dinars = await bring(me, file([['1.500'], ['1,500.000'], ['0.000']]), { resource: 'deals' });
	assert.deepEqual([dinars.created, dinars.failed], [2, 1]);
});

test('a name must contain a visible character, in every resource and every way of writing', async () => {
	const contact = await create('contacts', { first_name: 'Seen' });
	const company = await create('companies', { name: 'Seen' });
	for (const blank of [' ', '\t\n', '\u00a0', '\u200b\u200d', '\u2060\ufeff', '\u3164', '\u2800 ', '\u202e', '\u{e0020}', '\u3000\u00ad']) {
		for (const [resource, row, member] of [['contacts', { first_name: blank }], ['contacts', { last_name: blank, first_name: 'x' }, 'last_name'], ['companies', { name: blank }],
			['deals', { name: blank, stage: 'won' }], ['tags', { name: blank, color: '#fff' }], ['appointments', { title: blank, starts_at: '2027-01-01T10:00:00Z', ends_at: '2027-01-01T11:00:00Z' }],
			['import_mappings', { name: blank, resource: 'contacts', columns: ['a'], mapping: [null] }]])
			refused(await browser.post(`/api/${resource}`, row), member ?? Object.keys(row)[0]);
		refused(await browser.patch(`/api/contacts/${contact.id}`, { first_name: blank }), 'first_name');
		refused(await browser.post('/api/companies/bulk', { ids: [company.id], set: { name: blank } }), 'set.name');
		const cell = blank.trim() === '' && !/[^ \t\n]/.test(blank) ? '\u200b' : blank;
		const done = await bring(me, `last_name,email_work\n"${cell}",blank@names.test\n`, { resource: 'contacts' });
		assert.match(await errors(me, done.id), /last_name: .*must have a visible character/s);
	}
	const rs = await use(key, 'mutate', { sql: "INSERT INTO companies (name) VALUES (E'\\u200b') RETURNING id" });
	assert.ok(rs.failed, rs.text);
	// Joining characters are allowed among other characters, and existing names can remain.
	for (const name of ['\u{1f468}\u200d\u{1f469}', 'a\u00adb', '\u0645\u06cc\u200c\u0646'])
		assert.equal((await create('contacts', { first_name: name })).first_name, name);
	old("UPDATE crm.companies SET name = E'\\u200b' WHERE id = $1", company.id);
	assert.equal((await browser.patch(`/api/companies/${company.id}`, { name: '\u200b', city: 'Here' })).status, 200);
	// A value of a different type is not a text.
	for (const value of [5, true, ['x'], { a: 1 }])
		assert.equal((await browser.post('/api/contacts', { first_name: value })).status, 400, JSON.stringify(value));
	assert.equal((await browser.patch(`/api/contacts/${contact.id}`, { first_name: 5 })).status, 400);
});

test('tags differ by more than white space, and have a color', async () => {
	const tag = await create('tags', { name: 'hot lead', color: 'RebeccaPurple' });
	assert.equal((await browser.post('/api/tags', { name: 'Hot lead', color: '#fff' })).status, 409);
	for (const name of ['hot  lead', ' hot lead', 'hot lead\t', 'hot\u2003lead', 'HOT\nLEAD', 'hot\u00a0lead', 'hot lead\u200b', 'other '])
		refused(await browser.post('/api/tags', { name, color: '#fff' }), 'name');
	refused(await browser.patch(`/api/tags/${tag.id}`, { name: 'hot  lead' }), 'name');
	for (const color of ['c', '#ff', '#12345', '#ggg', 'rgb(1,2,3)', 'var(--x)', 'reddish', '#fff;x', ' #fff'])
		refused(await browser.post('/api/tags', { name: 'color', color }), 'color');
	refused(await browser.patch(`/api/tags/${tag.id}`, { color: 'c' }), 'color');
	for (const color of ['#abc', '#ABCD', '#7fdbff', '#7fdbff80', 'red'])
		assert.equal((await browser.patch(`/api/tags/${tag.id}`, { color })).json.color, color);
	old("UPDATE crm.tags SET color = 'odd' WHERE id = $1", tag.id);
	assert.equal((await browser.patch(`/api/tags/${tag.id}`, { name: 'cold lead', color: 'odd' })).status, 200);
	const done = await bring(me, 'last_name,tags\nspaced,"cold   lead, COLD LEAD"\n', { resource: 'contacts' });
	assert.equal(done.created, 1, await errors(me, done.id));
	assert.equal((await list('tags', { 'name@ilike': 'cold' })).length, 1);
});

test('a tag has a unique name, ignoring case', async () => {
	const tag = await create('tags', { name: 'VIP', color: '#fff' });
	const other = await create('tags', { name: 'other', color: '#fff' });
	const taken = (rs) => {
		assert.equal(rs.status, 409, rs.text);
		assert.ok(rs.json.detail.endsWith(`"VIP" already exists, with the ID ${tag.id}`), rs.text);
	};
	taken(await browser.post('/api/tags', { name: 'vip', color: '#aaa' }));
	taken(await browser.patch(`/api/tags/${other.id}`, { name: 'Vip' }));
	taken(await browser.post('/api/batch', { operations: [
		{ method: 'POST', resource: 'tags', data: { name: 'vip', color: '#aaa' } }] }));
	assert.equal((await browser.patch(`/api/tags/${tag.id}`, { name: 'ViP' })).status, 200);
	assert.equal((await browser.patch(`/api/tags/${tag.id}`, { name: 'VIP' })).status, 200);
	const rs = await use(key, 'mutate', { sql: `INSERT INTO tags (name, color) VALUES ('vip', '#fff') RETURNING id` });
	assert.ok(rs.failed, rs.text);
	const racing = await Promise.all(['race', 'Race', 'RACE', 'rAce', 'raCe', 'racE'].map((name) =>
		browser.post('/api/tags', { name, color: '#fff' })));
	assert.deepEqual(racing.map((r) => r.status).sort(), [201, 409, 409, 409, 409, 409]);
	const done = await bring(me, 'last_name,tags\nfirst,"vip, Fresh"\nsecond,fresh\n', { resource: 'contacts' });
	assert.deepEqual([done.created, done.failed], [2, 0], await errors(me, done.id));
	const fresh = await list('tags', { 'name@ilike': 'fresh' });
	assert.equal(fresh.length, 1);
	const [row] = (await browser.get(`/api/contacts?filter=${encodeURIComponent('{"last_name":"first"}')}`)).json;
	assert.deepEqual([...row.tags].sort(), [tag.id, fresh[0]].sort());
	const tags = await bring(me, 'name\nVip\nnew\nNEW\n', { resource: 'tags' });
	assert.deepEqual([tags.created, tags.failed], [1, 2]);
	await browser.delete(`/api/tags/${other.id}`);
	await create('tags', { name: 'OTHER', color: '#fff' });
	const kept = (await browser.get('/api/trash')).json.find((one) => one.row_id === other.id);
	assert.equal((await browser.post(`/api/trash/${kept.id}/restore`)).status, 409);
});

test('a creation date is accepted only at creation', async () => {
	for (const [resource, row] of [['companies', { name: 'dated' }], ['deals', { name: 'dated', stage: 'won' }]]) {
		const made = await create(resource, { ...row, created_at: '2020-01-01T00:00:00Z' });
		assert.equal(made.created_at.slice(0, 10), '2020-01-01');
		const path = `/api/${resource}/${made.id}`;
		assert.equal((await browser.patch(path, { created_at: '2030-01-01T00:00:00Z', name: 'new' })).status, 200);
		await browser.post(`/api/${resource}/bulk`, { ids: [made.id], set: { created_at: '2030-01-01T00:00:00Z' } });
		await browser.post('/api/batch', { operations: [
			{ method: 'PATCH', resource, id: made.id, data: { created_at: '2030-01-01T00:00:00Z' } }] });
		const now = (await browser.get(path)).json;
		assert.deepEqual([now.name, now.created_at], ['new', made.created_at]);
	}
});

// Returns the text columns that members can write without a length limit.
const unlimited = () => sql(`SELECT c.relname || '.' || a.attname FROM pg_attribute a
	JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.relnamespace = 'crm'::regnamespace
	WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
	AND a.atttypid IN ('text'::regtype, 'json'::regtype, 'jsonb'::regtype)
	AND c.relname IN ('contacts', 'companies', 'deals', 'contact_notes', 'deal_notes', 'tasks', 'tags',
		'activities', 'appointments', 'messages')
	AND NOT EXISTS (SELECT FROM crm.text_limits() l WHERE l.child = c.relname AND l.member = a.attname)
	AND NOT EXISTS (SELECT FROM crm.choice_columns() l WHERE l.child = c.relname AND l.member = a.attname)
	AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)
		AND pg_get_constraintdef(k.oid) ~ '(length|size|= ANY|time_zone)') ORDER BY 1`).flat();

test('every text has a limit', async () => {
	// Columns that other triggers check.
	const checked = ['appointments.attendees', 'appointments.ends_local',
		'appointments.starts_local', 'appointments.time_zone', 'companies.custom', 'contacts.custom', 'deals.currency',
		'deals.custom', 'tasks.custom', 'tasks.rrule', 'tasks.time_zone'];
	assert.deepEqual(unlimited(), checked);
	const ids = { contacts: { last_name: 'long' }, companies: { name: 'long' }, deals: { name: 'long', stage: 'won' } };
	const { id } = await create('contacts', ids.contacts);
	const deal = await create('deals', ids.deals);
	const { resource: object } = await create('object_definitions', { label: 'Long', plural: 'Longs' });
	const rows = { ...ids, records: { object, name: 'long' }, contact_notes: { contact_id: id }, deal_notes: { deal_id: deal.id }, tasks: { contact_id: id } };
	for (const [resource, member, most] of sql(`SELECT child, member, most FROM crm.text_limits()
		WHERE member NOT IN ('email_jsonb', 'phone_jsonb', 'avatar', 'logo', 'context_links', 'metadata') AND child NOT IN ('activities', 'appointments', 'shares')`)) {
		const start = ['website', 'linkedin_url'].includes(member) ? 'https://linkedin.com/' : '';
		const text = start + '\u00e4'.repeat(Number(most) - start.length);
		const made = await browser.post(`/api/${resource}`, { ...rows[resource], [member]: text });
		assert.equal(made.status, 201, `${resource}.${member}: ${made.text.slice(0, 500)}`);
		const row = made.json;
		assert.equal(row[member], text);
		const longer = await browser.post(`/api/${resource}`, { ...rows[resource], [member]: `${text}x` });
		refused(longer, member);
		assert.ok(longer.json.detail.includes(most), longer.text);
		refused(await browser.patch(`/api/${resource}/${row.id}`, { [member]: `${text}x` }), member);
	}
	refused(await browser.post('/api/contacts', { last_name: 'x', phone_jsonb: [{ number: '1'.repeat(40000) }] }), 'phone_jsonb.0.number');
	const done = await bring(me, `last_name,background\nx,${'y'.repeat(65537)}\nz,short\n`, { resource: 'contacts' });
	assert.deepEqual([done.created, done.failed], [1, 1]);
	assert.match(await errors(me, done.id), /background: must have at most 65536 characters/);
	const rs = await use(key, 'mutate', { sql: `UPDATE contacts SET background = repeat('x', 70000) WHERE id = ${id} RETURNING id` });
	assert.ok(rs.failed, rs.text);
	old(`UPDATE crm.contacts SET background = repeat('x', 70000) WHERE id = $1`, id);
	assert.equal((await browser.patch(`/api/contacts/${id}`, { title: 'older' })).status, 200);
	assert.equal((await browser.patch(`/api/contacts/${id}`, { background: 'x'.repeat(70000), title: 'y' })).status, 200);
	refused(await browser.patch(`/api/contacts/${id}`, { background: 'y'.repeat(70000) }), 'background');
});
