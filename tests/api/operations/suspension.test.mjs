// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// A suspended organization imports nothing until it is restored.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { startJobs, until } from '../lib/files.mjs';
import { call, counts, look, take } from '../lib/imports.mjs';
import { owner } from '../lib/people.mjs';

const ROWS = 5000;
const jobs = startJobs();
after(() => jobs.stop());
const me = await owner('suspended');

test('S2-01 an import pauses while its organization is suspended, and then continues', async () => {
	const suspend = (at) => sql(`UPDATE identity.organization SET suspended_at = ${at} WHERE id = $1`,
		me.organization.id);
	const here = () => Number(sql('SELECT count(*) FROM crm.contacts WHERE org_id = $1',
		me.organization.id)[0][0]);
	const { id } = await take(me, 'last_name\n' + Array.from({ length: ROWS }, (_, n) => `row ${n}`)
		.join('\n'), { resource: 'contacts' });
	assert.equal((await call(me, 'POST', `/api/imports/${id}/start`)).status, 200);
	await until(() => here() > 0);
	suspend('now()');
	let before;
	await until(async () => {
		before = here();
		await new Promise((done) => { setTimeout(done, 3000); });
		return here() === before;
	}, 30_000);
	assert.ok(before < ROWS, `${before} rows`);
	assert.equal((await call(me, 'GET', `/api/imports/${id}`)).status >= 400, true);
	suspend('NULL');
	await until(async () => (await look(me, id)).state === 'done', 60_000);
	assert.equal(here(), ROWS);
	assert.equal(counts(await look(me, id)).created, ROWS);
});
