# machine.bash - the questions, checks and settings of a machine with systemd

conf=/etc/tenantry
run=/run/tenantry
mode=640 readers=root:tenantry owner=root:root

questions=(
	'DOMAIN|Host name of the installation|$(hostname -f 2>/dev/null || hostname)'
	'DATABASE_URL|Database: local, or the URL of a Postgres|local'
	'TLS|https: own (your certificate), certbot, or none (behind a proxy)|own'
	'CERTIFICATE|File of the certificate with its chain|/etc/ssl/$DOMAIN.pem'
	'KEY|File of its private key|/etc/ssl/private/$DOMAIN.key'
	'CERTBOT_MAIL|Address for notices about the certificate|'
	'LISTEN|Address and port for the proxy|127.0.0.1:8080'
	'TRUSTED_PROXIES|Addresses of proxies in front, separated by spaces|$([ $TLS != none ] || echo 127.0.0.1)'
	'SMTP_URL|Mail server, as in smtp://user:password@host:587; empty: none|'
	'MAIL_FROM|Sender of emails|Tenantry <tenantry@$DOMAIN>'
	'ADMIN|Email address of the first administrator|'
)

skipped() {
	case $1 in
	CERTIFICATE | KEY) [ "$TLS" != own ] ;;
	CERTBOT_MAIL) [ "$TLS" != certbot ] ;;
	LISTEN) [ "$TLS" != none ] ;;
	MAIL_FROM) [ -z "$SMTP_URL" ] ;;
	*) false ;;
	esac
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
	[[ $TRUSTED_PROXIES =~ ^[0-9a-fA-F.:/,\ ]*$ ]] ||
		complain "TRUSTED_PROXIES=$TRUSTED_PROXIES: not addresses"
	[[ $LISTEN =~ ^[][0-9a-fA-F.:]*$ ]] ||
		complain "LISTEN=$LISTEN: not an address and a port"
	check_mail
	getent ahosts "$DOMAIN" >/dev/null || {
		local text="the name $DOMAIN has no address; add it to the DNS"
		if [ "$TLS" = certbot ]; then
			complain "$text"
		else say "warning: $text"; fi
	}
}

write_settings() {
	local feed= url=$DATABASE_URL
	install -d -m 750 -o root -g tenantry $conf
	install -d -m 700 $conf/secrets
	install -d $conf/site.d $conf/nginx
	write_answers
	assign $conf/tenantry.conf BETTER_AUTH_URL "https://$DOMAIN"
	! feed_fits || feed=$run/feed.sock
	assign $conf/tenantry.conf TENANTRY_FEED_SOCKET "$feed"
	[ -z "$SMTP_URL" ] ||
		assign $conf/tenantry.conf TENANTRY_MAIL_FROM "$MAIL_FROM"
	[ "$url" != local ] || url=$(local_url)
	secret DATABASE_URL "$url"
	secret SMTP_URL "$SMTP_URL"
	first_secret
}

# set_up_machine FILE ARCHIVE: sets up this machine with the answers in the file, or restores the archive.
set_up_machine() {
	[ "$(id -u)" = 0 ] || die "run this as root: sudo tenantry setup"
	id tenantry >/dev/null 2>&1 ||
		die "there is no user tenantry; run systemd-sysusers"
	[ -z "${2:-}" ] || open_archive "$2"
	read_answers "${1:-}"
	check_answers
	check_database
	check_web
	[ -z "$archive" ] || check_new
	[ "$faults" = 0 ] || die "nothing was changed"
	[ -z "$archive" ] || does "taking over the settings of ${archive##*/}" take_over
	does "writing $conf/tenantry.conf" write_settings
	set_up_database
	[ -z "$archive" ] || does "restoring ${archive##*/}" restore_backup
	does "updating the schema of the database" tenantry schema up
	set_up_web
	start_services
	! $dry || return 0
	wait_until_ready
	say "https://$DOMAIN answers"
	try_mail
	first_administrator
}
