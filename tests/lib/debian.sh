# debian.sh - unpacks programs of another Debian suite; sourced
#
#	debian_programs SUITE PACKAGE ...	# sets PROGRAMS: a folder like /
#
# Needs no root and installs nothing. The signed packages and their libraries
# are unpacked from the archive in this machine's apt sources into a cache of
# the user. Each program runs with the loader of that suite. The status is 77 if
# this machine has no Debian archive.

# Dependencies that a server does not need, such as scripts and the JIT
# compiler.
DEBIAN_WITHOUT='^(perl|perl-.*|libperl.*|.*-perl|perl-modules.*|locales|libc-l10n|libllvm.*|libz3.*|debconf.*|passwd|login.*|adduser|procps|postgresql-common.*|postgresql-client-common|openssl|ssl-cert|ucf|netbase|sensible-utils|tzdata|base-passwd|init-system-helpers|sysvinit-utils|lsb-base|libpam-modules.*)='

# Prints the URL of this machine's suite in apt's sources, in either format.
debian_mirror() {
	local own
	own=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	{
		cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
			sed -nE 's/^[[:space:]]*deb[[:space:]]+(\[[^]]*\][[:space:]]+)?//p'
		awk 'tolower($1) == "uris:" { u = $2 }
		    tolower($1) == "suites:" { for (i = 2; i <= NF; i++) print u, $i }' \
			/etc/apt/sources.list.d/*.sources 2>/dev/null
	} | awk -v own="$own" '$2 == own { print $1; exit }'
}

# Replaces each ELF program by a script that starts it.
debian_wrap() {
	local root=$1 lib loader program
	lib=$(dirname "$(find "$root/usr/lib" "$root/lib" -name 'libpq.so.5' \
		-o -name 'libevent*.so*' \
		-o -name 'libapr-1.so*' -o -name 'libLLVM*.so*' 2>/dev/null | head -1)")
	loader=$(find "$root" -name 'ld-linux-*.so.*' | head -1)
	for program in "$root"/usr/lib/postgresql/*/bin/* \
		"$root"/usr/lib/llvm-*/bin/* "$root"/usr/sbin/*; do
		[ "$(head -c 4 "$program" 2>/dev/null | tail -c 3)" = ELF ] ||
			continue
		mv "$program" "$program.elf"
		cat >"$program" <<-SH
			#!/bin/sh
			exec "$loader" --library-path "$lib:$root/lib/${lib##*/}" \\
			    --argv0 "\$0" "$program.elf" "\$@"
		SH
		chmod 755 "$program"
	done
}

debian_programs() {
	local suite=$1 cache mirror options new want package
	shift
	cache=${DEBIAN_CACHE:-/var/tmp/tenantry-$(id -u)}
	mkdir -p "$cache" && [ -O "$cache" ] || {
		echo "$cache belongs to another user" >&2
		return 1
	}
	PROGRAMS=$cache/$suite-$(echo "$*" | tr ' ' '-')
	[ ! -e "$PROGRAMS/done" ] || return 0
	mirror=$(debian_mirror)
	[ -n "$mirror" ] || {
		echo "no Debian archive in /etc/apt" >&2
		return 77
	}
	rm -rf "$PROGRAMS"
	new=$PROGRAMS/apt
	mkdir -p "$new/lists/partial" "$new/cache/archives/partial" "$new/debs"
	: >"$new/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
		"$mirror $suite main" >"$new/sources.list"
	options="-o Dir::Etc::sourcelist=$new/sources.list
	    -o Dir::Etc::sourceparts=- -o Dir::State::lists=$new/lists
	    -o Dir::State::status=$new/status -o Dir::Cache=$new/cache
	    -o APT::Sandbox::User=root -o Acquire::Retries=3"
	# shellcheck disable=SC2086
	apt-get $options update -qq &&
		want=$(apt-get $options install -s --no-install-recommends "$@" |
			sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p' |
			grep -vE "$DEBIAN_WITHOUT") &&
		(cd "$new/debs" && apt-get $options download -qq $want) || return 1
	for package in "$new"/debs/*.deb; do
		dpkg -x "$package" "$PROGRAMS" || return 1
	done
	rm -rf "$new"
	debian_wrap "$PROGRAMS"
	chmod 755 "$cache" "$PROGRAMS"
	touch "$PROGRAMS/done"
}
