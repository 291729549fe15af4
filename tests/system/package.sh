#!/bin/bash
# package.sh - makes a release, checks its package and installs it
#
# "make release" packs the tree, builds the package and signs a repository. A second build, in a different folder, at a
# different time and with a different umask, locale and time zone, has the same result. lintian finds no fault, and the
# package is complete. Then the package is installed on machines of tests/system/machine/systemd-machine.sh, by setup,
# by hand and from the repository. SUITES names further releases on which the package is built. MACHINES contains the
# names of the scripts in machine/ that run, or "no".
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$here/tests/lib/scratch.sh"
cd "$here"
for program in dpkg-buildpackage dh lintian apt-ftparchive gpg; do
	command -v $program >/dev/null || {
		echo "package: no $program here"
		exit 77
	}
done
script/web
work=$(scratch package)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# expect WHAT COMMAND...: counts a pass if the command succeeds.
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

# Packs the tree with the front end.
pack() {
	{ git ls-files -co --exclude-standard 2>/dev/null || find . -type f \
		! -path './_build/*' ! -path './web/node_modules/*' \
		! -path './web/dist/*'; } | tar -czf "$work/source.tar.gz" -T - web/dist
}

# build FOLDER: unpacks the tree and builds the package next to it, as a different user would.
build() {
	mkdir -p "$1/tree"
	(
		umask 077
		cd "$1/tree"
		tar --no-same-permissions -xmzf "$work/source.tar.gz"
		LC_ALL=C.UTF-8 TZ=Pacific/Kiritimati DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
			dpkg-buildpackage -b -us -uc -Ppkg.tenantry.prebuilt
	) \
		>"$1/log" 2>&1 || {
		tail -n 30 "$1/log"
		exit 1
	}
}

same_sums() {
	[ "$(cd "$work/a" && sha256sum ./*.deb)" = \
		"$(cd "$work/other/folder" && sha256sum ./*.deb)" ]
}

# has PATH [MODE]: the package contains the path.
has() {
	grep -qE "^${2:-.}.* \.$1\$" "$work/contents"
}

# machine SCRIPT OPTION...: prints the output of the script, and counts its tests.
machine() {
	local status=0 script=$1
	[[ " ${MACHINES:-$script} " == *" $script "* ]] || return 0
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

# released: makes a release in $work/release, signed with a new key. The image is from image.sh.
released() {
	export GNUPGHOME=$work/gnupg
	mkdir -m 700 "$GNUPGHOME"
	mkdir "$work/build"
	gpg --batch -q --passphrase '' --quick-generate-key 'Test <test@example.org>' ed25519 sign 1d
	[ -x configure ] || autoreconf -fi
	(cd "$work/build" && "$here/configure" -q) || return 1
	IMAGE=no make -s -C "$work/build" release TO="$work/release" KEY=test@example.org
}

# intact: the files of the release are those that the release key has signed.
intact() {
	gpgv --keyring "$work/key" "$work/release/SHA256SUMS.asc" "$work/release/SHA256SUMS" &&
		(cd "$work/release" && sha256sum -c --quiet SHA256SUMS) && [ "$(wc -l <"$work/release/SHA256SUMS")" -gt 7 ]
}

# next_release: two/ contains the files of one/ and a package of version 99.0.0. bad/ contains a package that was
# replaced after it was signed.
next_release() {
	local pool=apt/pool/$codename
	mkdir "$work/shared.apt"
	cp -r "$work/release" "$work/shared.apt/one"
	cp -r "$work/release" "$work/shared.apt/two"
	dpkg-deb -R "$package" "$work/next"
	sed -i 's/^Version: .*/Version: 99.0.0/' "$work/next/DEBIAN/control"
	dpkg-deb --root-owner-group -z1 -b "$work/next" "$work/shared.apt/two/$pool/tenantry_99.0.0_$arch.deb" >/dev/null
	tools/release index "$work/shared.apt/two" test@example.org || return 1
	cp -r "$work/shared.apt/two" "$work/shared.apt/bad"
	sed -i 's/^Version: .*/Version: 99.1.0/' "$work/next/DEBIAN/control"
	dpkg-deb --root-owner-group -z1 -b "$work/next" "$work/shared.apt/bad/$pool/tenantry_99.0.0_$arch.deb" >/dev/null
	cp -r "$work/shared.apt/two" "$work/shared.apt/forged"
	GNUPGHOME=$work/forger && mkdir -m 700 "$GNUPGHOME"
	gpg --batch -q --passphrase '' --quick-generate-key 'Test <test@example.org>' ed25519 sign 1d
	tools/release index "$work/shared.apt/forged" test@example.org
	GNUPGHOME=$work/gnupg
}

codename=$(. /etc/os-release && echo "$VERSION_CODENAME") arch=$(dpkg --print-architecture)
pack
expect 'no release can be made' released
[ "$failed" = 0 ] || exit 1
mkdir "$work/a"
cp "$work/release/apt/pool/$codename"/*.deb "$work/a"
build "$work/other/folder"
packages=("$work"/a/tenantry_*.deb)
package=${packages[0]}
gpg --dearmor <"$work/release/tenantry.asc" >"$work/key"
expect 'the release is not what was signed' intact
expect 'the release has no tarball' compgen -G "$work/release/tenantry-*.tar.gz"
expect 'the release has no upgrade notes' grep -q '^## One command forward\|^### One command forward' "$work"/release/tenantry-*-notes.md
expect 'the notes lack the changes' grep -q '^### Added' "$work"/release/tenantry-*-notes.md
expect 'the release has no SBOM' grep -q '"bomFormat" : "CycloneDX"' "$work"/release/tenantry_*.cdx.json
expect 'a key that is not there signs' bash -c '! tools/release index "$1" nobody@example.org 2>&1' - "$work/release"
dpkg-deb -c "$package" >"$work/contents"
expect 'two builds differ' same_sums
expect 'lintian finds faults' lintian --fail-on error,warning \
	--suppress-tags "${LINTIAN_SUPPRESS:-initial-upload-closes-no-bugs}" \
	"$work"/other/folder/tenantry_*.changes
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
machine package.sh --copy "$package" --timeout 900
machine by-hand.sh --copy "$package" --copy docs/operations.md
expect 'the next release cannot be signed' next_release
machine repository.sh --copy docs/operations.md --copy docs/upgrading.md --share "$work/shared.apt"
machine postgres.sh --copy "$package" --copy docs/upgrading.md --timeout 1800
mkdir "$work/shared"
machine lost.sh --copy "$package" --share "$work/shared"
machine lost.sh --copy "$package" --copy docs/backups.md --share "$work/shared" --timeout 900
machine damages.sh --copy "$package" --copy docs/monitoring.md --timeout 3600
machine upgrade.sh --timeout 1200 --copy "$package" --copy docs/upgrading.md
for suite in ${SUITES:-}; do
	machine package.sh --suite "$suite" --copy "$work/source.tar.gz" --timeout 900
done
echo "package: $passed passed, $failed failed"
[ "$failed" = 0 ]
