# hosting.bash - the questions, checks and files for shared hosting without root

mode=600 readers=$(id -u):$(id -g) owner=$readers
prefix=$(cd -P "$share/../.." && pwd) # where the programs are installed
programs=$prefix/sbin
[ -x "$programs/tenantry-fcgi" ] || programs=$prefix/bin

questions=(
	'URL|Address of the installation|https://$(hostname -f 2>/dev/null || hostname)'
	'WEBROOT|Document root of this address|$HOME/public_html'
	'SERVER|Web server: apache or lighttpd|apache'
	'INTERFACE|How it runs programs: cgi or fastcgi|cgi'
	'DATABASE_URL|URL of a Postgres from version 15|'
	'TENANTRY_APP_URL|URL with the login tenantry_app; empty: none|'
	'SMTP_URL|Mail server, as in smtp://user:password@host:587; empty: none|'
	'MAIL_FROM|Sender of emails|Tenantry <tenantry@$(url_host)>'
	'CRON|Add the jobs to your crontab: yes or no|no'
	'ADMIN|Email address of the first administrator|'
)

skipped() {
	[ "$1" = MAIL_FROM ] && [ -z "$SMTP_URL" ]
}

# Prints the host of the address, without its port.
url_host() {
	local host=${URL#*://}
	echo "${host%%:*}"
}

# Runs the command with the settings of this installation, or with only a database.
tenantry() {
	if [ -n "${TRY_URL:-}" ]; then
		DATABASE_URL=$TRY_URL "$prefix/bin/tenantry" "$@"
	else
		"$conf/tenantry" "$@"
	fi
}

one_of() { # refuses an answer NAME that is neither of the two words
	[ "${!1}" = "$2" ] || [ "${!1}" = "$3" ] ||
		complain "$1=${!1}: choose $2 or $3"
}

check_folders() {
	local path real
	for path in "$conf" "$WEBROOT" "$prefix"; do
		[[ $path =~ ^/[A-Za-z0-9._/-]+$ ]] ||
			complain "$path: the name of a folder may have letters," \
				"digits and ._- only"
	done
	[ -d "$WEBROOT" ] && [ -w "$WEBROOT" ] || {
		complain "WEBROOT=$WEBROOT: not a folder that you can write to"
		return 0
	}
	real=$(cd -P "$WEBROOT" && pwd)
	for path in "$conf" "$prefix"; do
		[[ $(realpath -m "$path")/ != "$real"/* ]] ||
			complain "$path is inside the document root, where" \
				"everybody could read it; choose a folder outside of it"
	done
	[[ $real/ != "$(realpath -m "$conf")"/* ]] ||
		complain "WEBROOT=$WEBROOT is inside $conf, which the web" \
			"server cannot enter"
}

check_programs() {
	local said program
	for program in tenantry-fcgi tenantry-jobs; do
		said=$("$programs/$program" --version 2>&1) ||
			complain "$program does not run here: $said"
	done
	command -v flock >/dev/null || complain "the program flock is missing"
	[ "$CRON" = no ] || command -v crontab >/dev/null ||
		complain "the program crontab is missing; answer CRON=no"
}

check_hosting() {
	[[ $URL =~ ^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?$ ]] ||
		complain "URL=$URL: must be https:// and a host name, without a path"
	[[ $URL == https://* ]] ||
		say "warning: without https, others can read passwords on the way"
	one_of SERVER apache lighttpd
	one_of INTERFACE cgi fastcgi
	one_of CRON yes no
	case $TENANTRY_APP_URL in
	'' | postgres://* | postgresql://*) ;;
	*) complain "TENANTRY_APP_URL: must begin with postgresql://" ;;
	esac
	[[ ! $MAIL_FROM =~ [\$\`\\\"] ]] ||
		complain "MAIL_FROM=$MAIL_FROM: has a character that is not allowed"
	check_mail
	check_folders
	check_programs
}

# The roles that the schema needs belong to the server, and a user of shared
# hosting often cannot create them.
check_roles() {
	local said
	case $DATABASE_URL in
	postgres://* | postgresql://*) ;;
	*)
		complain "DATABASE_URL: must begin with postgresql://"
		return 0
		;;
	esac
	said=$(TRY_URL=$DATABASE_URL tenantry schema plan 2>&1) || {
		complain "the database refused: $said"
		return 0
	}
	said=$(TRY_URL=$DATABASE_URL tenantry doctor 2>&1 |
		grep -E 'cannot create roles|does not have CREATE' || :)
	[ -z "$said" ] || complain "$said; docs/hosting.md has the commands"
}

write_environment() {
	put "$conf/env" 600 "$owner" <<-SH
		# The settings for the programs, read by sh; written by tenantry setup.
		# Put your own settings into $conf/tenantry.conf.
		umask 077
		set -a
		UPLOAD_DIR=$conf/uploads TMPDIR=$conf/temp
		TENANTRY_STATUS_DIR=$WEBROOT/status
		. $conf/tenantry.conf
		set +a
		for secret in $conf/secrets/*; do
			export "\${secret##*/}_FILE=\$secret"
		done
	SH
	put "$conf/tenantry" 700 "$owner" <<-SH
		#!/bin/sh
		# tenantry - runs the command with the settings of this installation
		. $conf/env
		exec $prefix/bin/tenantry "\$@"
	SH
	put "$conf/jobs" 700 "$owner" <<-SH
		#!/bin/sh
		# jobs - runs the jobs that are due; cron runs it every minute
		. $conf/env
		find $conf/log -name '*.log' -size +10000k -exec mv {} {}.1 \\;
		exec flock -n -E 0 $conf/jobs.lock \\
		    $programs/tenantry-jobs --once >>$conf/log/jobs.log 2>&1
	SH
}

write_hosting_settings() {
	install -d -m 700 "$conf" "$conf/secrets" "$conf/uploads" \
		"$conf/temp" "$conf/log"
	rm -f "$conf"/.new.* "$conf"/secrets/.new.* "$WEBROOT"/.new.*
	write_answers
	assign "$conf/tenantry.conf" BETTER_AUTH_URL "$URL"
	[ -z "$SMTP_URL" ] ||
		assign "$conf/tenantry.conf" TENANTRY_MAIL_FROM "$MAIL_FROM"
	secret DATABASE_URL "$DATABASE_URL"
	secret TENANTRY_APP_URL "$TENANTRY_APP_URL"
	secret SMTP_URL "$SMTP_URL"
	first_secret
	write_environment
}

# Prints the line for the crontab.
cron_line() {
	echo "* * * * * $conf/jobs"
}

add_cron() {
	local now said=$conf/temp/crontab
	now=$(LC_ALL=C crontab -l 2>"$said") ||
		grep -qiE 'no crontab|no such file' "$said" || {
		cat "$said" >&2
		return 1
	}
	rm -f "$said"
	grep -qxF "$(cron_line)" <<<"$now" ||
		{
			[ -z "$now" ] || echo "$now"
			cron_line
		} | crontab -
}

tell_what_is_left() {
	local said
	[ "$CRON" = yes ] ||
		say "add this line to your crontab: $(cron_line)"
	[ "$SERVER" != lighttpd ] ||
		say "include $conf/lighttpd.conf in lighttpd's configuration"
	say "there is no live feed: open pages poll for changes every 3 s"
	# A server that does not run the program returns the text of the script.
	said=$(curl -sS -o /dev/null -w '%{http_code} %{content_type}' \
		--max-time 20 "$URL/ready" 2>&1) || :
	if [ "$said" = '200 application/json' ]; then
		say "$URL answers"
	else
		say "$URL/ready does not answer yet: $said; the log of the web" \
			"server and $conf/log/workers.log say why"
	fi
}

# set_up_hosting FOLDER [FILE]: sets up the installation in the folder, with the answers in the file.
set_up_hosting() {
	conf=${1%/}
	[[ $conf == /* ]] || conf=$PWD/$conf
	[ "$(id -u)" != 0 ] ||
		die "run this as the user of the hosting account, not as root"
	umask 077
	read_answers "${2:-}"
	check_hosting
	check_files
	check_htaccess
	check_roles
	[ "$faults" = 0 ] || die "nothing was changed"
	does "writing the settings into $conf" write_hosting_settings
	does "updating the schema of the database" tenantry schema up
	does "writing the pages into $WEBROOT" write_webroot
	[ "$CRON" = no ] || does "adding the jobs to the crontab" add_cron
	! $dry || return 0
	tell_what_is_left
	first_administrator
}
