# answers.bash - reads the answers of tenantry setup and writes settings
#
# questions has a line for each answer: name | question | default, which is
# evaluated.  skipped NAME is true for those that other answers make pointless.

# kept NAME: prints the answer of the previous setup, or the secret in its file. In a restore, both are from the old machine.
kept() {
	local folder=${old:-}$conf
	sed -n "s/^$1=//p" "$folder/setup.conf" 2>/dev/null | tail -n 1
	[ ! -e "$folder/secrets/$1" ] || cat "$folder/secrets/$1"
}

# Reads the answers from FILE or the previous setup. Asks for each missing answer, or uses its default.
read_answers() {
	local question name text default line shown
	[ -z "$1" ] || [ -r "$1" ] || die "$1: cannot read it"
	[ -n "$1" ] || [ -t 0 ] || [ -e "${old:-}$conf/setup.conf" ] ||
		die "no terminal to ask at; answer with --from FILE"
	[ -z "$1" ] || check_names "$1"
	for question in "${questions[@]}"; do
		IFS='|' read -r name text default <<<"$question"
		default=$(eval "echo \"$default\"")
		line=$(kept "$name")
		default=${line:-$default}
		shown=$default
		# A URL may contain a password.
		[[ $line != *://* ]] || shown=kept
		if skipped "$name"; then
			default=
		elif [ -n "$1" ] && grep -q "^$name=" "$1"; then
			default=$(sed -n "s/^$name=//p" "$1" | tail -n 1)
		elif [ -z "$1" ] && [ -z "${old:-}" ] && [ -t 0 ]; then
			read -r -p "$text [$shown]: " line
			default=${line:-$default}
		fi
		printf -v "$name" %s "$default"
	done
}

check_names() {
	local name
	while IFS= read -r name; do
		[[ " ${questions[*]%%|*} " == *" $name "* ]] ||
			complain "$1: there is no answer $name; the answers are:" \
				"${questions[*]%%|*}"
	done < <(sed -n 's/^\([^#=]*\)=.*/\1/p' "$1")
}

check_mail() {
	case $SMTP_URL in
	'' | smtp://* | smtps://*) ;;
	*) complain "SMTP_URL: must begin with smtp:// or smtps://" ;;
	esac
	case $ADMIN in
	'' | *[!\ ]@*.*) ;;
	*) complain "ADMIN=$ADMIN: not an email address" ;;
	esac
}

# assign FILE NAME VALUE: sets one line of a settings file, and keeps the other lines.
assign() {
	local value=${3//\\/\\\\}
	value=\"${value//\"/\\\"}\"
	put "$1" $mode "$readers" < <(NAME=$2 LINE=$2=$value awk '
		index($0, ENVIRON["NAME"] "=") == 1 {
			if (!done++) print ENVIRON["LINE"]; next }
		{ print }
		END { if (!done) print ENVIRON["LINE"] }' "$1")
}

# secret NAME VALUE: writes the secret to a file that only its owner can read. An empty VALUE removes the file.
secret() {
	if [ -n "$2" ]; then
		put "$conf/secrets/$1" 600 "$owner" <<<"$2"
	elif [ -e "$conf/secrets/$1" ]; then
		rm "$conf/secrets/$1"
		changed=true
	fi
}

# Writes the answers without secrets, and the settings.
write_answers() {
	local name
	put "$conf/setup.conf" $mode "$readers" < <(
		echo "# Answers of tenantry setup, which reads them as defaults."
		for name in "${questions[@]%%|*}"; do
			case $name in *_URL) continue ;; esac
			[ -z "${!name}" ] || echo "$name=${!name}"
		done
	)
	# Settings that an existing installation does not get from an upgrade.
	[ -e "$conf/tenantry.conf" ] ||
		put "$conf/tenantry.conf" $mode "$readers" < <(
			echo "# Settings: ${share%/share/tenantry}/share/doc/tenantry/configuration.md"
			echo 'TENANTRY_MAGIC_LINK_BROWSER="on"'
		)
}

first_secret() {
	[ -s "$conf/secrets/BETTER_AUTH_SECRET" ] ||
		secret BETTER_AUTH_SECRET "$(head -c 32 /dev/urandom | base64)"
}

# Each setup prints a new link until the administrator has used one.
first_administrator() {
	[ -n "$ADMIN" ] || return 0
	tenantry user show "$ADMIN" >/dev/null 2>&1 ||
		tenantry user invite-admin "$ADMIN"
}
