# answers.bash - the answers of tenantry setup, and the settings made of them

# name | question | default, which is evaluated
questions=(
	'DOMAIN|Host name of the installation|$(hostname -f 2>/dev/null || hostname)'
	'DATABASE_URL|Database: local, or the URL of a Postgres|local'
	'TLS|https: own (your certificate), certbot, or none (behind a proxy)|own'
	'CERTIFICATE|File of the certificate with its chain|/etc/ssl/$DOMAIN.pem'
	'KEY|File of its private key|/etc/ssl/private/$DOMAIN.key'
	'CERTBOT_MAIL|Address for notices about the certificate|'
	'LISTEN|Address and port for the proxy|127.0.0.1:8080'
	'TRUSTED_PROXIES|Addresses of proxies in front, separated by blanks|$([ $TLS != none ] || echo 127.0.0.1)'
	'SMTP_URL|Mail server, as in smtp://user:password@host:587; empty: none|'
	'MAIL_FROM|Sender of mail|Tenantry <tenantry@$DOMAIN>'
	'ADMIN|Mail address of the first administrator|'
)

# Those that the other answers make pointless.
skipped() {
	case $1 in
	CERTIFICATE | KEY) [ "$TLS" != own ] ;;
	CERTBOT_MAIL) [ "$TLS" != certbot ] ;;
	LISTEN) [ "$TLS" != none ] ;;
	MAIL_FROM) [ -z "$SMTP_URL" ] ;;
	*) false ;;
	esac
}

# kept NAME: an answer of the last setup, or the secret in its file.
kept() {
	sed -n "s/^$1=//p" $conf/setup.conf 2>/dev/null | tail -n 1
	[ ! -e "$conf/secrets/$1" ] || cat "$conf/secrets/$1"
}

# Reads FILE, what the last setup was told, and else asks or takes the default.
read_answers() {
	local question name text default line shown
	[ -z "$1" ] || [ -r "$1" ] || die "$1: cannot read it"
	[ -n "$1" ] || [ -t 0 ] || [ -e $conf/setup.conf ] ||
		die "no terminal to ask at; answer with --from FILE"
	[ -z "$1" ] || check_names "$1"
	for question in "${questions[@]}"; do
		IFS='|' read -r name text default <<<"$question"
		default=$(eval "echo \"$default\"")
		line=$(kept "$name")
		default=${line:-$default}
		shown=$default
		# A URL may have a password.
		[[ $line != *://* ]] || shown=kept
		if skipped "$name"; then
			default=
		elif [ -n "$1" ] && grep -q "^$name=" "$1"; then
			default=$(sed -n "s/^$name=//p" "$1" | tail -n 1)
		elif [ -z "$1" ] && [ -t 0 ]; then
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
			complain "$1: there is no answer $name; there are:" \
			    "${questions[*]%%|*}"
	done < <(sed -n 's/^\([^#=]*\)=.*/\1/p' "$1")
}

check_answers() {
	[[ $DOMAIN =~ ^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$ ]] ||
		complain "DOMAIN=$DOMAIN: not a host name in lower case"
	case $TLS in
	own | certbot | none) ;;
	*) complain "TLS=$TLS: choose own, certbot or none" ;;
	esac
	case $DATABASE_URL in
	local | postgres://* | postgresql://*) ;;
	*) complain "DATABASE_URL: choose local or postgresql://..." ;;
	esac
	case $SMTP_URL in
	'' | smtp://* | smtps://*) ;;
	*) complain "SMTP_URL: must begin with smtp:// or smtps://" ;;
	esac
	[[ $TRUSTED_PROXIES =~ ^[0-9a-fA-F.:/,\ ]*$ ]] ||
		complain "TRUSTED_PROXIES=$TRUSTED_PROXIES: not addresses"
	[[ $LISTEN =~ ^[][0-9a-fA-F.:]*$ ]] ||
		complain "LISTEN=$LISTEN: not an address and a port"
	case $ADMIN in
	'' | *[!\ ]@*.*) ;;
	*) complain "ADMIN=$ADMIN: not a mail address" ;;
	esac
	getent ahosts "$DOMAIN" >/dev/null || {
		local text="the name $DOMAIN has no address; add it to the DNS"
		if [ "$TLS" = certbot ]; then complain "$text"
		else say "warning: $text"; fi
	}
}

# assign FILE NAME VALUE: sets a line of a settings file; others stay.
assign() {
	local value=${3//\\/\\\\}
	value=\"${value//\"/\\\"}\"
	put "$1" 640 root:tenantry < <(NAME=$2 LINE=$2=$value awk '
		index($0, ENVIRON["NAME"] "=") == 1 {
			if (!done++) print ENVIRON["LINE"]; next }
		{ print }
		END { if (!done) print ENVIRON["LINE"] }' "$1")
}

# secret NAME VALUE: in a file that root alone reads; empty: no such secret.
secret() {
	if [ -n "$2" ]; then
		put "$conf/secrets/$1" 600 root:root <<<"$2"
	elif [ -e "$conf/secrets/$1" ]; then
		rm "$conf/secrets/$1"
		changed=true
	fi
}

write_settings() {
	local name feed= url=$DATABASE_URL
	install -d -m 750 -o root -g tenantry $conf
	install -d -m 700 $conf/secrets
	install -d $conf/site.d $conf/nginx
	put $conf/setup.conf 640 root:tenantry < <(
		echo "# Answers of tenantry setup, which reads them as defaults."
		for name in "${questions[@]%%|*}"; do
			case $name in DATABASE_URL | SMTP_URL) continue ;; esac
			[ -z "${!name}" ] || echo "$name=${!name}"
		done)
	[ -e $conf/tenantry.conf ] ||
		put $conf/tenantry.conf 640 root:tenantry \
		    <<<"# Settings: /usr/share/doc/tenantry/configuration.md"
	assign $conf/tenantry.conf BETTER_AUTH_URL "https://$DOMAIN"
	! feed_fits || feed=$run/feed.sock
	assign $conf/tenantry.conf TENANTRY_FEED_SOCKET "$feed"
	[ -z "$SMTP_URL" ] ||
		assign $conf/tenantry.conf TENANTRY_MAIL_FROM "$MAIL_FROM"
	[ "$url" != local ] || url=$(local_url)
	secret DATABASE_URL "$url"
	secret SMTP_URL "$SMTP_URL"
	[ -s $conf/secrets/BETTER_AUTH_SECRET ] ||
		secret BETTER_AUTH_SECRET "$(head -c 32 /dev/urandom | base64)"
}
