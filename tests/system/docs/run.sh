#!/bin/bash
# run.sh [DOCUMENT ...] - does what the documents say, and checks what they claim
#
# Every command block of README.md, CONTRIBUTING.md, docs/ and bench/README.md
# is run in a throw-away copy of the tree; blocks.mjs tells how a block is
# marked.  check.mjs compares tables, options and links with what is there.
# As root, script/up would act on the machine's own installation, so those
# blocks run as nobody.
set -euo pipefail

SOURCES=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
DOCS=$SOURCES/tests/system/docs
failed=0 blocks=0 skipped=0
# shellcheck disable=SC2046
unset $(compgen -e | grep -E '^(PG|TENANTRY_|BETTER_AUTH_)') DATABASE_URL PORT \
    SEED SIGNUP BUILD TEST_PGDATA || :

work=$(mktemp -d /tmp/tenantry-docs.XXXXXX)
as=(env "HOME=$HOME")
other=()
if [ "$(id -u)" = 0 ]; then
	other=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	as=("${other[@]}" env "HOME=$work/home")
fi

finish() {
	[ ! -e "$work/up/var/lock" ] ||
		(cd "$work/up" && "${as[@]}" script/down >/dev/null 2>&1) || :
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# copy_tree FROM TO: what a clone would hold, and what is not committed yet.
copy_tree() {
	mkdir -p "$2"
	tar -C "$1" -c --exclude=./.git --exclude=./var --exclude=./_build \
	    --exclude=./build --exclude=node_modules --exclude=./autom4te.cache \
	    . | tar -C "$2" -x --no-same-owner
}

# new_up FROM: the checkout in which script/up runs.
new_up() {
	copy_tree "$1" "$work/up"
	[ -z "${other[*]}" ] || chown -R nobody "$work/up"
}

# play SCRIPT ROOT OUT COMMAND...: runs a script of blocks by the command.
play() {
	local script=$1 root=$2 out=$3
	shift 3
	{
		echo 'set -eEuo pipefail'
		printf 'ROOT=%q OUT=%q DOCS=%q\n' "$root" "$out" "$root/tests/system/docs"
		echo 'export TENANTRY_RATE_LIMIT=off'
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

# An installation without a past.
forget() {
	(cd "$work/up" && "${as[@]}" script/down >>"$work/log" 2>&1)
	rm -rf "$work/up/var"
}

up() {
	(cd "$work/up" && TENANTRY_RATE_LIMIT=off "${as[@]}" script/up) \
	    </dev/null >>"$work/log" 2>&1 || {
		tail -n 15 "$work/log"
		echo "docs: script/up failed" >&2
		exit 1
	}
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
	[ -z "${other[*]}" ] || chown -R nobody "$folder"
	for script in "$folder"/*.sh; do
		case $name:$script in
		*'*.sh') ;;
		CONTRIBUTING.md:*.main.sh)
			copy_tree "$SOURCES" "$work/tree"
			play "$script" "$work/tree" "$folder" env ;;
		CONTRIBUTING.md:*.up.sh)	# with what was added above
			new_up "$work/tree"
			play "$script" "$work/up" "$folder" "${as[@]}"
			forget
			rm -rf "$work/up"
			new_up "$SOURCES" ;;
		*.postgres.sh)
			play "$script" "$work/up" "$folder" "${as[@]}" \
			    tests/with-postgres
			forget ;;
		*)
			up
			play "$script" "$work/up" "$folder" "${as[@]}"
			forget ;;
		esac
	done
}

# Tables, options and links, against the programs and a running stack.
check() {
	local url
	up
	url=$(cat "$work/up/var/url")
	PROGRAMS=$work/up/_build BASE=$url \
	    PASSWORD=$(cat "$work/up/var/demo-password") \
	    node "$DOCS/check.mjs" "$SOURCES" || failed=$((failed + $?))
	forget
}

cd "$SOURCES"
all=$(ls README.md CONTRIBUTING.md docs/*.md bench/README.md 2>/dev/null || :)
mkdir -p "$work/home" "$work/blocks"
chmod 755 "$work"
[ -z "${other[*]}" ] || chown nobody "$work/home" "$work/blocks"
new_up "$SOURCES"
for name in ${*:-$all}; do
	document "$name"
done
[ $# != 0 ] || check
[ "$skipped" -le 8 ] || {
	echo "$skipped blocks are not checked; 8 are too many already"
	failed=$((failed + 1))
}
echo "docs: $blocks blocks done, $skipped not checked, $failed failures"
[ $failed = 0 ]
