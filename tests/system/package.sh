#!/bin/bash
# package.sh - builds the Debian package twice, checks it and installs it
#
# It is built in two folders from web/dist, which script/web has made: both
# results are equal, lintian finds no fault, and the package has all it should.
# Then it is installed on machines of tests/system/machine/systemd-machine.sh,
# by setup and by hand.  SUITES names other releases, where it is built, too.
# MACHINES=no: the caller does without the machines.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$here/tests/lib/scratch.sh"
cd "$here"
for program in dpkg-buildpackage dh lintian; do
	command -v $program >/dev/null || {
		echo "package: no $program here"
		exit 77
	}
done
script/web
work=$(scratch package)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# expect WHAT COMMAND...
expect() {
	local what=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
		tail -n 20 "$work/out" | sed 's/^/        /'
	fi
}

# Packs the tree, with the front end.
pack() {
	{ git ls-files -co --exclude-standard 2>/dev/null || find . -type f \
		! -path './_build/*' ! -path './web/node_modules/*' \
		! -path './web/dist/*'; } | tar -czf "$work/source.tar.gz" -T - web/dist
}

# build FOLDER: unpacks the tree and builds the package next to it.
build() {
	mkdir -p "$1/tree"
	tar -C "$1/tree" -xzf "$work/source.tar.gz"
	(cd "$1/tree" && DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
		dpkg-buildpackage -b -us -uc -Ppkg.tenantry.prebuilt) \
		>"$1/log" 2>&1 || {
		tail -n 30 "$1/log"
		exit 1
	}
}

same_sums() {
	[ "$(cd "$work/a" && sha256sum ./*.deb)" = \
		"$(cd "$work/other/folder" && sha256sum ./*.deb)" ]
}

# has PATH [MODE]: the package has it.
has() {
	grep -qE "^${2:-.}.* \.$1\$" "$work/contents"
}

# machine SCRIPT OPTION...: prints what it says, and counts its tests.
machine() {
	local status=0 script=$1
	shift
	tests/system/machine/systemd-machine.sh "$@" \
		"tests/system/machine/$script" >"$work/machine" 2>&1 || status=$?
	if [ $status = 77 ]; then
		echo "SKIPPED: package: $(tail -n 1 "$work/machine")"
		return 0
	fi
	sed '$d' "$work/machine"
	read -r _ ok _ bad _ < <(tail -n 1 "$work/machine" |
		tr -c 'a-z0-9\n' ' ' | sed 's/^[a-z ]*/x /')
	passed=$((passed + ${ok:-0})) failed=$((failed + ${bad:-1}))
}

pack
build "$work/a"
build "$work/other/folder"
packages=("$work"/a/tenantry_*.deb)
package=${packages[0]}
dpkg-deb -c "$package" >"$work/contents"
expect 'two builds differ' same_sums
expect 'lintian finds faults' lintian --fail-on error,warning \
	--suppress-tags "${LINTIAN_SUPPRESS:-initial-upload-closes-no-bugs}" \
	"$work"/a/tenantry_*.changes
for path in /usr/bin/tenantry /usr/sbin/tenantry-fcgi /usr/sbin/tenantry-jobs \
	'/usr/libexec/tenantry/ondemand\.so' \
	'(/usr)?/lib/systemd/system/tenantry\.service' \
	'(/usr)?/lib/systemd/system/tenantry\.socket' \
	'(/usr)?/lib/systemd/system/tenantry\.target' \
	'(/usr)?/lib/systemd/system/tenantry-jobs\.service' \
	'(/usr)?/lib/systemd/system/tenantry-feed\.service' \
	'(/usr)?/lib/systemd/system/tenantry-backup\.service' \
	'(/usr)?/lib/systemd/system/tenantry-backup\.timer' \
	'(/usr)?/lib/systemd/system/tenantry-watch\.timer' \
	/usr/lib/sysusers.d/tenantry.conf /usr/lib/tmpfiles.d/tenantry.conf \
	/etc/logrotate.d/tenantry /usr/share/man/man1/tenantry.1.gz \
	/usr/share/man/man8/tenantry-fcgi.8.gz \
	/usr/share/bash-completion/completions/tenantry \
	/usr/share/tenantry/setup/setup /usr/share/tenantry/nginx/fill \
	/usr/share/tenantry/schema/crm/permission.sql \
	/usr/share/tenantry/www/index.html \
	'/usr/share/tenantry/www/assets/first-[^/]*\.js' \
	/usr/share/tenantry/www/licenses.txt \
	/usr/share/doc/tenantry/sbom.cdx.json \
	/usr/share/doc/tenantry/configuration.md; do
	expect "the package has no $path" has "$path"
done
dpkg-deb -x "$package" "$work/root"
expect 'the licences lack one' grep -q '^react ' \
	"$work/root/usr/share/tenantry/www/licenses.txt"
expect 'the SBOM lacks a component' perl -MJSON::PP -0777 -e '
	my %has = map { $_->{name} => 1 } @{decode_json(<STDIN>)->{components}};
	$has{$_} or die $_ for qw(react ra-core libpq5 libfcgi0ldbl)' \
	<"$work/root/usr/share/doc/tenantry/sbom.cdx.json"
if [ "${MACHINES:-}" != no ]; then
	machine package.sh --copy "$package" --timeout 900
	machine by-hand.sh --copy "$package" --copy docs/operations.md
	mkdir "$work/shared"
	machine lost.sh --copy "$package" --share "$work/shared"
	machine lost.sh --copy "$package" --copy docs/backups.md --share "$work/shared" --timeout 900
	machine damages.sh --copy "$package" --copy docs/monitoring.md --timeout 3600
	machine upgrade.sh --timeout 1200 --copy "$package" --copy docs/upgrading.md
	for suite in ${SUITES:-}; do
		machine package.sh --suite "$suite" --copy "$work/source.tar.gz" --timeout 900
	done
fi
echo "package: $passed passed, $failed failed"
[ "$failed" = 0 ]
