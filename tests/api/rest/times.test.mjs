// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Each resource has the times of creation and change, with filters and sort orders. Other lists of rows have both times.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, openapi, operations, owner, query } from '../../lib/api.mjs';
import { rowsOf } from '../../lib/rows.mjs';

let who, document, rows;

before(async () => {
	who = await owner('Times');
	rows = await rowsOf(who, 'times');
	document = await openapi();
});

const get = (path) => ask('GET', path, { token: who.token });
const TIMES = ['created_at', 'updated_at'];
// Computed resources, see docs/api/lists.md. Their entries belong to rows that have both times.
const COMPUTED = ['activity_log', 'contact_influence_profile', 'daily_metrics', 'member_directory', 'principal_advocacy_dashboard', 'timeline'];

test('each resource can be filtered and sorted by both times', async () => {
	const lists = operations(document).filter((o) => o.resource && !o.other && !o.one && !o.file && o.method === 'GET');
	assert.ok(lists.length > 80);
	const without = new Set();
	for (const { path, resource } of lists)
		for (const time of TIMES) {
			if (!document.components.schemas[resource].properties[time]) {
				without.add(resource);
				continue;
			}
			const all = await get(path + query({ filter: { [`${time}@gte`]: '2020-01-01T00:00:00Z', [`${time}@lt`]: '2099-01-01T00:00:00Z' }, sort: [time, 'DESC'], range: [0, 99] }));
			assert.equal(all.status, 200, `${path} ${time} ${all.text}`);
			assert.ok(rows[resource] === undefined || all.json.length > 0, `${path} ${time}`);
			const times = all.json.map((row) => row[time]);
			assert.deepEqual(times, [...times].sort((a, b) => new Date(b) - new Date(a)), `${path} ${time}`);
			assert.deepEqual((await get(path + query({ filter: { [`${time}@gt`]: '2099-01-01T00:00:00Z' } }))).json, [], path);
		}
	assert.deepEqual([...without].sort(), COMPUTED);
});

// Lists whose entries are not rows.
const EVENTS = {
	'/api/api_keys/requests': 'entries of a log', '/api/events': 'entries of a log', '/api/operators/mail': 'records of sent mails',
	'/api/sandbox/mails': 'records of mails', '/api/operators/jobs/entries': 'entries of queues', '/api/assistant/proposals': 'answered once',
	'/api/appointments/conflicts': 'summaries of rows', '/api/imports/{id}/conflicts': 'references to rows', '/api/search': 'references to rows',
	'/api/modules': 'parts of the product', '/api/operations/checklist': 'parts of the product', '/api/operations/migrations': 'parts of the product',
	'/api/group_roles': 'settings that are deleted and created', '/api/operators/organizations': 'a view for operators',
};

test('each other list of rows has both times', () => {
	const without = operations(document).filter(({ resource, method, path }) => !resource && method === 'GET' && path.startsWith('/api/') && !path.startsWith('/api/auth/'))
		.filter(({ path, operation }) => {
			let { schema } = operation.responses[200]?.content?.['application/json'] ?? {};
			if (schema?.type !== 'array')
				return false;
			schema = schema.items.$ref ? document.components.schemas[schema.items.$ref.split('/').at(-1)] : schema.items;
			return schema.properties?.id && TIMES.some((time) => !schema.properties[time]);
		}).map(({ path }) => path).sort();
	assert.deepEqual(without, Object.keys(EVENTS).sort());
});

test('a change of a form and of a service account sets updated_at, and a new invitation has both times', async () => {
	const send = async (method, path, body, status) => {
		const rs = await ask(method, path, { token: who.token, body });
		assert.equal(rs.status, status, `${path} ${rs.text}`);
		return rs.json;
	};
	for (const [path, body, changes] of [['/api/forms', { name: 'Leads', origins: ['https://www.example.org'], fields: ['email'] }, [{ name: 'Visitors' }, { enabled: false }]],
		['/api/service_accounts', { name: 'Sync' }, [{ name: 'Sync 2' }, { disabled: true }]]]) {
		const made = await send('POST', path, body, 201);
		let before = made.updated_at;
		assert.ok(new Date(before) >= new Date(made.created_at), path);
		for (const change of changes) {
			const { updated_at } = await send('PATCH', `${path}/${made.id}`, change, 200);
			assert.ok(new Date(updated_at) > new Date(before), `${path} ${JSON.stringify(change)} ${updated_at} ${before}`);
			before = updated_at;
		}
		assert.equal((await get(path)).json.find(({ id }) => id === made.id).updated_at, before);
	}
	for (const [path, body] of [['/api/invites', { email: `times.${process.pid}@people.test` }], ['/api/calendar_feeds', {}], ['/api/message_channels', { channel: 'sms' }]]) {
		const made = await send('POST', path, body, 201);
		assert.equal(made.updated_at, made.created_at, path);
		assert.equal((await get(path)).json.find(({ id }) => id === made.id).updated_at, made.updated_at);
	}
});
