// node report.mjs RESULTS SECONDS REPETITIONS: prints minimum, median and
// maximum of each figure and of the ratios within a round.
import { readFileSync } from 'node:fs';

const [file, seconds, repetitions] = process.argv.slice(2);
const results = readFileSync(file, 'utf8').trim().split('\n').map((l) => JSON.parse(l));
const operations = [...new Set(results.map((r) => r.operation))];
const of = (operation, side, key) => results
	.filter((r) => r.operation === operation && r.side === side).map((r) => r.result[key]);
const spread = (a, digits) => {
	const s = a.filter(Number.isFinite).sort((x, y) => x - y);
	if (s.length === 0) return '-';
	const f = (x) => x.toFixed(digits);
	return `${f(s[0])} / ${f(s[s.length >> 1])} / ${f(s[s.length - 1])}`;
};
const ratio = (a, b) => a.map((x, i) => x / b[i]);
const rows = [['operation', 'ours/s', 'peer/s', 'ours : peer', 'ours : pgbench',
	'p99 ours ms', 'p99 ours : peer', 'errors']];
for (const o of operations) {
	const ours = of(o, 'ours', 'rate'), peer = of(o, 'peer', 'rate');
	rows.push([o, spread(ours, 0), spread(peer, 0), spread(ratio(ours, peer), 1),
		spread(ratio(ours, of(o, 'pgbench', 'rate')), 2),
		spread(of(o, 'ours', 'p99'), 1),
		spread(ratio(of(o, 'ours', 'p99'), of(o, 'peer', 'p99')), 2),
		String([...of(o, 'ours', 'bad'), ...of(o, 'peer', 'bad')].reduce((a, b) => a + b, 0))]);
}
console.log(`minimum / median / maximum of ${repetitions} rounds of ${seconds} s, 16 connections\n`);
console.log(rows.map((r, i) => '| ' + r.join(' | ') + ' |'
	+ (i === 0 ? '\n|' + r.map(() => '---').join('|') + '|' : '')).join('\n'));
