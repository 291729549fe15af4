// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: the tools read 3 MB.
// Third-party tools read the OpenAPI document: a linter, and a generator of TypeScript types.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { ask, openapi } from '../../lib/api.mjs';

const document = await openapi();
const converted = (await ask('GET', '/api/openapi.json?version=3.0')).json;

// This package contains the rules of "redocly lint".
for (const one of [document, converted])
	test(`a linter reports no problems in version ${one.openapi}`, async () => {
		const config = await createConfig({ extends: ['recommended'], rules: {
			// "default" describes every refusal.
			'operation-4xx-response': 'off',
			// Better Auth defines such paths, for example reset-password/{token}.
			'no-ambiguous-paths': 'off',
			// A tag is the name of a resource, or the first segment of a path.
			'tag-description': 'off',
			// The document lists the servers of this installation.
			'no-server-example.com': 'off',
			// Version 3.0 does not support webhooks, but their schemas remain.
			'no-unused-components': one === converted ? 'off' : 'warn',
		} });
		const found = await lintFromString({ source: JSON.stringify(one), config });
		assert.deepEqual([...new Set(found.map((f) =>
			`${f.ruleId}: ${f.message} ${f.location[0].pointer}`))].slice(0, 20), []);
	});

test('types are generated from the document, and a program that uses them compiles', async () => {
	const folder = mkdtempSync(new URL('types-', import.meta.url).pathname);
	const { typeParameters } = await import(`${process.env.SOURCES}/contrib/client/parameters.js`);
	writeFileSync(`${folder}/schema.d.ts`, astToString(await openapiTS(
		JSON.stringify(typeParameters(structuredClone(document))))));
	writeFileSync(`${folder}/use.ts`, `import createClient from 'openapi-fetch';
import type { paths, components } from './schema';
const client = createClient<paths>({ baseUrl: '' });
export async function use(): Promise<string[]> {
	const tags = await client.GET('/api/tags');
	const made = await client.POST('/api/tags', { body: { name: 'x', color: '#000000' } });
	await client.PATCH('/api/tags/{id}', { params: { path: { id: 1 } }, body: { name: 'y' } });
	// @ts-expect-error a name is text
	await client.POST('/api/tags', { body: { name: 1, color: '#000000' } });
	// @ts-expect-error it has no name
	await client.POST('/api/tags', { body: { color: '#000000' } });
	await client.GET('/api/deals', { params: { query: { filter: { stage: 'won', 'amount@gte': 5, '@or': [{ 'name@ilike': 'x' }, { archived_at: null }] },
		sort: ['amount', 'DESC'], fields: ['id', 'name'] } } });
	// @ts-expect-error there is no such field
	await client.GET('/api/deals', { params: { query: { filter: { stag: 'won' } } } });
	// @ts-expect-error text is not compared
	await client.GET('/api/deals', { params: { query: { filter: { 'name@gt': 'x' } } } });
	// @ts-expect-error it cannot be sorted by this
	await client.GET('/api/deals', { params: { query: { sort: ['stag', 'ASC'] } } });
	// @ts-expect-error there is no such value
	await client.POST('/api/user_memberships', { body: { user_id: 1, tier: 'x', starts_on: '2026-01-01', status: 'sleeping' } });
	// @ts-expect-error an address has no number
	await client.POST('/api/contacts', { body: { email_jsonb: [{ number: '1' }] } });
	// @ts-expect-error there is no such path
	await client.GET('/api/no_such_resource');
	const session = await client.GET('/api/auth/get-session');
	const user: components['schemas']['User'] | undefined = session.data?.user;
	const name: string | undefined = made.data?.name;
	return [...(tags.data ?? []).map((tag) => tag.name), name ?? '', user?.email ?? ''];
}
`);
	const program = ts.createProgram([`${folder}/use.ts`], { strict: true, noEmit: true,
		target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
		moduleResolution: ts.ModuleResolutionKind.Bundler, types: [] });
	assert.deepEqual(ts.getPreEmitDiagnostics(program).map((d) =>
		ts.flattenDiagnosticMessageText(d.messageText, ' ')), []);
});
