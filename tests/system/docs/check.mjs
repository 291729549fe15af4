// Compares the claims of the documents with the product.
//
//	PROGRAMS=FOLDER BASE=URL PASSWORD=... check.mjs SOURCES
//
// PROGRAMS contains the built programs, and BASE is a stack with the demo. The exit status is the number of failures.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';

const { PROGRAMS, BASE, PASSWORD } = process.env;
const root = process.argv[2];
const read = (path) => readFileSync(join(root, path), 'utf8');
let failures = 0;

function say(text) {
	console.log(`docs: ${text}`);
	failures++;
}

// All pages for readers. Pages in a folder are found by their file names.
const folders = (path) => readdirSync(join(root, path), { withFileTypes: true })
	.filter((entry) => entry.isDirectory()).map((entry) => `${path}/${entry.name}`);
const parts = (path) => readdirSync(join(root, path)).filter((f) => f.endsWith('.md')).map((f) => `${path}/${f}`);
// Folders with a start page, docs/FOLDER.md, which lists their pages.
const shelves = ['docs/api', 'docs/decisions'];
const pages = ['CONTRIBUTING.md',
	...parts('docs').filter((path) => path !== 'docs/README.md'),
	...['bench', 'examples', 'web', ...folders('contrib')].map((folder) => `${folder}/README.md`)
		.filter((path) => existsSync(join(root, path)))].sort();

// Compares in both directions: the document must omit nothing and contain nothing wrong.
function same(what, documented, real) {
	for (const x of real)
		if (!documented.includes(x))
			say(`${what}: ${x} is not documented`);
	for (const x of documented)
		if (!real.includes(x))
			say(`${what}: there is no ${x}`);
}

// Returns the rows of the first table whose header starts with this text.
function table(text, header) {
	const lines = text.split('\n');
	const at = lines.findIndex((l) => l.startsWith(header));
	if (at === -1) {
		say(`there is no table "${header}"`);
		return [];
	}
	const rows = [];
	for (let i = at + 2; lines[i]?.startsWith('|'); i++)
		rows.push(lines[i].split('|').slice(1, -1).map((c) => c.trim()));
	return rows;
}

const ticked = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map((m) => m[1]);

// Returns the settings, their defaults and bounds, as the program reports them.
function settings() {
	const server = join(PROGRAMS, 'tenantry-fcgi');
	const help = execFileSync(server, ['--help'], { encoding: 'utf8' });
	const real = new Map([...help.matchAll(/^([A-Z_]+) +.*\(([^()]*)\)$/gm)]
		.map((m) => [m[1], m[2]]));
	const rows = table(read('docs/configuration.md'), '| variable | default | bounds');
	same('settings of tenantry-fcgi', rows.map((r) => ticked(r[0])[0]),
		[...real.keys()]);
	for (const [name, fallback, bounds] of rows) {
		const variable = ticked(name)[0];
		if (fallback.replaceAll('`', '') !== real.get(variable))
			say(`${variable}: the default is ${real.get(variable)}`);
		const told = spawnSync(server, [], { encoding: 'utf8',
			env: { [variable]: 'no such value' } }).stderr
			.match(new RegExp(`^${variable}=.*: (.*)$`, 'm'))?.[1];
		const range = told?.match(/from (\d+) to (\d+)/);
		if (range && bounds !== `${range[1]} to ${range[2]}`)
			say(`${variable}: the bounds are ${range[1]} to ${range[2]}`);
		const words = told?.match(/^must be (\w.* or \w+)$/)?.[1];
		if (words && bounds.replaceAll('`', '').replace(/, (\w+)$/, ' or $1') !== words)
			say(`${variable}: the values are ${words}`);
	}
}

// Compares the manual pages with --help.
function manuals() {
	const man = read('man/tenantry.1');
	const usage = execFileSync(join(PROGRAMS, 'tenantry'), ['--help'],
		{ encoding: 'utf8' });
	const options = (text) => [...new Set([...text.matchAll(/\bFl (-[\w-]+)/g)]
		.map((m) => `-${m[1]}`))].sort();
	for (const name of ['tenantry-fcgi', 'tenantry-jobs']) {
		const page = read(`man/${name}.8`);
		const help = execFileSync(join(PROGRAMS, name), ['--help'],
			{ encoding: 'utf8' });
		for (const m of page.matchAll(/^\.It Ev (.*)$/gm))
			for (const variable of m[1].split(/ *, */))
				if (!new RegExp(`^${variable} `, 'm').test(help))
					say(`${name}(8): there is no ${variable}`);
		for (const option of options(page))
			if (!help.split('\n', 1)[0].includes(`[${option}]`) && spawnSync(join(PROGRAMS, name), [option],
				{ encoding: 'utf8' }).status !== 0)
				say(`${name}(8): there is no ${option}`);
	}
	same('options of tenantry(1)', options(man),
		[...new Set([...usage.matchAll(/--[\w-]+/g)].map((m) => m[0]))].sort());
	same('commands of tenantry(1)',
		[...man.replaceAll('\\\n', '').matchAll(/^\.It (Cm .*)$/gm)].map((m) => form(m[1])),
		[...usage.matchAll(/^ {2}([a-z].*)$/gm)].map((m) => m[1]));
}

// Formats "Cm user list Oo Ar text Oc" from a manual page as --help does.
function form(line) {
	let macro;
	return line.split(/ +/).map((word) => {
		if (/^(Cm|Ar|Fl|Oo|Oc)$/.test(word)) {
			macro = word;
			return { Oo: '[', Oc: ']' }[word] ?? '';
		}
		return macro === 'Ar' ? ` ${word.toUpperCase()}` : macro === 'Fl' ? ` -${word}` : ` ${word}`;
	}).join('').replaceAll('[ ', ' [').replaceAll(' ...', '...').trim();
}

async function call(path, headers = {}) {
	const rs = await fetch(BASE + path, { headers });
	return { status: rs.status, json: await rs.json() };
}

async function bearer() {
	const rs = await fetch(`${BASE}/api/auth/sign-in/email`, { method: 'POST',
		headers: { 'content-type': 'application/json', origin: BASE },
		body: JSON.stringify({ email: 'demo@clientflow.test', password: PASSWORD }) });
	return { authorization: `Bearer ${(await rs.json()).token}` };
}

// Compares the documented resources that q searches with the API.
async function searched(api, openapi) {
	const who = await bearer(), real = [];
	const names = Object.keys(openapi.paths)
		.filter((p) => /^\/api\/[^/]+\/\{id\}$/.test(p)).map((p) => p.split('/')[2])
		.filter((name) => name in openapi.components.schemas);
	for (const name of names)
		if ((await call(`/api/${name}?filter={"q":"a"}`, who)).status === 200)
			real.push(name);
	// The demo organization has no modules.
	const ofModule = (name) => openapi.paths[`/api/${name}`]?.get?.['x-module'];
	same('searched by q', ticked(api.match(
		/^The filter key `q` searches ([^;]*)/m)?.[1] ?? '').filter((name) => !ofModule(name)), real);
}

function routes(api, openapi) {
	const real = [], told = table(api, '| route | needs')
		.map((r) => `${ticked(r[0])[0]}: ${r[1]}`);
	for (const [path, methods] of Object.entries(openapi.paths)) {
		const [, , name, id, more] = path.split('/');
		if (name === 'crm' && Object.values(methods).every((o) => o['x-resource']))
			continue; /* the name is an alias of a resource */
		if (name in openapi.components.schemas && `/api/${name}/{id}` in openapi.paths
			&& (!id || id === '{id}' || ['get-many', 'export', 'aggregate', 'bulk'].includes(id)) && (!more || more === 'history')) {
			/* Calls on a resource may be documented, but need not be. */
			real.push(...Object.entries(methods)
				.map(([method, o]) => `${method.toUpperCase()} ${path}: ${o['x-needs']}`)
				.filter((call) => told.includes(call)));
			continue;
		}
		for (const [method, operation] of Object.entries(methods))
			if (operation.summary !== 'Not offered')
				real.push(`${method.toUpperCase()} ${path}: ${operation['x-needs']}`);
	}
	same('routes', told, real);
}

// Compares the table of problems with the product. The table is on the page to which the type URLs lead, and includes
// the problems that nginx sends. docs/refusals.md contains the refusals.
async function problems(api) {
	const nginx = read('nginx/problems.conf') + read('nginx/nginx.conf.in');
	const real = (await call('/problems')).json.filter((p) => !p.code).map((p) =>
		`${p.status} ${p.type.split('/')[2]}: ${p.cause}; ${p.retry}`);
	same('problems', table(api, '| status | type').map((r) =>
		`${r[0]} ${ticked(r[1])[0]}: ${r[2].replaceAll('`', '')}; ${r[3]}`), real);
	for (const m of nginx.matchAll(/"\/problems\/([a-z-]+)".*?"status":(\d+)/g))
		if (!real.some((p) => p.startsWith(`${m[2]} ${m[1]}: `)))
			say(`nginx sends ${m[2]} ${m[1]}, which has no page`);
}

function operators(api) {
	const real = [...read('fcgi/rest/condition.c').matchAll(
		/\{ "(\w+)", (?:COMPARE|PATTERN|IS|IN|SET)/g)].map((m) => m[1]);
	same('operators', table(api, '| operator | holds')
		.flatMap((r) => ticked(r[0])), [...real, 'not.']);
}

// Returns the anchor by which links refer to a heading.
const slug = (heading) => heading.trim().toLowerCase().replaceAll('`', '')
	.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');

function plain(text) {
	return text.replace(/^```[^]*?^```$/gm, '');
}

const shown = new Set();

function links(document) {
	const text = plain(read(document));
	for (const [, inside, attribute] of text.matchAll(/\]\(([^)\s]+)\)|(?:href|src|srcset)="([^"]+)"/g)) {
		const link = inside ?? attribute;
		if (/^[a-z]+:/.test(link))
			continue;
		const [path, anchor] = link.split('#');
		const to = path === '' ? document
			: normalize(join(dirname(document), path));
		if (!existsSync(join(root, to)))
			say(`${document}: there is no ${link}`);
		else if (to.startsWith('docs/screens/'))
			shown.add(basename(to));
		else if (anchor && ![...plain(read(to)).matchAll(/^#+ (.*)$/gm)]
			.some((m) => slug(m[1]) === anchor))
			say(`${document}: there is no heading for ${link}`);
	}
}

// The header files of the product, by file name.
const headers = new Map(['lib', 'fcgi'].flatMap((layer) =>
	readdirSync(join(root, layer)).flatMap((folder) =>
		readdirSync(join(root, layer, folder)).filter((f) => f.endsWith('.h'))
			.map((f) => [f, `${layer}/${folder}/${f}`]))));

// Returns the files and functions that a document names in `code`.
function names(document) {
	const sql = ['migrations', 'schema'].flatMap((folder) =>
		readdirSync(join(root, folder), { recursive: true }).filter((f) => /(?<!\.down)\.sql$/.test(f))
			.map((f) => read(`${folder}/${f}`))).join('\n');
	for (const code of ticked(plain(read(document)))) {
		const path = code.match(
			/^(?:lib|fcgi|handlers|jobs|share|cli|migrations|schema|nginx|script|tests|bench|man|docs)\/[\w./-]*$/)?.[0];
		if (path && !/links|nickname|AREA|MODULE/.test(path) && !existsSync(join(root, path)))
			say(`${document}: there is no ${path}`);
		const name = code.match(/^((?:identity|crm|ops)\.\w+)(\(.*\))?$/)?.[1];
		if (name && name !== 'crm.links' && !sql.includes(name)
			&& !/^ops\.schema_(migration|file)$/.test(name))
			say(`${document}: there is no ${name}`);
		const call = code.match(/^([a-z]+)_\w+\(\)$/);
		const header = call && headers.get(`${call[1]}.h`);
		if (header && !read(header).includes(code.slice(0, -2)))
			say(`${document}: there is no ${code}`);
	}
}

// Checks that the list in README.md contains every page once, in a group, on a line with a description.
function listed() {
	const list = read('README.md').split('\n## Documentation\n')[1] ?? '';
	const told = [...list.matchAll(/^- \[(\S+)\]\((\S+)\): \S/gm)];
	for (const [, text, link] of told)
		if (text !== link)
			say(`README.md: ${text} leads to ${link}`);
	same('groups of README.md', [...list.matchAll(/^### (.*)$/gm)].map((m) => m[1]),
		['Use', 'Connect', 'Operate', 'Develop']);
	if (!/^\n### /.test(list))
		say('README.md: the list of documents begins outside of a group');
	same('list of README.md', told.map((m) => m[2]).sort(), pages);
	if (new Set(told.map((m) => m[2])).size !== told.length)
		say('README.md: a page is listed twice');
}

// Checks that the table on a folder's start page links to each page of the folder.
function startPage(document, real) {
	const told = [...read(document).matchAll(/^\| \[[^\]]+\]\(([^)#]+)\)/gm)]
		.map((m) => normalize(join(dirname(document), m[1])));
	for (const page of real)
		if (told.filter((x) => x === page).length !== 1)
			say(`${document}: ${page} is not listed once`);
}

// Checks that the start page sends each kind of reader to at most five pages.
function readers() {
	const groups = read('docs/README.md').split(/^## /m).slice(1);
	same('readers of docs/README.md', groups.map((g) => g.split('\n', 1)[0]),
		['User', 'Administrator', 'Operator', 'Client developer', 'Contributor']);
	for (const group of groups) {
		const count = [...group.matchAll(/\]\(/g)].length;
		if (count < 1 || count > 5)
			say(`docs/README.md: ${group.split('\n', 1)[0]} has ${count} links, not 1 to 5`);
	}
}

// Checks the recipe for a new resource: a migration, a descriptor, a web description, a test, and a line in each of
// five files.
function resource() {
	const text = read('CONTRIBUTING.md').split('\n## Add a resource in seven steps\n')[1].split('\n## ', 1)[0];
	const files = (pattern) => [...text.matchAll(pattern)].map((m) => m[1]);
	const made = files(/^```\w+ file=(\S+)/gm), changed = files(/^\+{3} b\/(\S+)/gm);
	if (made.length !== 4 || changed.length !== 5)
		say(`CONTRIBUTING.md: a resource is ${made.length} new files`
			+ ` and ${changed.length} changed ones, not 4 and 5`);
}

// Checks the documented number of connections. Each process of tenantry-jobs holds a database connection, except the
// process that sends traces.
function connections() {
	const real = [...read('jobs/main.c').matchAll(/^\t\t\{ "(?!traces)\w+", \w+_run, &/gm)].length;
	const words = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];
	for (const [name, pattern] of [['configuration', /for (\w+) more connections of `tenantry-jobs`/],
		['databases', /each worker, (\w+) for `tenantry-jobs`/]]) {
		const told = pattern.exec(read(`docs/${name}.md`))?.[1];
		if (told !== words[real])
			say(`docs/${name}.md: ${told} connections of tenantry-jobs, not ${words[real]}`);
	}
}

settings();
manuals();
connections();
resource();
const openapi = (await call('/api/openapi.json')).json;
await searched(read('docs/api/resources.md'), openapi);
routes(read('docs/api/routes.md'), openapi);
await problems(read('docs/api/errors.md'));
operators(read('docs/api/lists.md'));
listed();
readers();
for (const shelf of shelves)
	startPage(`${shelf}.md`, parts(shelf));
for (const document of ['README.md', 'CHANGES.md', 'SECURITY.md', 'CODE_OF_CONDUCT.md', 'docs/README.md', ...pages, ...shelves.flatMap((f) => parts(f))]) {
	links(document);
	names(document);
}
same('pictures in docs/screens', readdirSync(join(root, 'docs/screens')).sort(), [...shown].sort());
process.exit(Math.min(failures, 100));
