// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_MCP_SQL=on
// own stack: it replaces policies and functions with wrong ones.
// Every resource, action and scope of a role, through HTTP and in the database. A model determines what a role may do,
// and each cell of the matrix is compared with the model.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { LONG, long, sampled, until } from '../../lib/api.mjs';
import { psqlRows } from '../../lib/psql.mjs';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';
import { NEEDS, SILENT, waysOf } from '../lib/ways.mjs';

const SCOPES = ['none', 'own', 'all'];
const ACTIONS = ['read', 'create', 'update', 'delete'];

let boss, rep, contact, deal, mine, bosses, team, under, other;

// The resources with rows of a user: how to create and change a row.
const RESOURCES = {
	contacts: { make: (n) => ({ last_name: `C${n}` }), change: { title: 'changed' } },
	companies: { make: (n) => ({ name: `Company ${n}` }), change: { city: 'changed' } },
	deals: { make: (n) => ({ name: `Deal ${n}`, stage: 'opportunity' }), change: { description: 'changed' } },
	contact_notes: { make: (n) => ({ contact_id: contact, text: `N${n}` }), change: { text: 'changed' } },
	deal_notes: { make: (n) => ({ deal_id: deal, text: `N${n}` }), change: { text: 'changed' } },
	tasks: { make: (n) => ({ contact_id: contact, text: `T${n}` }), change: { text: 'changed' } },
	activities: { make: (n) => ({ contact_id: contact, type: 'call', subject: `A${n}` }), change: { subject: 'changed' } },
	appointments: { make: (n) => ({ contact_id: contact, title: `P${n}`, starts_at: '2026-01-01T10:00:00Z',
		ends_at: '2026-01-01T11:00:00Z' }), change: { location: 'changed' } },
	messages: { make: (n) => ({ contact_id: contact, channel: 'email', direction: 'outbound', body: `M${n}` }),
		change: { subject: 'changed' } },
};
const NAMES = Object.keys(RESOURCES);

// Contacts and deals are parents of other rows, so they are restricted in separate turns.
const GROUPS = [['contacts'], ['deals'], NAMES.filter((x) => x !== 'contacts' && x !== 'deals')];

const word = (action, scope) => scope === 'all' ? action : `${action}:${scope}`;

// The permission that grants these scopes on the resources, and makes the parents of notes visible.
const permission = (names, scopes) => ({
	contacts: ['read'], deals: ['read'],
	...Object.fromEntries(names.map((name) => [name, ACTIONS.filter((a) => scopes[a] !== 'none')
		.map((a) => word(a, scopes[a]))])),
});

async function grant(permission) {
	const rs = await boss.browser.post('/api/auth/organization/update-role',
		{ roleName: 'rep', data: { permission } });
	assert.equal(rs.status, 200, rs.text);
}

let n = 0;
async function make(name, sales_id, by = boss) {
	const rs = await by.browser.post(`/api/${name}`, { ...RESOURCES[name].make(++n), sales_id });
	assert.equal(rs.status, 201, `${name}: ${rs.text}`);
	return rs.json.id;
}

before(async () => {
	boss = await owner('boss');
	const rs = await boss.browser.post('/api/auth/organization/create-role', { role: 'rep', permission: {} });
	assert.equal(rs.status, 200, rs.text);
	rep = await member(boss, 'rep');
	other = await member(boss, 'rep');
	const wire = async (path, body) => {
		const rs = await boss.browser.post(`/api/auth/organization/${path}`, body);
		assert.equal(rs.status, 200, rs.text);
		return rs.json.id;
	};
	team = await wire('create-team', { name: 'rep' });
	under = await wire('create-team', { name: 'below', parentId: team });
	await wire('add-team-member', { teamId: team, userId: rep.id });
	[bosses, mine] = [boss, rep].map((who) => Number(who.me.id));
	contact = await make('contacts', bosses);
	deal = await make('deals', bosses);
});

const reaches = (scope, own) => scope === 'all' || scope === 'own' && own;

// The expected response to a request, by the scopes of the role and the owner of the row.
const EXPECTED = {
	list: ({ read }) => read === 'none' ? 422 : 200,
	get: ({ read }, own) => read === 'none' ? 422 : reaches(read, own) ? 200 : 404,
	create: ({ read, create }, own) => reaches(create, own) && reaches(read, own) ? 201 : 422,
	update: ({ read, update }, own) => update === 'none' ? 422 : !reaches(read, own) ? 404
		: reaches(update, own) ? 200 : 422,
	delete: ({ read, delete: remove }, own) => remove === 'none' ? 422 : !reaches(read, own) ? 404
		: reaches(remove, own) ? 200 : 422,
};

const combinations = SCOPES.flatMap((read) => SCOPES.flatMap((create) => SCOPES.flatMap((update) =>
	SCOPES.map((remove) => ({ read, create, update, delete: remove })))));

let cells = 0;
const check = (got, want, what) => {
	cells++;
	if (got.status !== want)
		assert.fail(`${what}: ${got.status} instead of ${want}: ${got.text}`);
};

const WAYS = waysOf({ get browser() { return rep.browser; } }, (name) => RESOURCES[name].change);

test('lists, counts, exports, histories, the search, feeds and MCP show only what the role may read', async () => {
	const faults = [];
	const head = async () => (await boss.browser.get('/api/changes')).json.seq;
	const texts = { contacts: 'last_name', companies: 'name', deals: 'name', contact_notes: 'text', deal_notes: 'text', tasks: 'text' };
	let compared = 0;
	for (const names of GROUPS)
		for (const name of names) {
			const after = await head();
			const mark = `mark${name.replace('_', '')}${process.pid}`;
			const both = [], seen = new Set();
			for (const sales_id of [mine, bosses]) {
				const rs = await boss.browser.post(`/api/${name}`, { ...RESOURCES[name].make(++n), sales_id,
					...texts[name] && { [texts[name]]: mark } });
				assert.equal(rs.status, 201, rs.text);
				both.push(rs.json.id);
			}
			// The feed numbers changes once a second.
			await until(async () => both.every((id) => seen.has(id)) || (await boss.browser.get(
				`/api/changes?after=${after}&limit=1000`)).json.changes.forEach((c) => seen.add(c.id)));
			for (const scope of SCOPES)
				for (const more of [[], ['export', 'update']]) {
					await grant({ contacts: ['read'], deals: ['read'],
						[name]: [...scope === 'none' ? [] : [word('read', scope)], ...more] });
					for (const [way, ask] of Object.entries(WAYS)) {
						const got = await ask(name, both, mark, after);
						if (got === null)
							continue;
						compared++;
						const refused = !SILENT.includes(way) && (NEEDS[way] ? !more.includes(NEEDS[way]) : scope === 'none');
						const want = refused ? undefined : both.filter((_, i) => reaches(scope, i === 0));
						const shown = way === 'a bulk change' || !got ? got : got.filter((id) => both.includes(id)).sort();
						if (way === 'export' && scope === 'none' && more.length)
							continue;
						if (JSON.stringify(shown) !== JSON.stringify(want))
							faults.push(`${way} of ${name}, read: ${scope}, ${more}: ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`);
					}
				}
		}
	assert.deepEqual(faults, []);
	assert.ok(compared > 400, `only ${compared} cells`);
});

// This test comes after the feed tests, because feeds number only a thousand changes per second.
test('every action has the result that the role defines, on own rows and on rows of others', async () => {
	const faults = [];
	const rows = {};
	for (const name of NAMES)
		rows[name] = { own: await make(name, mine), other: await make(name, bosses) };
	for (const scopes of sampled(combinations, 4)) {
		for (const names of GROUPS) {
			await grant(permission(names, scopes));
			await Promise.all(names.map(async (name) => {
				const what = (verb, whose) => `${JSON.stringify(scopes)} ${verb} ${name} ${whose}`;
				const attempt = async (verb, whose, rs) => {
					try {
						check(rs, EXPECTED[verb](scopes, whose === 'own'), what(verb, whose));
					} catch (e) {
						faults.push(e.message);
					}
				};
				const list = await rep.browser.get(`/api/${name}?range=[0,999]`);
				attempt('list', '', list);
				if (list.status === 200) {
					const ids = new Set(list.json.map(({ id }) => id));
					for (const whose of ['own', 'other'])
						if (ids.has(rows[name][whose]) !== reaches(scopes.read, whose === 'own'))
							faults.push(`${what('list', whose)}: ${ids.has(rows[name][whose]) ? 'shown' : 'missing'}`);
					const total = Number(list.headers['content-range'].split('/')[1]);
					if (total !== ids.size)
						faults.push(`${what('list', '')}: total ${total} of ${ids.size} rows`);
					cells += 3;
				}
				for (const whose of ['own', 'other']) {
					const at = `/api/${name}/${rows[name][whose]}`;
					attempt('get', whose, await rep.browser.get(at));
					attempt('update', whose, await rep.browser.patch(at, RESOURCES[name].change));
					attempt('create', whose, await rep.browser.post(`/api/${name}`,
						{ ...RESOURCES[name].make(++n), sales_id: whose === 'own' ? mine : bosses }));
					const gone = await rep.browser.delete(at);
					attempt('delete', whose, gone);
					if (gone.status === 200)
						rows[name][whose] = await make(name, whose === 'own' ? mine : bosses);
				}
			}));
		}
		if (faults.length > 20)
			break;
	}
	assert.deepEqual(faults, []);
	assert.ok(cells >= (LONG ? 5000 : 1300), `only ${cells} cells`);
});

// The shares of another user's row: the permissions for the rep, and the recipients.
const SHARES = {
	none: {},
	read: { access: 'read', reads: true, to: () => ({ user_id: rep.id }) },
	write: { access: 'write', reads: true, writes: true, to: () => ({ user_id: rep.id }) },
	expired: { access: 'write', to: () => ({ user_id: rep.id }), expired: true },
	'of another user': { access: 'write', to: () => ({ user_id: other.id }) },
	'of the own team': { access: 'read', reads: true, to: () => ({ team_id: team }) },
	'of a team below': { access: 'write', reads: true, writes: true, to: () => ({ team_id: under }) },
};

// Scopes for which a share makes a difference, and scopes for which it does not.
const SHARED_SCOPES = ['none', 'own'].flatMap((read) => ['none', 'own'].map((update) =>
	({ read, create: 'none', update, delete: update })));

test('a share permits what it grants, regardless of the role', async () => {
	const faults = [];
	let compared = 0;
	const expect = (what, got, want) => {
		compared++;
		if (got !== want)
			faults.push(`${what}: ${got} instead of ${want}`);
	};
	for (const name of NAMES)
		for (const [kind, { access, reads = false, writes = false, to, expired }] of Object.entries(SHARES)) {
			const [id, bystander] = [await make(name, bosses), await make(name, bosses)];
			let rs;
			if (to) {
				rs = await boss.browser.post('/api/shares', { resource: name, row_id: id, access, ...to() });
				assert.equal(rs.status, 201, rs.text);
				if (expired)
					sql('UPDATE crm.shares SET expires_at = now() - interval \'1 second\' WHERE id = $1', rs.json.id);
			}
			for (const scopes of SHARED_SCOPES) {
				const what = `${JSON.stringify(scopes)} ${name} share: ${kind},`;
				// The role does not include the parents, because a shared note can be read without its contact.
				await grant({ [name]: ACTIONS.filter((a) => scopes[a] !== 'none').map((a) => word(a, scopes[a])) });
				const may = scopes.read !== 'none' || reads, mayUpdate = scopes.update !== 'none' || writes;
				const [list, ...answers] = [await rep.browser.get(`/api/${name}?range=[0,999]`),
					await rep.browser.get(`/api/${name}/${id}`), await rep.browser.get(`/api/${name}/${bystander}`),
					await rep.browser.patch(`/api/${name}/${id}`, RESOURCES[name].change),
					await rep.browser.patch(`/api/${name}/${bystander}`, RESOURCES[name].change),
					await rep.browser.delete(`/api/${name}/${id}`)];
				expect(`${what} list`, list.status, may ? 200 : 422);
				if (list.status === 200)
					expect(`${what} listed`, list.json.filter((row) => [id, bystander].includes(row.id)).map((row) => row.id).join(),
						reads ? String(id) : '');
				[[!may ? 422 : reads ? 200 : 404, 'get'], [may ? 404 : 422, 'get another'],
					[!mayUpdate ? 422 : writes ? 200 : reads ? 422 : 404, 'update'], [mayUpdate ? 404 : 422, 'update another'],
					[scopes.delete === 'none' ? 422 : reads ? 422 : 404, 'delete']]
					.forEach(([want, verb], i) => expect(`${what} ${verb}`, answers[i].status, want));
			}
			if (to)
				assert.equal((await boss.browser.delete(`/api/shares/${rs.json.id}`)).status, 200);
		}
	assert.deepEqual(faults.slice(0, 20), []);
	assert.ok(compared > 1500, `only ${compared} cells`);
});

// Tests all combinations in the database with the workers' role, without the checks of the routes. Returns the cells
// that differ from the model, and the number of all cells.
function wall(combinations) {
	const org = boss.organization.id;
	const faults = [];
	let compared = 0;
	// Generated columns are omitted, because they cannot be inserted.
	const columns = Object.fromEntries(NAMES.map((name) => [name, sql(`SELECT string_agg(quote_ident(attname), ',')
		FROM pg_attribute WHERE attrelid = 'crm.${name}'::regclass AND attnum > 0 AND NOT attisdropped
		AND attgenerated = '' AND attname NOT IN ('id', 'sales_id')`)[0][0]]));
	const rows = Object.fromEntries(NAMES.map((name) => [name, Object.fromEntries(['own', 'other'].map((whose) =>
		[whose, sql(`SELECT min(id) FROM crm.${name} WHERE org_id = $1 AND sales_id = $2`, org,
			whose === 'own' ? mine : bosses)[0][0]]))]));
	const ids = sql('SELECT ops.new_id() FROM generate_series(1, 100)');
	// All kinds of shares for contacts, and only plain shares for other resources.
	const shares = NAMES.flatMap((name) => Object.entries(SHARES).filter(([kind, { to }]) => to
		&& (name === 'contacts' || ['read', 'write'].includes(kind))).map(([kind, share]) => {
		const [id] = ids.pop();
		const { user_id = null, team_id = null } = share.to();
		const quoted = (x) => x === null ? 'NULL' : `'${x}'`;
		return { ...share, name, kind, id, setup: `INSERT INTO crm.${name} (id, sales_id, ${columns[name]})
			SELECT ${id}, ${bosses}, ${columns[name]} FROM source_${name};
			INSERT INTO crm.shares (org_id, resource, row_id, user_id, team_id, access, expires_at) VALUES ('${org}', '${name}',
			${id}, ${quoted(user_id)}, ${quoted(team_id)}, '${share.access}', ${share.expired ? "now() - interval '1 second'" : 'NULL'});` };
	}));
	const cells = [];
	const script = ['BEGIN;',`SET app.org_id = '${org}'; SET app.user_id = '${rep.id}'; SET app.sales_id = '${mine}';
		SET app.role = 'member'; SET test.found = '{}';`,
	...NAMES.map((name) => `CREATE TEMP TABLE source_${name} AS SELECT * FROM crm.${name} WHERE id = ${rows[name].own};
		GRANT SELECT ON source_${name} TO tenantry_app;`), ...shares.map(({ setup }) => setup)];
	for (const scopes of combinations)
		for (const names of GROUPS) {
			const grants = Object.fromEntries([['contacts', { read: 'all' }], ['deals', { read: 'all' }],
				...names.map((name) => [name, Object.fromEntries(Object.entries(scopes).filter(([, s]) => s !== 'none'))])]);
			const more = names.flatMap((name) => ['own', 'other'].flatMap((whose) => {
				const t = `crm.${name}`, id = rows[name][whose], own = whose === 'own', who = own ? mine : bosses;
				const seen = reaches(scopes.read, own);
				return [
					[`SELECT FROM ${t} WHERE id = ${id}`, seen ? '1' : '0'],
					[`UPDATE ${t} SET sales_id = sales_id WHERE id = ${id}`, seen && reaches(scopes.update, own) ? '1' : '0'],
					[`DELETE FROM ${t} WHERE id = ${id}`, seen && reaches(scopes.delete, own) ? '1' : '0'],
					// Without permission to read, the row may also be refused.
					[`INSERT INTO ${t} (id, sales_id, ${columns[name]}) SELECT ops.new_id(), ${who}, ${columns[name]} FROM source_${name}`,
						!reaches(scopes.create, own) ? '42501' : seen ? '1' : undefined],
				].map(([statement, want]) => [statement, want, scopes]);
			}).concat((scopes.create === 'own' && scopes.delete === 'own' ? shares : []).filter((s) => s.name === name)
				.flatMap(({ id, reads, writes, kind }) => {
					const t = `crm.${name}`, seen = scopes.read === 'all' || reads;
					const changes = seen && (scopes.update === 'all' || writes);
					return [
						[`SELECT FROM ${t} WHERE id = ${id}`, seen ? '1' : '0'],
						[`UPDATE ${t} SET sales_id = sales_id WHERE id = ${id}`, changes ? '1' : '0'],
						// A share does not make the recipient the owner of the row.
						[`UPDATE ${t} SET sales_id = ${mine} WHERE id = ${id}`, !changes ? '0' : scopes.update === 'all' ? '1' : '42501'],
						[`DELETE FROM ${t} WHERE id = ${id}`, seen && scopes.delete === 'all' ? '1' : '0'],
					].map(([statement, want]) => [statement, want, { ...scopes, share: kind }]);
				})));
			cells.push(...more);
			script.push(`SET app.grants = '${JSON.stringify(grants)}';
				DO $do$ DECLARE statement text; n bigint; found text[]; BEGIN
				PERFORM set_config('role', 'tenantry_app', true);
				FOREACH statement IN ARRAY ARRAY[${more.map(([statement]) => `$q$${statement}$q$`).join(',')}] LOOP
					BEGIN
						EXECUTE statement;
						GET DIAGNOSTICS n = ROW_COUNT;
						RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = n::text;
					EXCEPTION WHEN OTHERS THEN
						found := found || CASE SQLSTATE WHEN 'ZZ000' THEN SQLERRM ELSE SQLSTATE END;
					END;
				END LOOP;
				PERFORM set_config('role', 'none', true), set_config('test.found', found::text, false);
				END $do$; SELECT unnest(current_setting('test.found')::text[]);`);
		}
	script.push('ROLLBACK;');
	const got = psqlRows([], script.join('\n')).map(([x]) => x);
	assert.equal(got.length, cells.length);
	cells.forEach(([statement, want, scopes], i) => {
		compared++;
		if (want !== undefined && got[i] !== want)
			faults.push(`${JSON.stringify(scopes)} ${statement}: ${got[i]} instead of ${want}`);
	});
	return { faults, compared };
}

test('row security alone enforces the grants', () => {
	const { faults, compared } = wall(combinations);
	assert.deepEqual(faults.slice(0, 20), []);
	assert.ok(compared >= 5000, `only ${compared} cells`);
});

long('the matrix detects every dropped or widened policy, and every ignored scope', () => {
	const few = ['own', 'all'].map((read) => ({ read, create: 'own', update: 'own', delete: 'own' }));
	assert.deepEqual(wall(few).faults, []);
	// Returns the definition of a function on one line, without comments.
	const definition = (name) => sql(`SELECT replace(regexp_replace(pg_get_functiondef('${name}(text, text)'::regprocedure),
		'--[^\\n]*', '', 'g'), E'\\n', ' ')`)[0].join(' ');
	const mutants = [
		['CREATE OR REPLACE FUNCTION ops.scope(resource text, action text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT \'all\' $$',
			definition('ops.scope')],
		[definition('ops.scope').replaceAll('->>action', "->>'read'"), definition('ops.scope')],
		[definition('ops.scope').replace('RETURN NULL', "RETURN 'all'").replace("grants = '*'", "grants <> ''"), definition('ops.scope')],
		["CREATE OR REPLACE FUNCTION ops.owners(resource text, action text) RETURNS bigint[] LANGUAGE sql STABLE AS "
			+ '$$ SELECT array_agg(id) FROM crm.sales $$', definition('ops.owners')],
		[definition('ops.owners').replace("'own'", "'all'"), definition('ops.owners')],
	];
	const text = (of) => sql(`SELECT replace(${of}, E'\\n', ' ')`)[0].join(' ');
	const view = `CREATE OR REPLACE VIEW crm.own_shares WITH (security_invoker) AS ${text("pg_get_viewdef('crm.own_shares'::regclass)")}`;
	const share = text("pg_get_functiondef('ops.shared(text, text, bigint)'::regprocedure)");
	const unmoved = text("pg_get_functiondef('crm.unmoved(text, bigint, text[], bigint[])'::regprocedure)");
	// PostgreSQL 17 writes the columns of a single table without the table's alias.
	mutants.push([view.replace(/\((s\.)?expires_at > now\(\)\)/, 'true'), view],
		[view.replace(/((?:s\.)?user_id) = /, '$1 IS NOT NULL OR $1 = '), view],
		[view.replace(/(?:s\.)?team_id = ANY/, 'false AND $&'), view],
		[share.replace("s.access = 'write'", 'true'), share],
		[share.replace('s.row_id = shared.row_id', 'true'), share], [unmoved.replace('old = new', 'true'), unmoved]);
	const byHand = mutants.length;
	for (const [table, policy, check, rule] of sql(`SELECT c.relname, p.polname, CASE p.polcmd WHEN 'a' THEN 'WITH CHECK' ELSE 'USING' END,
		pg_get_expr(coalesce(p.polqual, p.polwithcheck), p.polrelid) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
		WHERE p.polname IN ('may_read', 'may_create', 'may_update', 'may_delete') AND c.relname = ANY ('{${NAMES}}')`))
		mutants.push([`ALTER POLICY ${policy} ON crm.${table} ${check} (true)`,
			`ALTER POLICY ${policy} ON crm.${table} ${check} (${rule})`]);
	const missed = mutants.filter(([wrong, right]) => {
		assert.notEqual(wrong, right);
		psqlRows(['-c', wrong]);
		try {
			return wall(few).faults.length === 0;
		} finally {
			psqlRows(['-c', right]);
		}
	});
	assert.deepEqual(missed, []);
	assert.equal(mutants.length, byHand + 4 * NAMES.length);
	assert.deepEqual(wall(few).faults, []);
});
