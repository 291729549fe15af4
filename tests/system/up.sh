#!/bin/bash
# up.sh - tests script/up and script/down in a copy of the checkout
#
# As root it runs as nobody, because root's script/up uses the machine's own
# folders.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d /tmp/tenantry-up.XXXXXX)
copy=$work/checkout
as=(env -i "PATH=$PATH" "HOME=$work")
[ -z "${CCACHE_DIR:-}" ] || as+=("CCACHE_DIR=$CCACHE_DIR")
[ "$(id -u)" != 0 ] ||
	as=(setpriv --reuid=nobody --regid=nogroup --clear-groups "${as[@]}")
passed=0 failed=0 holder=

finish() {
	[ -z "$holder" ] || kill "$holder" 2>/dev/null || :
	(cd "$copy" && "${as[@]}" script/down) >/dev/null 2>&1 || :
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

fail() {
	failed=$((failed + 1))
	echo "FAILED: $*"
	tail -n 5 "$work/out" | sed 's/^/        /'
}

# expect WHAT COMMAND...
expect() {
	local what=$1
	shift
	if "$@" >/dev/null 2>&1; then passed=$((passed + 1))
	else fail "$what"; fi
}

# up NAME=VALUE...: runs script/up; sets STATUS and writes its output to out.
up() {
	STATUS=0
	(cd "$copy" && exec "${as[@]}" "$@" script/up) \
	    </dev/null >"$work/out" 2>&1 || STATUS=$?
}

# works WHAT NAME=VALUE...: script/up succeeds and prints the same text as
# before; the first run may also print what it creates.
works() {
	local what=$1
	shift
	up "$@"
	[ $STATUS = 0 ] || { fail "$what: status $STATUS"; return 0; }
	[ -e "$work/first" ] || cp "$work/out" "$work/first"
	expect "$what: different text" cmp "$work/first" "$work/out"
	expect "$what: not ready" curl -fsS "$(url)/ready"
}

# refuses TEXT NAME=VALUE...: script/up fails with one line that contains TEXT.
refuses() {
	local text=$1
	shift
	up "$@"
	expect "$*: not rejected" [ $STATUS != 0 ]
	expect "$*: does not print \"$text\"" grep -qF -- "$text" "$work/out"
	expect "$*: more than one line" [ "$(wc -l <"$work/out")" = 1 ]
}

url() {
	cat "$copy/var/url"
}

# Prints the pids of supervisor, jobs, nginx and Postgres.
pids() {
	cat "$copy/var/workers.pid" "$copy/var/jobs.pid" "$run/nginx.pid"
	head -n 1 "$copy/var/pg/postmaster.pid"
}

# killed WHICH WHAT: kills those lines of pids; script/up restarts them.
killed() {
	local pid gone
	gone=$(pids | sed -n "$1")
	for pid in $gone; do
		kill -KILL "$pid"
	done
	for pid in $gone; do
		while [ -d "/proc/$pid" ]; do sleep 0.1; done
	done
	works "$2"
	expect "$2: not all processes run" all_run
}

all_run() {
	local pid
	for pid in $(pids); do [ -d "/proc/$pid" ] || return 1; done
}

printed_commands() {
	local line
	while read -r line; do
		if (cd "$work" && bash -c "$line") >"$work/answer" 2>&1 &&
		    grep -qE '"(first_name|token)"' "$work/answer"; then
			passed=$((passed + 1))
		else
			fail "does not work as printed: $line"
		fi
	done < <(grep -E '^    curl ' "$work/first")
}

first_time() {
	up
	[ $STATUS = 0 ] || { cat "$work/out"; exit 1; }
	run=$(sed -n 's|^export TENANTRY_SOCKET=\(.*\)/api.sock|\1|p' \
	    "$copy/var/env")
	works 'the second time'
	before=$(pids)
	works 'the third time'
	expect 'running it again changed something' [ "$before" = "$(pids)" ]
	expect 'others can read secrets' [ "$(stat -c %a "$copy"/var/secret \
	    "$copy"/var/demo-password "$copy"/var/env | sort -u)" = 600 ]
	printed_commands
	before=$(pids)
	(cd "$copy" && exec "${as[@]}" PORT= script/up) \
	    </dev/null >"$work/other" 2>&1 &
	up PORT=
	expect 'the first of two concurrent runs failed' [ $STATUS = 0 ]
	expect 'the second of two concurrent runs failed' wait $!
	expect 'concurrent runs changed something' [ "$before" = "$(pids)" ]
}

refusals() {
	refuses 'choose demo or none' SEED=everything
	refuses 'not a number of a port' PORT=http
	refuses 'choose one from 1024' PORT=80
	refuses 'could not connect to the database' \
	    DATABASE_URL=postgres://x:hunter2@127.0.0.1:1/x
	refuses 'invalid connection URL in DATABASE_URL' DATABASE_URL=hunter2
	expect 'an error shows a password' \
	    bash -c '! grep -q hunter2 "$0"' "$work/out"
	perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(
		LocalAddr => "127.0.0.1", Listen => 1) or die;
		$| = 1; print $s->sockport, "\n"; sleep 600' >"$work/port" &
	holder=$!
	until [ -s "$work/port" ]; do sleep 0.05; done
	refuses 'is taken by another program; choose another' \
	    "PORT=$(cat "$work/port")"
	expect 'a taken port stopped running processes' curl -fsS "$(url)/ready"
}

mending() {
	killed 1p 'after the supervisor was killed'
	killed 2p 'after the jobs were killed'
	killed 3p 'after nginx was killed'
	killed 4p 'after Postgres was killed'
	killed p 'after all were killed'
	rm -rf "$run"
	works 'after the sockets were deleted'
}

tenantry() {
	(cd "$copy" && "${as[@]}" bash -c '. var/env && exec tenantry "$@"' \
	    tenantry "$@")
}

# Mail is stored and shown; a mail server is used from the next start.
mailing() {
	local before
	expect 'the first run does not mention mail' \
	    grep -qF '/env; tenantry mail )' "$work/first"
	expect 'tenantry mail does not work' tenantry mail
	up SMTP_URL=nowhere
	expect 'an invalid SMTP_URL is not rejected' [ $STATUS != 0 ]
	expect 'an invalid SMTP_URL is not reported' \
	    grep -q 'SMTP_URL is not smtp://' "$work/out"
	up SMTP_URL=smtp://127.0.0.1:1 TENANTRY_MAIL_FROM='A b <a@b.test>'
	expect 'it does not start with a mail server' [ $STATUS = 0 ]
	expect 'tenantry-jobs does not use the server' \
	    grep -q 'start jobs smtp=smtp://127.0.0.1:1 ' "$copy/var/log/jobs.log"
	expect 'the output still says that mail is stored' \
	    bash -c '! grep -q "tenantry mail" "$0"' "$work/out"
	works 'without a mail server again'
}

none_run() {
	! pgrep -f "$copy/var"
}

stopping() {
	local was
	was=$(url)
	(cd "$copy" && "${as[@]}" script/down) >"$work/out" 2>&1 ||
		fail 'script/down failed'
	expect 'processes still run' none_run
	expect 'the port still responds' bash -c '! curl -s "$0/live"' "$was"
	expect 'var/url still exists' [ ! -e "$copy/var/url" ]
	works 'after script/down'
	# the organization that printed_commands created
	expect 'created data is gone' grep -q true \
	    <(curl -fsS "$(url)/api/init_state")
}

mkdir "$copy"
tar -C "$here/../.." -c --exclude=./.git --exclude=./var --exclude=./_build \
    --exclude=node_modules . | tar -C "$copy" -x --no-same-owner
[ "$(id -u)" != 0 ] || chown -R nobody "$work"
first_time
refusals
mending
mailing
stopping
echo "up: $passed passed, $failed failed"
[ $failed = 0 ]
