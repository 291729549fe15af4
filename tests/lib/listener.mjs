// A client of the change feed, like a browser's EventSource.
import http from 'node:http';

const listeners = new Set();

// Behaves like a browser's EventSource and stores the events. `base` is the address of a host. With `persistent`, it
// also asks again after a response other than 200.
export class Listener {
	constructor(headers, { query = '', last, base = process.env.BASE, persistent = false } = {}) {
		Object.assign(this, { headers, query, last, base, persistent, events: [], requests: 0, retry: 1000,
			status: 0, open: false, connections: [] });
		listeners.add(this);
		this.connect();
	}

	connect() {
		const headers = { ...this.headers, accept: 'text/event-stream' };
		if (this.last !== undefined)
			headers['last-event-id'] = this.last;
		this.requests++;
		const again = () => {
			this.open = false;
			this.endedAt = Date.now();
			if (!this.closed)
				this.timer = setTimeout(() => this.connect(), this.retry);
		};
		this.rq = http.get(`${this.base}/api/changes/stream${this.query}`, { headers, agent: false }, (rs) => {
			this.status = rs.statusCode;
			this.type = rs.headers['content-type'];
			this.answer = rs.headers;
			if (rs.statusCode !== 200) {
				rs.resume();
				if (this.persistent)
					again();
				else
					this.closed = true;
				return;
			}
			this.open = true;
			let text = '';
			rs.setEncoding('utf8');
			rs.on('data', (part) => {
				text += part;
				for (let at; (at = text.indexOf('\n\n')) !== -1; text = text.slice(at + 2))
					this.take(text.slice(0, at));
			});
			rs.on('error', () => {});
			rs.on('close', again);
		});
		this.rq.on('error', () => this.rq.res || again());
	}

	take(block) {
		const event = {};
		for (const line of block.split('\n')) {
			const [, name, value] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
			if (name)
				event[name] = value;
			else
				this.beat = Date.now();
		}
		if (event.retry)
			this.retry = Number(event.retry);
		if (event.id !== undefined)
			this.last = event.id;
		if (event.data !== undefined)
			this.events.push({ event: event.event, ...JSON.parse(event.data) });
	}

	// True as soon as nginx holds the connection. A worker would respond immediately.
	get listening() {
		return this.open && !('content-length' in this.answer);
	}

	get changes() {
		// Only these changes count, because creating the organization is also a change.
		return this.events.filter((e) => e.event === 'change' && e.resource === 'tags');
	}

	close() {
		this.closed = true;
		clearTimeout(this.timer);
		this.rq?.destroy();
		listeners.delete(this);
	}
}

// Closes all connections, so that the process can end.
export function closeListeners() {
	for (const l of listeners)
		l.close();
}
