# clients.sh - installs the npm packages that a test suite needs; sourced
#
#	need_browser SUITE	# sets CHROMIUM
#	with_clients FOLDER	# sets WORK: a copy of FOLDER with node_modules
#
# FOLDER is below tests/. tests/lib is copied too, to the same relative path.
#
# The packages of FOLDER/package-lock.json are installed once, in a cache of the
# user. A module finds packages only in folders above itself, and the sources
# must not change. The tests are therefore copied. The copy is removed when the
# shell ends.

. "$(dirname "${BASH_SOURCE[0]}")/scratch.sh"

# Installs the packages into a new folder for each package-lock.json. Concurrent
# suites wait until one of them has installed the packages.
install_clients() {
	local sum lock status
	sum=$(cat "$1/package.json" "$1/package-lock.json" | sha256sum | cut -c1-16)
	CLIENTS=${XDG_CACHE_HOME:-$HOME/.cache}/tenantry/$(basename "$1")-$sum
	mkdir -p "$(dirname "$CLIENTS")"
	exec {lock}>"$CLIENTS.lock"
	flock "$lock"
	make_clients "$1"
	status=$?
	exec {lock}>&-
	return $status
}

make_clients() {
	[ ! -d "$CLIENTS/node_modules" ] || return 0
	mkdir -p "$CLIENTS.new"
	cp "$1/package.json" "$1/package-lock.json" "$CLIENTS.new"
	(cd "$CLIENTS.new" && npm install --silent --no-save --no-audit --no-fund) || {
		echo "npm could not install the clients" >&2
		return 1
	}
	rm -rf "$CLIENTS"
	mv "$CLIENTS.new" "$CLIENTS"
}

with_clients() {
	local copy folder=${1#"$SOURCES/tests/"}
	install_clients "$1" || return 1
	copy=$(scratch "$(basename "$1")")
	# shellcheck disable=SC2064
	trap "rm -rf '$copy'" EXIT
	WORK=$copy/$folder
	mkdir -p "$WORK"
	cp -R "$SOURCES/tests/lib" "$copy"
	cp -R "$1"/. "$WORK"
	ln -s "$CLIENTS/node_modules" "$WORK/node_modules"
}

# need_browser SUITE: sets CHROMIUM, or exits with status 77 if there is no
# browser.
need_browser() {
	CHROMIUM=${CHROMIUM:-$(command -v chromium-headless-shell ||
		command -v chromium || :)}
	[ -n "$CHROMIUM" ] || {
		echo "$1: SKIPPED, there is no browser; install" \
			"chromium-headless-shell" >&2
		exit 77
	}
	export CHROMIUM
}
