#!/bin/bash
# up.sh - tests script/up and script/down in a copy of the checkout
#
# If started by root, it runs as nobody, because root's script/up uses the machine's own folders.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/scratch.sh"
work=$(scratch up)
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

# expect WHAT COMMAND...: counts a pass if the command succeeds.
expect() {
	local what=$1
	shift
	if "$@" >/dev/null 2>&1; then
		passed=$((passed + 1))
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
	[ $STATUS = 0 ] || {
		fail "$what: status $STATUS"
		return 0
	}
	[ -e "$work/first" ] || cp "$work/out" "$work/first"
	expect "$what: different text" diff "$work/first" "$work/out"
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

# Prints the pids of supervisor, jobs, nginx, Postgres and the feed.
pids() {
	cat "$copy/var/workers.pid" "$copy/var/jobs.pid" "$run/nginx.pid"
	head -n 1 "$copy/var/pg/postmaster.pid"
	cat "$copy/var/feed.pid"
}

# The script does not wait for the feed. A 404 means that the socket responds, but not to this path.
feed_answers() {
	local tick
	for ((tick = 0; tick < 100; tick++)); do
		[ "$(curl -s -o /dev/null -w '%{http_code}' --unix-socket \
			"$run/feed.sock" http://feed/)" != 404 ] || return 0
		sleep 0.1
	done
	return 1
}

# killed WHICH WHAT: kills the processes in these lines of pids. script/up restarts
# them.
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
	[ $STATUS = 0 ] || {
		cat "$work/out"
		exit 1
	}
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
	refuses 'not an absolute path' TENANTRY_STATE=data
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

repairing() {
	killed 1p 'after the supervisor was killed'
	killed 2p 'after the jobs were killed'
	killed 3p 'after nginx was killed'
	killed 4p 'after Postgres was killed'
	killed 5p 'after the supervisor of the feed was killed'
	expect 'the feed does not answer after its supervisor was killed' feed_answers
	killed p 'after all were killed'
	expect 'the feed does not answer after all were killed' feed_answers
	rm -rf "$run"
	works 'after the sockets were deleted'
}

# front.conf in var replaces the front end, until it is removed.
front_end() {
	echo 'location / { return 200 another; }' >"$copy/var/front.conf"
	works 'with another front end'
	works 'with another front end again'
	expect 'the other front end is not served' \
		[ "$(curl -fsS "$(url)/")" = another ]
	rm "$copy/var/front.conf"
	works 'without the other front end'
	expect 'our front end is not served' \
		[ "$(curl -fsS "$(url)/")" != another ]
}

# Files in S3 require the S3 settings in every run.
storage() {
	up UPLOAD_PROVIDER=s3 AWS_ACCESS_KEY_ID=k 'AWS_SECRET_ACCESS_KEY=a $b' \
		AWS_REGION=r AWS_BUCKET=files AWS_ENDPOINT_URL=http://127.0.0.1:1
	expect 'it does not start with S3' [ $STATUS = 0 ]
	cp "$copy/var/env" "$work/env"
	works 'after S3 was used'
	expect 'the settings of S3 are lost' cmp "$work/env" "$copy/var/env"
	works 'without S3' UPLOAD_PROVIDER= AWS_ACCESS_KEY_ID= \
		AWS_SECRET_ACCESS_KEY= AWS_REGION= AWS_BUCKET= AWS_ENDPOINT_URL=
	expect 'S3 is not removed' grep -qx "export AWS_BUCKET=''" "$copy/var/env"
}

tenantry() {
	(cd "$copy" && "${as[@]}" bash -c '. var/env && exec tenantry "$@"' \
		tenantry "$@")
}

# Mail is stored and shown. A new mail server is used from the next start on.
mailing() {
	local before
	expect 'the first run does not mention mail' \
		grep -qF '/env; tenantry mail )' "$work/first"
	expect 'tenantry mail does not work' tenantry mail
	up SMTP_URL=nowhere
	expect 'an invalid SMTP_URL is not rejected' [ $STATUS != 0 ]
	expect 'an invalid SMTP_URL is not reported' \
		grep -q 'SMTP_URL is not smtp://' "$work/out"
	up SMTP_URL=smtp://127.0.0.1:1 TENANTRY_MAIL_FROM='A b <a@b.test>' \
		POSTMARK_WEBHOOK_USER=hook UNKNOWN_SETTING=x
	expect 'it does not start with a mail server' [ $STATUS = 0 ]
	expect 'a setting is dropped' \
		grep -qx 'export POSTMARK_WEBHOOK_USER=hook' "$copy/var/env"
	expect 'a variable that is not a setting is kept' \
		bash -c '! grep -q UNKNOWN_SETTING "$0"' "$copy/var/env"
	expect 'tenantry-jobs does not use the server' \
		grep -q 'start jobs smtp=smtp://127.0.0.1:1 ' "$copy/var/log/jobs.log"
	expect 'the output still says that mail is stored' \
		bash -c '! grep -q "tenantry mail" "$0"' "$work/out"
	works 'without a mail server again'
}

# Ctrl-C ends the loop of script/up at any time: 200 loops next to one program, each interrupted at a different moment.
interrupted() {
	local try=$work/interrupted n
	mkdir -p "$try/script" "$try/sbin"
	cp "$(command -v sleep)" "$try/sbin/tenantry-fcgi"
	printf '#!/bin/bash\necho down >>%q\n' "$try/ended" >"$try/script/down"
	chmod +x "$try/script/down"
	{
		printf 'SRC=%q APP=%q\nSTATE=$1\nsay() { :; }\n' "$try" "$try"
		cat "$here/../../script/stack.bash" "$here/../../script/serve.bash" |
			sed -n '/^alive() {/,/^}/p; /^pid_in() {/,/^}/p; /^workers_run() {/,/^}/p'
		sed -n '/^process_lives() {/,/^}/p; /^stay() {/,/^}/p' "$here/../../script/up" | sed '/\[ -t 0 \]/d'
		echo stay
	} >"$try/stay"
	"$try/sbin/tenantry-fcgi" 3600 &
	for ((n = 0; n < 200; n++)); do
		mkdir "$try/$n"
		echo $! >"$try/$n/workers.pid"
	done
	for ((n = 0; n < 200; n++)); do
		# The loop runs in a separate process group, like the foreground of a terminal.
		env --default-signal=INT setsid bash "$try/stay" "$try/$n" >"$try/$n/out" 2>&1 &
		interrupt $! "$try/$n/out" "1.0$((RANDOM % 3))$((RANDOM % 10))" &
		[ $((n % 25)) != 24 ] || wait_for_all
	done
	wait_for_all
	kill %1 || :
	cp "$try/ended" "$work/out"
	expect "Ctrl-C does not always end script/up: $(wc -l <"$try/ended") of 200" [ "$(wc -l <"$try/ended")" = 200 ]
}

# Ctrl-C on the terminal of script/up, UP_STARTS times (default: 2, or 10 with TESTS_ALL). The script and all processes
# that it started end.
ctrl_c() {
	local n tick terminal starts=2
	[ -z "${TESTS_ALL:-}" ] || starts=10
	(cd "$copy" && "${as[@]}" script/down) >"$work/out" 2>&1
	mkfifo "$work/keys"
	for ((n = 0; n < ${UP_STARTS:-$starts}; n++)); do
		: >"$work/out"
		(cd "$copy" && exec "${as[@]}" script -qefc script/up /dev/null) <"$work/keys" >"$work/out" 2>&1 &
		terminal=$!
		exec 5>"$work/keys"
		for ((tick = 0; tick < 1200; tick++)); do
			! grep -q 'So does Ctrl-C here' "$work/out" || break
			sleep 0.1
		done
		sleep "$((RANDOM % 2)).$((RANDOM % 10))"
		printf '\003' >&5
		for ((tick = 0; tick < 400; tick++)); do
			kill -0 $terminal 2>/dev/null || break
			sleep 0.1
		done
		expect "Ctrl-C does not end script/up ($n)" bash -c "! kill -0 $terminal"
		exec 5>&-
		wait $terminal || :
		expect "processes run after Ctrl-C ($n)" none_run "$copy/var"
	done
	rm "$work/keys"
	works 'after Ctrl-C'
}

# The files of a server were replaced while it ran. For script/up, its program was deleted.
outdated() {
	local was
	was=$(head -n 1 "$copy/var/pg/postmaster.pid")
	sed -i.was 's/^cluster_outdated() {/&\n\t[ "$(head -n 1 "$STATE\/pg\/postmaster.pid")" != '"$was"' ] || return 0/' "$copy/script/cluster.bash"
	up
	expect 'Postgres is not restarted after an upgrade' grep -q 'restarting Postgres' "$work/out"
	expect 'it is the same server' [ "$(head -n 1 "$copy/var/pg/postmaster.pid")" != "$was" ]
	mv "$copy/script/cluster.bash.was" "$copy/script/cluster.bash"
	works 'after an upgrade of Postgres'
}

# If npm fails, the message is the first error and the remedy, instead of the path of npm's log.
npm_faults() {
	local log=$work/npm.log
	faulty() { # EXPECTED: the message for the log on standard input
		cat >"$log"
		SRC=/src bash -c "$(sed -n '/^web_fault() {/,/^}/p' "$here/../../script/up"); web_fault \$0" "$log" >"$work/out"
		expect "npm: does not say \"$1\"" grep -qF -- "$1" "$work/out"
		expect 'npm: names its own log' bash -c '! grep -q _logs "$0"' "$work/out"
	}
	faulty 'request to https://registry.example.org/vite failed, reason: getaddrinfo ENOTFOUND registry.example.org; npm needs its registry' <<-'LOG'
		npm ERR! code ENOTFOUND
		npm ERR! syscall getaddrinfo
		npm ERR! errno ENOTFOUND
		npm ERR! network request to https://registry.example.org/vite failed, reason: getaddrinfo ENOTFOUND registry.example.org
		npm ERR! network This is a problem related to network connectivity.

		npm ERR! A complete log of this run can be found in:
		npm ERR!     ~/.npm/_logs/2026-11-26T19_30_00_000Z-debug-0.log
	LOG
	faulty 'nospc ENOSPC: no space left on device, write; make room' <<-'LOG'
		npm error code ENOSPC
		npm error syscall write
		npm error errno -28
		npm error nospc ENOSPC: no space left on device, write
		npm error A complete log of this run can be found in: ~/.npm/_logs/2026-11-26T19_30_00_000Z-debug-0.log
	LOG
	faulty "src/records/noun.ts(3,1): error TS2322: Type 'number' is not assignable; $log has more" <<-'LOG'
		building
		src/records/noun.ts(3,1): error TS2322: Type 'number' is not assignable
		done
	LOG
	faulty 'web: node and npm are missing; apt-get install nodejs npm' <<<'web: node and npm are missing; apt-get install nodejs npm'
}

# interrupt GROUP FILE SECONDS: sends the signal after this time, once the file is not empty. Ends remaining
# processes.
interrupt() {
	local tick
	until [ -s "$2" ]; do sleep 0.02; done
	sleep "$3"
	kill -INT -- "-$1"
	for ((tick = 0; tick < 100; tick++)); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -KILL -- "-$1"
}

# Waits for all jobs except the first, which is the program.
wait_for_all() {
	local job
	for job in $(jobs -p | tail -n +2); do wait "$job" || :; done
}

# none_run FOLDER: no process has the folder in its command line.
none_run() {
	! pgrep -af "$1" | tee -a "$work/out" | grep .
}

stopping() {
	local was
	was=$(url)
	(cd "$copy" && "${as[@]}" script/down) >"$work/out" 2>&1 ||
		fail 'script/down failed'
	expect 'processes still run' none_run "$copy/var"
	expect 'the port still responds' bash -c '! curl -s "$0/live"' "$was"
	expect 'var/url still exists' [ ! -e "$copy/var/url" ]
	works 'after script/down'
	# This is the organization that printed_commands created.
	expect 'created data is gone' grep -q true \
		<(curl -fsS "$(url)/api/init_state")
}

# With a separate state, script/up starts another installation. The first installation loses nothing.
elsewhere() {
	local other=$work/elsewhere
	cp "$copy/var/demo-password" "$work/password"
	(cd "$copy" && "${as[@]}" script/down) >"$work/out" 2>&1
	up TENANTRY_STATE="$other"
	expect 'it does not start with another state' [ $STATUS = 0 ]
	expect 'another state has the data of the first' grep -q false \
		<(curl -fsS "$(url)/api/init_state")
	expect 'another state replaces files of the first' \
		cmp "$work/password" "$copy/var/demo-password"
	(cd "$copy" && "${as[@]}" TENANTRY_STATE="$other" script/down) \
		>"$work/out" 2>&1 || fail 'script/down with another state failed'
	expect 'processes of the other state run' none_run "$other/"
	up # on a different port if another program has taken the first port
	expect 'it does not start after another state was used' [ $STATUS = 0 ]
	expect 'script/down of another state removes files of the first' \
		cmp "$work/password" "$copy/var/demo-password"
	expect 'the data of the first is gone' grep -q true \
		<(curl -fsS "$(url)/api/init_state")
}

# said TEXT [SECONDS]: waits until dev has printed the text since the last call.
said() {
	local n line
	for ((n = 0; n < ${2:-600}; n++)); do
		line=$(tail -n "+$((read + 1))" "$work/dev" | grep -nF -m 1 -- "$1" | cut -d: -f1) || :
		if [ -n "$line" ]; then
			read=$((read + line))
			return 0
		fi
		kill -0 "$developer" 2>/dev/null || break
		sleep 1
	done
	cp "$work/dev" "$work/out"
	return 1
}

# edit FILE: writes standard input to the file in the copy.
edit() {
	"${as[@]}" tee "$copy/$1" >/dev/null
}

column() {
	(cd "$copy" && "${as[@]}" bash -c '. var/env && exec psql -XAtq -d "$DATABASE_URL" -c "$0"' \
		"SELECT string_agg(column_name, ' ') FROM information_schema.columns WHERE table_name = 'dev_rows'")
}

# tenantry dev: a migration that is written step by step, a mistake in it, an email, and Ctrl-C.
developing() {
	local migration read=0 developer
	migration=migrations/$(printf '%03d' $((10#$(cd "$copy/migrations" &&
		printf '%s\n' [0-9]*.sql | tail -n 1 | cut -c1-3) + 1)))_dev_rows.sql
	(cd "$copy/web" && exec env --default-signal=INT "${as[@]}" setsid "$copy/libexec/dev" \
		</dev/null >"$work/dev" 2>&1) &
	developer=$!
	expect 'dev does not start' said 'script/down stops everything'
	edit $migration <<<$'CREATE TABLE ops.dev_rows (a integer);\n-- down\nDROP TABLE ops.dev_rows;'
	expect 'dev does not see a new migration' said 'ready again: http'
	expect 'the migration did not run' [ "$(column)" = a ]
	edit $migration <<<$'CREATE TABLE ops.dev_rows (a integer, b integer);\n-- down\nDROP TABLE ops.dev_rows;'
	expect 'the migration is not reverted' said 'is reverted first'
	expect 'dev does not see a change' said 'ready again: http'
	expect 'the changed migration did not run' [ "$(column)" = 'a b' ]
	edit $migration <<<$'CREATE TABLE ops.dev_rows (a integer;\n-- down\nDROP TABLE ops.dev_rows;'
	expect 'a mistake is not reported' said 'syntax error'
	expect 'dev ends after a mistake' said 'waiting until a source changes'
	"${as[@]}" rm "$copy/$migration"
	expect 'dev does not see that a file is gone' said 'ready again: http'
	expect 'the migration is there still' [ -z "$(column)" ]
	curl -fsS "$(url)/api/auth/request-password-reset" -H 'Content-Type: application/json' \
		-d '{"email":"demo@clientflow.test"}' >"$work/answer" || fail 'no mail is asked for'
	expect 'dev prints no mail' said 'To: demo@clientflow.test' 60
	expect 'the mail has no link' said '    http' 60
	kill -INT "$developer"
	wait "$developer" || fail 'dev fails when it is stopped'
	expect 'processes run after dev has ended' none_run "$copy/var"
}

mkdir "$copy"
tar -C "$here/../.." -c --exclude=./.git --exclude=./var --exclude=./_build \
	--exclude=node_modules . | tar -C "$copy" -x --no-same-owner
[ "$(id -u)" != 0 ] || chown -R nobody "$work"
interrupted
npm_faults
first_time
refusals
repairing
front_end
storage
mailing
outdated
ctrl_c
stopping
elsewhere
developing
echo "up: $passed passed, $failed failed"
[ $failed = 0 ]
