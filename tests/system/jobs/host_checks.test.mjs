// own stack: its tenantry-jobs works for all organizations.
// tenantry-jobs checks its disk and the site's certificate.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import https from 'node:https';
import { after, beforeEach, test } from 'node:test';
import { BUILD, sql, startJobs, stopJobs, until } from './lib/jobs.mjs';

const folder = mkdtempSync('/tmp/tenantry-certificates.');
after(() => rmSync(folder, { recursive: true }));
beforeEach(() => sql('DELETE FROM ops.host_check'));

const problems = () => sql('SELECT problem FROM ops.host_problems()').map(([name]) => name);
const doctor = () => spawnSync(`${BUILD}/tenantry`, ['doctor'], { encoding: 'utf8' }).stdout;
const metric = (name) => Number(sql('SELECT ops.metrics_text()').flat().join('\n').match(new RegExp(`^tenantry_${name} (.*)$`, 'm'))[1]);
const checked = (name) => until(() => sql(`SELECT 1 FROM ops.host_check WHERE name = '${name}'`).length > 0);

// Starts a site whose self-signed certificate expires after this number of days.
async function site(days) {
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost',
		'-days', String(days), '-keyout', `${folder}/key`, '-out', `${folder}/chain`], { stdio: 'ignore' });
	const server = https.createServer({ key: readFileSync(`${folder}/key`), cert: readFileSync(`${folder}/chain`) },
		(rq, rs) => rs.end('{}'));
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	after(() => server.close());
	return `https://localhost:${server.address().port}`;
}

async function checkedBy(url, more) {
	const jobs = await startJobs({ BETTER_AUTH_URL: url, ...more });
	await checked('certificate_expires');
	await checked('disk_free');
	await stopJobs(jobs);
}

test('a valid certificate is not reported', async () => {
	await checkedBy(await site(90));
	assert.deepEqual(problems().filter((name) => !name.startsWith('disk')), []);
	assert.ok(Math.abs(metric('certificate_expires_timestamp_seconds') - Date.now() / 1000 - 90 * 86400) < 86400);
});

test('a certificate that expires within a week is a warning, and an expired certificate is a failure', async () => {
	await checkedBy(await site(7));
	assert.ok(problems().includes('certificate_expires'));
	assert.match(doctor(), /^warn {2}host of jobs +the certificate expires on [\d-]+; renew it$/m);
	sql(`UPDATE ops.host_check SET amount = amount - 8 * 86400 WHERE name = 'certificate_expires'`);
	assert.ok(problems().includes('certificate_expired'));
	assert.match(doctor(), /^FAIL {2}host of jobs +the certificate expired on [\d-]+; renew it$/m);
});

test('the certificate of a site that does not respond is unknown', async () => {
	await checkedBy('https://localhost:1');
	assert.ok(problems().includes('certificate_unknown'));
	assert.match(doctor(), /^warn {2}host of jobs +the certificate cannot be read: Could ?n.t connect/m);
});

test('the disk that contains the files is measured', async () => {
	await checkedBy(await site(90));
	assert.ok(metric('disk_bytes') > metric('disk_free_bytes') && metric('disk_free_bytes') > 0);
	sql(`UPDATE ops.host_check SET amount = 2147483648 WHERE name = 'disk_free';
		UPDATE ops.host_check SET amount = 107374182400 WHERE name = 'disk_size'`);
	assert.deepEqual(problems(), ['disk_low']);
	sql(`UPDATE ops.host_check SET amount = 50 * 1048576 WHERE name = 'disk_free'`);
	assert.deepEqual(problems(), ['disk_full']);
	assert.match(doctor(), /^FAIL {2}host of jobs +only 50 MB free on the disk of the files; make room$/m);
	sql(`UPDATE ops.host_check SET checked_at = now() - interval '2 days'`);
	assert.deepEqual(problems(), []);
});

test('before the first file, the disk of the parent folder is measured', async () => {
	const size = (path) => {
		const { blocks, bsize } = statfsSync(path);
		return blocks * bsize;
	};
	const url = await site(90);
	for (const parent of ['/dev/shm', '']) {
		sql('DELETE FROM ops.host_check');
		await checkedBy(url, { UPLOAD_DIR: `${parent}/tenantry-none/files` });
		assert.equal(metric('disk_bytes'), size(parent || '/'), parent);
	}
	assert.notEqual(size('/dev/shm'), size('/'));
});
