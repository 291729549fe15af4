// generate.js URL - writes schema.ts, the types of the OpenAPI document at this address. If TENANTRY_KEY is set, the
// types contain the fields and objects of the key's organization.
import { writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { compact, withoutRefusals, withoutUnused } from './compact.js';
import { typeParameters } from './parameters.js';

const [url] = process.argv.slice(2);
// A key in an argument would be visible to other users of the machine.
const key = process.env.TENANTRY_KEY;
if (!url) {
	console.error('usage: npm run generate -- https://crm.example.org/api/openapi.json');
	process.exit(1);
}

async function read(address, accepted) {
	const response = await fetch(address, { headers: key ? { authorization: `Bearer ${key}` } : {} });
	const body = await response.json().catch(() => ({}));
	if (!response.ok && !(accepted && body.code === accepted))
		throw new Error(`${address}: status ${response.status}${body.message ? `, ${body.message}` : ''}`);
	return body;
}

if (key) {
	// The document is public, so the server ignores an invalid key. /api/catalogue refuses an invalid key, and a session
	// without an organization. key_scope means that the key is valid, but restricted to other resources.
	const catalogue = new URL('catalogue', url);
	const organization = new URL(url).searchParams.get('orgId');
	if (organization)
		catalogue.searchParams.set('orgId', organization);
	await read(catalogue, 'key_scope');
}
const document = withoutUnused(withoutRefusals(typeParameters(await read(url))));
await writeFile('schema.ts', astToString(compact(await openapiTS(JSON.stringify(document)))));
