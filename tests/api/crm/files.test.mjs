// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_UPLOAD_QUOTA=125829120
// File uploads and downloads, with headers that prevent execution in a browser.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import { BASE } from '../lib/http.mjs';
import { sql } from '../lib/database.mjs';
import { owner } from '../lib/people.mjs';
import { HTML, PDF, PNG, SVG, get, onDisk, raw, send, upload, uploaded }
	from '../lib/files.mjs';

const me = await owner('files');
const other = await owner('others');

test('a form upload is stored and can be downloaded', async () => {
	const rs = await upload(me, PNG, { type: 'image/png', title: 'Chère Zoë.png' });
	assert.equal(rs.status, 201, rs.text);
	assert.match(rs.json.path, /^[0-9a-f]{40}\.png$/);
	assert.deepEqual(rs.json, { src: `${BASE}/uploads/${rs.json.path}`,
		path: rs.json.path, type: 'image/png', title: 'Chère Zoë.png',
		size: PNG.length });
	const got = await get(rs.json.src);
	assert.equal(got.status, 200);
	assert.deepEqual(got.bytes, PNG);
	const { headers } = got;
	assert.equal(headers.get('content-type'), 'image/png');
	assert.equal(headers.get('content-disposition'), 'inline; '
		+ "filename=\"Ch_re Zo_.png\"; filename*=UTF-8''Ch%C3%A8re%20Zo%C3%AB.png");
	assert.equal(headers.get('x-content-type-options'), 'nosniff');
	assert.match(headers.get('content-security-policy'), /^default-src 'none';.*; sandbox$/);
	assert.equal(headers.get('cross-origin-resource-policy'), 'cross-origin');
	assert.equal(headers.get('cache-control'), 'private, max-age=31536000, immutable');
	assert.equal(headers.get('x-accel-redirect'), null);
});

test('a raw body is a file, and a header or a parameter names it', async () => {
	const one = await raw(me, PDF, { 'x-file-name': encodeURIComponent('Prix été.pdf') });
	assert.equal(one.status, 201, one.text);
	assert.deepEqual([one.json.title, one.json.type], ['Prix été.pdf', 'application/pdf']);
	const two = await send(me, '/api/upload?filename=a%20b.csv', { body: 'a,b\n1,2\n',
		headers: { 'content-type': 'text/csv' } });
	assert.deepEqual([two.json.title, two.json.type, two.json.path.slice(40)],
		['a b.csv', 'text/csv', '.csv']);
	const three = await raw(me, randomBytes(300));
	assert.deepEqual([three.json.title, three.json.type], [null, 'application/octet-stream']);
	const got = await get(three.json.src);
	assert.equal(got.headers.get('content-disposition'), `attachment; filename="${
		three.json.path}"; filename*=UTF-8''${three.json.path}`);
});

test('HEAD, ranges and conditional requests are supported', async () => {
	const content = randomBytes(100000);
	const { src } = await uploaded(me, content);
	const head = await get(src, {}, 'HEAD');
	assert.deepEqual([head.status, head.headers.get('content-length'), head.bytes.length],
		[200, '100000', 0]);
	const part = await get(src, { range: 'bytes=1000-1999' });
	assert.equal(part.status, 206);
	assert.deepEqual(part.bytes, content.subarray(1000, 2000));
	assert.equal(part.headers.get('content-range'), 'bytes 1000-1999/100000');
	const tag = head.headers.get('etag');
	assert.equal((await get(src, { 'if-none-match': tag })).status, 304);
	assert.equal((await get(src, { range: 'bytes=0-9', 'if-range': '"other"' })).status, 200);
	assert.equal((await get(src, { range: 'bytes=200000-' })).status, 416);
});

test('the content determines a file\'s type, regardless of its name', async () => {
	const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.from('=1;alert(1)//')]);
	for (const [content, told, type, shown] of [
		[SVG, 'image/png', 'image/svg+xml', 'attachment'],
		[HTML, 'image/png', 'text/plain', 'attachment'],
		[HTML, 'text/html', 'text/plain', 'attachment'],
		[PNG, 'text/html', 'image/png', 'inline'],
		[gif, 'text/javascript', 'image/gif', 'inline'],
		['alert(1)', 'text/javascript', 'text/plain', 'attachment'],
		['a;b', 'text/csv', 'text/csv', 'attachment'],
		['PK\x03\x04', 'application/vnd.oasis.opendocument.text',
			'application/vnd.oasis.opendocument.text', 'attachment'],
		['PK\x03\x04', 'image/png', 'application/zip', 'attachment'],
		[Buffer.from([1, 2, 3, 0]), 'image/png', 'application/octet-stream', 'attachment'],
	]) {
		const rs = await upload(me, content, { type: told, title: 'x.html' });
		assert.deepEqual([rs.status, rs.json.type], [201, type], `${told} ${rs.text}`);
		const { headers } = await get(rs.json.src);
		assert.equal(headers.get('content-type'), type);
		assert.ok(headers.get('content-disposition').startsWith(`${shown}; `));
	}
});

test('an upload without permission is refused', async () => {
	assert.equal((await upload(undefined, PNG)).status, 401);
	const forged = await raw(me, PNG, { origin: 'https://evil.example' });
	assert.equal(forged.status, 403);
	const form = new FormData();
	form.append('file', new Blob([PNG]), 'x.png');
	assert.equal((await send(me, '/api/upload', { body: form,
		headers: { origin: 'null' } })).status, 403);
	assert.equal((await send(me, '/api/upload', { method: 'GET' })).status, 405);
});

test('a body without a file is refused', async () => {
	const multipart = (body, type = 'multipart/form-data; boundary=b') =>
		send(me, '/api/upload', { body, headers: { 'content-type': type } });
	const part = (name, content = 'x') => '--b\r\nContent-Disposition: form-data; '
		+ `name="f"${name}\r\n\r\n${content}\r\n`;
	for (const [status, body, type] of [
		[400, part('') + '--b--\r\n'],
		[400, part('; filename="a"')],
		[400, '--b--'], [400, 'x'], [400, '--b\r\nContent-Disposition: form-data'],
		[400, part('; filename="a') + '--b--'],
		[400, part('; filename="a"') + '--b--', 'multipart/form-data'],
		[400, part('; filename="a"') + '--b--', 'multipart/form-data; boundary='],
		[400, part('; filename="a"') + '--b--',
			`multipart/form-data; boundary=${'b'.repeat(71)}`],
		[422, part('; filename="a"', '') + '--b--'],
		[400, part('').repeat(5000) + part('; filename="a"') + '--b--'],
		[400, `--b\r\nX: ${'x'.repeat(9000)}\r\n\r\nx\r\n--b--`],
		[400, `--b\r\n${'X: y\r\n'.repeat(100000)}\r\n\r\nx\r\n--b--`],
	]) {
		const rs = await multipart(body, type);
		assert.equal(rs.status, status, `${body.slice(0, 60)} ${rs.text}`);
		assert.ok(rs.json.message);
	}
	for (const none of [await send(me, '/api/upload'), await raw(me, '')])
		assert.ok([400, 422].includes(none.status), none.text);
	const odd = await multipart(part('; filename="one"', '1') + part('; filename="two"', '2')
		+ '--b--');
	assert.deepEqual([odd.json.title, odd.json.size], ['one', 1]);
	const quoted = await multipart('preamble\r\n' + part('; filename="a\\"b;c.txt"', 'x--b')
		+ '--b--\r\nepilogue');
	assert.deepEqual([quoted.status, quoted.json.title], [201, 'a"b;c.txt'], quoted.text);
});

test('a file name cannot inject a header', async () => {
	const names = ['a\r\nSet-Cookie: x=1', 'a%0d%0aX-Evil: 1', 'x\u202egnp.exe', 'a"; b="c',
		'\u0000\u0001', '...', 'x'.repeat(4000), '\u{1f600}'.repeat(300), 'C:\\a\\b.txt'];
	for (const name of names) {
		const rs = await raw(me, 'text', { 'x-file-name': encodeURIComponent(name) });
		assert.ok([201, 400].includes(rs.status), rs.text);
		if (rs.status !== 201)
			continue;
		assert.ok([...rs.json.title ?? ''].length <= 255);
		assert.doesNotMatch(rs.json.title ?? '', /[\x00-\x1f\u202a-\u202e/\\]/);
		const { headers } = await get(rs.json.src);
		assert.equal(headers.get('set-cookie'), null);
		assert.equal(headers.get('x-evil'), null);
		assert.match(headers.get('content-disposition'),
			/^attachment; filename="[^"\\\x00-\x1f]*"; filename\*=UTF-8''[\w%!#$&+.^`|~-]*$/);
	}
});

test('only a file\'s own name leads to it', async () => {
	const { path, src } = await uploaded(me, PNG);
	const places = [`/tenantry-files/${path.slice(0, 2)}/${path}`, '/tenantry-s3',
		'/tenantry-files/', '/uploads', '/uploads/',
		`/uploads/${path}/`, `/uploads/${path}x`, `/uploads/${path.toUpperCase()}`,
		`/uploads/${path.slice(0, 40)}`, `/uploads/x${path}`, '/uploads/../../etc/passwd',
		'/uploads/%2e%2e/%2e%2e/etc/passwd', '/uploads/..%2f..%2fetc%2fpasswd',
		`/uploads/%2fetc/${path}`, `/uploads/${path.slice(0, 2)}/${path}`,
		`/uploads/${path}%20`, '/uploads/.', '/uploads/%2e', `//uploads/${path}`];
	for (const place of places) {
		const rs = await get(BASE + place);
		/* nginx itself refuses paths that lead above the root */
		assert.ok(rs.status === 404 || rs.status === 400 && /%2f/i.test(place), place);
		assert.match(rs.headers.get('content-type'), /problem\+json/);
	}
	assert.equal((await get(`${BASE}/uploads/${path}%00`)).status, 400);
	const unknown = await get(`${BASE}/uploads/${'0'.repeat(40)}.png`);
	assert.equal(unknown.status, 404);
	assert.equal((await get(src, {}, 'POST')).status, 405);
	assert.equal((await get(src, { 'x-accel-redirect': '/tenantry-files/' })).status, 200);
	/* a client header cannot set the path of the body */
	for (const name of ['TENANTRY_BODY_FILE', 'tenantry-body-file', 'request-body-file']) {
		const rs = await raw(me, 'mine', { [name]: '/etc/passwd' });
		assert.deepEqual([rs.status, rs.json.size], [201, 4], rs.text);
	}
});

test('a repeated Idempotency-Key stores one file and returns the same response', async () => {
	const headers = { 'idempotency-key': randomUUID() };
	const before = onDisk().length;
	const one = await upload(me, PDF, { title: 'a.pdf', headers });
	const two = await upload(me, PDF, { title: 'a.pdf', headers });
	assert.equal(one.status, 201, one.text);
	assert.deepEqual([two.status, two.text], [201, one.text]);
	for (const [content, title] of [[PNG, 'a.pdf'], [PDF, 'b.pdf']])
		assert.equal((await upload(me, content, { title, headers })).status, 422);
	assert.equal(onDisk().length, before + 1);
	const same = { 'idempotency-key': randomUUID() };
	const many = await Promise.all(Array.from({ length: 8 }, () =>
		upload(me, PNG, { headers: same })));
	const kept = many.filter((rs) => rs.status === 201);
	assert.ok(kept.length >= 1);
	assert.ok(many.every((rs) => [201, 409].includes(rs.status)), many.map((r) => r.text));
	assert.equal(new Set(kept.map((rs) => rs.text)).size, 1);
	assert.equal(onDisk().length, before + 2);
	assert.equal((await get(kept[0].json.src)).status, 200);
});

test('20 concurrent uploads do not exceed the quota', async () => {
	const boss = await owner('crowded');
	const content = randomBytes(10 << 20);	/* 12 of the files fit into the quota */
	const all = await Promise.all(Array.from({ length: 20 }, () => raw(boss, content)));
	const count = (status) => all.filter((rs) => rs.status === status).length;
	assert.deepEqual([count(201), count(422)], [12, 8], all.map((rs) => rs.status).join());
	assert.match(all.find((rs) => rs.status === 422).json.message, /125829120 bytes/);
	const [[kept, rows]] = sql(`SELECT sum(size), count(*) FROM ops.file
		WHERE org_id = $1`, boss.organization.id);
	assert.deepEqual([Number(kept), Number(rows)], [12 * content.length, 12]);
	assert.equal((await raw(other, content)).status, 201);
	/* files inside a JSON body do not fit either */
	const note = await boss.browser.post('/api/companies', { name: 'Full',
		logo: `data:image/png;base64,${Buffer.concat([PNG, Buffer.alloc(5 << 20)])
			.toString('base64')}` });
	assert.equal(note.status, 422, note.text);
	assert.equal((await boss.browser.get('/api/companies')).json.length, 0);
});

test('of two uploads that together exceed the quota, one waits for the other', async () => {
	const { organization } = await owner('waiting');
	const begin = (c) => new Promise((done) => execFile('psql', ['-XqAt', '-v',
		'ON_ERROR_STOP=1', '-c', `BEGIN; SELECT set_config('app.org_id', '${organization.id}',
		true); SELECT ops.begin_file('${c.repeat(40)}.txt', 'text/plain', NULL, 100, 'local',
		150); SELECT pg_sleep(0.5); COMMIT`], (error, out, said) => done(error ? said : 'kept')));
	const both = await Promise.all([begin('a'), begin('b')]);
	assert.equal(both.filter((said) => said === 'kept').length, 1, both.join());
	assert.match(both.find((said) => said !== 'kept'), /may have at most 150 bytes in all/);
});

test('a reference to another organization\'s file does not keep it', async () => {
	const file = await uploaded(other, PDF);
	const mine = await me.data.create('contacts', { data: { last_name: 'x',
		avatar: { src: file.src, path: file.path } } });
	assert.deepEqual(sql('SELECT 1 FROM ops.file_use WHERE name = $1', file.path), []);
	const theirs = await other.data.create('contacts', { data: { last_name: 'x',
		avatar: { src: file.src } } });
	assert.equal(sql('SELECT org_id FROM ops.file_use WHERE name = $1', file.path)[0][0],
		other.organization.id);
	await other.browser.patch(`/api/contacts/${theirs.data.id}`, { avatar: { src: '/x.png' } });
	assert.equal((await get(file.src)).status, 404);
	assert.equal((await me.browser.get(`/api/contacts/${mine.data.id}`)).json.avatar.path,
		file.path);
});

test('two rows can refer to the same file', async () => {
	const file = await uploaded(me, PNG);
	const ids = [];
	for (const name of ['one', 'two'])
		ids.push((await me.data.create('companies', { data: { name,
			logo: { src: file.src } } })).data.id);
	await me.browser.patch(`/api/companies/${ids[0]}`, { logo: { src: '/x.png' } });
	assert.equal((await get(file.src)).status, 200);
	await me.browser.delete(`/api/companies/${ids[1]}`);
	assert.equal((await get(file.src)).status, 404);
});

const inline = (content, type = 'image/png') =>
	`data:${type};base64,${Buffer.from(content).toString('base64')}`;

test('an image may be a URL, a stored file or a data: URL', async () => {
	const write = async (avatar) => me.browser.post('/api/contacts',
		{ last_name: 'Pictured', avatar });
	const src = 'https://pictures.example/a.png';
	assert.deepEqual((await write(src)).json.avatar, { src });
	assert.deepEqual((await write({ src })).json.avatar, { src });
	assert.deepEqual((await write({ url: src, name: 'a', rawFile: {} })).json.avatar,
		{ src, title: 'a' });
	assert.equal((await write('')).json.avatar, null);
	assert.equal((await write(null)).json.avatar, null);
	const { avatar } = (await write(inline(PNG))).json;
	assert.equal(avatar.type, 'image/png');
	assert.deepEqual((await get(avatar.src)).bytes, PNG);
	const part = await get(avatar.src, { range: 'bytes=1-3' });
	assert.deepEqual([part.status, part.text], [206, 'PNG']);
	assert.equal((await get(avatar.src, {}, 'HEAD')).headers.get('content-length'),
		String(PNG.length));
	for (const bad of ['javascript:alert(1)', ' javascript:alert(1)', 'java\tscript:alert(1)',
		'vbscript:x', 'blob:http://x/y', 'file:///etc/passwd', { src: 'JavaScript:x' },
		1, true, [], inline(HTML, 'image/png'), inline(PDF), inline(''),
		inline('plain', 'image/png'), 'data:image/png,plain', 'data:image/png;base64,@@@',
		'data:image/png;base64,QUJ', 'data:image/png;base64,QUJD\n', 'data:']) {
		const rs = await write(bad);
		assert.equal(rs.status, 422, `${JSON.stringify(bad)} ${rs.text}`);
		assert.deepEqual(Object.keys(rs.json.errors), [bad.src ? 'avatar.src' : 'avatar'], rs.text);
	}
	for (const [bad, status, path] of [[{ src: 1 }, 400, 'avatar.src'], [{ url: 'javascript:x' }, 422, 'avatar.url'], [{ src, alt: 'x' }, 422, 'avatar.alt'],
		[{ src, title: 1 }, 400, 'avatar.title'], [{ src, size: '1' }, 400, 'avatar.size']]) {
		const rs = await write(bad);
		assert.deepEqual([rs.status, Object.keys(rs.json.errors)], [status, [path]], rs.text);
	}
});

test('attachments may have either set of member names, and data: URLs', async () => {
	const { data: contact } = await me.data.create('contacts', { data: { last_name: 'x' } });
	const rs = await me.browser.post('/api/contact_notes', { contact_id: contact.id,
		attachments: [
			{ url: 'https://files.example/a.pdf', name: 'a.pdf', type: 'application/pdf' },
			{ src: inline(PDF, 'application/pdf'), title: 'b.pdf', rawFile: {} },
			{ url: inline('x,y', 'text/csv'), name: 'c.csv' }] });
	assert.equal(rs.status, 201, rs.text);
	const [a, b, c] = rs.json.attachments;
	assert.deepEqual(a, { src: 'https://files.example/a.pdf', title: 'a.pdf',
		type: 'application/pdf' });
	assert.deepEqual([b.title, b.type, Object.keys(b).sort().join()],
		['b.pdf', 'application/pdf', 'path,src,title,type']);
	assert.deepEqual([c.title, c.type, (await get(c.src)).text], ['c.csv', 'text/csv', 'x,y']);
	assert.match((await get(c.src)).headers.get('content-disposition'),
		/^attachment; filename="c.csv"/);
	const many = await me.browser.patch(`/api/contact_notes/${rs.json.id}`, { attachments:
		Array.from({ length: 21 }, () => ({ src: inline(PDF) })) });
	assert.equal(many.status, 422);
});

test('logos in the configuration are strings', async () => {
	const logo = inline(PNG);
	const rs = await me.browser.put('/api/configuration/1', { config: { title: 'Acme',
		lightModeLogo: logo, darkModeLogo: './logos/dark.svg' } });
	assert.equal(rs.status, 200, rs.text);
	const { config } = rs.json;
	assert.match(config.lightModeLogo, /\/uploads\/[0-9a-f]{40}\.png$/);
	assert.deepEqual([config.title, config.darkModeLogo], ['Acme', './logos/dark.svg']);
	assert.equal((await get(config.lightModeLogo)).status, 200);
	await me.browser.put('/api/configuration/1', { config: { title: 'Acme' } });
	assert.equal((await get(config.lightModeLogo)).status, 404);
});

test('a body with files may have 8 MiB, and any other body 1 MiB', async () => {
	const big = Buffer.concat([PNG, Buffer.alloc(5900000)]);
	const rs = await me.browser.post('/api/companies', { name: 'Big', logo: inline(big) });
	assert.equal(rs.status, 201, rs.text);
	assert.equal((await get(rs.json.logo.src)).bytes.length, big.length);
	const more = await me.browser.post('/api/companies', { name: 'Bigger',
		logo: inline(Buffer.alloc(7 << 20)) });
	assert.equal(more.status, 413);
	assert.match(more.json.message, /8 MiB/);
	const task = await me.browser.post('/api/tasks', { text: 'x'.repeat(2 << 20) });
	assert.equal(task.status, 413);
	assert.match(task.json.message, /1 MiB/);
});

test('a repeated request stores an inline file once', async () => {
	const headers = { 'idempotency-key': randomUUID() };
	const body = { name: 'Once', logo: inline(PNG) };
	const [[before]] = sql('SELECT count(*) FROM ops.file');
	const one = await me.browser.post('/api/companies', body, headers);
	const two = await me.browser.post('/api/companies', body, headers);
	assert.deepEqual([one.status, two.text], [201, one.text]);
	assert.equal(Number(sql('SELECT count(*) FROM ops.file')[0][0]), Number(before) + 1);
	/* no file is stored with a refused row */
	assert.equal((await me.browser.post('/api/companies', { name: '', logo: inline(PNG) }))
		.status, 422);
	assert.equal(Number(sql('SELECT count(*) FROM ops.file')[0][0]), Number(before) + 1);
});

test('an interrupted upload leaves nothing', async () => {
	const before = sql('SELECT count(*) FROM ops.file')[0][0];
	for (const length of ['1000', '99999999999999999999', '-1', '0x10', '10, 10']) {
		const said = await new Promise((done) => {
			const s = net.connect(new URL(BASE).port, '127.0.0.1');
			let text = '';
			s.on('data', (part) => { text += part; });
			s.on('close', () => done(text));
			s.on('error', () => done(text));
			s.write(`POST /api/upload HTTP/1.1\r\nHost: localhost\r\ncookie: ${
				me.browser.jar.header()}\r\norigin: ${BASE}\r\nContent-Type: text/plain\r\n`
				+ `Content-Length: ${length}\r\n\r\n0123456789`);
			setTimeout(() => s.destroy(), 300);
		});
		assert.doesNotMatch(said, /^HTTP\/1.1 2/, length);
	}
	assert.equal(sql('SELECT count(*) FROM ops.file')[0][0], before);
});

test('no worker keeps an upload in memory', async () => {
	const children = readFileSync(`/proc/${process.env.WORKERS}/task/${process.env.WORKERS
	}/children`, 'utf8').trim().split(' ');
	const most = () => Math.max(...children.map((pid) => Number(/VmHWM:\s+(\d+) kB/.exec(
		readFileSync(`/proc/${pid}/status`, 'utf8'))[1])));
	const boss = await owner('measured');
	await raw(boss, Buffer.alloc(1000, 1));
	const before = most();
	for (const send of [raw, upload])
		assert.equal((await send(boss, Buffer.alloc(50 << 20, 1))).status, 201);
	const grown = most() - before;
	assert.ok(grown < 8 << 10, `${grown} kB more`);
});

test('rows keep the paths of files, so that a changed BETTER_AUTH_URL does not break them', async () => {
	const { src, path } = await uploaded(me, PNG, { type: 'image/png' });
	const old = `https://before.example.org/uploads/${path}`;
	const foreign = `https://elsewhere.example.org/uploads/${'0'.repeat(40)}.png`;
	const create = async (resource, body) => {
		const rs = await me.browser.post(`/api/${resource}`, body);
		assert.equal(rs.status, 201, rs.text);
		return rs.json;
	};
	const company = await create('companies', { name: 'Paths', logo: { src, path, type: 'image/png' } });
	const contact = await create('contacts', { first_name: 'P', last_name: 'Ath', avatar: { src: old } });
	const note = await create('contact_notes', { contact_id: contact.id, text: `see "/uploads/${path}"`,
		attachments: [{ src: old, title: 'a' }, { src: foreign, title: 'b' }] });
	const stored = () => sql(`SELECT logo->>'src' FROM crm.companies WHERE id = ${company.id}
		UNION ALL SELECT avatar->>'src' FROM crm.contacts WHERE id = ${contact.id}
		UNION ALL SELECT a->>'src' FROM crm.contact_notes, unnest(attachments) a WHERE id = ${note.id}`)
		.map(([one]) => one);
	const paths = [`/uploads/${path}`, `/uploads/${path}`, `/uploads/${path}`, foreign];
	assert.deepEqual(stored(), paths);
	const read = async (resource, { id }) => (await me.browser.get(`/api/${resource}/${id}`)).json;
	assert.equal((await read('companies', company)).logo.src, src);
	assert.equal((await read('contacts', contact)).avatar.src, src);
	const { text, attachments } = await read('contact_notes', note);
	assert.equal(text, `see "/uploads/${path}"`);
	assert.deepEqual(attachments.map((a) => a.src), [src, foreign]);

	// Rows from an earlier release are repaired.
	for (const [table, change] of [['companies', `logo = jsonb_build_object('src', '${old}')`],
		['contacts', `avatar = jsonb_build_object('src', '${old}')`]])
		sql(`ALTER TABLE crm.${table} DISABLE TRIGGER before_write;
			UPDATE crm.${table} SET ${change} WHERE id IN (${company.id}, ${contact.id});
			ALTER TABLE crm.${table} ENABLE TRIGGER before_write`);
	assert.equal(stored()[0], old);
	const migration = readFileSync(`${process.env.SOURCES}/migrations/013_file_paths.sql`, 'utf8');
	sql(migration.slice(migration.indexOf('\n'), migration.indexOf('-- down')));	// omits the first line, which stops psql
	assert.deepEqual(stored(), paths);
});
