// Queries the server's database as its superuser.
import { constants } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { sql as run } from '../../lib/psql.mjs';

// Returns rows as arrays of text. The values replace $1, $2, ... in the statement.
export const sql = (text, ...values) => sqlFor('', text, ...values);

// Runs statements like sql(), but sets app.org_id, which the audit log needs. Several statements form one transaction.
export function sqlFor(organization, text, ...values) {
	const quoted = text.replace(/\$(\d+)/g, (_, n) => {
		const value = values[n - 1];
		return value === null ? 'NULL'
			: `'${String(value).replaceAll("'", "''")}'`;
	});
	return run(`SET app.org_id = '${organization}'; BEGIN; ${quoted}\n; COMMIT`);
}

// Inserts thousands of rows that only a list needs. Triggers are disabled, so the rows have neither totals nor search
// documents, which would take ten times as long as the rows themselves.
export const fill = (organization, text, ...values) => sqlFor(organization, `SET LOCAL session_replication_role = replica; ${text}`, ...values);

// Restarts the rate limit windows as if the previous requests had taken no time. On a busy machine, a few hashes take
// as long as a window.
export const stay = () => sql('UPDATE identity.rate_limit SET last_request = clock_timestamp()');

// Dumps all stored data as text.
export function dump() {
	return execFileSync('pg_dump', ['--inserts', '--data-only'],
		{ encoding: 'utf8', maxBuffer: constants.MAX_STRING_LENGTH });
}

// Creates an additional database with the whole schema.
export const makeDatabase = (name) => execFileSync('bash', ['-ec', '. "$SOURCES/tests/lib/server.sh"; make_database "$0"', name]);
