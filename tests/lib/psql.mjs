// Runs SQL as the superuser of the test database.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync, writeSync } from 'node:fs';

const options = ['-XqAt', '-F', '\t', '-v', 'ON_ERROR_STOP=1'];

// Only the last line break is removed: an empty last column ends a line with a tab.
const rowsIn = (out) => out === '' ? [] : out.replace(/\n$/, '').split('\n').map((line) => line.split('\t'));

// Returns the rows that a psql with these arguments prints, as arrays of text.
export function psqlRows(args, input) {
	return rowsIn(execFileSync('psql', [...options, ...args],
		{ encoding: 'utf8', input, maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'pipe'] }));
}

// A psql process that serves all calls of sql(), because starting psql and a backend takes longer than most test
// statements. The connection uses named pipes, because a call waits synchronously for its response.
class Connection {
	constructor() {
		this.database = process.env.PGDATABASE;
		this.folder = mkdtempSync('/tmp/tenantry-psql.');
		const [from, to] = ['in', 'out'].map((name) => `${this.folder}/${name}`);
		execFileSync('mkfifo', ['-m', '600', from, to]);
		this.psql = spawn('sh', ['-c', 'exec psql "$@" -f - <"$0/in" >"$0/out" 2>"$0/errors"', this.folder, ...options],
			{ stdio: 'ignore' });
		this.psql.unref();
		this.input = openSync(from, 'w');
		this.output = openSync(to, 'r');
		this.errors = `${this.folder}/errors`;
	}

	// Returns the output of psql for the text, or undefined if psql has ended. Afterwards, the session is reset.
	ask(text) {
		const end = `\n--- ${Math.random()} ---\n`;
		try {
			writeAll(this.input, `${text}\n;\nROLLBACK; DISCARD ALL;\n\\echo '${end.replaceAll('\n', '\\n')}'\n`);
		} catch (error) {
			if (error.code !== 'EPIPE')
				throw error;
		}
		const parts = [], buffer = Buffer.alloc(1 << 16);
		for (let tail = ''; ;) {
			const size = readSync(this.output, buffer);
			if (size === 0)
				return undefined;
			parts.push(Buffer.from(buffer.subarray(0, size)));
			tail = (tail + buffer.toString('latin1', 0, size)).slice(-end.length - 1);
			if (tail.includes(end))
				return Buffer.concat(parts).toString().slice(0, -end.length - 1);
		}
	}

	// The size of the messages so far in bytes, and the messages after a position.
	get told() {
		return statSync(this.errors).size;
	}

	messages(after) {
		return readFileSync(this.errors).subarray(after).toString();
	}

	close() {
		closeSync(this.input);
		closeSync(this.output);
		rmSync(this.folder, { recursive: true });
	}
}

function writeAll(file, text) {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length;)
		at += writeSync(file, bytes, at);
}

let connection;

function disconnect() {
	connection?.close();
	connection = undefined;
}

process.on('exit', disconnect);

// Runs statements. Returns the rows of all statements as arrays of text. If PostgreSQL has closed the connection since
// the last call, the connection is opened again.
export function sql(text) {
	if (connection?.database !== process.env.PGDATABASE)
		disconnect();
	for (let tries = 1; ; tries++) {
		const before = connection?.told;
		connection ??= new Connection();
		const out = connection.ask(text);
		if (out !== undefined)
			return rowsIn(out);
		const said = connection.messages(before ?? 0);
		disconnect();
		if (before === undefined || tries > 1 || !/^psql:\S+ (FATAL: {2}terminating|server closed|error: connection)/m.test(said))
			throw new Error(`psql: ${said}`);
	}
}
