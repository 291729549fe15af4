// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: its tenantry-jobs works for all organizations.
// long: it compares searches with scans of all rows, while processes are killed.
// "tenantry search rebuild" runs while clients write, and is killed. Afterwards, every search finds exactly the rows
// that a scan of all rows finds.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { BUILD, sleep, startJobs, stopJobs } from './lib/jobs.mjs';
import { folded, KINDS, nearTerm, readQuery, readRows, select, selectList, wordsOf } from './lib/search_oracle.mjs';
import { LONG, PASSWORD, ask, owner, query, sql } from '../../lib/api.mjs';
import { switchModules } from '../../lib/rows.mjs';

const QUERIES = Number(process.env.QUERIES ?? (LONG ? 200 : 50)), EACH = 25, MANY = LONG ? 8000 : 2000;
const LISTS = ['companies', 'companies_summary', 'contacts', 'contacts_summary', 'deals', 'opportunities', 'products', 'sales'];
const WORDS = ['Amélie', 'Brühl', 'Çelik', 'Dvořák', 'Éclair', 'Françoise', 'Göteborg', 'Háskóli', 'Invoice',
	'Jönköping', 'Kraków', 'Łódź', 'Müller', 'Niño', 'Österreich', 'Proposal', 'Québec', 'Renewal', 'Šibenik',
	'Tromsø', 'Übersee', 'Vendor', 'Warehouse', 'Yılmaz', 'Zürich', 'Straße', 'Αθήνα', 'Θεσσαλονίκη', 'Москва',
	'Йошкар', 'Київ', 'Ђурђевац', '東京', '大阪', '上海', '서울', '부산', 'القاهرة', 'דבורה', 'กรุงเทพ', 'दिल्ली', 'Հայաստան',
	'საქართველო', 'ﬁnance', 'ｆｕｌｌｗｉｄｔｈ', 'Ⅷ', 'Ⱥlpha', '𝒜lgebra', '½', '2024', '75001', 'B2B', 'crm'];
const GAPS = [' ', ' ', ' ', ', ', '-', "'", ' & ', '/', '\n', ' (', '…', '。'];

// The sequence is random but reproducible. Set SEED for different rows and queries.
let seed = Number(process.env.SEED ?? 7);
const random = () => {
	seed = seed + 0x6d2b79f5 | 0;
	let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
	t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
	return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
};
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const letters = (n) => Array.from({ length: n }, () => String.fromCharCode(97 + below(26))).join('');
// Some words occur in only one row, so searches find few rows.
const word = () => random() < 0.4 ? pick(WORDS) : letters(3 + below(6));
const words = (n) => Array.from({ length: 1 + below(n) }, word).reduce((text, w) => text + pick(GAPS) + w);
const phone = () => `${pick(['+33 1 ', '0', '(020) '])}${1000 + below(9000)} ${pick([' ', '-', '.'])}${1000 + below(9000)}`;
const address = () => `${letters(4)}.${letters(4)}@${letters(5)}.test`;
const metadata = () => ({ color: pick(['red', 'Grün', '赤']), size: below(4), open: random() < 0.5 });

let who, outside, jobs;
const ids = {};

async function call(method, path, body, caller = who) {
	const rs = await ask(method, path, { token: caller.token, body });
	assert.ok(rs.status < 300, `${method} ${path}: ${rs.status} ${rs.text}`);
	return rs;
}

const bodies = {
	companies: () => ({ name: words(3), address: words(3), city: word(), description: words(9), phone_number: phone() }),
	contacts: () => ({ first_name: word(), last_name: words(2), title: words(2), background: words(12),
		company_id: pick(ids.companies), metadata: metadata(), phone_jsonb: [{ number: phone(), type: 'Work' }],
		email_jsonb: [{ email: address(), type: 'Work' }, { email: address(), type: 'Home' }] }),
	deals: () => ({ name: words(4), stage: 'opportunity', description: words(9), company_id: pick(ids.companies),
		metadata: metadata() }),
	contact_notes: () => ({ text: words(20), contact_id: pick(ids.contacts) }),
	deal_notes: () => ({ text: words(20), deal_id: pick(ids.deals) }),
	tasks: () => ({ text: words(6), type: 'call', contact_id: pick(ids.contacts), due_date: '2027-01-31T12:00:00Z' }),
	activities: () => ({ type: 'call', subject: words(3), body: words(9), contact_id: pick(ids.contacts), metadata: metadata() }),
	appointments: () => ({ title: words(3), location: words(2), notes: words(5), contact_id: pick(ids.contacts),
		starts_at: '2027-01-31T12:00:00Z', ends_at: '2027-01-31T13:00:00Z' }),
	messages: () => ({ channel: 'email', direction: 'inbound', subject: words(3), body: words(12), sender: address(),
		recipient: address(), contact_id: pick(ids.contacts) }),
	products: () => ({ principal_id: ids.companies[0], sku: letters(9), name: words(3), category: word(), description: words(6) }),
	sales: () => ({ first_name: word(), last_name: words(2), email: address() }),
};
const create = async (kind) => (ids[kind] ??= []).push((await call('POST', `/api/${kind}`, bodies[kind]())).json.id);

// Moves a third of the deals to the pipeline of a team to which a member does not belong.
async function hideSome() {
	const team_id = (await call('POST', '/api/auth/organization/create-team', { name: 'Inner' })).json.id;
	const { id } = (await call('POST', '/api/pipelines', { name: 'Inner', team_id })).json;
	const { stage } = (await call('POST', '/api/pipeline_stages', { pipeline_id: id, label: 'Inner' })).json;
	for (const deal of ids.deals.filter((_, n) => n % 3 === 0))
		await call('PATCH', `/api/opportunities/${deal}`, { stage });
	const email = `outside.${process.pid}@search.test`;
	const { token } = (await call('POST', '/api/invites', { role: 'member' })).json;
	await call('POST', '/api/signup', { email, password: PASSWORD, first_name: 'Out', last_name: 'Side', invite_token: token }, {});
	outside = (await call('POST', '/api/auth/sign-in/email', { email, password: PASSWORD }, {})).json;
}

// Returns the rows that the caller sees.
function shownTo(caller, rows) {
	const hidden = new Set(caller === outside ? rows.deals.filter(({ row }) => row.stage === 'inner').map(({ id }) => id) : []);
	return { ...rows, deals: rows.deals.filter(({ id }) => !hidden.has(id)), deal_notes: rows.deal_notes.filter(({ row }) => !hidden.has(row.deal_id)) };
}

before(async () => {
	who = await owner('Rebuild');
	await switchModules(who, true);
	for (const kind of Object.keys(bodies)) {
		for (let n = 0; n < (kind === 'sales' ? 5 : EACH); n++) {
			if (kind === 'products' && n === 0)
				await call('PATCH', `/api/company_profiles/${ids.companies[0]}`, { is_principal: true });
			await create(kind);
		}
	}
	await hideSome();
	// Additional documents make a rebuild take longer.
	sql(`SELECT set_config('app.org_id', '${who.organization}', false);
		INSERT INTO crm.contacts (first_name, last_name, background)
		SELECT 'Filler' || n, md5(n::text), repeat('padding' || n || ' ', 30) FROM generate_series(1, ${MANY}) n`);
	jobs = await startJobs();
});

after(() => jobs && stopJobs(jobs));

// Runs a command, and kills it after `ms` milliseconds.
async function tenantry(words, ms) {
	const child = spawn(`${BUILD}/tenantry`, words, { stdio: ['ignore', 'pipe', 'pipe'] });
	const timer = ms && setTimeout(() => child.kill('SIGKILL'), ms);
	let text = '';
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', (part) => text += part);
	const status = await new Promise((done) => child.on('close', (code, signal) => done(signal ?? code)));
	clearTimeout(timer);
	return { status, text };
}

const check = () => tenantry(['search', 'check', '--org', who.slug]);
const rebuild = (ms) => tenantry(['search', 'rebuild', '--org', who.slug], ms);

// Damages the search. Documents are missing, stale or unindexed, or lack a row or a table, and index entries of correct
// documents are removed.
function damage() {
	sql(`SET session_replication_role = replica;
		DELETE FROM crm.search_documents WHERE id % 7 = 0;
		UPDATE crm.search_documents SET title = 'Invoice Zürich', body = 'Москва ' || id WHERE id % 7 = 1;
		INSERT INTO crm.search_documents (org_id, kind, id, title, body, indexed)
		SELECT '${who.organization}', k, n, 'Québec ' || n, 'Renewal', n % 2 = 0
		  FROM unnest('{contacts,deals,products,ghosts}'::text[]) k, generate_series(1, 100) n;
		UPDATE crm.search_documents SET indexed = false WHERE id % 7 = 2`);
	const [[definition]] = sql(`SELECT encode(convert_to(pg_get_functiondef(
		'crm.lexemes(uuid, text, text, text)'::regprocedure), 'UTF8'), 'hex')`);
	sql(`BEGIN;
		CREATE OR REPLACE FUNCTION crm.lexemes(org uuid, kind text, title text, body text) RETURNS tsvector
		LANGUAGE plpgsql IMMUTABLE COST 5000 AS $$ BEGIN RETURN ''::tsvector; END $$;
		UPDATE crm.search_documents SET indexed = false WHERE id % 7 = 3;
		UPDATE crm.search_documents SET indexed = true WHERE id % 7 = 3;
		${Buffer.from(definition, 'hex').toString()};
		COMMIT`);
}

const number = (text, what) => Number(text.match(new RegExp(`([0-9]+) ${what}`))?.[1] ?? 0);

async function compare(all, q, caller = who) {
	const terms = readQuery(q);
	const rows = shownTo(caller, all);
	const found = (await call('GET', `/api/search?${new URLSearchParams({ q, limit: 100 })}`, undefined, caller)).json;
	const wanted = KINDS.flatMap((kind) => select(rows[kind], terms, nearTerm).map((id) => `${kind} ${id}`)).sort();
	const names = found.map((f) => `${f.resource} ${f.id}`).sort();
	if (wanted.length <= 100)
		assert.deepEqual(names, wanted, `search for ${q}`);
	else
		assert.ok(names.length === 100 && names.every((n) => wanted.includes(n)), `search for ${q}`);
	for (const resource of LISTS) {
		const list = selectList(resource, rows, terms).sort((a, b) => a - b);
		const rs = await call('GET', `/api/${resource}${query({ filter: { q }, range: [0, 9999] })}`, undefined, caller);
		assert.deepEqual(rs.json.map((row) => row.id).sort((a, b) => a - b), list, `${resource} with ${q}`);
		const page = await call('GET', `/api/${resource}${query({ filter: { q }, range: [0, 9], sort: ['id', 'DESC'] })}`, undefined, caller);
		assert.deepEqual(page.json.map((row) => row.id), list.slice(-10).reverse(), `page of ${resource} with ${q}`);
		assert.equal(page.headers['content-range'].split('/')[1], String(list.length), `total of ${resource} with ${q}`);
	}
	return wanted.length;
}

// Invents a query with words from a row (whole, abbreviated, in any case, without accents, misspelt or joined), or with
// numbers or addresses.
function invent(rows) {
	const some = () => pick(rows[pick(KINDS)]);
	const t = some();
	const one = () => pick(t.words) ?? 'none';
	const swapped = (w) => w.length < 4 ? w : w.slice(0, 1) + w[2] + w[1] + w.slice(3);
	const text = pick([
		() => one(), () => one(), () => Array.from(one()).slice(0, 2 + below(4)).join(''), () => one().toUpperCase(),
		() => pick(WORDS), () => folded(pick(WORDS)), () => `${one()} ${one()}`, () => `${one()} ${one()} ${one()}`,
		() => `${one()} ${pick(some().words) ?? ''}`, () => { const n = below(t.words.length); return t.words.slice(n, n + 2).join('-'); },
		() => swapped(pick(t.title) ?? 'none'), () => letters(5), () => (pick(pick(rows.contacts).numbers) ?? '12345678').slice(-below(5) - 4),
		() => { const c = pick(rows.contacts.filter((r) => r.row.email_jsonb?.length)); return c.row.email_jsonb[0].email.slice(pick([0, 5])); },
		() => { const c = pick(rows.companies); return `${pick(c.title)} ${one()}`; },
	])();
	return Array.from(text).slice(0, 50).join('').trim();
}

async function compareMetadata(rows) {
	for (const kind of ['contacts', 'deals', 'activities'])
		for (const [key, value] of [['color', 'red'], ['color', 'Grün'], ['color', '赤'], ['size', 2], ['open', true], ['open', 'true']]) {
			const { json } = await call('GET', `/api/${kind}${query({ filter: { [`metadata->${key}`]: value }, range: [0, 9999] })}`);
			assert.deepEqual(json.map((row) => row.id).sort(),
				rows[kind].filter(({ row }) => row.metadata[key] === value).map(({ id }) => id).sort(), `${kind} with ${key} ${value}`);
		}
}

async function compareAll() {
	const rows = readRows(who.organization);
	let hits = 0, empty = 0;
	for (let n = 0; n < QUERIES; n++) {
		let q = '';
		while (readQuery(q).length === 0)
			q = invent(rows);
		const found = await compare(rows, q);
		hits += found;
		empty += found === 0;
	}
	await compare(rows, 'filler');
	await compareMetadata(rows);
	assert.ok(hits > QUERIES * 2 && empty < QUERIES / 2, `${hits} hits, ${empty} of ${QUERIES} searches find nothing`);
}

test('searches find what a scan finds', compareAll);

test('opportunities in a team\'s pipeline are found only by users who may see them', async () => {
	const rows = readRows(who.organization);
	const hidden = rows.deals.filter(({ row }) => row.stage === 'inner');
	assert.ok(hidden.length > 5 && shownTo(outside, rows).deal_notes.length < rows.deal_notes.length);
	let found = 0, without = 0;
	for (const q of [...hidden.map(({ title }) => title[0]), ...Array.from({ length: 20 }, () => invent(rows))].filter((q) => readQuery(q).length)) {
		found += await compare(rows, q);
		without += await compare(rows, q, outside);
	}
	assert.ok(without > 20 && found - without >= hidden.length, `${found} and ${without} hits`);
});

test('a check names the damage and changes nothing', async () => {
	let rs = await check();
	assert.equal(rs.status, 0, rs.text);
	assert.match(rs.text, new RegExp(`^${who.slug}: [0-9]+ documents\n$`));
	damage();
	for (let n = 0; n < 2; n++) {
		rs = await check();
		assert.equal(rs.status, 1, rs.text);
		assert.ok(number(rs.text, 'missing') > MANY / 10 && number(rs.text, 'stale') > MANY / 10, rs.text);
		assert.equal(number(rs.text, 'orphaned') > 300, true, rs.text);
	}
	await assert.rejects(compareAll(), 'the oracle sees the damage');
});

test('a killed rebuild leaves a working index, and another rebuild completes it, while clients write', async () => {
	// Unchanged rows with correct documents. Only the longest names are used, because a shorter name also finds
	// names that begin with it, and a search returns at most 100 rows.
	const steady = sql(`SELECT c.id, c.first_name FROM crm.contacts c WHERE c.first_name ~ 'Filler' AND c.id % 7 IN (4, 5, 6)
		  AND char_length(c.first_name) = char_length('Filler${MANY}')
		ORDER BY random() LIMIT 50`);
	let done = false, writes = 0, reads = 0, waits = 0;
	const writing = (async () => {
		while (!done) {
			const kind = pick(['companies', 'contacts', 'contacts', 'deals', 'contact_notes', 'products']);
			const what = random(), id = pick(ids[kind]);
			if (what < 0.4)
				await create(kind);
			else if (what < 0.8)
				await call('PATCH', `/api/${kind}/${id}`, kind === 'products' ? { name: words(3) } : bodies[kind]());
			else if (kind === 'contact_notes') {
				await call('DELETE', `/api/${kind}/${id}`);
				ids[kind].splice(ids[kind].indexOf(id), 1);
				if (random() < 0.5) {
					const [{ id: entry }] = (await call('GET', `/api/trash${query({ filter: { row_id: id } })}`)).json;
					await call('POST', `/api/trash/${entry}/restore`);
					ids[kind].push(id);
				}
			}
			writes++;
		}
	})();
	const reading = (async () => {
		while (!done) {
			const [id, name] = pick(steady);
			const { json } = await call('GET', `/api/search?${new URLSearchParams({ q: name, types: 'contacts', limit: 100 })}`);
			assert.ok(json.some((f) => f.id === Number(id)), `${name} is found`);
			reads++;
		}
	})();
	// These transactions lock rows that the rebuild must repair, and do not write the documents of the rows.
	const holding = (async () => {
		while (!done) {
			const psql = spawn('psql', ['-Xqc', `SET app.org_id = '${who.organization}'`, '-c', 'BEGIN',
				'-c', `UPDATE crm.contacts SET last_seen = now() WHERE id IN (SELECT c.id FROM crm.contacts c
					WHERE c.first_name ~ 'Filler' AND c.id % 7 < 2 ORDER BY random() LIMIT 100)`,
				'-c', 'SELECT pg_sleep(0.3)', '-c', 'COMMIT'], { stdio: ['ignore', 'ignore', 'inherit'] });
			assert.equal(await new Promise((end) => psql.on('close', end)), 0);
			waits++;
		}
	})();
	const repaired = { missing: 0, stale: 0, orphaned: 0 };
	try {
		let kills = 0;
		for (const ms of [100, 200, 400])
			kills += (await rebuild(ms)).status === 'SIGKILL' && (await check()).status === 1;
		assert.ok(kills > 0, 'one is not complete');
		const rs = await rebuild();
		assert.equal(rs.status, 0, rs.text);
		for (const what of Object.keys(repaired))
			repaired[what] = number(rs.text, what);
		await sleep(200);
	} finally {
		done = true;
		await Promise.all([writing, reading, holding]);
	}
	assert.ok(writes > 20 && reads > 20 && waits > 2, `${writes} writes, ${reads} reads, ${waits} waits`);
	assert.ok(repaired.missing > 0 && repaired.stale > 0 && repaired.orphaned > 0, JSON.stringify(repaired));
	const rs = await check();
	assert.equal(rs.status, 0, rs.text);
	await compareAll();
});

test('a rebuild covers all organizations, and refuses an unknown name', async () => {
	damage();
	let rs = await tenantry(['search', 'rebuild']);
	assert.equal(rs.status, 0, rs.text);
	assert.match(rs.text, /: [0-9]+ documents; repaired [0-9]+ missing, [0-9]+ stale, [0-9]+ orphaned$/m);
	rs = await tenantry(['search', 'rebuild']);
	assert.equal(rs.status, 0, rs.text);
	assert.doesNotMatch(rs.text, /repaired/);
	rs = await tenantry(['search', 'check', '--org', 'nobody']);
	assert.equal(rs.status, 1);
	assert.match(rs.text, /organization "nobody" does not exist/);
	await compareAll();
});
