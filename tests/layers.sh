#!/bin/sh
# layers.sh - who may include and call whom, as a test
cd "${srcdir:-$(dirname "$0")/..}" || exit 99
bad=0

say() {
	echo "$*"
	bad=1
}

ours=$(ls fcgi/*.[ch] handlers/*.[ch] jobs/*.[ch] cli/*.[ch])

# only PATTERN FILE...: the include may appear in these files alone.
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

# never PATTERN REASON FILE...: the pattern may not appear in these files.
never() {
	pattern=$1
	reason=$2
	shift 2
	grep -n "$pattern" "$@" /dev/null && say "^ $reason"
}

# without PATTERN LIST: the list but for files of that name.
without() {
	echo "$2" | tr ' ' '\n' | grep -vx "$1"
}

fcgi=$(ls fcgi/*.[ch])
handlers=$(ls handlers/*.[ch])
jobs=$(ls jobs/*.[ch])

only '<libpq-fe.h>' fcgi/connection.c fcgi/connection.h fcgi/db.c fcgi/db_error.c fcgi/db_error.h \
    fcgi/exchange.c fcgi/exchange.h cli/pg.c
only '<fcgiapp.h>' fcgi/gateway.c
only '<uuid/' fcgi/id.c
only '<libscrypt.h>' fcgi/password.c
only '<crypt.h>' fcgi/password.c
only '<sodium.h>' fcgi/base64.c fcgi/seal.c
only '<fido' fcgi/public_key.c
only '<liboath/' fcgi/totp.c
only '<utf8proc.h>' fcgi/contentline.c fcgi/naming.c fcgi/password.c fcgi/title.c
only '<libpsl.h>' fcgi/naming.c
only '<curl/' fcgi/transfer.c jobs/smtp.c
only '<gmime/' fcgi/mime.c
only '<pg_query.h>' fcgi/sqlguard.c
only '<expat.h>' fcgi/dav.c
only '<cjose/' fcgi/idtoken.c
only '"../handlers/' fcgi/main.c
only '"gateway.h"' fcgi/gateway.c fcgi/stream.c fcgi/worker.c
only '"supervisor.h"' fcgi/supervisor.c fcgi/main.c
only '"worker.h"' fcgi/worker.c fcgi/supervisor.c fcgi/main.c
for file in $(grep -l '#include <openssl/' $ours); do
	case $file in
	fcgi/token.c | fcgi/digest.c | fcgi/jwt.c | fcgi/password.c | fcgi/breached.c | \
	    fcgi/signer.c | cli/*) ;;
	*) say "$file must not include <openssl/>" ;;
	esac
done

# Mail asks the database in one place, each chore in its own; all of them
# stand on the library alone.
for file in $(grep -l 'db_run(\|SQL(' $jobs); do
	[ "$file" = jobs/outbox.c ] || grep -q '"chores.h"' "$file" ||
		say "$file must go through outbox.h"
done
never '"\(\.\./handlers/\|request\|response\|router\|session\|worker\)' \
    'jobs answer no request' $jobs

# Downwards only, and no door between two handlers.
for file in $handlers; do
	for name in $(sed -n 's/^#include "\(.*\)\.h"$/\1/p' "$file"); do
		[ -e "fcgi/$name.h" ] || [ "$name" = handlers ] ||
		    [ "handlers/$name.h" = "${file%.c}.h" ] ||
		    grep -q 'shared by' "handlers/$name.h" 2>/dev/null ||
			say "$file must not include $name.h"
	done
done
never '#include "\(gateway\|worker\|supervisor\|statement\|filter\|query\).h"' \
    'handlers stand on resource, session, request and response' $handlers
for file in fcgi/*.c; do
	for handler in handlers/*.c; do
		handler=$(basename "$handler" .c)
		grep -qw "${handler}_module" "$file" &&
			say "$file knows the handler $handler"
	done
done

never 'json_object_put\|json_object_get(' 'json.c alone counts references' \
    $(without 'fcgi/json\.[ch]' "$fcgi") $handlers $jobs
never 'PQclear\|[^_a-z]free(\|[^_a-z]malloc(' 'the arena frees' $handlers $jobs
never 'db_run(' 'handlers go through session_read and session_write' $handlers
never '(struct sql)\|\.sql = {' 'SQL() takes a literal' $handlers $jobs \
    $(without 'fcgi/sql\.h\|fcgi/statement\.c' "$fcgi")
never 'sql\.text = ' 'SQL is built in statement.c and session.c' $handlers $jobs
never 'arena_printf([^;]*\(SELECT\|INSERT\|UPDATE\|DELETE\)' 'hand-made SQL' \
    $handlers $jobs
never 'org_id' 'tenancy is in the database' $fcgi $handlers $jobs
never '\<\(strcpy\|strcat\|strncpy\|strncat\|sprintf\|vsprintf\|asprintf\|atoi\|atol\|strtok\|gets\|alloca\|mktemp\|tmpnam\)(' \
    'a banned function' $ours
never '\<\(system\|popen\)(' 'a shell' $fcgi $handlers $jobs
never 'PQescape\|PQexecParams(.*,[^,]*snprintf' 'values travel as parameters' \
    $ours
never 'fcgi_stdio' 'the library'\''s stdio wrapper' $ours
never '\<\(TODO\|FIXME\|XXX\|HACK\)\>' 'do it or leave it' $ours \
    $(ls migrations/*.sql schema/*/*.sql script/* nginx/* 2>/dev/null)

# A function has one definition, in schema/ or else in a step.
sed -n 's/^[[:space:]]*CREATE \(OR REPLACE \)\{0,1\}FUNCTION \([a-z_.]*\)(\([^)]*\).*/\2(\3/p' \
    migrations/*.up.sql schema/*/*.sql | sort | uniq -d | while read -r twice; do
	echo "$twice) is defined twice in migrations/ and schema/"
done | grep . && bad=1

# What is not listed is not installed.
listed=$(cat Makefile.am */*.am */*/*.am 2>/dev/null)
for file in migrations/*.sql schema/*/*.sql; do
	echo "$listed" | grep -qF "$file" || say "no Makefile lists $file"
done

# A file that outgrows its noun is two files.
for file in $ours tests/unit/*.c tests/fuzz/*.c; do
	[ -e "$file" ] || continue
	[ "$(wc -l <"$file")" -le "${LINES_MAX:-400}" ] ||
		say "$file has $(wc -l <"$file") lines"
done

# Whoever looks for a file's place in the house finds it.
for file in fcgi/*.c; do
	grep -qw "$(basename "$file" .c)" docs/architecture.md ||
		say "docs/architecture.md does not name $file"
done

# What hashes a password goes to the login pool.
for path in $(cat $handlers | tr -d '\n\t' | grep -o 'METHOD_POST, "[^}]*}' |
    grep ROUTE_HASHES | sed 's/METHOD_POST, "\([^"]*\)".*/\1/'); do
	grep -qxF "	$path login;" nginx/tenantry.conf.in ||
		say "nginx/tenantry.conf.in does not send $path to the login pool"
done

# What asks other servers goes to the slow pool.
for path in $(cat $handlers | tr -d '\n\t' |
    grep -o 'METHOD_[A-Z]*, "[^}]*\({[a-z]*}"[^}]*\)\?}' | grep ROUTE_FETCHES |
    sed -e 's/METHOD_[A-Z]*, "\([^"{]*\).*/\1/' -e 's|/$||'); do
	grep -qxF -e "	$path slow;" -e "	location $path {" \
	    -e "	location = $path {" \
	    nginx/tenantry.conf.in ||
		say "nginx/tenantry.conf.in does not send $path to the slow pool"
done

# What belongs to somebody's machine and to nobody else.  The patterns are
# broken so that this file does not find itself.
if command -v git >/dev/null && git rev-parse --git-dir >/dev/null 2>&1; then
	words='/wor''k/\|/hom''e/[a-z]\|\(^\|[^a-z-]\)/roo''t/\|registry\.''npmjs'
	words="$words"'\|verda''ccio\|pypi\.''org\|deb\.''debian\.org'
	git grep -nI "$words" -- . ':!tests/machine' &&
		say '^ names a place outside the project'
fi

exit $bad
