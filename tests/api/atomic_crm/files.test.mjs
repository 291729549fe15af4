// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_TRASH_DAYS=1
// own stack: it lists the files of all organizations.
// Acceptance tests 20, 43, 59, 60, 72 to 75 and 96 of the front end: avatars,
// logos and attachments, from upload to deletion.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { sql, sqlFor } from '../lib/database.mjs';
import { PDF, PNG, get, onDisk, raw, startJobs, until, upload, uploaded }
	from '../lib/files.mjs';
import { BASE } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';

const me = await owner('attachments');
const { data, browser } = me;
const jobs = startJobs();
after(() => jobs.stop());

const create = async (resource, row) => (await data.create(resource, { data: row })).data;
const status = async (src) => (await get(src)).status;
const inline = (bytes, type = 'image/png') =>
	`data:${type};base64,${bytes.toString('base64')}`;
const onTheDisk = (path) => until(() => onDisk().includes(path));
const offTheDisk = (path) => until(() => !onDisk().includes(path)
	&& sql('SELECT 1 FROM ops.file WHERE name = $1', path).length === 0);

test('20 a user changes the avatar to an inline image', async () => {
	const max = await member(me);
	const path = `/api/sales/${max.me.id}`;
	const rs = await max.browser.patch(path, { ...max.me, organization_id: undefined, grants: undefined, resources: undefined, modules: undefined,
		avatar: { src: inline(PNG), title: 'me.png', rawFile: {} } });
	assert.equal(rs.status, 200, rs.text);
	const { avatar } = rs.json;
	assert.match(avatar.src, new RegExp(`^${BASE}/uploads/[0-9a-f]{40}\\.png$`));
	assert.deepEqual({ ...avatar, src: 0 }, { src: 0, title: 'me.png',
		path: avatar.src.split('/').pop(), type: 'image/png' });
	assert.deepEqual((await get(avatar.src)).bytes, PNG);
	assert.deepEqual((await max.browser.get('/api/me')).json.avatar, avatar);
	/* the file is moved from the database to the disk, and still served */
	await onTheDisk(avatar.path);
	await until(() => sql('SELECT place FROM ops.file WHERE name = $1',
		avatar.path)[0][0] === 'local');
	assert.deepEqual((await get(avatar.src)).bytes, PNG);
	assert.equal(sql('SELECT count(*) FROM ops.file_bytes')[0][0], '0');
	/* null removes the avatar and its file */
	assert.equal((await max.browser.patch(path, { avatar: null })).json.avatar, null);
	assert.equal(await status(avatar.src), 404);
	await offTheDisk(avatar.path);
});

test('43 the files of a contact\'s notes are deleted when it leaves the trash', async () => {
	const file = await uploaded(me, PDF, { title: 'offer.pdf' });
	const contact = await create('contacts', { last_name: 'Leaving' });
	await create('contact_notes', { contact_id: contact.id, text: 'x',
		attachments: [file] });
	assert.equal(await status(file.src), 200);
	const { data: gone } = await data.delete('contacts', { id: contact.id });
	assert.equal(gone.id, contact.id);
	assert.equal(await status(file.src), 404);
	assert.ok(onDisk().includes(file.path));
	/* the contact is restored from the trash, with its note and file */
	const [trash] = (await browser.get('/api/trash')).json;
	assert.equal((await browser.post(`/api/trash/${trash.id}/restore`)).status, 200);
	assert.equal(await status(file.src), 200);
	/* the contact is then deleted permanently */
	await data.delete('contacts', { id: contact.id });
	sqlFor(me.organization.id, `UPDATE crm.trash SET deleted_at = now() - interval '2 days'
		WHERE org_id = $1`, me.organization.id);
	sql('UPDATE ops.organization_turn SET due_at = now()');
	sql('NOTIFY tenantry_periodic_tasks');
	await offTheDisk(file.path);
	assert.equal(await status(file.src), 404);
});

test('50 undoing a merge restores the contact\'s image', async () => {
	const png = await uploaded(me, PNG, { title: 'face.png' });
	const make = (last_name, avatar) => create('contacts', { last_name, avatar });
	const loser = await make('Loser', png);
	const winner = await make('Winner', { src: 'https://elsewhere.test/w.png' });
	const merged = await browser.post('/api/merge_contacts',
		{ loserId: loser.id, winnerId: winner.id });
	assert.equal(merged.status, 200, merged.text);
	assert.equal(await status(png.src), 404);
	const undone = await browser.post(`/api/merges/${merged.json.mergeId}/undo`);
	assert.equal(undone.status, 200, undone.text);
	assert.equal(await status(png.src), 200);
	/* the image is deleted permanently when an undo is no longer possible */
	const again = await browser.post('/api/merge_contacts',
		{ loserId: loser.id, winnerId: winner.id });
	assert.ok(onDisk().includes(png.path));
	sql(`UPDATE crm.merges SET merged_at = now() - interval '31 days'
		WHERE id = $1`, again.json.mergeId);
	sql('UPDATE ops.organization_turn SET due_at = now()');
	sql('NOTIFY tenantry_periodic_tasks');
	await offTheDisk(png.path);
});

test('59 a logo of 3 MB is served without a cookie', async () => {
	const picture = Buffer.concat([PNG, randomBytes(3 << 20)]);
	const file = await uploaded(me, picture, { type: 'image/png', title: 'logo.png' });
	const company = await create('companies', { name: 'Logo',
		logo: { src: file.src, path: file.path, type: file.type, title: file.title,
			rawFile: {} } });
	const { logo } = (await data.getOne('companies', { id: company.id })).data;
	assert.deepEqual(logo, { src: file.src, path: file.path, type: 'image/png',
		title: 'logo.png' });
	const got = await get(logo.src);
	assert.deepEqual([got.status, got.bytes.length], [200, picture.length]);
});

test('60 a removed logo is null, or the website\'s favicon', async () => {
	const file = await uploaded(me, PNG);
	const { id } = await create('companies', { name: 'No site', logo: { src: file.src } });
	assert.equal(await status(file.src), 200);
	const row = await browser.put(`/api/companies/${id}`, { logo: null });
	assert.deepEqual([row.status, row.json.logo], [200, null]);
	assert.equal((await browser.get(`/api/companies/${id}`)).status, 200);
	await offTheDisk(file.path);
	assert.equal((await browser.put(`/api/companies/${id}`, { logo: null,
		website: 'https://www.acme.example/x' })).json.logo.src,
	'https://favicon.show/acme.example');
});

test('72 a note may have two files', async () => {
	const contact = await create('contacts', { last_name: 'Noted' });
	const files = [await uploaded(me, PDF, { title: 'a.pdf' }),
		await uploaded(me, PNG, { title: 'b.png' })];
	const note = await create('contact_notes', { contact_id: contact.id, text: 'two',
		attachments: files.map(({ src, path, type, title }) =>
			({ src, path, type, title, rawFile: {} })) });
	assert.deepEqual(note.attachments, files.map(({ src, path, type, title }) =>
		({ src, path, type, title })));
	assert.deepEqual(note.attachments.map((f) => f.type), ['application/pdf', 'image/png']);
	const [pdf, png] = await Promise.all(files.map((f) => get(f.src)));
	assert.match(pdf.headers.get('content-disposition'), /^attachment; filename="a.pdf"/);
	assert.match(png.headers.get('content-disposition'), /^inline; filename="b.png"/);
});

test('73 a note may have a file and no text', async () => {
	const deal = await create('deals', { name: 'Silent', stage: 'opportunity' });
	const file = await uploaded(me, PDF);
	const note = await create('deal_notes', { deal_id: deal.id, attachments: [file] });
	assert.deepEqual([note.text, note.attachments[0].path], [null, file.path]);
});

test('74 a file that is removed from a note is deleted, and the other file remains', async () => {
	const contact = await create('contacts', { last_name: 'Edited' });
	const [one, two] = [await uploaded(me, PDF), await uploaded(me, PNG)];
	const note = await create('contact_notes', { contact_id: contact.id,
		attachments: [one, two] });
	const before = onDisk().length;
	const { data: edited } = await data.update('contact_notes', { id: note.id,
		data: { ...note, attachments: [note.attachments[1]] }, previousData: note });
	assert.deepEqual(edited.attachments, [note.attachments[1]]);
	assert.equal(await status(one.src), 404);
	await offTheDisk(one.path);
	assert.equal(await status(two.src), 200);
	assert.equal(onDisk().length, before - 1);
});

test('75 a note edited without its files keeps them unchanged', async () => {
	const contact = await create('contacts', { last_name: 'Kept' });
	const file = await uploaded(me, PDF);
	const note = await create('contact_notes', { contact_id: contact.id, text: 'a',
		attachments: [file] });
	const { data: edited } = await data.update('contact_notes', { id: note.id,
		data: { ...note, text: 'b' }, previousData: note });
	assert.deepEqual(edited.attachments, note.attachments);
	const patched = await browser.patch(`/api/contact_notes/${note.id}`, { text: 'c' });
	assert.deepEqual(patched.json.attachments, note.attachments);
	sql('UPDATE ops.organization_turn SET due_at = now()');
	sql('NOTIFY tenantry_periodic_tasks');
	await new Promise((done) => setTimeout(done, 300));
	assert.equal(await status(file.src), 200);
});

test('96 a file of 51 MiB is refused, and a path in a file name is ignored', async () => {
	const most = 50 << 20;
	const content = Buffer.alloc(51 << 20, 7);
	for (const send of [raw, upload]) {
		const rs = await send(me, content);
		assert.equal(rs.status, 413, rs.text);
		assert.equal(rs.headers.get('content-type'), 'application/problem+json');
		assert.match(rs.json.message, /50 MiB|52428800/);
	}
	const fits = await upload(me, content.subarray(0, most));
	assert.deepEqual([fits.status, fits.json.size], [201, most]);
	for (const title of ['../../../etc/passwd', '..\\..\\x\\passwd', '/etc/passwd']) {
		const rs = await upload(me, PDF, { title });
		assert.deepEqual([rs.status, rs.json.title], [201, 'passwd'], title);
		assert.match(rs.json.path, /^[0-9a-f]{40}\.pdf$/);
	}
});
