// report.mjs - prints the table of a benchmark; imported, or run as: node report.mjs RESULTS
//
// A result is { operation, side, result }, with side ours, peer, same or pgbench. Cells are medians, with the minimum
// and maximum of the rounds. A ratio compares two sides in the same round.
import { readFileSync } from 'node:fs';
import { quantile, table } from './measure.mjs';

const median = (values, digits, q) => quantile(values, q)?.toFixed(digits) ?? '-'; // there is no value if a round had no request
const range = (values, digits) => quantile(values) === undefined ? '-'
	: `${median(values, digits)} (${median(values, digits, 0)}–${median(values, digits, 1)})`;
const names = { peer: 'peer', same: 'same-work peer' };

export function report(results) {
	const operations = [...new Set(results.map((r) => r.operation))];
	const has = (side) => results.some((r) => r.side === side);
	const peers = Object.keys(names).filter(has), measured = results.some((r) => typeof r.result.cpu === 'object');
	return table([['operation', 'ours/s', ...peers.map((p) => `${names[p]}/s`), ...peers.map((p) => `times the ${names[p]}`),
		...measured ? ['CPU µs ours', ...peers.map((p) => `CPU µs ${names[p]}`), ...peers.map((p) => `CPU ${names[p]} : ours`)] : [],
		'p99 ours ms', ...peers.map((p) => `p99 ours : ${names[p]}`), ...has('pgbench') ? ['ours : pgbench'] : [], 'errors'],
	...operations.map((operation) => {
		const of = (side, key) => results.filter((r) => r.operation === operation && r.side === side)
			.map((r) => r.result[key]);
		const ratio = (key, a, b, digits) => range(of(a, key).map((x, i) => x / of(b, key)[i]), digits);
		const cpu = (side) => {
			const parts = Object.keys(of(side, 'cpu')[0]).map((g) => `${g} ${median(of(side, 'cpu').map((c) => c[g]), 0)}`);
			return `${median(of(side, 'all'), 0)}: ${parts.join(', ')}; generator ${median(of(side, 'generator'), 0)}`;
		};
		return [operation, range(of('ours', 'rate'), 0), ...peers.map((p) => range(of(p, 'rate'), 0)),
			...peers.map((p) => ratio('rate', 'ours', p, 1)),
			...measured ? [cpu('ours'), ...peers.map(cpu), ...peers.map((p) => ratio('all', p, 'ours', 1))] : [],
			range(of('ours', 'p99'), 1), ...peers.map((p) => ratio('p99', 'ours', p, 2)),
			...has('pgbench') ? [ratio('rate', 'ours', 'pgbench', 2)] : [],
			['ours', ...peers].map((s) => of(s, 'bad').reduce((a, b) => a + b, 0)).join(', ')];
	})]);
}

if (process.argv[1] === new URL(import.meta.url).pathname)
	console.log(report(readFileSync(process.argv[2], 'utf8').trim().split('\n').map((l) => JSON.parse(l))));
