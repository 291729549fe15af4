#!/bin/bash
# pgvector.sh [MAJOR] - installs the vector extension for Debian's Postgres
# (default: the newest installed version)
#
# Run as root.  Installs the package if the release has one; otherwise compiles
# the source package of a newer release, whose signature apt checks.
# PGVECTOR_RELEASE names that release.
set -euo pipefail

major=${1:-$(ls /usr/lib/postgresql | sort -n | tail -1)}
release=${PGVECTOR_RELEASE:-trixie}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

install() {
	apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
}

# Prints the mirror of this machine's release, in either format.
mirror() {
	local own
	own=$(. /etc/os-release && echo "$VERSION_CODENAME")
	{
		cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
			sed -nE 's/^[[:space:]]*deb[[:space:]]+(\[[^]]*\][[:space:]]+)?//p'
		cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '
			tolower($1) == "uris:" { uri = $2 }
			tolower($1) == "suites:" { for (i = 2; i <= NF; i++) print uri, $i }'
	} | awk -v own="$own" '$2 == own { print $1; exit }'
}

# Uses separate apt lists and settings, so that the machine's apt is not
# changed.
build() {
	local folder=$1 apt
	mkdir -p "$folder/lists/partial" "$folder/archives/partial"
	echo "deb-src [signed-by=$keyring] $(mirror) $release main" \
		>"$folder/sources.list"
	apt=(apt-get -qq -o "Dir::Etc::sourcelist=$folder/sources.list"
		-o Dir::Etc::sourceparts=- -o "Dir::State::lists=$folder/lists"
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
		-o APT::Sandbox::User=root)
	"${apt[@]}" update
	(cd "$folder" && "${apt[@]}" source pgvector >/dev/null)
	make -s -C "$folder"/pgvector-*/ -j"$(nproc)" OPTFLAGS='' \
		PG_CONFIG="/usr/lib/postgresql/$major/bin/pg_config" all install \
		>"$folder/log" 2>&1 || {
		cat "$folder/log" >&2
		return 1
	}
}

main() {
	local folder
	[ ! -e "/usr/share/postgresql/$major/extension/vector.control" ] || return 0
	apt-get -qq update
	if apt-cache show "postgresql-$major-pgvector" >/dev/null 2>&1; then
		install "postgresql-$major-pgvector"
		return
	fi
	install "postgresql-server-dev-$major" gcc make libc6-dev dpkg-dev
	folder=$(mktemp -d)
	# shellcheck disable=SC2064
	trap "rm -rf '$folder'" EXIT
	build "$folder"
}

main
echo "pgvector is there for Postgres $major"
