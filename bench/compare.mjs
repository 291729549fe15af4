// node compare.mjs FOLDER PAIRS SECONDS OPERATION...: measures the two stacks of bench/compare in turn and prints a
// table of processor time per request.
import { readFileSync } from 'node:fs';
import { load, ours, quantile, settle, table } from './measure.mjs';

const [folder, pairs, seconds, ...operations] = process.argv.slice(2);
const sides = Object.fromEntries(['new', 'old'].map((name) => {
	const [url, ...folders] = readFileSync(`${folder}/${name}.at`, 'utf8').trim().split(' ');
	return [name, { url, folders, groups: ours, requests: `${folder}/requests/ours` }];
}));
const rows = [['operation', ...ours.map((g) => `${g} µs`), 'before', 'new : old (quartiles)', 'errors']];
for (const side of Object.values(sides)) await settle(side);
for (const operation of operations) {
	for (const side of Object.values(sides)) load(side, operation, 1);
	const results = { new: [], old: [] };
	for (let n = 0; n < pairs; n++)
		for (const name of n % 2 ? ['new', 'old'] : ['old', 'new'])
			results[name].push(load(sides[name], operation, seconds));
	const ratios = results.new.map((r, i) => r.all / results.old[i].all);
	const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(ratios, q).toFixed(2));
	rows.push([operation, ...ours.map((g) => quantile(results.new.map((r) => r.cpu[g])).toFixed(0)),
		quantile(results.old.map((r) => r.all)).toFixed(0), `${middle} (${low}–${high})`,
		[...results.new, ...results.old].reduce((sum, r) => sum + r.bad, 0)]);
}
console.log(table(rows));
