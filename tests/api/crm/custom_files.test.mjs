// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_MCP_SQL=on
// Custom fields with a file: the value names an uploaded file, which is kept for as long as a row refers to it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PDF, PNG, get as download, onDisk, startJobs, until, upload, uploaded } from '../lib/files.mjs';
import { bring, counts } from '../lib/imports.mjs';
import { BASE } from '../lib/http.mjs';
import { keyOf, use } from '../lib/mcp.mjs';
import { member, owner } from '../lib/people.mjs';

const jobs = startJobs();
after(() => jobs.stop());
let who, machines;
const good = async (asked, status = 200) => {
	const rs = await asked;
	assert.equal(rs.status, status, rs.text);
	return rs.json;
};
const post = (path, body, status = 201, by = who) => good(by.browser.post(`/api/${path}`, body), status);
const get = (path) => good(who.browser.get(`/api/${path}`));
const patch = (path, body, status = 200, by = who) => good(by.browser.patch(`/api/${path}`, body), status);
const define = (resource, key, kind = 'file', more = {}, status = 201) => post('field_definitions', { resource, key, kind, label: key, ...more }, status);
const listed = (resource, filter) => get(`${resource}?filter=${encodeURIComponent(JSON.stringify(filter))}&sort=["id","ASC"]`);
const put = async (content, title, by = who) => (await good(upload(by, content, { title }), 201));
const served = async ({ src }, status) => assert.equal((await download(src)).status, status);

before(async () => {
	who = await owner('files');
	await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	machines = (await post('object_definitions', { label: 'Machine', plural: 'Machines' })).resource;
	for (const resource of ['contacts', 'companies', 'deals', 'tasks', 'products', machines])
		await define(resource, 'contract', 'file', { label: 'Contract' });
});

// Every resource that can have custom fields, so that a new one is tested as well.
test('each resource stores, replaces, finds and releases files', async () => {
	const rows = { contacts: { last_name: 'Filed' }, companies: { name: 'Filed' }, deals: { name: 'Filed', stage: 'opportunity' },
		tasks: { text: 'Filed', type: 'call', due_date: '2027-03-01T09:00:00Z' }, [machines]: { name: 'Filed' } };
	rows.products = { name: 'Filed', sku: 'F', principal_id: (await post('companies', { name: 'Principal' })).id };
	rows.opportunities = { ...rows.deals, currency: 'EUR' };	// with the fields of deals
	const catalogue = await get('catalogue');
	const kinds = Object.keys(catalogue).filter((name) => catalogue[name].fields.custom?.write && name !== 'records' && !name.endsWith('_summary'));
	assert.deepEqual(kinds.sort(), Object.keys(rows).sort());
	rows.tasks.contact_id = (await post('contacts', rows.contacts)).id;
	for (const resource of kinds) {
		if (resource === 'products')
			await patch(`company_profiles/${rows.products.principal_id}`, { type: 'principal' });
		const file = await put(PDF, 'Lease.pdf'), picture = await put(PNG, 'Photo.png');
		const made = await post(resource, { ...rows[resource], custom: { contract: file } }), none = await post(resource, { ...rows[resource], ...(resource === 'products' && { sku: 'G' }) });
		const value = { src: file.src, title: 'Lease.pdf', type: 'application/pdf', size: PDF.length };
		assert.deepEqual([made.custom, none.custom], [{ contract: value }, {}], resource);
		assert.deepEqual((await get(`${resource}/${made.id}`)).custom.contract, value, resource);

		const own = { id: [made.id, none.id] };
		for (const [filter, ids] of [[{ 'custom.contract@is': null }, [none.id]], [{ 'custom.contract@not.is': null }, [made.id]], [{ 'custom.contract@ilike': 'lease' }, [made.id]],
			[{ 'custom.contract.type': 'application/pdf' }, [made.id]], [{ 'custom.contract.size@gt': PDF.length }, []], [{ 'custom.contract.size@gte': PDF.length }, [made.id]]])
			assert.deepEqual((await listed(resource, { ...own, ...filter })).map(({ id }) => id), ids, `${resource} ${JSON.stringify(filter)}`);
		const [named] = await get(`${resource}?filter={"id":${made.id}}&fields=["custom.contract","custom.contract.src"]`);
		assert.deepEqual(named, { 'custom.contract': 'Lease.pdf', 'custom.contract.src': file.src }, resource);

		// A new title is kept, and a new file has its own title, type and size.
		const titled = await patch(`${resource}/${made.id}`, { custom: { contract: { title: ' New  lease.pdf ' } } });
		assert.deepEqual(titled.custom.contract, { ...value, title: 'New lease.pdf' }, resource);
		const replaced = await patch(`${resource}/${made.id}`, { custom: { contract: { src: picture.src } } });
		assert.deepEqual(replaced.custom.contract, { src: picture.src, title: 'Photo.png', type: 'image/png', size: PNG.length }, resource);
		await served(file, 404);
		await served(picture, 200);
		await patch(`${resource}/${made.id}`, { custom: { contract: null } });
		await served(picture, 404);
		await until(() => !onDisk().includes(picture.path));
		await until(() => !onDisk().includes(file.path));
	}
});

test('a file is kept in the trash, and removed with the last row', async () => {
	for (const resource of ['companies', machines]) {
		const file = await put(PDF, 'Kept.pdf'), table = resource === machines ? 'records' : resource;
		const trashed = async ({ id }) => (await listed('trash', { row_id: id, resource: table }))[0].id;
		const one = await post(resource, { name: 'One', custom: { contract: file } });
		await good(who.browser.delete(`/api/${resource}/${one.id}`));
		await served(file, 404);
		await post(`trash/${await trashed(one)}/restore`, {}, 200);
		await served(file, 200);
		const two = await post(resource, { name: 'Two', custom: { contract: { src: file.src } } });
		await good(who.browser.delete(`/api/${resource}/${one.id}`));
		await served(file, 200);
		await good(who.browser.delete(`/api/trash/${await trashed(one)}`));
		await served(file, 200);
		await good(who.browser.delete(`/api/${resource}/${two.id}`));
		await served(file, 404);
		assert.ok(onDisk().includes(file.path), resource);
		await good(who.browser.delete(`/api/trash/${await trashed(two)}`));
		await until(() => !onDisk().includes(file.path));
	}
});

test('the undo of a bulk change finds the files that it replaced', async () => {
	const file = await put(PDF, 'Undone.pdf');
	const { id } = await post('contacts', { last_name: 'Many', custom: { contract: file } });
	const { id: change } = await good(who.browser.post('/api/contacts/bulk', { filter: { id: [id] }, max: 1, set: { custom: { contract: null } } }));
	assert.deepEqual((await get(`contacts/${id}`)).custom, {});
	const later = await put(PDF, 'Later.pdf');	// a file that is removed after the files of the change would be
	const other = await post('contacts', { last_name: 'Later', custom: { contract: later } });
	await patch(`contacts/${other.id}`, { custom: { contract: null } });
	await until(() => !onDisk().includes(later.path));
	await post(`bulk_changes/${change}/undo`, {}, 200);
	assert.equal((await get(`contacts/${id}`)).custom.contract.title, 'Undone.pdf');
	await served(file, 200);
});

test('the same address without a title keeps the title', async () => {
	const file = await put(PDF, 'Titled.pdf');
	const { id } = await post('contacts', { last_name: 'Titled', custom: { contract: file } });
	for (const contract of [file.src, { src: file.src, title: '' }, { src: file.src }])
		assert.equal((await patch(`contacts/${id}`, { custom: { contract } })).custom.contract.title, 'Titled.pdf');
});

test('a contact can have a picture and a file', async () => {
	const face = await put(PNG, 'face.png'), file = await put(PDF, 'cv.pdf');
	const { id } = await post('contacts', { last_name: 'Both', avatar: face, custom: { contract: file } });
	await patch(`contacts/${id}`, { avatar: null });
	await served(face, 404);
	await served(file, 200);
	const other = await put(PNG, 'other.png');
	await patch(`contacts/${id}`, { avatar: other });
	await patch(`contacts/${id}`, { custom: { contract: null } });
	await served(other, 200);
	await served(file, 404);
});

test('a merge keeps the file of the merged contact', async () => {
	const file = await put(PDF, 'merged.pdf');
	const winner = await post('contacts', { last_name: 'Winner' }), loser = await post('contacts', { last_name: 'Loser', custom: { contract: file } });
	await post('merge_contacts', { loserId: loser.id, winnerId: winner.id }, 200);
	assert.equal((await get(`contacts/${winner.id}`)).custom.contract.src, file.src);
	await served(file, 200);
});

test('other addresses, unknown members and files of other rows are refused', async () => {
	const stranger = await owner('strangers'), foreign = await put(PDF, 'foreign.pdf', stranger), own = await put(PDF, 'own.pdf');
	const unknown = `${BASE}/uploads/${'0'.repeat(40)}.pdf`;
	for (const [contract, member] of [[foreign.src, 'custom.contract'], [{ src: foreign.src }, 'custom.contract.src'], [{ src: foreign.path }, 'custom.contract.src'], [unknown, 'custom.contract'],
		['https://example.test/a.pdf', 'custom.contract'], ['javascript:alert(1)', 'custom.contract'], [{ src: `${own.src}?x` }, 'custom.contract.src'], [7, 'custom.contract'],
		[[own], 'custom.contract'], [{ src: 7 }, 'custom.contract.src'], [{ ...own, title: {} }, 'custom.contract.title'], [{ ...own, title: 'x'.repeat(256) }, 'custom.contract.title'],
		[{ ...own, other: 1 }, 'custom.contract.other']]) {
		const { errors } = await post('companies', { name: 'Refused', custom: { contract } }, 422);
		assert.deepEqual(Object.keys(errors), [member], JSON.stringify(contract));
	}
	assert.deepEqual(await listed('companies', { name: 'Refused' }), []);
	await served(foreign, 200);
	// A client cannot change the type or the size.
	const { custom } = await post('companies', { name: 'Facts', custom: { contract: { ...own, type: 'text/html', size: 1 } } });
	assert.deepEqual([custom.contract.type, custom.contract.size], ['application/pdf', PDF.length]);

	for (const more of [{ is_indexed: true }, { is_unique: true }, { default_value: own.src }, { formula: "'x'" }])
		await define('companies', 'never', 'file', more, 422);
	assert.deepEqual(Object.keys((await define('companies', 'never', 'text', { formula: 'contract' }, 422)).errors), ['formula']);
	await define('companies', 'deed', 'file', { required: true });
	assert.deepEqual(Object.keys((await post('companies', { name: 'Without', custom: {} }, 422)).errors), ['custom.deed']);
	const [{ id }] = await listed('field_definitions', { key: 'deed' });
	await good(who.browser.delete(`/api/field_definitions/${id}`));
});

test('a file of a row that the caller cannot read is refused', async () => {
	await post('auth/organization/create-role', { role: 'narrow', permission: { companies: ['read:own', 'create', 'update'] } }, 200);
	const narrow = await member(who, 'narrow'), secret = await put(PDF, 'secret.pdf'), open = await put(PDF, 'open.pdf');
	await post('companies', { name: 'Secret', custom: { contract: secret } });
	await post('companies', { name: 'Open', sales_id: narrow.me.id, custom: { contract: open } });
	const refused = await post('companies', { name: 'Theirs', custom: { contract: secret } }, 422, narrow);
	assert.deepEqual(Object.keys(refused.errors), ['custom.contract.src']);
	await post('companies', { name: 'Theirs', custom: { contract: open } }, 201, narrow);
	const fresh = await put(PDF, 'fresh.pdf', narrow);
	await post('companies', { name: 'Fresh', custom: { contract: fresh } }, 201, narrow);
});

test('the values of a deleted field keep their files until the field is purged', async () => {
	const field = await define('companies', 'plan'), file = await put(PDF, 'plan.pdf');
	const { id } = await post('companies', { name: 'Planned', custom: { plan: file } });
	await good(who.browser.delete(`/api/field_definitions/${field.id}`));
	await served(file, 200);
	const [trashed] = await listed('trash', { resource: 'field_definitions', row_id: field.id });
	await post(`trash/${trashed.id}/restore`, {}, 200);
	assert.equal((await get(`companies/${id}`)).custom.plan.src, file.src);
	await good(who.browser.delete(`/api/field_definitions/${field.id}`));
	const [again] = await listed('trash', { resource: 'field_definitions', row_id: field.id });
	await good(who.browser.delete(`/api/trash/${again.id}`));
	await until(() => !onDisk().includes(file.path));
});

test('files of rows have the name and the address, and their rows come back equal', async () => {
	const file = await put(PDF, 'Exported.pdf'), next = await put(PNG, 'Next.png');
	const { id } = await post('companies', { name: 'Exported', custom: { contract: file } });
	const csv = (await who.browser.get(`/api/companies/export?format=csv&filter={"id":${id}}`)).text;
	const row = (await who.browser.get(`/api/companies/export?format=csv&filter={"id":${id}}&fields=["custom.contract.title","custom.contract.src"]`)).text;
	assert.equal(row, `custom.contract.title,custom.contract.src\r\nExported.pdf,${file.src}\r\n`);
	const before = (await get(`companies/${id}`)).custom, plan = { mode: 'update', match_by: 'id' };
	assert.deepEqual(counts(await bring(who, csv, { resource: 'companies', plan })), { created: 0, updated: 0, unchanged: 1, skipped: 0, failed: 0 });
	assert.deepEqual((await get(`companies/${id}`)).custom, before);
	await bring(who, `id,Contract\n${id},${next.src}\n`, { resource: 'companies', plan });
	assert.deepEqual((await get(`companies/${id}`)).custom.contract, { src: next.src, title: 'Next.png', type: 'image/png', size: PNG.length });
	const failed = await bring(who, `id,Contract\n${id},https://example.test/a.pdf\n`, { resource: 'companies', plan });
	assert.equal(failed.failed, 1, JSON.stringify(failed));
});

test('the history, SQL and the API description show files', async () => {
	const file = await uploaded(who, PDF), { id } = await post(machines, { name: 'Shown', custom: { contract: file } });
	const history = await get(`${machines}/${id}/history`);
	assert.match(JSON.stringify(history), new RegExp(file.path));
	const { properties } = (await get('openapi.json')).components.schemas[machines].properties.custom;
	assert.deepEqual(Object.keys(properties.contract.properties).sort(), ['size', 'src', 'title', 'type']);
	assert.equal(properties.contract.properties.size.readOnly, true);
	const found = await get(`search?q=${encodeURIComponent(file.title ?? file.path)}`);
	assert.ok(JSON.stringify(found).includes('Shown'), JSON.stringify(found));
});

test('SQL of an assistant writes files with the same checks, and its results have the path', async () => {
	const writer = await keyOf(who, { mcp: ['read', 'write'], companies: ['read', 'create', 'update'] }), file = await put(PDF, 'By assistant.pdf'), stranger = await owner('sqlstrangers');
	const foreign = await put(PDF, 'foreign.pdf', stranger), { id } = await post('companies', { name: 'By SQL' });
	const update = (src) => use(writer, 'mutate', { sql: `UPDATE companies SET custom = '${JSON.stringify({ contract: { src } })}' WHERE id = ${id}` });
	for (const src of [foreign.src, 'https://example.test/a.pdf'])
		assert.match((await update(src)).text, /custom\.contract/);
	const done = await update(file.src);
	assert.ok(!done.failed, done.text);
	assert.deepEqual((await get(`companies/${id}`)).custom.contract, { src: file.src, title: 'By assistant.pdf', type: 'application/pdf', size: PDF.length });
	const { rows } = await use(writer, 'query', { sql: `SELECT custom #>> '{contract,src}' AS src FROM companies WHERE id = ${id}` });
	assert.deepEqual(rows, [{ src: `/uploads/${file.path}` }]);
});

test('the erasure of a contact removes its files', async () => {
	const file = await put(PDF, 'erased.pdf'), { id } = await post('contacts', { last_name: 'Erased', custom: { contract: file } });
	await good(who.browser.post(`/api/contacts/${id}/erase`, { reason: 'asked for it' }));
	await served(file, 404);
	await until(() => !onDisk().includes(file.path));
});
