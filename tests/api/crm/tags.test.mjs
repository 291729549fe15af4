// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Tags that are deleted while contacts get them, and the tags of restored contacts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hold, waiting } from '../../lib/database.mjs';
import { sqlFor } from '../lib/database.mjs';
import { until } from '../lib/files.mjs';
import { owner } from '../lib/people.mjs';

const me = await owner('tags');
const org = me.organization.id;
const tag = async (name) => (await me.data.create('tags', { data: { name, color: '#111' } })).data.id;
const contact = async (tags) => (await me.data.create('contacts', { data: { last_name: 'c', tags } })).data.id;
const tagsOf = async (id) => (await me.data.getOne('contacts', { id })).data.tags;
const restore = async (resource, id) => {
	const path = `/api/trash?filter=${encodeURIComponent(JSON.stringify({ resource, row_id: id }))}`;
	const [item] = (await me.browser.get(path)).json;
	assert.equal((await me.browser.post(`/api/trash/${item.id}/restore`)).status, 200);
};
const asOwner = (statement) => hold(`SET ROLE tenantry_owner; SET app.org_id = '${org}'; SET app.writable = '${org}'; ${statement}`);

test('a tag that is being added to a contact is deleted afterwards, even from this contact', async () => {
	const [kept, gone] = [await tag('kept'), await tag('gone')];
	const id = await contact([kept]);
	const open = await asOwner(`UPDATE crm.contacts SET tags = '{${gone},${kept}}' WHERE id = ${id}`);
	const deleted = me.browser.delete(`/api/tags/${gone}`);
	await until(() => waiting() === 1);
	await open.release('COMMIT');
	assert.equal((await deleted).status, 200);
	assert.deepEqual(await tagsOf(id), [kept]);
	await restore('tags', gone);
	assert.deepEqual(await tagsOf(id), [gone, kept]);
});

test('a contact cannot get a tag that is being deleted', async () => {
	const [gone, id] = [await tag('going'), await contact([])];
	const open = await asOwner(`DELETE FROM crm.tags WHERE id = ${gone}`);
	const tagged = [me.browser.patch(`/api/contacts/${id}`, { tags: [gone] }),
		me.browser.post('/api/contacts', { last_name: 'new', tags: [gone] })];
	await until(() => waiting() === 2);
	await open.release('COMMIT');
	for (const rs of await Promise.all(tagged)) {
		assert.equal(rs.status, 422, rs.text);
		assert.deepEqual(Object.keys(rs.json.errors), ['tags.0']);
	}
	assert.deepEqual(await tagsOf(id), []);
	assert.deepEqual(sqlFor(org, 'SELECT id FROM crm.contacts WHERE $1::bigint = ANY (tags)', gone), []);
});

test('tags that are restored in the reverse order of their deletion return to their positions', async () => {
	const ids = [];
	for (const name of ['a', 'b', 'c', 'd'])
		ids.push(await tag(name));
	const [a, b, c, d] = ids;
	const [one, two] = [await contact([a, b, c, d]), await contact([d, a])];
	for (const id of [a, c])
		await me.data.delete('tags', { id, previousData: {} });
	assert.deepEqual([await tagsOf(one), await tagsOf(two)], [[b, d], [d]]);
	await restore('tags', c);
	await restore('tags', a);
	assert.deepEqual([await tagsOf(one), await tagsOf(two)], [ids, [d, a]]);
});

test('a restored contact keeps a tag that was deleted and restored in the meantime', async () => {
	const [first, last] = [await tag('first'), await tag('last')];
	const id = await contact([first, last]);
	await me.data.delete('contacts', { id, previousData: {} });
	await me.data.delete('tags', { id: first, previousData: {} });
	await restore('contacts', id);
	assert.deepEqual(await tagsOf(id), [last]);
	await restore('tags', first);
	assert.deepEqual(await tagsOf(id), [first, last]);
});

test('a tag of another organization is refused', async () => {
	const other = await owner('stranger');
	const theirs = (await other.data.create('tags', { data: { name: 'theirs', color: '#111' } })).data.id;
	const rs = await me.browser.post('/api/contacts', { last_name: 'x', tags: [theirs] });
	assert.equal(rs.status, 422);
	assert.match(rs.text, /does not exist/);
});
