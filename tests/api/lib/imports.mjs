// Files to import, and their results.
import assert from 'node:assert/strict';
import { send, until } from './files.mjs';
import { sql } from './database.mjs';

export const call = (who, method, path, body) => send(who, path, { method,
	headers: body !== undefined ? { 'content-type': 'application/json' } : {},
	body: body === undefined ? undefined : JSON.stringify(body) });

// Uploads a file. `plan` defines how its rows are read and written.
export async function take(who, content, { plan, ...parameters } = {}) {
	const rs = await send(who, '/api/imports?' + new URLSearchParams(parameters), {
		headers: { 'content-type': 'text/csv' }, body: content });
	assert.equal(rs.status, 201, rs.text);
	if (!plan)
		return rs.json;
	const planned = await call(who, 'PATCH', `/api/imports/${rs.json.id}`, plan);
	assert.equal(planned.status, 200, planned.text);
	return planned.json;
}

export const look = async (who, id) =>
	(await call(who, 'GET', `/api/imports/${id}`)).json;

export async function turn(who, id, word, ms = 120000) {
	const rs = await call(who, 'POST', `/api/imports/${id}/${word}`);
	assert.equal(rs.status, 200, rs.text);
	let now;
	await until(async () => {
		now = await look(who, id);
		return !['checking', 'running', 'undoing'].includes(now.state);
	}, ms);
	return now;
}

export async function bring(who, content, options) {
	return turn(who, (await take(who, content, options)).id, 'start');
}

export const counts = ({ created, updated, unchanged, skipped, failed }) =>
	({ created, updated, unchanged, skipped, failed });

export const errors = async (who, id) =>
	(await call(who, 'GET', `/api/imports/${id}/errors`)).text;

// Returns hashes of all rows of the organization, except for the tables of imports. `without` is a column to omit.
export function fingerprint(organization, without = '') {
	const tables = sql(`SELECT c.relname FROM pg_class c JOIN pg_attribute a
		ON a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped
		WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r'
		AND c.relname NOT IN ('imports', 'import_errors', 'search_documents', 'daily_metrics',
			'duplicates') ORDER BY 1`).flat();
	return sql(tables.map((name) => `SELECT '${name}', count(*), md5(coalesce(string_agg((to_jsonb(t) - '${without}')::text,
		'|' ORDER BY (to_jsonb(t) - '${without}')::text), '')) FROM crm.${name} t WHERE org_id = '${organization}'`)
		.join(' UNION ALL ')).map((row) => row.join(' ')).join('\n');
}
