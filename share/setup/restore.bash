# restore.bash - restores a backup for tenantry setup: the settings, the database and the files of a lost machine or of this one

archive=     # the file of the backup, or empty
old=         # the folder with the files of its installation
database=    # the database of this machine's installation, which the backup replaces, or empty
aside=       # the folder with the settings of that installation
temporary=() # folders that are removed at the end

# finish: cleans up. After a failure before the database is replaced, the previous settings return.
finish() {
	local status=$?
	if [ $status != 0 ] && [ -n "$aside" ]; then
		rm -rf $conf
		mv "$aside" $conf
		say "the previous settings are restored" >&2
		systemctl start tenantry.target
	fi
	rm -rf "${temporary[@]}"
	exit $status
}

# open_archive FILE: unpacks the files of the installation.
open_archive() {
	local folder
	archive=$(realpath -- "$1") && [ -r "$archive" ] || die "$1: cannot read it"
	[[ ${archive##*/} =~ ^tenantry-[0-9]{8}T[0-9]{6}Z(\.suspect)?\.tar\.age$ ]] ||
		die "$1 is not the file of an encrypted backup, such as tenantry-20260131T023000Z.tar.age;" \
			"an unencrypted one has no settings: set this machine up, then run tenantry restore"
	command -v age >/dev/null || die "age is missing; run apt install age"
	[ -r "${BACKUP_IDENTITY:-}" ] ||
		die "the backup is encrypted; set BACKUP_IDENTITY to the file with the secret key"
	folder=$(mktemp -d)
	temporary+=("$folder")
	trap finish EXIT
	age -d -i "$BACKUP_IDENTITY" "$archive" | tar -C "$folder" -xf - ./installation 2>"$folder/said" ||
		die "no settings can be read from $1: it is damaged, BACKUP_IDENTITY has a different key, or it is from an" \
			"installation without the package: $(head -n 1 "$folder/said")"
	old=$folder/root
	mkdir "$old"
	tar -C "$old" -xpf "$folder/installation"
	[ -s "$old$conf/secrets/BETTER_AUTH_SECRET" ] && [ -e "$old$conf/setup.conf" ] ||
		die "$1 lacks BETTER_AUTH_SECRET or the answers of tenantry setup"
}

# Refuses to replace the secrets of a different installation on this machine.
check_new() {
	[ -n "$database" ] || [ ! -e $conf/secrets/BETTER_AUTH_SECRET ] ||
		cmp -s $conf/secrets/BETTER_AUTH_SECRET "$old$conf/secrets/BETTER_AUTH_SECRET" ||
		complain "this machine has another installation, in $conf; restore its data with tenantry restore"
}

take_over() {
	local tar=(tar -C / -xpf "${old%/root}/installation")
	[ -z "$database" ] || {
		systemctl stop tenantry.target
		keep_aside
		"${tar[@]}" "${conf#/}"
		tar+=(--skip-old-files) # such as a certificate that has since been renewed
	}
	"${tar[@]}"
}

# The settings of the backup replace those of this machine.
keep_aside() {
	local folder
	folder=$conf-$(date -u +%Y%m%dT%H%M%SZ)
	mv $conf "$folder"
	aside=$folder
	chmod 700 "$aside"
}

# The tenantry user reads the archive and the key.
restore_backup() {
	local folder place=${archive%/*}
	folder=$(mktemp -d /var/tmp/tenantry-restore.XXXXXX)
	temporary+=("$folder")
	cp "$BACKUP_IDENTITY" "$folder/key"
	runuser -u tenantry -- test -r "$archive" || {
		cp "$archive" "$folder"
		place=$folder
	}
	chown -R tenantry: "$folder"
	(cd / && BACKUP_TO=$place BACKUP_IDENTITY=$folder/key RESTORE_SETTINGS=no tenantry restore "${archive##*/}" ${database:+--yes-i-mean "$database"}) ||
		die "the backup was not restored; see above"
	[ -z "$aside" ] || say "the previous settings are in $aside"
	aside=
}

# restore_here NAME DATABASE: restores a backup (default: the newest) with its settings, on a machine that has an installation.
restore_here() {
	local folder name=$1
	[ "$(id -u)" = 0 ] || die "run this as root: sudo tenantry restore --settings"
	[ -e $conf/setup.conf ] || die "this machine has no installation of tenantry setup; see tenantry setup --restore"
	[ -n "$2" ] || die "--yes-i-mean DATABASE confirms that its data and the settings of this machine are replaced"
	[ -n "$name" ] || name=$(tenantry backup list 2>/dev/null | tail -n 1)
	[ -n "$name" ] || die "there is no backup"
	folder=$(mktemp -d /var/tmp/tenantry-restore.XXXXXX)
	temporary+=("$folder")
	trap finish EXIT
	(cd / && tenantry backup get "$name") >"$folder/$name" || die "$name cannot be read"
	: "${BACKUP_IDENTITY:=$(sed -n 's/^BACKUP_IDENTITY="\?\([^"]*\)"\?$/\1/p' $conf/backup.conf)}"
	# The backup's settings replace the folder with the key, so a copy of the key is used.
	[ ! -r "$BACKUP_IDENTITY" ] || cp "$BACKUP_IDENTITY" "$folder/identity"
	BACKUP_IDENTITY=$folder/identity database=$2
	set_up_machine '' "$folder/$name"
}
