// The responses that stock clients get from /api/deals while their organization has the b2b module.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE } from './http.mjs';

const told = { deals: [], opportunities: [] };
const plain = globalThis.fetch;

// Both the stock provider and the overlay of Atomic CRM send their requests with this function.
globalThis.fetch = async (input, init) => {
	const rs = await plain(input, init);
	const path = new URL(input.url ?? input, BASE).pathname;
	const [, name] = /^\/api\/(deals|opportunities)(?![^/])/.exec(path) ?? [];
	if (name)
		told[name].push([`${init?.method ?? input.method ?? 'GET'} ${path.replace(/\d+/, ':id')} ${rs.status}`,
			rs.headers.get('deprecation'), rs.headers.get('sunset'), rs.headers.get('link')]);
	return rs;
};

// Must be called after the client tests. `methods` are the HTTP methods that the clients must have sent.
export function checkOldPath(methods, name = 'deals') {
	test(`each response below /api/${name} says ${name === 'deals' ? 'when the path ends' : 'nothing about an end'}`, () => {
		const sent = new Set(told[name].map(([what]) => what.replace(/ \d+$/, '')));
		for (const method of methods)
			assert.ok(sent.has(method), `${method} is not among ${[...sent].join(', ')}`);
		for (const [what, deprecation, sunset, link] of told[name])
			if (name === 'deals') {
				assert.deepEqual([deprecation, sunset], ['@1795478400', 'Tue, 30 Nov 2027 00:00:00 GMT'], what);
				assert.match(link ?? '', /<\/api\/opportunities[^>]*>; rel="successor-version"/, what);
			} else
				assert.deepEqual([deprecation, sunset], [null, null], what);
	});
}
