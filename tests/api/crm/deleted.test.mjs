// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_TRASH_DAYS=1
// include=deleted: lists and rows that include the trash, in the resource's format.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startJobs, until } from '../lib/files.mjs';
import { member, owner as signedUp } from '../lib/people.mjs';
import { ask, openapi, owner, query, sampled, sql } from '../../lib/api.mjs';
import { rowsOf } from '../../lib/rows.mjs';

let who, stranger, document;
const jobs = startJobs();
after(() => jobs.stop());

const get = (path, token = who.token) => ask('GET', path, { token });
async function good(method, path, body, token = who.token) {
	const rs = await ask(method, path, { token, body });
	assert.ok(rs.status < 300, `${method} ${path}: ${rs.status} ${rs.text}`);
	return rs;
}
const deletedList = (resource, parameters = {}) => `/api/${resource}${query({ include: 'deleted', ...parameters })}`;

before(async () => {
	who = await owner('Deleted');
	stranger = await owner('Stranger');
	document = await openapi();
});

// Returns the resources whose GET operation has the parameter.
const resources = (suffix) => Object.entries(document.paths).filter(([path, { get: operation }]) =>
	path.match(/^\/api\/[a-z_]+(\/\{id\})?$/) && path.endsWith('{id}') === suffix
	&& operation?.parameters.some((p) => p.name === 'include' && p.schema.enum.includes('deleted'))).map(([path]) => path.split('/')[2]).sort();

test('exactly the resources with a trash have the parameter', () => {
	const tables = sql(`SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
		WHERE t.tgname = 'trash' AND c.relname <> 'appointment_attendees' ORDER BY 1`).map(([name]) => name);
	assert.ok(tables.length > 15, tables.join());
	for (const suffix of [false, true])
		assert.deepEqual(resources(suffix).filter((name) => name !== 'opportunities'), tables);	// opportunities share the rows of deals
});

test('a deleted row of each resource keeps its format and values', async () => {
	const computed = ['company_name', 'nb_tasks', 'nb_deals', 'nb_contacts', 'starts_local', 'ends_local', 'attendees', 'duration',
		'pipeline_id', 'outcome', 'weighted_amount', 'probability_is_manual', 'closed_at'];
	// Returns whether a field of a deleted row is computed: the product of an item, for example, is deleted
	// first.
	const isComputed = (name, key) => computed.includes(key) || name === 'company_profiles' && key === 'name'
		|| name === 'opportunity_items' && key === 'product_id';
	const rows = await rowsOf(who, 'shape');
	// A contact's primary organization is a separate row.
	const names = resources(false), was = {};
	for (const name of names) {
		rows[name] ??= (await good('GET', `/api/${name}`)).json[0];
		was[name] = (await good('GET', `/api/${name}/${rows[name].id}`)).json;
		const same = (await good('GET', `/api/${name}/${rows[name].id}?include=deleted`)).json;
		assert.deepEqual(same, { ...was[name], deleted_at: null, deleted_by: null }, name);
	}
	for (const name of ['companies', ...names])
		await ask('DELETE', `/api/${name}/${rows[name].id}`, { token: who.token });
	for (const name of names) {
		const { id } = rows[name];
		assert.equal((await get(`/api/${name}/${id}`)).status, 404, name);
		assert.ok(!(await good('GET', `/api/${name}${query({ filter: { id: [id] } })}`)).json.length, name);
		const one = (await good('GET', `/api/${name}/${id}?include=deleted`)).json;
		const [listed] = (await good('GET', deletedList(name, { filter: { id: [id] } }))).json;
		assert.deepEqual(listed, one, name);
		assert.ok(Date.now() - Date.parse(one.deleted_at) < 60000, one.deleted_at);
		assert.equal(one.deleted_by, who.me.id, name);
		for (const key of Object.keys(was[name]))
			if (isComputed(name, key))
				assert.equal(one[key], null, `${name}.${key}`);
			else if (!['updated_at', 'is_primary'].includes(key))
				assert.deepEqual(one[key], was[name][key], `${name}.${key}`);
		assert.deepEqual(Object.keys(one), [...Object.keys(was[name]), 'deleted_at', 'deleted_by'], name);
		// A caller from another organization gets the same responses as for a missing row.
		const theirs = await get(`/api/${name}/${id}?include=deleted`, stranger.token);
		assert.ok([403, 404].includes(theirs.status), `${name} ${theirs.text}`);
		const list = await get(deletedList(name, { range: [0, 999] }), stranger.token);
		assert.ok(!list.text.includes('shape'), `${name} ${list.text}`);
	}
	// A restored row is no longer deleted.
	const [item] = (await good('GET', `/api/trash${query({ filter: { row_id: rows.companies.id } })}`)).json;
	await good('POST', `/api/trash/${item.id}/restore`);
	const back = (await good('GET', `/api/companies/${rows.companies.id}?include=deleted`)).json;
	assert.equal(back.deleted_at, null);
});

test('filters, sorts, counts and pages apply to both existing and deleted rows', async () => {
	const me = await owner('Pages');
	const all = [];
	const pick = (list, n) => list[n % list.length];
	for (let n = 0; n < 60; n++)
		all.push((await good('POST', '/api/companies', { name: `Firm ${pick(['é', 'b', 'a', 'c'], n * 7)} ${n % 10}`,
			city: pick(['Lyon', 'Paris', null], n), size: pick([1, 10, null, 50], n * 3) }, me.token)).json);
	for (let n = 0; n < 60; n += 2)
		all[n] = { ...all[n], ...(await good('DELETE', `/api/companies/${all[n].id}`, undefined, me.token)).json, gone: true };
	const order = (key, down) => (x, y) => {
		const [a, b] = [x[key] ?? null, y[key] ?? null], turn = down ? -1 : 1;
		if (a === b)
			return turn * (x.id - y.id);
		return a === null ? 1 : b === null ? -1 : turn * (a < b ? -1 : 1);
	};
	const filters = [[undefined, () => true], [{ city: 'Paris' }, (r) => r.city === 'Paris'],
		[{ 'deleted_at@not.is': null }, (r) => r.gone], [{ 'deleted_at@is': null, 'size@gte': 10 }, (r) => !r.gone && r.size >= 10],
		[{ '@or': { city: 'Lyon', size: 50 } }, (r) => r.city === 'Lyon' || r.size === 50],
		[{ 'name@ilike': 'firm a' }, (r) => r.name.includes('Firm a')], [{ deleted_by: me.me.id }, (r) => r.gone],
		[{ id: all.slice(0, 9).map((r) => r.id) }, (r) => all.indexOf(r) < 9],
		[{ q: 'firm lyon' }, (r) => r.city === 'Lyon'], [{ q: 'firm', city: 'Paris' }, (r) => r.city === 'Paris'],
		[{ city: 'Nowhere' }, () => false]];
	const ids = (rows) => rows.map((r) => r.id);
	const orders = [['id', 'ASC'], ['id', 'DESC'], ['size', 'ASC'], ['size', 'DESC'], ['city', 'DESC']];
	for (const [[filter, has], [key, way]] of sampled(filters.flatMap((one) => orders.map((way) => [one, way])), 4)) {
		const wanted = all.filter(has).sort(order(key, way === 'DESC'));
		const parameters = { sort: [key, way], ...filter && { filter } };
		for (const range of [[0, 999], [0, 6], [5, 11], [20, 39]]) {
			const rs = await good('GET', deletedList('companies', { ...parameters, range }), undefined, me.token);
			const about = JSON.stringify({ ...parameters, range });
			assert.deepEqual(ids(rs.json), ids(wanted.slice(range[0], range[1] + 1)), about);
			assert.equal(rs.headers['content-range'].split('/')[1], String(wanted.length), about);
			for (const row of rs.json)
				assert.equal(row.deleted_at !== null, all.find((r) => r.id === row.id).gone === true, about);
		}
		// The list is also the same with cursors and other kinds of counts.
		for (const count of ['none', 'estimated', 'exact']) {
			let next = deletedList('companies', { ...parameters, count, after: '', range: [0, 6] });
			const walked = [];
			while (next) {
				const rs = await good('GET', next, undefined, me.token);
				walked.push(...ids(rs.json));
				if (count !== 'none')
					assert.equal(rs.headers['content-range'].split('/')[1], String(wanted.length));
				next = rs.headers.link?.match(/<([^>]*)>; *rel="next"/)?.[1];
			}
			assert.deepEqual(walked, ids(wanted), JSON.stringify({ ...parameters, count }));
		}
	}
	const fields = (await good('GET', deletedList('companies', { fields: ['name', 'deleted_at'], range: [0, 0] }), undefined, me.token)).json;
	assert.deepEqual(Object.keys(fields[0]), ['name', 'deleted_at']);
	const embedded = await good('GET', deletedList('companies', { embed: ['changed'], filter: { id: [all[0].id] } }), undefined, me.token);
	assert.ok(embedded.json[0].changed);
});

test('indexes do not hide deleted rows: keys of metadata and custom fields find them', async () => {
	await good('POST', '/api/field_definitions', { resource: 'companies', key: 'grade', kind: 'text', label: 'Grade', is_indexed: true });
	const ids = [];
	for (const _ of [1, 2])
		ids.push((await good('POST', '/api/companies', { name: 'Indexed', metadata: { color: 'red', n: 1 }, custom: { grade: 'first' } })).json.id);
	await good('DELETE', `/api/companies/${ids[0]}`);
	for (const filter of [{ 'metadata.color': 'red' }, { 'metadata.n': 1.0 }, { 'metadata.color@in': ['red'] }, { 'custom.grade': 'first' }, { 'custom.grade@in': ['first'] }]) {
		const find = async (path) => (await good('GET', path)).json.map(({ id }) => id);
		assert.deepEqual(await find(deletedList('companies', { filter, sort: ['id', 'ASC'] })), ids, JSON.stringify(filter));
		assert.deepEqual(await find(`/api/companies${query({ filter })}`), [ids[1]], JSON.stringify(filter));
	}
});

test('what has no trash, and another value, is refused', async () => {
	for (const [path, message] of [['/api/sales?include=deleted', /trash has no sales/],
		['/api/timeline?include=deleted', /trash has no timeline/], ['/api/trash?include=deleted', /trash has no trash/],
		['/api/contacts?include=all', /use one of deleted/], [`/api/tags/1?include=`, /use one of deleted/]]) {
		const rs = await get(path);
		assert.equal(rs.status, 400, rs.text);
		assert.match(rs.text, message);
	}
});

test('only users who may see the trash see deleted rows, and others get 403', async () => {
	const boss = await signedUp('boss');
	const wire = async (path, body) => {
		const rs = await boss.browser.post(`/api/auth/organization/${path}`, body);
		assert.equal(rs.status, 200, rs.text);
		return rs.json;
	};
	const list = async (browser, resource = 'contacts') => browser.get(deletedList(resource, { range: [0, 999] }));
	const names = (rs) => (assert.equal(rs.status, 200, rs.text), rs).json.map((r) => `${r.last_name ?? r.title}${r.deleted_at ? ' gone' : ''}`).sort();
	// Creates an API key that permits only the resource.
	const key = async (permissions) => (await boss.browser.post('/api/auth/api-key/create', { permissions })).json.key;
	const keyed = async (permissions) => ask('GET', deletedList('contacts'), { headers: { 'x-api-key': await key(permissions) } });
	const rs = await keyed({ contacts: ['read'] });
	assert.equal(rs.status, 403, rs.text);
	assert.match(rs.text, /trash/);
	assert.equal((await keyed({ trash: ['read'] })).status, 403);
	assert.equal((await keyed({ contacts: ['read'], trash: ['read'] })).status, 200);
	// Roles that are limited to some rows, or to some fields.
	await wire('create-role', { role: 'rep', permission: { contacts: ['create', 'read:own', 'update:own', 'delete:own'] } });
	await wire('create-role', { role: 'titles', permission: { contacts: ['create', 'read', 'delete'], 'contacts.read': ['title'] } });
	const max = await member(boss), rep = await member(boss), narrow = await member(boss);
	for (const [person, role] of [[rep, 'rep'], [narrow, 'titles']]) {
		const [[id]] = sql(`SELECT m.id FROM identity.organization_member m WHERE m.user_id = '${person.id}'`);
		await wire('update-member-role', { memberId: id, role });
	}
	for (const [person, name] of [[boss, 'boss'], [rep, 'rep'], [narrow, 'narrow']])
		for (const state of ['kept', 'deleted']) {
			const made = await person.browser.post('/api/contacts', person === narrow
				? { title: `${name} ${state}` } : { last_name: `${name} ${state}`, title: `title of ${name} ${state}` });
			assert.equal(made.status, 201, made.text);
			if (state === 'deleted')
				assert.equal((await person.browser.delete(`/api/contacts/${made.json.id}`)).status, 200);
		}
	for (const person of [boss, max])
		assert.deepEqual(names(await list(person.browser)), ['boss deleted gone', 'boss kept', 'narrow deleted gone',
			'narrow kept', 'rep deleted gone', 'rep kept']);
	assert.deepEqual(names(await list(rep.browser)), ['rep deleted gone', 'rep kept'], 'a rep sees what is theirs');
	// Such users see nothing of the row in the trash, and therefore nothing of deleted rows.
	const hidden = await list(narrow.browser);
	assert.equal(hidden.status, 422, hidden.text);
	assert.match(hidden.text, /your role does not allow this/);
	assert.equal((await narrow.browser.get('/api/contacts')).status, 200);
	const gone = (await boss.browser.get(deletedList('contacts', { filter: { last_name: 'boss deleted' } }))).json[0];
	assert.equal((await rep.browser.get(`/api/contacts/${gone.id}?include=deleted`)).status, 404);
	assert.equal((await narrow.browser.get(`/api/contacts/${gone.id}?include=deleted`)).status, 422);
	assert.equal((await max.browser.get(`/api/contacts/${gone.id}?include=deleted`)).json.last_name, 'boss deleted');
});

test('the trash keeps rows for the configured time', async () => {
	const me = await owner('Policy');
	const { config } = (await good('GET', '/api/configuration/1', undefined, me.token)).json;
	const put = (trashDays) => ask('PUT', '/api/configuration/1', { token: me.token, body: { config: { ...config, trashDays } } });
	for (const wrong of [1, 'x', [], { contacts: -1 }, { contacts: 1.5 }, { contacts: '3' }, { contacts: 3651 }, { contacts: null },
		{ sales: 1 }, { nothing: 1 }]) {
		const rs = await put(wrong);
		assert.equal(rs.status, 422, JSON.stringify(wrong) + rs.text);
		assert.match(rs.json.errors['config.trashDays'] ?? rs.text, /whole numbers from 0 to 3650/);
	}
	assert.equal((await put({ tags: 0, companies: 3 })).status, 200);
	const make = async (resource, body, days) => {
		const { id } = (await good('POST', `/api/${resource}`, body, me.token)).json;
		await good('DELETE', `/api/${resource}/${id}`, undefined, me.token);
		sql(`SELECT set_config('app.org_id', '${me.organization}', false);
			UPDATE crm.trash SET deleted_at = now() - interval '${days} days' WHERE row_id = ${id}`);
		return id;
	};
	const gone = async (resource, id) => (await get(`/api/${resource}/${id}?include=deleted`, me.token)).status === 404;
	const purge = () => sql(`UPDATE ops.organization_turn SET due_at = now() WHERE org_id = '${me.organization}' AND task = 'trash';
		NOTIFY tenantry_periodic_tasks`);
	const forever = await make('tags', { name: 't', color: '#abc' }, 4000);
	const young = await make('companies', { name: 'young' }, 2);
	const old = await make('companies', { name: 'old' }, 4);
	const usual = await make('contacts', { last_name: 'usual' }, 2);
	const fresh = await make('contacts', { last_name: 'fresh' }, 0.5);
	purge();
	await until(async () => await gone('companies', old) && await gone('contacts', usual));
	for (const [resource, id] of [['tags', forever], ['companies', young], ['contacts', fresh]])
		assert.ok(!await gone(resource, id), resource);
	// Invalid values that were stored before the check existed are ignored, and the default period applies.
	sql(`SET session_replication_role = replica;
		UPDATE crm.configuration SET config = config || '{"trashDays": {"tags": "x", "companies": 1e99}}' WHERE org_id = '${me.organization}'`);
	purge();
	await until(async () => await gone('tags', forever) && await gone('companies', young));
	assert.ok(!await gone('contacts', fresh));
});

test('the changes since a time include deletions, changes and restores, in order', async () => {
	const me = await owner('Since');
	const make = async (last_name) => (await good('POST', '/api/contacts', { last_name }, me.token)).json;
	const [first, second, third] = [await make('First'), await make('Second'), await make('Third')];
	const since = async (row, more = {}) => (await good('GET', deletedList('contacts', { sort: ['updated_at', 'ASC'],
		filter: { 'updated_at@gt': row.updated_at }, ...more }), undefined, me.token)).json;
	assert.deepEqual((await since(first)).map((r) => r.last_name), ['Second', 'Third']);
	assert.deepEqual(await since(third), []);
	const renamed = (await good('PATCH', `/api/contacts/${first.id}`, { last_name: 'Renamed' }, me.token)).json;
	assert.equal(renamed.created_at, first.created_at);
	await good('DELETE', `/api/contacts/${second.id}`, undefined, me.token);
	const changes = await since(third);
	assert.deepEqual(changes.map((r) => [r.last_name, r.deleted_at !== null]), [['Renamed', false], ['Second', true]]);
	assert.equal(changes[1].updated_at, changes[1].deleted_at);
	assert.equal(changes[1].created_at, second.created_at);
	// The list is read page by page, in both orders.
	for (const order of ['ASC', 'DESC']) {
		const pages = [];
		for (let path = deletedList('contacts', { sort: ['updated_at', order], range: [0, 0] }) + '&after='; path;) {
			const rs = await good('GET', path, undefined, me.token);
			pages.push(...rs.json.map((r) => r.last_name));
			path = /<([^>]*)>; rel="next"/.exec(rs.headers.link ?? '')?.[1];
		}
		assert.deepEqual(order === 'ASC' ? pages : pages.reverse(), ['Third', 'Renamed', 'Second']);
	}
	const [{ id }] = (await good('GET', '/api/trash', undefined, me.token)).json;
	await good('POST', `/api/trash/${id}/restore`, {}, me.token);
	assert.deepEqual((await since(changes[1])).map((r) => [r.last_name, r.created_at]), [['Second', second.created_at]]);
	// Writing the current value is not a change.
	await good('PATCH', `/api/contacts/${first.id}`, { last_name: 'Renamed' }, me.token);
	assert.equal((await good('GET', `/api/contacts/${first.id}`, undefined, me.token)).json.updated_at, renamed.updated_at);
});
