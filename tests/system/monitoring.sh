#!/bin/bash
# monitoring.sh - Prometheus scrapes a stack, each alert rule fires and resolves, and each panel of the board has data
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/server.sh"
need_postgres "$here/monitoring.sh" "$@"

command -v prometheus >/dev/null || {
	echo "there is no Prometheus; run apt-get install prometheus"
	exit 77
}
passed=0 failed=0 prometheus=
work=$(scratch monitoring)
trap 'kill $prometheus ${exporter:-} 2>/dev/null || :; [ -z "${STACK:-}" ] || stop_stack || :; rm -rf "$work"' EXIT

# expect COMPLAINT COMMAND...: counts a pass, or prints the complaint if the command fails.
expect() {
	local complaint=$1
	shift
	if "$@" >"$work/out" 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1))
		echo "FAILED: $complaint"
		head -n 20 "$work/out" | sed 's/^/        /'
	fi
}

# ask PATH JAVASCRIPT: the expression must be true for r, the response of Prometheus.
ask() {
	curl -fsS --noproxy '*' -G "http://127.0.0.1:$port/api/v1/$1" "${@:3}" >"$work/answer" &&
		node -e 'const r = JSON.parse(require("fs").readFileSync(process.argv[1])).data;
			if (!eval(process.argv[2])) { console.log(JSON.stringify(r).slice(0, 2000)); process.exit(1); }' "$work/answer" "$2"
}

# until_asked PATH JAVASCRIPT: repeats ask for up to half a minute.
until_asked() {
	local try
	for try in $(seq 60); do
		! ask "$@" >"$work/last" 2>&1 || return 0
		sleep 0.5
	done
	cat "$work/last"
	return 1
}

# --- Each rule fires, and resolves

# Serves the metrics of two installations, a and new, and of an installation that responds only if the file "up" exists.
# {} contains an expression with "now", in seconds, and "n", the number of the scrape.
cat >"$work/exporter.mjs" <<'END'
import { createServer } from 'node:http';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const [dir, ...ports] = process.argv.slice(2);
let n = 0;
const text = (file) => readFileSync(`${dir}/${file}`, 'utf8').replace(/\{\{(.*?)\}\}/g,
	(_, e) => new Function('n', 'now', `return ${e}`)(n, Date.now() / 1000));
['a', 'new', 'third'].forEach((name, i) => createServer((_, response) => {
	n += i === 0;
	if (i === 2 && !existsSync(`${dir}/up`)) response.writeHead(502);
	response.end(i === 2 ? '' : text(name));
}).listen(Number(ports[i]), '127.0.0.1'));
writeFileSync(`${dir}/ready`, '');
END

# metrics UP FAILED FIVE_XX SLOW REFUSED RAN ...: writes the metrics of the installation a.
metrics() {
	cat >"$work/a.new" <<-END
		tenantry_database_up $1
		tenantry_worker_failed_timestamp_seconds {{ $2 }}
		tenantry_requests_total{status="5xx"} {{ n * $3 }}
		tenantry_requests_total{status="2xx"} {{ n * 90 }}
		tenantry_request_seconds_bucket{le="1"} {{ n * (100 - $4) }}
		tenantry_request_seconds_bucket{le="10"} {{ n * 100 }}
		tenantry_request_seconds_bucket{le="+Inf"} {{ n * 100 }}
		tenantry_organization_refused_total{pool="api"} {{ n * $5 }}
		tenantry_job_run_timestamp_seconds{job="trash"} {{ now - $6 }}
		tenantry_job_run_failed{job="trash"} $7
		tenantry_job_late_seconds{task="trash"} {{ $7 * 3700 }}
		tenantry_queue_oldest_seconds{queue="mail"} $8
		tenantry_queue_oldest_seconds{queue="imports"} $9
		tenantry_webhooks_failing ${10}
		tenantry_queue_aside{queue="mail"} ${11}
		tenantry_mail_undelivered {{ n * ${12} }}
		tenantry_backup_verified_timestamp_seconds {{ now - ${13} }}
		tenantry_backup_failed_timestamp_seconds {{ now - ${14} }}
		tenantry_certificate_expires_timestamp_seconds {{ now + ${15} }}
		tenantry_disk_free_bytes ${16}
		tenantry_disk_bytes 20e9
		tenantry_database_connections ${17}
		tenantry_database_connections_max 100
		tenantry_database_oldest_transaction_seconds ${18}
		tenantry_database_transaction_age ${19}
		tenantry_replication_slot_bytes ${20}
		tenantry_archive_bytes ${20}
		tenantry_replication_lag_bytes ${21}
		tenantry_clock_error_seconds ${22}
		tenantry_doctor_verdict{check="units"} ${23}
		tenantry_doctor_verdict{check="clock"} ${24}
		tenantry_doctor_timestamp_seconds {{ now - ${25} }}
		tenantry_feed_reached_timestamp_seconds{host="web"} {{ now - ${26} }}
	END
	mv "$work/a.new" "$work/a"
}

damaged() {
	metrics 0 now-5 10 5 1 700 1 100 1000 5 1 10 259200 100 86400 1e9 90 4000 1.1e9 12e9 2e9 16 2 1 700 90
	echo 'tenantry_backup_verified_timestamp_seconds 0' >"$work/new"
	rm -f "$work/up"
}

repaired() {
	metrics 1 0 0 0 0 5 0 0 0 0 0 0 3600 7200 7776000 19e9 10 1 1e6 0 0 0.01 0 0 5 15
	echo "tenantry_backup_verified_timestamp_seconds {{ now - 60 }}" >"$work/new"
	: >"$work/up"
}

# The rules with shorter durations: one second for each duration, and six for the windows of
# rates.
ports=("$(free_port)" "$(free_port)" "$(free_port)") port=$(free_port)
sed -E 's/^( *for:) .*/\1 1s/; s/\[(5m|1h)\]/[6s]/g' "$SOURCES/share/monitoring/alerts.yml" >"$work/rules.yml"
scrapes() { # JOB
	printf '%s\n' 'global: { scrape_interval: 1s, evaluation_interval: 1s }' "rule_files: [ $work/rules.yml ]" \
		"scrape_configs: [ { job_name: $1, static_configs: [ { targets: [ '127.0.0.1:${ports[0]}', '127.0.0.1:${ports[1]}', '127.0.0.1:${ports[2]}' ] } ] } ]" >"$work/rules-prometheus.yml"
}
# states STATE: each rule except TenantryNotMonitored has this state. named STATE NAME: the named rule has this state.
states() {
	until_asked rules "r.groups[0].rules.length === 31 &&
		r.groups[0].rules.every((x) => x.health === 'ok' && (x.name === 'TenantryNotMonitored' || x.state === '$1'))"
}
named() {
	until_asked rules "r.groups[0].rules.some((x) => x.name === '$2' && x.state === '$1')"
}
damaged
scrapes tenantry
node "$work/exporter.mjs" "$work" "${ports[@]}" >"$work/exporter.log" 2>&1 &
exporter=$!
prometheus --config.file="$work/rules-prometheus.yml" --storage.tsdb.path="$work/rules-data" --query.lookback-delta=5s --web.listen-address="127.0.0.1:$port" >"$work/log" 2>&1 &
prometheus=$!
expect 'not every rule fires' states firing
# Prometheus uses the label "job" itself, and renames the label of Tenantry.
expect 'an alert does not name the job that fails' until_asked alerts \
	'r.alerts.some((x) => x.labels.alertname === "TenantryJobFails" && x.annotations.summary.startsWith("The job trash "))'
repaired
expect 'not every rule resolves' states inactive
scrapes other
kill -HUP $prometheus
expect 'a missing job raises no alert' named firing TenantryNotMonitored
scrapes tenantry
kill -HUP $prometheus
expect 'the alert about a missing job does not resolve' named inactive TenantryNotMonitored
kill $prometheus $exporter
wait $prometheus $exporter || :
prometheus= exporter=

TENANTRY_METRICS_ORGANIZATIONS=10 STACK_JOBS=yes start_stack monitoring
# If no entry is set aside, the metric is missing.
psql -Xqc "INSERT INTO ops.aside (queue, entry, error, retry_at) VALUES ('weekly_mail', '1', 'test', now() + interval '1 day')"
port=$(free_port)
sed "s|/usr/share/tenantry|$SOURCES/share|; s|127.0.0.1:9180|127.0.0.1:$PORT|; 1i global: { scrape_interval: 1s, evaluation_interval: 1s }" \
	<(sed -n '/^```yaml/,/^```/{/^```/d;p}' "$SOURCES/docs/monitoring.md") >"$work/prometheus.yml"
expect "the rules are wrong" promtool check rules "$SOURCES/share/monitoring/alerts.yml"
expect "the configuration of the manual is wrong" promtool check config "$work/prometheus.yml"
cat >"$work/cases.yml" <<END
rule_files: [ $SOURCES/share/monitoring/alerts.yml ]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - { series: 'up{job="tenantry", instance="a"}', values: '0x20' }
      - { series: 'tenantry_job_run_timestamp_seconds{instance="a", job="trash"}', values: '0x20' }
      - { series: 'tenantry_backup_verified_timestamp_seconds{instance="a"}', values: '0x20' }
      - { series: 'tenantry_backup_verified_timestamp_seconds{instance="new"}', values: '0x2890' }
      - { series: 'tenantry_backup_verified_timestamp_seconds{instance="old"}', values: '60x2890' }
      - { series: 'tenantry_backup_failed_timestamp_seconds{instance="a"}', values: '60x20' }
      - { series: 'tenantry_certificate_expires_timestamp_seconds{instance="a"}', values: '1209660x20' }
      - { series: 'tenantry_certificate_expires_timestamp_seconds{instance="http"}', values: '0x20' }
      - { series: 'tenantry_disk_free_bytes{instance="a"}', values: '1e9x20' }
      - { series: 'tenantry_disk_bytes{instance="a"}', values: '20e9x20' }
      - { series: 'tenantry_requests_total{instance="a", status="5xx"}', values: '0+10x20' }
      - { series: 'tenantry_requests_total{instance="a", status="2xx"}', values: '0+90x20' }
      - { series: 'tenantry_queue_aside{instance="a", queue="mail"}', values: '2x70' }
      - { series: 'tenantry_database_oldest_transaction_seconds{instance="a"}', values: '3570+60x20' }
      - { series: 'tenantry_database_transaction_age{instance="a"}', values: '999999999+1x20' }
      - { series: 'tenantry_replication_slot_bytes{instance="a"}', values: '11e9x20' }
      - { series: 'tenantry_replication_lag_bytes{instance="a"}', values: '2e9x20' }
      - { series: 'tenantry_archive_bytes{instance="a"}', values: '2e9x20' }
      - { series: 'tenantry_clock_error_seconds{instance="a"}', values: '16x20' }
      - { series: 'tenantry_doctor_verdict{instance="a", check="clock"}', values: '0 2 2 2 0 0' }
      - { series: 'tenantry_doctor_verdict{instance="a", check="units"}', values: '1x70' }
      - { series: 'tenantry_doctor_timestamp_seconds{instance="a"}', values: '60x20' }
      - { series: 'tenantry_worker_failed_timestamp_seconds{instance="a"}', values: '600x20' }
      - { series: 'tenantry_feed_reached_timestamp_seconds{instance="a", host="web"}', values: '60x20' }
      - { series: 'tenantry_queue_oldest_seconds{instance="a", queue="mail"}', values: '0+60x20' }
      - { series: 'tenantry_queue_oldest_seconds{instance="a", queue="imports"}', values: '0+60x30' }
    alert_rule_test:
      - { eval_time: 15m, alertname: TenantryDown, exp_alerts: [ { exp_labels: { severity: critical, job: tenantry, instance: a }, exp_annotations: { summary: "a does not answer", description: "nginx or the workers are down; see systemctl status tenantry" } } ] }
      - { eval_time: 15m, alertname: TenantryJobsStopped, exp_alerts: [ { exp_labels: { severity: critical, instance: a }, exp_annotations: { summary: "tenantry-jobs has run nothing for ten minutes", description: "Emails, imports, webhooks and reminders wait; see systemctl status tenantry-jobs" } } ] }
      - { eval_time: 15m, alertname: TenantryErrors, exp_alerts: [ { exp_labels: { severity: critical, instance: a }, exp_annotations: { summary: "More than 1 % of requests fail", description: "The log lines with level=error name the reason" } } ] }
      - { eval_time: 15m, alertname: TenantryBackupFailed, exp_alerts: [ { exp_labels: { severity: warning, instance: a }, exp_annotations: { summary: "The last backup failed", description: "Run tenantry backup and read its message" } } ] }
      - { eval_time: 15m, alertname: TenantryCertificateExpires, exp_alerts: [ { exp_labels: { severity: critical, instance: a }, exp_annotations: { summary: "The site's certificate expires within two weeks", description: "Renew it and reload nginx" } } ] }
      - { eval_time: 11m, alertname: TenantryWorkersCrash, exp_alerts: [ { exp_labels: { severity: critical, instance: a }, exp_annotations: { summary: "A worker has crashed in the last five minutes", description: "The log lines worker_died of tenantry name the route" } } ] }
      - { eval_time: 16m, alertname: TenantryWorkersCrash, exp_alerts: [] }
      - { eval_time: 15m, alertname: TenantryNotMonitored, exp_alerts: [] }
      - { eval_time: 35m, alertname: TenantryNotMonitored, exp_alerts: [ { exp_labels: { severity: critical, job: tenantry }, exp_annotations: { summary: "Prometheus has no job with the name tenantry", description: "No other alert can fire; see scrape_configs" } } ] }
      - { eval_time: 0m, alertname: TenantryCertificateExpires, exp_alerts: [] }
      - { eval_time: 15m, alertname: TenantryDiskFull, exp_alerts: [ { exp_labels: { severity: critical, instance: a }, exp_annotations: { summary: "The disk of the uploaded files is almost full", description: "Free some space, or move UPLOAD_DIR to a larger disk" } } ] }
      - { eval_time: 5m, alertname: TenantryDiskFull, exp_alerts: [] }
      - { eval_time: 5m, alertname: TenantryJobsStopped, exp_alerts: [] }
      - { eval_time: 2879m, alertname: TenantryBackupMissing, exp_alerts: [] }
      - eval_time: 2882m
        alertname: TenantryBackupMissing
        exp_alerts:
          - { exp_labels: { severity: critical, instance: new }, exp_annotations: { summary: "There is no verified backup from the last two days", description: "Run tenantry backup and read its message" } }
          - { exp_labels: { severity: critical, instance: old }, exp_annotations: { summary: "There is no verified backup from the last two days", description: "Run tenantry backup and read its message" } }
      - { eval_time: 1m, alertname: TenantryMailWaits, exp_alerts: [] }
      - { eval_time: 3m, alertname: TenantryMailWaits, exp_alerts: [ { exp_labels: { severity: critical, instance: a, queue: mail }, exp_annotations: { summary: "An email has waited for more than 75 seconds", description: "Users are waiting for links; tenantry doctor shows the mail server's response" } } ] }
      - { eval_time: 15m, alertname: TenantryQueueStuck, exp_alerts: [] }
      - { eval_time: 22m, alertname: TenantryQueueStuck, exp_alerts: [ { exp_labels: { severity: warning, instance: a, queue: imports }, exp_annotations: { summary: "An entry in the queue imports has waited for 15 minutes", description: "tenantry doctor shows the number of attempts and the last error" } } ] }
      - { eval_time: 0m, alertname: TenantryLongTransaction, exp_alerts: [] }
      - { eval_time: 1m, alertname: TenantryLongTransaction, exp_alerts: [ { exp_labels: { severity: warning, instance: a }, exp_annotations: { summary: "A transaction has been open for more than an hour", description: "VACUUM keeps all rows that were deleted since then; tenantry doctor names the session" } } ] }
      - { eval_time: 1m, alertname: TenantryTransactionNumbers, exp_alerts: [] }
      - { eval_time: 2m, alertname: TenantryTransactionNumbers, exp_alerts: [ { exp_labels: { severity: critical, instance: a }, exp_annotations: { summary: "Almost half of the database server's transaction numbers are used", description: "When all are used, the server accepts no writes; tenantry doctor names the database to vacuum" } } ] }
      - { eval_time: 4m, alertname: TenantryReplicationSlot, exp_alerts: [] }
      - { eval_time: 6m, alertname: TenantryReplicationSlot, exp_alerts: [ { exp_labels: { severity: critical, instance: a }, exp_annotations: { summary: "A replication slot keeps more than 10 GiB of the write-ahead log", description: "It fills Postgres' disk; repair the reader of the slot, or drop the slot, which tenantry doctor names" } } ] }
      - { eval_time: 4m, alertname: TenantryArchive, exp_alerts: [] }
      - { eval_time: 6m, alertname: TenantryArchive, exp_alerts: [ { exp_labels: { severity: critical, instance: a }, exp_annotations: { summary: "More than 1 GiB of the write-ahead log is not archived", description: "It fills Postgres' disk, and the last changes cannot be restored; tenantry doctor says since when" } } ] }
      - { eval_time: 4m, alertname: TenantryReplicationLag, exp_alerts: [] }
      - { eval_time: 6m, alertname: TenantryReplicationLag, exp_alerts: [ { exp_labels: { severity: warning, instance: a }, exp_annotations: { summary: "A standby lags by more than 1 GiB", description: "If the primary were lost, these changes would be lost; tenantry doctor names the standby" } } ] }
      - { eval_time: 4m, alertname: TenantryClock, exp_alerts: [] }
      - { eval_time: 6m, alertname: TenantryClock, exp_alerts: [ { exp_labels: { severity: warning, instance: a }, exp_annotations: { summary: "No time service corrects the clock", description: "Second factors, sessions and certificates depend on the correct time; install systemd-timesyncd or chrony" } } ] }
      - { eval_time: 1m, alertname: TenantryDoctorFails, exp_alerts: [] }
      - { eval_time: 2m, alertname: TenantryDoctorFails, exp_alerts: [ { exp_labels: { severity: critical, instance: a, check: clock }, exp_annotations: { summary: "tenantry doctor fails: clock", description: "Run tenantry doctor, which says what to do" } } ] }
      - { eval_time: 4m, alertname: TenantryDoctorFails, exp_alerts: [] }
      - { eval_time: 59m, alertname: TenantryDoctorWarns, exp_alerts: [] }
      - { eval_time: 61m, alertname: TenantryDoctorWarns, exp_alerts: [ { exp_labels: { severity: warning, instance: a, check: units }, exp_annotations: { summary: "tenantry doctor warns: units", description: "Run tenantry doctor, which says what to do" } } ] }
      - { eval_time: 11m, alertname: TenantryWatchStopped, exp_alerts: [] }
      - { eval_time: 12m, alertname: TenantryWatchStopped, exp_alerts: [ { exp_labels: { severity: warning, instance: a }, exp_annotations: { summary: "tenantry watch has not run for ten minutes", description: "Nobody gets emails about problems; see systemctl status tenantry-watch.timer" } } ] }
      - { eval_time: 2m, alertname: TenantryFeedUnreached, exp_alerts: [] }
      - { eval_time: 4m, alertname: TenantryFeedUnreached, exp_alerts: [ { exp_labels: { severity: warning, host: web }, exp_annotations: { summary: "Events of the change feed do not reach listeners on web", description: "Pages that this host serves show changes late or not at all; run tenantry doctor" } } ] }
      - { eval_time: 59m, alertname: TenantryQueueAside, exp_alerts: [] }
      - { eval_time: 61m, alertname: TenantryQueueAside, exp_alerts: [ { exp_labels: { severity: warning, queue: mail }, exp_annotations: { summary: "2 entries in the queue mail cannot be processed", description: "tenantry doctor names them with their errors" } } ] }
END
expect "the rules do not fire as they must" promtool test rules "$work/cases.yml"

prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" \
	--web.listen-address="127.0.0.1:$port" >"$work/log" 2>&1 &
prometheus=$!
expect "the stack is not scraped" until_asked targets 'r.activeTargets.length === 1 && r.activeTargets[0].health === "up"'
expect "the rules are not loaded" until_asked rules \
	'r.groups.length === 1 && r.groups[0].rules.length === 31 && r.groups[0].rules.every((x) => x.health === "ok")'
curl -fsS --noproxy '*' "$BASE/live" >/dev/null
curl -sS --noproxy '*' "$BASE/api/contacts" >/dev/null
token=$(curl -sS --noproxy '*' -H 'Content-Type: application/json' -H "Origin: $BASE" "$BASE/api/auth/sign-up/email" \
	-d '{"name":"Ada","email":"ada@example.test","password":"correct horse"}' | sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
curl -fsS --noproxy '*' -H "Authorization: Bearer $token" "$BASE/api/contacts" >/dev/null
expect "the jobs have run nothing" until_asked query 'r.result.length > 3' --data-urlencode 'query=tenantry_job_run_timestamp_seconds'

# Runs doctor, and expects these lines.
doctor() { # LINE...
	local line
	TENANTRY_SQL=$SOURCES "$BUILD/tenantry" doctor >"$work/doctor" 2>&1 || :
	for line; do
		grep -q "^$line" "$work/doctor" || {
			cat "$work/doctor"
			return 1
		}
	done
}
[ -z "${FEED:-}" ] || feed='ok    feed event  '
expect "doctor finds a fault in a new server" doctor 'ok    transactions  ' 'ok    transaction numbers  *[0-9]* % are used' 'ok    replication slots  *none' 'ok    archive  *the write-ahead log is not archived'
psql -Xqc "SELECT pg_create_physical_replication_slot('gone', true)" >/dev/null
expect "doctor overlooks a replication slot" doctor 'ok    replication slots  *they keep at most '
expect "the metrics overlook a replication slot" until_asked query 'Number(r.result[0].value[1]) > 0' --data-urlencode 'query=tenantry_replication_slot_bytes'
(
	echo "BEGIN; SELECT 1;"
	sleep 8
) | psql -Xq -U tenantry_owner >/dev/null &
expect "the metrics overlook an open transaction" until_asked query 'Number(r.result[0].value[1]) > 2' \
	--data-urlencode 'query=tenantry_database_oldest_transaction_seconds'
psql -Xqc "SELECT pg_drop_replication_slot('gone')" >/dev/null

# Only members of pg_read_all_stats can see the position of a standby.
standby() {
	local try
	for try in $(seq 60); do
		! doctor "$1" >/dev/null || return 0
		sleep 0.5
	done
	doctor "$1"
}
mkdir "$work/wal"
"$(dirname "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb | tail -n 1)")/pg_receivewal" -D "$work/wal" >"$work/receive" 2>&1 &
receiver=$!
expect "doctor overlooks a standby" standby 'ok    standbys  *1 are connected; GRANT pg_read_all_stats TO tenantry_owner'
psql -Xqc 'GRANT pg_read_all_stats TO tenantry_owner'
expect "doctor does not see where a standby is" standby 'ok    standbys  *1 are connected, at most .* behind'
psql -Xqc 'REVOKE pg_read_all_stats FROM tenantry_owner'
kill $receiver
wait $receiver || :
expect "doctor finds a running stack stopped" doctor 'ok    site  ' 'ok    jobs  ' 'ok    periodic jobs  *none fails or is late' ${feed:+"$feed"}
# The running tenantry-jobs does not know these jobs, so it does not run them.
psql -Xqc "SELECT ops.end_periodic_task('one', 5, true, 60)" -c "INSERT INTO ops.organization_task VALUES ('two', '1 day'), ('three', '1 day')" \
	-c "INSERT INTO ops.organization_turn (org_id, task, due_at) SELECT id, 'two', now() - interval '2 hours' FROM identity.organization" \
	-c "INSERT INTO ops.organization_turn (org_id, task, due_at) SELECT id, 'three', now() - interval '2 days' FROM identity.organization" >/dev/null
expect "doctor overlooks jobs that fail or are late" doctor 'warn  periodic jobs  *one failed at ' \
	'warn  periodic jobs  *two is 02:00:.* late in an organization' 'FAIL  periodic jobs  *three is 48:00:.* late in an organization'
expect "the metrics overlook a late job" until_asked query 'Number(r.result[0].value[1]) > 7000' --data-urlencode 'query=tenantry_job_late_seconds{task="two"}'
psql -Xqc "SELECT ops.end_periodic_task('one', 5, true, 60)" -c "DELETE FROM ops.organization_task WHERE name IN ('two', 'three')" >/dev/null
expect "doctor overlooks a job that fails again" doctor 'FAIL  periodic jobs  *one failed at .*, 2 times within a day'
psql -Xqc "SELECT ops.end_periodic_task('one', 5, false, 60)" >/dev/null
expect "doctor does not see that a job succeeds" doctor 'ok    periodic jobs  '

# A quick run skips the comparison of the schema until the system catalogs change.
quick() { # PATTERN
	TENANTRY_SQL=$SOURCES "$BUILD/tenantry" doctor --quick --record >"$work/doctor" 2>&1 || :
	grep -q "$1" "$work/doctor" || {
		cat "$work/doctor"
		return 1
	}
}
expect "a quick run compares the schema again" quick '^ok    schema  .*as was found earlier'
psql -Xqc "ALTER POLICY tenant ON crm.tags RENAME TO other" -U tenantry_owner >/dev/null
expect "a quick run overlooks a renamed policy" quick '^FAIL  schema  .*2 differences .*policy [a-z]* on crm.tags'
expect "another quick run compares the schema" [ "$(psql -XAtqc "SELECT count(*) FROM ops.host_check WHERE name LIKE 'schema: %' AND error LIKE '2 differences%'" -U tenantry_owner)" = 1 ]
psql -Xqc "UPDATE ops.host_check SET error = 'remembered' WHERE name LIKE 'schema: %'" -U tenantry_owner
expect "a quick run forgets what it found" quick '^FAIL  schema  *remembered'
expect "the metrics overlook what doctor finds" until_asked query 'r.result.length === 1 && r.result[0].metric.check === "schema"' \
	--data-urlencode 'query=tenantry_doctor_verdict == 2'
expect "no alert says what doctor finds" until_asked alerts 'r.alerts.some((x) => x.labels.check === "schema" && x.state === "firing")'
psql -Xqc "ALTER POLICY other ON crm.tags RENAME TO tenant" -U tenantry_owner >/dev/null
expect "doctor does not see the repair" quick '^ok    schema  .*and as in the release$'
expect "the alert remains" until_asked alerts '!r.alerts.some((x) => x.labels.check === "schema")'

# The kernel reports whether a time service corrects the clock.
cat >"$work/timex.c" <<'END'
#include <stdlib.h>
#include <sys/timex.h>
int adjtimex(struct timex *t) { t->maxerror = atol(getenv("MAXERROR")); return t->maxerror == 16000000 ? TIME_ERROR : TIME_OK; }
END
cc -shared -fPIC -o "$work/timex.so" "$work/timex.c"
clock() { # MAXERROR PATTERN
	MAXERROR=$1 LD_PRELOAD=$work/timex.so quick "$2"
}
case $(ldd "$BUILD/tenantry") in
*libasan*) ;; # the sanitizer must be loaded first
*)
	expect "a right clock" clock 20000 '^ok    time service  *the clock is right to 0.020 s'
	expect "no time service" clock 16000000 '^warn  time service  *none corrects the clock, which may be wrong by 16.0 s'
	expect "the metrics have another error of the clock" until_asked query 'Number(r.result[0].value[1]) === 16' \
		--data-urlencode 'query=tenantry_clock_error_seconds'
	;;
esac

# Every metric in the rules, the board and the manual exists. Those of a standby only exist with DATABASE_READ_URL, see
# hosts/standby.test.mjs.
node -e 'const fs = require("fs");
	const text = process.argv.slice(1).map((f) => fs.readFileSync(f, "utf8")).join("\n");
	console.log([...new Set(text.match(/\btenantry_[a-z_]+[a-z]\b/g))].join("\n"))' \
	"$SOURCES"/share/monitoring/{alerts.yml,grafana.json} "$SOURCES/docs/monitoring.md" | grep -v '^tenantry_standby_' | sort >"$work/names"
expect "few metrics are named" [ "$(wc -l <"$work/names")" -gt 20 ]
while read -r name; do
	expect "there is no $name" until_asked query 'r.result.length > 0' \
		--data-urlencode "query={__name__=~\"$name(_count)?\"}"
done <"$work/names"

# Every expression on the board has data.
node -e 'for (const p of JSON.parse(require("fs").readFileSync(process.argv[1])).panels)
	for (const t of p.targets) console.log(t.expr.replaceAll("$__rate_interval", "10s"))' \
	"$SOURCES/share/monitoring/grafana.json" >"$work/expressions"
while read -r expression; do
	expect "a panel of the board has no data: $expression" until_asked query 'r.result.length > 0' --data-urlencode "query=$expression"
done <"$work/expressions"

kill $prometheus
wait $prometheus || :
prometheus=
stop_stack || failed=$((failed + 1))
psql -Xqc "UPDATE ops.periodic_task SET ended_at = ended_at - interval '10 minutes'"
expect "doctor finds nothing stopped" doctor 'FAIL  site  .*does not answer' 'FAIL  jobs  .*tenantry-jobs has run nothing for' \
	${feed:+'FAIL  feed event  '}
STACK=

echo "monitoring: $passed passed, $failed failed"
[ $failed = 0 ]
