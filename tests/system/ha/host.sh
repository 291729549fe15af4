#!/bin/bash
# host.sh NAME PART - one service of a host: workers, jobs, nginx or feed, on port 8080 of its address
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../lib/server.sh"
PORT=8080 STACK_LISTEN=$(hostname -I | cut -d ' ' -f 1)
export UPLOAD_DIR=$STACK/uploads # a folder that both hosts mount
export STACK=$STACK/$1
export TENANTRY_MAIL_TEMPLATES=$SOURCES/share/mail TENANTRY_QUEUE_MS=30000
export TENANTRY_BREACHED_PASSWORDS=$SOURCES/share/passwords/list
mkdir -p "$STACK/log" "$UPLOAD_DIR"
case $2 in
workers)
	rm -f "$STACK"/{api,login,slow}.sock
	start_workers
	echo "$WORKERS" >"$STACK/workers.pid"
	wait "$WORKERS"
	;;
jobs)
	[ ! -e $NCHAN ] || export TENANTRY_FEED_SOCKET=$STACK/feed.sock
	exec "$BUILD/tenantry-jobs" >>"$STACK/log/jobs.log" 2>&1
	;;
nginx)
	start_nginx
	wait "$NGINX"
	;;
feed)
	rm -f "$STACK/feed.sock"
	NGINX_USER='user root;'
	until [ -e "$STACK/nginx.conf" ]; do
		sleep 0.1
	done
	start_feed
	wait "$FEED"
	;;
esac
