# restore.bash - a backup for tenantry setup: the settings, the database and the files of a machine that was lost

archive= # the file of the backup; empty: none
old=     # the folder with the files of its installation

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
	trap 'rm -rf "'"$folder"'"' EXIT
	age -d -i "$BACKUP_IDENTITY" "$archive" | tar -C "$folder" -xf - ./installation 2>"$folder/said" ||
		die "no settings can be read from $1: it is damaged, BACKUP_IDENTITY has another key, or it is of an" \
			"installation without the package: $(head -n 1 "$folder/said")"
	old=$folder/root
	mkdir "$old"
	tar -C "$old" -xpf "$folder/installation"
	[ -s "$old$conf/secrets/BETTER_AUTH_SECRET" ] && [ -e "$old$conf/setup.conf" ] ||
		die "$1 lacks BETTER_AUTH_SECRET or the answers of tenantry setup"
}

# A machine that has secrets of another installation keeps them.
check_new() {
	[ ! -e $conf/secrets/BETTER_AUTH_SECRET ] ||
		cmp -s $conf/secrets/BETTER_AUTH_SECRET "$old$conf/secrets/BETTER_AUTH_SECRET" ||
		complain "this machine has another installation, in $conf; restore its data with tenantry restore"
}

take_over() {
	tar -C / -xpf "${old%/root}/installation"
}

# The user tenantry reads the archive and the key.
restore_backup() {
	local folder place=${archive%/*}
	folder=$(mktemp -d /var/tmp/tenantry-restore.XXXXXX)
	trap 'rm -rf "'"$folder"'" "'"${old%/root}"'"' EXIT
	cp "$BACKUP_IDENTITY" "$folder/key"
	runuser -u tenantry -- test -r "$archive" || {
		cp "$archive" "$folder"
		place=$folder
	}
	chown -R tenantry: "$folder"
	(cd / && BACKUP_TO=$place BACKUP_IDENTITY=$folder/key RESTORE_SETTINGS=no tenantry restore "${archive##*/}") ||
		die "the backup was not restored; see above"
}
