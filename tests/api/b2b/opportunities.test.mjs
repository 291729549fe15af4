// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_WEBHOOKS=on
// Opportunities are the deals of an organization with the module: the same rows, with additional columns, under two
// paths.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { ask, query } from '../../lib/api.mjs';
import { good } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { startJobs, until } from '../lib/files.mjs';
import { member, owner, tenantry } from '../lib/people.mjs';

const refused = async (answer, field) => {
	const rs = await answer;
	assert.equal(rs.status, 422, rs.text);
	assert.ok(!field || rs.json.errors?.[field], rs.text);
	return rs.json;
};
let boss, crm;
const post = (path, body, who = boss) => who.browser.post(path, body);
const get = (path, who = boss) => good(who.browser.get(path));
const create = (more) => good(post('/api/opportunities', { name: 'One', stage: 'opportunity', amount: 1000, ...more }));
const read = (id, who) => get(`/api/opportunities/${id}`, who);
const patch = (id, body, who = boss) => who.browser.patch(`/api/opportunities/${id}`, body);
const stage = async (value) => (await get(`/api/pipeline_stages${query({ filter: { stage: value } })}`))[0];

before(async () => {
	[boss, crm] = [await owner('opportunities'), await owner('crm')];
	await good(boss.browser.put('/api/modules/b2b', { enabled: true }));
});

test('the configured stages get an outcome and a probability', async () => {
	const stages = await get(`/api/pipeline_stages${query({ sort: ['position', 'ASC'] })}`);
	assert.deepEqual(stages.map((s) => [s.stage, s.outcome, s.probability]), [['opportunity', 'open', 20],
		['proposal-sent', 'open', 40], ['in-negociation', 'open', 60], ['won', 'won', 100], ['lost', 'lost', 0],
		['delayed', 'waiting', 10]]);
	const pipelines = await get('/api/pipelines');
	assert.deepEqual(pipelines.map((p) => [p.name, p.is_default]), [['Sales', true]]);
	assert.ok(stages.every((s) => s.pipeline_id === pipelines[0].id));
});

test('an opportunity has the probability of its stage until a probability is set manually', async () => {
	const one = await create();
	assert.deepEqual([one.probability, one.probability_is_manual, one.weighted_amount, one.outcome, one.currency],
		[20, false, 200, 'open', 'USD']);
	// A client that sends back the whole row changes nothing else.
	await good(boss.browser.put(`/api/opportunities/${one.id}`, { ...one, stage: 'proposal-sent' }));
	let now = await read(one.id);
	assert.deepEqual([now.probability, now.probability_is_manual], [40, false]);
	await good(patch(one.id, { probability: 55 }));
	await good(patch(one.id, { stage: 'in-negociation' }));
	now = await read(one.id);
	assert.deepEqual([now.probability, now.probability_is_manual, now.weighted_amount], [55, true, 550]);
	await good(patch(one.id, { probability: null }));
	assert.equal((await read(one.id)).probability, 60);
	await refused(patch(one.id, { probability: 101 }), 'probability');
	await refused(patch(one.id, { currency: 'XXX' }), 'currency');
	// A new probability of a stage applies to all opportunities without a manual probability.
	const { id } = await stage('in-negociation');
	await good(boss.browser.patch(`/api/pipeline_stages/${id}`, { probability: 70 }));
	assert.equal((await read(one.id)).weighted_amount, 700);
	await good(boss.browser.patch(`/api/pipeline_stages/${id}`, { probability: 60 }));
});

test('winning and losing set the day, and keep the reason', async () => {
	const one = await create({ probability: 30 });
	await good(patch(one.id, { stage: 'lost', outcome_reason: 'price' }));
	let now = await read(one.id);
	assert.deepEqual([now.outcome, now.probability, now.weighted_amount, now.outcome_reason], ['lost', 0, 0, 'price']);
	assert.ok(Date.now() - Date.parse(now.closed_at) < 60000);
	await good(boss.browser.put(`/api/opportunities/${one.id}`, { ...now, name: 'Two' }));
	await good(patch(one.id, { stage: 'opportunity' }));
	now = await read(one.id);
	assert.deepEqual([now.outcome, now.probability, now.closed_at, now.outcome_reason], ['open', 30, null, null]);
	await good(boss.browser.patch(`/api/deals/${one.id}`, { stage: 'lost', metadata: { lost_reason: 'late' } }));
	assert.equal((await read(one.id)).outcome_reason, 'late');
	await good(patch(one.id, { stage: 'won' }));
	now = await read(one.id);
	assert.deepEqual([now.outcome, now.probability, now.weighted_amount, now.outcome_reason], ['won', 100, 1000, null]);
});

test('both paths return the same rows, and the old path is marked as deprecated', async () => {
	const one = await create();
	const deal = await boss.browser.get(`/api/deals/${one.id}`);
	assert.equal(deal.status, 200, deal.text);
	assert.ok(!('probability' in deal.json), deal.text);
	assert.equal(deal.headers.deprecation, '@1795478400');
	assert.equal(deal.headers.sunset, 'Tue, 30 Nov 2027 00:00:00 GMT');
	assert.match(deal.headers.link, new RegExp(`</api/opportunities/${one.id}>; rel="successor-version"`));
	for (const path of ['/api/deals', '/api/crm/deals', `/api/deals/${one.id}/stages`])
		assert.ok((await boss.browser.get(path)).headers.deprecation, path);
	assert.equal((await boss.browser.get(`/api/opportunities/${one.id}`)).headers.deprecation, undefined);
	const note = await good(post('/api/deal_notes', { deal_id: one.id, text: 'hello' }));
	assert.equal(note.deal_id, one.id);
	const moved = await good(post(`/api/opportunities/${one.id}/move`, { stage: 'proposal-sent', index: 0 }));
	assert.deepEqual([moved[0].id, moved[0].probability], [one.id, 40]);
	const back = await good(post(`/api/deals/${one.id}/move`, { stage: 'opportunity', index: 0 }));
	assert.ok(back.every((row) => !('probability' in row)), JSON.stringify(back));
	const history = await get(`/api/opportunities/${one.id}/history`);
	assert.deepEqual(history.map((entry) => entry.action).slice(-1), ['insert']);
	assert.ok((await get(`/api/opportunities/${one.id}/stages`)).length >= 3);
	// The callers of the old path are counted.
	await until(() => tenantry('routes', 'list').match(/\/api\/deals .*\/api\/opportunities/), 20000);
});

test('entries that are older than the module are found under both names, with their text', async () => {
	const who = await owner('audited');
	const deal = await good(post('/api/deals', { name: 'Old words', stage: 'opportunity', amount: 5 }, who));
	await good(who.browser.patch(`/api/deals/${deal.id}`, { name: 'Newer words' }));
	const gone = await good(post('/api/deals', { name: 'Gone', stage: 'lost' }, who));
	await good(who.browser.delete(`/api/deals/${gone.id}`));
	const log = (filter, path = '/api/audit_log') => get(`${path}${query({ filter, count: 'exact' })}`, who);
	const was = await log({ resource: 'deals' });
	assert.deepEqual(was.map((entry) => [entry.action, entry.changes.name]), [['delete', { old: 'Gone', new: null }],
		['insert', { old: null, new: 'Gone' }], ['update', { old: 'Old words', new: 'Newer words' }],
		['insert', { old: null, new: 'Old words' }]]);
	const history = await get(`/api/deals/${deal.id}/history`, who);
	assert.deepEqual(await log({ resource: 'opportunities' }), [], 'the module is off');
	await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	for (const resource of ['deals', 'opportunities', ['opportunities'], ['opportunities', 'tasks']])
		assert.deepEqual(await log({ resource }), was, resource);
	const found = was.map(({ id }) => id), other = (await log({})).filter(({ id }) => !found.includes(id));
	assert.ok(other.length > 0);
	assert.deepEqual(other.filter(({ resource }) => ['deals', 'opportunities'].includes(resource)), []);
	const unlike = await who.browser.get(`/api/audit_log${query({ filter: { 'resource@neq': 'opportunities' } })}`);
	assert.equal(unlike.status, 400, unlike.text);
	assert.match(unlike.text, /no index/);
	assert.equal((await who.browser.get(`/api/audit_log/export${query({ format: 'ndjson', filter: { resource: 'opportunities' } })}`))
		.text.trim().split('\n').length, was.length);
	assert.deepEqual((await log({ resource: 'opportunities' }, '/api/trash')).map((row) => row.title), ['Gone']);
	// The history omits columns that did not exist at the time.
	const now = await get(`/api/opportunities/${deal.id}/history`, who);
	assert.deepEqual(now, await get(`/api/deals/${deal.id}/history`, who));
	assert.deepEqual(now, history);
	await good(who.browser.patch(`/api/opportunities/${deal.id}`, { probability: 35 }));
	const [newest] = await log({ resource: 'opportunities' });
	assert.deepEqual([newest.resource, newest.row_id, newest.changes.probability], ['deals', String(deal.id), { old: null, new: 35 }]);
});

test('two clients on the two paths lose nothing', async () => {
	const one = await create();
	const [old, young] = await Promise.all([boss.browser.get(`/api/deals/${one.id}`), boss.browser.get(`/api/opportunities/${one.id}`)]);
	const tagged = (rs) => ({ 'if-match': rs.headers.etag });
	await good(boss.browser.send('PATCH', `/api/opportunities/${one.id}`, { name: 'Young' }, tagged(young)));
	const late = await boss.browser.send('PATCH', `/api/deals/${one.id}`, { name: 'Old' }, tagged(old));
	assert.equal(late.status, 412, late.text);
	// Alternating changes through both paths are all stored.
	const write = async (path, field, n) => {
		for (let i = 1; i <= n; i++)
			for (;;) {
				const now = await boss.browser.get(`${path}/${one.id}`);
				const rs = await boss.browser.send('PATCH', `${path}/${one.id}`, { [field]: now.json[field] + 1 }, tagged(now));
				if (rs.status !== 412) {
					assert.equal(rs.status, 200, rs.text);
					break;
				}
			}
	};
	await good(patch(one.id, { amount: 0 }));
	await Promise.all([write('/api/deals', 'amount', 15), write('/api/opportunities', 'amount', 15)]);
	assert.equal((await read(one.id)).amount, 30);
});

test('an organization without the module sees nothing of the module', async () => {
	const deal = await good(post('/api/deals', { name: 'Plain', stage: 'opportunity', amount: 5 }, crm));
	const rs = await crm.browser.get(`/api/deals/${deal.id}`);
	assert.equal(rs.headers.deprecation, undefined);
	assert.deepEqual(Object.keys(rs.json).filter((name) => /prob|outcome|currency|commit|closed/.test(name)), []);
	for (const path of ['/api/opportunities', '/api/pipelines', '/api/pipeline_stages', '/api/opportunities/forecast'])
		assert.equal((await crm.browser.get(path)).status, 404, path);
	const [moved] = await good(post(`/api/deals/${deal.id}/move`, { stage: 'won', index: 0 }, crm));
	assert.ok(!('closed_at' in moved));
	await refused(post('/api/webhooks', { url: 'http://127.0.0.1:9/x', events: ['opportunities.*'] }, crm), 'events.0');
	const mcp = (await ask('POST', '/mcp', { token: crm.token, headers: { accept: 'application/json, text/event-stream' },
		body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_schema', arguments: {} } } })).text;
	assert.match(mcp, /expected_closing_date/);
	for (const text of [mcp, ...await Promise.all(['/api/activity_log', '/api/search?q=plain', '/api/access/resources', '/api/audit_log',
		'/api/openapi.json', '/api/timeline'].map(async (path) => (await crm.browser.get(path)).text))])
		assert.doesNotMatch(text, /is_committed|outcome_reason/);
});

test('changes to the configuration and to the stages are synchronized', async () => {
	const who = await owner('stages');
	await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	const [{ id: base }] = await get('/api/pipelines', who);
	const stages = () => get(`/api/pipeline_stages${query({ sort: ['position', 'ASC'] })}`, who);
	const config = async () => (await get('/api/configuration/1', who)).config;
	// A stage that is added through the module appears in the configuration, and deals can use it.
	const made = await good(post('/api/pipeline_stages', { pipeline_id: base, label: 'Field Test', probability: 66 }, who));
	assert.deepEqual([made.stage, made.outcome, made.probability], ['field-test', 'open', 66]);
	assert.deepEqual((await config()).dealStages.at(-1), { value: 'field-test', label: 'Field Test' });
	await good(post('/api/deals', { name: 'x', stage: 'field-test' }, who));
	await good(who.browser.patch(`/api/pipeline_stages/${made.id}`, { label: 'Trial', outcome: 'won' }));
	assert.deepEqual([(await config()).dealStages.at(-1).label, (await config()).dealPipelineStatuses],
		['Trial', ['won', 'field-test']]);
	// Neither a stage with deals nor the last stage can be removed.
	await refused(who.browser.delete(`/api/pipeline_stages/${made.id}`));
	assert.equal((await stages()).length, 7);
	// A waiting stage is open in any position, and keeps its probability.
	const delayed = (await stages()).find((s) => s.stage === 'delayed');
	const waits = await good(post('/api/opportunities', { name: 'waits', stage: 'won', amount: 1000 }, who));
	await good(patch(waits.id, { stage: 'delayed' }, who));
	let now = await read(waits.id, who);
	assert.deepEqual([now.outcome, now.probability, now.weighted_amount, now.closed_at], ['open', 10, 100, null]);
	await good(patch(waits.id, { probability: 30 }, who));
	assert.equal((await read(waits.id, who)).probability, 30);
	await good(who.browser.delete(`/api/opportunities/${waits.id}`));
	const held = await good(post('/api/pipeline_stages', { pipeline_id: base, label: 'Held', outcome: 'waiting' }, who));
	assert.equal(held.probability, 10);
	await good(who.browser.delete(`/api/pipeline_stages/${held.id}`));
	// A stage whose value or label means waiting gets the outcome "waiting". Whole words count: "unwaiting" does
	// not match.
	await good(who.browser.put('/api/configuration/1', { config: { ...await config(), dealStages: [...(await config()).dealStages,
		{ value: 'later', label: 'On hold' }, { value: 'en-attente', label: 'Plus tard' }, { value: 'unwaiting', label: 'Unwaiting' }] } }));
	now = Object.fromEntries((await stages()).map((s) => [s.stage, s.outcome]));
	assert.deepEqual([now.later, now['en-attente'], now.unwaiting], ['waiting', 'waiting', 'open']);
	for (const { id } of (await stages()).filter((s) => ['later', 'en-attente', 'unwaiting'].includes(s.stage)))
		await good(who.browser.delete(`/api/pipeline_stages/${id}`));
	await good(who.browser.delete(`/api/pipeline_stages/${delayed.id}`));
	assert.ok(!(await config()).dealStages.some((s) => s.value === 'delayed'));
	// A client that knows only the configuration renames, adds and removes stages.
	await good(who.browser.patch(`/api/pipeline_stages/${made.id}`, { outcome: 'open', probability: 33 }));
	await good(post('/api/configuration/rename-stage', { from: 'field-test', to: 'trial' }, who));
	now = (await stages()).find((s) => s.stage === 'trial');
	assert.deepEqual([now.id, now.probability], [made.id, 33]);
	const { dealStages } = await config();
	await good(who.browser.put('/api/configuration/1', { config: { ...await config(),
		dealStages: [{ value: 'new', label: 'New' }, ...dealStages.filter((s) => s.value !== 'lost')] } }));
	assert.deepEqual((await stages()).map((s) => s.stage), ['new', 'opportunity', 'proposal-sent', 'in-negociation', 'won', 'trial']);
	await good(who.browser.put('/api/configuration/1', { config: { ...await config(), dealPipelineStatuses: ['trial'] } }));
	now = Object.fromEntries((await stages()).map((s) => [s.stage, [s.outcome, s.probability]]));
	assert.deepEqual([now.trial[0], now.trial[1], now.won[0]], ['won', 100, 'open']);
	assert.equal((await post('/api/pipeline_stages', { pipeline_id: base, label: 'Trial', stage: 'trial' }, who)).status, 409);
	// Members can read pipelines and stages, but cannot change them.
	const member1 = await member(who, 'member');
	assert.equal((await member1.browser.get('/api/pipeline_stages')).status, 200);
	await refused(member1.browser.post('/api/pipelines', { name: 'Mine' }));
	await refused(member1.browser.patch(`/api/pipeline_stages/${made.id}`, { probability: 1 }));
});

test('only the team sees the opportunities of its pipeline, in every place', async () => {
	const who = await owner('teams');
	await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	const wire = async (path, body) => good(who.browser.post(`/api/auth/organization/${path}`, body));
	const team = (await wire('create-team', { name: 'Key accounts' })).id;
	const [inside, outside] = [await member(who, 'member'), await member(who, 'member')];
	await wire('add-team-member', { teamId: team, userId: inside.id });
	await refused(post('/api/pipelines', { name: 'None', team_id: 'nobody' }, who), 'team_id');
	const key = await good(post('/api/pipelines', { name: 'Key', team_id: team }, who));
	const made = await good(post('/api/pipeline_stages', { pipeline_id: key.id, label: 'Courting', probability: 25 }, who));
	await good(post('/api/pipeline_stages', { pipeline_id: key.id, label: 'Signed', outcome: 'won' }, who));
	const company = await good(post('/api/companies', { name: 'Held' }, who));
	const one = await good(post('/api/opportunities', { name: 'Secret giant', stage: made.stage, amount: 9, company_id: company.id }, who));
	const plain = await good(post('/api/opportunities', { name: 'Plain', stage: 'opportunity', amount: 7 }, who));
	await good(post('/api/deal_notes', { deal_id: one.id, text: 'whisper' }, who));
	const seen = async (user) => {
		const list = await user.browser.get(`/api/opportunities${query({ range: [0, 9] })}`);
		const old = await user.browser.get('/api/deals');
		return [list.json.map((o) => o.name).sort(), list.headers['content-range'].split('/')[1], old.json.length,
			(await user.browser.get(`/api/opportunities/${one.id}`)).status, (await user.browser.get(`/api/deals/${one.id}`)).status,
			(await user.browser.get('/api/deal_notes')).json.length,
			(await user.browser.get('/api/search?q=giant')).json.length ?? (await user.browser.get('/api/search?q=giant')).json.hits?.length,
			(await get(`/api/companies/${company.id}`, user)).nb_deals,
			(await get(`/api/opportunities/aggregate${query({ values: ['sum:amount'] })}`, user))[0].sum_amount];
	};
	const all = [['Plain', 'Secret giant'], '2', 2, 200, 200, 1, 1, 1, 16];
	assert.deepEqual(await seen(who), all);
	assert.deepEqual(await seen(inside), all);
	assert.deepEqual(await seen(outside), [['Plain'], '1', 1, 404, 404, 0, 0, 0, 7]);
	// The table's policy hides the deals.
	const [[rule]] = sql("SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'may_be_in' AND polrelid = 'crm.deals'::regclass");
	const policy = (using) => sql(`ALTER POLICY may_be_in ON crm.deals USING (${using})`);
	policy('true');
	try {
		assert.deepEqual(await seen(outside), all);
	} finally {
		policy(rule.replaceAll('\n', ' '));
	}
	assert.equal((await outside.browser.get(`/api/opportunities/${one.id}`)).status, 404);
	// Other members can neither change a deal in the pipeline nor move a deal into it.
	assert.equal((await patch(one.id, { name: 'Mine' }, outside)).status, 404);
	const moved = await outside.browser.post(`/api/opportunities/${plain.id}/move`, { pipeline_id: key.id, index: 0 });
	assert.equal(moved.status, 422, moved.text);
	assert.equal((await outside.browser.post(`/api/deals/${plain.id}/move`, { stage: made.stage, index: 0 })).status, 422);
	assert.ok((await outside.browser.patch(`/api/deals/${plain.id}`, { stage: made.stage })).status >= 400);
	assert.equal((await read(plain.id, who)).stage, 'opportunity');
	// A share permits access to a single deal.
	await good(post('/api/shares', { resource: 'deals', row_id: one.id, user_id: outside.id, access: 'read' }, who));
	assert.equal((await read(one.id, outside)).name, 'Secret giant');
	await wire('remove-team-member', { teamId: team, userId: inside.id });
	assert.equal((await inside.browser.get(`/api/opportunities/${one.id}`)).status, 404);
	// The same limits apply to a new member. After the deletion of the team, only administrators see the deals.
	// The limits also apply while the module is off.
	await good(who.browser.put('/api/modules/b2b', { enabled: false }));
	assert.equal((await inside.browser.get(`/api/deals/${one.id}`)).status, 404);
	assert.equal((await (await member(who, 'member')).browser.get(`/api/deals/${one.id}`)).status, 404);
	await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	await wire('remove-team', { teamId: team });
	assert.equal((await inside.browser.get(`/api/opportunities/${one.id}`)).status, 404);
	assert.equal((await who.browser.get(`/api/opportunities/${one.id}`)).status, 200);
	await good(who.browser.patch(`/api/pipelines/${key.id}`, { team_id: null }));
	assert.equal((await inside.browser.get(`/api/opportunities/${one.id}`)).status, 200);
});

test('a move to another pipeline selects the stage that is most similar to the current stage', async () => {
	const who = await owner('moves');
	await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	const other = await good(post('/api/pipelines', { name: 'Renewals' }, who));
	const empty = await good(post('/api/pipelines', { name: 'Empty' }, who));
	for (const [label, outcome, probability] of [['Due', 'open', 50], ['Offered', 'open', 90], ['Renewed', 'won'], ['Gone', 'lost']])
		await good(post('/api/pipeline_stages', { pipeline_id: other.id, label, outcome, probability }, who));
	for (const [from, to] of [['opportunity', 'due'], ['proposal-sent', 'due'], ['in-negociation', 'due'], ['delayed', 'due'], ['won', 'renewed'], ['lost', 'gone']]) {
		const one = await good(post('/api/opportunities', { name: from, stage: from }, who));
		const [moved] = await good(post(`/api/opportunities/${one.id}/move`, { pipeline_id: other.id, index: 0 }, who));
		assert.deepEqual([moved.stage, moved.pipeline_id], [to, other.id]);
		const rs = await refused(post(`/api/opportunities/${one.id}/move`, { pipeline_id: empty.id, index: 0 }, who), 'pipeline_id');
		assert.match(rs.detail, /no such pipeline|no stages/);
	}
	await refused(who.browser.delete(`/api/pipelines/${other.id}`));
	await good(who.browser.delete(`/api/pipelines/${empty.id}`));
	const [base] = await get(`/api/pipelines${query({ filter: { is_default: true } })}`, who);
	await refused(who.browser.delete(`/api/pipelines/${base.id}`));
	await good(who.browser.patch(`/api/pipelines/${other.id}`, { is_default: true }));
	assert.deepEqual((await get('/api/pipelines', who)).filter((p) => p.is_default).map((p) => p.id), [other.id]);
	await refused(who.browser.patch(`/api/pipelines/${other.id}`, { is_default: false }), 'is_default');
});

test('the forecast and the outcomes are the sums of the rows in the list', async () => {
	const who = await owner('forecast');
	await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	const day = new Date().toISOString().slice(0, 10);
	const add = (more) => good(post('/api/opportunities', { name: 'x', stage: 'opportunity', amount: 100, expected_closing_date: day, ...more }, who));
	await add();
	await add({ is_committed: true, probability: 90 });
	await add({ currency: 'EUR' });
	await add({ stage: 'won', amount: 40 });
	await add({ stage: 'lost', outcome_reason: 'price' });
	await add({ expected_closing_date: '2020-01-31' });
	await add({ amount: 1000, expected_closing_date: null });
	const archived = await add({ amount: 500, expected_closing_date: null });
	await good(who.browser.patch(`/api/opportunities/${archived.id}`, { archived_at: new Date().toISOString() }));
	const rows = await get('/api/opportunities/forecast', who);
	assert.deepEqual(rows.map((r) => [r.month, r.currency, r.open, r.amount, r.weighted_amount, r.committed_amount, r.won, r.won_amount]), [
		[`${day.slice(0, 8)}01`, 'EUR', 1, 100, 20, 0, 0, 0], [`${day.slice(0, 8)}01`, 'USD', 2, 200, 110, 100, 1, 40],
		[null, 'USD', 1, 1000, 200, 0, 0, 0]]);
	const closed = await get('/api/opportunities/outcomes', who);
	assert.deepEqual(closed.map((r) => [r.outcome, r.reason, r.count, r.amount, r.days]), [['won', null, 1, 40, 0], ['lost', 'price', 1, 100, 0]]);
	assert.deepEqual(await get(`/api/opportunities/forecast?from=2019-01-01&to=2020-12-31`, who).then((r) => r.map((x) => [x.month, x.open])), [['2020-01-01', 1], [null, 1]]);
	assert.equal((await who.browser.get('/api/opportunities/forecast?from=x')).status, 400);
	assert.equal((await who.browser.get('/api/opportunities/forecast?pipeline_id=x')).status, 400);
});

test('a bulk change of a filter changes the opportunities that a list with this filter returns', async () => {
	const who = await owner('archivedbulk');
	await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	const [open, archived] = await Promise.all(['Open', 'Archived'].map((name) => good(post('/api/opportunities', { name, stage: 'opportunity' }, who))));
	await good(who.browser.patch(`/api/opportunities/${archived.id}`, { archived_at: new Date().toISOString() }));
	const bulk = (resource, body) => good(post(`/api/${resource}/bulk`, body, who));
	const closing = async () => (await get('/api/opportunities?include=archived', who)).filter((row) => row.expected_closing_date).map(({ name }) => name).sort();
	for (const filter of [{}, { stage: 'opportunity' }, { '@or': [{ name: 'Open' }, { name: 'Archived' }] }, { 'archived_at@not.is': null },
		{ '@or': [{ 'archived_at@is': null }, { 'archived_at@not.is': null }] }, { 'id@in': [open.id, archived.id] }]) {
		const listed = (await get(`/api/opportunities${query({ filter })}`, who)).map(({ name }) => name).sort();
		assert.deepEqual(await bulk('opportunities', { filter, preview: true }), { count: listed.length }, JSON.stringify(filter));
		const { id, count } = await bulk('opportunities', { filter, max: listed.length, set: { expected_closing_date: '2030-01-31' } });
		assert.deepEqual([count, await closing()], [listed.length, listed], JSON.stringify(filter));
		await good(post(`/api/bulk_changes/${id}/undo`, {}, who));
		assert.deepEqual(await closing(), []);
	}
	assert.equal((await bulk('opportunities', { ids: [open.id, archived.id], set: { expected_closing_date: '2030-01-31' } })).count, 2);
	// Lists of deals contain archived rows.
	assert.deepEqual(await bulk('deals', { filter: {}, preview: true }), { count: 2 });
	assert.equal((await post('/api/opportunities/bulk', { filter: null, max: 9, set: { name: 'x' } }, who)).status >= 400, true);
});

test('lists omit archived opportunities unless the request asks for them', async () => {
	const who = await owner('archived');
	await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	const [open, archived, gone] = await Promise.all(['Open', 'Archived', 'Gone'].map((name) => good(post('/api/opportunities', { name, stage: 'opportunity' }, who))));
	await good(who.browser.patch(`/api/opportunities/${archived.id}`, { archived_at: new Date().toISOString() }));
	await good(who.browser.delete(`/api/opportunities/${gone.id}`));
	const names = async (resource, parameters) => (await get(`/api/${resource}${query(parameters)}`, who)).map(({ name }) => name).sort();
	const { id } = await good(post('/api/views', { name: 'Archive', resource: 'opportunities', filters: { 'archived_at@not.is': null } }, who));
	for (const resource of ['opportunities', 'opportunities_summary']) {
		const rs = await who.browser.get(`/api/${resource}?count=exact`);
		assert.deepEqual([rs.json.map(({ name }) => name), rs.headers['content-range']], [['Open'], `${resource} 0-0/1`]);
		assert.deepEqual(await names(resource, { filter: { stage: 'opportunity' } }), ['Open']);
		assert.deepEqual(await names(resource, { filter: { q: 'Archived' } }), []);
		assert.deepEqual((await get(`/api/${resource}?include=archived`, who)).map(({ name }) => name).sort(), ['Archived', 'Open']);
		for (const filter of [{ 'archived_at@not.is': null }, { id: archived.id }, { id: [archived.id] }, { '@or': [{ 'archived_at@gt': '2020-01-01' }, { name: 'x' }] },
			{ '@not': { 'archived_at@is': null } }])
			assert.deepEqual(await names(resource, { filter }), ['Archived'], JSON.stringify(filter));
		const wrong = await who.browser.get(`/api/${resource}${query({ filter: { nothing: 1 } })}`);
		assert.deepEqual([wrong.status, Object.keys(wrong.json.errors)], [400, ['nothing']]);
	}
	assert.deepEqual((await get(`/api/opportunities?view=${id}`, who)).map(({ name }) => name), ['Archived']);
	assert.deepEqual((await get('/api/opportunities?include=deleted', who)).map(({ name }) => name).sort(), ['Archived', 'Gone', 'Open']);
	assert.deepEqual((await get('/api/deals', who)).map(({ name }) => name).sort(), ['Archived', 'Open']);
	assert.equal((await read(archived.id, who)).name, 'Archived');
	assert.equal((await who.browser.get('/api/contacts?include=archived')).status, 400);
	assert.equal((await who.browser.get('/api/opportunities/export?format=ndjson')).text.trim().split('\n').length, 2);
	assert.ok(open.id);
});

test('a webhook receives the names of its version', async () => {
	const who = await owner('versions');
	const received = [];
	const server = http.createServer((rq, rs) => {
		let body = '';
		rq.on('data', (part) => { body += part; });
		rq.on('end', () => {
			received.push({ path: rq.url, ...JSON.parse(body) });
			rs.end();
		});
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	const jobs = startJobs();
	after(() => jobs.stop());
	after(() => server.close());
	const hook = (path, more) => good(post('/api/webhooks', { url: `http://127.0.0.1:${server.address().port}${path}`, ...more }, who));
	const old = await hook('/old', { events: ['deals.create', 'deals.update'] });
	assert.equal(old.payload_version, 1);
	await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	assert.equal((await hook('/new', { events: ['opportunities.*'] })).payload_version, 2);
	const one = await good(post('/api/opportunities', { name: 'Told', stage: 'opportunity', probability: 35 }, who));
	await until(() => received.length >= 2);
	const by = Object.fromEntries(received.map((r) => [r.path, r]));
	assert.deepEqual([by['/old'].type, by['/old'].data.id, 'probability' in by['/old'].data], ['deals.create', one.id, false]);
	assert.deepEqual([by['/new'].type, by['/new'].data.id, by['/new'].data.probability], ['opportunities.create', one.id, 35]);
	await good(who.browser.patch(`/api/webhooks/${old.id}`, { payload_version: 2 }));
	received.length = 0;
	await good(who.browser.patch(`/api/opportunities/${one.id}`, { name: 'Again' }));
	await until(() => received.some((r) => r.path === '/old'));
	assert.equal(received.find((r) => r.path === '/old').type, 'opportunities.update');
	await refused(who.browser.patch(`/api/webhooks/${old.id}`, { payload_version: 3 }), 'payload_version');
});

test('deleted opportunities of a team stay hidden, and its sums are not in the metrics of others', async () => {
	const who = await owner('deleted');
	await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	const wire = async (path, body) => good(who.browser.post(`/api/auth/organization/${path}`, body));
	const team = (await wire('create-team', { name: 'Inner' })).id;
	const [inside, outside] = [await member(who, 'member'), await member(who, 'member')];
	await wire('add-team-member', { teamId: team, userId: inside.id });
	const key = await good(post('/api/pipelines', { name: 'Key', team_id: team }, who));
	await good(post('/api/pipeline_stages', { pipeline_id: key.id, label: 'Courting' }, who));
	await good(post('/api/pipeline_stages', { pipeline_id: key.id, label: 'Signed', outcome: 'won' }, who));
	const company = await good(post('/api/companies', { name: 'Held' }, who));
	const one = await good(post('/api/opportunities', { name: 'Secret giant', stage: 'courting', amount: 9, company_id: company.id }, who));
	await good(post('/api/opportunity_items', { opportunity_id: one.id, name: 'Secret item', unit_price: 100 }, who));
	await good(post('/api/deal_notes', { deal_id: one.id, text: 'Secret whisper' }, who));
	await good(post('/api/opportunities', { name: 'Secret win', stage: 'signed', amount: 4321 }, who));
	const before = await who.browser.get('/api/configuration/1');
	const { dealStages } = before.json.config;
	const stale = { config: { ...before.json.config, dealStages: dealStages.filter((s) => s.value !== 'signed') } };
	assert.equal((await who.browser.put('/api/configuration/1', stale)).status, 422);
	await good(outside.browser.delete(`/api/companies/${company.id}`));
	for (const resource of ['opportunities', 'deals', 'opportunity_items', 'opportunity_participants', 'deal_notes', 'trash']) {
		const rs = await outside.browser.get(resource === 'trash' ? '/api/trash' : `/api/${resource}?include=deleted`);
		assert.ok(!rs.text.includes('Secret'), `${resource}: ${rs.text}`);
	}
	assert.equal((await outside.browser.get(`/api/opportunities/${one.id}/history`)).status, 404);
	await good(who.browser.post('/api/daily_metrics/recompute', { days: 1 }));
	const metrics = await outside.browser.get('/api/daily_metrics');
	assert.doesNotMatch(metrics.text, /432100/);
	const all = await who.browser.get(`/api/daily_metrics${query({ sort: ['date', 'DESC'], range: [0, 1] })}`);
	assert.ok(all.text.includes('432100'), all.text);
	// All rows of the company are restored.
	const [gone] = await get(`/api/trash${query({ filter: { row_id: company.id } })}`, outside);
	await good(post(`/api/trash/${gone.id}/restore`, {}, outside));
	assert.equal((await read(one.id, who)).items_total, 100);
	assert.equal((await outside.browser.get(`/api/opportunities/${one.id}`)).status, 404);
});

test('the largest amount can be read, and writing it back changes nothing', async () => {
	const who = await owner('largest');
	await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	const { id } = await good(who.browser.send('POST', '/api/deals', '{"name":"Huge","stage":"won","amount":9223372036854775807}',
		{ 'content-type': 'application/json' }));
	assert.equal((await who.browser.get('/api/opportunities')).status, 200);
	await good(who.browser.delete(`/api/opportunities/${id}`));
	const contact = await good(post('/api/contacts', { last_name: 'Much' }, who));
	for (const name of ['A', 'B'])
		await good(who.browser.send('POST', '/api/deals', `{"name":"${name}","stage":"delayed","amount":9223372036854775807,"contact_ids":[${contact.id}]}`,
			{ 'content-type': 'application/json' }));
	assert.equal((await who.browser.get('/api/contact_influence_profile')).status, 200);
	const one = await good(post('/api/deals', { name: 'Echo', stage: 'lost', metadata: { lost_reason: 'late' } }, who));
	const was = await read(one.id, who);
	assert.deepEqual([was.is_committed, was.outcome_reason], [false, 'late']);
	await good(who.browser.put(`/api/opportunities/${one.id}`, was));
	assert.deepEqual((await get(`/api/opportunities/${one.id}/history`, who)).map((entry) => entry.changes).slice(0, -1), [{}]);
	await good(who.browser.patch(`/api/deals/${one.id}`, { metadata: { lost_reason: 'price' } }));
	assert.equal((await read(one.id, who)).outcome_reason, 'price');
	await good(who.browser.put(`/api/opportunities/${one.id}`, { ...await read(one.id, who), stage: 'opportunity' }));
	assert.equal((await read(one.id, who)).outcome_reason, null);
});

test('opportunities_summary is read-only, and returns the opportunities that the caller may read', async () => {
	const one = await create({ name: 'Summed up', stage: 'won' });
	const [listed] = await get(`/api/opportunities_summary${query({ filter: { id: [one.id], outcome: 'won' } })}`);
	assert.deepEqual(listed, await read(one.id));
	assert.deepEqual(await get(`/api/opportunities_summary/${one.id}`), listed);
	assert.equal((await post('/api/opportunities_summary', { name: 'No' })).status, 405);
	const other = await owner('opportunities');
	assert.equal((await other.browser.get('/api/opportunities_summary')).status, 404, 'without the module');
	await good(other.browser.put('/api/modules/b2b', { enabled: true }));
	assert.deepEqual(await get('/api/opportunities_summary', other), []);
	assert.equal((await other.browser.get(`/api/opportunities_summary/${one.id}`)).status, 404);
});
