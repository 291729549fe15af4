// Adds the field `nickname` to contacts, as described in CONTRIBUTING.md, in the test's stack.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { sql } from './psql.mjs';

const source = (path) => readFileSync(`${process.env.TENANTRY_MAIL_TEMPLATES}/../../${path}`, 'utf8');

export function addField() {
	const description = source('schema/resources/contacts.sql');
	if (description.includes('"nickname"'))
		return;	// the field exists if somebody has followed the recipe in this tree
	const recipe = source('CONTRIBUTING.md').split('## Add a field in two steps')[1];
	const [, migration] = /```sql file=[^\n]*\n\\warn[^\n]*\n([^]*?)\n-- down/.exec(recipe);
	const [, hunk] = /```diff\n[^]*?@@[^\n]*@@\n([^]*?)```/.exec(recipe);
	const lines = hunk.split('\n').filter(Boolean);
	const was = lines.filter((line) => line[0] !== '+').map((line) => line.slice(1)).join('\n');
	assert.ok(description.includes(was), 'the recipe is about this description');
	const becomes = description.replace(was, () => lines.map((line) => line.slice(1)).join('\n'));
	sql(`BEGIN; ${migration}; ${becomes}; SELECT ops.compile_catalogue(); SELECT ops.new_cache_epoch(); COMMIT`);
}
