// generate.js URL - writes schema.ts, the types of the OpenAPI document at this address.
import { writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { typeParameters } from './parameters.js';

const [url] = process.argv.slice(2);
if (!url) {
	console.error('usage: npm run generate -- https://crm.example.org/api/openapi.json');
	process.exit(1);
}
const response = await fetch(url);
if (!response.ok)
	throw new Error(`${url}: status ${response.status}`);
await writeFile('schema.ts', astToString(await openapiTS(JSON.stringify(typeParameters(await response.json())))));
