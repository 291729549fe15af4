// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: it generates and compiles the types of the whole document.
// Compiles contrib/client with the types of this server, and uses it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { ask, BASE, owner } from '../../lib/api.mjs';
import { sql } from '../../lib/psql.mjs';

const run = promisify(execFile);
const folder = mkdtempSync(new URL('client-', import.meta.url).pathname);
const USE = `import { createTenantry, type Schemas } from './index.js';
const tenantry = createTenantry();
export async function use(): Promise<Schemas['deals'][]> {
	const deals = tenantry.rows('deals');
	await deals.create({ name: 'x', stage: 'won', amount: 5 });
	// @ts-expect-error there is no such member
	await deals.create({ name: 'x', stage: 'won', amout: 5 });
	// @ts-expect-error there is no such field
	await deals.list({ filter: { stage: 'won', stag: 'won' } });
	await deals.list({ filter: { 'external_ids.erp': ['4711'] }, embed: ['external_ids'] });
	// @ts-expect-error there is no such field
	await deals.list({ filter: { 'external_id.erp': '4711' } });
	await deals.list({ filter: { '@or': [{ 'external_ids.erp': ['4711'] }, { 'metadata.color': 'red', '@not': { 'metadata->size@is': null } }] } });
	await deals.list({ filter: { '@and': { 'external_ids.erp@not.is': null, stage: 'won' } } });
	// @ts-expect-error there is no such field in a group
	await deals.list({ filter: { '@or': [{ 'external_id.erp': '4711' }] } });
	// @ts-expect-error there is no such key of metadata
	await deals.list({ filter: { '@not': { metadat: 'red' } } });
	await deals.upsert('external_ids.erp', [{ name: 'x', external_ids: { erp: ['4711'] } }]);
	// @ts-expect-error text is not compared
	await deals.list({ filter: { stage: 'won', 'name@gt': 'x' } });
	await deals.list({ sort: ['company.name', 'ASC'] });
	// @ts-expect-error it cannot be sorted by this
	await deals.list({ sort: ['company.nmae', 'ASC'] });
	// @ts-expect-error it cannot be sorted by this
	await deals.list({ sort: ['stag', 'ASC'] });
	// @ts-expect-error there is no such value
	await tenantry.rows('appointments').update(1, { status: 'sleeping' });
	// @ts-expect-error a number has no address
	await tenantry.rows('contacts').create({ phone_jsonb: [{ number: '1', email: 'a@b.test' }] });
	// @ts-expect-error there is no such resource
	tenantry.rows('deal');
	await deals.create({ name: 'x', stage: 'won', custom: { berths: 5 } });
	// @ts-expect-error there is no such custom field
	await deals.create({ name: 'x', stage: 'won', custom: { berth: 5 } });
	// @ts-expect-error it is a number
	await deals.update(1, { custom: { berths: 'five' } });
	await deals.list({ filter: { 'custom.berths': 5 } });
	// @ts-expect-error there is no such custom field
	await deals.list({ filter: { 'custom.berth': 5 } });
	// @ts-expect-error the other operators are for other types
	await deals.list({ filter: { 'custom.berths@like': '5' } });
	// @ts-expect-error it cannot be sorted by this
	await deals.list({ sort: ['custom.berth', 'ASC'] });
	await deals.list({ filter: { 'custom.berths@gte': 5, 'custom.colour@in': ['red'], 'custom.flags@cs': ['new'] }, sort: ['custom.berths', 'ASC'] });
	await deals.list({ filter: { company: { 'name@ilike': 'x' }, 'activities.any': { type: 'call' } } });
	// @ts-expect-error the related row has no such field
	await deals.list({ filter: { company: { nam: 'x' } } });
	await tenantry.POST('/api/deals/bulk', { body: { ids: [1], set: { stage: 'won' } } });
	// @ts-expect-error there is no such stage
	await tenantry.POST('/api/deals/bulk', { body: { ids: [1], set: { stage: 'wonn' } } });
	// @ts-expect-error there is no such method
	await tenantry.POST('/api/batch', { body: { operations: [{ method: 'MERGE', resource: 'tags' }] } });
	// @ts-expect-error there is no such stage
	await deals.create({ name: 'x', stage: 'wonn' });
	// @ts-expect-error there is no such stage
	await deals.list({ filter: { 'stage@in': ['won', 'wonn'] } });
	await deals.list({ filter: { 'stage@in': ['in-negotiation', 'in-negociation'], 'stage@ilike': 'nego' } });
	const [read] = await deals.list();
	await deals.update(1, { stage: read.stage, custom: read.custom });
	await tenantry.rows('custom_ships').create({ name: 'x' });
	return deals.list({ filter: { 'amount@gte': 5, '@or': [{ 'name@ilike': 'x' }, { archived_at: null }] }, sort: ['amount', 'DESC'], range: [0, 9] });
}
`;
let client, who;

const named = (document, { $ref }) => document.components.schemas[$ref.split('/').at(-1)];

// Returns the values that a schema lists, or undefined.
const valuesOf = (document, schema) => schema.$ref ? valuesOf(document, named(document, schema))
	: schema.oneOf ? schema.oneOf.map((one) => valuesOf(document, one)).find(Boolean)
		: schema.items ? valuesOf(document, schema.items) : schema.enum;

// Returns the members of rows, bodies and filters that have a list of values: [schema, member, values, is an array].
function listed(document) {
	return Object.entries(document.components.schemas).filter(([name]) => !/[.](sort|fields|event)$/.test(name)).flatMap(([name, { properties = {} }]) =>
		Object.entries({ ...properties, ...Object.fromEntries(Object.entries(properties.custom?.properties ?? {}).map(([key, schema]) => [`custom.${key}`, schema])) })
			.filter(([member]) => !/@is$/.test(member))
			.map(([member, schema]) => [name, member, valuesOf(document, schema)?.filter((v) => v !== null),
				[schema, ...schema.oneOf ?? []].some(({ type }) => [type].flat().includes('array'))])
			.filter(([, , values]) => values?.length));
}

// Returns a program that assigns each value of each list, and a misspelt value, which must not compile.
const spelled = (fields) => `import type { Schemas } from './index.js';
type Inner<T, K extends string> = K extends keyof NonNullable<T> ? NonNullable<T>[K] : K extends \`custom.\${infer C}\` ? 'custom' extends keyof NonNullable<T> ? Inner<NonNullable<T>['custom'], C> : never : never;
${fields.map(([name, member, values, array], n) => {
		const type = `Inner<Schemas['${name}'], '${member}'>`, wrong = typeof values[0] === 'number' ? 12345 : `${values[0]}x`;
		return `export const right${n}: ${type}[] = ${JSON.stringify(array ? [values] : values)};
// @ts-expect-error ${name}.${member} has no such value
export const wrong${n}: ${type} = ${JSON.stringify(array ? [wrong] : wrong)};`;
	}).join('\n')}
`;

// Runs generate.js and returns the types.
async function generate(key) {
	const { TENANTRY_KEY: _, ...env } = process.env;
	await run('node', ['generate.js', `${BASE}/api/openapi.json`], { cwd: folder, env: key ? { ...env, TENANTRY_KEY: key } : env });
	return readFileSync(`${folder}/schema.ts`, 'utf8');
}

const define = async (resource, body) => {
	const rs = await ask('POST', `/api/${resource}`, { token: who.token, body });
	assert.equal(rs.status, 201, rs.text);
};

before(async () => {
	who = await owner('Client');
	await define('object_definitions', { label: 'Ship', plural: 'Ships' });
	await define('field_definitions', { resource: 'deals', key: 'berths', label: 'Berths', kind: 'integer' });
	await define('field_definitions', { resource: 'deals', key: 'colour', label: 'Colour', kind: 'choice', choices: ['red', 'blue'] });
	await define('field_definitions', { resource: 'deals', key: 'flags', label: 'Flags', kind: 'choices', choices: ['new', 'rare'] });
	const saved = await ask('PATCH', '/api/configuration/1', { token: who.token, body: { config: { noteTypes: [{ value: 'minutes', label: 'Minutes' }] } } });
	assert.equal(saved.status, 200, saved.text);
	const { json: { key } } = await ask('POST', '/api/auth/api-key/create', { token: who.token, body: { name: 'types', permissions: { tags: ['read'] } } });
	cpSync(`${process.env.SOURCES}/contrib/client`, folder, { recursive: true });
	const shared = await generate();
	assert.doesNotMatch(shared, /berths|custom_ships|in-nego|health-care|follow-up/, 'without a key, the types are the same for all organizations');
	await assert.rejects(generate('wrong'), /api\/catalogue: status 401/);
	assert.equal(readFileSync(`${folder}/schema.ts`, 'utf8'), shared, 'a refused key does not change the types');
	await generate(key);
	writeFileSync(`${folder}/use.ts`, USE);
	const { withoutUnused } = await import(`${folder}/compact.js`);
	const fields = listed(withoutUnused((await ask('GET', '/api/openapi.json', { token: who.token })).json));
	const has = new Set(fields.map(([name, member]) => `${name} ${member}`));
	for (const column of sql('SELECT child, member FROM crm.choice_columns()'))
		for (const [part, member] of [['', column[1]], ['.input', column[1]], ['.filter', column[1]], ['.filter', `${column[1]}@in`]])
			assert.ok(has.has(`${column[0]}${part} ${member}`), `${column[0]}${part} lists the values of ${member}`);
	writeFileSync(`${folder}/spelled.ts`, spelled(fields));
	const { config } = ts.readConfigFile(`${folder}/tsconfig.json`, ts.sys.readFile);
	const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, folder);
	const program = ts.createProgram([`${folder}/index.ts`, `${folder}/use.ts`, `${folder}/spelled.ts`], options);
	const faults = ts.getPreEmitDiagnostics(program).map((d) => `${d.file?.text.slice(d.start, d.start + 80)}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`);
	assert.deepEqual(faults, [], 'what is misspelt does not compile, and everything else does');
	program.emit();
	client = await import(`${folder}/dist/index.js`);
});

test('version 3.0 lists no values that an organization can change', async () => {
	const { json } = await ask('GET', '/api/openapi.json?version=3.0', { token: who.token });
	const has = new Set(listed(json).map(([name, member]) => `${name} ${member}`));
	assert.ok(has.has('appointments status'));
	for (const [table, column] of [...sql('SELECT child, member FROM crm.choice_columns()'), ['deals', 'custom.colour'], ['deals', 'custom.flags']])
		assert.deepEqual([`${table} ${column}`, `${table}_input ${column}`].filter((one) => has.has(one)), []);
});

test('the types of a module have at most 5,000 lines, and are those of openapi-typescript', async () => {
	const { typeParameters } = await import(`${folder}/parameters.js`);
	for (const module of ['membership', 'b2b', 'factory']) {
		await run('node', ['generate.js', `${BASE}/api/openapi.json?tag=${module}`], { cwd: folder });
		const lines = readFileSync(`${folder}/schema.ts`, 'utf8').split('\n').length;
		assert.ok(lines > 500 && lines <= 5000, `${module} has ${lines} lines`);
		if (module === 'membership') {
			const said = /the types have ([\d,]+) lines instead of ([\d,]+)/.exec(readFileSync(`${process.env.SOURCES}/contrib/client/README.md`, 'utf8')).slice(1)
				.map((text) => Number(text.replace(',', '')));
			const { json: whole } = await ask('GET', '/api/openapi.json?tag=membership');
			const without = astToString(await openapiTS(JSON.stringify(whole))).split('\n').length;
			for (const [n, measured] of [lines, without].entries())
				assert.ok(Math.abs(said[n] / measured - 1) < 0.1, `README says ${said[n]}, measured ${measured}`);
		}
	}
	const { json } = await ask('GET', '/api/openapi.json?tag=factory');
	writeFileSync(`${folder}/long.ts`, astToString(await openapiTS(JSON.stringify(typeParameters(json)))));
	writeFileSync(`${folder}/same.ts`, `import type * as Long from './long.js';
import type * as Short from './schema.js';
type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false;
type Part<T, K extends PropertyKey> = T extends { [P in K]?: infer V } ? V : never;
type Success<T> = { [S in 200 | 201 | 202 | 204]: Part<Part<Part<T, 'responses'>, S>, 'content'> };
type Operation<T> = { parameters: { [P in 'query' | 'path' | 'header']: Part<Part<T, 'parameters'>, P> }; body: Part<T, 'requestBody'>; success: Success<T> };
type Operations<T> = { [P in keyof T]: { [M in keyof T[P] & ('get' | 'put' | 'post' | 'patch' | 'delete') as T[P][M] extends object ? M : never]: Operation<T[P][M]> } };
type Schemas = Short.components['schemas'];
type Differ = { [K in keyof Schemas]: Same<Schemas[K], Long.components['schemas'][K & keyof Long.components['schemas']]> extends true ? never : K }[keyof Schemas];
type Paths<A, B> = { [K in keyof A]: K extends keyof B ? Same<A[K], B[K]> extends true ? never : K : K }[keyof A];
export const schemas: [Differ] extends [never] ? true : Differ = true;
export const paths: [Paths<Operations<Long.paths>, Operations<Short.paths>>] extends [never] ? true : Paths<Operations<Long.paths>, Operations<Short.paths>> = true;
// @ts-expect-error the comparison detects a difference
export const different: Paths<Operations<Long.paths>, Operations<Omit<Short.paths, '/api/cost_rates'>>> extends never ? true : false = true;
`);
	const program = ts.createProgram([`${folder}/same.ts`], { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, types: [] });
	assert.deepEqual(ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')), []);
});

const tenantry = (more) => client.createTenantry({ url: BASE, token: who.token, ...more });

test('rows are upserted by their IDs in another system, a hundred at a time', async () => {
	const companies = tenantry().rows('companies');
	const rows = Array.from({ length: 101 }, (_, n) => ({ name: `Company ${n}`, external_ids: { erp: [`${n}`] } }));
	const outcomes = async () => (await companies.upsert('external_ids.erp', rows)).map(({ outcome }) => outcome);
	assert.deepEqual(await outcomes(), rows.map(() => 'created'));
	rows[7].name = 'Changed';
	rows[8].name = '';
	assert.deepEqual((await outcomes()).slice(6, 10), ['unchanged', 'updated', 'refused', 'unchanged']);
	const [found] = await companies.list({ filter: { 'external_ids.erp': '7' }, embed: ['external_ids'] });
	assert.deepEqual([found.name, found.external_ids], ['Changed', { erp: ['7'] }]);
});

test('rows are created, read, changed, filtered and deleted', async () => {
	const tags = tenantry().rows('tags');
	const made = await tags.create({ name: 'first', color: '#000000' });
	assert.equal((await tags.update(made.id, { name: 'renamed' })).name, 'renamed');
	assert.deepEqual((await tags.list({ filter: { 'name@ilike': 'rena' }, sort: ['name', 'ASC'] })).map(({ id }) => id), [made.id]);
	assert.equal((await tags.delete(made.id)).id, made.id);
	await assert.rejects(tags.get(made.id), (e) => e instanceof client.Refused && e.status === 404 && e.problem.type === '/problems/not-found');
	const { data } = await tenantry().GET('/api/tags', { params: { query: { filter: { name: 'renamed' }, range: [0, 1] } } });
	assert.deepEqual(data, []);
});

test('all rows are read page by page', async () => {
	const one = tenantry();
	for (let n = 0; n < 8; n++) {
		const { response } = await one.POST('/api/batch', { body: { operations: Array.from({ length: 100 }, (_, i) =>
			({ method: 'POST', resource: 'tags', data: { name: `page ${n * 100 + i}`, color: '#111111' } })) } });
		assert.equal(response.status, 200);
	}
	const names = new Set();
	for await (const { name } of one.rows('tags').all({ filter: { 'name@ilike': 'page' }, sort: ['name', 'ASC'] }))
		names.add(name);
	assert.equal(names.size, 800);
	// Copies the response, because a response of a custom fetch() has no url.
	const copied = async (request) => { const answer = await fetch(request); return new Response(answer.body, answer); };
	const all = [];
	for await (const { id } of tenantry({ fetch: copied }).rows('tags').all({ filter: { 'name@ilike': 'page' } }))
		all.push(id);
	assert.equal(new Set(all).size, 800);
	// A filter that does not fit into the link to the next page is refused, unless there is only one page.
	const found = [];
	const read = async (id) => { for await (const tag of one.rows('tags').all({ filter: { id } })) found.push(tag.id); };
	await assert.rejects(read(all), (e) => e instanceof client.Refused && e.status === 422 && e.problem.code === 'cursor_too_long');
	assert.deepEqual(found, [], 'it is refused before the first row');
	for (const ids of [all.slice(0, 500), all.slice(500)])
		await read(ids);
	assert.deepEqual(found.sort(), all.sort());
});

test('a change whose response is lost is made once, and requests to a busy server are retried', async () => {
	let sent = 0;
	const lossy = async (request) => {
		const answer = await fetch(request);
		if (++sent === 1)
			throw new TypeError('the connection is gone');
		return sent === 2 ? new Response('{}', { status: 503, headers: { 'retry-after': '1' } }) : answer;
	};
	const began = Date.now();
	const { id } = await tenantry({ fetch: lossy }).rows('companies').create({ name: 'Once' });
	assert.equal(sent, 3);
	assert.ok(Date.now() - began >= 1000, 'Retry-After is kept');
	assert.deepEqual((await tenantry().rows('companies').list({ filter: { name: 'Once' } })).map((row) => row.id), [id]);
	const gone = async () => { throw new TypeError('no network'); };
	await assert.rejects(tenantry({ fetch: gone, retries: 1 }).rows('companies').list(), /no network/);
});

test('changes after a number are read', async () => {
	const seen = [];
	for await (const change of tenantry().changes({ after: 0, everyMs: 50 })) {
		seen.push(change);
		if (change.resource === 'companies')
			break;
	}
	assert.deepEqual(seen.map(({ seq }) => seq), seen.map((_, i) => i + 1));
	assert.equal(seen[0].verb, 'create');
	await tenantry({ client: 'typescript' }).rows('tags').create({ name: 'told', color: '#222222' });
	for await (const change of tenantry().changes({ after: 0, resources: ['tags'], everyMs: 50 })) {
		assert.equal(change.resource, 'tags');
		if (change.client === 'typescript')
			break;
	}
});

test('the signature of a webhook is verified', async () => {
	const key = Buffer.from('a key of a webhook');
	const body = '{"type":"tags.create","data":{"id":1}}';
	const headers = (secret, time = Math.floor(Date.now() / 1000)) => new Headers({ 'webhook-id': 'msg_1', 'webhook-timestamp': `${time}`,
		'webhook-signature': `v1,AAAA v1,${createHmac('sha256', secret).update(`msg_1.${time}.${body}`).digest('base64')}` });
	const secret = `whsec_${key.toString('base64')}`;
	assert.equal((await client.verifyWebhook(secret, headers(key), body)).type, 'tags.create');
	await assert.rejects(client.verifyWebhook(secret, headers(key), `${body} `), /not signed/);
	await assert.rejects(client.verifyWebhook(secret, headers(Buffer.from('another')), body), /not signed/);
	await assert.rejects(client.verifyWebhook(secret, new Headers(), body), /not signed/);
	await assert.rejects(client.verifyWebhook(secret, headers(key, Math.floor(Date.now() / 1000) - 3600), body), /too old/);
});
