#!/bin/sh
# sqlcalls.sh - wrong calls of SQL functions do not compile
#
# Writes a header from a small SQL file with tools/sqlcalls and compiles calls
# against it.
builddir=$PWD
cd "${srcdir:-$(dirname "$0")/../..}" || exit 99
source=$PWD
cd "$builddir" || exit 99
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/schema/crm"
bad=0

cat >"$dir/schema/crm/letter.sql" <<'SQL'
CREATE FUNCTION crm.send_letter(recipient text, pages integer DEFAULT 3,
	urgent boolean DEFAULT false, paper text DEFAULT 'plain') RETURNS bigint
LANGUAGE sql AS $$ SELECT 1::bigint $$;
CREATE FUNCTION crm.list_letters(of_user text)
	RETURNS TABLE (id bigint, recipient text)
LANGUAGE sql AS $$ SELECT 1::bigint, of_user $$;
CREATE FUNCTION crm.burn_letters() RETURNS void LANGUAGE sql AS $$ $$;
CREATE FUNCTION crm.count_letters() RETURNS trigger
LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
-- The parse tree of this view is deeper than json-c reads by default.
CREATE VIEW crm.deep AS SELECT
	((((((((((((((((((((1+1)+1)+1)+1)+1)+1)+1)+1)+1)+1)+1)+1)+1)+1)+1)+1)+1)+1)+1)+1) AS n;
SQL
header=$dir/schema/crm/letter.h
tools/sqlcalls "$dir/schema/crm/letter.sql" >"$header" || exit 99

# compiles STATEMENTS: true if a function with these statements compiles.
compiles() {
	cat >"$dir/call.c" <<EOF2
#include "schema/crm/letter.h"
#include "lib/db/db.h"
void call(struct arena *a);
void call(struct arena *a) { $1 }
EOF2
	${CC:-cc} -std=c11 -Wall -Wextra -Werror -D_GNU_SOURCE -iquote "$dir" \
		-iquote "$source" -fsyntax-only "$dir/call.c" >"$dir/errors" 2>&1
}

accepts() {
	compiles "$1" && return
	cat "$dir/errors"
	echo "not ok: does not compile: $1"
	bad=1
}

# refuses STATEMENTS ERROR: the statements fail to compile with this error.
refuses() {
	if compiles "$1"; then
		echo "not ok: compiles: $1"
		bad=1
	elif ! grep -q "$2" "$dir/errors"; then
		cat "$dir/errors"
		echo "not ok: fails for another reason than $2: $1"
		bad=1
	fi
}

# writes TEXT: the header contains the text.
writes() {
	grep -qF -- "$1" "$header" && return
	echo "not ok: the header lacks: $1"
	bad=1
}

accepts 'struct db_step s = crm_send_letter(a, .recipient = "x", .urgent = 1);
    (void)s;'
accepts 'struct db_step s = crm_list_letters(a, .of_user = "x");
    (void)db_text(&s, 0, LIST_LETTERS_RECIPIENT);'
refuses '(void)crm_send_letter(a, .reciever = "x");' reciever
refuses '(void)crm_send_letter(a, .urgent = "f");' \
	'int.*const char\|int.*char \[2\]\|int-conversion'
refuses 'struct db_step s = crm_list_letters(a, .of_user = "x");
    (void)db_text(&s, 0, LIST_LETTERS_SENDER);' LIST_LETTERS_SENDER
refuses '(void)crm_count_letters(a);' crm_count_letters
writes 'crm.send_letter($1::text, coalesce($2::int4, 3), $3::bool, coalesce($4::text, '"'plain'"'))::text'
# An Idempotency-Key stores the first cell as text, even if the function returns void.
writes 'SELECT crm.burn_letters()::text'
writes 'SELECT id, recipient FROM crm.list_letters($1::text)'

exit $bad
