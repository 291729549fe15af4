// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// All faults of a body are reported at once, each with its path and the expected form. For each property of each body
// in the OpenAPI document, the tests try a wrong type, an unknown nested property, a text that is too long, and a value
// that is not a choice.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, test } from 'node:test';
import { ask, openapi, operations, owner, query, sql } from '../../lib/api.mjs';
import { rowsOf, sample } from '../../lib/rows.mjs';
import { flaws } from '../../lib/schema.mjs';

let who, rows, document;

before(async () => {
	who = await owner('Faults');
	rows = await rowsOf(who, 'faults');
	document = await openapi();
});

const resolve = (schema) => {
	const one = schema.oneOf?.find((s) => s.type !== 'null') ?? schema;
	return one.$ref ? document.components.schemas[one.$ref.split('/').at(-1)] : one;
};

// Returns the body of an operation: its properties and its required properties.
function bodyOf({ operation, method, resource, one }) {
	const schema = operation.requestBody.content['application/json']?.schema;
	if (!schema || schema.oneOf) // a file, or an upsert, whose rows are like those of POST
		return {};
	const { required = schema.required ?? [], properties } = schema.allOf ? { ...resolve(schema.allOf[0]), required: schema.required } : resolve(schema);
	// Members that only new rows can have are omitted because changes ignore them, and external IDs because they must
	// be unique.
	const used = Object.entries(properties ?? {}).filter(([name, s]) => resource === undefined || method === 'POST'
		|| !/Only a new row/.test(s.description) && (one || name !== 'external_ids'));
	return { required, properties: Object.fromEntries(used) };
}
// Returns the routes whose bodies are rows, and the other routes. Better Auth's routes are excluded, because they
// report faults in a different format.
const bodies = () => operations(document).filter((o) => o.operation.requestBody && !o.path.startsWith('/api/auth/') && o.path.startsWith('/api/')
	&& !(o.path.includes('{') && o.resource && !o.one))
	.map((o) => ({ ...o, ...bodyOf(o), url: o.path.replace(/\{\w+\}/, o.resource ? rows[o.resource]?.id : '1')
		+ (o.resource && o.method === 'PATCH' && !o.one ? query({ filter: { id: [rows[o.resource]?.id ?? 1] } }) : '') })).filter(({ properties }) => properties);

// Returns a value of a type that the schema excludes, or undefined if the schema accepts any type.
function misfit(schema) {
	const types = [schema, ...(schema.oneOf ?? [])].flatMap((s) => resolve(s).type ?? (s.enum || s.const ? 'string' : []));
	const values = { boolean: true, object: {}, number: 1.5, array: [] };
	if (types.length > 4) // another member determines the type
		return undefined;
	const kind = Object.keys(values).find((type) => !types.includes(type) && !(type === 'number' && types.includes('integer')));
	return types.length > 0 ? values[kind] : undefined;
}

const send = ({ method, url }, body) => ask(method, url, { token: who.token, body });
// Checks that the faults include these paths, each with the expected value.
function faultsAt(rs, paths, form, about) {
	assert.ok([400, 422].includes(rs.status), `${about}: ${rs.status} ${rs.text}`);
	for (const path of paths) {
		assert.ok(rs.json.errors?.[path], `${about} does not name ${path}: ${rs.text}`);
		assert.ok(rs.json.errors[path].startsWith(`${path}: `), rs.text);
		assert.match(rs.json.errors[path], form, about);
	}
	for (const [path, text] of Object.entries(rs.json.errors)) // the path is followed by the rule, not by the name again
		assert.ok(!new RegExp(`^ ${path.split('.').at(-1)}(:| (must|is|has|cannot|can)\\b)`).test(text.slice(path.length + 1)), `${about} repeats the name: ${text}`);
	const [first] = Object.keys(rs.json.errors);
	assert.equal(rs.json.detail, rs.json.errors[first], rs.text);
	if (Object.keys(rs.json.errors).length > 1) {
		assert.deepEqual(rs.json.faults.map(({ path }) => path), Object.keys(rs.json.errors));
		assert.ok(rs.json.faults.every(({ code, arguments: values }) => typeof code === 'string' && Array.isArray(values)), rs.text);
		assert.equal(rs.json.faults[0].code, rs.json.code);
	} else
		assert.equal(rs.json.faults, undefined);
}

// Returns whether a response shows that the route checks something before the body.
const earlier = (rs) => rs.status === 404 || rs.json?.code === 'invalid_key' || ['role', 'operators_only'].includes(rs.json?.code) || rs.json?.errors?.Origin;

test('the refusal of a body whose properties all have a wrong type names the path of each property', async () => {
	let tried = 0;
	for (const one of bodies()) {
		const wrong = Object.fromEntries(Object.entries(one.properties).map(([name, schema]) => [name, misfit(schema)]).filter(([, v]) => v !== undefined));
		if (Object.keys(wrong).length === 0)
			continue;
		const rs = await send(one, wrong);
		if (earlier(rs) && !one.resource)
			continue;
		faultsAt(rs, Object.keys(wrong).slice(0, 50), /must be|must have|must not/, `${one.method} ${one.url}`);
		tried += Object.keys(wrong).length;
	}
	assert.ok(tried > 900, `${tried}`);
});

test('a member with a wrong type does not hide missing members, unless it can replace them', async () => {
	// A member can be replaced with its name in snake_case, with the plural of its name, or with the vector of a query.
	const plain = (name) => name === 'embedding' ? 'query' : name.replaceAll('_', '').toLowerCase().replace(/s$/, '');
	const hidden = [];
	let tried = 0;
	for (const one of bodies().filter(({ method, path }) => method === 'POST' && path.split('/').length < 6)) {
		const empty = await send(one, {}), faults = empty.json?.faults ?? [{ path: Object.keys(empty.json?.errors ?? {})[0], code: empty.json?.code }];
		const missing = faults.filter(({ code }) => code === 'required').map(({ path }) => path);
		if (earlier(empty) || missing.length === 0)
			continue;
		for (const [name, schema] of Object.entries(one.properties)) {
			const wrong = misfit(schema);
			if (wrong === undefined)
				continue;
			const rs = await send(one, { [name]: wrong });
			const lost = [name, ...missing.filter((path) => plain(path) !== plain(name))].filter((path) => !rs.json.errors?.[path]);
			if (lost.length > 0)
				hidden.push(`${one.method} ${one.url} ${name}: ${lost}`);
			tried++;
		}
	}
	assert.deepEqual(hidden, []);
	assert.ok(tried > 100, `${tried}`);
	for (const path of ['', '/preview'])
		for (const [body, paths] of [[{ winner_id: 'x' }, ['loserId', 'winner_id']], [{ winnerId: 'x' }, ['loserId', 'winnerId']], [{ loserIds: 'x' }, ['loserIds', 'winnerId']],
			[{ loser_ids: 'x' }, ['loser_ids', 'winnerId']], [{ loser_id: 'x' }, ['loser_id', 'winnerId']], [{ loserId: 'x', winner_id: 'x' }, ['loserId', 'winner_id']],
			[{ loser_ids: ['x'], winner_id: 'x' }, ['loser_ids.0', 'winner_id']], [{ loser_id: 'x', loserIds: 'x' }, ['loserIds', 'loser_id', 'winnerId']]]) {
			const rs = await send({ method: 'POST', url: `/api/merge_contacts${path}` }, body);
			assert.deepEqual(Object.keys(rs.json.errors).sort(), paths, rs.text);
		}
});

test('elements of a list of texts that have another type are refused at their paths', async () => {
	let tried = 0;
	for (const one of bodies().filter(({ resource }) => !resource))
		for (const [name, schema] of Object.entries(one.properties)) {
			const { type, items } = resolve(schema);
			if (type !== 'array' || !items || [resolve(items).type].flat().some((kind) => !['string', undefined].includes(kind)) || !resolve(items).type)
				continue;
			const rs = await send(one, { [name]: [5, 'x', { y: 1 }] });
			if (earlier(rs))
				continue;
			faultsAt(rs, [`${name}.0`, `${name}.2`], /must be/, `${one.method} ${one.url}`);
			assert.ok(![`${name}.0`, `${name}.2`].some((path) => /role/.test(rs.json.errors[path])), rs.text);
			tried++;
		}
	assert.ok(tried > 4, `${tried}`);
});

test('a fault does not repeat the name of its member', async () => {
	const rule = (trigger_config, action_config, action = 'create_task') => ({ name: 'x', trigger_type: 'deal.amount_above', trigger_config, action_type: action, action_config });
	for (const [url, body, paths] of [['/api/sales', { email: 'nope', first_name: 'x' }, ['email']], ['/api/sales', { email: 'é@example.org', first_name: 'x' }, ['email']],
		['/api/service_accounts', { role: 'nope', name: 'x' }, ['role']],
		['/api/automation_rules', rule({ amount: 1 }, { zzz: 1 }), ['action_config.zzz', 'action_config.text']],
		['/api/automation_rules', rule({ amount: 'x' }, { text: ' ', due_in_days: -1 }), ['trigger_config.amount', 'action_config.text', 'action_config.due_in_days']],
		['/api/automation_rules', rule({ amount: 1 }, { subject: ' ', text: 'x', to: 'z', language: 'z' }, 'send_email'),
			['action_config.subject', 'action_config.to', 'action_config.language']]])
		faultsAt(await ask('POST', url, { token: who.token, body }), paths, /./, url);
});

test('of two faulty members, whatever their order, both paths are reported', async () => {
	let tried = 0;
	for (const one of bodies()) {
		const wrong = Object.entries(one.properties).flatMap(([name, schema]) => {
			const { type, maxLength, enum: choices } = resolve(schema);
			const long = [type].flat().includes('string') && !choices && maxLength < 20000 ? 'x'.repeat(maxLength + 1) : undefined;
			return [long, misfit(schema)].filter((value) => value !== undefined).slice(0, 1).map((value) => [name, value]);
		});
		for (let i = 1; i < wrong.length; i += 2) {
			const pair = tried % 2 ? [wrong[i], wrong[i - 1]] : [wrong[i - 1], wrong[i]];
			const rs = await send(one, Object.fromEntries(pair));
			if (earlier(rs) && !one.resource)
				continue;
			faultsAt(rs, pair.map(([name]) => name), /./, `${one.method} ${one.url}`);
			tried++;
		}
	}
	assert.ok(tried > 400, `${tried}`);
});

test('faults that only the database or the handler finds are reported together', async () => {
	const { id } = rows.companies, contact = rows.contacts.id, script = 'javascript:alert(1)';
	const bulk = '/api/companies/bulk';
	const written = () => sql(`SELECT count(*) FROM ops.audit_log WHERE org_id = (SELECT c.org_id FROM crm.companies c WHERE c.id = ${id})`), was = written();
	for (const [method, url, body, ...others] of [
		['POST', bulk, { ids: [id], set: { size: 'big', name: null, website: script } }, 'set.size', 'set.name', 'set.website'],
		['POST', bulk, { ids: [id], set: { size: 4711, linkedin_url: script, website: script } }, 'set.size', 'set.linkedin_url', 'set.website'],
		['POST', bulk, { ids: ['x', id, 1.5], set: { nope: 1, name: 7 } }, 'ids.0', 'ids.2', 'set.nope', 'set.name'],
		['POST', bulk, { filter: { nope: 1 }, set: { nope: 1, name: 7 } }, 'max', 'filter.nope', 'set.nope', 'set.name'],
		['POST', bulk, { filter: { 'nope@gt': 1, 'sector@near': 1 }, max: 9, set: { name: 7 } }, 'filter.nope@gt', 'filter.sector@near', 'set.name'],
		['POST', bulk, {}, 'filter', 'set'],
		['POST', '/api/contacts/bulk', { ids: [contact], add: { tags: [4711], nope: 1 } }, 'add.tags', 'add.nope'],
		['PATCH', '/api/companies' + query({ filter: { id: [id] } }), { size: 'big', name: null, website: script }, 'size', 'name', 'website'],
		['POST', '/api/companies/get-many', { ids: ['x', 1, {}] }, 'ids.0', 'ids.2'],
		['POST', '/api/views', { resource: 'contacts', name: '', filters: { nope: 1, 'status@near': 1, first_name: 'x' }, sort: ['nope', 'UP'] },
			'name', 'filters.nope', 'filters.status@near', 'sort'],
		['POST', '/api/merge_contacts', { loserId: contact, winnerId: 4711, choices: { title: 4712, nope: 1 } }, 'choices.title', 'choices.nope'],
		['POST', '/api/merge_contacts', { loser_ids: ['x', 1.5] }, 'loser_ids.0', 'loser_ids.1', 'winnerId'],
		['POST', '/api/merge_contacts/preview', {}, 'loserId', 'winnerId'],
		['POST', '/api/duplicates/check', { resource: 'contacts', candidate: { lastname: 'x', email_jsonb: [{ emial: 1 }] } }, 'candidate.lastname',
			'candidate.email_jsonb.0.emial', 'candidate.email_jsonb.0.email'],
		['POST', '/api/calendar_feeds', { name: 'x'.repeat(201), view: 'nope', tasks: 'nope' }, 'name', 'view', 'tasks'],
		['PATCH', '/api/staff_policy', { idle_minutes: -1, max_minutes: -1, second_factor: 'x' }, 'idle_minutes', 'max_minutes', 'second_factor'],
		['POST', '/api/message_channels', { name: '', channel: 'nope' }, 'name', 'channel'],
		['POST', '/api/group_roles', { provider_id: 'nope', group_name: '', role: 'owner' }, 'provider_id', 'group_name'],
		['POST', '/api/invites', { email: 'x', expires_in: -1 }, 'email', 'expires_in'],
		['POST', '/api/access/view', { user_id: 'x', reason: '' }, 'user_id', 'reason'],
		['POST', '/api/object_definitions', { label: '', plural: '', key: 'A B' }, 'label', 'plural', 'key'],
		['POST', '/api/configuration/rename-stage', { from: 'nope', to: 'won', label: 'x'.repeat(101) }, 'from', 'to', 'label']]) {
		const rs = await send({ method, url }, body);
		assert.ok([400, 422].includes(rs.status), rs.text);
		assert.deepEqual(Object.keys(rs.json.errors).sort(), others.sort(), `${url} ${rs.text}`);
		faultsAt(rs, others, /./, url);
	}
	assert.deepEqual(written(), was, 'a search for faults writes nothing');
});

// Triggers check these objects, because other members determine which members are valid: the type of a rule or of an
// integration, and the lists of the organization. The tests of the rules, of the configuration and of the integrations
// check their paths. Rows and filters of other resources (NAME.input, NAME.filter) are tested with the routes of these
// resources.
const BY_SQL = new Set(['IntegrationSettings', 'RuleAction', 'RuleTrigger', 'Settings']);

// Yields the objects of a value at any depth whose members are known, with their paths: "avatar", "email_jsonb.0",
// "scenarios.0.inputs.materials.0".
function* objects(name, schema, outer = {}) {
	const one = resolve(schema);
	if ([schema, ...['oneOf', 'anyOf', 'allOf'].flatMap((key) => schema[key] ?? [])].map(({ $ref = '' }) => $ref.split('/').at(-1))
		.some((named) => named.includes('.') || BY_SQL.has(named)))
		return;
	if (one.type === 'array' && one.items)
		for (const [path, put, schemas] of objects(`${name}.0`, one.items))
			yield [path, (inner) => [put(inner)], schemas];
	else if (one.properties) {
		yield [name, (inner) => ({ ...outer, ...inner }), one];
		for (const [member, inner] of Object.entries(one.properties))
			for (const [path, put, schemas] of objects(`${name}.${member}`, inner))
				yield [path, (value) => ({ ...outer, [member]: put(value) }), schemas];
	}
}

// The paths of a batch begin with operations[N], as docs/api/batches.md says.
const pathIn = ({ url }, path) => url === '/api/batch' ? path.replace(/^operations\.(\d+)/, 'operations[$1]') : path;
// The resource in the body determines the members of a candidate, so another test checks them.
const nested = () => bodies().filter(({ url }) => url !== '/api/duplicates/check');
// Checks the faults of a member of an object, even if the body lacks other members.
function nestedAt(rs, one, path, form) {
	const about = `${one.method} ${one.url} ${path}`, at = pathIn(one, path);
	assert.ok([400, 422].includes(rs.status), `${about}: ${rs.status} ${rs.text}`);
	assert.ok(rs.json.errors?.[at], `${about} is not named: ${rs.text}`);
	assert.match(rs.json.errors[at], form, about);
}

test('an unknown property inside a list or an object is reported with its path', async () => {
	let tried = 0;
	for (const one of nested())
		for (const [name, schema] of Object.entries(one.properties))
			for (const [path, put] of objects(name, schema)) {
				const rs = await send(one, { [name]: put({ nr: '1', nonesuch: '2' }) });
				for (const member of ['nr', 'nonesuch'])
					nestedAt(rs, one, `${path}.${member}`, /unknown member; known names: \w+|do not have this member/);
				tried++;
			}
	assert.ok(tried > 50, `${tried}`);
});

test('texts that are too long are reported with the limit, and invalid choices with the valid choices', async () => {
	let tried = 0;
	// The database checks enumerations, because values may be added to them while workers run.
	const enumerations = sql('SELECT f.resource, f.name FROM ops.resource r JOIN ops.field f ON f.resource = r.name WHERE ops.is_enumeration(r, f.name)')
		.map((names) => names.join('.'));
	for (const one of bodies().filter(({ resource }) => resource)) {
		const limited = Object.entries(one.properties).filter(([, s]) => s.maxLength && s.maxLength < 20000 && !s.enum);
		const choices = Object.entries(one.properties).filter(([name, s]) => s.enum && !enumerations.includes(`${one.resource}.${name}`));
		if (limited.length + choices.length === 0)
			continue;
		const about = `${one.method} ${one.url}`;
		const rs = await send(one, { ...Object.fromEntries(limited.map(([name, s]) => [name, 'x'.repeat(s.maxLength + 1)])),
			...Object.fromEntries(choices.map(([name]) => [name, 'nonesuch'])) });
		assert.equal(rs.status, 422, `${about}: ${rs.text}`);
		for (const [name, { maxLength }] of limited)
			faultsAt(rs, [name], new RegExp(`must have at most ${maxLength} characters$`), about);
		for (const [name, s] of choices)
			faultsAt(rs, [name], new RegExp(`one of .*${s.enum.find((v) => v)}`), about);
		tried += limited.length + choices.length;
	}
	assert.ok(tried > 180, `${tried}`);
});

test('each field with choices lists them, whatever the value', async () => {
	// Notes of deals have any type until the configuration lists types.
	const listed = sql("SELECT child, member FROM crm.choice_columns() WHERE kind <> 'noteTypes'");
	const choices = await Promise.all(bodies().filter(({ resource }) => resource).flatMap((one) => Object.entries(one.properties)
		.filter(([name, s]) => s.enum || listed.some(([child, member]) => child === one.resource && member === name)
			&& one.path.startsWith('/api/')).map(async ([name, s]) => {
			const body = one.method === 'POST' ? sample(one.resource, 'choice', rows) : {};
			// A change of several rows does not read the configuration before its rows.
			const several = one.method === 'PATCH' && !one.one;
			const wrong = name === 'size' ? [...several ? [] : ['big'], 4711] : ['nonesuch', 'x'.repeat(300)];
			for (const value of wrong) {
				const rs = await send(one, { ...body, [name]: value });
				const about = `${one.method} ${one.path} ${name}: ${rs.text}`;
				assert.ok([400, 422].includes(rs.status), about);
				assert.match(rs.json.errors[name] ?? rs.text, /one of:? .+/, about);
			}
			return name;
		})));
	assert.ok(choices.length > 60, `${choices.length}`);
});

// The limit of a text whose shape states none, see SHAPE_TEXT_MAX.
const NESTED_MAX = 10000;

test('a wrong type, a long text or an invalid choice inside of a list or an object gets its path', async () => {
	let tried = 0;
	for (const one of nested())
		for (const [name, schema] of Object.entries(one.properties))
			for (const [path, put, { properties }] of objects(name, schema))
				for (const [member, given] of Object.entries(properties)) {
					const inner = resolve(given), at = `${path}.${member}`;
					const check = async (value, form) => nestedAt(await send(one, { [name]: put({ [member]: value }) }), one, at, form);
					if (member === 'external_ids')	// a row that is not stored has none
						continue;
					if (misfit(given) !== undefined)
						await check(misfit(given), /must (be|have)/);
					const choices = inner.enum ?? given.oneOf?.filter((s) => s.const).map((s) => s.const) ?? [];
					if (choices.length > 0)
						await check('nonesuch', new RegExp(`one of:? ${choices[0]}`));
					else if (inner.type === 'string' && !inner.format && member !== 'src')	// the content of a file
						await check('x'.repeat((inner.maxLength ?? NESTED_MAX) + 1), new RegExp(`at most ${inner.maxLength ?? NESTED_MAX} characters$`));
					tried++;
				}
	assert.ok(tried > 200, `${tried}`);
});

test('several faults in one list each have their path', async () => {
	let tried = 0;
	for (const one of nested())
		for (const [name, schema] of Object.entries(one.properties)) {
			const list = resolve(schema);
			if (list.type !== 'array' || !list.items || misfit(list.items) === undefined)
				continue;
			const wrong = misfit(list.items), rs = await send(one, { [name]: [wrong, wrong, wrong] });
			if (earlier(rs) && !one.resource)
				continue;
			if (one.url !== '/api/batch' && !rs.json.errors?.[name])	// lists of roles, whose text is an alternative
				for (const n of [0, 1, 2])
					nestedAt(rs, one, `${name}.${n}`, /must (be|have)/);
			tried++;
		}
	assert.ok(tried > 30, `${tried}`);
});

test('a fault is reported together with missing required members', async () => {
	let tried = 0;
	for (const one of bodies().filter(({ required = [], method, resource }) => required.length > 0 && (method === 'POST' || !resource)))
		for (const [name, schema] of Object.entries(one.properties)) {
			if (one.required.includes(name) || misfit(schema) === undefined)
				continue;
			const rs = await send(one, { [name]: misfit(schema) });
			if (earlier(rs) && !one.resource)
				continue;
			faultsAt(rs, [name], /must|address/, `${one.method} ${one.url} ${name}`);
			faultsAt(rs, one.required, /: is required$/, `${one.method} ${one.url} ${name}`);
			tried++;
		}
	assert.ok(tried > 300, `${tried}`);
});

test('faults that only the database finds are reported together with missing required members, and in lists', async () => {
	const script = 'javascript:1', { id: tag } = rows.tags;
	for (const [url, body, ...paths] of [
		['/api/companies', { size: 7, sector: 'zz' }, 'name', 'size', 'sector'],
		['/api/companies', { website: script, custom: { nope: 1 }, external_ids: { 'b ad': ['x'], erp: ['', 'x', 7] } },
			'name', 'website', 'custom.nope', 'external_ids.b ad', 'external_ids.erp.0', 'external_ids.erp.2'],
		['/api/companies', { name: 'x', context_links: ['https://example.org', script, 7, script] }, 'context_links.1', 'context_links.2', 'context_links.3'],
		['/api/contacts', { tags: [4711, tag, 4712, 'x'] }, 'tags.0', 'tags.2', 'tags.3'],
		['/api/contacts', { email_jsonb: [{ email: 'a' }, { email: 'b', type: 7 }, { email: 'ok@example.org' }, { email: 'c' }] },
			'email_jsonb.0.email', 'email_jsonb.1.email', 'email_jsonb.1.type', 'email_jsonb.3.email'],
		['/api/deals', { amount: -1, category: 'nope' }, 'name', 'stage', 'amount', 'category'],
		['/api/service_accounts', { role: 'nobody' }, 'name', 'role'],
		['/api/service_accounts', { name: 'x'.repeat(101), role: 'nobody' }, 'name', 'role'],
		['/api/invites', { role: 'nobody', expires_in: 1 }, 'role', 'expires_in'],
		['/api/sales', { avatar: { nr: 1 }, external_ids: { 'b ad': 1 }, administrator: 'x' }, 'email', 'administrator', 'avatar.nr', 'external_ids.b ad'],
		['/api/merge_contacts', { loserIds: 'x', choices: { title: {} } }, 'loserIds', 'choices.title', 'winnerId'],
		['/api/user_payouts/statement', { entries: [{ reference: 'x', status: 'lost', amount: 1.5 }, 7] },
			'entries.0.status', 'entries.0.amount', 'entries.0.currency', 'entries.1'],
		['/api/cost_calculations', { inputs: { quantity: 1, currency: 'EUR', materials: [{ price: true }, { quantity_per_unit: 'x', price: 1 }] } },
			'name', 'inputs.materials.0.price', 'inputs.materials.0.quantity_per_unit'],
		['/api/assistant/chat', { messages: [{ role: 'system', content: 7 }, null, { role: 'user' }] },
			'messages.0.role', 'messages.0.content', 'messages.1', 'messages.2.content'],
	]) {
		const rs = await send({ method: 'POST', url }, body);
		assert.deepEqual(Object.keys(rs.json.errors ?? {}).sort(), paths.sort(), `${url} ${rs.text}`);
		faultsAt(rs, paths, /./, url);
	}
	const one = (data) => ({ method: 'POST', resource: 'companies', data });
	const batch = await send({ method: 'POST', url: '/api/batch' }, { operations: [one({ size: 7 }), { nope: 1, data: 7 }] });
	assert.deepEqual(Object.keys(batch.json.errors).sort(), ['operations[0].name', 'operations[0].size', 'operations[1].data', 'operations[1].method',
		'operations[1].nope', 'operations[1].resource'], batch.text);
});

test('each member of a candidate and of the configuration is checked at its path', async () => {
	let tried = 0;
	const at = async (one, path, put, schema) => {
		const about = `${one.url} ${path}`;
		for (const [value, form] of [[misfit(schema), /must (be|have)/], [schema.maxLength < 20000 ? 'x'.repeat(schema.maxLength + 1) : undefined, /at most \d+ characters/],
			[schema.enum ? 'nonesuch' : undefined, /one of|must be/]])
			if (value !== undefined) {
				faultsAt(await send(one, put(value)), [path], form, about);
				tried++;
			}
	};
	for (const resource of ['contacts', 'companies']) {
		const one = { method: 'POST', url: '/api/duplicates/check' };
		const put = (candidate) => ({ resource, candidate });
		for (const [name, schema] of Object.entries(document.components.schemas[`${resource}.input`].properties)) {
			if (name !== 'external_ids')
				await at(one, `candidate.${name}`, (value) => put({ [name]: value }), resolve(schema));
			for (const [path, into, { properties }] of objects(name, schema)) {
				faultsAt(await send(one, put({ [name]: into({ nonesuch: '1' }) })), [`candidate.${path}.nonesuch`], /unknown member/, path);
				for (const [member, inner] of Object.entries(properties))
					await at(one, `candidate.${path}.${member}`, (value) => put({ [name]: into({ [member]: value }) }), inner);
			}
		}
		faultsAt(await send(one, put({ nonesuch: '1' })), ['candidate.nonesuch'], /similar names: \w/, resource);
	}
	const text = (maxLength) => ({ type: 'string', maxLength }), entry = { value: text(100), label: text(100), color: text(50) };
	const kinds = ['companySectors', 'companySizes', 'dealStages', 'dealCategories', 'lostReasons', 'noteStatuses', 'noteTypes', 'taskTypes'];
	const members = { title: text(2000), lightModeLogo: text(2000), darkModeLogo: text(2000), googleWorkplaceDomain: text(2000), currency: { type: 'string', enum: ['EUR'] },
		engagementHalfLife: { type: 'integer' }, disableEmailPasswordAuthentication: { type: 'boolean' }, dealPipelineStatuses: { type: 'array' },
		trashDays: { type: 'object' }, retentionDays: { type: 'object' }, ...Object.fromEntries(kinds.map((name) => [name, { type: 'array' }])),
		...Object.fromEntries(['uniqueContactEmails', 'uniqueCompanyNames', 'uniqueCompanyDomains'].map((name) => [name, { type: 'string', enum: ['refuse'] }])) };
	// Every member that the database checks is in the table above.
	const [[source]] = sql("SELECT replace(prosrc, E'\\n', ' ') FROM pg_proc WHERE oid = 'crm.check_document'::regproc");
	assert.deepEqual([...source.matchAll(/'([a-z]+[A-Z]\w+|title|currency)'/g)].map(([, name]) => name).filter((name) => !(name in members)), []);
	const one = { method: 'PATCH', url: '/api/configuration/1' };
	for (const [name, schema] of Object.entries(members))
		await at(one, `config.${name}`, (value) => ({ config: { [name]: value } }), schema);
	for (const name of kinds)
		for (const [member, schema] of Object.entries(entry)) {
			const put = (value) => ({ config: { [name]: [{ value: '1', label: 'x', color: 'x', [member]: value }] } });
			faultsAt(await send(one, put(7)), [`config.${name}.0.${member}`], /must be a text/, name);
			faultsAt(await send(one, put('x'.repeat(schema.maxLength + 1))), [`config.${name}.0.${member}`], /at most \d+ characters/, name);
			tried += 2;
		}
	for (const name of ['trashDays', 'retentionDays'])
		for (const [member, value] of [['nonesuch', 7], [name === 'trashDays' ? 'contacts' : 'audit_log', 'x']])
			faultsAt(await send(one, { config: { [name]: { [member]: value } } }), [`config.${name}.${member}`], /./, name);
	assert.ok(tried > 130, `${tried}`);
});

// Compression does not shorten this text, so it does not fit into an index either.
const TEXT_MAX = 10000, words = randomBytes(TEXT_MAX).toString('base64');
const noise = (length) => words.slice(0, length);

test('each text has a limit that its fault states, and a text of this length does not fail', async () => {
	let tried = 0;
	for (const one of bodies())
		for (const [name, schema] of Object.entries(one.properties)) {
			const type = resolve(schema), most = type.maxLength ?? TEXT_MAX;
			if (![type.type].flat().includes('string') || [type.type].flat().includes('object') || type.enum || type.format === 'date-time'
				|| most > TEXT_MAX)
				continue;
			const about = `${one.method} ${one.path} ${name}`;
			const body = one.resource && one.method === 'POST' ? sample(one.resource, 'long', rows) : {};
			const rs = await send(one, { ...body, [name]: noise(most + 1) });
			if (earlier(rs) && !one.resource)
				continue;
			faultsAt(rs, [name], /./, about);
			const longest = await send(one, { ...body, [name]: noise(most) });
			assert.ok(longest.status < 500, `${about} ${longest.text}`);
			tried++;
		}
	assert.ok(tried > 800, `${tried}`);
});

test('routes of Better Auth name each member of a wrong type in their own format', async () => {
	let tried = 0;
	for (const { method, path, operation } of operations(document).filter((o) => o.operation.requestBody && o.path.startsWith('/api/auth/'))) {
		const { properties = {} } = bodyOf({ operation, method });
		// Like Better Auth, the server checks addresses of pages first.
		const wrong = Object.entries(properties).filter(([name]) => !/URL$|^redirectTo$/.test(name))
			.map(([name, schema]) => [name, misfit(schema)]).filter(([, v]) => v !== undefined);
		if (wrong.length === 0)
			continue;
		const rs = await ask(method, path, { token: who.token, body: Object.fromEntries(wrong) });
		if (rs.json.code === 'OTP_NOT_CONFIGURED')
			continue;
		assert.equal(rs.status, 400, `${method} ${path}: ${rs.text}`);
		for (const [name] of wrong)
			assert.ok(rs.json.message.includes(`[body.${name}] Invalid input`), `${method} ${path} does not name ${name}: ${rs.text}`);
		tried += wrong.length;
	}
	assert.ok(tried > 100, `${tried}`);
});

test('what an upload returns is an attachment as it is', async () => {
	const { json: file } = await ask('POST', '/api/upload', { token: who.token, body: 'a plan', headers: { 'Content-Type': 'text/plain' } });
	const note = { text: 'x', contact_id: rows.contacts.id };
	const rs = await send({ method: 'POST', url: '/api/contact_notes' }, { ...note, attachments: [{ ...file, rawFile: {} }] });
	assert.deepEqual([rs.status, rs.json.attachments], [201, [file]], rs.text);
});

// Values for lists and objects of which the sample rows have none.
const SOME = { 'contacts.phone_jsonb': [{ number: '1', type: 'Work' }], 'contacts.avatar': { src: 'https://a.test/a.png' },
	'companies.logo': { src: 'https://a.test/a.png', title: 'a', path: 'a.png', type: 'image/png', size: 1 }, 'companies.context_links': ['https://a.test'],
	'contact_notes.attachments': [{ src: 'https://a.test/a.txt' }], 'deal_notes.attachments': [{ src: 'https://a.test/a.txt' }] };

// Yields a value with each part of it omitted, or replaced with null, a number, a text, an empty object and [null].
function* odd(value) {
	yield* [null, 5, 'https://a.test', {}, [], [null], [{}]];
	for (const key of typeof value === 'object' ? Object.keys(value ?? {}) : []) {
		const put = (inner) => Array.isArray(value) ? value.map((one, i) => i === Number(key) ? inner : one) : { ...value, [key]: inner };
		if (!Array.isArray(value))
			yield Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
		for (const inner of odd(value[key]))
			yield put(inner);
	}
}

test('a list or an object that a new row may have agrees with the schema of rows', async () => {
	const found = [];
	let stored = 0, refused = 0;
	for (const one of bodies().filter(({ resource, method }) => resource && method === 'POST')) {
		const row = document.components.schemas[one.resource];
		for (const [name, schema] of Object.entries(one.properties)) {
			if (!['array', 'object'].some((type) => [resolve(schema).type].flat().includes(type)) || name === 'external_ids')
				continue;
			const values = odd(SOME[`${one.resource}.${name}`] ?? sample(one.resource, 'odd', rows)[name]);
			for (const value of [...new Set([...values].map((v) => JSON.stringify(v)))].map((text) => JSON.parse(text))) {
				const rs = await send(one, { ...sample(one.resource, 'odd', rows), [name]: value });
				assert.ok(rs.status < 500, `${one.path} ${name} ${JSON.stringify(value)}: ${rs.text}`);
				if (rs.status >= 300) {
					refused++;
					continue;
				}
				stored++;
				if (row.properties[name] && rs.json[name] !== undefined)
					found.push(...flaws(document, row.properties[name], rs.json[name], `${one.path} ${name} ${JSON.stringify(value)}`));
			}
		}
	}
	assert.deepEqual(found, []);
	assert.ok(stored > 100 && refused > 300, `${stored} ${refused}`);
});

// Yields a value with each text in it replaced by a longer one.
function* longer(value) {
	if (typeof value === 'string')
		yield `${value}/${'x'.repeat(12000)}`;
	for (const key of typeof value === 'object' ? Object.keys(value ?? {}) : [])
		for (const inner of longer(value[key]))
			yield Array.isArray(value) ? value.map((one, i) => i === Number(key) ? inner : one) : { ...value, [key]: inner };
}

test('a long text inside of a list or an object of a new row is refused', async () => {
	let tried = 0;
	const free = ({ $ref, oneOf = [] }) => [$ref, ...oneOf.map((s) => s.$ref)].some((name = '') => ['Object', ...BY_SQL].includes(name.split('/').at(-1)));
	for (const one of bodies().filter(({ resource, method }) => resource && method === 'POST'))
		for (const [name, schema] of Object.entries(one.properties)) {
			if (!['array', 'object'].some((type) => [resolve(schema).type].flat().includes(type)) || name === 'external_ids' || free(schema))
				continue;
			const picture = JSON.stringify(schema).includes('/File"') ? ['https://a.test'] : [];
			const base = SOME[`${one.resource}.${name}`] ?? sample(one.resource, 'odd', rows)[name];
			for (const value of [base, ...[resolve(schema).type].flat().includes('object') ? picture : [picture]].flatMap((some) => [...longer(some)])) {
				const rs = await send(one, { ...sample(one.resource, 'odd', rows), [name]: value });
				const about = `${one.path} ${name} ${JSON.stringify(value).replace(/x{100,}/, 'x...')}: ${rs.text}`;
				assert.ok([400, 422].includes(rs.status), about);
				if (SOME[`${one.resource}.${name}`])
					assert.match(rs.json.detail, /must have at most (2000|10000) characters$|one of/, about);
				tried++;
			}
		}
	assert.ok(tried > 20, `${tried}`);
});

test('a telephone number may be a number, and a type or a link null, as Atomic CRM sends them', async () => {
	const phones = [{ number: 336012345, type: 'Work' }, { number: '1', type: null }];
	const rs = await send({ method: 'POST', url: '/api/contacts' }, { last_name: 'x', phone_jsonb: phones });
	assert.deepEqual([rs.status, rs.json.phone_jsonb], [201, phones], rs.text);
	const { json: company } = await send({ method: 'POST', url: '/api/companies' }, { name: 'Links', context_links: [null, 'https://a.test'] });
	assert.deepEqual(company.context_links, ['https://a.test']);
	const changed = await send({ method: 'PATCH', url: `/api/companies/${company.id}` }, { context_links: ['https://b.test', null], logo: {} });
	assert.deepEqual([changed.json.context_links, changed.json.logo], [['https://b.test'], null], changed.text);
});

test('faults of all kinds are reported together with missing required members', async () => {
	const rs = await send({ method: 'POST', url: '/api/contacts' }, { first_name: 1, nope: 1, title: 'x'.repeat(2001), has_newsletter: 'yes',
		email_jsonb: [{ email: 'a@example.org' }, { email: 7, type: 'Work' }], phone_jsonb: [{ nr: '1' }, 'x'] });
	assert.deepEqual([rs.status, rs.json.code, rs.json.arguments], [400, 'wrong_type', ['text']], rs.text);
	assert.deepEqual(rs.json.errors, { first_name: 'first_name: must be text', nope: rs.json.errors.nope,
		title: 'title: must have at most 2000 characters', has_newsletter: 'has_newsletter: must be true or false',
		'email_jsonb.1.email': 'email_jsonb.1.email: must be text',
		'phone_jsonb.0.nr': 'phone_jsonb.0.nr: unknown member; known names: type, number', 'phone_jsonb.0.number': 'phone_jsonb.0.number: is required', 'phone_jsonb.1': 'phone_jsonb.1: must be an object' });
	assert.match(rs.json.errors.nope, /^nope: contacts do not have this member; similar names: \w+, /);
	assert.deepEqual(rs.json.faults[4], { path: 'email_jsonb.1.email', code: 'wrong_type', arguments: ['text'] });
	const deal = await send({ method: 'POST', url: '/api/deals' }, { amount: null, archived_at: 'x' });
	assert.deepEqual([deal.status, Object.keys(deal.json.errors)], [422, ['amount', 'archived_at', 'name', 'stage']], deal.text);
	assert.equal(deal.json.errors.amount, 'amount: must not be null');
	const body = { operations: [{ method: 'POST', resource: 'tags', data: { name: 'x', color: '#fff' } },
		{ method: 'POST', resource: 'contacts', data: { first_name: 1, nope: 1 } }] };
	const batch = await send({ method: 'POST', url: '/api/batch' }, body);
	assert.deepEqual(batch.json.errors, { 'operations[1].first_name': 'operations[1]: first_name: must be text',
		'operations[1].nope': `operations[1]: ${rs.json.errors.nope}` }, batch.text);
	const many = await send({ method: 'POST', url: '/api/tags' }, Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`m${i}`, 1])));
	assert.equal(Object.keys(many.json.errors).length, 50);
});

test('a stored value that violates a newer constraint is kept, and new values like it are refused', async () => {
	const { json: { id } } = await send({ method: 'POST', url: '/api/contacts' }, { last_name: 'Old', phone_jsonb: [{ number: '1', type: 'Work' }] });
	sql(`SET session_replication_role = replica; UPDATE crm.contacts SET phone_jsonb = '[{"nr": "1"}]', title = repeat('x', 2001) WHERE id = ${id}`);
	const url = `/api/contacts/${id}`, was = (await ask('GET', url, { token: who.token })).json;
	for (const method of ['PUT', 'PATCH']) {
		const rs = await send({ method, url }, { ...was, first_name: `by ${method}` });
		assert.equal(rs.status, 200, rs.text);
		assert.deepEqual([rs.json.first_name, rs.json.phone_jsonb, rs.json.title], [`by ${method}`, [{ nr: '1' }], was.title]);
		const refused = await send({ method, url }, { ...was, phone_jsonb: [{ nr: '2' }], first_name: 3 });
		faultsAt(refused, ['first_name', 'phone_jsonb.0.nr'], /must|unknown/, method);
		assert.equal(refused.json.errors.title, undefined);
	}
});

test('a stored list that is longer than a newer limit can be sent back, and a longer list is refused', async () => {
	const one = (schema) => {
		const { type, required = [], properties, const: only, enum: choices } = resolve(schema), kind = [type].flat()[0];
		return kind === 'object' ? Object.fromEntries(required.map((name) => [name, one(properties[name])])) : only ?? choices?.[0] ?? { string: 'x', boolean: true }[kind] ?? 1;
	};
	let tried = 0;
	for (const { resource, path } of operations(document).filter(({ method, one: single, other, resource: of }) => method === 'PUT' && single && of && !other))
		for (const [name, schema] of Object.entries(document.components.schemas[`${resource}.input`]?.properties ?? {})) {
			const { type, maxItems, items } = resolve(schema), url = path.replace(/\{\w+\}/, rows[resource]?.id);
			if (![type].flat().includes('array') || maxItems >= 10000 || !rows[resource]
			    || ['attendees', 'choices', 'default_value'].includes(name))	// triggers limit these lists to fewer elements
				continue;
			const [[table, kind]] = sql(`SELECT r.description->>'table', format_type(a.atttypid, a.atttypmod) FROM ops.resource r
				JOIN pg_attribute a ON a.attrelid = (r.description->>'table')::regclass AND a.attname = '${name}' WHERE r.name = '${resource}'`);
			const put = (value) => sql(`SET session_replication_role = replica; UPDATE ${table} SET ${name} = ${value} WHERE id = ${rows[resource].id}`);
			const [[before]] = sql(`SELECT quote_nullable(${name}) FROM ${table} WHERE id = ${rows[resource].id}`);
			const list = JSON.stringify(Array.from({ length: maxItems + 1 }, () => one(items)));
			try {
				put(kind.endsWith('[]') ? `ARRAY(SELECT e${kind === 'jsonb[]' ? '' : " #>> '{}'"} FROM jsonb_array_elements('${list}') e)::${kind}` : `'${list}'`);
			} catch (error) {
				assert.match(error.message, /violates check constraint/);	// no stored list is longer
				continue;
			}
			const was = (await ask('GET', url, { token: who.token })).json;
			assert.equal(was[name].length, maxItems + 1, url);
			const ids = { external_ids: { lengths: [`${resource} ${name}`] } };
			const ways = [['PUT', url, was], ['PATCH', url, was], ['POST', '/api/batch', { operations: [{ method: 'PUT', resource, id: was.id, data: was }] }],
				['PATCH', url, ids], ['PUT', `/api/${resource}?match=external_ids.lengths`, { ...was, ...ids }], ['PUT', `/api/${resource}?match=external_ids.lengths`, [{ ...was, ...ids }]]];
			for (const [method, at, body] of ways.slice(0, document.components.schemas[`${resource}.input`].properties.external_ids ? 6 : 3)) {
				const kept = await send({ method, url: at }, body);
				if (kept.json.code === 'batch_unsupported')
					continue;
				assert.ok(kept.status === 200 && kept.json.results?.[0].outcome !== 'refused', `${method} ${at} ${name}: ${kept.text.slice(0, 500)}`);
				assert.deepEqual((await ask('GET', url, { token: who.token })).json[name], was[name]);
			}
			const longer = await send({ method: 'PUT', url }, { ...was, [name]: [...was[name], was[name][0]] });
			faultsAt(longer, [name], /at most/, url);
			put(before);
			tried++;
		}
	assert.ok(tried > 5, `${tried}`);
});

test('the refusal of a constraint names its condition', async () => {
	for (const [url, body, path, text, code, values] of [
		['/api/price_lists', { name: 'x', currency: 'EUR', principal_id: rows.companies.id, valid_from: '2027-01-02', valid_to: '2027-01-01' }, 'valid_to', 'must not be before valid_from', 'not_before_member', ['valid_from']],
		['/api/companies', { name: 'x', website: 'javascript:alert(1)' }, 'website', 'must be a path or an http or https URL', 'not_a_safe_link', []],
		['/api/price_lists', { name: 'x', currency: 'eu', principal_id: rows.companies.id, valid_from: '2027-01-02' }, 'currency',
			'must be an ISO 4217 currency code', 'not_a_currency', []],
	]) {
		const rs = await send({ method: 'POST', url }, body);
		assert.deepEqual([rs.status, rs.json.code], [422, code], rs.text);
		assert.deepEqual([rs.json.errors, rs.json.arguments], [{ [path]: `${path}: ${text}` }, values], rs.text);
	}
});

test('faults that the database finds are reported together, and nothing is written', async () => {
	const bad = { website: 'javascript:alert(1)', linkedin_url: 'javascript:alert(2)', sales_id: '999' };
	const paths = Object.keys(bad).sort();
	const key = { 'Idempotency-Key': `faults-${Date.now()}` };
	const count = () => sql('SELECT count(*) FROM crm.companies')[0];
	const url = `/api/companies/${rows.companies.id}`, was = count(), { updated_at: at } = (await ask('GET', url, { token: who.token })).json;
	for (const [method, path, about] of [['POST', '/api/companies', 'create'], ['PATCH', url, 'update'], ['PUT', url, 'whole'],
		['PUT', '/api/companies?match=external_ids.faults', 'upsert']]) {
		const body = { name: about, ...bad, external_ids: { faults: [about] } };
		const rs = await ask(method, path, { token: who.token, headers: key, body });
		assert.equal(rs.status, 422, rs.text);
		assert.deepEqual(Object.keys(rs.json.errors).sort(), paths, rs.text);
		faultsAt(rs, paths, /must be a path|no such row|does not exist/, about);
		// Type faults come first, and the database checks the other members.
		const mixed = await ask(method, path, { token: who.token, body: { ...body, city: 7, nope: 1 } });
		assert.deepEqual(Object.keys(mixed.json.errors).sort(), ['city', 'nope', ...paths].sort(), mixed.text);
	}
	assert.deepEqual([count(), (await ask('GET', url, { token: who.token })).json.updated_at], [was, at]);
	const batch = await ask('PUT', '/api/companies?match=external_ids.faults', { token: who.token,
		body: [{ name: 'x', ...bad, external_ids: { faults: ['x'] } }, { name: 'y', external_ids: { faults: ['y'] } }] });
	assert.deepEqual(batch.json.results.map(({ outcome }) => outcome), ['refused', 'created'], batch.text);
	assert.deepEqual(Object.keys(batch.json.results[0].data.errors).sort(), paths, batch.text);
});

test('forms, webhooks and rules report all faults of a body at once', async () => {
	const rule = { name: 'x', trigger_type: 'contact.created', action_type: 'create_note' };
	const cases = [
		['/api/forms', { name: 'x'.repeat(33), origins: ['no origin'], fields: ['nope'], duplicates: 'never', language: 'de', consent: '', tags: [4711] },
			['name', 'origins.0', 'fields', 'fields.0', 'duplicates', 'language', 'consent', 'tags.0']],
		['/api/forms', { name: 7, origins: 'x', nope: 1, language: 'x'.repeat(20000) }, ['name', 'origins', 'fields', 'language', 'nope']],
		['/api/webhooks', { url: 'ftp://example.org', events: ['nope'], description: 'x'.repeat(501), payload_version: 9 },
			['url', 'events.0', 'description', 'payload_version']],
		['/api/webhooks', { url: 7, events: ['nope'], description: 'x'.repeat(501), nope: 1 }, ['url', 'nope', 'events.0', 'description']],
		['/api/webhooks', { events: [] }, ['url', 'events']],
		['/api/automation_rules', { ...rule, trigger_config: { nope: 1, conditions: [{ field: 'title', op: 'near' }, { field: 'nope', op: 'eq', value: 1 }] },
			action_config: { text: ' ' } }, ['trigger_config.nope', 'trigger_config.conditions.0', 'trigger_config.conditions.1', 'action_config.text']],
		['/api/automation_rules', { ...rule, trigger_type: 'nope', action_type: 'nope' }, ['trigger_type', 'action_type']],
		['/api/automation_rules', { ...rule, trigger_type: 'contact.idle', trigger_config: { days: 0 }, action_type: 'send_email',
			action_config: { to: 'all', subject: ' ', text: '{{nope}}', language: 'de' } },
		['trigger_config.days', 'action_config.to', 'action_config.language', 'action_config.subject', 'action_config.text']],
		['/api/automation_rules', { ...rule, trigger_type: 'contact.tag_added', trigger_config: { tag_id: 4711 }, action_type: 'create_task',
			action_config: { due_in_days: 0.5, type: 7 } },
		['trigger_config.tag_id', 'action_config.type', 'action_config.text', 'action_config.due_in_days']],
	];
	for (const [url, body, paths] of cases) {
		const count = async () => (await ask('GET', url, { token: who.token })).json.length, was = await count();
		const rs = await send({ method: 'POST', url }, body);
		assert.ok([400, 422].includes(rs.status), rs.text);
		assert.deepEqual(Object.keys(rs.json.errors).sort(), [...paths].sort(), rs.text);
		faultsAt(rs, paths, /./, url);
		assert.equal(await count(), was);
	}
	const hook = (await send({ method: 'POST', url: '/api/webhooks' }, { url: 'https://example.org/x', events: ['*'] })).json;
	const changed = await send({ method: 'PATCH', url: `/api/webhooks/${hook.id}` }, { url: 'ftp://example.org', events: ['nope'], description: 'x'.repeat(501) });
	assert.deepEqual(Object.keys(changed.json.errors).sort(), ['description', 'events.0', 'url'], changed.text);
	const url = 'https://example.org/'.padEnd(2001, 'x');
	assert.match((await send({ method: 'POST', url: '/api/webhooks' }, { url })).json.errors.url, /http or https URL of at most 2000 characters$/);
});

test('a batch reports the faults of all operations, and writes nothing', async () => {
	const count = () => sql(`SELECT count(*) FROM crm.companies UNION ALL SELECT count(*) FROM crm.tags`).flat().join(), was = count();
	const of = (resource, data, more) => ({ method: 'POST', resource, data, ...more });
	const run = async (operations, paths, status = [400, 422]) => {
		const rs = await send({ method: 'POST', url: '/api/batch' }, { operations });
		assert.ok(status.includes(rs.status), rs.text);
		assert.deepEqual(Object.keys(rs.json.errors).sort(), [...paths].sort(), rs.text);
		assert.ok(Object.entries(rs.json.errors).every(([path, text]) => text.startsWith(path.replace('].', ']: ').replace(/\]$/, ']: '))), rs.text);
		assert.equal(count(), was);
	};
	const script = 'javascript:alert(1)';
	await run([of('companies', { name: 'a', website: script, linkedin_url: script }), of('tags', { name: 'fine', color: '#fff' }),
		of('companies', { name: 7, nope: 1, website: script }), of('companies', { website: script, sales_id: 999 })],
	['operations[0].website', 'operations[0].linkedin_url', 'operations[2].name', 'operations[2].nope', 'operations[2].website',
		'operations[3].name', 'operations[3].website', 'operations[3].sales_id']);
	// Operations that need the row of a refused operation add no faults.
	await run([of('companies', { name: '' }), of('contacts', { last_name: 'x', company_id: { $ref: 0 } }),
		of('contacts', { last_name: 'y', tags: [{ $ref: 3 }] }), of('tags', { name: 'late', color: 'nope' }),
		of('companies', { name: 'b', website: script })],
	['operations[0].name', 'operations[2].tags', 'operations[3].color', 'operations[4].website']);
	await run([{ method: 'GET' }, of('nope', {}), of('tags', { name: 'x', color: '#fff' }, { id: 1 }), 7,
		{ method: 'PATCH', resource: 'companies', id: rows.companies.id, data: { name: null } }],
	['operations[0].method', 'operations[0].resource', 'operations[1].resource', 'operations[2].id', 'operations[3]', 'operations[4].name']);
	// An operation without a valid ID or resource hides neither the faults of its data nor those of other operations.
	const late = of('tags', { name: 'x', color: 'nope' });
	for (const id of ['x', '', {}, true, null, -1.5, '99999999999999999999', undefined])
		for (const method of ['PATCH', 'PUT'])
			await run([{ method, resource: 'companies', id, data: { name: 7, nope: 1 } }, late],
				[id && typeof id === 'object' ? 'operations[0].id.$ref' : 'operations[0].id', 'operations[0].name', 'operations[0].nope', 'operations[1].color']);
	await run([late, { method: 'DELETE', resource: 'companies', id: 'x' }, { method: 'PATCH', resource: 'nope', id: 1 }, { method: 'POST', resource: 'nope', id: 1, if_match: '"x"' }],
		['operations[0].color', 'operations[1].id', 'operations[2].resource', 'operations[2].data', 'operations[3].resource', 'operations[3].id', 'operations[3].data', 'operations[3].if_match']);
	await run([of('tags', { name: 7 }, { id: 1 }), { method: 'PATCH', resource: 'companies', id: 'x', data: { name: 7 } }],
		['operations[0].id', 'operations[0].name', 'operations[0].color', 'operations[1].id', 'operations[1].name']);
	// A wrong method hides no other fault. The other members imply which members the data needs.
	for (const method of ['GET', 'patch', '', 7, null, undefined]) {
		const rest = (members, paths) => run([{ method, ...members }, late], ['operations[0].method', ...paths.map((path) => `operations[0].${path}`), 'operations[1].color'])
		await rest({ resource: 'companies', data: { website: script, nope: 1 } }, ['name', 'nope']);
		await rest({ resource: 'companies', id: 1, data: { size: 'x', nope: 1 } }, ['size', 'nope']);
		await rest({ resource: 'companies', id: 'x', if_match: 'x', data: { size: 'x', nope: 1 } }, ['id', 'if_match', 'size', 'nope']);
		await rest({ resource: 'companies', id: 'x' }, ['id']);
		await rest({ resource: 'companies', match: 'external_ids.faults', data: { size: 'x', nope: 1 } }, ['size', 'nope']);
		await rest({ resource: 'companies', if_match: 'x', data: { nope: 1 } }, ['id', 'if_match', 'nope']);
		await rest({ resource: 'companys', id: 'x', data: { nope: 1 } }, ['resource']);
		await rest({ resource: 'companies', data: [], nope: 1 }, ['data', 'nope']);
		await rest({ resource: 'sales', data: { nope: 1 } }, []);
		await rest({ resource: 'companies' }, []);
	}
	// A wrong ETag hides no other fault, and no other fault hides it.
	for (const wrong of [{}, { id: 'x' }, { resource: 'companys' }, { nope: 1 }, { data: { size: 'x' } }, { data: [] }]) {
		const operation = { method: 'PATCH', resource: 'companies', id: rows.companies.id, if_match: 'x', data: { size: 'x' }, ...wrong };
		const data = Array.isArray(operation.data) || wrong.resource ? [] : ['size'];
		await run([operation, late], [...new Set(['if_match', ...Object.keys(wrong), ...data])].map((path) => path === 'data' && data.length ? [] : `operations[0].${path}`).flat()
			.concat('operations[1].color'));
	}
	// A row that does not exist ends the search.
	await run([of('tags', { name: 'x', color: 7 }), { method: 'PATCH', resource: 'companies', id: 4711, data: { name: 'x' } }],
		['operations[0].color']);
});

test('faults of a new row are found although a required member is faulty, and those of the configuration at their paths', async () => {
	const refusedAt = async (method, url, body) => {
		const rs = await send({ method, url }, body);
		assert.ok([400, 422].includes(rs.status), rs.text);
		return Object.keys(rs.json.errors).sort();
	};
	const deal = { name: '', stage: 'nope', category: 'nope', amount: -1, company_id: 4711, contact_ids: [4711] };
	for (const [method, url] of [['POST', '/api/deals'], ['PATCH', `/api/deals/${rows.deals.id}`]])
		assert.deepEqual(await refusedAt(method, url, deal), Object.keys(deal).map((name) => name === 'contact_ids' ? 'contact_ids.0' : name).sort(), method);
	assert.deepEqual(await refusedAt('PATCH', '/api/configuration/1', { time_zone: 'nope', config: { currency: 'x', trashDays: { nope: 1, contacts: 'x' },
		dealStages: [{ value: 1 }], retentionDays: { audit_log: 1 }, companySectors: 'x' } }), ['config.companySectors', 'config.currency', 'config.dealStages.0.label',
		'config.dealStages.0.value', 'config.retentionDays.audit_log', 'config.trashDays.contacts', 'config.trashDays.nope', 'time_zone']);
	assert.deepEqual(await refusedAt('POST', '/api/configuration/rename-stage', { from: 'nope', to: 'won' }), ['from', 'to']);
});

test('a search for faults stops at a missing permission and at a fault without a member', async () => {
	const stranger = await owner('Other faults');
	const rs = await ask('PATCH', `/api/companies/${rows.companies.id}`, { token: stranger.token, body: { name: 7, website: 'javascript:1' } });
	assert.ok([400, 404].includes(rs.status), rs.text);
	assert.doesNotMatch(rs.text, /website/);
	const anonymous = await ask('POST', '/api/companies', { body: { name: 7, website: 'javascript:1' } });
	assert.equal(anonymous.status, 401, anonymous.text);
});

test('an element of a list that does not exist is refused at its position, with the nearest one', async () => {
	const contact = rows.contacts.id, origins = ['https://example.org', 'http://example.org:80', 'example.org'];
	const form = { name: 'x', origins: ['https://example.org'], fields: ['email', 'last_name'] };
	for (const [method, url, body, faults] of [
		['POST', '/api/webhooks', { url: 'https://example.org/', events: ['contacts.create', 'contact.create', 'deals.update', '*.remove'] },
			{ 'events.1': /similar names: contacts\.create, /, 'events.3': /\*\.\w+/ }],
		['POST', '/api/webhooks/test', { url: 'https://example.org/', events: ['dals.update'] }, { 'events.0': /similar names: deals\.update, / }],
		['POST', '/api/deals', { name: 'x', stage: 'opportunity', contact_ids: [contact, 4711, contact, 4712] },
			{ 'contact_ids.1': /does not exist/, 'contact_ids.3': /does not exist/ }],
		['PATCH', `/api/deals/${rows.deals.id}`, { contact_ids: [4711, contact] }, { 'contact_ids.0': /does not exist/ }],
		['POST', '/api/forms', { ...form, origins }, { 'origins.1': /must be an origin/, 'origins.2': /must be an origin/ }],
		['POST', '/api/forms', { ...form, fields: ['email', 'last_nam', 'titl'] }, { 'fields.1': /similar names: last_name, /, 'fields.2': /similar names: title, / }],
		['POST', '/api/forms', { ...form, required: ['email', 'title'] }, { 'required.1': /similar names: email, last_name$/ }],
		['POST', '/api/report_templates', { name: 'x', resource: 'tags', columns: ['name', 'colr', 'nme'] },
			{ 'columns.1': /first: color, /, 'columns.2': /first: name, / }],
	]) {
		const rs = await ask(method, url, { token: who.token, body });
		assert.deepEqual(Object.keys(rs.json.errors ?? {}), Object.keys(faults), `${url} ${rs.text}`);
		for (const [path, text] of Object.entries(faults))
			assert.match(rs.json.errors[path], text);
	}
});

test('each list of a body has a maximum length, and a longer list of a row is refused', async () => {
	const unbounded = [], seen = new Set(), unbound = (schema, at) => {
		const { $ref, items, properties, additionalProperties, oneOf, allOf, type, maxItems } = schema;
		if ($ref && !seen.has($ref) && !$ref.endsWith('.filter')) {	// skips filters, which are parameters as well
			seen.add($ref);
			unbound(document.components.schemas[$ref.split('/').at(-1)], at);
		}
		if ([type].flat().includes('array') && !(maxItems <= 10000))
			unbounded.push(at);
		for (const [name, inner] of Object.entries({ ...properties, '[]': items, '*': additionalProperties, ...oneOf, ...allOf }))
			if (inner && typeof inner === 'object')
				unbound(inner, `${at}.${name}`);
	};
	for (const { path, method, operation } of operations(document))
		if (operation.requestBody?.content['application/json'] && !path.startsWith('/api/auth/'))
			unbound(operation.requestBody.content['application/json'].schema, `${method} ${path}`);
	assert.deepEqual(unbounded, []);
	let tried = 0;
	for (const one of bodies().filter(({ resource, method, path }) => resource && method !== 'PUT' && path.split('/').length < 5))
		for (const [name, schema] of Object.entries(one.properties)) {
			const { type, maxItems, items } = resolve(schema);
			if (![type].flat().includes('array') || maxItems >= 10000)
				continue;
			const element = { string: 'x', object: {} }[[resolve(items).type].flat()[0]] ?? 1;
			const rs = await send(one, { [name]: Array.from({ length: maxItems + 1 }, () => element) });
			faultsAt(rs, [name], new RegExp(`^${name}: must .*at most ${maxItems} (elements|\\w+)$`), `${one.method} ${one.url} ${name}`);
			tried++;
		}
	assert.ok(tried > 20, `${tried}`);
});

test('a wrong value of a parameter is refused at the parameter, with the expected form', async () => {
	const wrong = [];
	let tried = 0;
	for (const { method, path, operation, resource } of operations(document).filter(({ path, file }) => path.startsWith('/api/') && !path.startsWith('/api/auth/') && !file))
		for (const { name, in: place, schema, content } of operation.parameters ?? []) {
			const { enum: choices, type } = schema ?? {};
			const form = choices ? new RegExp(choices.filter(Boolean).join('|')) : content ? /JSON/ : /integer|number|boolean/.test(type) ? /\bnumber|\bID of|true or false/ : undefined;
			if (place !== 'query' || !form || method !== 'GET')
				continue;
			const rs = await ask(method, `${path.replace(/\{\w+\}/g, rows[resource]?.id ?? '1')}?${name}=nonesuch`, { token: who.token });
			const text = rs.json?.errors?.[name];
			// Another parameter that is missing is reported first.
			if (earlier(rs) || !text && ['required', 'param_missing'].includes(rs.json?.code))
				continue;
			if (![400, 422].includes(rs.status) || !text?.startsWith(`${name}: `) || !form.test(text))
				wrong.push(`${path} ${name} ${rs.status} ${text ?? rs.text.slice(0, 200)}`);
			tried++;
		}
	assert.deepEqual(wrong, []);
	assert.ok(tried > 500, `${tried}`);
});

test('wrong external IDs and wrong members are reported together, in each kind of write', async () => {
	const lost = [];
	let tried = 0;
	for (const one of bodies().filter(({ resource, method, path }) => resource && method === 'POST' && path === `/api/${resource}` && document.paths[path].put?.parameters?.some(({ name }) => name === 'match'))) {
		const { resource: name } = one, url = `/api/${name}?match=external_ids.faults`;
		const input = Object.entries(document.components.schemas[`${name}.input`].properties).filter(([member, s]) => member !== 'external_ids' && !/Only a new row/.test(s.description));
		const wrong = Object.fromEntries(input.map(([member, schema]) => [member, misfit(schema)]).filter(([, value]) => value !== undefined));
		const data = { ...wrong, nonesuch: 1, external_ids: { faults: ['1'], BAD: 5, shop: ['x', 7, ''] } };
		const paths = [...Object.keys(wrong), 'nonesuch', 'external_ids.BAD', 'external_ids.shop.1', 'external_ids.shop.2'];
		const batch = (operation) => ['POST', '/api/batch', { operations: [{ resource: name, data, ...operation }] }];
		for (const [method, path, body] of [['POST', `/api/${name}`, data], ['PUT', url, data], ['PUT', url, [data]], batch({ method: 'POST' }),
			batch({ method: 'PATCH', id: rows[name].id }), batch({ method: 'PUT', match: 'external_ids.faults' })]) {
			const rs = await ask(method, path, { token: who.token, body });
			const { errors = {} } = Array.isArray(body) ? rs.json.results[0].data : rs.json;
			const hidden = paths.slice(0, 50).filter((member) => !errors[path === '/api/batch' ? `operations[0].${member}` : member]);
			if (hidden.length > 0)
				lost.push(`${method} ${path} ${JSON.stringify(body).slice(0, 60)} ${hidden}`);
			tried++;
		}
	}
	assert.deepEqual(lost, []);
	assert.ok(tried > 200, `${tried}`);
});
