// A proxy in front of a bucket that accepts any signature. The proxy passes on
// a request only if a different implementation of Signature Version 4 computes
// the same signature.
import { createHash } from 'node:crypto';
import http from 'node:http';
import aws4 from 'aws4';

export class S3Proxy {
	constructor({ port, key, secret }) {
		Object.assign(this, { port, behind: 0, taken: {}, refused: [], answers: null,
			credentials: { accessKeyId: key, secretAccessKey: secret } });
	}

	open() {
		this.server = http.createServer((rq, rs) => {
			const parts = [];
			rq.on('data', (part) => parts.push(part));
			rq.on('end', () => this.#answer(rq, Buffer.concat(parts), rs));
		});
		return new Promise((done) => this.server.listen(this.port, '127.0.0.1', done));
	}

	close() {
		this.server.closeAllConnections();
		return new Promise((done) => this.server.close(done));
	}

	#answer(rq, body, rs) {
		if (this.answers === 'never')
			return;
		if (this.answers) {
			rs.writeHead(this.answers).end();
		} else if (!this.#signed(rq, body)) {
			this.refused.push(`${rq.method} ${rq.url}`);
			rs.writeHead(403).end();
		} else {
			this.taken[rq.method] = (this.taken[rq.method] ?? 0) + 1;
			const { authorization, ...headers } = rq.headers;
			const onward = http.request({ host: '127.0.0.1', port: this.behind,
				method: rq.method, path: rq.url.split('?')[0], headers }, (from) => {
				rs.writeHead(from.statusCode, from.headers);
				from.pipe(rs);
			});
			onward.end(body);
		}
	}

	#signed(rq, body) {
		const { authorization, host } = rq.headers;
		const url = new URL(rq.url, 'http://x');
		if (url.searchParams.has('X-Amz-Signature')) {
			const given = url.searchParams.get('X-Amz-Signature');
			const at = url.searchParams.get('X-Amz-Date').replace(
				/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5');
			const late = Date.now() - Date.parse(at)
				> 1000 * url.searchParams.get('X-Amz-Expires');
			const path = rq.url.replace(/&X-Amz-Signature=.*/, '');
			const own = aws4.sign({ host, method: rq.method, path, service: 's3',
				region: 'us-east-1', signQuery: true, headers: { Host: host } },
			this.credentials);
			return !late && own.path.endsWith(`X-Amz-Signature=${given}`);
		}
		if (!authorization || rq.headers['x-amz-content-sha256']
			!== createHash('sha256').update(body).digest('hex'))
			return false;
		const names = /SignedHeaders=([^,]+)/.exec(authorization)[1].split(';');
		if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((n) => names.includes(n)))
			return false;
		const own = aws4.sign({ host, method: rq.method, path: rq.url, service: 's3',
			region: 'us-east-1', headers: Object.fromEntries(names.map((n) =>
				[n, rq.headers[n]])) }, this.credentials);
		return own.headers.Authorization.split('Signature=')[1]
			=== authorization.split('Signature=')[1];
	}
}
