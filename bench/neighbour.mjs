// The client of bench/neighbour.
import { ask, owner, query } from '../tests/lib/api.mjs';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 8);
const busy = await owner('Busy'), other = await owner('Other');
const contact = (who, body) => ask('POST', '/api/contacts',
	{ token: who.token, body: { first_name: 'A', last_name: 'B', ...body } });
const rows = [];
for (let i = 0; i < 10; i++)
	rows.push((await contact(busy, { background: 'lorem ipsum '.repeat(20000) })).json);
await contact(other);

const filter = { '@or': Array.from({ length: 12 }, (_, i) => ({
	'background@ilike': `lorem ipsum lorem ipsum lorem ipsum zz${i} yy` })) };
const loads = {
	none: [],
	lists: Array(8).fill(() => ask('GET', '/api/contacts' + query({ filter }),
		{ token: busy.token })),
	batches: Array(16).fill(() => ask('POST', '/api/batch', { token: busy.token, body: {
		operations: [...rows].sort(() => Math.random() - 0.5).map(({ id }) => ({
			method: 'PATCH', resource: 'contacts', id, data: { title: `${Math.random()}` } })) } })),
	exports: Array(4).fill(() => ask('GET', '/api/contacts/export', { token: busy.token })),
};

for (const [name, senders] of Object.entries(loads)) {
	const end = performance.now() + SECONDS * 1000, times = [];
	let failed = 0, sent = 0;
	const load = senders.map(async (send) => {
		while (performance.now() < end)
			await send(), sent++;
	});
	while (performance.now() < end) {
		const start = performance.now();
		failed += (await ask('GET', '/api/contacts', { token: other.token })).status !== 200;
		times.push(performance.now() - start);
	}
	times.sort((a, b) => a - b);
	const at = (p) => times[Math.floor(p * (times.length - 1))].toFixed(1);
	console.log(`${name.padEnd(8)} p50 ${at(0.5)} ms  p99 ${at(0.99)} ms  ` +
		`${times.length} GETs, ${failed} failed; ${sent} requests of the load`);
	await Promise.all(load);
}
process.exit(0);
