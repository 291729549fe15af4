// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Custom fields with an address, and the currency of custom fields with amounts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startJobs, uploaded } from '../lib/files.mjs';
import { bring, counts } from '../lib/imports.mjs';
import { owner } from '../lib/people.mjs';

const jobs = startJobs();
after(() => jobs.stop());
let who, depots;
const good = async (asked, status = 200) => {
	const rs = await asked;
	assert.equal(rs.status, status, rs.text);
	return rs.json;
};
const post = (path, body, status = 201) => good(who.browser.post(`/api/${path}`, body), status);
const get = (path) => good(who.browser.get(`/api/${path}`));
const define = (resource, key, kind, more = {}, status = 201) => post('field_definitions', { resource, key, kind, label: key, ...more }, status);
const listed = (resource, filter, sort = ['id', 'ASC']) => get(`${resource}?filter=${encodeURIComponent(JSON.stringify(filter))}&sort=${JSON.stringify(sort)}`);
const MEMBERS = ['address', 'zipcode', 'city', 'state_abbr', 'country'];
const BERLIN = { address: '1 Hafenweg', zipcode: '10115', city: 'Berlin', country: 'Germany' };
const LYON = { address: '3 rue du Port', zipcode: '69002', city: 'Lyon', state_abbr: 'ARA', country: 'France' };

before(async () => {
	who = await owner('addresses');
	depots = (await post('object_definitions', { label: 'Depot', plural: 'Depots' })).resource;
});

// Every resource that can have custom fields, so that a new one is tested as well.
test('each resource stores, changes and finds addresses', async () => {
	const rows = { contacts: { last_name: 'Depot' }, companies: { name: 'Depot' }, deals: { name: 'Depot', stage: 'opportunity' },
		tasks: { text: 'Depot', type: 'call', due_date: '2027-03-01T09:00:00Z' }, [depots]: { name: 'Depot' } };
	const catalogue = await get('catalogue');
	const kinds = Object.keys(catalogue).filter((name) => 'custom' in catalogue[name].fields && name in rows);
	assert.deepEqual(kinds.sort(), Object.keys(rows).sort());
	rows.tasks.contact_id = (await post('contacts', rows.contacts)).id;
	for (const resource of kinds) {
		await define(resource, 'site', 'address', { label: 'Site' });
		const make = (site) => post(resource, { ...rows[resource], custom: { site } });
		const berlin = await make({ ...BERLIN, city: ' Berlin ', state_abbr: '' }), lyon = await make(LYON), none = await make({ city: ' \n\t' });
		assert.deepEqual([berlin.custom.site, lyon.custom.site, none.custom], [BERLIN, LYON, {}], resource);

		for (const [filter, ids] of [[{ 'custom.site.city': 'Berlin' }, [berlin.id]], [{ 'custom.site.country@in': ['France', 'Spain'] }, [lyon.id]],
			[{ 'custom.site.state_abbr@neq': 'ARA', 'custom.site@neq': 'x' }, []], [{ 'custom.site@ilike': 'lyon port' }, [lyon.id]],
			[{ 'custom.site@is': null, id: [berlin.id, lyon.id, none.id] }, [none.id]], [{ 'custom.site.zipcode@ilike': '1011' }, [berlin.id]]])
			assert.deepEqual((await listed(resource, filter)).map(({ id }) => id), ids, `${resource} ${JSON.stringify(filter)}`);
		const own = { id: [berlin.id, lyon.id] };
		assert.deepEqual((await listed(resource, own, ['custom.site.city', 'DESC'])).map(({ id }) => id), [lyon.id, berlin.id], resource);
		assert.deepEqual((await listed(resource, own, ['custom.site', 'ASC'])).map(({ id }) => id), [berlin.id, lyon.id], resource);
		const groups = await get(`${resource}/aggregate?group=["custom.site.country"]&filter=${encodeURIComponent(JSON.stringify(own))}`);
		assert.deepEqual(groups.map((one) => one['custom.site.country']).sort(), ['France', 'Germany'], resource);

		// A patch changes only the members that it contains. PUT replaces the address.
		const patched = await good(who.browser.patch(`/api/${resource}/${berlin.id}`, { custom: { site: { city: 'Bonn', country: null } } }));
		assert.deepEqual(patched.custom.site, { address: '1 Hafenweg', zipcode: '10115', city: 'Bonn' }, resource);
		const put = await good(who.browser.put(`/api/${resource}/${berlin.id}`, { ...patched, custom: { site: { city: 'Ulm' } } }));
		assert.deepEqual(put.custom.site, { city: 'Ulm' }, resource);
		const cleared = await good(who.browser.patch(`/api/${resource}/${berlin.id}`, { custom: { site: null } }));
		assert.deepEqual(cleared.custom, {}, resource);
	}
	const hired = await post('contacts', { last_name: 'Hired', company_id: (await listed('companies', { 'custom.site.city': 'Lyon' }))[0].id });
	assert.deepEqual((await listed('contacts', { 'company.custom.site.city': 'Lyon' })).map(({ id }) => id), [hired.id]);
});

test('an address with unknown members, other types or long texts is refused', async () => {
	await define('companies', 'office', 'address');
	for (const [office, member] of [['Berlin', 'custom.office'], [[BERLIN], 'custom.office'], [7, 'custom.office'], [{ town: 'Berlin' }, 'custom.office.town'],
		[{ city: 7 }, 'custom.office.city'], [{ city: { name: 'Berlin' } }, 'custom.office.city'], [{ city: 'x'.repeat(501) }, 'custom.office.city']]) {
		const { errors } = await post('companies', { name: 'Odd', custom: { office } }, 422);
		assert.deepEqual(Object.keys(errors), [member], JSON.stringify(office));
	}
	assert.deepEqual(await listed('companies', { name: 'Odd' }), []);
	const rs = await who.browser.get(`/api/companies?filter=${encodeURIComponent('{"custom.office.town":"Berlin"}')}`);
	assert.equal(rs.status, 400, rs.text);
	for (const more of [{ is_indexed: true }, { is_unique: true }, { choices: ['a'], minimum: 1, maximum: 0 }])
		await define('companies', 'never', 'address', more, 422);
	const formula = await define('companies', 'never', 'text', { formula: 'office' }, 422);
	assert.deepEqual(Object.keys(formula.errors), ['formula']);
});

test('a required address has at least one member', async () => {
	await define('companies', 'home', 'address', { required: true });
	assert.deepEqual(Object.keys((await post('companies', { name: 'Homeless', custom: { home: { city: '' } } }, 422)).errors), ['custom.home']);
	await post('companies', { name: 'Housed', custom: { home: { city: 'Ulm' } } });
	const [field] = await listed('field_definitions', { key: 'home' });
	await good(who.browser.delete(`/api/field_definitions/${field.id}`));
});

test('files have a column for each member, and their rows come back equal', async () => {
	const { id } = await post('companies', { name: 'Exported', custom: { site: LYON } });
	const csv = (await who.browser.get(`/api/companies/export?format=csv&filter={"id":${id}}`)).text, [head, line] = csv.split(/\r?\n/);
	for (const member of MEMBERS)
		assert.ok(head.split(',').includes(`custom.site.${member}`), head);
	assert.ok(!head.split(',').includes('custom.site'), head);
	assert.match(line, /3 rue du Port.*Lyon/);
	const before = (await get(`companies/${id}`)).custom, plan = { mode: 'update', match_by: 'id' };
	assert.deepEqual(counts(await bring(who, csv, { resource: 'companies', plan })), { created: 0, updated: 0, unchanged: 1, skipped: 0, failed: 0 });
	assert.deepEqual((await get(`companies/${id}`)).custom, before);

	// Headers name the field and the member. A cell changes only its member, and an empty cell changes nothing.
	const changed = await bring(who, `id,Site Ville,Site postal code,Site country\n${id},Nantes,44000,\n`, { resource: 'companies', plan });
	assert.equal(changed.updated, 1, JSON.stringify(changed));
	assert.deepEqual((await get(`companies/${id}`)).custom.site, { ...LYON, city: 'Nantes', zipcode: '44000' });
	const made = await bring(who, 'name,site street,SITE CITY\nImported,7 Quai,Brest\n', { resource: 'companies' });
	assert.equal(made.created, 1, JSON.stringify(made));
	assert.deepEqual((await listed('companies', { name: 'Imported' }))[0].custom.site, { address: '7 Quai', city: 'Brest' });
});

test('a column with the exact name of a field is read into that field', async () => {
	for (const key of ['ab', 'a_b', 'site_city'])
		await define('companies', key, 'text');
	const { id } = await post('companies', { name: 'Alike', custom: { ab: '1', a_b: '2', site_city: '3', site: { city: 'Ulm' } } });
	const plan = { mode: 'update', match_by: 'id' };
	const changed = async (head, cell) => {
		await bring(who, `id,${head}\n${id},${cell}\n`, { resource: 'companies', plan });
		return (await get(`companies/${id}`)).custom;
	};
	assert.deepEqual(await changed('custom.ab', 'x'), { ab: 'x', a_b: '2', site_city: '3', site: { city: 'Ulm' } });
	assert.deepEqual(await changed('custom.site_city', 'y'), { ab: 'x', a_b: '2', site_city: 'y', site: { city: 'Ulm' } });
	const csv = (await who.browser.get(`/api/companies/export?format=csv&filter={"id":${id}}`)).text;
	await good(who.browser.patch(`/api/companies/${id}`, { custom: { ab: null, a_b: null, site_city: null, site: null } }));
	await bring(who, csv, { resource: 'companies', plan });
	assert.deepEqual((await get(`companies/${id}`)).custom, { ab: 'x', a_b: '2', site_city: 'y', site: { city: 'Ulm' } });
});

test('the amounts of a field have its currency', async () => {
	const yen = await define('companies', 'budget', 'money', { currency: 'JPY' }), dinar = await define('companies', 'reserve', 'money', { currency: 'KWD' });
	assert.deepEqual([yen.currency, dinar.currency], ['JPY', 'KWD']);
	const row = await post('companies', { name: 'Rich', custom: { budget: 500, reserve: 1.125 } });
	assert.deepEqual([row.custom.budget, row.custom.reserve], [500, 1.125]);
	assert.deepEqual(Object.keys((await post('companies', { name: 'Odd', custom: { budget: 0.5 } }, 422)).errors), ['custom.budget']);
	for (const [kind, currency] of [['money', 'XXL'], ['money', 'eur'], ['number', 'EUR'], ['text', 'EUR']])
		assert.deepEqual(Object.keys((await define('companies', 'never', kind, { currency }, 422)).errors), ['currency'], `${kind} ${currency}`);
	const { fields } = (await get('catalogue')).companies;
	assert.equal(fields['custom.budget'].currency, 'JPY');
	const change = (id, verb, body, status = 200) => good(who.browser.post(`/api/field_definitions/${id}/${verb}`, body), status);
	await define('companies', 'half', 'money', { currency: 'JPY', formula: 'budget / 2' });
	const odd = await post('companies', { name: 'Odd half', custom: { budget: 5 } });
	assert.equal(odd.custom.half, 3);
	await change(yen.id, 'change', { kind: 'number' }, 200);
	assert.equal((await get(`field_definitions/${yen.id}`)).currency, null);
	await change(yen.id, 'undo', {});
	assert.equal((await get(`field_definitions/${yen.id}`)).currency, 'JPY');

	// A rollup has the currency of the field that it reads, also after a change.
	await define(depots, 'cost', 'money', { currency: 'KWD' });
	await define(depots, 'owner_company', 'relation', { refers: 'companies' });
	const mean = await define('companies', 'mean_cost', 'rollup', { relation: `${depots}.custom.owner_company`, function: 'avg', field: 'custom.cost' });
	for (const cost of [1.001, 1.002])
		await post(depots, { name: 'Cost', custom: { cost, owner_company: odd.id } });
	assert.equal((await get(`companies/${odd.id}`)).custom.mean_cost, 1.002);
	const [{ id: cost }] = await listed('field_definitions', { key: 'cost' });
	await good(who.browser.patch(`/api/field_definitions/${cost}`, { currency: 'EUR' }));
	assert.equal((await get('catalogue')).companies.fields['custom.mean_cost'].currency, 'EUR');
	assert.deepEqual(Object.keys((await good(who.browser.patch(`/api/field_definitions/${mean.id}`, { currency: 'EUR' }), 422)).errors), ['currency']);
	const schema = (await get('openapi.json')).components.schemas.companies.properties.custom.properties;
	assert.match(schema.budget.description, /JPY/);
	assert.deepEqual(Object.keys(schema.site.properties).sort(), [...MEMBERS].sort());
	assert.equal(schema.site.additionalProperties, false);
});

test('formulas and the conditions of rollups read the members of addresses and files', async () => {
	const { resource } = await post('object_definitions', { label: 'Site', plural: 'Sites' });
	await define(resource, 'place', 'address');
	await define(resource, 'plan', 'file');
	await define(resource, 'town', 'text', { formula: "coalesce(custom.place.city, 'none') & if(place.country = 'France', ' (FR)', '')" });
	await define(resource, 'large', 'boolean', { formula: 'plan.size > 3' });
	await define(resource, 'named', 'text', { formula: 'lower(plan.title)' });
	await define(resource, 'owner_company', 'relation', { refers: 'companies' });
	await define('companies', 'french', 'rollup', { relation: `${resource}.custom.owner_company`, condition: "place.country = 'France'" });
	const company = await post('companies', { name: 'Rolled' });
	const file = await uploaded(who, 'four', { title: 'Plan.TXT' });
	const lyon = await post(resource, { name: 'L', custom: { place: LYON, plan: file, owner_company: company.id } });
	await post(resource, { name: 'B', custom: { place: BERLIN, owner_company: company.id } });
	assert.deepEqual([lyon.custom.town, lyon.custom.large, lyon.custom.named], ['Lyon (FR)', true, 'plan.txt']);
	assert.equal((await get(`companies/${company.id}`)).custom.french, 1);
	const moved = await good(who.browser.patch(`/api/${resource}/${lyon.id}`, { custom: { place: { city: 'Ulm', country: null }, plan: null } }));
	assert.deepEqual([moved.custom.town, moved.custom.large, moved.custom.named], ['Ulm', false, null]);
	assert.equal((await post(resource, { name: 'None' })).custom.town, 'none');
	assert.equal((await get(`companies/${company.id}`)).custom.french, 0);
	for (const formula of ['place', 'custom.place', 'place.town', 'custom.place.city.x', 'town.city', 'name.city', 'plan', 'plan.path', 'place.'])
		assert.deepEqual(Object.keys((await define(resource, 'never', 'text', { formula }, 422)).errors), ['formula'], formula);
	// An address that a formula names cannot be deleted.
	const [{ id }] = await listed('field_definitions', { resource, key: 'place' });
	await good(who.browser.delete(`/api/field_definitions/${id}`), 409);
});

test('rules compare, quote and set the members of addresses, and compare and quote the names of files', async () => {
	const { resource } = await post('object_definitions', { label: 'Hall', plural: 'Halls' });
	await define(resource, 'place', 'address');
	await define(resource, 'plan', 'file');
	const rule = (trigger, conditions, config, status = 201, action = 'set_field') => post('automation_rules',
		{ name: trigger, trigger_type: `${resource}.${trigger}`, trigger_config: { conditions }, action_type: action, action_config: config }, status);
	const created = await rule('created', [{ field: 'custom.place.city', op: 'eq', value: 'Lyon' }], { field: 'custom.place.country', value: 'France' });
	await rule('updated', [{ field: 'custom.plan.title', op: 'changed' }], { field: 'custom.place.state_abbr', value: 'OK' });
	await rule('updated', [{ field: 'custom.place.city', op: 'is_null' }], { field: 'custom.place.country', value: null });
	await rule('created', [], { to: 'owner', subject: 'x', text: '{{custom.place.city}} {{custom.plan.title}}' }, 201, 'send_email');
	const lyon = await post(resource, { name: 'L', custom: { place: { city: 'Lyon', zipcode: '69002' } } });
	assert.deepEqual(lyon.custom.place, { city: 'Lyon', zipcode: '69002', country: 'France' });
	assert.deepEqual((await post(resource, { name: 'U', custom: { place: { city: 'Ulm' } } })).custom.place, { city: 'Ulm' });
	assert.deepEqual((await post(resource, { name: 'N' })).custom, {});
	const file = await uploaded(who, 'four', { title: 'Plan.txt' }), change = (custom) => good(who.browser.patch(`/api/${resource}/${lyon.id}`, { custom }));
	assert.equal((await change({ plan: file })).custom.place.state_abbr, 'OK');
	assert.deepEqual((await change({ place: { city: null } })).custom.place, { zipcode: '69002', state_abbr: 'OK' });
	const dry = await post(`automation_rules/${created.id}/dry_run`, { resource, id: lyon.id, changes: { 'custom.place.city': 'Lyon', 'custom.place.zipcode': null } }, 200);
	assert.deepEqual([dry.matches, dry.conditions], [true, [true]]);
	for (const [conditions, config] of [[[{ field: 'custom.place', op: 'is_null' }], { field: 'name', value: 'x' }], [[{ field: 'custom.place.town', op: 'is_null' }], { field: 'name', value: 'x' }],
		[[], { field: 'custom.place', value: 'x' }], [[], { field: 'custom.place.city', value: 7 }], [[], { field: 'custom.plan.title', value: 'x' }], [[], { field: 'custom.plan.src', value: 'x' }]])
		await rule('created', conditions, config, 422);
});
