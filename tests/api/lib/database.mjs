// The database behind the server, as its superuser.
import { execFileSync } from 'node:child_process';

// Rows as arrays of text; values go in as $1, $2, ... of the statement.
export const sql = (text, ...values) => sqlFor('', text, ...values);

// The same for rows of one organization: the audit log wants to know which.
export function sqlFor(organization, text, ...values) {
	const quoted = text.replace(/\$(\d+)/g, (_, n) => {
		const value = values[n - 1];
		return value === null ? 'NULL'
			: `'${String(value).replaceAll("'", "''")}'`;
	});
	const out = execFileSync('psql',
		['-XqAt', '-F', '\t', '-v', 'ON_ERROR_STOP=1',
			'-c', `SET app.org_id = '${organization}'`, '-c', quoted],
		{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
	return out === '' ? [] : out.replace(/\n$/, '').split('\n').map((l) => l.split('\t'));
}

// Everything that is stored, as text.
export function dump() {
	return execFileSync('pg_dump', ['--inserts', '--data-only'],
		{ encoding: 'utf8', maxBuffer: 1 << 28 });
}
