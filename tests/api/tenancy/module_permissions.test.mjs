// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_MCP_SQL=on
// What roles permit on module resources, according to the catalogue: actions and scopes, in every way to access a row.
// Permissions on rows without a user follow from a contact, a company or an opportunity. Without these, only the scope
// "all" permits access. Modules in which people have own rows without a role, or in which there are separate roles,
// have separate matrices: membership/permissions.test.mjs and factory/matrix.test.mjs.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { change, references, rowsOf, sample } from '../../lib/rows.mjs';
import { ask, until } from '../../lib/api.mjs';
import { good } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';
import { NEEDS, SILENT, waysOf } from '../lib/ways.mjs';

// Maps each resource to its actions, and to the resource whose owner determines the permissions.
const RESOURCES = Object.fromEntries(sql(`SELECT r.name, to_json(r.actions), (SELECT substring(pg_get_expr(p.polqual, p.polrelid)
	FROM 'owner_of\\(''(\\w+)''') FROM pg_policy p WHERE p.polname = 'may_read' AND p.polrelid = to_regclass('crm.' || r.name))
	FROM identity.resource r WHERE r.module IS NOT NULL AND r.same_as IS NULL AND r.module NOT IN
		(SELECT o.module FROM identity.resource o WHERE o.own_actions <> '{}' AND o.module IS NOT NULL
			UNION SELECT m.name FROM identity.module m WHERE m.role_of IS NOT NULL) ORDER BY r.name`)
	.map(([name, actions, follows]) => [name, { actions: JSON.parse(actions), follows }]));
// Resources that others refer to are restricted in a separate pass.
const PARENTS = Object.keys(RESOURCES).filter((name) => Object.values(references).includes(name));
const GROUPS = [...PARENTS.map((name) => [name]), Object.keys(RESOURCES).filter((name) => !PARENTS.includes(name))];
const SCOPES = ['none', 'own', 'all'];
// Each pair of a scope for reading and a scope for a different action.
const COMBINATIONS = SCOPES.flatMap((read) => SCOPES.map((_, i) => ({ read, create: SCOPES[i], update: SCOPES[(i + 1) % 3],
	delete: SCOPES[(i + 2) % 3] })));

const named = (rows) => rows.map(([name]) => name);
const FED = named(sql('SELECT resource FROM ops.change_resource'));

let boss, rep, ways;
const worlds = {};	// the related rows belong to the rep in "own", and to the owner in "other"
const post = (path, body) => good(boss.browser.post(path, body));
// Items change the amount of their opportunity.
const SHARED = { contacts: ['read'], companies: ['read'], deals: ['read', 'update'] };

// Gives a role the scopes on some resources. All other resources of the modules can be read.
async function grant(names, scopes, more = []) {
	const permission = { ...SHARED };
	for (const [name, { actions }] of Object.entries(RESOURCES))
		permission[name] = !names.includes(name) ? ['read'] : [...Object.entries(scopes).filter(([action, scope]) =>
			scope !== 'none' && actions.includes(action)).map(([action, scope]) => scope === 'all' ? action : `${action}:${scope}`),
		...more.filter((action) => actions.includes(action))];
	await post('/api/auth/organization/update-role', { roleName: 'rep', data: { permission } });
}

// Returns the body of a row that refers to rows of the given world.
function body(name, world, mark = name, of = sample) {
	const made = of(name, `${mark} ${++marks}`, worlds[world]);
	if (made.opportunity_id)
		made.opportunity_id = worlds[world].opportunities.id;
	return made;
}
let marks = 0;

async function make(name, world, mark) {
	return RESOURCES[name].actions.includes('create') ? (await post(`/api/${name}`, body(name, world, mark))).id : worlds[world][name].id;
}

before(async () => {
	boss = await owner('module-boss');
	const all = await rowsOf(boss, 'shared');
	await post('/api/auth/organization/create-role', { role: 'rep', permission: SHARED });
	rep = await member(boss, 'rep');
	for (const [world, { me: { id: sales_id } }] of Object.entries({ own: rep, other: boss })) {
		const companies = await post('/api/companies', { name: world, sales_id });
		const company_profiles = await good(boss.browser.patch(`/api/company_profiles/${companies.id}`, { is_principal: true }));
		const rows = { ...all, companies, company_profiles, contacts: await post('/api/contacts', { last_name: world, company_id: companies.id, sales_id }),
			opportunities: await post('/api/opportunities', { name: world, stage: 'opportunity', company_id: companies.id, sales_id }) };
		worlds[world] = { ...rows, deals: rows.opportunities };
		for (const name of PARENTS)
			worlds[world][name] = await post(`/api/${name}`, body(name, world));
		// A resource without the "create" action has a row from the beginning.
		for (const [name, { actions }] of Object.entries(RESOURCES))
			assert.ok(actions.includes('create') || worlds[world][name].id !== all[name].id, `${name} has no row in each world`);
	}
	ways = waysOf(rep, (name) => body(name, 'own', name, change), {
		searched: named(sql("SELECT unnest(crm.searched_kinds()) FROM set_config('app.modules', '{b2b}', false)")),
		queried: named(sql("SELECT polrelid::regclass::name FROM pg_policy WHERE polname = 'mcp'")).map((name) => name.replace('crm.', '')),
		fed: FED });
});

const reaches = (name, scope, world) => scope === 'all' || scope === 'own' && world === 'own' && RESOURCES[name].follows !== '';

test('the matrix covers every resource of a module', () => {
	assert.ok(Object.keys(RESOURCES).length >= 8, Object.keys(RESOURCES).join());
	assert.deepEqual([...new Set(Object.values(RESOURCES).map(({ follows }) => follows))].sort(), ['', 'companies', 'contacts', 'deals']);
});

test('every action has the result that the role defines, on own rows and on rows of others', async () => {
	const faults = [];
	let cells = 0;
	const rows = {};
	for (const name of Object.keys(RESOURCES))
		rows[name] = { own: await make(name, 'own'), other: await make(name, 'other') };
	for (const scopes of COMBINATIONS)
		for (const names of GROUPS) {
			await grant(names, scopes);
			await Promise.all(names.map(async (name) => {
				const { actions } = RESOURCES[name];
				const expect = (verb, world, got, want) => {
					cells++;
					if (got !== want)
						faults.push(`${JSON.stringify(scopes)} ${verb} ${name} ${world}: ${got} instead of ${want}`);
				};
				const list = await rep.browser.get(`/api/${name}?range=[0,999]`);
				expect('list', '', list.status, scopes.read === 'none' ? 422 : 200);
				if (list.status === 200) {
					const ids = new Set(list.json.map(({ id }) => id));
					for (const world of ['own', 'other'])
						expect('list', world, ids.has(rows[name][world]), reaches(name, scopes.read, world));
					expect('total', '', Number(list.headers['content-range'].split('/')[1]), ids.size);
				}
				for (const world of ['own', 'other']) {
					const at = `/api/${name}/${rows[name][world]}`, reads = reaches(name, scopes.read, world);
					const may = (action) => reaches(name, scopes[action], world);
					const may404 = (action) => scopes[action] === 'none' ? 422 : !reads ? 404 : may(action) ? 200 : 422;
					expect('get', world, (await rep.browser.get(at)).status, scopes.read === 'none' ? 422 : reads ? 200 : 404);
					expect('update', world, (await rep.browser.patch(at, body(name, world, name, change))).status, may404('update'));
					if (actions.includes('create'))
						expect('create', world, (await rep.browser.post(`/api/${name}`, body(name, world))).status,
							may('create') && reads ? 201 : 422);
					if (actions.includes('delete')) {
						const gone = await rep.browser.delete(at);
						expect('delete', world, gone.status, may404('delete'));
						if (gone.status === 200)
							rows[name][world] = await make(name, world);
					}
				}
			}));
		}
	assert.deepEqual(faults.slice(0, 20), []);
	assert.ok(cells >= 500, `only ${cells} cells`);
});

test('lists, counts, exports, histories and feeds show only what the role may read', async () => {
	const faults = [];
	const head = async () => (await boss.browser.get('/api/changes')).json.seq;
	let compared = 0;
	for (const names of GROUPS)
		for (const name of names) {
			const after = await head();
			const mark = `mark${name.replaceAll('_', '')}`;
			const both = [await make(name, 'own', mark), await make(name, 'other', mark)], seen = new Set();
			if (FED.includes(name))	// the feed numbers changes once a second
				await until(async () => both.every((id) => seen.has(id)) || (await boss.browser.get(
					`/api/changes?after=${after}&limit=1000`)).json.changes.forEach((c) => seen.add(c.id)));
			for (const scope of SCOPES)
				for (const more of [[], ['export', 'update']]) {
					await grant([name], { read: scope }, more);
					for (const [way, ask] of Object.entries(ways)) {
						const got = await ask(name, both, mark, after);
						if (got === null || way === 'export' && scope === 'none' && more.length)
							continue;
						compared++;
						const refused = !SILENT.includes(way) && (NEEDS[way] ? !more.includes(NEEDS[way]) : scope === 'none');
						const want = refused ? undefined : both.filter((_, i) => reaches(name, scope, i === 0 ? 'own' : 'other'));
						const shown = way === 'a bulk change' || !got ? got : got.filter((id) => both.includes(id)).sort();
						if (JSON.stringify(shown) !== JSON.stringify(want))
							faults.push(`${way} of ${name}, read: ${scope}, ${more}: ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`);
					}
				}
		}
	assert.deepEqual(faults, []);
	assert.ok(compared > 200, `only ${compared} cells`);
});

// Users who can read the trash see deleted rows: administrators see all rows, and members with limited roles see the
// rows that they have deleted.
test('include=deleted shows deleted rows of modules only to users who may see them', async () => {
	const faults = [];
	const expect = (what, got, want) => JSON.stringify(got) === JSON.stringify(want) || faults.push(`${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`);
	const guest = await member(boss, 'portal');
	const key = async (permissions) => (await post('/api/auth/api-key/create', { name: 'k', permissions })).key;
	const named = Object.entries(RESOURCES).filter(([, { actions }]) => actions.includes('delete')).map(([name]) => name);
	const trash = await key({ trash: ['read'] });
	for (const name of named) {
		const at = `/api/${name}?include=deleted&range=[0,999]`;
		await grant([name], { read: 'all', create: 'all', delete: 'all' });
		const mine = await make(name, 'other'), theirs = await make(name, 'own'), kept = await make(name, 'own');
		await good(rep.browser.delete(`/api/${name}/${mine}`));
		await good(boss.browser.delete(`/api/${name}/${theirs}`));
		const shown = async (who) => {
			const rs = await who.browser.get(at);
			return rs.status === 200 ? rs.json.filter(({ id }) => [mine, theirs, kept].includes(id))
				.map(({ id, deleted_at }) => `${['mine', 'theirs', 'kept'][[mine, theirs, kept].indexOf(id)]}${deleted_at ? ' gone' : ''}`).sort() : rs.status;
		};
		expect(`${name}: the owner`, await shown(boss), ['kept', 'mine gone', 'theirs gone']);
		expect(`${name}: who deleted one`, await shown(rep), ['kept', 'mine gone']);
		for (const [id, want] of [[mine, 200], [theirs, 404], [kept, 200]])
			expect(`${name}/${id}`, (await rep.browser.get(`/api/${name}/${id}?include=deleted`)).status, want);
		expect(`${name}: a portal user`, await shown(guest), 422);
		await grant([name], { create: 'all', delete: 'all' });
		expect(`${name}: who may not read it`, await shown(rep), 422);
		for (const [secret, want] of [[await key({ [name]: ['read'] }), 403], [trash, 403], [await key({ [name]: ['read'], trash: ['read'] }), 200]])
			expect(`${name}: a key`, (await ask('GET', at, { headers: { 'x-api-key': secret } })).status, want);
	}
	assert.deepEqual(faults, []);
	assert.ok(named.length >= 6, named.join());
});
