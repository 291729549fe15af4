#!/bin/bash
# cli.sh - tests the tenantry command on a real server
#
# BUILD is the build folder. Uses the server of PGHOST, or a temporary server if PGHOST
# is not set (see with-postgres).
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/scratch.sh"
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$here/cli.sh"

tenantry=${BUILD:-$here/../../_build}/tenantry
work=$(scratch cli)
trap 'psql -Xqc "DROP DATABASE IF EXISTS cli WITH (FORCE)" \
    -c "DROP DATABASE IF EXISTS cli_there WITH (FORCE)" -c "DROP DATABASE IF EXISTS cli_schema" \
    -c "DROP ROLE IF EXISTS cli_owner"; rm -rf "$work"' EXIT
export PGOPTIONS='-c client_min_messages=warning'
export TENANTRY_SQL=$work/sql
unset TENANTRY_DEMO_PASSWORD TENANTRY_APP_URL BETTER_AUTH_SECRET \
	BETTER_AUTH_URL TENANTRY_SOCKET TENANTRY_LOGIN_SOCKET TENANTRY_SLOW_SOCKET
. "$here/../lib/commands.sh"

# printed REGEX: the last command also printed this.
printed() {
	if grep -qE -- "$1" "$work/out"; then
		held
	else
		fail "does not print \"$1\""
	fi
}

# unprinted TEXT: the last command has not printed TEXT.
unprinted() {
	if grep -q -- "$1" "$work/out"; then
		fail "prints \"$1\""
	else
		held
	fi
}

sql() {
	psql -XAtq -v ON_ERROR_STOP=1 -d "$DATABASE_URL" -c "$1"
}

# selects WANTED SQL: the result of the SQL is WANTED.
selects() {
	sql "$2" >"$work/out" 2>&1 || :
	if [ "$(cat "$work/out")" = "$1" ]; then
		held
	else
		fail "not \"$1\": $2"
	fi
}

# step NAME UP DOWN: writes a migration file.
step() {
	printf '%s\n' "$2" '-- down' "$3" >"$work/sql/migrations/$1.sql"
}

# Creates a database whose owner is not a superuser.
fresh() {
	psql -Xqc 'DROP DATABASE IF EXISTS cli WITH (FORCE)' \
		-c 'DROP ROLE IF EXISTS cli_owner' \
		-c 'CREATE ROLE cli_owner LOGIN CREATEROLE' \
		-c 'CREATE DATABASE cli OWNER cli_owner'
	# Since Postgres 16, CREATEROLE does not cover roles that another role
	# created: here, the previous owner, who was dropped.
	psql -Xq <<-'SQL'
		SELECT format('GRANT %I TO cli_owner', rolname) FROM pg_roles
		 WHERE rolname ~ '^tenantry_'
		   AND current_setting('server_version_num')::int >= 160000 \gexec
	SQL
	export DATABASE_URL="postgresql:///cli?user=cli_owner"
	rm -rf "$work/sql"
	mkdir -p "$work/sql/migrations"
	step 001_one 'CREATE TABLE one (a integer);' 'DROP TABLE one;'
	step 002_two 'CREATE TABLE two (a integer);
INSERT INTO two VALUES (1);' 'DROP TABLE two;'
}

# Creates the database again, empty.
emptied() {
	psql -Xqc 'DROP DATABASE IF EXISTS cli WITH (FORCE)' -c 'CREATE DATABASE cli OWNER cli_owner'
}

# Creates the database again with the whole schema, as a copy of the first database.
migrated() {
	export TENANTRY_SQL=$here/../..
	if [ "$(psql -XAtqc "SELECT count(*) FROM pg_database WHERE datname = 'cli_schema'")" = 0 ]; then
		want 0 '' "$tenantry" schema up
		psql -Xqc 'CREATE DATABASE cli_schema TEMPLATE cli OWNER cli_owner'
		return
	fi
	# A copy does not get the privileges that the original grants on itself.
	psql -Xq <<-'SQL'
		DROP DATABASE IF EXISTS cli WITH (FORCE);
		CREATE DATABASE cli TEMPLATE cli_schema OWNER cli_owner;
		UPDATE pg_database SET datacl = (SELECT datacl FROM pg_database WHERE datname = 'cli_schema')
		 WHERE datname = 'cli';
	SQL
}

command_line() {
	want 2 'usage: tenantry command' "$tenantry"
	want 0 'schema up [N]' "$tenantry" --help
	want 0 "tenantry $(sed -n 's/^AC_INIT(\[tenantry\], \[\(.*\)\])/\1/p' "$here/../../configure.ac")" "$tenantry" --version
	want 2 'no command "fly"' "$tenantry" fly
	want 2 'usage: tenantry schema' "$tenantry" schema
	want 2 'usage: tenantry schema' "$tenantry" schema up 1 2
	want 2 'usage: tenantry schema' "$tenantry" schema up -1
	want 2 'usage: tenantry schema' "$tenantry" schema status 1
	want 2 'missing required argument RESOURCE' "$tenantry" schema show
	want 2 'usage: tenantry seed' "$tenantry" seed
	want 2 'usage: tenantry schema' "$tenantry" schema everything
	want 2 'there is no subcommand "everything" of "schema"' \
		"$tenantry" schema everything
	want 2 "invalid option -- '1'" "$tenantry" schema up -1
	want 2 'invalid migration number: "x"' "$tenantry" schema up x
	want 2 'too many command-line arguments (first is "2")' \
		"$tenantry" schema up 1 2
	want 2 'missing required argument ROLE' "$tenantry" user role ada
	want 2 'missing required argument ID' "$tenantry" mail retry
	want 2 'missing required option --to' "$tenantry" org export acme
	want 2 'missing subcommand of "user"' "$tenantry" user
}

# Every subcommand parses its options in the same way.
options() {
	want 2 "unrecognized option '--fly'" "$tenantry" user list --fly
	want 2 'Try "tenantry user list --help"' "$tenantry" user list --fly
	want 2 "option '--for' requires an argument" "$tenantry" user ban a --for
	want 2 "option '--json' doesn't allow an argument" \
		"$tenantry" user list --json=1
	want 2 'invalid value "x" for option --limit' \
		"$tenantry" audit --limit=x
	for dir in "--dir=$work/nowhere" "--dir $work/nowhere"; do
		want 1 "$work/nowhere/migrations: No such file" "$tenantry" schema up $dir
		want 1 "$work/nowhere/migrations: No such file" "$tenantry" schema up $dir 1
		want 1 "$work/nowhere/migrations: No such file" "$tenantry" schema up 1 $dir
	done
	want 1 "$work/nowhere/migrations: No such file" env POSIXLY_CORRECT=1 \
		"$tenantry" schema up 1 --dir "$work/nowhere"
	want 2 'invalid migration number: "--dir=x"' \
		"$tenantry" schema up -- --dir=x
	want 3 'DATABASE_URL is not set' env -u DATABASE_URL \
		"$tenantry" user show --json -- --fly
}

# Settings come from files and from credentials. The environment takes precedence.
secrets() {
	local ask="$tenantry mail list --json"
	want 0 '[' $ask
	mkdir -p "$work/secrets"
	echo "$DATABASE_URL" >"$work/secrets/tenantry_DATABASE_URL"
	echo wrong >"$work/secrets/other_DATABASE_URL"
	want 0 '[' env -u DATABASE_URL "CREDENTIALS_DIRECTORY=$work/secrets" $ask
	want 0 '[' env DATABASE_URL= \
		"DATABASE_URL_FILE=$work/secrets/tenantry_DATABASE_URL" $ask
	want 0 '[' env "DATABASE_URL_FILE=$work/nowhere" $ask
	want 1 "DATABASE_URL: cannot read $work/nowhere: No such file" \
		env -u DATABASE_URL "DATABASE_URL_FILE=$work/nowhere" $ask
	want 3 'DATABASE_URL is not set' env -u DATABASE_URL \
		"CREDENTIALS_DIRECTORY=$work/sql" $ask
	want 0 '' env "AWS_CONFIG_FILE=$work/nowhere" $ask
}

# Tests the help of each command and subcommand, in every form. The manual contains
# every command.
manual() {
	local name
	"$tenantry" --help | sed -n 's/ --.*//; s/^  \([a-z][a-z -]*[a-z]\).*/\1/p' >"$work/names"
	while read -r name; do
		want 0 '' grep -qE "^\.It Cm $name( |$)" "$here/../../man/tenantry.1"
	done <"$work/names"
	want 0 '' [ "$(wc -l <"$work/names")" -gt 40 ]
}

help() {
	local command rest
	want 0 'tenantry user list [TEXT] [--json]' "$tenantry" user --help
	want 0 '--json ' "$tenantry" user list --help
	want 0 '--json ' "$tenantry" user list ada --json --help
	want 0 'usage: tenantry user list [TEXT] [--json]' \
		"$tenantry" help user list
	want 0 'usage: tenantry doctor' "$tenantry" help doctor
	want 2 'there is no command "fly"' "$tenantry" help fly
	want 2 'there is no subcommand "fly" of "user"' \
		"$tenantry" help user fly
	"$tenantry" --help | sed -n 's/^  \([a-z]\)/\1/p' >"$work/forms"
	[ "$(wc -l <"$work/forms")" -gt 45 ] || fail 'help has few commands'
	while read -r command rest; do
		case $rest in [a-z]*) command="$command ${rest%% *}" ;; esac
		want 0 "usage: tenantry $command" "$tenantry" $command --help
	done <"$work/forms"
}

# complete WORD...: prints bash's suggestions for the last word.
complete_words() {
	bash -c '
		compopt() { echo "($*)"; }
		eval "$("$0" completion bash)"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_tenantry
		echo "${COMPREPLY[*]}"' "$tenantry" "$@"
}

completion() {
	want 0 'mail' complete_words tenantry m
	want 0 '--json --help' complete_words tenantry user list --
	want 0 'revoke reset-second-factor role remove' \
		complete_words tenantry user r
	want 0 '--json' complete_words tenantry user list ada --j
	want 0 '--action' complete_words tenantry audit --user x --a
	want 0 '(-o default)' complete_words tenantry org export acme --to ''
	want 0 '(-o default)' complete_words tenantry org export acme --to = /t
	want 0 '(-o default)' complete_words tenantry org import ''
	want 0 '' complete_words tenantry mail list --to ''
	unprinted '.'
	want 0 'doctor' complete_words tenantry help d
	cmp -s "$(dirname "$tenantry")/completions/tenantry" \
		<("$tenantry" completion bash) ||
		fail 'the installed completion differs'
}

database_address() {
	fresh
	want 3 'DATABASE_URL is not set' env -u DATABASE_URL \
		"$tenantry" schema status
	want 3 'invalid connection URL in DATABASE_URL' \
		env DATABASE_URL=hunter2 "$tenantry" schema status
	unprinted hunter2
	want 3 'could not connect to the database' \
		env DATABASE_URL=postgres://x:hunter2@127.0.0.1:1/x \
		"$tenantry" schema status
	unprinted hunter2
}

# A fake server that reports version 14 and does nothing else.
old_server() {
	local port server
	rm -f "$work/port"
	perl -MIO::Socket::INET -e '
		my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1",
		    Listen => 1) or die;
		$| = 1; print $l->sockport, "\n";
		my $c = $l->accept;
		my $message = sub { print $c $_[0], pack("N", 4 + length $_[1]),
		    $_[1] };
		sysread $c, my $startup, 4096;
		$message->("R", pack "N", 0);
		$message->("S", "server_version\0" . "14.9\0");
		$message->("S", "client_encoding\0UTF8\0");
		$message->("Z", "I");
		$c->flush;
		while (sysread $c, my $query, 4096) {
			$message->("C", "SET\0"); $message->("Z", "I");
			$c->flush;
		}' >"$work/port" &
	server=$!
	until [ -s "$work/port" ]; do sleep 0.05; done
	port=$(cat "$work/port")
	want 1 'Postgres 14.9; Tenantry needs 15 or newer' env \
		"DATABASE_URL=postgres://x@127.0.0.1:$port/x?sslmode=disable" \
		"$tenantry" schema up
	kill $server 2>/dev/null || :
}

up_and_down() {
	fresh
	want 1 '2 of 2 steps have not run here' "$tenantry" schema verify
	want 0 'pending' "$tenantry" schema status
	selects '' "SELECT to_regclass('ops.schema_migration')"
	want 0 'up   001_one' "$tenantry" schema up
	want 0 'up to date at 002_two' "$tenantry" schema up
	want 0 '' "$tenantry" schema verify
	want 0 'applied' "$tenantry" schema status
	selects 1 'SELECT count(*) FROM two'
	want 0 'down 002_two' "$tenantry" schema down
	selects '' "SELECT to_regclass('two')"
	want 0 'up   002_two' "$tenantry" schema up
	want 0 'down 001_one' "$tenantry" schema down 0
	selects '' "SELECT to_regnamespace('ops')"
	want 0 'nothing to undo' "$tenantry" schema down
	want 0 'up   001_one' "$tenantry" schema up 1
	selects '' "SELECT to_regclass('two')"
	step 003_three 'ALTER TABLE two RENAME TO three' 'ALTER TABLE three RENAME TO two'
	step 004_four 'CREATE TABLE four ()' 'DROP TABLE four'
	want 0 'up   004_four' "$tenantry" schema up
	want 2 'the last run had 3 steps, from 002_two to 004_four; undo all of them with "tenantry schema down 1"' \
		"$tenantry" schema down
	selects 4 'SELECT count(*) FROM ops.schema_migration'
	want 0 'down 003_three' "$tenantry" schema down 1
	selects '001_one' "SELECT string_agg(name, ' ') FROM ops.schema_migration"
	rm "$work/sql/migrations/003_three.sql" "$work/sql/migrations/004_four.sql"
	want 2 'there is no step 009' "$tenantry" schema up 9
	want 2 'step 009 has not run here; the newest is 001_one' \
		"$tenantry" schema down 9
	want 0 'up   002_two' "$tenantry" schema up --dir "$work/sql"
}

starting_over() {
	local name
	fresh
	want 0 '' "$tenantry" schema up
	name=$(sql 'SELECT current_database()')
	sql 'INSERT INTO two SELECT * FROM two'
	want 2 'usage: tenantry schema' "$tenantry" schema reset 1
	want 2 'usage: tenantry schema' "$tenantry" schema up --yes-i-mean "$name"
	want 1 'nothing was changed' "$tenantry" schema reset
	want 1 'nothing was changed' "$tenantry" schema reset --yes-i-mean "${name}x"
	want 1 'nothing was changed' sh -c 'echo yes | "$0" schema reset' "$tenantry"
	selects 2 'SELECT count(*) FROM two'
	want 0 'down 001_one' sh -c 'echo "$1" | "$0" schema reset' "$tenantry" "$name"
	selects 1 'SELECT count(*) FROM two'
	want 0 'up   002_two' "$tenantry" schema reset --yes-i-mean "$name"
	want 0 '' "$tenantry" schema verify
}

folder_out_of_order() {
	fresh
	want 1 'No such file' "$tenantry" schema up --dir "$work/nowhere"
	mkdir -p "$work/empty/migrations"
	want 1 'no migrations here' "$tenantry" schema up --dir "$work/empty"
	sed -i '/^-- down$/d' "$work/sql/migrations/001_one.sql"
	want 1 '001_one.sql: has no way down' "$tenantry" schema up
	rm "$work/sql/migrations/001_one.sql"
	want 1 'number 001 is missing' "$tenantry" schema up
	step 001_one 'SELECT 1' 'SELECT 1'
	step 001_won 'SELECT 1' 'SELECT 1'
	want 1 'have the same number' "$tenantry" schema up
	rm "$work"/sql/migrations/001_won.*
	step 3_three 'SELECT 1' 'SELECT 1'
	want 1 'not a name of a migration' "$tenantry" schema up
	rm "$work"/sql/migrations/3_*
	printf 'SELECT 1;\0' >"$work/sql/migrations/002_two.sql"
	want 1 'NUL byte' "$tenantry" schema up
}

drift() {
	fresh
	want 0 '' "$tenantry" schema up
	sed -i '1i -- edited' "$work/sql/migrations/001_one.sql"
	want 1 '001_one.sql changed after it ran' "$tenantry" schema up
	want 1 '001_one.sql changed after it ran' "$tenantry" schema down
	want 1 '001_one.sql changed after it ran' "$tenantry" schema verify
	want 0 'CHANGED' "$tenantry" schema status
	fresh
	want 0 '' "$tenantry" schema up
	rm "$work"/sql/migrations/002_two.*
	want 1 '002_two.sql ran here' "$tenantry" schema up 1
	want 1 'is missing in the folder' "$tenantry" schema verify
	want 1 'is missing in the folder' "$tenantry" schema down
	want 0 'MISSING' "$tenantry" schema status
	fresh
	want 0 '' "$tenantry" schema up
	sql 'DELETE FROM ops.schema_migration WHERE version = 1'
	want 1 '001_one.sql never ran here' "$tenantry" schema up
}

# A failed step changes nothing and its line is reported, with or without a
# position from the server.
# The programs of the previous release run on the schema of the next one, unless
# a step says that they cannot.
later_release() {
	fresh
	want 0 '' "$tenantry" schema up
	cp -r "$work/sql" "$work/before"
	step 003_more 'CREATE TABLE more (a integer);' 'DROP TABLE more;'
	want 0 'up   003_more' "$tenantry" schema up
	want 0 'at 003_more, of a later release' \
		"$tenantry" schema up --dir "$work/before"
	want 0 'at 003_more, of a later release' \
		"$tenantry" schema plan --dir "$work/before"
	TENANTRY_SQL=$work/before want 1 'ok    schema              at 003_more' \
		"$tenantry" doctor
	want 0 'up to date' "$tenantry" schema up
	sed -i '1i -- edited' "$work/before/migrations/001_one.sql"
	want 1 '001_one.sql changed after it ran' \
		"$tenantry" schema up --dir "$work/before"
	sed -i 1d "$work/before/migrations/001_one.sql"
	step 004_less '-- incompatible: two is gone
DROP TABLE two;' 'CREATE TABLE two ();'
	want 0 'up   004_less  incompatible: two is gone' "$tenantry" schema plan
	want 0 '' "$tenantry" schema up
	want 1 '003_more.sql ran here' \
		"$tenantry" schema up --dir "$work/before"
	TENANTRY_SQL=$work/before want 1 'FAIL  schema  ' "$tenantry" doctor
	# Makes the ledger like that of an earlier program, which lacks this column.
	want 0 '' "$tenantry" schema down 3
	sql 'ALTER TABLE ops.schema_migration DROP compatible'
	want 1 '003_more.sql ran here' \
		"$tenantry" schema up --dir "$work/before"
	want 0 'up   004_less' "$tenantry" schema up
	want 0 '' "$tenantry" schema verify
	selects 'false false false false' "SELECT string_agg(compatible::text, ' ')
	    FROM ops.schema_migration"
	rm -r "$work/before"
}

failing_steps() {
	fresh
	want 0 '' "$tenantry" schema up
	step 003_bad "CREATE TABLE three (note text DEFAULT ';');
-- grüße; it's a comment
/* ; */ CREATE FUNCTION f() RETURNS text LANGUAGE sql AS \$x\$
SELECT ';' \$x\$;
SELECT 'ä', nope FROM three;" ''
	want 1 '003_bad.sql:5: column "nope" does not exist' \
		"$tenantry" schema up
	selects '' "SELECT to_regclass('three')"
	selects 2 'SELECT count(*) FROM ops.schema_migration'
	sed -i '5s/.*/  CREATE TABLE two ();/' "$work/sql/migrations/003_bad.sql"
	want 1 '003_bad.sql:5: relation "two" already exists' \
		"$tenantry" schema up
	sed -i '5s/.*/SELEC;/' "$work/sql/migrations/003_bad.sql"
	want 1 '003_bad.sql:5: syntax error' "$tenantry" schema up
	sed -i '5s/.*/COMMIT;/' "$work/sql/migrations/003_bad.sql"
	want 1 'remove COMMIT' "$tenantry" schema up
	sql 'DROP TABLE three; DROP FUNCTION f'
	sed -i '5s/.*/COPY two FROM STDIN;/' "$work/sql/migrations/003_bad.sql"
	want 1 'COPY has no data here' timeout 20 "$tenantry" schema up
	sed -i '5d' "$work/sql/migrations/003_bad.sql"
	want 0 'up   003_bad' "$tenantry" schema up
	sed -i '$s/.*/DROP TABLE nothing;/' "$work/sql/migrations/003_bad.sql"
	want 1 '003_bad.sql:6: table "nothing"' "$tenantry" schema down
	selects 3 'SELECT count(*) FROM ops.schema_migration'
}

two_at_once() {
	local first
	fresh
	step 003_slow 'SELECT pg_sleep(2);' 'SELECT 1;'
	"$tenantry" schema up >"$work/first" 2>&1 &
	first=$!
	until [ "$(sql "SELECT count(*) FROM pg_stat_activity
	    WHERE query LIKE '%pg_sleep(2)%' AND pid <> pg_backend_pid()")" \
		!= 0 ]; do sleep 0.1; done
	want 0 'waiting for it' "$tenantry" schema up
	unprinted '^up  '
	want 0 '' wait $first
	selects 3 'SELECT count(*) FROM ops.schema_migration'
}

# kill -9 at many moments: the output is always a prefix of the full output.
killed() {
	local i pid
	fresh
	for i in 3 4 5 6 7 8; do
		step "00${i}_more" "CREATE TABLE t$i (a integer);
SELECT pg_sleep(0.05); INSERT INTO t$i VALUES ($i);" "DROP TABLE t$i;"
	done
	want 0 '' "$tenantry" schema up 2
	for i in 02 05 09 13 18 24 31; do
		"$tenantry" schema up >/dev/null 2>&1 &
		pid=$!
		sleep "0.$i"
		kill -9 $pid 2>/dev/null || :
		wait $pid 2>/dev/null || :
		[ -z "$(sql "SELECT to_regclass('ops.schema_migration')")" ] ||
			selects t "SELECT coalesce(max(version), 0) = count(*)
			    FROM ops.schema_migration"
		[ "$i" = 31 ] || want 0 '' "$tenantry" schema down 0
	done 2>/dev/null # bash reports each killed process
	want 0 '' "$tenantry" schema up
	want 0 '' "$tenantry" schema verify
	selects 33 "SELECT sum(a) FROM (SELECT a FROM t3 UNION ALL TABLE t4
	    UNION ALL TABLE t5 UNION ALL TABLE t6 UNION ALL TABLE t7
	    UNION ALL TABLE t8) AS all_of_them"
}

# Waiting for a lock times out instead of lasting forever.
locked_table() {
	local holder waiter
	fresh
	want 0 '' "$tenantry" schema up
	step 003_alter 'ALTER TABLE two ADD b integer;' 'SELECT 1;'
	mkfifo "$work/statements"
	psql -Xqd "$DATABASE_URL" <"$work/statements" >/dev/null &
	holder=$!
	exec 8>"$work/statements"
	echo 'BEGIN; LOCK two;' >&8
	until [ "$(sql "SELECT count(*) FROM pg_locks WHERE granted
	    AND relation = 'two'::regclass")" = 1 ]; do sleep 0.1; done
	want 1 'another session holds a lock' "$tenantry" schema up
	"$tenantry" schema up >"$work/waiter" 2>&1 8>&- &
	waiter=$!
	until grep -qs 'attempt 3 of 15' "$work/waiter"; do sleep 0.1; done
	exec 8>&-
	wait $holder
	want 0 '' wait $waiter
	want 0 'up to date at 003_alter' "$tenantry" schema up
}

# define NAME SQL: writes a file in schema/.
define() {
	mkdir -p "$work/sql/schema/${1%/*}"
	printf '%s\n' "$2" >"$work/sql/schema/$1"
}

# A new or changed file of schema/ runs after the files that it needs.
definitions() {
	fresh
	step 001_one 'CREATE SCHEMA crm; CREATE TABLE crm.t (a integer);' \
		'DROP SCHEMA crm CASCADE;'
	define crm/a.sql "-- needs: crm/b.sql
CREATE OR REPLACE VIEW crm.v AS SELECT crm.f(a) FROM crm.t;"
	define crm/b.sql "CREATE OR REPLACE FUNCTION crm.f(a integer) RETURNS integer
LANGUAGE sql AS 'SELECT a + crm.later()';
CREATE OR REPLACE FUNCTION crm.later() RETURNS integer
LANGUAGE sql AS 'SELECT 1';"
	want 0 'run  crm/a.sql' "$tenantry" schema plan
	selects '' "SELECT to_regclass('ops.schema_file')"
	want 0 'run  crm/a.sql' "$tenantry" schema up
	want 0 'up to date at 002_two' "$tenantry" schema up
	want 0 'up to date at 002_two' "$tenantry" schema plan
	want 0 'crm/a.sql' "$tenantry" schema status
	want 0 '' "$tenantry" schema verify
	selects 2 'SELECT count(*) FROM ops.schema_file'

	sed -i 's/SELECT 1/SELECT 2/' "$work/sql/schema/crm/b.sql"
	want 0 'changed' "$tenantry" schema status
	want 1 '2 files of schema/ are new, changed or gone' "$tenantry" schema verify
	want 0 'run  crm/a.sql' "$tenantry" schema up # because it needs b
	selects 2 'SELECT crm.later()'
	selects 4 'SELECT count(*) FROM ops.schema_file'
	want 0 '' "$tenantry" schema verify

	# Undoes a run that only changed definitions, which restores the previous text.
	rm -r "$work/sql/schema"
	want 0 'back crm/b.sql' "$tenantry" schema down
	selects 1 'SELECT crm.later()'
	selects 2 'SELECT count(*) FROM ops.schema_file'
	want 0 'gone crm/a.sql' "$tenantry" schema up
	want 1 'view crm.v is here and not in the files' "$tenantry" schema verify
	want 0 'back crm/a.sql' "$tenantry" schema down
	selects 1 'SELECT crm.later()'
	want 0 'down 001_one' "$tenantry" schema down 0
	selects '' "SELECT string_agg(nspname, ' ') FROM pg_namespace
	    WHERE nspname IN ('crm', 'ops')"
}

# Undoing a step drops the objects of its definitions, although no file drops
# them.
definitions_of_a_step() {
	local before="SELECT string_agg(tgname || ' ' || tgrelid::regclass, ', ')
	    FROM pg_trigger WHERE NOT tgisinternal"
	fresh
	step 001_one 'CREATE SCHEMA crm; CREATE TABLE crm.t (a integer);' \
		'DROP SCHEMA crm CASCADE;'
	define crm/t.sql "CREATE OR REPLACE FUNCTION crm.f() RETURNS trigger
LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE OR REPLACE TRIGGER one AFTER INSERT ON crm.t
FOR EACH ROW EXECUTE FUNCTION crm.f();"
	want 0 '' "$tenantry" schema up
	step 003_more 'CREATE TABLE crm.u (a integer); DROP VIEW IF EXISTS crm.v;' \
		'DROP TABLE crm.u;'
	define crm/u.sql "-- needs: crm/t.sql
CREATE OR REPLACE FUNCTION crm.g(u crm.u) RETURNS integer LANGUAGE sql AS 'SELECT u.a';
CREATE OR REPLACE VIEW crm.v AS SELECT crm.g(u) FROM crm.u;
ALTER TABLE crm.t ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS p ON crm.t;
CREATE POLICY p ON crm.t USING (true);
CREATE OR REPLACE TRIGGER two AFTER INSERT ON crm.t
FOR EACH ROW EXECUTE FUNCTION crm.f();"
	want 0 'up   003_more' "$tenantry" schema up
	want 0 '' "$tenantry" schema verify
	want 0 'down 003_more' "$tenantry" schema down
	selects 'one crm.t' "$before"
	selects 0 'SELECT count(*) FROM pg_policy'
	selects '' "SELECT to_regproc('crm.g')"
	want 0 'up   003_more' "$tenantry" schema up
	want 0 '' "$tenantry" schema verify
	want 0 'down 003_more' "$tenantry" schema down 2
	want 0 'down 001_one' "$tenantry" schema down 0
}

# Undoing a run that added columns to a view restores the view, and another view that
# depends on this view but has the same columns as before.
views_of_views() {
	local base='CREATE OR REPLACE VIEW crm.base AS SELECT 1 AS a'
	fresh
	step 001_one 'CREATE SCHEMA crm;' 'DROP SCHEMA crm CASCADE;'
	define crm/base.sql "$base;"
	define crm/upper.sql "-- needs: crm/base.sql
CREATE OR REPLACE VIEW crm.upper AS SELECT a FROM crm.base;"
	want 0 '' "$tenantry" schema up
	define crm/base.sql "$base, 2 AS b;"
	want 0 'run  crm/upper.sql' "$tenantry" schema up
	rm -r "$work/sql/schema"
	want 0 'back crm/upper.sql' "$tenantry" schema down
	selects 1 'SELECT * FROM crm.base'
	selects 1 'SELECT * FROM crm.upper'
	want 0 'down 001_one' "$tenantry" schema down 0
}

definitions_out_of_order() {
	fresh
	step 001_one 'CREATE SCHEMA crm;' 'DROP SCHEMA crm CASCADE;'
	define crm/a.sql '-- needs: crm/b.sql'
	want 1 'a.sql: needs crm/b.sql, which does not exist' \
		"$tenantry" schema up
	define crm/b.sql '-- needs: crm/a.sql'
	want 1 'needs itself' "$tenantry" schema up
	define crm/b.sql ''
	sed -i '1i -- needs: crm/c.sql' "$work/sql/migrations/002_two.sql"
	want 1 '002_two.sql: needs crm/c.sql' "$tenantry" schema up
	touch "$work/sql/schema/alone.sql"
	want 1 'alone.sql: must be in a folder' "$tenantry" schema up
	mv "$work/sql/schema/alone.sql" "$work/sql/schema/stamp"
	sed -i 1d "$work/sql/migrations/002_two.sql"
	define crm/b.sql "SELECT 1;
CREATE OR REPLACE FUNCTION crm.f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE OR REPLACE VIEW crm.v AS SELECT 1 AS a;"
	want 0 'run  crm/b.sql' "$tenantry" schema up
	sed -i 's/AS a/AS b/' "$work/sql/schema/crm/b.sql"
	want 1 'b.sql:3: cannot change name of view column' "$tenantry" schema up
	sed -i 's/RETURNS integer/RETURNS text/' "$work/sql/schema/crm/b.sql"
	want 1 'b.sql:2: cannot change return type' "$tenantry" schema up
	want 1 'write a numbered step that drops it first' "$tenantry" schema up
	selects 2 'SELECT count(*) FROM ops.schema_file'
	step 003_drop 'DROP FUNCTION IF EXISTS crm.f(); DROP VIEW IF EXISTS crm.v;' \
		'SELECT 1;'
	want 0 'run  crm/b.sql' "$tenantry" schema up
	want 0 '' "$tenantry" schema verify
}

# Roles can call the functions that a definition marks for them, and no others.
callers() {
	local can="SELECT string_agg(r, ' ' ORDER BY r) FROM unnest('{a_caller,another}'::name[]) r
		WHERE has_function_privilege(r, 'crm.f(integer)', 'EXECUTE')"
	fresh
	sql 'CREATE ROLE a_caller; CREATE ROLE another'
	step 001_one 'ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
CREATE SCHEMA crm;' 'DROP SCHEMA crm CASCADE;'
	define crm/f.sql "CREATE OR REPLACE FUNCTION crm.f(n integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';"
	want 0 '' "$tenantry" schema up
	selects '' "$can"
	sed -i '1i -- callers: a_caller' "$work/sql/schema/crm/f.sql"
	want 0 'run  crm/f.sql' "$tenantry" schema up
	selects a_caller "$can"
	sed -i '1s/$/, another/' "$work/sql/schema/crm/f.sql"
	want 0 'run  crm/f.sql' "$tenantry" schema up
	selects 'a_caller another' "$can"
	sed -i '1a SELECT 1;' "$work/sql/schema/crm/f.sql"
	want 1 'f.sql:1: "-- callers: " must be on the line before' "$tenantry" schema up
	sed -i 2d "$work/sql/schema/crm/f.sql"
	want 0 'down 001_one' "$tenantry" schema down 0
	sql 'DROP ROLE a_caller; DROP ROLE another'
}

# schema verify reports manual changes.
live_drift() {
	fresh
	export TENANTRY_SQL=$here/../..
	want 0 '' "$tenantry" schema up
	want 0 '' "$tenantry" schema verify
	sql "ALTER TABLE crm.contacts ADD hobby text;
	    DROP POLICY tenant ON crm.deals;
	    CREATE OR REPLACE FUNCTION crm.today() RETURNS date
		LANGUAGE sql STABLE AS 'SELECT current_date';
	    DROP INDEX crm.tags_name;
	    ALTER TABLE crm.tasks DISABLE TRIGGER audit;
	    CREATE VIEW crm.spy AS SELECT * FROM crm.deals;
	    GRANT SELECT ON identity.session TO tenantry_app"
	want 1 'column crm.contacts.hobby is here and not in the files' \
		"$tenantry" schema verify
	printed 'policy tenant on crm.deals is missing'
	printed 'function crm[.]today[(][)] differs'
	printed 'index tags_name on crm.tags is missing'
	printed 'trigger audit on crm.tasks differs'
	printed 'view crm.spy is here'
	printed 'table identity.session differs'
	sql "ALTER TABLE crm.contacts DROP hobby; DROP VIEW crm.spy;
	    ALTER TABLE crm.tasks ENABLE TRIGGER audit;
	    REVOKE SELECT ON identity.session FROM tenantry_app"
	want 1 '3 differences between' "$tenantry" schema verify
	selects t "SELECT to_regnamespace('tenantry_live_crm') IS NULL"
}

# Two installations: cli, and cli_there, on which the release was tried.
promotion() {
	local there="postgresql:///cli_there?user=cli_owner"
	local plan="$tenantry promote --plan --from $work/there.conf"
	fresh
	export TENANTRY_SQL=$work/sql
	step 003_schema "CREATE SCHEMA crm; CREATE TABLE crm.a (a integer); CREATE TYPE crm.kind AS ENUM ('small', 'large');" \
		'DROP SCHEMA crm CASCADE;'
	psql -Xqc 'CREATE DATABASE cli_there OWNER cli_owner'
	want 2 'only plans' "$tenantry" promote --from "$work/there.conf"
	want 2 'missing required option --from' "$tenantry" promote --plan
	want 2 'No such file' $plan
	echo 'SMTP_URL=smtp://user:planted@mail.test' >"$work/there.conf"
	want 2 'sets no DATABASE_URL' $plan
	echo "DATABASE_URL='$DATABASE_URL'" >>"$work/there.conf"
	want 1 'has the database of this installation' $plan
	cat >>"$work/there.conf" <<-CONF
		export DATABASE_URL="$there"
		TENANTRY_WORKERS=3
		BETTER_AUTH_SECRET=planted-planted-planted-planted-planted
		TENANTRY_MAIL_FROM=planted@there.test
	CONF
	export BETTER_AUTH_SECRET=planted-planted-planted-planted-planted
	want 0 '' "$tenantry" schema up 2
	want 1 'there is no schema in the other database' $plan
	DATABASE_URL=$there want 0 '' "$tenantry" schema up
	want 1 'FAIL  schema here         not that of the release' $plan
	want 1 'ok    would run           003_schema' $plan
	want 1 'ok    would change        adds table crm.a' $plan
	want 0 '' "$tenantry" schema up
	want 0 'ok    migrations          both are at 003_schema' $plan
	want 0 'ok    objects             both schemas are the same' $plan
	want 0 'ok    TENANTRY_WORKERS    3 there, 0 here' $plan
	want 0 'warn  SMTP_URL            set there but not here' $plan
	want 0 'warn  BETTER_AUTH_SECRET  the same there and here' $plan
	unprinted planted
	SMTP_URL=smtp://other want 0 'ok    SMTP_URL            another one there' $plan
	TENANTRY_WORKERS=256 want 1 'FAIL  connections         2' $plan
	cp -r "$work/sql" "$work/installed"
	step 004_next '-- incompatible: a is gone
DROP TABLE crm.a;' 'CREATE TABLE crm.a ();'
	DATABASE_URL=$there want 0 '' "$tenantry" schema up
	want 0 'warn  would run           004_next, after which' $plan --dir "$work/installed"
	want 0 'drops table crm.a' $plan --dir "$work/installed"
	want 0 'warn  schema there        of another release' $plan --dir "$work/installed"
	want 0 '' "$tenantry" schema up
	DATABASE_URL=$there want 0 '' "$tenantry" schema down
	want 1 '004_next ran here and not there' $plan
	DATABASE_URL=$there want 0 '' "$tenantry" schema up
	psql -Xqd cli_there -c 'CREATE TABLE crm.mine (a integer)'
	want 1 'FAIL  drift               table crm.mine is there and not here' $plan
	want 1 'FAIL  schema there        ' $plan
	psql -Xqd cli_there -c 'DROP TABLE crm.mine'
	sql 'CREATE TABLE crm.mine (a integer)'
	want 1 'FAIL  schema here         ' $plan
	sql 'DROP TABLE crm.mine'
	want 0 ', 0 failed' $plan
	# Values that were added online do not count as drift. The command names those that are missing here.
	psql -Xqd cli_there -c "ALTER TYPE crm.kind ADD VALUE 'middle' BEFORE 'large'"
	want 0 'warn  values              enumeration crm.kind has more values there' $plan
	printed 'ok    schema there        as in the files'
	sql "ALTER TYPE crm.kind ADD VALUE 'middle' BEFORE 'large'; ALTER TYPE crm.kind ADD VALUE 'huge'"
	want 0 'ok    values              enumeration crm.kind has more values here' $plan
	sql "ALTER TYPE crm.kind RENAME VALUE 'small' TO 'tiny'"
	want 1 'FAIL  drift               enumeration crm.kind differs between both' $plan
	sql "ALTER TYPE crm.kind RENAME VALUE 'tiny' TO 'small'"
	psql -Xqd cli_there -c "UPDATE ops.schema_migration SET name = '002_other' WHERE version = 2"
	want 1 '002_two ran here, and another file as 002_other there' $plan
	unset BETTER_AUTH_SECRET
	psql -Xqc 'DROP DATABASE cli_there WITH (FORCE)'
}

our_own_steps() {
	local all
	all=$(ls "$here"/../../migrations/*.sql | wc -l)
	fresh
	export TENANTRY_SQL=$here/../..
	want 0 'up   001' "$tenantry" schema up
	selects "$all" 'SELECT max(version) FROM ops.schema_migration'
	want 0 'down 001' "$tenantry" schema down 0
	want 0 'up   001' "$tenantry" schema up
	want 0 '' "$tenantry" schema verify
}

# demo_rows ORGANIZATION: checks, as a superuser, that the organization is as the demo
# of the module created it.
demo_rows() {
	local made
	made=$(psql -XAtq -d cli -c "SELECT format('won %s, lost %s, open %s, items %s, %s pipelines, %s companies',
	    count(*) FILTER (WHERE s.outcome = 'won'), count(*) FILTER (WHERE s.outcome = 'lost'),
	    count(*) FILTER (WHERE s.outcome = 'open'), count(d.items_net), count(DISTINCT s.pipeline_id),
	    (SELECT count(*) > 5 FROM crm.companies c WHERE c.org_id = '$1'))
	    FROM crm.deals d JOIN crm.pipeline_stages s USING (org_id, stage) WHERE d.org_id = '$1'" 2>&1)
	[ "$made" = 'won 2, lost 1, open 5, items 8, 2 pipelines, t companies' ] || fail "the demo of the module has other rows: $made"
}

seeding() {
	local hash before
	want 0 '' "$tenantry" seed none
	want 2 'choose 8 to 128' env TENANTRY_DEMO_PASSWORD=short \
		"$tenantry" seed demo
	want 0 'demo login: demo@clientflow.test, password ' \
		"$tenantry" seed demo
	hash="SELECT password FROM identity.account"
	before=$(sql "$hash")
	# Repeating the command changes nothing that people use, and the command reports
	# this.
	want 0 'its password is unchanged' "$tenantry" seed demo
	want 0 'its password is unchanged' env TENANTRY_DEMO_PASSWORD='correct horse' "$tenantry" seed demo
	unprinted 'correct horse'
	[ "$(sql "$hash")" = "$before" ] || fail 'the second seed has changed the password'
	selects 1 'SELECT count(*) FROM identity.organization WHERE demo'
	selects 1 "SELECT count(*) FROM identity.account
	    WHERE password ~ '^[0-9a-f]{32}:[0-9a-f]{128}\$'"
	want 2 'there is no demo "nothing"' "$tenantry" seed nothing
	want 2 'there is no demo "../demo"' "$tenantry" seed ../demo
	want 2 'only the demo of a module' "$tenantry" seed demo --reset
	# The demo of the module is created once, and again after a reset.
	local demo="SELECT id FROM identity.organization WHERE slug = 'b2b-demo' AND 'b2b' = ANY (modules)"
	want 0 'demo login' "$tenantry" seed b2b
	before=$(sql "$demo")
	want 0 'its password is unchanged' "$tenantry" seed b2b --reset
	before=$(sql "$demo")
	want 0 'its password is unchanged' "$tenantry" seed b2b
	selects "$before" "$demo"
	demo_rows "$before"
	# The demo is created again each night, with the same password, and without the changes of its
	# visitors.
	for _ in 1 2; do
		before=$(sql "$demo")
		psql -Xqd cli -c "DELETE FROM crm.deals WHERE org_id = '$before'" -c "DELETE FROM crm.companies WHERE org_id = '$before'"
		want 0 'password as in TENANTRY_DEMO_PASSWORD' env TENANTRY_DEMO_PASSWORD='correct horse' "$tenantry" seed b2b --reset
		[ -n "$before" ] && [ "$(sql "$demo")" != "$before" ] ||
			fail 'the demo of the module is not made again'
		selects 1 "SELECT count(*) FROM identity.organization WHERE slug = 'b2b-demo-$before' AND deleted_at IS NOT NULL"
		demo_rows "$(sql "$demo")"
	done
	want 0 'password as in TENANTRY_DEMO_PASSWORD' env TENANTRY_DEMO_PASSWORD='correct horse' "$tenantry" seed demo
	selects 1 "SELECT count(*) FROM identity.organization WHERE slug LIKE 'b2b-demo%' AND deleted_at IS NULL"
	psql -Xqc 'DROP DATABASE cli WITH (FORCE)' -c 'CREATE DATABASE cli'
	want 1 'run tenantry schema up first' "$tenantry" seed demo
}

# person ADDRESS: creates a user, whose ID is the address.
person() {
	sql "INSERT INTO identity.\"user\" (id, name, email) VALUES ('$1', 'Some One', '$1')"
}

# The permissions of a member of acme-sons, from a custom role.
access() {
	local explain=("$tenantry" access explain acme-sons bob@x.test)
	sql "INSERT INTO identity.organization_role (id, organization_id, role, permission)
	    SELECT 'rep', id, 'rep', '{\"contacts\": [\"read\", \"update:own\"], \"tasks\": [\"read\"]}'
	      FROM identity.organization WHERE slug = 'acme-sons'"
	psql -Xq -v ON_ERROR_STOP=1 -d cli -c "SELECT set_config('app.org_id', id::text, false), set_config('app.grants', '*', false)
	      FROM identity.organization WHERE slug = 'acme-sons'" \
		-c "INSERT INTO crm.contacts (id, last_name, sales_id)
	    SELECT id, 'Of ' || first_name, id FROM crm.sales WHERE org_id = nullif(current_setting('app.org_id'), '')::uuid" >"$work/out" || fail 'no contacts'
	want 0 '' "$tenantry" org role acme-sons bob@x.test rep
	want 2 'usage: tenantry access' "$tenantry" access
	want 2 'usage: tenantry access' "$tenantry" access explain acme-sons bob@x.test
	want 0 'update      yes  The role rep grants update on rows of the user.' "${explain[@]}" contacts
	want 0 'delete      no   No role of the user grants delete on contacts.' "${explain[@]}" contacts
	local own other
	own=$(sql "SELECT sales_id FROM identity.organization_member m
	    WHERE user_id = 'bob@x.test' AND role = 'rep'")
	other=$(sql "SELECT sales_id FROM identity.organization_member m
	    JOIN identity.organization o ON o.id = organization_id
	    WHERE user_id = 'ann@x.test' AND slug = 'acme-sons'")
	want 0 'update      yes  The role rep grants update on rows of the user, and this one' "${explain[@]}" contacts "$own"
	want 0 'update      no   The role rep grants update on rows of the user, but this one' "${explain[@]}" contacts "$other"
	want 0 '"cause" : "other_owner"' "${explain[@]}" contacts "$other" --json
	want 0 'merge       yes  The role owner' "$tenantry" access explain acme-sons ann@x.test contacts "$own"
	# A row that the member cannot read is explained as well.
	sql "UPDATE identity.organization_role SET permission = '{\"contacts\": [\"read:own\"]}' WHERE id = 'rep'"
	want 0 'read        no   The role rep grants read on rows of the user, but this one' "${explain[@]}" contacts "$other"
	want 1 'no such row' "${explain[@]}" contacts 1
	want 1 'no such resource' "${explain[@]}" money
	want 2 'invalid ID: "x"' "${explain[@]}" contacts x
	want 1 'is not a member of b' "$tenantry" access explain b ann@x.test contacts
	want 0 '' "$tenantry" org role acme-sons bob@x.test 'admin, member'
}

organizations() {
	local owned="SELECT string_agg(user_id || ' ' || role, ', ' ORDER BY user_id)
	    FROM identity.organization_member"
	fresh
	migrated
	person ann@x.test
	person bob@x.test
	want 2 'usage: tenantry org' "$tenantry" org
	want 2 'usage: tenantry org' "$tenantry" org show
	want 2 'usage: tenantry org' "$tenantry" org list a b
	want 2 'usage: tenantry org' "$tenantry" org list --fast
	want 3 'DATABASE_URL is not set' env -u DATABASE_URL "$tenantry" org list
	want 0 'no organizations' "$tenantry" org list
	want 1 'user "nobody@x.test" does not exist' "$tenantry" org create A nobody@x.test
	want 0 'Acme & Sons is created with the slug acme-sons and the owner ann@x.test' \
		"$tenantry" org create 'Acme & Sons' ann@x.test
	want 1 'Organization already exists' "$tenantry" org create Acme bob@x.test --slug acme-sons
	want 0 'Beta is created with the slug b' "$tenantry" org create Beta bob@x.test --slug b
	want 0 'acme-sons' "$tenantry" org list acme
	unprinted Beta
	want 0 '"slug" : "b"' "$tenantry" org list --json
	want 0 'Owners: ann@x.test' "$tenantry" org show acme-sons
	want 1 'organization "nowhere" does not exist' "$tenantry" org show nowhere
	want 1 'organization "acme-sons" has no role "chief"' "$tenantry" org add acme-sons bob@x.test chief
	want 0 'bob@x.test has the role member in acme-sons' "$tenantry" org add acme-sons bob@x.test
	want 0 'bob@x.test has the role member in acme-sons' "$tenantry" org add acme-sons bob@x.test admin
	want 0 'has the role viewer in acme-sons' "$tenantry" org role acme-sons bob@x.test viewer
	want 0 'Members: 2' "$tenantry" org show acme-sons
	want 0 'Portal users: 0' "$tenantry" org show acme-sons
	want 0 'has the role portal in acme-sons' "$tenantry" org role acme-sons bob@x.test portal
	want 0 'Members: 1' "$tenantry" org show acme-sons
	want 0 'Portal users: 1' "$tenantry" org show acme-sons
	want 0 '"portalUsers" : 1' "$tenantry" org list acme --json
	want 0 'Acme & Sons                      1  active' "$tenantry" org list acme
	want 1 'bob@x.test is a portal user of acme-sons, who sees only what is shared with them' \
		"$tenantry" access explain acme-sons bob@x.test contacts 1
	unprinted 'not a member'
	want 0 'has the role admin,member in acme-sons' "$tenantry" org role acme-sons bob@x.test 'admin, member'
	want 0 'bob@x.test' "$tenantry" org members acme-sons
	want 0 '"actsAs" : "admin"' "$tenantry" org members acme-sons --json
	access
	want 1 'as the only owner' "$tenantry" org remove acme-sons ann@x.test
	want 1 'without an owner' "$tenantry" org role acme-sons ann@x.test member
	want 0 'bob@x.test is the owner of acme-sons' "$tenantry" org transfer acme-sons bob@x.test
	selects 'ann@x.test admin, bob@x.test owner, bob@x.test owner' "$owned"
	want 1 'the new owner must be an enabled member of the organization' "$tenantry" org transfer b ann@x.test
	want 0 'is no longer in acme-sons' "$tenantry" org remove acme-sons ann@x.test
	want 1 'ann@x.test is not a member of acme-sons' "$tenantry" org remove acme-sons ann@x.test
	want 0 'no groups' "$tenantry" org groups b
	want 1 'organization "nowhere" does not exist' "$tenantry" org map nowhere idp staff member
	want 1 'the organization has no such role' "$tenantry" org map b idp staff chief
	want 0 'group staff of idp joins and has the role member in b' "$tenantry" org map b idp staff member --joins
	want 0 'member  joins' "$tenantry" org groups b
	want 0 'group staff of idp has the role member in b' "$tenantry" org map b idp staff member
	want 0 '"joins" : false' "$tenantry" org groups b --json
	want 1 'group "staff" of idp does not have this role' "$tenantry" org unmap b idp staff admin
	want 0 'group staff of idp no longer has the role member in b' "$tenantry" org unmap b idp staff member
	want 0 'no groups' "$tenantry" org groups b
	want 0 'b2b               off' "$tenantry" org module b
	want 2 'must be "on" or "off"' "$tenantry" org module b b2b
	want 1 'there is no such module' "$tenantry" org module b none on
	want 0 'the b2b module of b is on' "$tenantry" org module b b2b on
	want 0 '"enabled" : true' "$tenantry" org module b --json
	want 0 'the b2b module of b is off' "$tenantry" org module b b2b off
	want 2 'invalid number of members: "many"' "$tenantry" org limit b many
	want 0 'b now accepts 500 members' "$tenantry" org limit b 500
	want 2 'confirm with --yes' "$tenantry" org delete b
	want 0 '"tenantry org restore b" restores it' "$tenantry" org delete b --yes
	want 1 'organization "b" is deleted' "$tenantry" org add b ann@x.test
	want 1 'organization "b" is deleted' "$tenantry" org delete b --yes
	want 0 'State: deleted' "$tenantry" org show b
	selects 'bob@x.test owner' "$owned"
	want 0 'b is restored' "$tenantry" org restore b
	want 0 'b is suspended' "$tenantry" org suspend b
	want 1 'the organization is already suspended' "$tenantry" org suspend b
	want 0 'State: suspended' "$tenantry" org show b
	want 0 'b is no longer suspended' "$tenantry" org restore b
	want 1 'is not deleted' "$tenantry" org restore b
	unprinted 'PL/pgSQL'
	selects 'bob@x.test owner, bob@x.test owner' "$owned"
	selects 't' "SET app.org_id = '$(sql "SELECT id FROM identity.organization WHERE slug = 'b'")';
	    SELECT bool_and(request_id LIKE 'command line (%)') FROM ops.audit_log"
}

# start_pool SETTING...: starts workers, sets pid, and waits for the socket.
start_pool() {
	local tick
	env "$@" TENANTRY_SOCKET="$work/api.sock" TENANTRY_BREACHED_PASSWORDS=off \
		"${tenantry%/*}/tenantry-fcgi" </dev/null 2>"$work/fcgi.log" &
	pid=$!
	for ((tick = 0; tick < 200; tick++)); do
		[ ! -S "$work/api.sock" ] || break
		sleep 0.05
	done
}

# The workers report how organizations share them.
shares() {
	local pid
	start_pool TENANTRY_LOGIN_SOCKET="$work/login.sock" TENANTRY_WORKERS=8
	want 1 'ok    fair shares         api: 2 of 8 workers for one organization; 0 occupied, requests that wait: 0, refused: 0' \
		env TENANTRY_SOCKET="$work/api.sock" "$tenantry" doctor
	grep -q 'login: 1 of 2 workers' "$work/out" || fail 'no share of the login pool'
	! grep -q 'slow: ' "$work/out" || fail 'a share of a pool that does not exist'
	# Neither nginx nor tenantry-jobs is running.
	grep -q '^FAIL  site  .*/ready does not answer' "$work/out" && held || fail 'the site'
	grep -q '^FAIL  jobs  ' "$work/out" && held || fail 'the jobs'
	kill -TERM $pid
	wait $pid || fail 'tenantry-fcgi'
	python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])' "$work/dead.sock"
	want 1 'dead.sock: Connection refused; is tenantry-fcgi running?' \
		env TENANTRY_SOCKET="$work/dead.sock" "$tenantry" doctor
	start_pool TENANTRY_ORGANIZATION_SHARE=100 TENANTRY_WORKERS=2
	want 1 'ok    fair shares         one organization may occupy all workers' \
		env TENANTRY_SOCKET="$work/api.sock" "$tenantry" doctor
	kill -TERM $pid
	wait $pid || fail 'tenantry-fcgi'
}

# Other databases use all connections of the server.
connections() {
	local most tick
	most=$(sql "SELECT allowed FROM ops.connections()")
	want 0 "of the $most that the server allows are in use" "$tenantry" doctor
	echo '\sleep 600 s' >"$work/sleep"
	"$(dirname "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb | tail -n 1)")/pgbench" -n -c $((most - 4)) -t 1 \
		-f "$work/sleep" postgres >/dev/null 2>&1 </dev/null &
	pid=$!
	for ((tick = 0; tick < 600; tick++)); do
		[ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE datname = 'postgres'")" -lt $((most - 4)) ] || break
		sleep 0.1
	done
	match=-E want 1 "FAIL  connections +[0-9]+ of the $most that the server allows are in use, by all its databases" "$tenantry" doctor
	kill $pid
	wait $pid || :
}

examination() {
	emptied
	export TENANTRY_SQL=$here/../..
	want 1 'run tenantry schema up' "$tenantry" doctor
	migrated
	want 1 'BETTER_AUTH_SECRET  not set' "$tenantry" doctor
	export BETTER_AUTH_SECRET=abcdefghijklmnopqrstuvwxyz012345
	export BETTER_AUTH_URL=http://localhost:8080
	want 0 'ok    TENANTRY_SOCKET' "$tenantry" doctor
	printed '^ok    services  .*none should run on this machine'
	printed '^ok    row security'
	printed '^ok    renamed settings'
	printed '^warn  SMTP_URL'
	printed '^ok    mail'
	want 1 'neither http nor https' env BETTER_AUTH_URL=example.org BETTER_AUTH_SECRETS="2:short" \
		TENANTRY_SOCKET=/etc/passwd SMTP_URL=smtp://mail.test "$tenantry" doctor
	printed '^FAIL  .*neither http nor https'
	printed '^FAIL  BETTER_AUTH_SECRETS  not VERSION:SECRET'
	printed '^FAIL  .*is not a socket'
	printed '^FAIL  TENANTRY_MAIL_FROM  not set'
	want 0 'in the clear' env BETTER_AUTH_URL=http://example.org BETTER_AUTH_SECRET=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \
		BETTER_AUTH_TRUSTED_ORIGINS=https://secret.test SMTP_URL='smtp://u:hunter2@mail.test?tls=off' \
		TENANTRY_MAIL_FROM=a@b.test "$tenantry" doctor
	printed '^warn  BETTER_AUTH_URL .*in the clear'
	printed '^warn  SMTP_URL .*in the clear'
	printed '^warn  .*looks guessable'
	printed '^warn  renamed setting     BETTER_AUTH_TRUSTED_ORIGINS is an old name'
	unprinted secret.test
	unprinted hunter2
	unprinted aaaaaaaaaa
	want 0 'ok    BETTER_AUTH_SECRETS  version 10 of 2 signs' env \
		BETTER_AUTH_SECRETS="10:another$BETTER_AUTH_SECRET,9:$BETTER_AUTH_SECRET" \
		"$tenantry" doctor
	want 0 'warn  BETTER_AUTH_SECRETS  version 9 signs, because it comes before version 10' env \
		BETTER_AUTH_SECRETS="9:$BETTER_AUTH_SECRET,10:another$BETTER_AUTH_SECRET" \
		"$tenantry" doctor
	want 0 'warn  BETTER_AUTH_SECRETS  version 2 looks guessable' env \
		BETTER_AUTH_SECRETS=2:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "$tenantry" doctor
	unprinted aaaaaaaaaa
	shares
	want 1 'it must be tenantry_app' env \
		TENANTRY_APP_URL="$DATABASE_URL" "$tenantry" doctor
	want 0 'ok    program roles       tenantry_factory can access only the schema of a module' "$tenantry" doctor
	psql -Xqc 'ALTER ROLE tenantry_factory CREATEDB'
	want 1 'FAIL  program roles       tenantry_factory is privileged' "$tenantry" doctor
	printed 'run ALTER ROLE tenantry_factory NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB$'
	psql -Xqc 'ALTER ROLE tenantry_factory NOCREATEDB' -c 'GRANT tenantry_search TO tenantry_factory'
	want 1 'FAIL  program roles       tenantry_factory is privileged' "$tenantry" doctor
	printed 'run REVOKE tenantry_search FROM tenantry_factory$'
	psql -Xqc 'REVOKE tenantry_search FROM tenantry_factory'
	sql 'REVOKE USAGE ON SCHEMA crm, factory_app, ops FROM tenantry_factory'
	want 1 'warn  program roles       tenantry_factory has no rights in this database' "$tenantry" doctor
	printed '^FAIL  schema .*differences from the release'
	want 0 '' "$tenantry" schema up
	want 0 'ok    program roles ' "$tenantry" doctor
	sql 'ALTER TABLE ops.audit_log NO FORCE ROW LEVEL SECURITY; ALTER TABLE identity.signing_key DISABLE ROW LEVEL SECURITY'
	psql -Xqc 'ALTER ROLE tenantry_app BYPASSRLS'
	want 1 'not forced on ' "$tenantry" doctor
	printed 'not forced on .*ops[.]audit_log'
	printed 'not forced on .*identity[.]signing_key'
	printed '^FAIL .*tenantry_app is privileged'
	sql 'ALTER TABLE ops.audit_log FORCE ROW LEVEL SECURITY; ALTER TABLE identity.signing_key ENABLE ROW LEVEL SECURITY'
	psql -Xqc 'ALTER ROLE tenantry_app NOBYPASSRLS'
	want 1 'not an address' env SMTP_URL=smtp://mail.test \
		TENANTRY_MAIL_FROM=nobody "$tenantry" doctor
	want 1 'warn  mail server         127.0.0.1 does not answer at port 1: Connection refused' \
		env SMTP_URL=smtp://ada:p@127.0.0.1:1 "$tenantry" doctor
	want 1 'must be smtp://' env SMTP_URL=mail.test \
		TENANTRY_MAIL_FROM=a@b.test "$tenantry" doctor
	sql "SELECT ops.send_mail('password-changed', 'a@b.test', 'en', '{}')"
	export TENANTRY_MAIL_FROM=a@b.test
	want 0 'ok    queues ' env SMTP_URL=smtp://mail.test "$tenantry" doctor
	sql "UPDATE ops.mail SET since = now() - interval '2 minutes'"
	want 0 'ok    queues ' "$tenantry" doctor # no mail server is configured
	match=-E want 0 'warn  queues +mail: an entry has waited for [0-9]+ s, after 0 attempts: no error; is tenantry-jobs running' \
		env SMTP_URL=smtp://mail.test "$tenantry" doctor
	# Each failed attempt makes the email due later.
	sql "UPDATE ops.mail SET since = now() - interval '11 minutes', due_at = now() + interval '5 minutes', attempts = 7,
		error = 'Connection refused'"
	match=-E want 1 'FAIL  queues +mail: an entry has waited for [0-9]+ s, after 7 attempts: Connection refused; see' \
		env SMTP_URL=smtp://mail.test "$tenantry" doctor
	match=-E want 0 'mail +1 waiting, 0 due, the oldest since [^,]*, attempts: 7: Connection refused' "$tenantry" jobs
	unset TENANTRY_MAIL_FROM
	connections
	sql "UPDATE ops.mail SET status = 'failed'"
	want 0 'failed or uncertain in the last week: 1;' "$tenantry" doctor
	want 1 'no connection' env DATABASE_URL=postgres://127.0.0.1:1/x \
		"$tenantry" doctor
	TENANTRY_DEMO_PASSWORD=correct-horse want 0 '' "$tenantry" seed demo
	want 0 'ok    search documents    equal to their rows' "$tenantry" doctor --deep
	psql -XAtq -v ON_ERROR_STOP=1 -d cli -c "UPDATE crm.search_documents d SET body = 'x'
		WHERE kind = 'companies' AND id = (SELECT min(id) FROM crm.companies)" \
		-c "DELETE FROM crm.search_documents
		WHERE kind = 'contacts' AND id = (SELECT min(id) FROM crm.contacts)"
	want 1 'search documents    2 differ from their rows: companies ' "$tenantry" doctor --deep
	grep -q '; contacts [0-9]* of ' "$work/out" || fail 'a document that is missing'
	grep -qF 'run "tenantry search rebuild"' "$work/out" || fail 'no repair'
	want 1 'documents; 1 missing, 1 stale, 0 orphaned' "$tenantry" search check
	want 1 'organization "nobody" does not exist' "$tenantry" search check --org nobody
	want 0 'documents; repaired 1 missing, 1 stale, 0 orphaned' "$tenantry" search rebuild
	want 0 'documents' "$tenantry" search check
	want 0 'ok    search documents    equal to their rows' "$tenantry" doctor --deep
	grep -q '^ok    totals of lists ' "$work/out" || fail 'totals'
	want 0 '' "$tenantry" doctor
}

# An unsent email can be read.
mail() {
	local id
	emptied
	export TENANTRY_SQL=$here/../..
	export TENANTRY_MAIL_TEMPLATES=$here/../../share/mail
	want 1 'could not read the mail' "$tenantry" mail
	migrated
	want 0 'no mail' "$tenantry" mail
	sql "SELECT ops.send_mail('verify-email', 'ada@example.test', 'fr',
	    '{\"url\": \"https://crm.test/v?a=1&b=2\"}')"
	id=$(sql 'SELECT id FROM ops.mail')
	want 0 "$id  20" "$tenantry" mail
	want 0 'waiting    verify-email       ada@example.test' "$tenantry" mail list
	want 0 'no mail' "$tenantry" mail --to max@example.test
	want 0 'no mail' "$tenantry" mail failed
	want 0 'Subject: Vérifiez votre e-mail' "$tenantry" mail show "$id"
	want 0 'https://crm.test/v?a=1&b=2' "$tenantry" mail show "$id"
	want 0 '"url": "https://crm.test/v?a=1&b=2"' "$tenantry" mail --json
	want 0 '<a href=\"https://crm.test/v?a=1&amp;b=2\">' \
		"$tenantry" mail show "$id" --json
	want 0 'inscrit sur Acme CRM avec' env 'TENANTRY_MAIL_FROM=Acme CRM <a@b.test>' \
		"$tenantry" mail show "$id"
	want 0 'cannot be shown: cannot read the template' env \
		TENANTRY_MAIL_TEMPLATES=/nowhere "$tenantry" mail show "$id"
	sql "UPDATE ops.mail SET status = 'failed', ended_at = now(),
	    give_up_at = now(), error = E'550 \\x1b[31mno'"
	want 0 '550 ?[31mno' "$tenantry" mail failed
	want 0 'Error: 550 ?[31mno' "$tenantry" mail show "$id"
	want 0 'queue   mail' "$tenantry" jobs
	want 0 '"queue" : "webhooks"' "$tenantry" jobs list --json
	sql "SELECT ops.record_periodic_task('trash', 12, true)" >/dev/null
	want 0 'job     trash                failed ' "$tenantry" jobs
	sql "INSERT INTO identity.organization (name, slug) VALUES ('Pictures', 'pictures')" >/dev/null
	sql "SELECT ops.enqueue('pictures', o.id, 'contacts/' || n, due => now() + interval '1 hour')
		FROM identity.organization o, generate_series(1, 2) n WHERE o.slug = 'pictures'" >/dev/null
	want 0 '2 entries of pictures are due now' "$tenantry" jobs retry pictures
	want 0 '2 waiting, 2 due, the oldest since' "$tenantry" jobs
	job=pictures-$(sql 'SELECT min(entry) FROM ops.job')
	want 0 "$job        waiting" "$tenantry" jobs waiting pictures
	want 0 'nothing waits' "$tenantry" jobs waiting imports
	want 0 '' "$tenantry" jobs cancel "$job"
	want 0 'canceled  canceled by an operator' "$tenantry" jobs log "$job"
	want 1 "no entry \"$job\" waits" "$tenantry" jobs cancel "$job"
	sql "SELECT ops.enqueue('pictures', gen_random_uuid(), 'contacts/' || n) FROM generate_series(1, 10000) n" >/dev/null
	want 0 "mail-$id            failed" "$tenantry" jobs failed
	want 0 'nothing has failed' "$tenantry" jobs failed webhooks
	want 1 'no entry "mail-1" waits' "$tenantry" jobs retry mail-1
	want 0 'waiting   the log of tenantry-jobs' "$tenantry" jobs log tasks-trash
	want 0 '"outcome":"waiting"' "$tenantry" jobs log tasks-trash --json
	sql "SELECT ops.end_periodic_task('trash', 12, false, 3600)" >/dev/null
	want 0 'in 12 ms, next ' "$tenantry" jobs
	sql "DELETE FROM ops.job; DELETE FROM identity.organization WHERE slug = 'pictures'" >/dev/null
	want 2 'QUEUE is imports, webhooks, pictures or embeddings' "$tenantry" jobs retry mail
	want 0 '' "$tenantry" mail retry "$id"
	selects "waiting t" "SELECT status || ' ' || left((give_up_at > now())::text, 1)
	    FROM ops.mail"
	sql "UPDATE ops.mail SET status = 'sending'"
	want 1 'it is sending' "$tenantry" mail retry "$id"
	sql "UPDATE ops.mail SET status = 'sent', data = NULL"
	want 1 'its content is erased' "$tenantry" mail retry "$id"
	want 0 'it is erased' "$tenantry" mail show "$id"
	want 1 'mail "7" does not exist' "$tenantry" mail show 7
	want 1 'mail "7" does not exist' "$tenantry" mail retry 7
	want 1 'mail "x" does not exist' "$tenantry" mail show x
	want 2 'usage: tenantry mail' "$tenantry" mail show
	want 2 'usage: tenantry mail' "$tenantry" mail retry
	want 2 'usage: tenantry mail' "$tenantry" mail list 7
	want 2 'usage: tenantry mail' "$tenantry" mail everything
	want 2 'usage: tenantry mail' "$tenantry" mail --all
	unset TENANTRY_MAIL_TEMPLATES
}

# Creating accounts: an administrator by a link, and a user on the command line.
looking_after_users() {
	local link secret id
	migrated
	export BETTER_AUTH_URL=https://crm.example.org/
	want 2 'usage: tenantry user' "$tenantry" user
	want 2 'usage: tenantry user list' "$tenantry" user fly
	want 2 '       tenantry user reset-second-factor USER' "$tenantry" user fly
	want 2 'usage: tenantry user' "$tenantry" user show
	want 2 'usage: tenantry user' "$tenantry" user show a b
	want 2 'usage: tenantry user' "$tenantry" user list --fly
	want 2 'usage: tenantry user' "$tenantry" user ban a --for
	want 3 'DATABASE_URL is not set' env -u DATABASE_URL \
		"$tenantry" user list
	want 0 'no users' "$tenantry" user list
	want 1 'user "ada@example.org" does not exist' \
		"$tenantry" user show ada@example.org
	want 2 'invalid email address: "ada"' "$tenantry" user invite-admin ada
	want 2 'BETTER_AUTH_URL must be the public address' \
		env -u BETTER_AUTH_URL "$tenantry" user invite-admin ada@example.org
	want 0 'https://crm.example.org/operator.html#' \
		"$tenantry" user invite-admin Ada@example.org
	secret=$(sed -n 's/.*#//p' "$work/out")
	selects 0 "SELECT count(*) FROM identity.verification
	    WHERE identifier LIKE '%$secret%' OR value LIKE '%$secret%'"
	selects 'ada@example.org true' "SELECT value || ' ' || (expires_at BETWEEN now()
	    + interval '23 hours' AND now() + interval '25 hours')
	    FROM identity.verification"
	selects ada@example.org "SELECT identity.become_operator('$secret', 'u1',
	    'Ada', 'hash')::json->>'email'"
	selects '1 admin' "SELECT count(*) || ' ' || min(role) FROM identity.\"user\""
	selects 1 'SELECT count(*) FROM identity.organization'
	want 0 'Sign-in methods: password' "$tenantry" user show ada@EXAMPLE.org
	want 0 "Organizations: Ada's organization (owner)" \
		"$tenantry" user show u1
	want 0 'a link was mailed to b@example.org' "$tenantry" user invite-admin --mail b@example.org
	unprinted '#'
	selects new-administrator 'SELECT template FROM ops.mail'

	want 0 'https://crm.example.org/password.html#' \
		"$tenantry" user create Max@example.org "$(printf 'Max \033[31m')"
	want 1 'User already exists' "$tenantry" user create max@example.org Max
	want 0 'max@example.org' "$tenantry" user list max
	unprinted "$(printf '\033')"
	want 0 '"email" : "max@example.org"' "$tenantry" user list --json
	want 0 '"role" : "user"' "$tenantry" user show --json max@example.org
	want 0 'password.html#' "$tenantry" user password max@example.org
	selects 2 "SELECT count(*) FROM identity.verification
	    WHERE identifier LIKE 'reset-password:%'"
	want 0 'max@example.org has the role editor,admin' \
		"$tenantry" user role max@example.org ' editor, admin,editor'
	want 0 'this email address is not verified' \
		"$tenantry" user role max@example.org admin
	want 0 'has the role editor' "$tenantry" user role max@example.org editor
	unprinted 'not verified'
	want 0 'has the role admin' "$tenantry" user role ada@example.org admin
	unprinted 'not verified'
	want 1 'non-existent role' "$tenantry" user role max@example.org Admin
	want 0 'has the role user' "$tenantry" user role max@example.org user
	unprinted 'no administrator'
	want 0 'the installation has no administrator now' \
		"$tenantry" user role ada@example.org user
	selects 0 "SELECT count(*) FROM identity.\"user\" WHERE role ~ 'admin'"

	id=$(sql "SELECT id FROM identity.\"user\" WHERE email ~ 'max'")
	sql "INSERT INTO identity.session (id, token_hash, user_id, expires_at,
	    user_agent) SELECT 's' || n, sha256(n::text::bytea), '$id',
	    now() + interval '1 day', E'x\\ny' FROM generate_series(1, 3) n"
	want 0 'x?y' "$tenantry" user sessions max@example.org
	want 0 '"userId"' "$tenantry" user sessions --json max@example.org
	want 1 'has no session "s9"' "$tenantry" user revoke max@example.org s9
	want 0 'sessions ended: 1' "$tenantry" user revoke max@example.org s1
	want 0 'sessions ended: 2' "$tenantry" user revoke max@example.org
	want 0 'no sessions' "$tenantry" user sessions max@example.org
	sql "INSERT INTO identity.two_factor (user_id, secret, verified)
	    VALUES ('$id', 'x', true);
	    UPDATE identity.\"user\" SET two_factor_enabled = true WHERE id = '$id'"
	want 0 'two-factor authentication of max@example.org is off' \
		"$tenantry" user reset-second-factor max@example.org
	selects 'false 0' "SELECT two_factor_enabled || ' ' || (SELECT count(*)
	    FROM identity.two_factor) FROM identity.\"user\" WHERE id = '$id'"
	want 1 'invalid input syntax for type interval' \
		"$tenantry" user ban max@example.org --for ever
	want 0 'max@example.org is banned until' "$tenantry" user ban \
		max@example.org --for '30 days' --reason spam
	want 0 'State: banned until' "$tenantry" user show max@example.org
	want 0 'Ban reason: spam' "$tenantry" user show max@example.org
	want 0 'can sign in again' "$tenantry" user unban max@example.org
	want 0 'is banned' "$tenantry" user ban max@example.org
	selects 'true No reason ' "SELECT banned || ' ' || ban_reason || ' '
	    || coalesce(ban_expires::text, '') FROM identity.\"user\"
	    WHERE email ~ 'max'"
	want 2 'confirm with --yes' "$tenantry" user remove max@example.org
	want 0 'max@example.org is removed' \
		"$tenantry" user remove max@example.org --yes
	want 1 'user "max@example.org" does not exist' "$tenantry" user remove max@example.org --yes
	want 0 'by command line' "$tenantry" audit --user "$id"
	want 0 'no events' "$tenantry" audit --action flight
	want 1 'no table of users of better-auth' env \
		"SOURCE_DATABASE_URL=$DATABASE_URL" BETTER_AUTH_SECRET=x \
		"$tenantry" import better-auth --dry-run
}

command_line
options
help
manual
completion
database_address
old_server
up_and_down
starting_over
folder_out_of_order
drift
later_release
failing_steps
two_at_once
killed
locked_table
definitions
definitions_of_a_step
views_of_views
definitions_out_of_order
callers
promotion
live_drift
our_own_steps
[ ! -e "$here/../../migrations/seed/demo.sql" ] || seeding
organizations
looking_after_users
mail
secrets
examination

summary cli
