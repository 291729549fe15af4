// node run.mjs ROUNDS SECONDS OPERATION...: the measurements of bench/run, which sets OURS, PEER and SAME to addresses,
// WORK and FOLDERS to folders, and LOG to the log of Postgres. If PUBLISH names a commit, the tables in the
// documentation are replaced, too.
import { readFileSync, writeFileSync } from 'node:fs';
import { load, ours, peers, quantile, settle, table } from './measure.mjs';
import { report } from './report.mjs';
import { pgbench, scripts } from './statements.mjs';

const { OURS, PEER, SAME, WORK, FOLDERS, LOG, PUBLISH, BIG, PER_ORG } = process.env;
const [rounds, seconds, ...operations] = process.argv.slice(2);
const without = /sign-in|-key|merge|mixed/; // hash outside of Postgres, work only once, or consist of several operations
const NOISE = 0.1; // processors that other processes may occupy during a published measurement
const sides = Object.fromEntries(Object.entries({ ours: OURS, peer: PEER, same: SAME }).filter(([, url]) => url)
	.map(([name, url]) => [name, { url, folders: FOLDERS.split(' '), groups: name === 'ours' ? ours : peers,
		requests: `${WORK}/requests/${name === 'ours' ? 'ours' : 'peer'}` }]));
const results = [];

// Sends requests until the rate is stable: each connection of a pool has then prepared its statements, and Node has
// compiled its code.
function warm(side, operation) {
	for (let last = 0, flat = 0, n = 0; flat < 2 && n < 20; n++) {
		const { rate } = load(side, operation, 1);
		flat = rate < last * 1.05 ? flat + 1 : 0;
		last = Math.max(rate, last);
	}
}

await settle(sides.ours, 10 * seconds);
// The rounds run by operation, with reads first, because writes change the rows that are read. A write alternates with
// the same write with an idempotency key.
const alike = (one, other) => one.replace(/-key$/, '') === other.replace(/-key$/, '');
for (const group of operations.filter((o, i) => operations.findIndex((one) => alike(one, o)) === i)
	.map((o) => operations.filter((one) => alike(one, o)))) {
	const args = {};
	for (const operation of group) {
		if (!without.test(operation))
			args[operation] = await scripts(sides.ours, operation, WORK, LOG, Number(BIG) || PER_ORG);
		for (const side of Object.values(sides)) warm(side, operation);
	}
	for (let round = 1; round <= rounds; round++)
		for (const operation of group) {
			console.error(`tenantry: ${operation}, round ${round} of ${rounds}`);
			for (const [name, side] of Object.entries(sides))
				results.push({ operation, side: name, result: load(side, operation, seconds) });
			if (args[operation])
				results.push({ operation, side: 'pgbench', result: pgbench(args[operation], seconds) });
		}
}
const others = quantile(results.map((r) => r.result.others)).toFixed(1);
const quiet = quantile(results.map((r) => r.result.others)) < NOISE;
const full = `Medians (and the range) of ${rounds} rounds of ${seconds} s, 16 connections, while other processes used ${
	others} processors:\n\n${report(results)}`;
console.log(full);
if (!quiet)
	console.log(`\nThe machine is not quiet: other processes may use ${NOISE} processors.${PUBLISH ? ' Nothing is published.' : ''}`);

// Replaces the text between the comments in a document.
function replace(file, text) {
	const path = new URL(`../${file}`, import.meta.url), old = readFileSync(path, 'utf8');
	const parts = /(<!-- bench\/run --publish -->\n)[^]*(<!-- end -->)/;
	if (!parts.test(old)) throw new Error(`${file} has no place for the table`);
	writeFileSync(path, old.replace(parts, (_, from, to) => `${from}Measured at commit \`${PUBLISH}\`.\n\n${text}\n${to}`));
}

if (PUBLISH && quiet) {
	const of = (operation, side, key) => results.filter((r) => r.operation === operation && r.side === side).map((r) => r.result[key]);
	const ratio = (operation, side, key, digits) => quantile(of(operation, 'ours', key)
		.map((x, i) => x / of(operation, side, key)[i]))?.toFixed(digits) ?? '-';
	const words = { list: 'list 25 of 2,000 contacts with total', get: 'get one', mixed: 'mixed, a fifth of it writes' };
	replace('bench/README.md', full);
	replace('README.md', table([['', 'Tenantry', 'peer', 'ratio', 'p99 to the peer\'s', 'same-work peer', 'ratio', 'p99 to the same-work peer\'s'],
		...operations.filter((o) => !/sign-in|-key/.test(o)).map((o) => [words[o] ?? o,
			...['ours', 'peer', 'same'].flatMap((side) => [Math.round(quantile(of(o, side, 'rate'))).toLocaleString('en'),
				...side === 'ours' ? [] : [ratio(o, side, 'rate', 1), ratio(o, side, 'p99', 2)]])])]));
}
