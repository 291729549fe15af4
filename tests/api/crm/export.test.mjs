// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// List exports as CSV, NDJSON or vCard.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { test } from 'node:test';
import { fill, sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';
import { sanitized } from '../lib/workers.mjs';

const me = await owner('port');
const stranger = await owner('stranger');
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const url = (resource, parameters = {}) => `/api/${resource}/export?${new URLSearchParams(
	Object.fromEntries(Object.entries(parameters).map(([name, value]) =>
		[name, typeof value === 'string' ? value : JSON.stringify(value)])))}`;
const get = async (resource, parameters, who = me) => {
	const rs = await who.browser.get(url(resource, parameters));
	assert.equal(rs.status, 200, rs.text);
	return rs;
};
const create = async (resource, row, who = me) => {
	const rs = await who.browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const lines = (text) => text.trimEnd().split('\n').filter(Boolean).map((l) => JSON.parse(l));

// Parses CSV according to RFC 4180.
function read(text, delimiter = ',') {
	const rows = [];
	let row = [], cell = '', quoted = false;
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if (quoted && c === '"' && text[i + 1] === '"')
			cell += text[++i];
		else if (c === '"')
			quoted = !quoted;
		else if (!quoted && c === delimiter)
			row.push(cell), cell = '';
		else if (!quoted && c === '\r' && text[i + 1] === '\n') {
			rows.push([...row, cell]);
			row = [], cell = '', i++;
		} else
			cell += c;
	}
	assert.equal(cell, '', 'the last line ends with CRLF');
	const [names, ...others] = rows;
	return others.map((r) => {
		assert.equal(r.length, names.length);
		return Object.fromEntries(names.map((n, i) => [n, r[i]]));
	});
}

const company = await create('companies', { name: 'Acme, "Inc"' });
const tags = [await create('tags', { name: 'b', color: '#fff' }),
	await create('tags', { name: 'a', color: '#fff' })];
const ada = await create('contacts', { first_name: 'Ada', last_name: 'Lovelace', gender: 'female',
	title: 'Countess', background: 'two\nlines; and, more', company_id: company.id,
	tags: tags.map((t) => t.id), linkedin_url: 'https://www.linkedin.com/in/ada',
	avatar: { src: `data:image/png;base64,${PNG}` },
	email_jsonb: [{ email: 'ada@work.test', type: 'Work' }, { email: 'ada@home.test', type: 'Home' }],
	phone_jsonb: [{ number: '+44 20 7946', type: 'Home' }, { number: '07700', type: 'Other' }] });
await create('contacts', { first_name: '=cmd|\' /C calc\'!A0', last_name: '@SUM(1)' });
await create('contacts', { last_name: 'Theirs' }, stranger);

test('P29 a CSV file of contacts contains names instead of IDs', async () => {
	const rs = await get('contacts');
	assert.match(rs.headers['content-type'], /^text\/csv; charset=utf-8/);
	assert.equal(rs.headers['content-disposition'], 'attachment; filename="contacts.csv"');
	const rows = read(rs.text);
	assert.equal(rows.length, 2);
	const row = rows[0];
	const shown = (await me.browser.get(`/api/contacts/${ada.id}`)).json;
	for (const name of Object.keys(shown).filter((one) => one !== 'custom')) // custom fields are separate columns
		assert.ok(name.endsWith('_fts') !== ((name === 'avatar' ? 'avatar.src' : name) in row), name);
	assert.deepEqual(
		[row.id, row.company, row.tags, row.sales, row.email_work, row.email_home, row.email_other,
			row.phone_work, row.phone_home, row.phone_other, row.background, row.has_newsletter],
		[`${ada.id}`, 'Acme, "Inc"', 'b, a', 'port Person', 'ada@work.test', 'ada@home.test', '',
			'', '\'+44 20 7946', '07700', 'two\nlines; and, more', '']);
	assert.equal(row.first_seen, shown.first_seen ?? '');
	assert.equal(row['avatar.src'], shown.avatar.src);
	assert.deepEqual(JSON.parse(row.email_jsonb), shown.email_jsonb);
});

test('P29 no cell starts with a formula unless safe=0', async () => {
	const of = async (parameters) => read((await get('contacts',
		{ filter: { last_name: '@SUM(1)' }, fields: ['first_name', 'last_name'], ...parameters })).text);
	assert.deepEqual(await of(), [{ first_name: '\'=cmd|\' /C calc\'!A0', last_name: '\'@SUM(1)' }]);
	assert.deepEqual(await of({ safe: '0' }),
		[{ first_name: '=cmd|\' /C calc\'!A0', last_name: '@SUM(1)' }]);
	const other = await create('contacts', { last_name: 'Other' });
	const deal = await create('deals', { name: '-1', stage: 'opportunity', amount: 5, index: -5,
		contact_ids: [ada.id, other.id] });
	for (const name of ['\t=1', '\r=1', '+1', '\n=1', '＝1', '＋1', '－1', '＠SUM(1)'])
		await create('deals', { name, stage: 'opportunity' });
	const rows = read((await get('deals', { fields: ['id', 'name', 'index', 'contact_ids'] })).text);
	assert.deepEqual(rows[0], { id: `${deal.id}`, name: '\'-1', index: '-5',
		contact_ids: `${ada.id};${other.id}` });
	for (const row of rows.slice(1))
		assert.match(row.name, /^'/);
});

test('P29 filter, sort, fields, delimiter and byte order mark are applied', async () => {
	const rs = await get('contacts', { sort: ['first_name', 'DESC'], delimiter: ';', bom: '1',
		fields: ['id', 'company', 'tags'], filter: { 'tags@cs': [tags[0].id] } });
	assert.equal(rs.text, `\ufeffid;tags;company\r\n${ada.id};b, a;"Acme, ""Inc"""\r\n`);
	const names = read((await get('contacts', { sort: ['first_name', 'DESC'], delimiter: 'tab' })).text,
		'\t').map((r) => r.first_name);
	assert.equal(names[0], 'Ada');
	assert.equal(read((await get('contacts', { filter: { q: 'lovelace' } })).text).length, 1);
	for (const bad of [{ format: 'xlsx' }, { delimiter: 'x' }, { bom: 'yes' }, { fields: ['nothing'] },
		{ fields: ['photo'] }, { sort: ['nothing', 'ASC'] }, { filter: { nothing: 1 } }, { fields: [] },
		{ format: 'vcard', version: '5.0' }]) {
		const answer = await me.browser.get(url('contacts', bad));
		assert.equal(answer.status, 400, JSON.stringify(bad) + answer.text);
	}
	assert.equal((await me.browser.get(url('companies', { format: 'vcard' }))).status, 400);
});

test('P29 an NDJSON file contains the rows of the list, for all resources', async () => {
	for (const resource of ['contacts', 'companies', 'deals', 'tags', 'tasks', 'contact_notes',
		'deal_notes', 'sales', 'activity_log', 'contacts_summary', 'companies_summary', 'merges',
		'automation_rules', 'automation_runs', 'configuration']) {
		const rs = await get(resource, { format: 'ndjson' });
		assert.equal(rs.headers['content-type'], 'application/x-ndjson');
		const list = await me.browser.get(`/api/${resource}?range=[0,999]`);
		assert.equal(list.status, 200);
		assert.deepEqual(lines(rs.text), list.json, resource);
		read((await get(resource)).text);
	}
	const [row] = lines((await get('contacts', { format: 'ndjson', fields: ['id'], embed: ['company'],
		filter: { id: ada.id } })).text);
	assert.equal(row.company.name, 'Acme, "Inc"');
});

// Each parameter either changes the file or is refused.
test('P29 no parameter of an export is ignored, in any format', async () => {
	const boss = await owner('formats');
	const company = await create('companies', { name: '=Parts' }, boss);
	for (const [last_name, first_name] of [['Par', '=A'], ['Par', 'B,"'], ['Zed', 'C']])
		await create('contacts', { last_name, first_name, company_id: company.id }, boss);
	const view = await create('views', { resource: 'contacts', name: 'Par', filters: { last_name: 'Par' } }, boss);
	const document = JSON.parse((await boss.browser.get('/api/openapi.json')).text);
	const { parameters } = document.paths['/api/contacts/export'].get;
	const values = { filter: { last_name: 'Zed' }, sort: ['first_name', 'DESC'], view: String(view.id), delimiter: ';', bom: '1', safe: '0', version: '4.0', fields: ['last_name'], embed: ['company'] };
	assert.deepEqual(parameters.map(({ name }) => name).filter((name) => name && !['format', 'orgId'].includes(name)).sort(), Object.keys(values).sort());
	const refused = {};
	for (const format of ['csv', 'ndjson', 'vcard']) {
		const { text } = await get('contacts', { format }, boss);
		for (const [name, value] of Object.entries(values)) {
			const rs = await boss.browser.get(url('contacts', { format, [name]: value }));
			if (rs.status === 200)
				assert.notEqual(rs.text, text, `${format} ignores ${name}`);
			else {
				assert.deepEqual([rs.status, rs.json.code, Object.keys(rs.json.errors)], [400, 'param_of_format', [name]], rs.text);
				(refused[format] ??= []).push(name);
			}
		}
	}
	assert.deepEqual(refused, { csv: ['version', 'embed'], ndjson: ['delimiter', 'bom', 'safe', 'version'], vcard: ['delimiter', 'bom', 'safe', 'fields', 'embed'] });
});

test('P29 HEAD returns the headers, and other organizations get nothing', async () => {
	const head = await me.browser.send('HEAD', url('contacts'));
	assert.equal(head.status, 200);
	assert.equal(head.text, '');
	assert.equal(head.headers['content-disposition'], 'attachment; filename="contacts.csv"');
	assert.deepEqual(read((await get('contacts', {}, stranger)).text).map((r) => r.last_name), ['Theirs']);
	assert.equal((await stranger.browser.get(url('contacts', { orgId: me.organization.id }))).status, 403);
	assert.equal((await get('crm/contacts')).text, (await get('contacts')).text);
});

test('P07 vCards in version 3.0 and 4.0 contain all of a contact\'s data', async () => {
	for (const version of ['3.0', '4.0']) {
		const rs = await get('contacts', { format: 'vcard', version, filter: { id: [ada.id] } });
		assert.equal(rs.headers['content-type'], 'text/vcard; charset=utf-8');
		assert.equal(rs.headers['content-disposition'], 'attachment; filename="contacts.vcf"');
		for (const line of rs.text.split('\r\n'))
			assert.ok(Buffer.byteLength(line) <= 75, line);
		const card = rs.text.replaceAll('\r\n ', '').split('\r\n');
		assert.match(card.find((l) => l.startsWith('UID:')), /^UID:urn:uuid:[0-9a-f-]{36}$/);
		assert.deepEqual(card.filter((l) => !l.startsWith('UID:')), ['BEGIN:VCARD',
			`VERSION:${version}`, 'FN:Ada Lovelace', 'N:Lovelace;Ada;;;', 'ORG:Acme\\, "Inc"',
			'TITLE:Countess', 'EMAIL;TYPE=work:ada@work.test', 'EMAIL;TYPE=home:ada@home.test',
			'TEL;TYPE=home:+44 20 7946', 'TEL:07700', 'URL:https://www.linkedin.com/in/ada',
			'NOTE:two\\nlines\\; and\\, more', 'CATEGORIES:a,b',
			...version === '3.0' ? ['X-GENDER:female', `PHOTO;ENCODING=b;TYPE=png:${PNG}`]
				: ['GENDER:F', `PHOTO:data:image/png;base64,${PNG}`], 'END:VCARD', '']);
	}
	const all = await get('contacts', { format: 'vcard' });
	assert.equal(all.text.match(/^BEGIN:VCARD/gm).length, 3);
});

// Reads the first bytes of a response, calls act(), and then reads the rest.
function interrupted(browser, path, act) {
	return new Promise((resolve) => {
		let seen = 0, acted = false;
		const rq = http.get(process.env.BASE + path,
			{ headers: { cookie: browser.jar.header() } }, (rs) => {
				rs.on('data', (chunk) => {
					if (!acted)
						act();
					acted = true;
					seen += chunk.length;
				});
				rs.on('end', () => resolve({ whole: rs.complete, seen }));
				rs.on('error', () => resolve({ whole: false, seen }));
			});
		rq.on('error', () => resolve({ whole: false, seen }));
	});
}

const workers = () => execFileSync('pgrep', ['-P', process.env.WORKERS], { encoding: 'utf8' })
	.trim().split('\n').map(Number);
const memory = () => Math.max(...workers().map((pid) => Number(
	/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1])));

test('P29 an export of 20,000 rows needs no more memory than one page', async () => {
	const rows = 20000;
	fill(me.organization.id, `INSERT INTO crm.companies (org_id, name, description)
		SELECT '${me.organization.id}', 'c' || lpad(n::text, 6, '0'), repeat('x', 900)
		FROM generate_series(1, ${rows}) n`);
	const before = memory();
	for (const format of ['csv', 'ndjson']) {
		const rs = await get('companies', { format, sort: ['name', 'DESC'] });
		assert.equal(rs.text.trimEnd().split('\n').length, rows + 1 + (format === 'csv'));
		assert.ok(rs.text.length > 19e6);
	}
	const names = read((await get('companies', { sort: ['name', 'ASC'], fields: ['name'] })).text)
		.map((r) => r.name);
	assert.deepEqual(names, [...names].sort());
	assert.equal(new Set(names).size, rows + 1);
	if (!sanitized)
		assert.ok(memory() - before < 8000, `grew by ${memory() - before} KiB`);
});

test('P29 an interrupted export is visibly incomplete, and stops when the session ends', async () => {
	// Each page is sorted again, so that the export takes long enough.
	const path = url('companies', { format: 'ndjson', sort: ['description', 'ASC'] });
	const max = await member(me);
	const cut = await interrupted(max.browser, path, () =>
		sql('DELETE FROM identity.session WHERE user_id = $1', max.id));
	assert.equal(cut.whole, false);
	assert.ok(cut.seen > 0);
	assert.equal((await max.browser.get(path)).status, 401);
});
