#!/bin/bash
# run.sh [DOCUMENT ...] - runs the commands of the documents, and checks their claims
#
# Every command block of CONTRIBUTING.md, docs/ and each README.md is run in a
# throw-away copy of the tree; blocks.mjs describes the marks of blocks. check.mjs
# compares tables, options and links with the programs. Root runs the blocks as root, with a
# separate state, because the state of the machine may be in use. With DOCS_USER=nobody, root
# runs them as this user.
set -euo pipefail

SOURCES=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
DOCS=$SOURCES/tests/system/docs
. "$SOURCES/tests/lib/clients.sh"
failed=0 blocks=0 skipped=0
# shellcheck disable=SC2046
unset $(compgen -e | grep -E '^(PG|TENANTRY_|BETTER_AUTH_)') DATABASE_URL PORT \
	SEED SIGNUP BUILD TEST_PGDATA || :

work=$(scratch docs)
reader=${DOCS_USER:-}
as=(env "HOME=$HOME")
if [ -n "$reader" ]; then
	as=(setpriv "--reuid=$reader" "--regid=$(id -g "$reader")" --clear-groups
	env "HOME=$work/home")
elif [ "$(id -u)" = 0 ]; then
	as+=("TENANTRY_STATE=$work/state")
fi

neighbour= shared=

finish() {
	end_neighbour
	[ ! -e "$work/up/script/down" ] ||
		(cd "$work/up" && "${as[@]}" script/down >/dev/null 2>&1) || :
	rm -rf "$work"
	[ -z "${WORK:-}" ] || rm -rf "${WORK%/system/docs}"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# copy_tree FROM TO: copies the files of a clone, and files that are not committed yet.
copy_tree() {
	mkdir -p "$2"
	tar -C "$1" -c --exclude=./.git --exclude=./var --exclude=./_build \
		--exclude=./build --exclude=node_modules --exclude=./autom4te.cache \
		. | tar -C "$2" -x --no-same-owner
}

# new_up FROM: creates the checkout in which script/up runs.
new_up() {
	copy_tree "$1" "$work/up"
	[ -z "$reader" ] || chown -R "$reader" "$work/up"
}

# start_neighbour SCRIPT FOLDER: starts the server that the blocks of the script need. The
# address of the server replaces the address in the document.
start_neighbour() {
	local name folder tick run=(node --require "$SOURCES/tests/lib/node18.cjs")
	name=$(cat "$1.beside")
	folder=$work/neighbour
	mkdir "$folder"
	[ -n "${WORK:-}" ] || {
		with_clients "$DOCS"
		trap finish EXIT
		cp "$SOURCES/tests/system/jobs/lib/smtp.mjs" "$WORK"
	}
	[[ $name != @(better-auth|supabase|atomic-crm) ]] || run=("$SOURCES/tests/with-postgres" "${run[@]}")
	SOURCES=$SOURCES setsid "${run[@]}" "$WORK/neighbour.mjs" "$name" "$folder" \
		</dev/null >"$folder/log" 2>&1 &
	neighbour=$!
	for ((tick = 0; tick < 600; tick++)); do
		[ ! -e "$folder/names" ] || break
		kill -0 $neighbour 2>/dev/null || break
		sleep 0.1
	done
	[ -e "$folder/names" ] || {
		cat "$folder/log"
		echo "docs: $name did not start" >&2
		exit 1
	}
	# shellcheck disable=SC2046
	sed -i -f "$folder/names" "$1" $(ls "$2"/*.expected 2>/dev/null)
}

end_neighbour() {
	[ -n "$neighbour" ] || return 0
	kill -- "-$neighbour" 2>/dev/null || :
	wait "$neighbour" 2>/dev/null || :
	neighbour=
	rm -rf "$work/neighbour"
}

# play SCRIPT ROOT OUT COMMAND...: runs a script of blocks with the command.
play() {
	local script=$1 root=$2 out=$3
	shift 3
	{
		echo 'set -eEuo pipefail'
		printf 'ROOT=%q OUT=%q DOCS=%q\n' "$root" "$out" "$root/tests/system/docs"
		# The issuer is in a private network.
		echo 'export TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_PROVIDERS=on'
		# As root, script/up runs its programs as a different user.
		echo '[ "$(id -u)" != 0 ] || [ -z "${TEST_PGDATA:-}" ] || chmod 711 "$PGHOST"'
		echo 'compare() { node "$DOCS/blocks.mjs" compare "$@"; }'
		echo "trap 'echo \"\$BLOCK: failed: \${BASH_COMMAND%%[[:cntrl:]]*}\" >&2' ERR"
		echo 'cd "$ROOT"'
		cat "$script"
	} >"$script.full"
	if ! (cd "$root" && "$@" bash "$script.full") </dev/null \
		>>"$work/log" 2>"$script.err"; then
		failed=$((failed + 1))
		tail -n 15 "$(ls -t "$out"/*.out | head -n 1)" || :
		tail -n 15 "$script.err"
	fi
}

down() {
	(cd "$work/up" && "${as[@]}" script/down >>"$work/log" 2>&1)
}

# Removes the changes of a document.
forget() {
	shared=
	down
	rm -rf "$work/up/var" "$work/state"
}

start_up() {
	(cd "$work/up" && TENANTRY_RATE_LIMIT=off "${as[@]}" script/up) \
		</dev/null >>"$work/log" 2>&1 || {
		tail -n 15 "$work/log"
		echo "docs: script/up failed" >&2
		exit 1
	}
}

# up: runs script/up in a new installation. It is created once, and each document gets a copy,
# because the schema and the demo take longer than most documents.
up() {
	local state=$work/up/var
	[ -n "$reader" ] || [ "$(id -u)" != 0 ] || state=$work/state
	[ -e "$work/new" ] || {
		start_up
		down
		mv "$state" "$work/new"
	}
	cp -a "$work/new" "$state"
	start_up
}

# own_stack: starts a stack that no other document has used.
own_stack() {
	[ -z "$shared" ] || forget
	up
}

document() {
	local name=$1 folder script
	folder=$work/blocks/${name//\//-}
	node "$DOCS/blocks.mjs" scripts "$SOURCES" "$name" "$folder" || {
		failed=$((failed + 1))
		return 0
	}
	blocks=$((blocks + $(cat "$folder/blocks")))
	skipped=$((skipped + $(cat "$folder/skipped")))
	[ -z "$reader" ] || chown -R "$reader" "$folder"
	for script in "$folder"/*.sh; do
		case $name:$script in
		*'*.sh') ;;
		CONTRIBUTING.md:*.main.sh)
			copy_tree "$SOURCES" "$work/tree"
			play "$script" "$work/tree" "$folder" env
			;;
		CONTRIBUTING.md:*.up.sh) # with the additions above
			[ -z "$shared" ] || forget
			new_up "$work/tree"
			play "$script" "$work/up" "$folder" "${as[@]}"
			forget
			rm -rf "$work/up"
			new_up "$SOURCES"
			;;
		*.postgres.sh)
			[ -z "$shared" ] || forget
			play "$script" "$work/up" "$folder" "${as[@]}" \
				tests/with-postgres
			forget
			;;
		*)
			if grep -qxF '. docs/api/start.sh' "$name"; then
				# This document creates an organization, so these pages
				# share one stack.
				[ -n "$shared" ] || up
				shared=yes
				play "$script" "$work/up" "$folder" "${as[@]}"
				continue
			fi
			own_stack
			[ ! -e "$script.beside" ] ||
				start_neighbour "$script" "$folder"
			play "$script" "$work/up" "$folder" "${as[@]}"
			end_neighbour
			forget
			;;
		esac
	done
}

# Compares tables, options and links with the programs and a running stack.
check() {
	local url
	own_stack
	url=$(cat "$work/up/var/url")
	PROGRAMS=$work/up/_build BASE=$url \
		PASSWORD=$(cat "$work/up/var/demo-password") \
		node "$DOCS/check.mjs" "$SOURCES" || failed=$((failed + $?))
	forget
}

cd "$SOURCES"
all=$(ls README.md CONTRIBUTING.md docs/*.md docs/api/*.md ./*/README.md contrib/*/README.md |
	sed 's|^\./||' | sort -u)
mkdir -p "$work/home" "$work/blocks"
chmod 755 "$work"
[ -z "$reader" ] || chown "$reader" "$work/home" "$work/blocks"
new_up "$SOURCES"
[ $# != 0 ] || set -- $all
for name; do
	start=$SECONDS
	document "$name"
	echo "$name: $((SECONDS - start)) s"
done
[ $# != 0 ] || check
[ "$skipped" -le 6 ] || {
	echo "$skipped blocks are not checked; six need minutes or the sources"
	failed=$((failed + 1))
}
echo "docs: $blocks blocks done, $skipped not checked, $failed failures"
[ $failed = 0 ]
