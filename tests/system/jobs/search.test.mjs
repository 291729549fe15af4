// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: its tenantry-jobs works for all organizations.
// The search finds exactly the committed rows, even while two tenantry-jobs processes index them and are killed.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sleep, startJobs, stopJobs, until } from './lib/jobs.mjs';
import { LONG, ask, owner, query, sql } from '../../lib/api.mjs';

const ROUNDS = Number(process.env.KILL_ROUNDS ?? (LONG ? 40 : 8)) * 3;
const WORDS = ['anna', 'annabel', 'bertrand', 'cecile', 'dorian', 'emil', 'émile', 'farrow'];
const PHONES = ['+1 555 010 1234', '+1 555 010 5678', '(020) 7946 0123'];
const pick = (list) => list[Math.floor(Math.random() * list.length)];
const some = (n) => Array.from({ length: Math.floor(Math.random() * (n + 1)) }, () => pick(WORDS))
	.join(' ');
const folded = (text) => text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase();

// For each organization, one of its users, and the terms that should find its rows.
const people = [];
let running = [];

after(() => Promise.all(running.filter((child) => child.exitCode === null
	&& child.signalCode === null).map(stopJobs)));

async function call(who, method, path, body) {
	const rs = await ask(method, path, { token: who.token, body });
	assert.ok(rs.status < 300, `${method} ${path}: ${rs.status} ${rs.text}`);
	return rs.json;
}

const random = () => ({ first_name: some(2), last_name: some(1) || pick(WORDS), background: some(4),
	phone_jsonb: [{ number: pick(PHONES), type: 'Work' }] });

async function write(who) {
	const row = random(), ids = [...who.rows.keys()];
	const id = pick(ids), what = ids.length < 5 ? 0 : Math.random();
	if (what < 0.5)
		who.rows.set((await call(who, 'POST', '/api/contacts', row)).id, row);
	else if (what < 0.85) {
		await call(who, 'PUT', `/api/contacts/${id}`, row);
		who.rows.set(id, row);
	} else {
		await call(who, 'DELETE', `/api/contacts/${id}`);
		who.rows.delete(id);
	}
}

async function compare(who, words, phone) {
	const has = (row) => folded(words).split(' ').every((w) => folded(
		`${row.first_name} ${row.last_name} ${row.background}`).split(' ').some((x) => x.startsWith(w)))
		&& row.phone_jsonb[0].number.replace(/[^0-9]/g, '').endsWith(phone);
	const wanted = [...who.rows].filter(([, row]) => has(row)).map(([id]) => id).sort();
	const q = `${words} ${phone}`;
	const listed = await call(who, 'GET', '/api/contacts' + query({ filter: { q }, range: [0, 999] }));
	assert.deepEqual(listed.map((row) => row.id).sort(), wanted, q);
	const found = await call(who, 'GET', `/api/search?${new URLSearchParams({ q, limit: 100 })}`);
	for (const id of wanted.slice(0, 100))
		assert.ok(wanted.length > 100 || found.some((f) => f.id === id), `${q} finds ${id}`);
	assert.ok(found.every((f) => who.rows.has(f.id)), `${q} finds rows that exist`);
}

test(`searches are correct after ${ROUNDS} kills during indexing`, async () => {
	for (const name of ['one', 'two'])
		people.push(Object.assign(await owner(name), { rows: new Map() }));
	running = [await startJobs(), await startJobs()];
	let done = false, kills = 0;
	const killing = (async () => {
		while (!done) {
			await sleep(Math.random() * 700);
			const at = Math.floor(Math.random() * 2);
			running[at].kill('SIGKILL');
			await running[at].gone;
			running[at] = await startJobs();
			kills++;
		}
	})();
	try {
		for (let n = 0; n < ROUNDS || kills < ROUNDS / 12; n++)
			await Promise.all(people.map(async (who) => {
				await write(who);
				await compare(who, pick(WORDS).slice(0, 2 + Math.floor(Math.random() * 6)), '');
				await compare(who, `${pick(WORDS)} ${pick(WORDS)}`, pick(['', '1234', '5678', '79460123']));
			}));
	} finally {
		done = true;
		await killing;
	}
	const left = () => Number(sql('SELECT count(*) FROM crm.search_documents WHERE NOT indexed')[0][0]);
	await until(() => left() === 0);
	for (const who of people)
		for (const word of WORDS)
			await compare(who, word, '');
	assert.deepEqual(sql('SELECT crm.wrong_documents()'), []);
});

test('a change to a text is indexed, and any other change is not', async () => {
	const [who] = people;
	const version = () => sql('SELECT count(*), max(xmin::text::bigint) FROM crm.search_documents WHERE indexed')[0];
	await write(who);
	await until(() => sql('SELECT 1 FROM crm.search_documents WHERE NOT indexed').length === 0, 10000);
	const before = version();
	const [[id]] = [...who.rows];
	await call(who, 'PUT', `/api/contacts/${id}`, { status: 'warm' });
	await sleep(1500);
	assert.deepEqual(version(), before, 'a change of no text');
});
