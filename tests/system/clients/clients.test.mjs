// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Generates Java and C# clients from the OpenAPI 3.0 document, compiles them, and reads and creates rows.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { ask, BASE, owner } from '../../lib/api.mjs';

const here = new URL('.', import.meta.url).pathname;
const folder = mkdtempSync(`${here}made-`);
const packages = `${here}node_modules`;
const GENERATOR = `${packages}/@openapitools/openapi-generator-cli/bin/openapi-generator.jar`;
const NSWAG = `${packages}/nswag/bin/binaries/Win`;
let who, contact;

const run = (program, args) => execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1e8 });

before(async () => {
	who = await owner('Généré');
	const { json: company } = await ask('POST', '/api/companies', { token: who.token, body: { name: 'Généré' } });
	contact = (await ask('POST', '/api/contacts', { token: who.token, body: { last_name: 'Œuvre', company_id: company.id } })).json;
	assert.ok(contact.id > 2 ** 32, 'the ID needs more than 32 bits');
	for (const tag of ['contacts', 'deals']) {
		const rs = await ask('GET', `/api/openapi.json?version=3.0&tag=${tag}`, { token: who.token });
		assert.equal(rs.status, 200, rs.text);
		writeFileSync(`${folder}/${tag}.json`, rs.text);
	}
	for (const use of ['Use.java', 'Use.cs'])
		cpSync(here + use, `${folder}/${use}`);
});

const used = (said) => assert.deepEqual(said.trim().split('\n').map((line) => line.trim()), [`${contact.id} Œuvre`, '1']);

test('a Java client compiles, and reads a row by its ID', () => {
	const sources = (tag) => readdirSync(`${folder}/java-${tag}/src/main/java`, { recursive: true }).filter((name) => name.endsWith('.java'))
		.map((name) => `java-${tag}/src/main/java/${name}`);
	for (const tag of ['contacts', 'deals']) {
		run('java', ['-jar', GENERATOR, 'generate', '-g', 'java', '--library', 'native', '-i', `${tag}.json`, '-o', `java-${tag}`,
			'-p', 'dateLibrary=java8,openApiNullable=false']);
		run('javac', ['-nowarn', '-encoding', 'UTF-8', '-d', `classes-${tag}`, '-cp', GENERATOR, ...sources(tag), ...tag === 'contacts' ? ['Use.java'] : []]);
	}
	used(run('java', ['-Dfile.encoding=UTF-8', '-Dstdout.encoding=UTF-8', '-cp', `classes-contacts:${GENERATOR}`, 'Use', BASE, who.token, contact.id]).replace(' null', ''));
});

test('a C# client compiles, and reads a row by its ID', () => {
	const libraries = ['System.Net.Http', 'System.Runtime.Serialization', 'System.ComponentModel.DataAnnotations', 'Newtonsoft.Json'].map((name) => `-r:${name}.dll`);
	cpSync(`${NSWAG}/Newtonsoft.Json.dll`, `${folder}/Newtonsoft.Json.dll`);
	for (const tag of ['contacts', 'deals']) {
		run('mono', [`${NSWAG}/NSwag.exe`, 'openapi2csclient', `/input:${tag}.json`, `/output:${tag}.cs`, '/namespace:Tenantry', '/className:Client',
			'/generateOptionalParameters:true']);
		run('mcs', [...libraries, ...tag === 'contacts' ? ['-out:Use.exe', 'Use.cs'] : ['-target:library'], `${tag}.cs`]);
	}
	used(run('mono', ['Use.exe', BASE, who.token, contact.id]));
});
