// Prints the table of resources from the OpenAPI document on standard input.
import { readFileSync } from 'node:fs';

const { paths, components: { schemas } } = JSON.parse(readFileSync(0, 'utf8'));
const calls = { get: 'read', post: 'create', put: 'update', delete: 'delete' };
const cell = (names) => names.map((name) => `\`${name}\``).join(', ');

console.log('| resource | calls | required | not writable |\n|---|---|---|---|');
const names = Object.keys(paths).map((path) => path.match(/^\/api\/([^/]+)\/\{id\}$/)?.[1])
	.filter((name) => name in schemas);
for (const name of names.sort()) {
	const methods = { ...paths[`/api/${name}`], ...paths[`/api/${name}/{id}`] };
	const offered = Object.keys(calls).filter((method) => method in methods);
	const input = schemas[`${name}.input`];
	const create = methods.post?.requestBody.content['application/json']?.schema;
	const required = create?.required ?? [];
	const fixed = Object.keys(schemas[name].properties)
		.filter((member) => !(member in (input?.properties ?? {})));
	console.log(`| \`${name}\` | ${offered.length === 4 ? 'all'
		: offered.map((method) => calls[method]).join(', ')} | ${cell(required)} | ${
		input ? cell(fixed) : 'all'} |`);
}
