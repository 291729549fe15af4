# packages.bash - the required Debian packages; sourced, not run

RUN_PACKAGES=(gcc make autoconf automake pkg-config libc6-dev libcrypt-dev
	libfcgi-dev libpq-dev libjson-c-dev uuid-dev libssl-dev
	libpango1.0-dev fonts-noto-core fonts-wqy-microhei
	libutf8proc-dev libsodium-dev libfido2-dev liboath-dev
	libcurl4-openssl-dev libcjose-dev libpsl-dev libgmime-3.0-dev libxml2-dev
	libpg-query-dev libexpat1-dev libyaml-dev libseccomp-dev libmariadb-dev
	ca-certificates nginx libnginx-mod-nchan curl)

# The packages of the database machines in docs/scaling.md. script/ha and its suite need them
# on this machine.
HA_PACKAGES=(patroni etcd-server python3-etcd haproxy iptables iproute2)

# A program that was not installed from Debian is not replaced by Debian's package.
there_already() {
	case $1 in
	nginx | curl | clang | npm | ccache) command -v "$1" ;;
	nodejs) command -v node ;;
	procps) command -v pgrep ;;
	chromium-headless-shell)
		[ -n "${CHROMIUM:-}" ] || command -v "$1" || command -v chromium
		;;
	libnginx-mod-nchan) # only for the nginx of Debian
		command -v nginx && ! dpkg-query -W nginx-common 2>/dev/null
		;;
	*) return 1 ;;
	esac >/dev/null
}

missing() {
	local package state
	for package; do
		state=$(dpkg-query -W -f='${db:Status-Status}' "$package" \
			2>/dev/null || :)
		[ "$state" = installed ] || there_already "$package" ||
			echo "$package"
	done
}

# Fails silently if it cannot become root.
may_sudo() {
	command -v sudo >/dev/null || return 1
	sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }
}

# Installs packages as root, without leaving their services running: nginx would take port
# 80, and Postgres would create a cluster on 5432.
install_packages='
	set -e
	policy=/usr/sbin/policy-rc.d ours=
	cluster=/etc/postgresql-common/createcluster.d/tenantry.conf
	trap "[ -z \"\$ours\" ] || rm -f \$policy; rm -f \$cluster" EXIT
	if [ ! -e $policy ]; then
		printf "#!/bin/sh\nexit 101\n" >$policy
		chmod 755 $policy
		ours=1
	fi
	mkdir -p "${cluster%/*}"
	echo "create_main_cluster = false" >$cluster
	had_nginx=$(dpkg-query -W -f="\${db:Status-Status}" nginx || :)
	apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update
	apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
	    -o Dpkg::Use-Pty=0 install --no-install-recommends "$@"
	# The nginx of Debian creates this folder when root first starts it. With nchan,
	# an nginx that another user starts needs the folder as well.
	[ ! -d /var/lib/nginx ] || mkdir -p -m 700 /var/lib/nginx/body
	if [ "$had_nginx" != installed ] && [ -d /run/systemd/system ]; then
		systemctl disable -q nginx || :
	fi'

# packages NAME...: installs missing packages. Does nothing if there are none.
packages() {
	local wanted log root=()
	command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
		die "this needs Debian (apt-get); elsewhere use docker compose up"
	mapfile -t wanted < <(missing "$@")
	[ ${#wanted[@]} != 0 ] || return 0
	if [ "$(id -u)" != 0 ]; then
		may_sudo || {
			say "these Debian packages are missing and you are" \
				"not root; ask an administrator to run" >&2
			printf '\n    apt-get update && apt-get install %s %s\n\n' \
				--no-install-recommends "${wanted[*]}" >&2
			say "and then run the same command again" >&2
			exit 3
		}
		root=(sudo)
	fi
	say "installing Debian packages: ${wanted[*]}"
	log=$(mktemp "${TMPDIR:-/tmp}/tenantry-apt.XXXXXX")
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive \
		bash -c "$install_packages" - "${wanted[@]}" \
		</dev/null >"$log" 2>&1 || failed "apt-get failed" "$log"
	rm -f "$log"
}
