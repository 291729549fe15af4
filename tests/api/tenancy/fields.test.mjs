// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_MCP_SQL=on POSTMARK_WEBHOOK_USER=hook POSTMARK_WEBHOOK_PASSWORD=the-secret-of-the-hook POSTMARK_WEBHOOK_AUTHORIZED_IPS=127.0.0.0/8 TENANTRY_INBOUND_EMAIL=crm@in.example.test
// Roles that are limited to some fields of a resource: what they can see and change in the other fields.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { startJobs, until } from '../lib/files.mjs';
import { send } from '../lib/http.mjs';
import { keyOf, use } from '../lib/mcp.mjs';
import { member, owner } from '../lib/people.mjs';
import { bring, mail } from '../lib/postmark.mjs';

let boss, rep, contact, deal, company, n = 0;

const wire = async (path, body, status = 200) => {
	const rs = await boss.browser.post(`/api/auth/organization/${path}`, body);
	assert.equal(rs.status, status, rs.text);
	return rs.json;
};
const grant = (permission, status) => wire('update-role', { roleName: 'rep', data: { permission } }, status);
const good = async (asked, status = 200) => {
	const rs = await asked;
	assert.equal(rs.status, status, rs.text);
	return rs.json;
};
const make = (resource, body, by = boss) => good(by.browser.post(`/api/${resource}`, body), 201);
const get = (path, who = rep) => who.browser.get(`/api/${path}`);
const SECRET = 'Secret77';
// Returns whether a response contains anything from the hidden fields.
const tells = ({ text }) => text.includes(SECRET) || text.includes('987654');

const all = ['read', 'create', 'update', 'delete', 'export', 'import', 'merge'];
const limited = { crm: all,
	'contacts.read': ['first_name', 'last_name', 'title', 'company_id', 'tags'],
	'contacts.update': ['first_name', 'last_name', 'company_id', 'background'],
	'deals.read': ['name', 'stage', 'index', 'company_id', 'contact_ids'] };

before(async () => {
	boss = await owner('fields');
	await wire('create-role', { role: 'rep', permission: limited });
	rep = await member(boss, 'rep');
	company = await make('companies', { name: 'Engines' });
	contact = await make('contacts', { first_name: 'Ada', last_name: 'Lovelace', title: 'Countess',
		background: SECRET, company_id: company.id, email_jsonb: [{ email: `${SECRET}@example.test`, type: 'Work' }] });
	deal = await make('deals', { name: 'Engine', stage: 'opportunity', amount: 987654, description: SECRET,
		company_id: company.id, contact_ids: [contact.id] });
});

test('hidden fields are absent from rows, lists, embedded rows, histories and exports', async () => {
	const row = await good(get(`contacts/${contact.id}`));
	assert.deepEqual(Object.keys(row).sort(), ['company_id', 'first_name', 'id', 'last_name', 'sales_id', 'tags', 'title']);
	const paths = ['contacts', `contacts/${contact.id}`, 'contacts_summary', `contacts/${contact.id}/history`,
		`contacts/${contact.id}/history?as_of=2999-01-01T00:00:00Z`, 'deals?embed=["company"]', `deals/${deal.id}`,
		`deals/${deal.id}/history`, 'contacts/export', 'contacts/export?format=ndjson', 'deals/export', 'crm/deals'];
	for (const path of paths) {
		const rs = await get(path);
		assert.equal(rs.status, 200, `${path}: ${rs.text}`);
		assert.match(rs.text, /Lovelace|Engine/, path);
		assert.ok(!tells(rs), `${path}: ${rs.text}`);
		assert.ok(tells(await get(path, boss)), `the owner, ${path}`);
	}
	const many = await rep.browser.post('/api/contacts/get-many', { ids: [contact.id] });
	assert.deepEqual(many.json, [row]);
	assert.equal((await get('contacts')).headers['content-range'], 'contacts 0-0/1');
	assert.equal((await get('contacts/export?format=vcard')).status, 400);
	const note = await make('contact_notes', { contact_id: contact.id, text: 'Met' });
	assert.equal((await good(get(`contact_notes/${note.id}`))).text, 'Met', 'a row of a limited one');
	const embedded = await good(get(`contact_notes/${note.id}?embed=["contact"]`));
	assert.deepEqual(Object.keys(embedded.contact).sort(), Object.keys(row).sort());
});

test('filters, sorts, groups and searches on hidden fields are refused', async () => {
	for (const path of [`contacts?filter={"background":"${SECRET}"}`, 'contacts?sort=["background","ASC"]',
		'contacts?fields=["background"]', `contacts?filter={"q":"${SECRET}"}`, 'contacts?filter={"email_fts@ilike":"x"}',
		'contacts?filter={"@or":{"background@ilike":"secret"}}', 'deals/aggregate?values=["sum:amount"]',
		'deals/aggregate?group=["amount"]', 'deals?filter={"amount@gt":5}', 'deals?filter={"q":"Engine"}',
		'contacts/export?fields=["background"]', 'contacts/export?fields=["email_work"]']) {
		const rs = await get(path);
		assert.ok([400, 422].includes(rs.status), `${path}: ${rs.text}`);
		assert.ok((await get(path, boss)).status < 300, path);
	}
	assert.deepEqual((await good(get('deals/aggregate?group=["stage"]'))).map((g) => g.count), [1]);
	assert.equal((await good(get('contacts?filter={"last_name":"Lovelace"}&sort=["first_name","ASC"]'))).length, 1);
});

test('no other route shows the hidden fields', async () => {
	const path = `contacts/${contact.id}`;
	await good(boss.browser.patch(`/api/${path}`, { background: `${SECRET} again` }));
	for (const at of [`search?q=Lovelace`, `search?q=${SECRET}`, `timeline?filter={"contact_id":${contact.id}}`, 'timeline',
		'trash', 'duplicates', 'changes', 'merges', 'imports', 'audit_log']) {
		const rs = await get(at);
		assert.ok(!tells(rs) && !rs.text.includes('Lovelace'), `${at}: ${rs.text.slice(0, 500)}`);
	}
	const query = (sql, who = rep) => who.browser.post('/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call',
		params: { name: 'query', arguments: { sql } } });
	for (const sql of ['SELECT * FROM contacts', 'SELECT last_name FROM contacts', 'SELECT d.*, c.* FROM deals d, contacts c']) {
		const rs = await query(sql);
		assert.equal(rs.status, 200, rs.text);
		assert.ok(!tells(rs) && !rs.text.includes('Lovelace'), rs.text);
		assert.match((await query(sql, boss)).text, /Lovelace/);
	}
	assert.match((await query('SELECT name FROM companies')).text, /Engines/, 'another resource');
	const { key } = await good(rep.browser.post('/api/auth/api-key/create', { name: 'phone' }));
	const book = (secret) => fetch(`${process.env.BASE}/carddav/books/contacts/`, { method: 'PROPFIND', headers: {
		depth: '1', authorization: `Basic ${Buffer.from(`phone:${secret}`).toString('base64')}` } }).then((rs) => rs.text());
	const card = /\/carddav\/books\/contacts\/[^<]+\.vcf/;
	assert.doesNotMatch(await book(key), card);
	assert.match(await book((await good(boss.browser.post('/api/auth/api-key/create', { name: 'phone' }))).key), card);
	const { url } = await good(rep.browser.post('/api/calendar_feeds', { tasks: 'event', view: 'all' }), 201);
	await make('tasks', { contact_id: contact.id, text: 'Call', due_date: new Date(Date.now() + 3600e3).toISOString() });
	const calendar = (await rep.browser.get(new URL(url).pathname)).text;
	assert.match(calendar, /BEGIN:VCALENDAR/);
	assert.doesNotMatch(calendar, /Lovelace|SUMMARY:Call/);
	const stream = (await get('changes/stream?after=0')).text;
	assert.doesNotMatch(stream, new RegExp(`"contacts"|${contact.id}\\b.*"contacts"`));
	const twin = await make('contacts', { first_name: 'Ada', last_name: 'Lovelace', background: SECRET });
	for (const at of ['merge_contacts', 'merge_contacts/preview']) {
		const rs = await rep.browser.post(`/api/${at}`, { winnerId: contact.id, loserId: twin.id });
		assert.ok(rs.status >= 400 && !tells(rs), rs.text);
	}
	assert.deepEqual((await good(rep.browser.post('/api/duplicates/check',
		{ resource: 'contacts', candidate: { first_name: 'Ada', last_name: 'Lovelace' } })) ?? []).length ?? 0, 0);
	await good(boss.browser.delete(`/api/contacts/${twin.id}`));
});

test('fields that are not writable are not changed', async () => {
	const at = `/api/contacts/${contact.id}`;
	const refused = async (asked, field) => {
		const rs = await asked;
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.errors?.[field], rs.text);
	};
	await refused(rep.browser.patch(at, { title: 'Queen' }), 'title');
	await refused(rep.browser.patch(at, { background: 'x' }), 'background');
	await refused(rep.browser.patch(at, { email_jsonb: [] }), 'email_jsonb');
	await refused(rep.browser.post('/api/contacts', { last_name: 'New', title: 'Dr' }), 'title');
	await refused(rep.browser.post('/api/contacts/bulk', { filter: { id: [contact.id] }, set: { title: 'Queen' }, max: 5 }), 'set.title');
	await refused(rep.browser.post('/api/contacts/bulk', { filter: { id: [contact.id] }, set: { title: 'Queen' } }), 'max');
	await refused(rep.browser.send('PATCH', `/api/contacts?filter={"id":[${contact.id}]}`, { title: 'Queen' }), 'title');
	await refused(rep.browser.post('/api/batch', { operations: [
		{ method: 'PATCH', resource: 'contacts', id: contact.id, data: { title: 'Queen' } }] }), 'operations[0].title');
	// If a page sends back the whole row, only the permitted fields are changed.
	const row = await good(rep.browser.get(at));
	const changed = await good(rep.browser.put(at, { ...row, first_name: 'Augusta' }));
	assert.deepEqual(changed, { ...row, first_name: 'Augusta' });
	const whole = await good(boss.browser.get(at));
	assert.deepEqual([whole.first_name, whole.title, whole.background], ['Augusta', 'Countess', `${SECRET} again`]);
	const made = await make('contacts', { first_name: 'Charles', last_name: 'Babbage' }, rep);
	assert.deepEqual(Object.keys(made).sort(), Object.keys(row).sort());
	const moved = await rep.browser.post(`/api/deals/${deal.id}/move`, { stage: 'won', index: 0 });
	assert.equal(moved.status, 200, moved.text);
	assert.ok(!tells(moved), moved.text);
	assert.equal(moved.json[0].stage, 'won');
	assert.equal((await good(boss.browser.get(`/api/deals/${deal.id}`))).amount, 987654);
});

test('routes that change one field require the permission on the field', async () => {
	const refused = async (path, body, field) => {
		const rs = await rep.browser.post(`/api/${path}`, body);
		assert.equal(rs.status, 422, `${path}: ${rs.text}`);
		assert.ok(rs.json.errors?.[field], rs.text);
	};
	const task = await make('tasks', { contact_id: contact.id, text: 'Call', sales_id: rep.me.id });
	const put = { ...limited, 'tasks.update': ['text'], 'deals.update': ['name', 'index'] };
	await grant(put);
	await refused(`tasks/${task.id}/snooze`, { minutes: 5 }, 'remind_at');
	await refused(`deals/${deal.id}/move`, { stage: 'opportunity', index: 0 }, 'stage');
	assert.equal((await good(get(`deals/${deal.id}`))).stage, 'won');
	assert.equal((await rep.browser.post(`/api/deals/${deal.id}/move`, { stage: 'won', index: 0 })).status, 200, 'where it is');
	assert.equal((await rep.browser.post(`/api/deals/${deal.id}/move`, { index: 0 })).status, 200);
	await refused(`deals/${deal.id}/unarchive`, undefined, 'archived_at');
	await grant({ ...put, 'deals.read': ['name', 'index'] });
	await refused(`deals/${deal.id}/move`, { stage: 'won', index: 0 }, 'stage');
	await refused(`deals/${deal.id}/move`, { before_id: deal.id }, 'stage');
	await grant({ ...put, 'deals.read': ['name', 'stage', 'index'], 'deals.update': ['name', 'stage'] });
	await refused(`deals/${deal.id}/move`, { index: 0 }, 'index');
	const row = await good(get(`deals/${deal.id}`));
	assert.equal((await good(rep.browser.put(`/api/deals/${deal.id}`, { ...row, index: 7, name: 'Engine 2' }))).name, 'Engine 2');
	await grant(limited);
});

test('times and attendees of an appointment are separate fields', async () => {
	const meeting = await make('appointments', { title: 'Demo', starts_local: '2031-01-01T10:00', ends_local: '2031-01-01T11:00',
		attendees: [{ email: 'a@example.test' }] });
	await grant({ ...limited, 'appointments.update': ['title'] });
	const at = `/api/appointments/${meeting.id}`;
	const row = await good(rep.browser.get(at));
	assert.equal((await good(rep.browser.put(at, { ...row, title: 'Show' }))).title, 'Show');
	for (const [field, value] of [['attendees', []], ['starts_local', '2031-01-01T09:00'], ['ends_local', '2031-01-01T12:00'],
		['starts_at', '2031-01-01T01:00:00Z']]) {
		const rs = await rep.browser.patch(at, { [field]: value });
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.errors[field], rs.text);
	}
	const now = await good(boss.browser.get(at));
	assert.deepEqual([now.attendees, now.starts_at], [row.attendees, row.starts_at]);
	await grant(limited);
});

test('a field that the server fills in does not count as a change by the user', async () => {
	await grant({ crm: all, 'contacts.update': ['last_name', 'tags'] });
	const rs = await rep.browser.patch(`/api/contacts/${contact.id}`, { last_name: 'King' });
	assert.equal(rs.status, 200, rs.text);
	await good(rep.browser.patch(`/api/contacts/${contact.id}`, { last_name: 'Lovelace' }));
	assert.equal((await rep.browser.patch(`/api/contacts/${contact.id}`, { title: 'Dr' })).status, 422);
	assert.match((await good(get(`contacts/${contact.id}`))).background, new RegExp(SECRET), 'all fields are visible');
	assert.match((await get('search?q=Lovelace')).text, /Lovelace/, 'also where fields cannot be left out');
	const rename = async (who) => use(await keyOf(who, { mcp: ['read', 'write'] }), 'mutate',
		{ sql: `UPDATE contacts SET title = 'Dr' WHERE id = ${contact.id}` });
	assert.match((await rename(rep)).text, /^0 rows/);
	assert.equal((await good(get(`contacts/${contact.id}`, boss))).title, 'Countess');
	assert.match((await rename(boss)).text, /^1 row/);
	await good(boss.browser.patch(`/api/contacts/${contact.id}`, { title: 'Countess' }));
	await grant(limited);
});

test('values that are computed from hidden fields are hidden', async () => {
	const metrics = (who) => good(get('daily_metrics?days=1', who)).then(([day]) => day.revenue);
	await make('deals', { name: 'Sold', stage: 'won', amount: 5, company_id: company.id });
	await good(boss.browser.post('/api/daily_metrics/recompute', { days: 1 }));
	assert.notEqual(await metrics(boss), 0);
	assert.equal(await metrics(rep), 0);
	await make('automation_rules', { name: 'Follow', trigger_type: 'contact.updated', trigger_config: {},
		action_type: 'create_task', action_config: { type: 'call', text: SECRET, due_in_days: 1 } });
	await good(boss.browser.patch(`/api/contacts/${contact.id}`, { status: 'hot' }));
	assert.match((await get('automation_runs', boss)).text, new RegExp(SECRET));
	assert.deepEqual(await good(get('automation_runs')), []);
});

test('the trash shows no fields, and the user who deleted a row can restore it', async () => {
	const lost = await make('contacts', { first_name: 'Lost', last_name: SECRET }, boss);
	assert.equal((await rep.browser.delete(`/api/contacts/${lost.id}`)).status, 200);
	const [entry] = await good(get(`trash?filter={"row_id":${lost.id}}`));
	assert.equal(entry.title, null);
	assert.equal((await rep.browser.post(`/api/trash/${entry.id}/restore`, {})).status, 200);
	const note = await make('contact_notes', { contact_id: lost.id, text: 'x' }, rep);
	assert.equal((await rep.browser.delete(`/api/contact_notes/${note.id}`)).status, 200);
	assert.equal((await rep.browser.delete(`/api/contacts/${lost.id}`)).status, 200);
	const [child] = await good(get(`trash?filter={"row_id":${note.id}}`));
	const rs = await rep.browser.post(`/api/trash/${child.id}/restore`, {});
	assert.equal(rs.status, 409);
	assert.ok(!tells(rs), rs.text);
});

test('the refusal of a taken value does not name the other row', async () => {
	const { config } = await good(boss.browser.get('/api/configuration/1'));
	await good(boss.browser.put('/api/configuration/1', { config: { ...config, uniqueCompanyNames: 'refuse' } }));
	await grant({ ...limited, 'companies.read': ['sector', 'name'] });
	const rs = await rep.browser.post('/api/companies', { name: 'Engines' });
	assert.equal(rs.status, 409, rs.text);
	assert.equal(rs.json.existing, undefined);
	await good(boss.browser.put('/api/configuration/1', { config }));
	await grant(limited);
});

test('resource limits do not affect sales and views', async () => {
	const [row] = await good(get('contacts?embed=["sales"]'));
	assert.ok(row.sales?.first_name, JSON.stringify(row));
	const made = await good(rep.browser.post('/api/batch', { operations: [
		{ method: 'PATCH', resource: 'contacts', id: contact.id, data: { first_name: 'Augusta' } },
		{ method: 'POST', resource: 'views', data: { resource: 'contacts', name: 'Mine' } }] }));
	assert.equal(made.results.length, 2);
});

test('reminders contain only visible fields', async () => {
	const soon = (ms) => new Date(Date.now() + ms).toISOString();
	const row = { contact_id: contact.id, sales_id: rep.me.id, remind_at: soon(36e5), due_date: soon(9e6) };
	await make('tasks', { ...row, text: `Call ${SECRET}`, type: 'call' });
	await grant({ crm: all, 'contacts.read': ['first_name'], 'tasks.read': ['type', 'due_date'] });
	sql(`SET session_replication_role = replica; SET app.org_id = '${boss.organization.id}';
		UPDATE crm.tasks SET remind_at = remind_at - interval '61 min' WHERE remind_at > now();
		UPDATE ops.reminder SET due_at = due_at - interval '61 min'`);
	const jobs = startJobs();
	const mails = () => sql(`SELECT data->>'title', data->>'place' FROM ops.mail WHERE template = 'reminder' AND recipient = $1`, rep.email);
	try {
		await until(() => mails().length > 0, 15000);
	} finally {
		await jobs.stop();
	}
	assert.deepEqual(mails(), [['call', 'Augusta']]);
	await grant(limited);
});

test('a second role that permits only creating does not lift the limit on updates', async () => {
	const { members } = await good(boss.browser.get('/api/auth/organization/list-members'));
	const memberId = members.find((m) => m.userId === rep.id).id;
	await wire('create-role', { role: 'intake', permission: { contacts: ['create'] } });
	await wire('update-member-role', { memberId, role: 'rep,intake' });
	assert.equal((await rep.browser.patch(`/api/contacts/${contact.id}`, { title: 'Queen' })).status, 422);
	await wire('update-member-role', { memberId, role: 'rep' });
});

test('contacts do not show the name of a hidden company', async () => {
	await grant({ crm: all, 'companies.read': ['sector'] });
	for (const path of ['contacts', `contacts/${contact.id}`, 'contacts/export', 'contacts/export?format=ndjson', 'contacts?embed=["company"]']) {
		const rs = await get(path);
		assert.equal(rs.status, 200, rs.text);
		assert.ok(!rs.text.includes('Engines'), `${path}: ${rs.text}`);
	}
	assert.equal((await get('contacts?filter={"company_name@ilike":"eng"}')).status, 400);
	await grant({ crm: all, 'companies.read': ['sector'], 'contacts.read': ['company_name'] });
	assert.equal((await good(get(`contacts/${contact.id}`))).company_name, 'Engines', 'a list that names it');
	await grant(limited);
});

test('a bulk change is undone as far as the field limits allow', async () => {
	const at = `contacts/${contact.id}`;
	const set = (fields) => good(rep.browser.post('/api/contacts/bulk', { filter: { id: [contact.id] }, set: fields, max: 5 }));
	await grant(limited);
	const bulk = await set({ last_name: 'Byron' });
	assert.equal((await good(rep.browser.post(`/api/bulk_changes/${bulk.id}/undo`, {}))).undone, 1);
	assert.equal((await good(get(at))).last_name, 'Lovelace');
	await grant({ crm: all });
	const other = await set({ background: `${SECRET} other` });
	await grant(limited);
	const rs = await rep.browser.post(`/api/bulk_changes/${other.id}/undo`, { keep: true });
	assert.equal(rs.status, 422, rs.text);
	await grant({ crm: all });
	assert.equal((await good(rep.browser.post(`/api/bulk_changes/${other.id}/undo`, {}))).undone, 1, 'it was not used up');
	await grant(limited);
});

// Postgres would report only the first of these fields.
test('a change of several fields that are not writable names all of them, also custom fields', async () => {
	const { key: object } = await make('object_definitions', { label: 'Machine', plural: 'Machines' });
	const custom = { one: 'x', two: 'x', open: 'x' }, names = ['custom.one', 'custom.two'];
	const rows = { contacts: ['title', { last_name: 'Fixed' }], companies: ['city', { name: 'Fixed' }], deals: ['description', { name: 'Fixed', stage: 'opportunity' }],
		tasks: ['text', { contact_id: contact.id, type: 'none', due_date: '2030-01-01' }], [`custom_${object}`]: ['sales_id', { name: 'Fixed' }] };
	const scopes = {};
	for (const [resource, [plain, row]] of Object.entries(rows)) {
		for (const key of Object.keys(custom))
			await make('field_definitions', { resource, key, kind: 'text', label: key });
		scopes[`${resource}.update`] = [...Object.keys(row), 'custom.open'];
		row.id = (await make(resource, { ...row, ...plain === 'sales_id' ? {} : { [plain]: 'was' }, custom })).id;
	}
	await grant({ crm: all, ...scopes });
	const { key } = await good(boss.browser.post('/api/auth/api-key/create', { permissions: { '*': ['create', 'read', 'update'], ...scopes } }));
	const byKey = (method, path, body) => send(method, path, { headers: { 'x-api-key': key }, body });
	const byRole = (method, path, body) => rep.browser.send(method, path, body);
	for (const [resource, [plain, { id, ...row }]] of Object.entries(rows)) {
		const at = `/api/${resource}`, body = { [plain]: plain === 'sales_id' ? null : 'is', custom: { one: 'y', two: null, open: 'y' } };
		for (const [ask, status, code] of [[byRole, 422, 'role'], [byKey, 403, 'key_scope']]) {
			const refused = async (method, path, sent, fields) => {
				const rs = await ask(method, path, sent), about = `${method} ${path} ${rs.text}`;
				assert.equal(rs.status, status, about);
				assert.deepEqual(Object.keys(rs.json.errors).sort(), [...fields].sort(), about);
				assert.ok(rs.json.faults.every((fault) => fault.code === code), about);
			};
			await refused('PATCH', `${at}/${id}`, body, [plain, ...names]);
			await refused('PATCH', `${at}/${id}`, { custom: body.custom }, names);
			await refused('PUT', `${at}/${id}`, { ...row, ...body }, [plain, ...names]);
			await refused('PATCH', `${at}?filter={"id":[${id}]}`, body, [plain, ...names]);
			await refused('POST', at, { ...row, custom }, names);
			const whole = { ...row, [plain]: plain === 'sales_id' ? boss.me.id : 'is', custom };
			await refused('POST', at, whole, [plain, ...names]);
			await refused('POST', '/api/batch', { operations: [{ method: 'POST', resource, data: whole }] }, [plain, ...names].map((name) => `operations[0].${name}`));
			await refused('POST', '/api/batch', { operations: [{ method: 'PATCH', resource, id, data: body }] }, [plain, ...names].map((name) => `operations[0].${name}`));
			// The same values are no change, and a new row has the permitted ones.
			await good(ask('PATCH', `${at}/${id}`, { custom }));
			assert.deepEqual((await good(ask('POST', at, { ...row, custom: { open: 'x' } }), 201)).custom, { open: 'x' });
		}
		assert.equal((await good(boss.browser.patch(`${at}/${id}`, body)))[plain], body[plain]);
	}
	await grant(limited);
});

test('inbound emails from a limited user are stored', async () => {
	for (const permission of [limited, { crm: all, 'contacts.update': ['last_name'] }, { crm: all, 'companies.read': ['name'] }]) {
		await grant(permission);
		const rs = await bring(mail(rep.email, `new${++n}@client.example`));
		assert.equal(rs.status, 200, rs.text);
	}
	await grant(limited);
});

test('limits do not affect tags, and the owner of a row is a field', async () => {
	const rs = await rep.browser.post('/api/batch', { operations: [{ method: 'POST', resource: 'tags', data: { name: 'new', color: '#fff' } },
		{ method: 'PATCH', resource: 'contacts', id: contact.id, data: { first_name: 'Augusta' } }] });
	assert.equal(rs.status, 200, rs.text);
	await grant({ ...limited, 'contacts.read': [...limited['contacts.read'], 'tag_names'], 'contacts.update': ['sales_id', 'tags'] });
	assert.equal((await get('contacts/export')).status, 200);
	assert.equal((await good(rep.browser.patch(`/api/contacts/${contact.id}`, { sales_id: rep.me.id }))).sales_id, rep.me.id);
	await grant(limited);
});

test('a changed role applies from the next request on, and the fields of several roles are combined', async () => {
	await grant({ ...limited, 'contacts.read': [...limited['contacts.read'], 'background'] });
	assert.match((await good(get(`contacts/${contact.id}`))).background, new RegExp(SECRET));
	assert.equal((await good(rep.browser.patch(`/api/contacts/${contact.id}`, { background: 'By rep' }))).background, 'By rep');
	await grant({ crm: all });
	assert.ok('email_jsonb' in await good(get(`contacts/${contact.id}`)));
	assert.deepEqual((await good(get('me'))).grants, boss.me.grants && { crm: Object.fromEntries(all.map((a) => [a, 'all'])) });
	await grant({ crm: all, 'contacts.read': [] });
	assert.deepEqual(Object.keys(await good(get(`contacts/${contact.id}`))).sort(), ['id', 'sales_id']);
	const { members } = await good(boss.browser.get('/api/auth/organization/list-members'));
	const memberId = members.find((m) => m.userId === rep.id).id;
	await wire('create-role', { role: 'titles', permission: { contacts: ['read'], 'contacts.read': ['title'] } });
	await wire('update-member-role', { memberId, role: 'rep,titles' });
	assert.deepEqual(Object.keys(await good(get(`contacts/${contact.id}`))).sort(), ['id', 'sales_id', 'title']);
	await wire('update-member-role', { memberId, role: 'rep,viewer' });
	assert.ok('email_jsonb' in await good(get(`contacts/${contact.id}`)), 'a role without a list');
	await wire('update-member-role', { memberId, role: 'rep' });
	await grant(limited);
});

test('unknown fields are refused, and a limited user can grant only their own fields', async () => {
	await grant({ ...limited, 'contacts.read': ['last_name', 'salary'] }, 400);
	await grant({ ...limited, 'contacts.delete': ['last_name'] }, 400);
	await grant({ ...limited, 'crm.read': ['last_name'] }, 400);
	await wire('create-role', { role: 'lead', permission: { ...limited, ac: ['create', 'read', 'update', 'delete'],
		member: ['update'], invitation: ['create'] } });
	const lead = await member(boss, 'lead');
	let n = 0;
	const make = async (permission) => (await lead.browser.post('/api/auth/organization/create-role',
		{ role: `made ${++n}`, permission })).status;
	assert.equal(await make({ contacts: ['read'], 'contacts.read': ['title'], 'contacts.update': [] }), 200);
	assert.equal(await make({ contacts: ['read'] }), 403, 'without a limit');
	assert.equal(await make({ contacts: ['read'], 'contacts.read': ['background'] }), 403);
	assert.equal(await make({ tasks: ['read'] }), 200);
	assert.equal((await lead.browser.post('/api/invites', { role: 'member' })).status, 422);
});

test('an explanation of permissions names the fields', async () => {
	const { fields, actions } = await good(get(`access/explain?resource=contacts&user=${rep.me.id}&id=${contact.id}`, boss));
	assert.deepEqual(fields.update, ['company_id', 'first_name', 'last_name']);
	assert.equal(actions.find(({ action }) => action === 'update').allowed, true);
	assert.equal((await good(get(`access/explain?resource=contacts&user=${boss.me.id}`, boss))).fields, null);
});

test('an API key has the same field limits as its user', async () => {
	const { key } = await good(rep.browser.post('/api/auth/api-key/create', { name: 'k' }));
	const rs = await fetch(`${process.env.BASE}/api/contacts/${contact.id}`, { headers: { 'x-api-key': key } });
	assert.equal(rs.status, 200);
	assert.deepEqual(Object.keys(await rs.json()).sort(),
		['company_id', 'first_name', 'id', 'last_name', 'sales_id', 'tags', 'title']);
});
