#!/bin/bash
# settings.sh - every setting reaches the programs, however they are started
#
# The settings are those that "tenantry-fcgi --help" lists. BUILD is the folder of the programs.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib/server.sh"
need_build
work=$(scratch settings)
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
	echo "settings: $*" >&2
	bad=1
}

names=$("$BUILD/tenantry-fcgi" --help | sed -n 's/^\([A-Z][A-Z0-9_]*\) .*/\1/p' | sed 's/^TENANTRY_PROVIDER_NAME_/TENANTRY_PROVIDER_ACME_/')
[ "$(wc -l <<<"$names")" -gt 80 ] || fail "tenantry-fcgi --help lists too few"

# The settings in the documents: the first cells of the settings tables.
documented=$(
	{
		sed -n '/^## The workers and the jobs/,/^## Replace/p' "$SOURCES/docs/configuration.md"
		sed '/state_not_found/,$d' "$SOURCES/docs/sign-in-with.md"
	} |
		sed -n 's/^| \(`[A-Z][^|]*\)|.*/\1/p' | grep -o '`[A-Z][A-Z0-9_]*`' | tr -d '`' | sort -u
)
for name in $documented; do
	grep -qx "$name" <<<"$names" || fail "tenantry-fcgi --help does not list $name, which is documented"
done
grep -qx GOOGLE_CLIENT_SECRET <<<"$documented" || fail "the documents list too few settings"

# script/up: the settings that it writes are the environment of the programs.
passed=$(
	for name in $names; do export "$name=value of $name"; done
	export GOOGLE_CLIENT_SECRET_FILE=/run/google SMTP_URL_FILE=/run/smtp UNRELATED=x
	APP=$work STATE=$work
	mkdir -p "$work/sbin"
	ln -s "$BUILD/tenantry-fcgi" "$work/sbin/"
	. "$SOURCES/script/serve.bash"
	write_environment
	env -i bash -c '. "$0" && env' "$work/env"
)
for name in $names; do
	grep -qx "$name=value of $name" <<<"$passed" || fail "script/up does not pass $name"
done
for name in GOOGLE_CLIENT_SECRET_FILE SMTP_URL_FILE; do
	grep -q "^$name=" <<<"$passed" || fail "script/up does not pass $name"
done
! grep -q '^UNRELATED=' <<<"$passed" || fail "script/up passes a variable that is no setting"

# docker-compose.yml passes all settings, except those that the image and its volumes determine, and the providers that
# an override file names.
chosen='^(TENANTRY_(SOCKET|LOGIN_SOCKET|SLOW_SOCKET|FEED_SOCKET|GENERATION|PROVIDER_ACME_.*)|UPLOAD_DIR)$'
listed=$(
	python3 - "$SOURCES/docker-compose.yml" <<'PY'
import sys, yaml
services = yaml.safe_load(open(sys.argv[1]))['services']
for name in ('app', 'jobs', 'web'):
    for variable in services[name]['environment']:
        print(name, variable)
PY
)
for name in $(grep -Ev "$chosen" <<<"$names"); do
	for service in app jobs; do
		grep -qx "$service $name" <<<"$listed" || fail "docker-compose.yml does not pass $name to $service"
	done
done
for name in TENANTRY_SERVER_NAMES TENANTRY_TRUSTED_PROXIES BETTER_AUTH_URL; do
	grep -qx "web $name" <<<"$listed" || fail "docker-compose.yml does not pass $name to web"
done
for name in $(sed -n 's/^app //p' <<<"$listed"); do
	grep -qx "$name" <<<"$names" || [[ " SEED TENANTRY_DEMO_PASSWORD " == *" $name "* ]] ||
		fail "docker-compose.yml passes $name, which is no setting"
done

# The systemd services: two files apply to all settings.
for unit in "$SOURCES"/systemd/*.service; do
	grep -qx 'LimitCORE=0' "$unit" || fail "${unit##*/} does not disable core files"
	grep -q '^ExecStart=/usr/sbin/tenantry-' "$unit" || continue
	grep -qx 'EnvironmentFile=-/etc/tenantry/tenantry.conf' "$unit" || fail "${unit##*/} does not read tenantry.conf"
	grep -qx 'LoadCredential=tenantry:/etc/tenantry/secrets' "$unit" || fail "${unit##*/} does not read the secrets"
done

[ $bad = 0 ] && echo "settings: $(wc -l <<<"$names") reach the programs of script/up, docker-compose.yml and systemd"
exit $bad
