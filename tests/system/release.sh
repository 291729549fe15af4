#!/bin/bash
# release.sh - packs a release tarball twice, unpacks it and runs it on a machine without Node
#
# BUILD is a configured build folder. If started by root, it runs as nobody, because root's script/up would
# install a missing Node.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/scratch.sh"
work=$(scratch release)
as=(env -i "PATH=$work/bin" "HOME=$work")
[ -z "${CCACHE_DIR:-}" ] || as+=("CCACHE_DIR=$CCACHE_DIR")
[ "$(id -u)" != 0 ] ||
	as=(setpriv --reuid=nobody --regid=nogroup --clear-groups "${as[@]}")
passed=0 failed=0 copy=

finish() {
	[ -z "$copy" ] ||
		(cd "$copy" && "${as[@]}" script/down) >/dev/null 2>&1 || :
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# expect WHAT COMMAND...: counts a pass if the command succeeds.
expect() {
	local what=$1
	shift
	if "$@" >/dev/null 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
		tail -n 5 "$work/out" | sed 's/^/        /'
	fi
}

# Provides the programs of this machine without Node and without a way to install Node.
programs() {
	local folder
	mkdir "$work/bin"
	for folder in /bin /sbin /usr/bin /usr/sbin /usr/local/bin; do
		find "$folder/" -maxdepth 1 \( -type f -o -type l \) \
			! -name 'node*' ! -name 'npm*' ! -name 'npx*' \
			! -name sudo -exec ln -sf -t "$work/bin" {} +
	done
}

unpack() {
	local packed
	make -s -C "$BUILD" dist WEB=yes >"$work/out" 2>&1 || {
		cat "$work/out"
		exit 1
	}
	packed=$(ls -t "$BUILD"/tenantry-*.tar.gz | head -n 1)
	tar -C "$work" -xzf "$packed"
	rm "$packed"
	copy=$(echo "$work"/tenantry-*)
	chmod 755 "$work"
	[ "$(id -u)" != 0 ] || chown -R nobody "$work"
}

# up: runs script/up; sets STATUS.
up() {
	STATUS=0
	(cd "$copy" && exec "${as[@]}" script/up) </dev/null >"$work/out" 2>&1 ||
		STATUS=$?
	url=$(cat "$copy/var/url" 2>/dev/null || :)
}

# served PATH FILE: the server sends this file for the path.
served() {
	curl -fsS "$url$1" | cmp - "$2"
}

first_record() {
	curl -fsS "$url/api/signup" -H 'Content-Type: application/json' \
		-d '{"email":"ada@example.org","password":"a long password","first_name":"Ada","last_name":"Lovelace"}' |
		sed 's/.*"token":"\([^"]*\)".*/\1/' >"$work/token"
	curl -fsS "$url/api/contacts" -H 'Content-Type: application/json' \
		-H "Authorization: Bearer $(cat "$work/token")" \
		-d '{"first_name":"Charles","last_name":"Babbage"}' | grep -q '"id"'
}

# packed FOLDER: prints the checksum of the tarball that is made from the copy of the tree in the folder.
packed() {
	mkdir -p "$1/tree/_build"
	tar --no-same-permissions -C "$1/tree" -xmf "$work/tree.tar"
	(cd "$1/tree" && autoreconf -fi && cd _build && ../configure -q && make -s dist WEB=yes) >"$work/out" 2>&1 || return 1
	sha256sum <"$(echo "$1"/tree/_build/tenantry-*.tar.gz)"
}

# Two people pack the same sources, in different folders and at different times, with different umasks, locales
# and time zones.
reproducible() {
	local ours theirs
	"$here/../../script/web" >"$work/out" 2>&1 || return 1
	(cd "$here/../.." && { git ls-files -co --exclude-standard 2>/dev/null || find . -type f ! -path './_build/*' \
		! -path './web/node_modules/*' ! -path './web/dist/*'; } | tar -cf "$work/tree.tar" -T - web/dist) || return 1
	ours=$(umask 022 && packed "$work/ours") || return 1
	theirs=$(umask 077 && export LC_ALL=C.UTF-8 TZ=Pacific/Kiritimati && packed "$work/theirs/elsewhere") || return 1
	if [ "$ours" != "$theirs" ]; then
		diff <(tar -tvzf "$work"/ours/tree/_build/tenantry-*.tar.gz) \
			<(tar -tvzf "$work"/theirs/elsewhere/tree/_build/tenantry-*.tar.gz) >"$work/out"
		return 1
	fi
}

# A tree is prepared for a release. Its files agree, and no part of CHANGES.md is lost.
prepared() {
	local tree=$work/ours/tree
	(cd "$tree" && cp CHANGES.md before && tools/release prepare 9.8.7) >"$work/out" 2>&1 &&
		[ "$("$tree/tools/release" check)" = 'release: all files name version 9.8.7' ] &&
		[ "$(dpkg-parsechangelog -l "$tree/debian/changelog" -S Version)" = 9.8.7 ] &&
		[ "$(diff "$tree/before" "$tree/CHANGES.md" | grep -c '^[<>]')" = 2 ]
}

programs
expect 'two tarballs of the same sources differ' reproducible
expect 'no release can be prepared' prepared
rm -rf "$work/ours" "$work/theirs" "$work/tree.tar"
unpack
scripts=("$copy"/web/dist/assets/*.js) # "ls | head" may end by SIGPIPE
script=assets/${scripts[0]##*/}
expect 'Node is in the way of this test' \
	bash -c '! "$@" sh -c "command -v node || command -v npm"' - "${as[@]}"
# Not every way to copy a tree keeps the modification times of files.
find "$copy/web/src" -exec touch {} +
start=$SECONDS
up
expect 'it does not start' [ $STATUS = 0 ]
expect 'no record can be made' first_record
took=$((SECONDS - start))
expect 'the front end is built again' \
	bash -c '! grep -q "front end" "$0"' "$work/out"
expect 'the page is not that of the tarball' \
	served / "$copy/web/dist/index.html"
expect 'the documents are not those of the tarball' \
	served /docs/ "$copy/web/dist/docs/index.html"
expect 'its scripts are not those of the tarball' \
	served "/$script" "$copy/web/dist/$script"
echo '// changed' >>"$copy/web/src/main.tsx"
up
expect 'it does not start with changed sources' [ $STATUS = 0 ]
expect 'it does not say that the front end is older' \
	grep -q 'the front end is of older sources: .*node and npm are missing' "$work/out"
expect 'the older page is not served' served / "$copy/web/dist/index.html"
echo "release: $passed passed, $failed failed, first record after $took s"
[ $failed = 0 ]
