#!/bin/bash
# feed.sh - the change feed and the seals of the audit log do not wait for transactions that are open elsewhere, and
# lose no change: numbers have no gaps, and the changes of a row are in order, even while clients write, wait for each
# other and roll back
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

db=sql_feed
work=$(scratch feed)
trap 'rm -rf "$work"; kill $(jobs -p) 2>/dev/null' EXIT
sql_database $db || exit 1
run_sql $db >/dev/null <<'SQL'
SET ROLE tenantry_app;
SELECT test.sign_up('one'), test.sign_up('two', open => true), test.sign_up('three', open => true);
BEGIN; SELECT test.as('two', 'user'), identity.create_organization('Two', 'two', NULL, NULL, false); COMMIT;
BEGIN; SELECT test.as('three', 'user'), identity.create_organization('Three', 'three', NULL, NULL, false); COMMIT;
RESET ROLE;
CREATE FUNCTION test.number() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	n integer := 0;
	k integer;
BEGIN
	LOOP
		k := ops.number_changes(7);
		n := n + k;
		EXIT WHEN k < 7;
	END LOOP;
	RETURN n;
END $$;
CREATE FUNCTION test.tags(uid text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(c.seq || ' ' || (SELECT a.new->>'name' FROM ops.audit_log a WHERE a.org_id = c.org_id AND a.row_id = c.row_id
		AND a.table_name = 'tags' AND a.action = 'insert'), ', ' ORDER BY c.seq), 'none')
	  FROM ops.change c JOIN identity.organization_member m ON m.organization_id = c.org_id AND m.user_id = uid WHERE c.resource = 'tags'
$$;
SELECT test.number();
DELETE FROM ops.change;
UPDATE ops.feed_channel SET numbered = 0;
SQL

# opens NAME DATABASE SQL: begins a transaction that stays open until "closes NAME END".
opens() {
	mkfifo "$work/$1"
	psql -Xqd "$2" <"$work/$1" >"$work/$1.out" 2>&1 &
	eval "exec {$1_fd}>\"$work/$1\""
	local fd=$1_fd
	echo "BEGIN; $3; SELECT 'is open';" >&"${!fd}"
	for _ in $(seq 100); do
		grep -q 'is open' "$work/$1.out" && return
		sleep 0.05
	done
	bad "$1: $(cat "$work/$1.out")"
}
closes() {
	local fd=$1_fd
	echo "$2;" >&"${!fd}"
	eval "exec {$1_fd}>&-"
	wait $!
}
tag() { # USER NAME
	echo "SELECT test.as('$1'); INSERT INTO crm.tags (name, color) VALUES ('$2', '#111')"
}
is() { # arguments: the SQL, the expected output, the name of the check
	local have
	have=$(run_sql $db -c "$1" 2>&1)
	[ "$have" = "$2" ] && ok "$3" || bad "$3: have $have, want $2"
}

opens elsewhere postgres 'SELECT pg_current_xact_id()'
opens reader $db 'SELECT pg_current_xact_id()'
opens two $db "SET ROLE tenantry_app; $(tag two early)"
run_sql $db -c "SET ROLE tenantry_app; BEGIN; $(tag one first); COMMIT" >/dev/null
is 'SELECT test.number()' 1 'an entry is numbered while transactions of others are open'
is "SELECT test.tags('one'), test.tags('two')" '1 first|none' 'in its organization'
run_sql $db -c "SET ROLE tenantry_app; BEGIN; $(tag two late); COMMIT" >/dev/null
is 'SELECT test.number()' 1 'and in that of an open transaction'
closes two COMMIT
is 'SELECT test.number(), test.number()' '1|0' 'whose entries are numbered once, when it has ended'
is "SELECT test.tags('two')" '1 late, 2 early' 'after the others'
is "SELECT s.target IS NULL, cardinality(ARRAY(SELECT pg_snapshot_xip(s.seen))) FROM ops.feed_state s" 't|2' 'the others are still open'

# The transaction that numbers changes is not committed yet, so its own changes do not
# count.
run_sql $db -c "BEGIN; SET ROLE tenantry_app; $(tag one own); RESET ROLE; SELECT test.number(); COMMIT" >/dev/null
is 'SELECT test.number(), test.number()' '1|0' 'own entries are numbered by the next call'

# Seals
seal() { echo "SELECT sealed FROM ops.seal_audit(100000, '0', false, '$1')"; }
is "$(seal '1 hour')" 0 'a seal waits for a transaction elsewhere'
run_sql $db -c "$(seal '1 hour')" >/dev/null
is "SELECT count(*) > 0 FROM ops.audit_tick" t 'which is noted'
sleep 1.1
n=$(run_sql $db -c "$(seal '1 s')")
[ "$n" -gt 0 ] && ok "but not longer than it may: $n rows are sealed" || bad "no row is sealed: $n"
opens writer $db "SET ROLE tenantry_app; $(tag three waits)"
run_sql $db -c "SET ROLE tenantry_app; BEGIN; $(tag one sealed); COMMIT" -c "RESET ROLE; $(seal '1 hour')" >/dev/null
sleep 1.1
is "$(seal '1 s')" 0 'one that has written an entry is waited for'
closes writer COMMIT
sleep 1.1
run_sql $db -c "$(seal '1 s')" >/dev/null
is "SELECT count(*) FROM ops.audit_log a WHERE a.table_name = 'tags' AND a.id <> ALL (ARRAY(SELECT unnest(s.ids) FROM ops.audit_seal s))" 0 'then both are sealed'
closes elsewhere COMMIT
closes reader ROLLBACK

# Simulates a restore on a different server, where these transaction numbers are meaningless.
run_sql $db -c "UPDATE ops.feed_state SET seen = '900000000:900000000:'" >/dev/null
run_sql $db -c "SET ROLE tenantry_app; BEGIN; $(tag one before); COMMIT" >/dev/null
is 'SELECT test.number()' 0 'after a restore, the feed begins anew'
run_sql $db -c "SET ROLE tenantry_app; BEGIN; $(tag one after); COMMIT" >/dev/null
is 'SELECT test.number()' 1 'with what is written then'

# Writers of three organizations change the same rows, sometimes in long transactions. A fifth of the transactions are
# rolled back.
write() { # arguments: the number and the user of the writer
	awk -v seed="$1" -v user="$2" 'BEGIN {
		srand(seed)
		print "SET ROLE tenantry_app;"
		for (n = 0; n < 100; n++) {
			print "BEGIN; SELECT test.as(\x27" user "\x27);"
			if (rand() < 0.5) print "SELECT pg_current_xact_id();"
			for (k = int(rand() * 4); k >= 0; k--) {
				kind = rand()
				if (kind < 0.4) print "INSERT INTO crm.tags (name, color) VALUES (\x27" seed " " n " " k "\x27, \x27#111\x27);"
				else if (kind < 0.9) print "UPDATE crm.tags SET color = \x27#" 100 + int(rand() * 800) "\x27 WHERE id = (SELECT id FROM crm.tags ORDER BY id DESC OFFSET " int(rand() * 3) " LIMIT 1);"
				else print "DELETE FROM crm.tags WHERE id = (SELECT id FROM crm.tags ORDER BY id OFFSET 3 LIMIT 1);"
				if (rand() < 0.1) print "SELECT pg_sleep(" rand() / 20 ");"
			}
			print (rand() < 0.2 ? "ROLLBACK;" : "COMMIT;")
		}
	}'
}
# IDs of one millisecond are in order until the sequence in their last twelve bits wraps around.
run_sql $db -c "SELECT setval('ops.row_id', (nextval('ops.row_id') / 4096 + 1) * 4096)" >/dev/null
begun=$(run_sql $db -c 'SELECT coalesce(max(id), 0) FROM ops.audit_log')
run_sql $db -c 'DELETE FROM ops.change' -c 'UPDATE ops.feed_channel SET numbered = 0' >/dev/null
: >"$work/going"
(while [ -e "$work/going" ]; do
	echo "SELECT ops.number_changes(5);"
	sleep 0.0$((RANDOM % 9))
done) | psql -XqAtd $db >"$work/numbers" 2>&1 &
numberer=$!
opens busy postgres 'SELECT pg_current_xact_id()'
numbering() { grep -c '^[1-5]' "$work/numbers"; }
# A fast machine ends a round of writers before many calls have numbered something.
n=0
until [ "$(numbering)" -gt 50 ] || [ $n -ge 60 ]; do
	writers=()
	for user in one one two two three three; do
		n=$((n + 1))
		write $n $user | psql -Xqd $db >"$work/writer-$n" 2>&1 &
		writers+=($!)
	done
	wait "${writers[@]}"
done
rm "$work/going"
wait $numberer
run_sql $db -c 'SELECT test.number()' >/dev/null
is "SELECT count(*) > 300 FROM ops.change" t 'there are many changes'
[ "$(numbering)" -gt 50 ] && ok 'which were numbered meanwhile' || bad "few calls numbered something: $(sort "$work/numbers" | uniq -c | head)"
is "SELECT org_id, row_id, action, count(a.id), c.n FROM (SELECT a.org_id, a.row_id, a.action, a.id FROM ops.audit_log a JOIN ops.change_resource r USING (table_name)
	WHERE a.id > $begun) a FULL JOIN (SELECT c.org_id, c.row_id, CASE c.verb WHEN 'create' THEN 'insert' ELSE c.verb END AS action,
	count(*) AS n FROM ops.change c GROUP BY 1, 2, 3) c USING (org_id, row_id, action)
	GROUP BY org_id, row_id, action, c.n HAVING count(a.id) IS DISTINCT FROM c.n" '' 'each change has a number, once'
is "SELECT string_agg(DISTINCT (c.last = c.n AND c.first = 1 AND f.numbered = c.n)::text, ' ') FROM (SELECT org_id, count(*) AS n, min(seq) AS first, max(seq) AS last
	FROM ops.change GROUP BY 1) c JOIN ops.feed_channel f USING (org_id)" true 'without a gap'
is "SELECT count(*) FROM (SELECT c.verb, lag(c.verb) OVER w AS before, lead(c.verb) OVER w AS next FROM ops.change c WHERE c.resource = 'tags'
	AND EXISTS (SELECT FROM ops.change x WHERE x.org_id = c.org_id AND x.row_id = c.row_id AND x.verb = 'create')
	WINDOW w AS (PARTITION BY c.org_id, c.row_id ORDER BY c.seq)) x WHERE (x.verb = 'create') <> (x.before IS NULL) OR x.verb = 'delete' AND x.next IS NOT NULL" 0 \
	'the changes of a row are in order: a creation first, a deletion last'
closes busy COMMIT
