# services.bash - starts the services for tenantry setup, and waits until they respond

units=(tenantry.target tenantry.socket tenantry.service tenantry-jobs.service tenantry-watch.timer)

# reload SERVICE: reloads the configuration of the service, or starts the service.
reload() {
	systemctl reload-or-restart "$1" || {
		journalctl -n 15 --no-pager -u "$1" >&2
		die "$1 did not start; the lines above say why"
	}
}

start_units() {
	systemctl -q enable "$@"
	if $changed; then
		systemctl restart "$@"
	else
		systemctl start "$@"
	fi || {
		journalctl -n 15 --no-pager $(printf -- '-u %s ' "$@") >&2
		die "the services did not start; the lines above say why"
	}
}

# Backups are made only once their destination is configured.
start_backups() {
	! grep -qsE '^BACKUP_TO="?[^"]' $conf/backup.conf ||
		does "enabling tenantry-backup.timer" \
			systemctl -q enable --now tenantry-backup.timer
}

# The demo is recreated each night if the settings name one.
start_demo() {
	! grep -qsE '^DEMO="?[^"]' $conf/demo.conf ||
		does "enabling tenantry-demo.timer" \
			systemctl -q enable --now tenantry-demo.timer
}

start_services() {
	! feed_fits || units+=(tenantry-feed.service)
	# The jobs begin by reading the certificate of the site.
	does "reloading nginx" reload nginx
	does "starting ${units[*]}" start_units "${units[@]}"
	start_backups
	start_demo
}

# Sends a request to the public address, from this machine.
answer() {
	local port=443 scheme=https
	[ "$TLS" != none ] || port=${LISTEN##*:} scheme=http
	curl -ksS -o /dev/null -w '%{http_code}' --noproxy '*' --max-time 5 \
		--connect-to "::127.0.0.1:$port" "$scheme://$DOMAIN:$port/ready" 2>&1
}

# A mail server that does not work causes a message, not a failure.
try_mail() {
	[ -n "$SMTP_URL" ] && [ -n "$ADMIN" ] || return 0
	say "sending a test mail to $ADMIN"
	tenantry mail test "$ADMIN" ||
		say "mail does not work yet: correct SMTP_URL, then run tenantry mail test $ADMIN"
}

wait_until_ready() {
	local tick said
	for ((tick = 0; tick < 100; tick++)); do
		said=$(answer) && [ "$said" = 200 ] && return 0
		sleep 0.2
	done
	journalctl -n 15 --no-pager -u tenantry.service >&2
	die "https://$DOMAIN does not answer: $said"
}
