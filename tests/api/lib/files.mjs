// Uploads files, and reads the files that the server stores for them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync } from 'node:fs';
import { BASE } from './http.mjs';

export { until } from '../../lib/api.mjs';

// A one-pixel image, a document, and files with scripts that a page would run.
export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk'
	+ '+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
export const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n');
export const SVG = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" '
	+ 'onload="document.title=\'ran\'"><script>document.title=\'ran\'</script></svg>\n';
export const HTML = '<!doctype html><title>quiet</title><script>document.title="ran"</script>';

// Returns the response as { status, headers, text, json, bytes }.
export async function send(who, path, { method = 'POST', headers = {}, body } = {}) {
	const rs = await fetch(path.startsWith('http') ? path : BASE + path, { method, body,
		headers: { ...who?.browser.jar.cookies.size
			? { cookie: who.browser.jar.header(), origin: BASE } : {}, ...headers } });
	const bytes = Buffer.from(await rs.arrayBuffer());
	const text = bytes.toString();
	let json;
	try {
		json = JSON.parse(text);
	} catch {
		json = undefined;
	}
	return { status: rs.status, headers: rs.headers, text, json, bytes };
}

// Uploads a file with a form, as a web page does.
export function upload(who, content, { type = '', title = 'file', headers } = {}) {
	const body = new FormData();
	body.append('purpose', 'a test');
	body.append('file', new Blob([content], { type }), title);
	return send(who, '/api/upload', { body, headers });
}

// Uploads the bytes as the request body.
export const raw = (who, content, headers = {}) =>
	send(who, '/api/upload', { body: content,
		headers: { 'content-type': 'application/octet-stream', ...headers } });

export async function uploaded(who, content, options) {
	const rs = await upload(who, content, options);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
}

export const get = (src, headers, method = 'GET') => send(undefined, src, { method, headers });

// Returns the names of the files on disk, including partly written files.
export function onDisk() {
	const folder = process.env.UPLOAD_DIR;
	return existsSync(folder) ? readdirSync(folder).flatMap((name) =>
		readdirSync(`${folder}/${name}`)) : [];
}

// Runs tenantry-jobs with these settings until stop() is called.
export function startJobs(env = {}) {
	const child = spawn(`${process.env.BUILD}/tenantry-jobs`, [], {
		env: { ...process.env, ...env },
		stdio: ['ignore', 'ignore', openSync(`${process.env.STACK}/log/jobs.log`, 'a')] });
	const gone = new Promise((done) => child.on('exit', done));
	return { stop: () => { child.kill('SIGTERM'); return gone; },
		kill: () => { child.kill('SIGKILL'); return gone; } };
}
