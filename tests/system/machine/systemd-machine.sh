#!/bin/bash
# systemd-machine.sh [OPTION...] SCRIPT - runs SCRIPT on a throw-away Debian that
# systemd has booted, in a separate network
#
#   --suite NAME     Debian or Ubuntu release [this machine's]
#   --copy FILE      a file for /machine, next to SCRIPT; may be repeated
#   --share FOLDER   is /machine/shared there
#   --timeout S      for one boot [300]
#   --cache FOLDER   of systems and packages [~/.cache/systemd-machine]
#
# SCRIPT runs as root in /machine, next to expect.sh, with the number of the boot as its argument.
# If it exits with 100, the machine boots again.  The exit status is that of
# SCRIPT; 77 if no machine can be booted here.
set -uo pipefail

suite=$(
	. /etc/os-release
	echo "$VERSION_CODENAME"
)
timeout=300 copies=() shared=() script= cache=${XDG_CACHE_HOME:-$HOME/.cache}/systemd-machine
while [ $# -gt 0 ]; do
	case $1 in
	--suite)
		suite=$2
		shift
		;;
	--copy)
		copies+=("$2")
		shift
		;;
	--share)
		shared=(--bind="$2:/machine/shared")
		shift
		;;
	--timeout)
		timeout=$2
		shift
		;;
	--cache)
		cache=$2
		shift
		;;
	*) script=$1 ;;
	esac
	shift
done
[ -f "$script" ] || {
	sed -n '2,5p' "$0" >&2
	exit 2
}

skip() {
	echo "machine: $*"
	exit 77
}
[ "$(id -u)" = 0 ] || skip 'needs root'
for program in systemd-nspawn debootstrap slirp4netns ip unshare nsenter; do
	command -v $program >/dev/null || skip "no $program here"
done

# Prints what debootstrap needs for the release.
of_suite() {
	case $suite in
	noble)
		echo --components=main,universe
		echo --keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
		echo --force-check-gpg
		;;
	esac
}

# Prints the mirror of this machine's own release, which also has other Debian releases.
mirror() {
	[ "$suite" != noble ] || {
		echo http://archive.ubuntu.com/ubuntu
		return
	}
	{
		sed -nE 's/^deb +(\[[^]]*\] +)?//p' /etc/apt/sources.list \
			/etc/apt/sources.list.d/*.list 2>/dev/null
		awk 'tolower($1) == "uris:" { uri = $2 }
			tolower($1) == "suites:" { for (i = 2; i <= NF; i++)
				print uri, $i }' \
			/etc/apt/sources.list.d/*.sources 2>/dev/null
	} | awk -v own="$(
		. /etc/os-release
		echo "$VERSION_CODENAME"
	)" \
		'$2 == own { print $1; exit }'
}

base=$cache/$suite
mkdir -p "$cache/debs-$suite/partial"
# Only one machine runs at a time, since two would share a cgroup and the package cache.
exec 9>"$cache/lock"
flock 9
if [ ! -d "$base" ]; then
	rm -rf "$base.new"
	debootstrap --variant=minbase $(of_suite) --include=systemd,systemd-sysv,dbus,procps,iproute2,curl,ca-certificates,openssl \
		"$suite" "$base.new" "$(mirror)" \
		$([ -e "/usr/share/debootstrap/scripts/$suite" ] ||
			echo gutsy) >"$cache/log" 2>&1 || {
		tail -n 3 "$cache/log"
		skip "no base of $suite"
	}
	mv "$base.new" "$base"
fi

machine=$(mktemp -d "$cache/machine.XXXXXX")
root=$machine/root holder='' slirp=''
finish() {
	[ -z "$slirp" ] || kill "$slirp" 2>/dev/null
	[ -z "$holder" ] || kill "$holder" 2>/dev/null
	umount -l "$root" 2>/dev/null
	rm -rf "$machine"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP
mkdir "$root" "$machine/upper" "$machine/work"
mount -t overlay overlay "$root" \
	-o "lowerdir=$base,upperdir=$machine/upper,workdir=$machine/work" ||
	skip 'no overlay file system here'

mkdir "$root/machine"
cp "$script" "$root/machine/script"
cp "$(dirname "${BASH_SOURCE[0]}")/expect.sh" "$root/machine"
[ ${#copies[@]} = 0 ] || cp "${copies[@]}" "$root/machine"
echo 'nameserver 10.0.2.3' >"$root/etc/resolv.conf"
apt-config dump | grep -E '^Acquire::(https?::Proxy|Check-Valid-Until) ' \
	>"$root/etc/apt/apt.conf.d/90machine" || :
echo uninitialized >"$root/etc/machine-id"
ln -sf /dev/null "$root/etc/systemd/system/systemd-resolved.service"
ln -sf /dev/null "$root/etc/systemd/system/systemd-firstboot.service"
cat >"$root/machine/boot" <<'BOOT'
#!/bin/bash
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/tmp
cd /machine
boot=$(($(cat boots 2>/dev/null || echo 0) + 1))
echo $boot >boots
timeout "$1" bash /machine/script $boot
status=$?
echo $status >status
if [ $status = 100 ]; then systemctl --no-block reboot
else systemctl --no-block poweroff; fi
BOOT
cat >"$root/etc/systemd/system/machine.service" <<UNIT
[Unit]
After=multi-user.target
[Service]
Type=exec
ExecStart=/bin/bash /machine/boot $timeout
StandardOutput=append:/machine/out
StandardError=append:/machine/out
UNIT
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -sf ../machine.service "$root/etc/systemd/system/multi-user.target.wants"

# The network has none of this machine's ports, but can reach other machines.
unshare -n sleep infinity &
holder=$!
for _ in $(seq 50); do
	[ "$(readlink /proc/$holder/ns/net)" = "$(readlink /proc/$$/ns/net)" ] ||
		break
	sleep 0.1
done
nsenter -n -t $holder ip link set lo up
slirp4netns --configure --mtu=65520 --disable-host-loopback $holder tap0 \
	>"$machine/slirp.log" 2>&1 &
slirp=$!
for _ in $(seq 50); do
	nsenter -n -t $holder ip route show default | grep -q . && break
	sleep 0.1
done

# The status 133 means that the machine boots again.
boot() {
	timeout $((timeout + 60)) nsenter -n -t $holder systemd-nspawn -q \
		--register=no --keep-unit --resolv-conf=off --console=pipe \
		--bind="$cache/debs-$suite:/var/cache/apt/archives" \
		"${shared[@]}" -D "$root" -b </dev/null >"$machine/boot.log" 2>&1
	[ $? = 133 ]
}
while boot; do :; done
cat "$root/machine/out" 2>/dev/null
[ -e "$root/machine/status" ] || {
	tail -n 5 "$machine/boot.log"
	skip 'systemd did not boot here'
}
exit "$(cat "$root/machine/status")"
