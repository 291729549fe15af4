// node run.mjs ROUNDS SECONDS OPERATION...: the measurements of bench/run, which sets
// OURS, PEER and SAME to addresses, WORK and FOLDERS to folders, LOG to that of Postgres.
// PUBLISH names a commit: the tables of the documentation are replaced, too.
import { readFileSync, writeFileSync } from 'node:fs';
import { load, ours, peers, quantile, settle, table } from './measure.mjs';
import { report } from './report.mjs';
import { pgbench, scripts } from './statements.mjs';

const { OURS, PEER, SAME, WORK, FOLDERS, LOG, PUBLISH, BIG, PER_ORG } = process.env;
const [rounds, seconds, ...operations] = process.argv.slice(2);
const without = /sign-in|-key|merge/; // hash outside of Postgres, or work once
const sides = Object.fromEntries(Object.entries({ ours: OURS, peer: PEER, same: SAME }).filter(([, url]) => url)
	.map(([name, url]) => [name, { url, folders: FOLDERS.split(' '), groups: name === 'ours' ? ours : peers,
		requests: `${WORK}/requests/${name === 'ours' ? 'ours' : 'peer'}` }]));
const results = [];

// Until each connection of a peer's pool has prepared its statements and Node has compiled its code.
function warm(side, operation) {
	for (let sent = 0, n = 0; sent < 500 && n < 3 * seconds; n++)
		sent += load(side, operation, 1).requests;
}

await settle(sides.ours, 10 * seconds);
// By operation, reads first: writes change what is read.
for (const operation of operations) {
	const args = without.test(operation) ? undefined : await scripts(sides.ours, operation, WORK, LOG, Number(BIG) || PER_ORG);
	for (const side of Object.values(sides)) warm(side, operation);
	for (let round = 1; round <= rounds; round++) {
		console.error(`tenantry: ${operation}, round ${round} of ${rounds}`);
		for (const [name, side] of Object.entries(sides))
			results.push({ operation, side: name, result: load(side, operation, seconds) });
		if (args)
			results.push({ operation, side: 'pgbench', result: pgbench(args, seconds) });
	}
}
const others = quantile(results.map((r) => r.result.others)).toFixed(1);
const full = `Medians (and the range) of ${rounds} rounds of ${seconds} s, 16 connections, while other processes used ${
	others} processors:\n\n${report(results)}`;
console.log(full);

// Replaces what is between the comments in a document.
function replace(file, text) {
	const path = new URL(`../${file}`, import.meta.url), old = readFileSync(path, 'utf8');
	const parts = /(<!-- bench\/run --publish -->\n)[^]*(<!-- end -->)/;
	if (!parts.test(old)) throw new Error(`${file} has no place for the table`);
	writeFileSync(path, old.replace(parts, (_, from, to) => `${from}Measured at commit \`${PUBLISH}\`.\n\n${text}\n${to}`));
}

if (PUBLISH) {
	const of = (operation, side, key) => results.filter((r) => r.operation === operation && r.side === side).map((r) => r.result[key]);
	const ratio = (operation, side, key, digits) => quantile(of(operation, 'ours', key)
		.map((x, i) => x / of(operation, side, key)[i]))?.toFixed(digits) ?? '-';
	const words = { list: 'list 25 of 2,000 contacts with total', get: 'get one' };
	replace('bench/README.md', full);
	replace('README.md', table([['', 'Tenantry', 'peer', 'ratio', 'p99 to the peer\'s', 'same-work peer', 'ratio', 'p99 to the same-work peer\'s'],
		...operations.filter((o) => !/sign-in|-key/.test(o)).map((o) => [words[o] ?? o,
			...['ours', 'peer', 'same'].flatMap((side) => [Math.round(quantile(of(o, side, 'rate'))).toLocaleString('en'),
				...side === 'ours' ? [] : [ratio(o, side, 'rate', 1), ratio(o, side, 'p99', 2)]])])]));
}
