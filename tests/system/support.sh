#!/bin/bash
# support.sh - tenantry support-bundle contains the information that support needs, but no secret, address or value of a
# row
#
# This test creates what root reads on a machine, with texts that people write into logs and configuration files.
# tests/system/machine/package.sh makes a bundle on a machine.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/server.sh"
. "$here/../lib/commands.sh"
need_postgres "$here/support.sh" "$@"

work=$(scratch support)
trap '[ -z "${STACK:-}" ] || stop_stack || :; rm -rf "$work"' EXIT

# secret TEXT: prints the text, and records that no bundle may contain it.
secret() {
	echo "$1" >>"$work/secrets"
	printf %s "$1"
}

export BETTER_AUTH_SECRET AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID OIDC_ACME_CLIENT_SECRET BACKUP_DATABASE_URL SMTP_URL \
	TENANTRY_ASSISTANT_KEY TENANTRY_MAIL_FROM OTEL_EXPORTER_OTLP_HEADERS
BETTER_AUTH_SECRET=$(secret 'Kj3+very/secret/of/the/installation/92=')
AWS_SECRET_ACCESS_KEY=$(secret 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLE')
AWS_ACCESS_KEY_ID=$(secret AKIAIOSFODNN7EXAMPLE)
OIDC_ACME_CLIENT_SECRET=$(secret oidc-client-short)
BACKUP_DATABASE_URL="postgresql://keeper:$(secret keeper-pass)@192.0.2.7/x"
secret 'p@ss word' >/dev/null
secret 'p%40ss%20word' >/dev/null
SMTP_URL="smtp://$(secret mailuser77):p%40ss%20word@127.0.0.1:1"
TENANTRY_ASSISTANT_KEY=$(secret "sk-proj-shortkey1")
TENANTRY_MAIL_FROM="CRM <$(secret sender@private.example)>"
OTEL_EXPORTER_OTLP_HEADERS="api-key=$(secret otlp-header-secret)"
export TENANTRY_PRIVATE_WEBHOOKS=on TENANTRY_LOGIN_WORKERS=1 # also for the bundle
STACK_JOBS=yes start_stack support

# --- an installation with people, tokens and errors
json='Content-Type: application/json'
post() { # PATH BODY
	curl -sS --noproxy '*' -H "$json" -H "Origin: $BASE" -H "Authorization: Bearer ${token:-}" -d "$2" "$BASE/api/$1"
}
body="{\"email\":\"$(secret ada.quill@private.example)\",\"password\":\"$(secret 'correct horse 17')\","
token=$(post signup "$body\"first_name\":\"$(secret Zanzibarina)\",\"last_name\":\"$(secret Quillfeather)\"}" |
	sed 's/.*"token" *: *"\([^"]*\)".*/\1/')
[ ${#token} -gt 20 ] || fail 'nobody can sign up'
secret "$token" >/dev/null
post contacts "{\"first_name\":\"$(secret Obadiah)\",\"last_name\":\"$(secret Featherstone)\",\"email_jsonb\":[{\"email\":\"$(secret obadiah@customer.example)\"}]}" >/dev/null
hook=$(secret T00SECRETPATH)
post webhooks "{\"url\":\"http://127.0.0.1:9/services/$hook?key=$(secret querykey5)\",\"events\":[\"tags.create\"]}" |
	sed 's/.*"secret" *: *"\([^"]*\)".*/\1/' >>"$work/secrets"
for n in 1 2 3 4 5 6; do post tags "{\"name\":\"$(secret "Tagname$n")\",\"color\":\"#abc\"}" >/dev/null; done
post auth/request-password-reset '{"email":"ada.quill@private.example"}' >/dev/null
psql -Xq <<-SQL
	UPDATE identity.organization SET name = '$(secret Wonderworks) of $(secret Zembla)';
	INSERT INTO ops.aside (queue, org_id, entry, error, retry_at)
	SELECT 'weekly_mail', o.id, '1', 'duplicate key: Key (email)=($(secret late@customer.example)) already exists', now() + interval '1 day' FROM identity.organization o;
SQL
for _ in $(seq 100); do
	[ "$(psql -XAtqc "SELECT count(*) FROM ops.job_log l WHERE l.queue IN ('mail', 'webhooks')")" -lt 2 ] || break
	sleep 0.2
done

# --- what root reads on a machine
mkdir "$work/machine"
(
	cd "$work/machine"
	cat >journal <<-END
		2026-11-28T10:00:00+0000 crm tenantry-fcgi[7]: info request method=GET path=/api/contacts/$(secret "$(printf 'eve%%40private.example')") route=/api/contacts/{id} status=200 bytes=7 ms=3 address=$(secret 203.0.113.77)
		2026-11-28T10:00:01+0000 crm tenantry-fcgi[7]: error db state=22P02 error="invalid input syntax for type uuid: "$(secret Bartholomew)""
		2026-11-28T10:00:02+0000 crm tenantry-fcgi[7]: error db state=23505 error="Key (email, org_id)=($(secret mallory@private.example), 7) already exists"
		2026-11-28T10:00:03+0000 crm tenantry-jobs[8]: info mail_bounced mail=7 template=reset error="550 <$(secret grace.h+crm@mail.private.example)>: unknown user"
		2026-11-28T10:00:04+0000 crm tenantry-jobs[8]: error fetch url=https://$(secret bob):$(secret urlpass8)@hooks.example/x?token=$(secret hexquery) status=500
		2026-11-28T10:00:05+0000 crm tenantry-jobs[8]: error integration job=1 error="Authorization: Bearer $(secret abcdef123456) refused by $(secret 2001:db8:7:8::99)"
		2026-11-28T10:00:06+0000 crm systemd[1]: tenantry.service: Started Tenantry.
		2026-11-28T10:00:07+0000 crm tenantry-fcgi[7]: info inbound refused=credentials address=$(secret 198.51.100.3)
		2026-11-28T10:00:08+0000 crm tenantry-fcgi[7]: info token=$(secret "$(head -c 30 /dev/urandom | base64 | tr +/ -_)")
		2026-11-28T10:00:09+0000 crm tenantry-fcgi[7]: error worker_died pid=9 pool=api signal=11 route=/api/tags
		2026-11-28T10:00:10+0000 crm postgres[9]: DETAIL:  Failing row contains (1, $(secret Melisande), x).
	END
	cat >nginx.conf <<-END
		# --- /etc/tenantry/site.d/ours.conf
		proxy_set_header Authorization "Basic $(secret dXNlcjpodW50ZXIy)";
		set \$api_key $(secret confkey-1234);
		allow $(secret 198.51.100.20);
		location ~ ^/(?:api|x)/ { root /var/lib/tenantry; }
		# -----BEGIN PRIVATE KEY-----
		# $(secret MIIEvQIBADANBgkqhkiG9w0BAQEFAASC)
		# -----END PRIVATE KEY-----
		listen 127.0.0.1:9180;
	END
	cat >nginx-error.log <<-END
		2026/11/28 10:00:00 [error] 7#7: *1 connect() failed, client: $(secret 203.0.113.9), server: crm.example.test, request: "GET /api/contacts?q=$(secret Persephone) HTTP/1.1", referrer: "https://crm.example.test/contacts?search=$(secret Theodosius)"
	END
	printf '%s\n' DOMAIN=crm.example.test "ADMIN=$(secret root@private.example)" >answers
	echo 'tenantry.service loaded active running Tenantry, the workers' >units
	echo 'postgresql@15-main.service loaded active running PostgreSQL Cluster 15-main' >>units
	echo 'tenantry 0.1.0 install ok installed' >versions
	tar -cf "$work/machine.tar" -- *
)
exec 5<"$work/machine.tar"
export TENANTRY_LIBEXEC=$SOURCES/libexec TENANTRY_INSTALLATION=5 TENANTRY_SQL=$SOURCES
"$BUILD/tenantry" support-bundle >"$work/bundle.tar.gz" 2>"$work/out" || fail 'it fails'
tar -C "$work" -xzf "$work/bundle.tar.gz"
cd "$work"/tenantry-support-*
cat ./* >"$work/out"

# --- no secret, in any spelling
[ "$(sort -u "$work/secrets" | wc -l)" -gt 40 ] && held || fail 'few secrets were tried'
while IFS= read -r one; do
	if found=$(grep -rnF -- "$one" .); then
		echo "$found" >"$work/out"
		fail "the bundle has: $one"
	else
		held
	fi
done < <(sort -u "$work/secrets")
grep -q 'Quillfeather' <(psql -XAtqc 'SELECT last_name FROM crm.sales') && held || fail 'the people were not there'
grep -q "$hook" <(psql -XAtqc 'SELECT url FROM crm.webhooks') && held || fail 'the webhook was not there'

# --- useful information remains
has() { # FILE TEXT
	cp "$1" "$work/out"
	grep -qE -- "$2" "$1" && held || fail "$1 has no: $2"
}
has settings '^TENANTRY_LOGIN_WORKERS=1$'
has settings '^BETTER_AUTH_SECRET=\(set\)$'
has settings '^BACKUP_DATABASE_URL=\(set\)$'
has settings '^OIDC_ACME_CLIENT_SECRET=\(set\)$'
has settings '^UPLOAD_DIR=/'
has doctor '^ok    server  '
has doctor '^ok    webhooks  .*webhook [0-9]+ of \(organization\) since '
has doctor '^warn  set aside  .*weekly_mail 1 of \(organization\) since .*Key \(column\)=\(value\)'
has doctor '^[0-9]+ ok, [0-9]+ warnings, [0-9]+ failed$'
has schema '^(up|ran|.*001_ops)'
has queues '^queue +mail  .*waiting'
has queues '^job '
has postgres 'PostgreSQL [0-9]'
has postgres '^max_connections '
has tables '^crm.contacts rows .* bytes [0-9]+ '
has journal ' method=GET path=\(path\) route=/api/contacts/\{id\} status=200 bytes=7 ms=3 '
has journal 'state=22P02 '
has journal 'worker_died pid=9 pool=api signal=11 route=/api/tags$'
has journal 'systemd\[1\]: tenantry.service: Started Tenantry'
has nginx.conf '^location ~ \^/\(\?:api\|x\)/ \{ root /var/lib/tenantry; \}$'
has nginx.conf '^listen 127.0.0.1:9180;$'
has nginx-error.log '\[error\] 7#7: \*1 connect\(\) failed, client: \(ip\), server: crm.example.test'
has answers '^DOMAIN=crm.example.test$'
has units '^postgresql@15-main.service loaded active'
has versions '^tenantry 0.1.0 install ok installed$'
cd "$work"

# --- without root, and without a database
exec 5<&-
unset TENANTRY_INSTALLATION
DATABASE_URL=postgresql://x:y@127.0.0.1:1/x "$BUILD/tenantry" support-bundle >"$work/second.tar.gz" 2>"$work/out" || fail 'it needs the database'
tar -xzOf "$work/second.tar.gz" --wildcards '*/machine' | grep -q 'not run as root' && held || fail 'it does not say what is missing'
tar -xzOf "$work/second.tar.gz" --wildcards '*/doctor' | grep -q '^FAIL  database' && held || fail 'it has no findings'
want 2 'the bundle is a file' script -qec "'$BUILD/tenantry' support-bundle" /dev/null

summary support
