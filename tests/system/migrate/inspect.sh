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
CREATE TABLE shops (id bigint PRIMARY KEY, name text NOT NULL, size integer DEFAULT 1, note text, opened date DEFAULT current_date,
	double integer GENERATED ALWAYS AS (size * 2) STORED, no integer GENERATED ALWAYS AS IDENTITY, CONSTRAINT size_check CHECK (size > 0));
CREATE VIEW large AS SELECT id FROM shops WHERE size > 5;
CREATE MATERIALIZED VIEW small AS SELECT id FROM shops;
CREATE SCHEMA depot;
CREATE TABLE depot.bins (id integer PRIMARY KEY, place text);
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
different 'column shops.note' "ALTER TABLE shops ALTER note SET DEFAULT 'none'"
different 'column shops.size' 'ALTER TABLE shops ALTER size SET DEFAULT 2'
different 'column shops.opened' 'ALTER TABLE shops ALTER opened DROP DEFAULT'
different 'column shops.double' 'ALTER TABLE shops DROP double, ADD double integer GENERATED ALWAYS AS (size * 3) STORED'
different 'column shops.no' 'ALTER TABLE shops ALTER no SET GENERATED BY DEFAULT'
different 'view large' 'CREATE OR REPLACE VIEW large AS SELECT id FROM shops WHERE size > 6'
different 'view large' 'ALTER VIEW large SET (security_invoker = true)'
different 'view small' 'DROP MATERIALIZED VIEW small; CREATE MATERIALIZED VIEW small AS SELECT id, name FROM shops'
different 'view small' 'DROP MATERIALIZED VIEW small; CREATE VIEW small AS SELECT id FROM shops'
different 'column depot.bins.place' 'ALTER TABLE depot.bins ALTER place TYPE varchar(9)'
fresh_source -f sql/0001_start.sql -c 'DROP TABLE depot.bins' -c 'CREATE TABLE depot.boxes (id integer)'
inspected sql
same "a table of another schema is missing" "table depot.bins" "$(section 'Declared by the application')"
same "a table of another schema is not declared" "table depot.boxes" "$(section 'In the database')"

# Files and parts of files that undo a migration are not run.
mkdir up_and_down
cp sql/0001_start.sql up_and_down/0001_start.up.sql
echo 'DROP TABLE shops CASCADE;' >up_and_down/0001_start.down.sql
printf -- '-- migrate:up\nCREATE TABLE later (id integer);\n-- migrate:down\nDROP TABLE later;\n' >up_and_down/0002_later.sql
mkdir -p up_and_down/node_modules/other
echo 'CREATE TABLE other (id integer);' >up_and_down/node_modules/other/0003.sql
fresh_source -f sql/0001_start.sql -c 'CREATE TABLE later (id integer)'
inspected up_and_down
for title in 'Declared by the application' 'In the database' 'Declared differently' 'Statements of'; do
	same "up and down: $title" none "$(section "$title")"
done

# A folder whose files create nothing is not "equal".
mkdir nothing
echo "INSERT INTO shops (id, name) VALUES (1, 'one');" >nothing/0001.sql
want 0 'Nothing was compared' tenantry migrate better-auth inspect --application nothing
same "nothing: nothing else is said" 0 "$(grep -c 'Declared by the application' out)"

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

# --- Drizzle without migrations in SQL: the snapshot of drizzle-kit 0.31.11. schema.sql is what "drizzle-kit export" prints.
fresh_source -f "$here/sources/drizzle_snapshot/schema.sql"
mkdir -p snapshot pulled
cp -r "$here/sources/drizzle_snapshot/schema.ts" "$here/sources/drizzle_snapshot/meta" snapshot
cp -r snapshot/* pulled
printf -- '-- Current sql file was generated after introspecting the database\n/*\nCREATE TABLE gone (id integer);\n*/' >pulled/0000_pulled.sql
for folder in snapshot pulled; do
	inspected "$folder"
	for title in 'Declared by the application' 'In the database' 'Declared differently' 'Statements of'; do
		same "$folder, equal: $title" none "$(section "$title")"
	done
done
psql -Xqd source -c 'ALTER TABLE "Orders" DROP COLUMN big' -c 'DROP TABLE lines' -c 'CREATE TABLE extra (id integer)' \
	-c "ALTER TYPE mood ADD VALUE 'fair'" -c "ALTER TABLE users ALTER tags SET DEFAULT '{a}'" -c 'DROP POLICY own ON users' \
	-c "CREATE OR REPLACE VIEW rich AS SELECT * FROM users WHERE name = 'y'" -c 'DROP TABLE other.things'
inspected snapshot
same "snapshot: declared only" "column Orders.big policy users.own table lines table other.things" "$(section 'Declared by the application' | paste -sd ' ')"
same "snapshot: only in the database" "table extra" "$(section 'In the database' | paste -sd ' ')"
same "snapshot: different" "column users.tags type mood view rich" "$(section 'Declared differently' | sed 's/: ".*//' | paste -sd ' ')"

# Only TypeScript: not read, and not "equal".
rm -r snapshot/meta
want 0 'npx drizzle-kit export > FOLDER/schema.sql' tenantry migrate better-auth inspect --application snapshot
same "only TypeScript: the file is named" 1 "$(grep -c '^  snapshot/schema.ts: ' out)"
same "only TypeScript: nothing else is said" 0 "$(grep -cE 'Declared by the application|^  none' out)"
tenantry migrate better-auth inspect --application snapshot --json >json
same "snapshot: as JSON" declared_unread "$(grep -o '"declared_[a-z]*"' json | tr -d '"')"

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

# Each form of a default value, with the SQL that Prisma writes for it. Prisma itself generates the values of uuid().
mkdir prisma_defaults
cat >prisma_defaults/schema.prisma <<'PRISMA'
enum Mood {
  GOOD
  BAD  @map("not good")
}
model things {
  id      BigInt   @id @default(autoincrement())
  key     String   @unique @default(uuid()) @db.Uuid
  token   String   @default(dbgenerated("gen_random_uuid()")) @db.Uuid
  text    String   @default("it's (a) \"b\", c") // a comment
  number  Float    @default(-1.5)
  mood    Mood     @default(BAD)
  tags    String[] @default(["a", "b's"])
  moods   Mood[]   @default([GOOD, BAD])
  none    Int[]    @default([])
  data    Json     @default("{\"a\": [1]}")
  at      DateTime @default(now()) @db.Timestamptz(6)
}
PRISMA
fresh_source <<'SQL'
CREATE TYPE "Mood" AS ENUM ('GOOD', 'not good');
CREATE TABLE "things" (
	"id" BIGSERIAL NOT NULL, "key" UUID NOT NULL, "token" UUID NOT NULL DEFAULT gen_random_uuid(),
	"text" TEXT NOT NULL DEFAULT 'it''s (a) "b", c', "number" DOUBLE PRECISION NOT NULL DEFAULT -1.5,
	"mood" "Mood" NOT NULL DEFAULT 'not good', "tags" TEXT[] DEFAULT ARRAY['a', 'b''s']::TEXT[],
	"moods" "Mood"[] DEFAULT ARRAY['GOOD', 'not good']::"Mood"[], "none" INTEGER[] DEFAULT ARRAY[]::INTEGER[],
	"data" JSONB NOT NULL DEFAULT '{"a": [1]}', "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT "things_pkey" PRIMARY KEY ("id"));
SQL
inspected prisma_defaults
for title in 'Declared by the application' 'In the database' 'Declared differently' 'Statements of'; do
	same "Prisma, defaults: $title" none "$(section "$title")"
done
summary inspect
