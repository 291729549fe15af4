// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Uniqueness settings: every way to write a row refuses, or warns about, the same values.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startJobs } from '../lib/files.mjs';
import { bring, call, errors, take } from '../lib/imports.mjs';
import { keyOf, use } from '../lib/mcp.mjs';
import { owner } from '../lib/people.mjs';

const jobs = startJobs();
after(() => jobs.stop());

let me, browser, key, n = 0;

before(async () => {
	me = await owner('unique');
	({ browser } = me);
	key = await keyOf(me, { mcp: ['read', 'write'] });
});

const configure = async (config) => {
	const rs = await browser.put('/api/configuration/1', { config });
	assert.equal(rs.status, 200, rs.text);
};
const quoted = (value) => `'${typeof value === 'object' ? JSON.stringify(value) : value}'`;

// For each setting: the resource, the field, its column in a file, and a row with a value. `other` returns a row with
// the same value in a different notation.
const rules = {
	uniqueContactEmails: { resource: 'contacts', member: 'email_jsonb', column: 'email_work',
		row: (value) => ({ last_name: `Any ${++n}`, email_jsonb: [{ email: `${value}@same.test`, type: 'Work' }] }),
		other: (value) => ({ last_name: `Any ${++n}`, email_jsonb: [{ email: `first${++n}@free.test`, type: 'Home' },
			{ email: ` ${value.toUpperCase()}@same.test`, type: 'Work' }].slice(n % 2) }),
		file: (value) => `last_name,email_work\nFile ${++n},${value}@same.test\n` },
	uniqueCompanyNames: { resource: 'companies', member: 'name',
		row: (value) => ({ name: `${value} Ltd` }),
		other: (value) => ({ name: ` ${value.toUpperCase()} LTD ` }),
		file: (value) => `name\n${value} ltd\n`, plan: { match_by: null } },
	uniqueCompanyDomains: { resource: 'companies', member: 'website',
		row: (value) => ({ name: `Any ${++n}`, website: `https://${value}.test` }),
		other: (value) => ({ name: `Any ${++n}`, website: `http://www.${value.toUpperCase()}.test/about` }),
		file: (value) => `name,website\nFile ${++n},https://${value}.test\n` },
};

// Every way to create a row with the value, or to give the value to a row. Returns the response.
const ways = {
	POST: ({ resource, other }, value) => browser.post(`/api/${resource}`, other(value)),
	PATCH: async ({ resource, member, row, other }, value) => {
		const free = await browser.post(`/api/${resource}`, row(`free${++n}`));
		return browser.patch(`/api/${resource}/${free.json.id}`, { [member]: other(value)[member] });
	},
	batch: ({ resource, other }, value) => browser.post('/api/batch', { operations: [
		{ method: 'POST', resource, data: other(value) }] }),
	bulk: async ({ resource, member, row, other }, value) => {
		const free = await browser.post(`/api/${resource}`, row(`free${++n}`));
		return browser.post(`/api/${resource}/bulk`, { ids: [free.json.id], set: { [member]: other(value)[member] } });
	},
};

for (const [setting, rule] of Object.entries(rules)) {
	const { resource, member, row } = rule;
	const first = async (value) => {
		const rs = await browser.post(`/api/${resource}`, row(value));
		assert.equal(rs.status, 201, rs.text);
		assert.equal(rs.headers['x-duplicate-of'], undefined);
		return rs.json;
	};
	const insert = (value) => {
		const fields = rule.other(value);
		return use(key, 'mutate', { sql: `INSERT INTO ${resource} (${Object.keys(fields)})
			VALUES (${Object.values(fields).map(quoted)}) RETURNING id` });
	};

	for (const choice of ['refuse', 'warn', 'allow'])
		test(`${setting}: ${choice}, in every way of writing`, async () => {
			await configure({ [setting]: choice });
			for (const [way, write] of Object.entries(ways)) {
				const value = `${choice}${way}`.toLowerCase() + ++n;
				const { id } = await first(value);
				const rs = await write(rule, value);
				if (choice === 'refuse') {
					assert.equal(rs.status, 409, `${way}: ${rs.text}`);
					assert.equal(rs.json.type, '/problems/duplicate');
					assert.ok(rs.json.errors[{ batch: `operations[0].${member}`, bulk: `set.${member}` }[way] ?? member], `${way}: ${rs.text}`);
					assert.equal(rs.json.existing.resource, resource);
					assert.equal(rs.json.existing.id, id);
					assert.ok(rs.json.existing.name);
					assert.equal(rs.headers['x-duplicate-of'], undefined);
				} else {
					assert.ok(rs.status < 300, `${way}: ${rs.text}`);
					assert.equal(rs.headers['x-duplicate-of'], choice === 'warn' ? `${resource}/${id}` : undefined, way);
				}
			}
			const value = `${choice}mcp${++n}`, { id } = await first(value);
			const mutated = await insert(value);
			assert.equal(Boolean(mutated.failed), choice === 'refuse', mutated.text);
			if (choice === 'refuse')
				assert.ok(mutated.text.includes(String(id)), mutated.text);
		});

	for (const choice of ['refuse', 'warn', 'allow'])
		test(`${setting}: ${choice}, in an import`, async () => {
			await configure({ [setting]: choice });
			const value = `import${++n}`;
			const { id } = await first(value);
			const options = { resource, plan: { match_by: 'external_id', mapping: undefined } };
			const file = rule.file(value).replace(/^/, 'external_id,').replace(/\n(?=.)/, `\nx${n},`);
			const preview = await call(me, 'GET', `/api/imports/${(await take(me, file, options)).id}/preview`);
			const [line] = preview.json.rows;
			const done = await bring(me, file, options);
			assert.deepEqual([done.created, done.failed, done.duplicates],
				{ refuse: [0, 1, 0], warn: [1, 0, 1], allow: [1, 0, 0] }[choice]);
			assert.equal(line.outcome, choice === 'refuse' ? 'failed' : 'created');
			if (choice === 'allow')
				assert.equal(line.problem, null);
			else
				assert.ok(line.problem.includes(String(id)), line.problem);
			if (choice === 'refuse')
				assert.ok((await errors(me, done.id)).includes(`(${id})`));
		});

	test(`${setting}: a batch with taken, new and repeated values imports the new ones`, async () => {
		await configure({ [setting]: 'refuse' });
		const known = Array.from({ length: 5 }, () => `known${++n}`), fresh = [`fresh${++n}`, `fresh${++n}`];
		const taken = await Promise.all(known.map(first));
		const lines = [...known, ...fresh, ...fresh].map((value) => rule.file(value).split('\n'));
		const extra = resource === 'contacts' ? ',company' : '';
		const csv = [lines[0][0] + extra, ...lines.map(([, line], i) => line + (extra && `,Of line ${i}`))].join('\n') + '\n';
		const done = await bring(me, csv, { resource, plan: { match_by: null, mapping: undefined } });
		assert.deepEqual([done.created, done.failed], [2, 7], JSON.stringify(done));
		const reasons = await errors(me, done.id);
		for (const row of taken)
			assert.ok(reasons.includes(`(${row.id})`), reasons);
		assert.equal(reasons.match(/ is taken by /g).length, 7, reasons);
		if (extra) {
			const { json } = await browser.get('/api/companies');
			assert.deepEqual(json.map(({ name }) => name).filter((name) => name.startsWith('Of line')).sort(),
				['Of line 5', 'Of line 6'], 'of imported lines only');
		}
	});

	test(`${setting}: one of 20 concurrent creations succeeds`, async () => {
		await configure({ [setting]: 'refuse' });
		const all = await Promise.all(Array.from({ length: 20 }, () => browser.post(`/api/${resource}`, rule.other('race'))));
		assert.deepEqual(all.map((rs) => rs.status).sort(), [201, ...Array(19).fill(409)]);
	});

	test(`${setting}: existing duplicates are kept, and restored from the trash and by an undo`, async () => {
		await configure({});
		const a = await first(`old${setting}`), b = await first(`old${setting}`);
		await configure({ [setting]: 'refuse' });
		const { [member]: same, ...rest } = b;
		const kept = await browser.patch(`/api/${resource}/${b.id}`, { [member]: same, sales_id: rest.sales_id });
		assert.equal(kept.status, 200, kept.text);
		const gone = await browser.post(`/api/${resource}/bulk`, { ids: [b.id], delete: true });
		assert.equal(gone.status, 200, gone.text);
		const undone = await browser.post(`/api/bulk_changes/${gone.json.id}/undo`, {});
		assert.equal(undone.status, 200, undone.text);
		assert.equal((await browser.get(`/api/${resource}/${b.id}`)).status, 200);
		const changed = await browser.post(`/api/${resource}/bulk`, { ids: [b.id], set: { [member]: row(`else${++n}`)[member] } });
		assert.equal(changed.status, 200, changed.text);
		assert.equal((await browser.post(`/api/bulk_changes/${changed.json.id}/undo`, {})).status, 200);
		if (resource === 'contacts') {
			const merged = await browser.post('/api/merge_contacts', { loserId: b.id, winnerId: a.id });
			assert.equal(merged.status, 200, merged.text);
			assert.equal((await browser.post(`/api/merges/${merged.json.mergeId}/undo`, {})).status, 200);
		}
		const still = await browser.post(`/api/${resource}`, row(`old${setting}`));
		assert.equal(still.json.existing.id, a.id, 'the oldest one');
	});
}

test('mail providers, empty values and other organizations do not count', async () => {
	await configure({ uniqueContactEmails: 'refuse', uniqueCompanyDomains: 'refuse' });
	const stranger = await owner('stranger');
	for (const who of [browser, browser, stranger.browser])
		assert.equal((await who.post('/api/companies', { name: `Mail ${++n}`, website: 'https://gmail.com' })).status, 201);
	for (let i = 0; i < 2; i++)
		assert.equal((await browser.post('/api/contacts', { last_name: 'None', email_jsonb: [{ email: '', type: 'Work' }] })).status, 201);
	const one = { last_name: 'One', email_jsonb: [{ email: 'one@two.test', type: 'Work' }] };
	for (const who of [browser, stranger.browser])
		assert.equal((await who.post('/api/contacts', one)).status, 201);
	const twice = await browser.post('/api/contacts', { last_name: 'Twice', email_jsonb: [
		{ email: 'twice@two.test', type: 'Work' }, { email: 'Twice@two.test', type: 'Home' }] });
	assert.equal(twice.status, 201, twice.text);
});

test('an unknown setting is refused', async () => {
	for (const value of ['no', null, true, 1, {}]) {
		const rs = await browser.put('/api/configuration/1', { config: { uniqueCompanyNames: value } });
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.errors['config.uniqueCompanyNames'], rs.text);
	}
});
