#!/bin/bash
# inspect.sh - what an application declares with SQL, Drizzle or Prisma, compared with its database: each kind of object
# that is missing, extra or different is listed
#
# BUILD is the build folder.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../../with-postgres" "$here/inspect.sh" "$@"
. "$here/../../lib/server.sh"
. "$here/../../lib/commands.sh"
. "$here/lib.sh"
need_build

prepare_work inspect
export TENANTRY_SQL=$SOURCES
cd "$work"

section() { sed -n "/^$1/,/^\$/p" out | grep '^  ' | sed 's/^  //'; }

# fresh_source: creates the database of the application.
fresh_source() {
	psql -Xqc 'DROP DATABASE IF EXISTS source WITH (FORCE)' -c 'CREATE DATABASE source'
	psql -Xqd source -v ON_ERROR_STOP=1 "$@" >/dev/null
}

# inspected FOLDER: compares the source with what the folder declares.
inspected() {
	want 0 'Declared by the application' tenantry migrate better-auth inspect --application "$1"
}

psql -Xqc 'CREATE DATABASE app OWNER owner' -c 'CREATE ROLE reader NOLOGIN' -c 'CREATE ROLE writer NOLOGIN'
target app
tenantry schema up >/dev/null

# --- SQL: one object of each kind is only declared, only in the database, or different
mkdir sql
cat >sql/0001_start.sql <<'SQL'
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE shops (id bigint PRIMARY KEY, name text NOT NULL, size integer, note text, CONSTRAINT size_check CHECK (size > 0));
CREATE FUNCTION area(shop shops) RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON shops FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE shops ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON shops FOR SELECT TO reader USING (true);
CREATE POLICY limits ON shops AS RESTRICTIVE USING (size < 9);
SQL
fresh_source -f sql/0001_start.sql
inspected sql
for title in 'Declared by the application' 'In the database' 'Declared differently'; do
	same "SQL, equal: $title" none "$(section "$title")"
done

cat >sql/0002_more.sql <<'SQL'
CREATE TYPE colour AS ENUM ('red');
CREATE TABLE orders (id bigint PRIMARY KEY);
ALTER TABLE shops ADD COLUMN town text, ADD CONSTRAINT name_check CHECK (name <> '');
CREATE FUNCTION count_shops() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TRIGGER created BEFORE INSERT ON shops FOR EACH ROW EXECUTE FUNCTION touch();
CREATE POLICY writers ON shops FOR INSERT TO writer WITH CHECK (true);
SQL
inspected sql
same "SQL: declared only" "column shops.town
constraint shops.name_check
function public.count_shops()
policy shops.writers
table orders
trigger shops.created
type colour" "$(section 'Declared by the application')"
fresh_source -f sql/0001_start.sql -f sql/0002_more.sql
rm sql/0002_more.sql
inspected sql
same "SQL: only in the database" "column shops.town
constraint shops.name_check
function public.count_shops()
policy shops.writers
table orders
trigger shops.created
type colour" "$(section 'In the database')"

# different NAME SQL: after the change of the database, the object is listed as different.
different() {
	fresh_source -f sql/0001_start.sql -c "$2"
	inspected sql
	same "SQL, different: $1: $2" "$1" "$(section 'Declared differently' | sed 's/: ".*//')"
	same "SQL, neither missing nor extra: $2" "none none" "$(section 'Declared by the application') $(section 'In the database')"
}
different 'column shops.note' 'ALTER TABLE shops ALTER note TYPE varchar(9)'
different 'column shops.name' 'ALTER TABLE shops ALTER name DROP NOT NULL'
different 'constraint shops.size_check' 'ALTER TABLE shops DROP CONSTRAINT size_check, ADD CONSTRAINT size_check CHECK (size > 1)'
different 'type mood' "ALTER TYPE mood ADD VALUE 'fair'"
different 'function public.area(public.shops)' "CREATE OR REPLACE FUNCTION area(shop shops) RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 2'"
different 'function public.area(public.shops)' "ALTER FUNCTION area(shops) SECURITY INVOKER"
different 'function public.area(public.shops)' "ALTER FUNCTION area(shops) SET search_path = public"
different 'trigger shops.touched' 'CREATE OR REPLACE TRIGGER touched AFTER UPDATE ON shops FOR EACH ROW EXECUTE FUNCTION touch()'
different 'trigger shops.touched' 'ALTER TABLE shops DISABLE TRIGGER touched'
different 'policy shops.readers' 'ALTER POLICY readers ON shops TO writer'
different 'policy shops.readers' 'ALTER POLICY readers ON shops USING (id > 0)'
different 'policy shops.limits' 'DROP POLICY limits ON shops; CREATE POLICY limits ON shops USING (size < 9)'

# --- Drizzle: the migrations that drizzle-kit has written
fresh_source -f "$here/sources/drizzle/0000_start.sql" -f "$here/sources/drizzle/0001_visits.sql"
inspected "$here/sources/drizzle"
for title in 'Declared by the application' 'In the database' 'Declared differently' 'Statements of'; do
	same "Drizzle, equal: $title" none "$(section "$title")"
done
psql -Xqd source -c 'ALTER TABLE orders DROP COLUMN due' -c 'DROP TABLE visits' -c 'CREATE TABLE extra (id integer)' \
	-c "ALTER TYPE order_state ADD VALUE 'lost'"
inspected "$here/sources/drizzle"
same "Drizzle: declared only" "column orders.due table visits" "$(section 'Declared by the application' | grep -E '^(column|table)' | paste -sd ' ')"
same "Drizzle: only in the database" "table extra" "$(section 'In the database' | paste -sd ' ')"
same "Drizzle: different" "type order_state" "$(section 'Declared differently' | sed 's/: ".*//' | paste -sd ' ')"

# --- Prisma: a schema without migrations
fresh_source -f "$here/sources/prisma.sql"
inspected "$here/sources/prisma"
for title in 'Declared by the application' 'In the database' 'Declared differently' 'Statements of'; do
	same "Prisma, equal: $title" none "$(section "$title")"
done
psql -Xqd source -c 'ALTER TABLE orders DROP COLUMN due, ALTER total TYPE numeric(10, 2)' -c 'DROP TABLE order_lines' -c 'CREATE TABLE extra (id integer)'
inspected "$here/sources/prisma"
same "Prisma: declared only" "column orders.due table order_lines" "$(section 'Declared by the application' | grep -E '^(column|table)' | paste -sd ' ')"
same "Prisma: only in the database" "table extra" "$(section 'In the database' | paste -sd ' ')"
same "Prisma: different" 'column orders.total: "numeric(10,2) NOT NULL" there, "numeric(12,2) NOT NULL" declared' "$(section 'Declared differently')"
summary inspect
