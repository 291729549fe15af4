// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=12 TENANTRY_ORGANIZATION_WORKERS=12
// Concurrent requests that write several of the same rows. They lock the rows in the order of their IDs. If a deadlock
// still occurs, the server repeats the request, which the client does not notice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONG, ask, owner, query, sql, workersLog } from '../../lib/api.mjs';

const CLIENTS = 12, REQUESTS = LONG ? 200 : 60;	// REQUESTS is the number of requests per client
const below = (n) => Math.floor(Math.random() * n);
const list = (n, made) => Array.from({ length: n }, (_, i) => made(i));
const shuffled = (all) => all.map((one) => [Math.random(), one]).sort(([a], [b]) => a - b).map(([, one]) => one);
const some = (all, n) => shuffled(all).slice(0, 1 + below(n));
const one = (all) => all[below(all.length)];
const deadlocks = () => workersLog().match(/ db_deadlock /g)?.length ?? 0;

async function organization(name) {
	const who = await owner(name);
	const send = (method, path, body) => ask(method, path, { token: who.token, body });
	const create = async (path, bodies) => (await Promise.all(bodies.map((body) => send('POST', path, body))))
		.map((rs) => rs.json.id ?? assert.fail(rs.text));
	return { send, create };
}

test('requests that write several rows lock the rows in a fixed order', async (t) => {
	const { send, create } = await organization('Writers');
	const contacts = await create('/api/contacts', list(12, (n) => ({ last_name: `Contact ${n}` })));
	const tags = await create('/api/tags', list(4, (n) => ({ name: `tag ${n}`, color: '#aabbcc' })));
	const deals = await create('/api/deals', list(6, (n) => ({ name: `Deal ${n}`, stage: 'opportunity', index: n,
		contact_ids: some(contacts, 3) })));
	const kinds = {
		batch: () => send('POST', '/api/batch', { operations: shuffled(contacts).slice(0, 8).map((id) =>
			({ method: 'PATCH', resource: 'contacts', id, data: { title: `${below(1e9)}` } })) }),
		edit: () => send('PATCH', `/api/contacts/${one(contacts)}`, { title: `${below(1e9)}`, tags: some(tags, 3) }),
		bulk: () => send('POST', '/api/contacts/bulk', { ids: some(contacts, 9), add: { tags: some(tags, 2) } }),
		many: () => send('PATCH', `/api/contacts${query({ filter: { id: some(contacts, 9) } })}`, { title: `${below(1e9)}` }),
		undo: async () => {
			const changes = (await send('GET', `/api/bulk_changes${query({ range: [0, 9] })}`)).json;
			return changes.length ? send('POST', `/api/bulk_changes/${one(changes).id}/undo`) : undefined;
		},
		move: () => send('POST', `/api/deals/${one(deals)}/move`, { stage: one(['opportunity', 'won']), index: below(4) }),
		people: () => send('PATCH', `/api/deals/${one(deals)}`, { contact_ids: some(contacts, 5) }),
		task: () => send('POST', '/api/tasks', { contact_id: one(contacts), text: 'call', type: 'call' }),
	};
	const before = deadlocks(), answers = {};
	await Promise.all(list(CLIENTS, async () => {
		for (let n = 0; n < REQUESTS; n++) {
			const kind = one(Object.keys(kinds));
			const key = `${kind} ${(await kinds[kind]())?.status}`;
			answers[key] = (answers[key] ?? 0) + 1;
		}
	}));
	t.diagnostic(`say ${JSON.stringify(answers)}`);
	for (const kind of ['batch', 'edit', 'bulk', 'many', 'move', 'people'])
		assert.ok(answers[`${kind} 200`] > 0, JSON.stringify(answers));
	assert.equal(deadlocks() - before, 0, JSON.stringify(answers));
});

test('deletions of tags, contacts and companies whose links share rows do not deadlock', async () => {
	const { send, create } = await organization('Deletions');
	const tags = await create('/api/tags', list(8, (n) => ({ name: `tag ${n}`, color: '#aabbcc' })));
	const companies = await create('/api/companies', list(4, (n) => ({ name: `Company ${n}` })));
	const contacts = await create('/api/contacts', list(16, (n) => ({ last_name: `Contact ${n}`,
		company_id: companies[n % 4], tags: shuffled(tags) })));
	await create('/api/deals', list(8, (n) => ({ name: `Deal ${n}`, stage: 'opportunity',
		contact_ids: shuffled(contacts) })));
	const before = deadlocks();
	const erase = async (path) => {
		let rs = await send('DELETE', path);
		for (let n = 0; rs.status === 503 && n < 10; n++)	// a lock wait of 2 s ends with 503, which can be retried
			rs = await send('DELETE', path);
		assert.equal(rs.status, 200, rs.text);
	};
	for (const paths of [tags.map((id) => `tags/${id}`), contacts.filter((_, n) => n % 2).map((id) => `contacts/${id}`),
		companies.map((id) => `companies/${id}`)])
		await Promise.all(shuffled(paths).map((path) => erase(`/api/${path}`)));
	assert.equal(deadlocks() - before, 0);
	for (const deal of (await send('GET', '/api/deals')).json)
		assert.deepEqual(deal.contact_ids, []);
});

test('a request that loses a deadlock is repeated, at most twice', async () => {
	const { send, create } = await organization('Repeats');
	const [id] = await create('/api/contacts', [{ last_name: 'One' }]);
	const lose = (n) => sql(`CREATE SCHEMA IF NOT EXISTS trap; GRANT USAGE ON SCHEMA trap TO PUBLIC;
		DROP SEQUENCE IF EXISTS trap.tries; CREATE SEQUENCE trap.tries; GRANT ALL ON trap.tries TO PUBLIC;
		CREATE OR REPLACE FUNCTION trap.lose() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF nextval('trap.tries') <= ${n} THEN	-- a rollback does not set it back
				RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01';
			END IF;
			RETURN NEW;
		END $$;
		CREATE OR REPLACE TRIGGER lose BEFORE UPDATE ON crm.contacts FOR EACH ROW EXECUTE FUNCTION trap.lose()`);
	const rename = (title) => send('PATCH', `/api/contacts/${id}`, { title });
	try {
		for (const [n, status, title] of [[0, 200, 'a'], [1, 200, 'b'], [2, 200, 'c'], [3, 503, 'c']]) {
			lose(n);
			const before = deadlocks();
			const rs = await rename(status === 200 ? title : 'lost');
			assert.equal(rs.status, status, rs.text);
			assert.equal(deadlocks() - before, Math.min(n, 2));
			assert.equal((await send('GET', `/api/contacts/${id}`)).json.title, title);
		}
	} finally {
		sql('DROP SCHEMA trap CASCADE');
	}
	const [[changes]] = sql(`SELECT count(*) FROM ops.audit_log WHERE row_id = '${id}' AND action = 'update'`);
	assert.equal(Number(changes), 3);
});
