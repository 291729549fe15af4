// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Upserts by fields whose values a setting makes unique, and the number of fields by which a batch can match.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { owner } from '../lib/people.mjs';

let browser;

const good = async (asked, status = 200) => {
	const rs = await asked;
	assert.equal(rs.status, status, rs.text);
	return rs.json;
};
const refused = async (asked, status, code, field) => {
	const rs = await asked;
	assert.deepEqual([rs.status, rs.json.code], [status, code], rs.text);
	assert.ok(rs.json.errors[field], rs.text);
};
const upsert = (resource, match, body) => browser.put(`/api/${resource}?match=${match}`, body);
const batch = (operations) => browser.post('/api/batch', { operations });
const emails = (...all) => ({ email_jsonb: all.map((email) => ({ email, type: 'Work' })) });
const configure = (setting, rule) => good(browser.patch('/api/configuration/1', { config: { [setting]: rule } }));
// The resource, the field and its setting; two spellings of one value, and another value.
const CASES = [
	['contacts', 'email_jsonb', 'uniqueContactEmails', emails('ada@engines.test').email_jsonb, emails('ADA@Engines.test', 'second@engines.test').email_jsonb,
		emails('charles@engines.test').email_jsonb],
	['companies', 'name', 'uniqueCompanyNames', 'Analytical Engines', ' analytical engines ', 'Difference Engines'],
	['companies', 'website', 'uniqueCompanyDomains', 'https://engines.test/a', 'http://www.Engines.test', 'https://looms.test'],
];
const bodyOf = (resource, field, value) => ({ ...resource === 'companies' && field !== 'name' && { name: JSON.stringify(value) }, [field]: value });

before(async () => {
	({ browser } = await owner('upserts'));
});

test('a field that no setting makes unique is refused, with the setting', async () => {
	for (const [resource, field, setting, value] of CASES)
		for (const rule of ['allow', 'warn']) {
			await configure(setting, rule);
			const rs = await upsert(resource, field, bodyOf(resource, field, value));
			assert.deepEqual([rs.status, rs.json.code, rs.json.arguments], [422, 'match_not_unique', [setting]], rs.text);
		}
	const rs = await upsert('contacts', 'last_name', { last_name: 'x' });
	assert.deepEqual([rs.status, rs.json.code], [422, 'match_unknown'], rs.text);
	assert.match(rs.json.errors.match, /email_jsonb/);
});

test('an upsert by a field that a setting makes unique creates a row, finds it again and changes it', async () => {
	for (const [resource, field, setting, value, same, other] of CASES) {
		await configure(setting, 'refuse');
		const made = await good(upsert(resource, field, bodyOf(resource, field, value)), 201);
		assert.deepEqual((({ outcome, id }) => [outcome, id])(await good(upsert(resource, field, { [field]: value }))), ['unchanged', made.id], field);
		const found = await good(upsert(resource, field, { ...bodyOf(resource, field, same), metadata: { a: 1 } }));
		assert.deepEqual([found.outcome, found.id], ['updated', made.id], field);
		const { results } = await good(upsert(resource, field, [bodyOf(resource, field, other), { [field]: other, metadata: { b: 2 } }, { metadata: {} }, { [field]: null }]));
		assert.deepEqual(results.map(({ outcome, data }) => [outcome, data.code]), [['created', undefined], ['updated', undefined], ['refused', 'required'], ['refused', 'required']], field);
		assert.equal(results[0].id, results[1].id);
		const operation = (data) => ({ method: 'PUT', resource, match: field, data });
		const all = (await good(batch([operation({ ...bodyOf(resource, field, same), metadata: { c: 3 } }),
			operation({ ...bodyOf(resource, field, field === 'email_jsonb' ? emails('new@engines.test').email_jsonb : 'https://new.test') }),
			operation({ ...bodyOf(resource, field, field === 'email_jsonb' ? emails('x@engines.test', 'New@engines.test').email_jsonb : 'HTTPS://new.test') })]))).results;
		assert.deepEqual(all.map(({ status }) => status), [200, 201, 200], field);
		assert.deepEqual([all[0].data.id, all[2].data.id], [made.id, all[1].data.id], field);
	}
});

test('a value that identifies no row is refused with the expected form, and with all other faults of the body', async () => {
	for (const [resource, field, setting, value, status, code, text, path = field] of [
		['contacts', 'email_jsonb', 'uniqueContactEmails', [], 422, 'match_address', /at least one address/],
		['contacts', 'email_jsonb', 'uniqueContactEmails', [{ email: ' ' }], 422, 'match_address', /at least one address/],
		['contacts', 'email_jsonb', 'uniqueContactEmails', 'x', 422, 'not_a_list', /must be a list/],
		['contacts', 'email_jsonb', 'uniqueContactEmails', [{ email: 7 }], 400, 'wrong_type', /must be/, 'email_jsonb.0.email'],
		['companies', 'name', 'uniqueCompanyNames', ' ', 422, 'empty_text', /must not be empty/],
		['companies', 'name', 'uniqueCompanyNames', 5, 400, 'wrong_type', /must be/],
		['companies', 'website', 'uniqueCompanyDomains', 'gmail.com', 422, 'match_site', /gmail\.com is used by many/],
		['companies', 'website', 'uniqueCompanyDomains', 'https://www.gmail.com/', 422, 'match_site', /one company; gmail\.com is/],
		['companies', 'website', 'uniqueCompanyDomains', '', 422, 'empty_text', /must not be empty/],
		['companies', 'website', 'uniqueCompanyDomains', ['x'], 400, 'wrong_type', /must be/]]) {
		await configure(setting, 'refuse');
		const body = { [field]: value, zz: 1, metadata: 'x' }, paths = [path, 'zz', 'metadata'];
		const about = `${field} ${JSON.stringify(value)}`;
		const rs = await upsert(resource, field, body);
		assert.deepEqual([rs.status, rs.json.code, Object.keys(rs.json.errors)], [status, code, paths], `${about} ${rs.text}`);
		assert.match(rs.json.errors[path], text, about);
		const { results: [row] } = await good(upsert(resource, field, [body]));
		assert.deepEqual([row.status, row.data.code, Object.keys(row.data.errors)], [status, code, paths], about);
		const all = await batch([{ method: 'PUT', resource, match: field, data: body }]);
		assert.deepEqual([all.status, all.json.code, Object.keys(all.json.errors)], [status, code, paths.map((one) => `operations[0].${one}`)], `${about} ${all.text}`);
	}
});

test('addresses of several contacts are refused, and concurrent upserts create only one row', async () => {
	await configure('uniqueContactEmails', 'refuse');
	await good(upsert('contacts', 'email_jsonb', { last_name: 'One', ...emails('one@two.test') }), 201);
	await good(upsert('contacts', 'email_jsonb', { last_name: 'Two', ...emails('two@two.test') }), 201);
	await refused(upsert('contacts', 'email_jsonb', emails('one@two.test', 'two@two.test')), 409, 'match_several', 'match');
	const made = await Promise.all(Array.from({ length: 8 }, (_, n) => upsert('contacts', 'email_jsonb', { last_name: `Same ${n}`, ...emails('same@two.test') })));
	assert.deepEqual(made.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 200, 200, 201], made.map(({ text }) => text).join('\n'));
	assert.equal(new Set(made.map(({ json }) => json.id)).size, 1);
});

test('a batch matches rows of a resource by at most 10 fields', async () => {
	for (let n = 0; n < 11; n++)
		await good(browser.post('/api/field_definitions', { resource: 'companies', key: `code${n}`, kind: 'text', label: `Code ${n}`, is_unique: true }), 201);
	const operations = (fields) => Array.from({ length: 2 * fields }, (_, n) => ({ method: 'PUT', resource: 'companies', match: `custom.code${n % fields}`,
		data: { name: `of ${n}`, custom: Object.fromEntries(Array.from({ length: fields }, (_, k) => [`code${k}`, `${n} ${k}`])) } }));
	await good(batch(operations(10)));
	await refused(batch(operations(11)), 422, 'batch_too_many_matches', 'operations[10].match');
});
