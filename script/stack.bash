# stack.bash - Postgres, workers and nginx of one checkout; sourced, not run
#
# It is used by up, down and the tests. Variables:
#   SRC    the checkout             BUILD  where it is compiled
#   STATE  data, secrets, logs and the installed programs
#   RUN    sockets and pid files; a short and plain path, gone after a boot

SRC=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PATH=$PATH:/usr/sbin:/sbin # for nginx: the PATH of a Debian user lacks these folders
export LC_ALL=C.UTF-8      # a fresh machine may lack other locales
umask 022

say() {
	echo "tenantry: $*"
}

die() {
	say "$@" >&2
	exit 1
}

# failed SENTENCE LOG [LINES]: prints the end of the log, without its first
# LINES lines, then one line with the reason.
failed() {
	tail -n "+$((${3:-0} + 1))" "$2" | tail -n 15 >&2
	if grep -q 'No space left on device' "$2"; then
		die "$1: the disk is full; make room and run this again"
	fi
	die "$1; the lines above are the end of $2"
}

# Reports every command that fails without a message, except on a closed pipe.
set -E
trap '[ $? = 141 ] || say "failed at ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND" >&2' ERR

. "$SRC/script/packages.bash"

# enough_disk MEGABYTES FOLDER: checks the free space on the disk of the folder.
enough_disk() {
	local folder=$2 free
	while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
	free=$(df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "$free" -ge "$1" ] ||
		die "only $free MB free in $folder and $1 are needed; make room"
}

# build FOLDER CONFIGURE-OPTION...: compiles the checkout in FOLDER.
build() {
	local src=$SRC
	BUILD=$1
	shift
	[ ! -e "$SRC/config.status" ] ||
		die "the checkout was configured in place; run make distclean"
	mkdir -p "$BUILD" 2>/dev/null && [ -w "$BUILD" ] && [ -w "$SRC" ] ||
		die "cannot write $BUILD; take ownership with" \
			"chown -R $(id -un) '$SRC'"
	# autoconf rejects spaces and similar characters: use a symlink with a plain name
	case $SRC in *[!A-Za-z0-9_./+,@%=:-]*)
		src=/tmp/tenantry-$(id -u)-$(cksum <<<"$SRC" | cut -d' ' -f1)
		ln -sfn "$SRC" "$src"
		;;
	esac
	(
		flock 8 # another test or script/up may be compiling
		# With ccache, copies of this checkout compile each file only once.
		[ ! -d /usr/lib/ccache ] || PATH=/usr/lib/ccache:$PATH
		export CCACHE_BASEDIR=$src CCACHE_NOHASHDIR=1
		cd "$src"
		[ configure -nt configure.ac ] &&
			[ Makefile.in -nt Makefile.am ] || autoreconf -fi
		cd "$src${BUILD#"$SRC"}"
		[ config.status -nt "$src/configure" ] ||
			"$src/configure" -q --prefix=/usr --sysconfdir=/etc \
				--localstatedir=/var "$@"
		make -s -j"$(nproc)"
	) 8>"$SRC/_build/lock" >"$BUILD/build.log" 2>&1 ||
		failed "the build failed" "$BUILD/build.log"
}

# Chooses the user that runs everything. root uses an unprivileged user, because
# Postgres refuses root. AS switches to it.
choose_user() {
	ME=$(id -un) AS=()
	[ "$(id -u)" = 0 ] || return 0
	ME=tenantry
	id "$ME" >/dev/null 2>&1 || useradd --system --no-create-home \
		--home-dir /nonexistent --shell /usr/sbin/nologin "$ME"
	AS=(setpriv "--reuid=$ME" "--regid=$ME" --init-groups
		--inh-caps=-all --)
}

# own_folder FOLDER: creates the folder in STATE, writable for the chosen user.
own_folder() {
	# shellcheck disable=SC2174 # all users may enter the folders above
	mkdir -p -m 750 "$1"
	[ "$(id -u)" != 0 ] || chown "$ME:" "$1"
}

# make_folders STATE: sets the user, and sets and creates the folders. root gives the
# chosen user only what it must own, and never writes where that user could have placed
# a link.
make_folders() {
	local base=/tmp
	STATE=$1
	choose_user
	# XDG_RUNTIME_DIR is not used, because it is deleted when its user logs out
	[ "$(id -u)" != 0 ] || base=/run
	RUN=$base/tenantry-$(id -u)-$(cksum <<<"$STATE" | cut -d' ' -f1)
	LOG=$STATE/log
	APP=$STATE/app/usr
	mkdir -p "$LOG" "$RUN" 2>/dev/null ||
		die "cannot create $STATE or $RUN; check who owns them"
	[ -O "$RUN" ] && [ ! -L "$RUN" ] || [ "$(id -u)" = 0 ] ||
		die "$RUN belongs to another user; ask its owner to remove it"
	chmod 750 "$STATE"
	chmod 700 "$RUN"
	if [ "$(id -u)" = 0 ]; then
		chown "root:$ME" "$STATE" "$LOG"
		chown "$ME:" "$RUN"
	fi
	cd / # a folder that every user can enter
	# nginx gets plain names, because its configuration cannot quote every path
	own_folder "$STATE/temp"
	"${AS[@]}" ln -sfn "$STATE/temp" "$RUN/temp"
	"${AS[@]}" ln -sfn "$LOG" "$RUN/log"
	if [ -z "${UPLOAD_DIR:-}" ]; then
		UPLOAD_DIR=$STATE/uploads
		own_folder "$UPLOAD_DIR"
	fi
	"${AS[@]}" ln -sfn "$UPLOAD_DIR" "$RUN/uploads"
	if [ -z "${TENANTRY_STATUS_DIR:-}" ]; then
		TENANTRY_STATUS_DIR=$STATE/status
		own_folder "$TENANTRY_STATUS_DIR"
	fi
	"${AS[@]}" ln -sfn "$TENANTRY_STATUS_DIR" "$RUN/status"
	"${AS[@]}" ln -sfn "$APP/share/tenantry" "$RUN/share"
}

# open_log NAME: creates a log that the chosen user can write, and keeps one old log.
open_log() {
	[ "$(stat -c %s "$LOG/$1" 2>/dev/null || echo 0)" -lt 10000000 ] ||
		mv "$LOG/$1" "$LOG/$1.1"
	touch "$LOG/$1"
	[ "$(id -u)" != 0 ] || chown "$ME:" "$LOG/$1"
}

# write FILE: writes standard input to the file as the chosen user.
write() {
	"${AS[@]}" tee "$1" >/dev/null
}

default_state() {
	if [ -n "${TENANTRY_STATE:-}" ]; then
		echo "$TENANTRY_STATE"
	elif [ "$(id -u)" = 0 ]; then
		echo /var/lib/tenantry
	else echo "$SRC/var"; fi
}

# Only one up or down runs at a time. A second one waits.
lock() {
	exec 9>"$STATE/lock"
	flock -w 600 9 || die "another script/up or down has not ended in 10" \
		"minutes; check which process holds $STATE/lock"
}

# kept FILE COMMAND...: prints FILE, which is created once with the output of COMMAND.
kept() {
	local file=$STATE/$1
	shift
	if [ ! -s "$file" ]; then
		(
			umask 077
			"$@" >"$file.new"
		) && mv "$file.new" "$file"
	fi
	cat "$file"
}

random_text() {
	head -c 512 /dev/urandom | base64 -w 0 | tr -d '+/=' | head -c "$1"
}

# Installs programs and templates in STATE, where the chosen user can read them. Sets
# CHANGED to true if they differ from the last installation.
install_programs() {
	local web=
	rm -rf "$STATE/app.new"
	[ ! -e "$SRC/web/dist/index.html" ] || web=install-web
	make -s -C "$BUILD" install $web DESTDIR="$STATE/app.new" \
		>"$BUILD/install.log" 2>&1 ||
		failed "the installation failed" "$BUILD/install.log"
	CHANGED=false
	if diff -qr "$STATE/app" "$STATE/app.new" >/dev/null 2>&1; then
		rm -rf "$STATE/app.new"
		return 0
	fi
	CHANGED=true
	rm -rf "$STATE/app.old"
	[ ! -e "$STATE/app" ] || mv "$STATE/app" "$STATE/app.old"
	mv "$STATE/app.new" "$STATE/app"
	rm -rf "$STATE/app.old"
}

# alive PID TEXT: true if that process exists and its command line contains TEXT. A
# zombie has no command line.
alive() {
	[ -n "$1" ] && [ -r "/proc/$1/cmdline" ] &&
		{ tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null |
		grep -qF -- "$2"
}

pid_in() {
	cat "$1" 2>/dev/null || :
}

# halt PID SIGNAL SECONDS: sends SIGNAL, waits SECONDS, then sends KILL.
halt() {
	local tick
	kill "-$2" "$1" 2>/dev/null || return 0
	for ((tick = 0; tick < $3 * 20; tick++)); do
		alive "$1" '' || return 0
		sleep 0.05
	done
	kill -KILL "$1" 2>/dev/null || :
}

. "$SRC/script/cluster.bash"
. "$SRC/script/serve.bash"
