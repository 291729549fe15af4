// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// An organization's settings: validation, and stages to which deals refer.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { sqlFor } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

let me, data, browser;

before(async () => {
	me = await owner('settings');
	({ data, browser } = me);
});

// Each test starts without deals and settings.
beforeEach(() => sqlFor(me.organization.id, `DELETE FROM crm.deals WHERE org_id = $1;
	UPDATE crm.configuration SET config = '{}' WHERE org_id = $1`, me.organization.id));

const list = (...values) => values.map((value) => ({ value, label: value.toUpperCase() }));
const put = (config, who = browser) => who.put('/api/configuration/1', { config });
const stored = async () => (await browser.get('/api/configuration/1')).json.config;
const saved = async (config) => {
	const rs = await put(config);
	assert.equal(rs.status, 200, rs.text);
	return rs.json.config;
};
const deal = async (stage, more = {}) => (await data.create('deals',
	{ data: { name: stage, stage, ...more } })).data;
const one = async (id) => (await data.getOne('deals', { id })).data;

test('an invalid document is refused with the exact path of the member', async () => {
	await saved({ title: 'kept' });
	for (const [config, path] of [
		[{ dealStages: 'x' }, 'dealStages'], [{ dealStages: null }, 'dealStages'],
		[{ dealStages: {} }, 'dealStages'], [{ dealStages: [] }, 'dealStages'],
		[{ dealStages: ['won'] }, 'dealStages.0'], [{ dealStages: [null] }, 'dealStages.0'],
		[{ dealStages: [{ value: 'won' }] }, 'dealStages.0.label'],
		[{ dealStages: [{ label: 'Won' }] }, 'dealStages.0.value'],
		[{ dealStages: [{ value: '', label: 'x' }] }, 'dealStages.0.value'],
		[{ dealStages: [{ value: ' ', label: 'x' }] }, 'dealStages.0.value'],
		[{ dealStages: [{ value: 1, label: 'x' }] }, 'dealStages.0.value'],
		[{ dealStages: [{ value: 'x'.repeat(101), label: 'x' }] }, 'dealStages.0.value'],
		[{ dealStages: list('a', 'b', 'a') }, 'dealStages.2.value'],
		[{ taskTypes: list(...Array.from({ length: 101 }, (_, n) => `t${n}`)) }, 'taskTypes'],
		[{ companySizes: list('1', 'big') }, 'companySizes.1.value'],
		[{ noteStatuses: list('cold') }, 'noteStatuses.0.color'],
		[{ noteStatuses: [{ value: 'a', label: 'A', color: 7 }] }, 'noteStatuses.0.color'],
		[{ taskTypes: [{ value: 'a', label: 'A', color: 'x'.repeat(51) }] }, 'taskTypes.0.color'],
		[{ dealPipelineStatuses: [1] }, 'dealPipelineStatuses'],
		[{ dealPipelineStatuses: 'won' }, 'dealPipelineStatuses'],
		[{ currency: 'EURO' }, 'currency'], [{ currency: 'eur' }, 'currency'],
		[{ currency: 'ZZZ' }, 'currency'], [{ currency: 1 }, 'currency'],
		[{ title: 1 }, 'title'], [{ title: 'x'.repeat(2001) }, 'title'],
		[{ trashDays: { contacts: -1 } }, 'trashDays.contacts'], [{ trashDays: 7 }, 'trashDays'],
		[{ retentionDays: { audit_log: 1 } }, 'retentionDays.audit_log'], [{ retentionDays: { nonesuch: 40 } }, 'retentionDays.nonesuch'],
		[{ disableEmailPasswordAuthentication: 'yes' }, 'disableEmailPasswordAuthentication'],
		[{ more: 'x'.repeat(300000) }, '']]) {
		const rs = await put(config);
		assert.equal(rs.status, 422, `${JSON.stringify(config).slice(0, 80)} ${rs.text}`);
		assert.deepEqual(Object.keys(rs.json.errors), [['config', path].filter(Boolean).join('.')], rs.text);
	}
	for (const config of ['x', 7, []])
		assert.ok([400, 422].includes((await put(config)).status));
	assert.deepEqual(await stored(), { title: 'kept' });
});

test('unknown members and any order are stored', async () => {
	const config = { future: { a: [1, null] }, noteStatuses: [{ value: 'a', label: 'A',
		color: '#123', icon: 'star' }], currency: 'CHF', companySectors: [], taskTypes: [] };
	assert.deepEqual(await saved(config), config);
});

test('renaming a stage updates its deals', async () => {
	await saved({ dealStages: list('lead', 'won', 'lost'), dealPipelineStatuses: ['won'] });
	const [lead, won] = [await deal('lead', { index: 0 }), await deal('won', { index: 3 })];
	const config = await saved({ dealStages: list('lead', 'gained', 'lost', 'later'),
		dealPipelineStatuses: ['won'] });
	assert.deepEqual(config.dealPipelineStatuses, ['gained']);
	assert.deepEqual(await one(won.id), { ...won, stage: 'gained' });
	assert.deepEqual(await one(lead.id), lead);
});

test('reordering, adding or relabeling stages changes no deal', async () => {
	await saved({ dealStages: list('a', 'b', 'c') });
	const deals = [await deal('a'), await deal('b')];
	await saved({ dealStages: list('b', 'a', 'c') });
	await saved({ dealStages: [...list('new', 'b'), { value: 'a', label: 'Other' }, ...list('c')] });
	for (const row of deals)
		assert.deepEqual(await one(row.id), row);
});

test('a stage or category that deals use cannot be removed', async () => {
	await saved({ dealStages: list('a', 'b', 'c'), dealCategories: list('x', 'y') });
	await deal('c', { category: 'y' });
	const row = await deal('c', { archived_at: new Date().toISOString() });
	let rs = await put({ dealStages: list('a', 'b'), dealCategories: list('x', 'y') });
	assert.equal(rs.status, 422);
	assert.match(rs.json.errors['config.dealStages'], /"c" .* 2 deals/);
	rs = await put({ dealStages: list('a', 'b', 'c'), dealCategories: list('x') });
	assert.match(rs.json.errors['config.dealCategories'], /"y" .* 1 deals/);
	rs = await put({ dealStages: list('a', 'b'), dealCategories: list('x') });
	assert.deepEqual(Object.keys(rs.json.errors), ['config.dealCategories', 'config.dealStages'], rs.text);
	rs = await put({});
	assert.equal(rs.status, 422, 'the default lists lack it, too');
	assert.equal((await stored()).dealStages.length, 3);
	await saved({ dealStages: list('a', 'c'), dealCategories: list('x', 'z') });
	assert.deepEqual([(await one(row.id)).stage, (await one(row.id)).category], ['c', null]);
});

test('renaming a category updates its deals', async () => {
	await saved({ dealCategories: list('x', 'y') });
	const row = await deal('opportunity', { category: 'y' });
	await saved({ dealCategories: list('x', 'z') });
	assert.deepEqual(await one(row.id), { ...row, category: 'z' });
});

test('rename-stage renames a stage by its value', async () => {
	const row = await deal('delayed');
	const rename = (body) => browser.post('/api/configuration/rename-stage', body);
	let rs = await rename({ from: 'delayed', to: 'later', label: 'Later' });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(rs.json.config.dealStages.at(-1), { value: 'later', label: 'Later' });
	assert.equal(rs.json.config.dealStages.length, 6);
	assert.equal((await one(row.id)).stage, 'later');
	for (const [body, status] of [[{ from: 'none', to: 'x' }, 422],
		[{ from: 'won', to: 'lost' }, 422], [{ from: 'won', to: '' }, 422], [{ from: 'won' }, 422],
		[{ from: 'won', to: 'x'.repeat(101) }, 422], [{ from: 'won', to: ' ' }, 422]]) {
		rs = await rename(body);
		assert.equal(rs.status, status, `${JSON.stringify(body)} ${rs.text}`);
	}
	rs = await rename({ from: 'won', to: 'gained' });
	assert.deepEqual(rs.json.config.dealStages[3], { value: 'gained', label: 'Won' });
});

test('other organizations keep their stages', async () => {
	const stranger = await owner('stranger');
	const theirs = (await stranger.data.create('deals',
		{ data: { name: 'x', stage: 'won' } })).data;
	await saved({ dealStages: list('opportunity', 'proposal-sent', 'in-negociation', 'gained') });
	assert.equal((await stranger.data.getOne('deals', { id: theirs.id })).data.stage, 'won');
	const rs = await browser.post('/api/configuration/rename-stage?orgId='
		+ stranger.organization.id, { from: 'won', to: 'x' });
	assert.equal(rs.status, 403);
});

test('of two concurrent saves, one takes effect completely', async () => {
	const boss = await member(me, 'admin');
	await saved({ dealStages: list('a', 'b') });
	const rows = [await deal('a'), await deal('b')];
	for (let i = 0; i < 5; i++) {
		const mine = { title: 'mine', dealStages: list('a', `b${i}`) };
		const theirs = { title: 'theirs', dealStages: list('a', `c${i}`) };
		const done = await Promise.all([put(mine), put(theirs, boss.browser)]);
		assert.ok(done.every((rs) => rs.status === 200));
		const config = await stored();
		assert.deepEqual(config, config.title === 'mine' ? mine : theirs);
		assert.equal((await one(rows[1].id)).stage, config.dealStages[1].value);
	}
});
