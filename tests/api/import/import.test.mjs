// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_IMPORT_ROWS=2100
// Imports: preview, import, error file and undo.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { send, startJobs } from '../lib/files.mjs';
import { bring, call, counts, errors, fingerprint, look, take, turn } from '../lib/imports.mjs';
import { member, owner } from '../lib/people.mjs';

const jobs = startJobs();
after(() => jobs.stop());
const me = await owner('imports');
const other = await owner('others');

const rows = (what, where, order = 'id') => sql(`SELECT ${what} FROM crm.${where} ORDER BY ${order}`);
const mine = (table) => `${table} WHERE org_id = '${me.organization.id}'`;
const post = async (path, body, who = me) => {
	const rs = await call(who, 'POST', path, body);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};

test('a file can contain only rows of resources that roles may import', async () => {
	const described = sql(`SELECT name FROM ops.resource WHERE description->'grants'->'actions' ? 'import'`).flat();
	assert.ok(described.length > 5);
	const { json: catalogue } = await call(me, 'GET', '/api/catalogue');
	for (const resource of described.filter((one) => one !== 'records')) {
		assert.equal(catalogue[resource].actions.includes('import'), true, resource);
		assert.equal((await take(me, 'name\nOne\n', { resource })).resource, resource);
	}
	for (const resource of ['records', 'sales', 'views', 'json-contacts', "x'"]) {
		const rs = await send(me, `/api/imports?resource=${encodeURIComponent(resource)}`, { headers: { 'content-type': 'text/csv' }, body: 'name\nOne\n' });
		assert.equal(rs.status, 422, `${resource} ${rs.text}`);
		assert.ok(rs.json.errors.resource, rs.text);
	}
	assert.equal((await call(me, 'POST', '/api/import_mappings', { name: 'x', resource: 'custom_nothing', columns: ['a'], mapping: ['name'] })).status, 422);
});

test('P01 the delimiter, encoding and header are detected, and columns are mapped by name', async () => {
	const table = [['Vorname', 'Nachname', 'E-Mail address', 'Firma', 'whatever'],
		['Zoë', 'Mü;"l,ler', 'zoe@müller.test', 'Café\r\nCentral', '1']];
	for (const [delimiter, encoding, encode] of [
		[',', 'UTF-8', (s) => Buffer.from(s)],
		[';', 'windows-1252', (s) => Buffer.from(s, 'latin1')],
		['\t', 'UTF-16LE', (s) => Buffer.from('\ufeff' + s, 'utf16le')],
		['|', 'UTF-16BE', (s) => Buffer.from('\ufeff' + s, 'utf16le').swap16()],
		[',', 'UTF-8', (s) => Buffer.from('\ufeff' + s)]]) {
		const text = table.map((row) => row.map((c) => `"${c.replaceAll('"', '""')}"`)
			.join(delimiter)).join('\r\n');
		const made = await take(me, encode(text));
		assert.deepEqual([made.delimiter, made.encoding, made.has_header],
			[delimiter, encoding, true]);
		assert.deepEqual(made.columns, table[0]);
		assert.deepEqual(made.mapping,
			['first_name', 'last_name', 'email_work', 'company', null]);
		const { json } = await call(me, 'GET', `/api/imports/${made.id}/preview`);
		assert.deepEqual(json.rows[0].values, { first_name: 'Zoë', last_name: 'Mü;"l,ler',
			email_work: 'zoe@müller.test', company: 'Café\r\nCentral' });
	}
	const bare = await take(me, 'a@x.test,1\nb@x.test,2\n');
	assert.deepEqual([bare.has_header, bare.columns], [false, ['column 1', 'column 2']]);
});

test('P01 the preview shows twenty rows as they would be imported, and writes nothing', async () => {
	const before = fingerprint(me.organization.id);
	const text = 'first_name,last_name,email_work,first_seen,tags,company\n'
		+ Array.from({ length: 30 }, (_, n) => `F${n},L${n},${n === 3 ? 'nobody'
			: `P${n}@Preview.test`},${n === 4 ? '2026-02-30' : '2026-01-31'},"a, b",New`)
			.join('\n');
	const { id } = await take(me, text);
	const { json, status } = await call(me, 'GET', `/api/imports/${id}/preview`);
	assert.equal(status, 200);
	assert.equal(json.rows.length, 20);
	assert.equal((await call(me, 'GET', `/api/imports/${id}/preview?limit=200`)).json.rows.length, 30);
	const many = await take(me, 'email_work\n' + Array.from({ length: 300 }, (_, n) => `m${n}@x.test`).join('\n'));
	assert.equal((await call(me, 'GET', `/api/imports/${many.id}/preview?limit=200`)).json.rows.length, 200);
	assert.equal((await call(me, 'GET', `/api/imports/${id}/preview?limit=all`)).status, 400);
	assert.deepEqual([json.rows[0].outcome, json.rows[0].problem, json.rows[0].data.company_name,
		json.rows[0].data.email_jsonb, json.rows[0].data.tags.length],
	['created', null, 'New', [{ email: 'p0@preview.test', type: 'Work' }], 2]);
	assert.match(json.rows[3].problem, /^email_work: "nobody" is not an email address/);
	assert.deepEqual(json.rows[3].problems, [{ field: 'email_work', code: 'import_not_an_address', arguments: ['nobody'],
		text: '"nobody" is not an email address' }]);
	assert.match(json.rows[4].problem, /^first_seen: "2026-02-30"/);
	assert.equal(json.rows[4].data, null);
	assert.equal(fingerprint(me.organization.id), before);
	assert.equal((await look(me, id)).state, 'uploaded');
});

test('P01 a check tries the whole file, writes nothing, and is forgotten when the plan changes', async () => {
	const before = fingerprint(me.organization.id);
	const text = 'first_name,last_name,email_work,company\n' + Array.from({ length: 1500 }, (_, n) =>
		`F${n},L${n},${n % 500 === 499 ? 'nobody' : `c${n}@check.test`},Checked\n`).join('');
	const { id } = await take(me, text, { plan: { match_by: 'email', mode: 'both' } });
	const done = await turn(me, id, 'check');
	assert.deepEqual([done.state, done.rows_read, counts(done)], ['uploaded', 1500, counts({ created: 1497, updated: 0, unchanged: 0, skipped: 0, failed: 3 })]);
	assert.notEqual(done.checked_at, null);
	assert.equal(fingerprint(me.organization.id), before);
	const failed = await errors(me, id);
	assert.equal(failed.match(/is not an email address/g).length, 3);
	assert.match(failed, /F1499/);
	const { json } = await call(me, 'PATCH', `/api/imports/${id}`, { mode: 'create' });
	assert.deepEqual([json.checked_at, json.rows_read, json.failed], [null, 0, 0]);
	assert.doesNotMatch(await errors(me, id), /F999/);
	await turn(me, id, 'check');
	const started = await turn(me, id, 'start');
	assert.deepEqual([started.state, started.created, started.failed], ['done', 1497, 3]);
	assert.equal((await errors(me, id)).match(/is not an email address/g).length, 3);
	assert.equal((await turn(me, id, 'undo')).state, 'undone');
	assert.equal(fingerprint(me.organization.id), before);
	assert.equal((await call(me, 'POST', `/api/imports/${id}/check`)).status, 409);
	const json_file = await take(me, '{"contacts":[{"id":1,"last_name":"A"}]}');
	assert.equal((await call(me, 'POST', `/api/imports/${json_file.id}/check`)).status, 422);
	const stopped = await take(me, text);
	await call(me, 'POST', `/api/imports/${stopped.id}/check`);
	const { json: now } = await call(me, 'POST', `/api/imports/${stopped.id}/cancel`);
	assert.deepEqual([now.state, now.rows_read, now.checked_at], ['uploaded', 0, null]);
});

test('P01 a check that fails says why, writes nothing, and does not change the file', async () => {
	const before = fingerprint(me.organization.id);
	const long = await take(me, 'last_name\n' + Array.from({ length: 2300 }, (_, n) => `M${n}\n`).join(''));
	const { state, error, rows_read, created, failed, checked_at } = await turn(me, long.id, 'check');
	assert.deepEqual([state, rows_read, created, failed, checked_at], ['uploaded', 0, 0, 0, null]);
	assert.match(error, /more rows than are allowed/);
	assert.equal((await call(me, 'POST', `/api/imports/${long.id}/undo`)).status, 409);
	assert.equal((await call(me, 'PATCH', `/api/imports/${long.id}`, { mode: 'create' })).json.error, null);
	assert.equal(fingerprint(me.organization.id), before);
});

test('P01 cells that our export escaped for spreadsheets are imported unescaped', async () => {
	const number = '+44 20 7946 0958';
	const made = await post('/api/contacts', { first_name: '=1+1', last_name: "'quoted", title: '＠home',
		background: '-x', phone_jsonb: [{ number, type: 'Work' }] });
	const rs = await me.browser.get(`/api/contacts/export?${new URLSearchParams({
		filter: JSON.stringify({ id: [made.id] }),
		fields: JSON.stringify(['first_name', 'last_name', 'title', 'background', 'phone_work']) })}`);
	assert.equal(rs.status, 200, rs.text);
	assert.match(rs.text, /"'=1\+1"/);
	const { id } = await take(me, rs.text);
	const { json } = await call(me, 'GET', `/api/imports/${id}/preview`);
	assert.deepEqual(json.rows[0].values, { first_name: '=1+1', last_name: "'quoted", title: '＠home',
		background: '-x', phone_work: number });
	assert.deepEqual(json.rows[0].data.phone_jsonb, [{ number, type: 'Work' }]);
});

test('P01 a saved mapping is applied to the next file with the same columns', async () => {
	await post('/api/import_mappings', { name: 'badges', resource: 'contacts',
		columns: ['Badge', 'Who'], mapping: ['external_id', 'last_name'] });
	const made = await take(me, 'Badge,Who\n1,x\n');
	assert.deepEqual(made.mapping, ['external_id', 'last_name']);
	assert.deepEqual((await take(other, 'Badge,Who\n1,x\n')).mapping, [null, null]);
	for (const mapping of [['first_name'], ['first_name', 'first_name'], ['salary', null], 'x'])
		assert.ok([400, 422].includes((await call(me, 'PATCH', `/api/imports/${made.id}`,
			{ mapping })).status));
});

test('P02 rows are imported in the background with counters, and only one start succeeds', async () => {
	const { id } = await take(me, 'first_name,last_name\n'
		+ Array.from({ length: 800 }, (_, n) => `First,P02 ${n}`).join('\n'));
	const all = await Promise.all(Array.from({ length: 4 }, () =>
		call(me, 'POST', `/api/imports/${id}/start`)));
	assert.deepEqual(all.map((rs) => rs.status).sort(), [200, 409, 409, 409]);
	let seen;
	do
		seen = await look(me, id);
	while (seen.state === 'running');
	assert.deepEqual([seen.state, seen.rows_read, seen.created, seen.percent, seen.rate > 0],
		['done', 800, 800, 100, true]);
	assert.deepEqual(rows('count(*), count(DISTINCT last_name)', mine('contacts')
		+ " AND last_name LIKE 'P02 %'", 1), [['800', '800']]);
	assert.equal((await call(me, 'PATCH', `/api/imports/${id}`, { mode: 'create',
		mapping: ['last_name', null] })).status, 409);
	assert.equal((await turn(me, id, 'undo')).undone, 800);
});

test('P02 a canceled import stops, and a file with too many rows fails', async () => {
	const text = (n) => 'last_name\n' + Array.from({ length: n }, (_, i) => `C${i}`).join('\n');
	const long = await take(me, text(2000));
	await call(me, 'POST', `/api/imports/${long.id}/start`);
	const stopped = await turn(me, long.id, 'cancel');
	assert.equal(stopped.state, 'canceled');
	assert.ok(stopped.rows_read < 2000);
	await turn(me, long.id, 'undo');
	const many = await bring(me, text(2300));
	assert.equal(many.state, 'failed');
	assert.match(many.error, /more rows than are allowed/);
	assert.equal((await turn(me, many.id, 'undo')).state, 'undone');
});

test('P03 failed rows are returned with columns and reason, and can be imported after correction', async () => {
	const text = 'Badge;First name;Last name;Email;Seen;Owner\r\n'
		+ '1;Good;P03;good@p03.test;2026-01-01;\r\n'
		+ '2;"Bad ""one""";P03;no address;2026-01-01;\r\n'
		+ '3;Long;P03;;yesterday;\r\n'
		+ `4;${'x'.repeat(600)};P03;;;\r\n`
		+ '5;Owned;P03;;;nobody@here.test\r\n'
		+ '6;More;P03;;;;a;b\r\n'
		+ '7;Quoted;P03;"x@p03.te"st;;\r\n'
		+ '8;Fine;P03;fine@p03.test;;\r\n';
	const plan = { mapping: ['external_id', 'first_name', 'last_name', 'email_work',
		'first_seen', 'owner'], mode: 'both', match_by: 'external_id' };
	const done = await bring(me, text, { plan });
	assert.deepEqual(counts(done), { created: 2, updated: 0, unchanged: 0, skipped: 0, failed: 6 });
	const file = await errors(me, done.id);
	const lines = file.trimEnd().split('\r\n');
	assert.equal(lines[0], '"Badge";"First name";"Last name";"Email";"Seen";"Owner";"reason"');
	assert.equal(lines[1], '"2";"Bad ""one""";"P03";"no address";"2026-01-01";"";'
		+ '"email_work: ""no address"" is not an email address"');
	for (const [n, reason] of [[2, /first_seen: ""yesterday""/], [3, /first_name: is not an/],
		[4, /owner: no user is called/], [5, /more cells than/], [6, /closing quote/]])
		assert.match(lines[n], reason);
	const fixed = file.replace('no address"', 'one@p03.test"').replace('yesterday', '2026-02-02')
		.replace(/x{600}/, 'Short').replace('nobody@here.test', me.email);
	const again = await bring(me, fixed, { plan: { ...plan, mapping: [...plan.mapping, null] } });
	assert.deepEqual([again.created, again.failed], [5, 1], await errors(me, again.id));
	const left = (await errors(me, again.id)).trimEnd().split('\r\n');
	assert.equal(left[0], lines[0], 'a corrected file that fails again has one column of reasons');
	assert.equal(left[1].match(/more cells than/g).length, 1);
	const whole = await bring(me, text.split('\r\n').slice(0, 2).join('\r\n'), { plan });
	assert.deepEqual(counts(whole), { created: 0, updated: 0, unchanged: 1, skipped: 0, failed: 0 });
	assert.deepEqual(rows('count(*)', mine('contacts') + " AND last_name = 'P03'", 1), [['7']]);
});

test('P04 rows are created, updated or both, by any key, and the plan defines the meaning of an empty cell', async () => {
	const contact = await post('/api/contacts', { first_name: 'Old', last_name: 'P04', title: 'CTO',
		email_jsonb: [{ email: 'a@p04.test', type: 'Work' }, { email: 'home@p04.test', type: 'Home' }] });
	const text = 'email_work,first_name,title\nA@p04.test,New,\nb@p04.test,Other,CEO\n';
	const go = async (plan, file = text) => counts(await bring(me, file, { plan }));
	const now = () => rows('first_name, title, email_jsonb::text', `contacts WHERE id = ${contact.id}`)[0];
	assert.deepEqual(await go({ mode: 'create', match_by: 'email' }),
		{ created: 1, updated: 0, unchanged: 0, skipped: 1, failed: 0 });
	assert.deepEqual(now()[0], 'Old');
	assert.deepEqual(await go({ mode: 'update', match_by: 'email' }, text + 'c@p04.test,No,\n'),
		{ created: 0, updated: 1, unchanged: 1, skipped: 0, failed: 1 });
	assert.deepEqual(now().slice(0, 2), ['New', 'CTO']);
	assert.deepEqual(JSON.parse(now()[2]).map((e) => e.email).sort(), ['a@p04.test', 'home@p04.test']);
	assert.deepEqual(await go({ mode: 'both', match_by: 'email', blank: 'null' }),
		{ created: 0, updated: 1, unchanged: 1, skipped: 0, failed: 0 });
	assert.deepEqual(now().slice(0, 2), ['New', '']);
	assert.deepEqual(await go({ mode: 'update', match_by: 'id' }, `id,title\n${contact.id},By id\n1,x\n`),
		{ created: 0, updated: 1, unchanged: 0, skipped: 0, failed: 1 });
	assert.deepEqual(await go({ mode: 'update', match_by: 'name' },
		'first_name,last_name,title\nNew,P04,By name\n'),
	{ created: 0, updated: 1, unchanged: 0, skipped: 0, failed: 0 });
	assert.equal(now()[1], 'By name');
	/* the second row with the same key finds the row that the first row created */
	assert.deepEqual(await go({ mode: 'both', match_by: 'external_id' },
		'external_id,last_name\nE1,one\nE1,two\nE1,two\n'),
	{ created: 1, updated: 1, unchanged: 1, skipped: 0, failed: 0 });
	/* another row keeps its external ID, and the ID of a deleted row is free */
	const taken = await bring(me, 'external_id,last_name\nE1,thief\nE2,new\nE2,again\n', { plan: { mode: 'create' } });
	assert.deepEqual(counts(taken), { created: 1, updated: 0, unchanged: 0, skipped: 0, failed: 2 });
	const faults = await errors(me, taken.id);
	assert.match(faults, /external_id.*E1 is taken/);
	const held = () => rows('c.last_name', `external_ids x JOIN crm.contacts c ON c.org_id = x.org_id AND c.id = x.row_id WHERE x.source = 'import' AND x.key = 'E1'`, 'c.id').flat();
	assert.deepEqual(held(), ['two']);
	const [[holder]] = rows('id::text', `contacts WHERE last_name = 'two'`);
	assert.equal((await call(me, 'DELETE', `/api/contacts/${holder}`)).status, 200);
	assert.deepEqual(await go({ mode: 'create' }, 'external_id,last_name\nE1,heir\n'),
		{ created: 1, updated: 0, unchanged: 0, skipped: 0, failed: 0 });
	assert.deepEqual(held(), ['heir']);
	for (const plan of [{ mode: 'update' }, { match_by: 'external_id' }, { mode: 'replace' }, { blank: '' }])
		assert.equal((await call(me, 'PATCH', `/api/imports/${(await take(me, text)).id}`, plan)).status,
			422, JSON.stringify(plan));
});

test('P05 an undo restores rows byte for byte, including updates, companies and tags', async () => {
	const company = await post('/api/companies', { name: 'P05 there' });
	const one = await post('/api/contacts', { first_name: 'Keep', last_name: 'P05', company_id: company.id,
		email_jsonb: [{ type: 'Work', email: 'keep@p05.test' }], last_seen: '2020-01-01T00:00:00.123456Z' });
	await post('/api/automation_rules', { name: 'greet', trigger_type: 'contact.created', trigger_config: {
		conditions: [{ field: 'last_name', op: 'eq', value: 'P05' }] }, action_type: 'create_task',
	action_config: { text: 'call', due_in_days: 1 } }).catch(() => {});
	// The time of the last change is excluded, because an undo sets it.
	const all = () => fingerprint(me.organization.id, 'updated_at');
	const before = all();
	const done = await bring(me, 'first_name,last_name,email_work,company,tags\n'
		+ 'Changed,P05,keep@p05.test,P05 new,"t1, t2"\nNew,P05,new@p05.test,P05 there,t3\n',
	{ plan: { mode: 'both', match_by: 'email' } });
	assert.deepEqual(counts(done), { created: 1, updated: 1, unchanged: 0, skipped: 0, failed: 0 });
	assert.notEqual(all(), before);
	const notes = await bring(me, 'contact,text,date\nkeep@p05.test,a note,2026-03-03\n',
		{ resource: 'contact_notes' });
	assert.equal(notes.created, 1, await errors(me, notes.id));
	assert.deepEqual(rows('last_seen::date', `contacts WHERE id = ${one.id}`), [['2026-03-03']]);
	assert.equal((await turn(me, notes.id, 'undo')).conflicts, 0);
	const undone = await turn(me, done.id, 'undo');
	assert.deepEqual([undone.state, undone.conflicts], ['undone', 0]);
	assert.equal(all().split('\n')
		.filter((line) => !line.startsWith('automation_runs')).join('\n'),
	before.split('\n').filter((line) => !line.startsWith('automation_runs')).join('\n'));
	assert.equal((await call(me, 'POST', `/api/imports/${done.id}/undo`)).status, 409);
});

test('P05 an undo reports rows that were changed after the import, and does not revert them', async () => {
	const done = await bring(me, 'first_name,last_name,company\n'
		+ 'A,P05b,P05b Inc\nB,P05b,P05b Ltd\nC,P05b,P05b Ltd\n');
	const [[a], [b]] = rows('id', mine('contacts') + " AND last_name = 'P05b'", 'first_name');
	await call(me, 'PATCH', `/api/contacts/${a}`, { title: 'Changed' });
	await post('/api/tasks', { contact_id: Number(b), text: 'mine' });
	const undone = await turn(me, done.id, 'undo');
	assert.deepEqual([undone.state, undone.undone, undone.conflicts], ['undone', 1, 4]);
	assert.deepEqual(rows("first_name, coalesce(title, '-')", mine('contacts')
		+ " AND last_name = 'P05b'", 1), [['A', 'Changed'], ['B', '-']]);
	const { json } = await call(me, 'GET', `/api/imports/${done.id}/conflicts`);
	assert.deepEqual(json.map((c) => c.resource).sort(), ['companies', 'companies', 'contacts', 'contacts']);
	assert.match(json.find((c) => c.id === Number(a)).reason, /changed after the import/);
	assert.match(json.find((c) => c.id === Number(b)).reason, /other rows refer to it/);
	assert.deepEqual([a, b].map((id) => json.find((c) => c.id === Number(id)).problems[0].code), ['import_row_changed', 'import_row_held']);
});

test('an undo does not change the rows of a contact with a legal hold', async () => {
	const held = await post('/api/contacts', { last_name: 'Held', email_jsonb: [{ type: 'Work', email: 'held@import.test' }] });
	const done = await bring(me, 'contact,text,date\nheld@import.test,kept,2026-03-03\n', { resource: 'contact_notes' });
	const [[note]] = rows('id', `contact_notes WHERE contact_id = ${held.id}`);
	await post('/api/contact_holds', { contact_id: held.id, reason: 'court order' });
	assert.equal((await turn(me, done.id, 'undo')).state, 'undone');
	assert.deepEqual(rows('id, text', `contact_notes WHERE contact_id = ${held.id}`), [[note, 'kept']]);
	const { json } = await call(me, 'GET', `/api/imports/${done.id}/conflicts`);
	assert.match(json.find((c) => c.resource === 'contact_notes' && c.id === Number(note)).reason, /legal hold/);
});

test('P06 companies, tags and owners are looked up by name, and found, created or ambiguous', async () => {
	for (const name of ['P06 Twice', 'P06 Twice', 'P06 Once'])
		await post('/api/companies', { name });
	await post('/api/tags', { name: 'p06 hot', color: '#123456' });
	const colleague = await member(me);
	const done = await bring(me, 'last_name,company,tags,owner\n'
		+ `P06,P06 Once,"p06 hot, p06 new",${colleague.email.toUpperCase()}\n`
		+ 'P06,P06 Fresh,p06 new,max member\nP06,P06 Twice,,\nP06,P06 Fresh,,\n');
	assert.deepEqual(counts(done), { created: 3, updated: 0, unchanged: 0, skipped: 0, failed: 1 });
	assert.match(await errors(me, done.id), /company: more than one company is called ""P06 Twice""/);
	assert.deepEqual(rows(`(SELECT name FROM crm.companies x WHERE x.id = company_id),
		coalesce((SELECT string_agg(name, ' ' ORDER BY name) FROM crm.tags t WHERE t.id = ANY (tags)), ''), sales_id`,
	mine('contacts') + " AND last_name = 'P06'", '1, 2 DESC'), [
		['P06 Fresh', 'p06 new', String(colleague.me.id)], ['P06 Fresh', '', String(me.me.id)],
		['P06 Once', 'p06 hot p06 new', String(colleague.me.id)]]);
	assert.deepEqual(rows('name, color', mine('tags') + " AND name LIKE 'p06%'", 1),
		[['p06 hot', '#123456'], ['p06 new', '#f9f9f9']]);
	sql('UPDATE identity.organization_member SET disabled = true WHERE organization_id = $1 AND user_id = $2', me.organization.id, colleague.id);
	const late = await bring(me, `last_name,owner\nP06 late,${colleague.email}\n`);
	assert.equal(late.failed, 1);
	assert.match(await errors(me, late.id), /owner: no user is called/);
	const deals = await bring(me, 'name,company,stage,amount,contacts\n'
		+ 'Big,P06 Once,won,1200,\nSmall,P06 Once,won,12.3456,\nCents,P06 Once,won,12.34,\n', { resource: 'deals' });
	assert.deepEqual(counts(deals).failed, 1);
	assert.match(await errors(me, deals.id), /amount: ""12.3456"" has more decimals than an amount in USD: 2/);
	assert.deepEqual(rows('amount', mine('deals') + " AND name = 'Cents'", 1), [['12.34']]);
});

test('the preview of a JSON file of more than 64 KiB contains its first rows', async () => {
	const contacts = Array.from({ length: 900 }, (_, n) => ({ id: n + 1, last_name: `Long ${n}`, background: 'x'.repeat(60) }));
	for (const [file, shown] of [[{ contacts }, 20], [{ companies: [{ id: 1, name: 'é'.repeat(40000) }], contacts }, 0]]) {
		const text = JSON.stringify(file);
		assert.ok(Buffer.byteLength(text) > 65536);
		const { id } = await take(me, text);
		const rs = await call(me, 'GET', `/api/imports/${id}/preview`);
		assert.equal(rs.status, 200, rs.text);
		assert.deepEqual(rs.json.rows.map((row) => [row.outcome, row.data.last_name]),
			contacts.slice(0, shown).map((row) => ['created', row.last_name]));
	}
});

const FILE = { sales: [{ id: 10, email: 'jane@json.test', first_name: 'Jane', last_name: 'Doe' }],
	companies: [{ id: 1, name: 'JSON Inc', size: 120, sales_id: 10 },
		{ id: 2, name: 'JSON Ltd', sales_id: 99 }],
	contacts: [{ id: 5, first_name: 'Ann', company_id: 1, sales_id: 10, tags: ['json'],
		emails: [{ email: 'Ann@json.test', type: 'Work' }], gender: 'female',
		created_at: '2025-01-01T00:00:00Z' }, { id: 6, last_name: 'Bob', company_id: 2 }],
	notes: [{ sales_id: 10, contact_id: 5, text: 'hello', date: '2025-02-02T00:00:00.000Z',
		attachments: [{ url: 'https://files.test/a.pdf', name: 'a.pdf' }] },
	{ sales_id: 10, contact_id: 77, text: 'lost', date: '2025-02-02' }],
	tasks: [{ sales_id: 10, contact_id: 6, text: 'call', due_date: '2027-01-01' }] };

test('acceptance 88: a JSON file maps its ids, and an unknown contact fails only its note', async () => {
	const who = await owner('json');
	const before = fingerprint(who.organization.id);
	/* the lists are read in a fixed order, regardless of their order in the file */
	const done = await bring(who, JSON.stringify(Object.fromEntries(Object.entries(FILE).reverse())));
	assert.deepEqual(counts(done), { created: 7, updated: 0, unchanged: 0, skipped: 0, failed: 1 });
	const report = JSON.parse(await errors(who, done.id));
	assert.deepEqual([report.length, report[0].resource, report[0].row.text], [1, 'notes', 'lost']);
	const org = `org_id = '${who.organization.id}'`;
	assert.equal(String(rows(`first_name, (SELECT name FROM crm.companies x WHERE x.id = company_id),
		(SELECT email FROM crm.sales s WHERE s.id = sales_id), email_jsonb->0->>'email', first_seen::date`,
	`contacts WHERE ${org} AND first_name = 'Ann'`)),
	'Ann,JSON Inc,jane@json.test,ann@json.test,2025-01-01');
	assert.equal(String(rows('name, coalesce(size, 0), sales_id', `companies WHERE ${org}`, 1)
		.map(([name, size, s]) => [name, size, s === String(who.me.id)])),
	'JSON Inc,250,false,JSON Ltd,0,true');
	assert.deepEqual(rows("attachments[1]->>'src'", `contact_notes WHERE ${org}`), [['https://files.test/a.pdf']]);
	const undone = await turn(who, done.id, 'undo');
	assert.deepEqual([undone.state, undone.conflicts], ['undone', 0]);
	assert.equal(fingerprint(who.organization.id), before);
});

test('acceptance 89: only an administrator can import users', async () => {
	const boss = await owner('jsonboss');
	const who = await member(boss);
	const done = await bring(who, JSON.stringify(FILE));
	assert.equal(done.failed, 2);
	assert.deepEqual(JSON.parse(await errors(who, done.id)).map((e) => e.resource).sort(), ['notes', 'sales']);
	assert.deepEqual(rows('DISTINCT sales_id', `contacts WHERE org_id = '${boss.organization.id}'`, 1),
		[[String(who.me.id)]]);
	const broken = await bring(boss, '{"sales":[{"id":1}, ');
	assert.deepEqual([broken.state, broken.rows_read], ['failed', 0]);
});

test('P07 a vCard file is imported the same way', async () => {
	const done = await bring(me, 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Grace Hopper\r\nN:Hopper;Grace;;;\r\n'
		+ 'EMAIL;TYPE=WORK:grace@navy.test\r\nEMAIL;TYPE=WORK:second@navy.test\r\nORG:Navy\r\n'
		+ 'CATEGORIES:admirals\r\nEND:VCARD\r\n');
	assert.deepEqual([done.format, done.created], ['vcard', 1], await errors(me, done.id));
	assert.deepEqual(rows("first_name, jsonb_array_length(email_jsonb)", mine('contacts')
		+ " AND last_name = 'Hopper'"), [['Grace', '2']]);
});

test('P07 a vCard file is checked completely, and nothing is written', async () => {
	const card = (n) => `BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Card ${n}\r\nN:Card;${n};;;\r\nEND:VCARD\r\n`;
	const file = await take(me, Array.from({ length: 600 }, (_, n) => card(n)).join(''));
	const { state, rows_read, created, failed, checked_at } = await turn(me, file.id, 'check');
	assert.deepEqual([state, rows_read, created, failed], ['uploaded', 600, 600, 0]);
	assert.notEqual(checked_at, null);
	assert.deepEqual(rows('first_name', mine('contacts') + " AND last_name = 'Card'"), []);
});

test('P01 the columns of common address books are mapped automatically', async () => {
	const V = ['first_name', 'last_name', 'company', 'title', 'email_work', 'phone_other'];
	for (const [columns, mapping, resource = 'contacts'] of [
		// Google, new and old format
		['First Name,Middle Name,Last Name,Organization Name,Organization Title,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value',
			['first_name', 'middle_name', 'last_name', 'company', 'title', 'background', 'tags', 'email_label', 'email_work', 'email_label', 'email_work', 'phone_label', 'phone_work']],
		['Name,Given Name,Additional Name,Family Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Name,Organization 1 - Title',
			['full_name', 'first_name', 'middle_name', 'last_name', 'tags', 'email_label', 'email_work', 'phone_label', 'phone_work', 'company', 'title']],
		// Outlook in four languages
		['Title,First Name,Last Name,Company,Job Title,E-mail Address,E-mail 2 Address,Mobile Phone,Home Phone,Business Phone,Categories',
			[null, 'first_name', 'last_name', 'company', 'title', 'email_work', 'email_other', 'phone_other', 'phone_home', 'phone_work', 'tags']],
		['Vorname,Weitere Vornamen,Nachname,Firma,Position,E-Mail-Adresse,E-Mail 2: Adresse,Mobiltelefon,Telefon (privat),Telefon geschäftlich,Kategorien',
			['first_name', 'middle_name', 'last_name', 'company', 'title', 'email_work', 'email_other', 'phone_other', 'phone_home', 'phone_work', 'tags']],
		['Prénom,Nom,Société,Fonction,Adresse de messagerie,Tél. mobile,Téléphone (domicile),Téléphone (bureau),Catégories',
			['first_name', 'last_name', 'company', 'title', 'email_work', 'phone_other', 'phone_home', 'phone_work', 'tags']],
		['Nombre,Apellidos,Empresa,Puesto,Dirección de correo electrónico,Teléfono móvil,Teléfono particular,Teléfono del trabajo,Categorías',
			['first_name', 'last_name', 'company', 'title', 'email_work', 'phone_other', 'phone_home', 'phone_work', 'tags']],
		// HubSpot
		['Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Company Name,Job Title,Mobile Phone Number',
			['external_id', 'first_name', 'last_name', 'email_work', 'phone_work', null, 'company', 'title', 'phone_other']],
		['Datensatz-ID,Vorname,Nachname,E-Mail,Telefonnummer,Unternehmensname,Mobiltelefonnummer',
			['external_id', 'first_name', 'last_name', 'email_work', 'phone_work', 'company', 'phone_other']],
		["Prénom,Nom,E-mail,Numéro de téléphone,Nom de l'entreprise,Intitulé de poste", ['first_name', 'last_name', 'email_work', 'phone_work', 'company', 'title']],
		['Nombre,Apellidos,Correo,Número de teléfono,Nombre de la empresa,Cargo', ['first_name', 'last_name', 'email_work', 'phone_work', 'company', 'title']],
		['Record ID,Deal Name,Deal Stage,Close Date,Amount,Associated Company,Associated Contact',
			['external_id', 'name', 'stage', 'expected_closing_date', 'amount', 'company', 'contacts'], 'deals'],
		['Record ID,Company name,Phone Number,City,Country/Region,Industry,Company Domain Name,Number of Employees,Annual Revenue',
			['external_id', 'name', 'phone_number', 'city', 'country', 'sector', 'website', 'size', 'revenue'], 'companies'],
		// Salesforce, whose files contain its own IDs
		['Id,AccountId,LastName,FirstName,Phone,MobilePhone,HomePhone,Email,Title,OwnerId', ['external_id', null, 'last_name', 'first_name', 'phone_work', 'phone_other', 'phone_home',
			'email_work', 'title', null]],
		['First Name,Last Name,Account Name,Title,Email,Mobile', [V[0], V[1], V[2], V[3], V[4], V[5]]],
		['Vorname,Nachname,Firmenname,Titel,E-Mail,Mobil', V], ['Prénom,Nom de famille,Nom du compte,Titre,Adresse e-mail,Téléphone mobile', V],
		['Nombre,Apellidos,Nombre de la cuenta,Título,Correo electrónico,Móvil', [V[0], V[1], V[2], null, V[4], V[5]]],
		['Opportunity Name,Account Name,Stage,Amount,Close Date', ['name', 'company', 'stage', 'amount', 'expected_closing_date'], 'deals'],
		// Pipedrive
		['Person - ID,Person - Name,Person - Email - Work,Person - Email - Home,Person - Phone - Work,Person - Phone - Mobile,Person - Organization,Person - Label',
			['external_id', 'full_name', 'email_work', 'email_home', 'phone_work', 'phone_other', 'company', 'tags']],
		['Deal - ID,Deal - Title,Deal - Value,Deal - Stage,Deal - Expected close date,Deal - Organization,Deal - Contact person',
			['external_id', 'name', 'amount', 'stage', 'expected_closing_date', 'company', 'contacts'], 'deals'],
		['Person - Vorname,Person - Nachname,Person - E-Mail - Arbeit,Person - Telefon - Arbeit,Person - Organisation', ['first_name', 'last_name', 'email_work', 'phone_work', 'company']],
		['Personne - Prénom,Personne - Nom,Personne - E-mail - Travail,Personne - Téléphone - Travail,Personne - Organisation', ['first_name', 'last_name', 'email_work', 'phone_work', 'company']],
		['Persona - Nombre,Persona - Correo electrónico - Trabajo,Persona - Teléfono - Trabajo,Persona - Organización', ['first_name', 'email_work', 'phone_work', 'company']],
		// Zoho
		['Record Id,First Name,Last Name,Account Name,Email,Secondary Email,Title,Phone,Home Phone,Other Phone,Mobile,Tag',
			['external_id', 'first_name', 'last_name', 'company', 'email_work', 'email_other', 'title', 'phone_work', 'phone_home', 'phone_other', 'phone_other', 'tags']]])
		assert.deepEqual((await take(me, `${columns}\n${columns.replace(/[^,]+/g, 'x')}\n`, { resource })).mapping, mapping, columns);
});

test('P01 a row of a Google export becomes a contact with all addresses, numbers and labels', async () => {
	const file = await take(me, 'First Name,Middle Name,Last Name,Organization Name,Organization Title,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\n'
		+ 'Gina,,Gle,Alpha Ltd,CTO,,* myContacts ::: Friends,* Work,gina@x.example ::: gina.home@x.example,Mobile,+33 6 12 34 56 78 ::: 0612345679\n'
		+ 'Gino,de la,Gle,,,,* myContacts,Home,gino@x.example,,"06 11; 06 12, +33 6 13;ext=5"\n');
	await turn(me, file.id, 'start');
	assert.deepEqual(rows(`first_name, (SELECT name FROM crm.companies c WHERE c.id = company_id), title, email_jsonb, phone_jsonb,
		(SELECT string_agg(name, ',') FROM crm.tags t WHERE t.id = ANY (tags))`, mine('contacts') + " AND last_name = 'Gle'", 1).map((row) => row.map((cell) => {
		try {
			return JSON.parse(cell);
		} catch {
			return cell;
		}
	})), [['Gina', 'Alpha Ltd', 'CTO', [{ email: 'gina@x.example', type: 'Work' }, { email: 'gina.home@x.example', type: 'Work' }],
		[{ number: '+33 6 12 34 56 78', type: 'Other' }, { number: '0612345679', type: 'Other' }], 'Friends'],
	['Gino de la', null, null, [{ email: 'gino@x.example', type: 'Home' }],
		[{ number: '06 11', type: 'Work' }, { number: '06 12', type: 'Work' }, { number: '+33 6 13;ext=5', type: 'Work' }], null]].map((row) => row.map((cell) => cell ?? '')));
	const names = await take(me, 'Name,E-mail\n"Lovelace, Ada",a@names.example\nCharles Babbage,\nPlato,\n');
	assert.deepEqual((await call(me, 'GET', `/api/imports/${names.id}/preview`)).json.rows.map(({ values: v }) => [v.first_name, v.last_name]),
		[['Ada', 'Lovelace'], ['Charles', 'Babbage'], [undefined, 'Plato']]);
	const several = await take(me, 'last_name,email_work\nx,"a@several.example, nobody"\n');
	assert.match((await call(me, 'GET', `/api/imports/${several.id}/preview`)).json.rows[0].problem, /is not an email address/);
});

test('P01 a line that declares the separator, and lines before the columns, are not rows', async () => {
	const sep = await take(me, 'sep=;\r\nFirst name;Last name;Email\r\nSepa;Line;sepa@x.example\r\n');
	assert.deepEqual([sep.delimiter, sep.skip, sep.columns], [';', 1, ['First name', 'Last name', 'Email']]);
	const [{ values }] = (await call(me, 'GET', `/api/imports/${sep.id}/preview`)).json.rows;
	assert.deepEqual(values, { first_name: 'Sepa', last_name: 'Line', email_work: 'sepa@x.example' });
	const report = 'Contacts, "of March\n\nFirst name|Last name\nSkip|Lines\n';
	const made = await take(me, report, { skip: 2 });
	assert.deepEqual([made.delimiter, made.columns], ['|', ['First name', 'Last name']]);
	assert.deepEqual([(await turn(me, made.id, 'start')).created, rows('first_name', mine('contacts') + " AND last_name = 'Lines'")], [1, [['Skip']]]);
	for (const skip of ['x', '101', '-1'])
		assert.ok([400, 422].includes((await send(me, `/api/imports?skip=${skip}`, { headers: { 'content-type': 'text/csv' }, body: report })).status), skip);
});

test('P01 dates are read in one order, which can be chosen if the dates are ambiguous', async () => {
	const preview = async (dates, plan, resource = 'deals', field = 'expected_closing_date') => {
		const { id } = await take(me, `name;stage;${field}\n${dates.map((date) => `D;lost;"${date}"`).join('\n')}\n`, { resource, plan });
		return (await call(me, 'GET', `/api/imports/${id}/preview`)).json.rows.map(({ values, problem }) => problem?.replace(/^.*?" /, '') ?? values[field]);
	};
	const clear = ['2026-12-31', '2026/12/31', '31.12.2026', '31/12/2026', '12/31/2026', '31-12-2026', '31.12.26', '31-Dec-26', '31 décembre 2026', '31. Dez. 2026', '31 de diciembre de 2026',
		'December 31, 2026', '46387', '46387.75', '2026-12-31 00:00:00', '2026-12-31 14:22', '12/31/2026 2:22 PM', '31.12.2026 00:00', '2026-12-31T00:00:00Z', ' 2026-12-31 '];
	assert.deepEqual(await preview(clear.map((date) => date)), clear.map(() => '2026-12-31'));
	const order = 'can begin with the day or the month: choose the order of dates';
	assert.deepEqual(await preview(['03/04/2026', '3-4-26', '05/05/2026', '03.04.2026']), [order, order, '2026-05-05', '2026-04-03']);
	assert.deepEqual(await preview(['03/04/2026', '03.04.2026', '31/12/2026'], { date_order: 'mdy' }), ['2026-03-04', '2026-03-04', 'is not a valid date']);
	assert.deepEqual(await preview(['03/04/2026', '3-4-99'], { date_order: 'dmy' }), ['2026-04-03', '1999-04-03']);
	assert.deepEqual(await preview(['03/04/2026', '2026-04-03'], { date_order: 'ymd' }), ['is not a date such as 2026-01-31', '2026-04-03']);
	for (const bad of ['2026-02-30', '31.31.2026', '2026-13-01', '0000-01-01', '1234', '99999', 'soon', '31-Foo-26', '2026-12-31 25:00', '2026-12-31 13:00 PM', '31.12.2026x', '1/2', '2026-12-31T00:00:00+25:00'])
		assert.match((await preview([bad]))[0], /^is not a (date|valid date)/, bad);
	// A time without an offset is in the organization's time zone.
	const { json: { config } } = await call(me, 'GET', '/api/configuration/1');
	assert.equal((await call(me, 'PUT', '/api/configuration/1', { config, time_zone: 'Europe/Paris' })).status, 200);
	assert.deepEqual(await preview(['31.07.2026 10:00', '2026-07-31', '46234.5', '2026-07-31 10:00+02', '2026-10-25 02:30'], undefined, 'deals', 'created_at'),
		['2026-07-31T08:00:00+00:00', '2026-07-30T22:00:00+00:00', '2026-07-31T10:00:00+00:00', '2026-07-31T08:00:00+00:00', '2026-10-25T00:30:00+00:00']);
	assert.equal((await call(me, 'PUT', '/api/configuration/1', { config, time_zone: 'UTC' })).status, 200);
	const { id } = await take(me, 'last_name\nx\n');
	assert.ok([400, 422].includes((await call(me, 'PATCH', `/api/imports/${id}`, { date_order: 'ydm' })).status));
});

test('P01 cells that spreadsheets changed are repaired or refused, and columns without a field cause a warning', async () => {
	const { id } = await take(me, 'last_name;phone_work;external_id;Shoe size;Empty;background\n'
		+ 'Undone;"=""0123""";"=""007""";37;;=> see\nExponent;4.9E+11;1;38;;\nComma;4,9152E+11;2;;;\nLost;#REF!;3;;;\nNarrow;#####;4;;;\nFormula;=A2&B2;5;;;\nSum;"=SUM(A1:A2)";6;;;\n');
	const { json } = await call(me, 'GET', `/api/imports/${id}/preview`);
	assert.deepEqual(json.rows[0].values, { last_name: 'Undone', phone_work: '0123', external_id: '007', background: '=> see' });
	for (const { problem } of json.rows.slice(1))
		assert.match(problem, /^phone_work: ".+" is what a spreadsheet made of the value: set the format of the column to text/);
	const checked = await turn(me, id, 'check');
	assert.deepEqual(checked.unmapped, [{ column: 'Shoe size', rows: 2 }]);
	const done = await turn(me, id, 'start');
	assert.deepEqual([done.created, done.failed, done.unmapped], [1, 6, [{ column: 'Shoe size', rows: 2 }]]);
	for (const [head, kind] of [['PK\x03\x04', 'xlsx'], ['\xd0\xcf\x11\xe0\xa1\xb1', 'xls']]) {
		const rs = await send(me, '/api/imports', { headers: { 'content-type': 'text/csv' }, body: Buffer.from(`${head}rest`, 'latin1') });
		assert.equal(rs.status, 422, rs.text);
		assert.match(rs.json.detail, new RegExp(`a workbook \\(${kind}\\): .*save the sheet as CSV UTF-8`));
	}
});

test('P07 a vCard file may have any charset, and photos whose lines are not indented', async () => {
	const bytes = (text) => Buffer.from(text, 'latin1');
	const cyrillic = bytes('BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=Windows-1251:\xcf\xf3\xf8\xea\xe8\xed;\xc0\xeb\xe5\xea\xf1\xe0\xed\xe4\xf0;;;\r\nEND:VCARD\r\n');
	const named = async (file, options) => {
		const made = await take(me, file, options);
		assert.equal(made.format, 'vcard');
		return (await call(me, 'GET', `/api/imports/${made.id}/preview`)).json.rows.map(({ values: v, problem }) => problem ?? [v.first_name, v.last_name]);
	};
	assert.deepEqual(await named(cyrillic), [['Александр', 'Пушкин']]);
	const card = (value, params = '') => `BEGIN:VCARD\r\nVERSION:2.1\r\nN${params}:${value};;;\r\nEND:VCARD\r\n`;
	const text = card('Größe;Zoë');
	for (const file of [Buffer.from('\ufeff' + text, 'utf16le'), Buffer.from('\ufeff' + text, 'utf16le').swap16(), Buffer.from('\ufeff' + text), Buffer.from(text),
		bytes(text), bytes(card('Gr=F6=DFe;Zo=EB', ';CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE')), bytes(card('Gr\xf6\xdfe;Zo\xeb', ';CHARSET=utf-8')),
		Buffer.from(card('Größe;Zoë', ';CHARSET=iso-8859-1'))])
		assert.deepEqual(await named(file), [['Zoë', 'Größe']], String(file));
	assert.deepEqual(await named(bytes(card('\x93\xfa\x96\x7b;\x83\x5c', ';CHARSET=SHIFT_JIS'))), [['ソ', '日本']]);
	assert.deepEqual(await named(bytes(card('\xcf\xf3\xf8;\xc0')), { encoding: 'windows-1251' }), [['А', 'Пуш']]);
	const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
	const lines = picture.toString('base64').match(/.{1,30}/g).join('\r\n');
	for (const [name, params] of [['Blank', ';JPEG;ENCODING=BASE64'], ['Bare', ';PNG;BASE64'], ['B', ';TYPE=PNG;ENCODING=B']]) {
		const done = await bring(me, `BEGIN:VCARD\r\nVERSION:2.1\r\nN:Photo;${name};;;\r\nPHOTO${params}:\r\n${lines}\r\n${name === 'Blank' ? '\r\n' : ''}TEL:0124\r\nEND:VCARD\r\n`);
		assert.equal(done.created, 1, await errors(me, done.id));
	}
	const people = rows("avatar->>'type', phone_jsonb->0->>'number'", mine('contacts') + " AND last_name = 'Photo'");
	assert.deepEqual(people, Array(3).fill(['image/png', '0124']));
});

test('P07 an error in a vCard file names the card', async () => {
	const done = await bring(me, 'BEGIN:VCARD\r\nVERSION:3.0\r\nno value\r\nFN:Ada Lovelace\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:A Group\r\nKIND:group\r\nEND:VCARD\r\n'
		+ 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bad Address\r\nEMAIL:nobody\r\nEND:VCARD\r\n');
	assert.deepEqual([done.created, done.failed], [0, 3]);
	const told = JSON.parse(await errors(me, done.id));
	assert.deepEqual(told.map(({ reason, row }) => [reason.replace(/: "nobody".*/, ''), row.last_name]), [['the card of Ada Lovelace: line 3 has no value', 'Lovelace'],
		['the card of A Group: the card does not describe a person', 'Group'], [told[2].reason.replace(/: "nobody".*/, ''), 'Address']]);
});

test('P02 only current members can import rows', async () => {
	const boss = await owner('importboss');
	const gone = await member(boss);
	const { id } = await take(gone, 'last_name\nx\n');
	assert.equal((await call(other, 'POST', `/api/imports/${id}/start`)).status, 404);
	for (const path of ['', '/preview', '/errors', '/conflicts'])
		assert.equal((await call(other, 'GET', `/api/imports/${id}${path}`)).status, 404, path);
	sql(`BEGIN; SET LOCAL app.user_id = '${gone.id}'; SET LOCAL app.org_id = '${boss.organization.id}';
		UPDATE identity.organization_member SET disabled = true WHERE user_id = '${gone.id}';
		UPDATE crm.imports SET state = 'running', started_at = now() WHERE id = ${id}; COMMIT`);
	let now;
	do
		now = await look(boss, id);
	while (now.state === 'running');
	assert.deepEqual([now.state, now.created], ['failed', 0]);
	assert.match(now.error, /no longer a member/);
	assert.equal((await send(undefined, '/api/imports', { body: 'a' })).status, 401);
});
