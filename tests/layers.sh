#!/bin/sh
# layers.sh - which folder may include which folder, and what no file may contain
cd "${srcdir:-$(dirname "$0")/..}" || exit 99
bad=0

# The lowest folder is first. A file includes headers of its folder and of folders above
# it in this list. Files of jobs/ and cli/ include only headers of lib/ and of their
# part of the list. The headers that the build writes into schema/ use lib/db.
folders='
lib/base
lib/crypto
lib/net
lib/storage
lib/format
lib/db
lib/feed
lib/mail
fcgi/http
fcgi/rest
fcgi/oidc
fcgi/server
handlers/auth
handlers/crm
handlers/import
handlers/assistant
handlers/operations
handlers/b2b
handlers/factory
handlers/membership
handlers
jobs/base
jobs/mail
jobs/outbound
jobs/imports
jobs/integrations
jobs/search
jobs/tasks
jobs
cli/base
cli/schema
cli/operations
cli/user
cli/organization
cli/archive
cli/audit
cli/doctor
cli/promote
cli/import
cli/migrate
cli
'

say() {
	echo "$*"
	bad=1
}

# files FOLDER...: lists the C files of the folders, without subfolders.
files() {
	for folder; do find "$folder" -maxdepth 1 -name "*.[ch]" | sort; done
}

ours=$(files $folders)
lib=$(files $(echo "$folders" | grep ^lib/))
handlers=$(files $(echo "$folders" | grep ^handlers))
jobs=$(files $(echo "$folders" | grep ^jobs))

# Every folder with C files is in the list, and includes only folders above it.
for folder in $(git ls-files '*.c' 2>/dev/null | grep -v '^tests/\|^tools/' |
	sed 's|/[^/]*$||' | sort -u); do
	echo "$folders" | grep -qx "$folder" || say "$folder is in no layer"
done
below=
for folder in $folders; do
	below="$below $folder"
	case $folder in
	jobs/base | cli/base) below="$(echo "$folders" | grep ^lib/) $folder" ;;
	esac
	for file in $(files "$folder"); do
		for name in $(sed -n 's/^#include "\(.*\)"$/\1/p' "$file"); do
			case " $(echo $below) ${name%/*}" in
			*" ${name%/*} "*) ;;
			*" lib/db "*" schema/"[!/]*) ;;
			*) say "$file must not include $name" ;;
			esac
		done
	done
done

# No two files include each other.
circles=$(for file in $ours; do
	sed -n 's/^#include "\(.*\)\.h"$/\1/p' "$file" |
		sed "s|^|${file%.*} |" | awk '$1 != $2'
done | tsort 2>&1 >/dev/null) || say "$circles"

# only PATTERN FILE...: only these files may contain the include.
only() {
	pattern=$1
	shift
	for file in $(grep -l "#include $pattern" $ours); do
		case " $* " in
		*" $file "*) ;;
		*) say "$file must not include $pattern" ;;
		esac
	done
}

# never PATTERN REASON FILE...: these files must not contain the pattern.
never() {
	pattern=$1
	reason=$2
	shift 2
	grep -n "$pattern" "$@" /dev/null && say "^ $reason"
}

# without PATTERN LIST: prints the list without files whose names match.
without() {
	echo "$2" | tr ' ' '\n' | grep -vx "$1"
}

# Each library is used by only one file.
only '<libpq-fe.h>' lib/db/connection.c lib/db/connection.h lib/db/db.c \
	lib/db/db_error.c lib/db/db_error.h lib/db/exchange.c lib/db/exchange.h \
	lib/net/postgres_query.c cli/base/pg.c
only '<mysql.h>' lib/net/mysql_query.c
only '<fcgiapp.h>' fcgi/http/gateway.c
only '<uuid/' lib/base/id.c
only '<seccomp.h>' lib/base/sandbox.c
only '<crypt.h>' lib/crypto/password.c
only '<sodium.h>' lib/base/base64.c lib/base/url.c lib/crypto/digest.c lib/crypto/password.c \
	lib/crypto/secretbox.c lib/crypto/secretstream.c cli/archive/archive.c
only '<fido' lib/crypto/public_key.c
only '<liboath/' lib/crypto/totp.c
only '<utf8proc.h>' lib/format/charset.c lib/mail/person_name.c \
	lib/crypto/password.c lib/storage/filename.c
only '<libpsl.h>' lib/mail/person_name.c
only '<curl/' lib/net/http_client.c jobs/mail/smtp.c
only '<gmime/' lib/format/mime.c
only '<libxml/' lib/format/html_text.c
only '<\(cairo\|pango\|fontconfig\)' lib/format/pdf.c
only '<pg_query.h>' lib/db/sqlguard.c
only '<expat.h>' fcgi/http/dav.c lib/format/camt.c
only '<cjose/' lib/crypto/jose.c
only '<openssl/' lib/crypto/token.c lib/crypto/digest.c lib/crypto/jwt.c \
	lib/crypto/password.c lib/crypto/breached.c lib/crypto/signing_key.c \
	$(files $(echo "$folders" | grep ^cli))
only '"fcgi/http/gateway.h"' fcgi/http/body_file.c fcgi/http/gateway.c \
	fcgi/http/stream.c $(files fcgi/server)

# Only one file of jobs/mail queries the database, and each periodic task queries it in one file.
for file in $(grep -l 'db_run(\|SQL(\|#include "schema/' $jobs); do
	[ "$file" = jobs/mail/outbox.c ] || grep -q '"jobs/base/periodic_tasks.h"' "$file" ||
		say "$file must go through jobs/mail/outbox.h"
done

# Handlers use the interfaces of the layers below, but not their internal parts.
never '#include "\(fcgi/http/gateway\|fcgi/rest/filter\|fcgi/rest/query\|lib/db/statement\|fcgi/server/worker\|fcgi/server/supervisor\).h"' \
	'handlers stand on resource, session, request and response' $handlers
never 'json_object_put\|json_object_get(' 'json.c alone counts references' \
	$(without 'lib/base/json\.[ch]' "$ours" | grep -v '^cli/')
never 'PQclear\|[^_a-z]free(\|[^_a-z]malloc(' 'the arena frees' $handlers $jobs
never 'request_param(' 'param_text() reads what the route lists' $handlers \
	$(files fcgi/rest)
never 'db_run(' 'handlers go through session_read and session_write' $handlers
never '(struct sql)\|\.sql = {' 'SQL() takes a literal' \
	$(without 'lib/db/sql\.h\|lib/db/statement\.c' "$ours" | grep -v '^cli/')
never 'sql\.text = ' 'SQL is built in statement.c and session.c' $handlers $jobs
never 'arena_printf([^;]*\(SELECT\|INSERT\|UPDATE\|DELETE\)' 'hand-made SQL' \
	$handlers $jobs
never 'org_id' 'tenancy is in the database' $(echo "$ours" | grep -v '^cli/')
never '\<\(strcpy\|strcat\|strncpy\|strncat\|sprintf\|vsprintf\|asprintf\|atoi\|atol\|strtok\|gets\|alloca\|mktemp\|tmpnam\)(' \
	'a banned function' $ours
never '\<\(system\|popen\)(' 'a shell' $(echo "$ours" | grep -v '^cli/')
never 'PQescape\|PQexecParams(.*,[^,]*snprintf' 'values travel as parameters' \
	$ours
never 'fcgi_stdio' 'the library'\''s stdio wrapper' $ours
never '\<\(TODO\|FIXME\|XXX\|HACK\)\>' 'do it or leave it' $ours \
	$(ls migrations/*.sql schema/*/*.sql script/* nginx/* 2>/dev/null)

# A function has one definition, either in schema/ or in a step. The down part of a step
# may restore the definition of an older version.
sed -s -n '/^-- down$/,$d; s/^[[:space:]]*CREATE \(OR REPLACE \)\{0,1\}FUNCTION \([a-z_.]*\)(\([^)]*\).*/\2(\3/p' \
	migrations/[0-9]*.sql schema/*/*.sql | sort | uniq -d | while read -r twice; do
	echo "$twice) is defined twice in migrations/ and schema/"
done | grep . && bad=1

# A module that organizations switch on lives in its own folders: nothing else names it, its tables or its functions,
# except for
#	membership.users	the users of a migrated application, a table that is older than the module
#	the archive		in which the user of a profile is a member, or nobody
#	journeys/supabase	which fills the membership module
#	schema/resources	a file for each resource, which names its module
#	schema/refusals		a file for each area
#	crm.is_automatic	a name that tables of any module may give a function
core='lib fcgi jobs cli handlers schema share nginx journeys systemd libexec web/src'
named() {
	grep -v -e '^journeys/supabase/' -e '^schema/resources/' -e "^schema/refusals/\($1\.sql\|sources\.am\):" -e '^\(handlers\|schema\|web/src\|journeys\)/'"$1/" -e 'membership\.users\>' -e 'crm\.is_automatic\>' \
		-e "^schema/ops/organization_archive\.sql:.*to_regclass('membership\.user_profiles')"
}
for folder in $(grep -l '\.org_module = ' handlers/*/*.c | cut -d/ -f2 | sort -u); do
	if [ -e web/src ]; then
		# The name can also be the name of a database schema, or a word. Only the name in quotes counts, except
		# in lists of schemas and before a point.
		word="\\<$folder\\>" lists='^$'
		if grep -q "^CREATE SCHEMA $folder;" migrations/*.sql; then
			word="['\"{/,]${folder}['\"}/,]\\|\\<$folder\\.[a-z_]" lists="'ops'\\|regnamespace"
		fi
		defined=$(sed -n 's/^CREATE OR REPLACE \(FUNCTION\|VIEW\) \([a-z_]*\.[a-z_0-9]*\).*/\2/p' schema/"$folder"/*.sql)
		names=$({
			grep -rnI "$word" $core | grep -v "$lists"
			echo "$defined" | grep -rnIwF -f - $core
		} | named "$folder" | sort -u)
		[ -z "$names" ] || say "the module $folder is named in
$names"
	fi
	grep -qrw "'$folder'" "schema/$folder" || say "schema/$folder does not define the module $folder"
done

# Every .c file begins with one sentence that describes it.
for file in $(echo "$ours" | grep '\.c$') tools/*.c; do
	head -n 1 "$file" | grep -q '^/\*' || say "$file has no opening sentence"
done

# The table of folders in docs/architecture.md equals this list.
told=$(sed -n '/^| folder/,/^$/ { s/^| `\([a-z0-9/]*\)\/` | .*/\1/p; /^$/q }' \
	docs/architecture.md)
[ "$told" = "$(echo "$folders" | grep .)" ] ||
	say "docs/architecture.md does not list the folders of tests/layers.sh"

# Files that are not listed are not compiled or installed.
for file in $(echo "$ours" | grep -v '^handlers/ondemand\.[ch]$\|/main\.c$') schema/*/*.sql; do
	grep -qF "%D%/${file##*/}" "${file%/*}/sources.am" ||
		say "${file%/*}/sources.am does not list $file"
done

# routes FLAG: prints the paths of the routes with this flag, up to their first
# parameter.
routes() {
	for file in $handlers; do
		at=$(sed -n 's/^#define AT *"\(.*\)"$/\1/p' "$file")
		sed "s|AT \"|\"$at|g" "$file" | tr -d '\n\t' |
			sed 's/{ METHOD_/\n&/g' | grep "^{ METHOD_.*$1" |
			sed -e 's/{ METHOD_[A-Z]*, "\([^"{]*\).*/\1/' -e 's|/$||'
	done
}

# Routes that hash a password use the login pool. Routes that call other servers use the
# slow pool.
for path in $(routes ROUTE_HASHES); do
	grep -qxF "	$path login;" nginx/tenantry.conf.in ||
		say "nginx/tenantry.conf.in does not send $path to the login pool"
done
for path in $(routes ROUTE_FETCHES); do
	grep -qxF -e "	$path slow;" -e "	location $path {" \
		-e "	location = $path {" nginx/tenantry.conf.in ||
		say "nginx/tenantry.conf.in does not send $path to the slow pool"
done

# A trial that searches for faults must not test a secret, so the field of a body that is compared with a secret says it.
for file in $handlers; do
	tr -d '\n\t\\' <"$file" | grep -o '{ *"[A-Za-z_]*", *BODY_[A-Z_]*,[^}]*}' |
		grep '^{ *"\([A-Za-z_]*[tT]oken\|code\|otp\)"' | grep -v BODY_SECRET |
		sed "s|^|$file: without BODY_SECRET: |"
done | grep . && bad=1

# The maximum number of faults in a response is the same in C and in SQL.
most=$(sed -n 's/^#define FAULTS_MAX \([0-9]*\).*/\1/p' lib/base/problem.h)
grep -q "jsonb_array_length(noted) = $most THEN" schema/ops/refusal.sql ||
	say "ops.fault() in schema/ops/refusal.sql does not raise the faults at FAULTS_MAX, $most"

# If two headers have the same guard, one of them is empty where both are included.
for guard in $(files $folders | grep '\.h$' | xargs sed -n 's/^#ifndef \([A-Z0-9_]*_H\)$/\1/p' | sort | uniq -d); do
	say "$guard guards two headers"
done

# Each test belongs to a suite.
if [ -e script/test ]; then
	for file in tests/api/*/*.test.mjs tests/web/*/*.test.mjs; do
		folder=${file%/*} name=${file##*/}
		grep -q "run.sh .*\<${folder#tests/api/}\>\|$folder/run.sh" script/test ||
			[ "$folder" = tests/api/screens ] ||
			say "no suite of script/test runs $folder/$name"
	done
	for file in tests/api/*.test.mjs; do
		grep -q "run.sh .*\<${file#tests/api/}" script/test ||
			say "no suite of script/test runs $file"
	done
	for file in tests/sql/*.sql tests/sql/*.sh; do
		name=${file#tests/sql/}
		grep -q "^\(short\|long\)=.*\<${name%.*}\>" tests/sql/run.sh ||
			grep -q "$name" tests/sql/*.sh tests/sql/*.sql Makefile.am ||
			say "tests/sql/run.sh does not run $file"
	done
fi

# No file may contain these names of places outside the project. The patterns are split so that this file does not match
# them.
if command -v git >/dev/null && git rev-parse --git-dir >/dev/null 2>&1; then
	words='/wor''k/\|/hom''e/[a-z]\|\(^\|[^a-z-]\)/roo''t/\|registry\.''npmjs'
	words="$words"'\|verda''ccio\|pypi\.''org\|deb\.''debian\.org'
	git grep -nI "$words" -- . ':!tests/system/machine' &&
		say '^ names a place outside the project'
fi

exit $bad
