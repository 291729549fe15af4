// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off UPLOAD_PROVIDER=s3 AWS_ENDPOINT_URL=%IDP% AWS_BUCKET=attachments AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER
// own stack: its tenantry-jobs works for all organizations.
// Files in an S3 bucket are stored with signed requests, fetched by nginx (not by the client), and removed when no row
// refers to them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import S3rver from 's3rver';
import { S3Proxy } from './lib/s3_proxy.mjs';
import { jobsLog, sql, startJobs, stopJobs, until } from './lib/jobs.mjs';

const { BASE, UPLOAD_DIR } = process.env;
const port = Number(new URL(process.env.IDP).port);
const directory = mkdtempSync('/tmp/tenantry-s3.');
let token, jobs;

// s3rver stores the objects, and the proxy checks the signatures of the requests.
const bucket = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory,
	vhostBuckets: false, configureBuckets: [{ name: 'attachments' }] });
const proxy = new S3Proxy({ port, key: 'S3RVER', secret: 'S3RVER' });
const objects = () => existsSync(`${directory}/attachments`)
	? readdirSync(`${directory}/attachments`)
		.filter((name) => name.endsWith('._S3rver_object'))
		.map((name) => name.replace('._S3rver_object', '')) : [];
const rows = () => sql('SELECT name, place, removing FROM ops.file ORDER BY created_at');

const call = async (method, path, body, type = 'application/json') => {
	const rs = await fetch(path.startsWith('http') ? path : BASE + path, { method,
		headers: { origin: BASE, ...token ? { authorization: `Bearer ${token}` } : {},
			...body === undefined ? {} : { 'content-type': type } },
		body: type === 'application/json' && body !== undefined
			? JSON.stringify(body) : body });
	const bytes = Buffer.from(await rs.arrayBuffer());
	let json;
	try { json = JSON.parse(bytes); } catch { json = undefined; }
	return { status: rs.status, headers: rs.headers, bytes, json };
};
const upload = (bytes) => call('POST', '/api/upload?filename=report.bin', bytes,
	'application/octet-stream');

before(async () => {
	proxy.behind = (await bucket.run()).port;
	await proxy.open();
	jobs = await startJobs();
	const rs = await call('POST', '/api/auth/sign-up/email', { name: 'S Three',
		email: 's3@people.test', password: 'correct horse battery' });
	assert.equal(rs.status, 200, rs.bytes.toString());
	token = rs.json.token;
	const made = await call('POST', '/api/auth/organization/create',
		{ name: 'Bucket', slug: 'bucket' });
	assert.equal(made.status, 200);
});

after(async () => {
	await stopJobs(jobs);
	await proxy.close();
	await bucket.close();
	rmSync(directory, { recursive: true, force: true });
});

test('an upload is stored in the bucket and nowhere else', async () => {
	const content = randomBytes(5 << 20);
	const rs = await upload(content);
	assert.equal(rs.status, 201, rs.bytes.toString());
	assert.deepEqual(objects(), [rs.json.path]);
	assert.deepEqual(readdirSync(UPLOAD_DIR), []);
	const got = await fetch(rs.json.src);
	assert.equal(got.status, 200);
	assert.deepEqual(Buffer.from(await got.arrayBuffer()), content);
	assert.equal(got.redirected, false);
	const { headers } = got;
	assert.equal(headers.get('content-type'), 'application/octet-stream');
	assert.match(headers.get('content-disposition'), /^attachment; filename="report.bin"/);
	assert.match(headers.get('content-security-policy'), /sandbox$/);
	assert.equal(headers.get('x-content-type-options'), 'nosniff');
	for (const [name, value] of headers)
		assert.ok(!/amz|s3rver|x-file|accel/i.test(name + value), `${name}: ${value}`);
});

test('ranges, HEAD and conditional requests are supported', async () => {
	const content = randomBytes(100000);
	const { src } = (await upload(content)).json;
	const part = await fetch(src, { headers: { range: 'bytes=1000-1999' } });
	assert.equal(part.status, 206);
	assert.equal(part.headers.get('content-range'), 'bytes 1000-1999/100000');
	assert.deepEqual(Buffer.from(await part.arrayBuffer()), content.subarray(1000, 2000));
	const head = await fetch(src, { method: 'HEAD' });
	assert.deepEqual([head.status, head.headers.get('content-length')], [200, '100000']);
	const again = await fetch(src, { headers: { 'if-none-match': head.headers.get('etag') } });
	assert.equal(again.status, 304);
});

test('an inline file is moved to the bucket, and removed when it is no longer used', async () => {
	const before = objects().length;
	const rs = await call('POST', '/api/contacts', { last_name: 'Inline', avatar:
		`data:image/gif;base64,${Buffer.from('GIF89a inline').toString('base64')}` });
	assert.equal(rs.status, 201, rs.bytes.toString());
	const { path, src } = rs.json.avatar;
	await until(() => objects().includes(path));
	await until(() => rows().some(([n, place]) => n === path && place === 's3'));
	assert.equal((await fetch(src)).status, 200);
	await call('PATCH', `/api/contacts/${rs.json.id}`, { avatar: { src: '/none.png' } });
	assert.equal((await fetch(src)).status, 404);
	await until(() => !objects().includes(path) && objects().length === before);
	await until(() => !rows().some(([n]) => n === path));
});

test('every request was signed, with the digest of its body', () => {
	assert.ok(proxy.taken.PUT >= 3 && proxy.taken.GET >= 3 && proxy.taken.HEAD >= 1
		&& proxy.taken.DELETE >= 1, JSON.stringify(proxy.taken));
	assert.deepEqual(proxy.refused, []);
});

test('the proxy rejects forged signatures', async () => {
	const path = `/attachments/${objects()[0]}`;
	for (const forged of [path, `${path}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=`
		+ 'S3RVER%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z'
		+ `&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=${'0'.repeat(64)}`])
		assert.equal((await fetch(`http://127.0.0.1:${port}${forged}`)).status, 403);
	assert.equal(proxy.refused.length, 2);
});

test('an unavailable bucket causes 503, and nothing is stored', async () => {
	const live = () => rows().filter(([, , removing]) => removing === 'f');
	const before = live(), objectsBefore = objects();
	const src = `${BASE}/uploads/${before[0][0]}`;
	for (const trouble of ['down', 500, 403]) {
		if (trouble === 'down')
			await proxy.close();
		else
			proxy.answers = trouble;
		const rs = await upload(randomBytes(1000));
		assert.equal(rs.status, 503);
		assert.match(rs.headers.get('content-type'), /problem\+json/);
		assert.ok(rs.headers.get('retry-after'));
		assert.equal((await fetch(src)).status, 503);
		assert.deepEqual(live(), before);
		assert.deepEqual(objects(), objectsBefore);
		if (trouble === 'down')
			await proxy.open();
	}
	proxy.answers = null;
	assert.equal((await fetch(src)).status, 200);
	/* objects that the bucket may have stored without responding are removed later */
	sql('UPDATE ops.file SET remove_at = now() WHERE removing; NOTIFY tenantry_periodic_tasks');
	await until(() => rows().length === before.length);
});

test('a bucket that never responds causes a timeout', async () => {
	proxy.answers = 'never';
	const began = Date.now();
	const rs = await upload(randomBytes(1000));
	assert.equal(rs.status, 503);
	assert.ok(Date.now() - began < 30000);
	proxy.answers = null;
});
