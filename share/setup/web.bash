# web.bash - the web server of tenantry setup: nginx, its site and certificate

site=/etc/nginx/sites-available/tenantry
acme=/var/lib/tenantry-acme
metrics_port=9180
nchan=/usr/lib/nginx/modules/ngx_nchan_module.so

feed_fits() {
	[ -e $nchan ]
}

newer_nginx() { # VERSION: true if nginx has at least this version
	local have
	have=$(nginx -v 2>&1 | sed 's|.*/\([0-9.]*\).*|\1|')
	[ "$(printf '%s\n' "$1" "$have" | sort -V | head -n 1)" = "$1" ]
}

# holder PORT: prints the program other than nginx that listens on the port.
holder() {
	ss -Hltnp "sport = :$1" 2>/dev/null | grep -v '"nginx"' |
		sed -n 's/.*users:(("\([^"]*\)".*/\1/p' | head -n 1 || :
}

check_port() {
	local holder
	holder=$(holder "$1")
	[ -z "$holder" ] ||
		complain "port $1 is taken by $holder; stop it first"
}

# A restore includes the certificate of the old machine.
check_certificate() {
	local file certificate=$old$CERTIFICATE key=$old$KEY
	[ -r "$certificate" ] || certificate=$CERTIFICATE
	[ -r "$key" ] || key=$KEY
	for file in "$certificate" "$key"; do
		[ -r "$file" ] || {
			complain "$file: cannot read it"
			return 0
		}
	done
	[ "$(openssl x509 -noout -pubkey -in "$certificate" 2>/dev/null)" = \
		"$(openssl pkey -pubout -in "$key" 2>/dev/null)" ] ||
		complain "$KEY is not the key of $CERTIFICATE"
	openssl x509 -noout -checkhost "$DOMAIN" -in "$certificate" 2>/dev/null |
		grep -q ' does match' ||
		complain "$CERTIFICATE is not for $DOMAIN"
	openssl x509 -noout -checkend 0 -in "$certificate" >/dev/null 2>&1 ||
		complain "$CERTIFICATE has expired"
}

check_web() {
	command -v nginx >/dev/null ||
		complain "nginx is missing; run apt install nginx"
	case $TLS in
	own) check_certificate ;;
	certbot)
		command -v certbot >/dev/null ||
			complain "certbot is missing; run apt install certbot"
		;;
	none)
		check_port "${LISTEN##*:}"
		return 0
		;;
	esac
	check_port 80
	check_port 443
}

# Handles HTTP requests: the check of an ACME client, and a redirect for all others.
plain_server() {
	cat <<-CONF
		server {
			listen 80;
			$([ ! -e /proc/net/if_inet6 ] || echo 'listen [::]:80;')
			server_name $DOMAIN;
			location /.well-known/acme-challenge/ {
				root $acme;
			}
			location / {
				return 301 https://\$host\$request_uri;
			}
		}
	CONF
}

# For Prometheus on this machine, without TLS.
metrics_server() {
	[ -z "$(holder $metrics_port)" ] || {
		say "warning: port $metrics_port is taken, so nginx does not listen there for /metrics" >&2
		return 0
	}
	cat <<-CONF
		server {
			listen 127.0.0.1:$metrics_port;
			access_log off;
			location = /metrics {
				fastcgi_param REQUEST_METHOD GET;
				fastcgi_param DOCUMENT_URI /metrics;
				fastcgi_param REMOTE_ADDR \$remote_addr;
				fastcgi_param REQUEST_ID \$request_id;
				fastcgi_param HTTP_HOST localhost;
				fastcgi_pass tenantry_api;
			}
			location / {
				return 404;
			}
		}
	CONF
}

# fill_templates LISTEN [NAME=VALUE...]: writes the nginx configuration from the templates.
fill_templates() {
	local folder file front=()
	[ ! -e $conf/front.conf ] || front=("FRONT=$conf/front.conf")
	folder=$(mktemp -d)
	sh "$share/nginx/fill" "$folder" "LISTEN=$1" "NAMES=$DOMAIN" RUN=$run \
		CONF=$conf/nginx LOCAL=$conf/site.d "SHARE=$share" \
		LOG=/var/log/tenantry UPLOADS=/var/lib/tenantry/uploads \
		BODY=passed "PROXIES=$TRUSTED_PROXIES" "${front[@]}" "${@:2}"
	rm "$folder/nginx.conf" # of a separate nginx
	for file in "$folder"/*; do
		put "$conf/nginx/${file##*/}" 644 root:root <"$file"
	done
	rm -r "$folder"
}

write_site() {
	local listen='443 ssl' http2=' http2'
	! newer_nginx 1.25.1 || http2=
	listen+="$http2"
	[ ! -e /proc/net/if_inet6 ] || listen+="; listen [::]:443 ssl$http2"
	[ -n "$http2" ] || listen+='; http2 on'
	case $TLS in
	own) fill_templates "$listen" "CERTIFICATE=$CERTIFICATE" "KEY=$KEY" ;;
	none) fill_templates "$LISTEN" ;;
	certbot)
		fill_templates "$listen" \
			"CERTIFICATE=/etc/letsencrypt/live/$DOMAIN/fullchain.pem" \
			"KEY=/etc/letsencrypt/live/$DOMAIN/privkey.pem"
		;;
	esac
	put $site 644 root:root < <(
		echo "# Written by tenantry setup; put your own directives into"
		echo "# $conf/site.d/."
		[ "$TLS" = none ] || plain_server
		echo "include $conf/nginx/tenantry.conf;"
		metrics_server
	)
}

enable_site() {
	ln -sfn ../sites-available/tenantry /etc/nginx/sites-enabled/tenantry
}

# A fault in another part of nginx's configuration must not stop other sites.
test_nginx() {
	local said
	said=$(nginx -t 2>&1) || {
		echo "$said" >&2
		rm -f /etc/nginx/sites-enabled/tenantry
		die "nginx refuses its configuration; the site is disabled"
	}
}

# Obtains the certificate, with a site that only responds to the ACME check.
obtain_certificate() {
	[ ! -e "/etc/letsencrypt/live/$DOMAIN/fullchain.pem" ] || return 0
	install -d $acme
	put $site 644 root:root < <(plain_server)
	enable_site
	test_nginx
	reload nginx
	certbot certonly --non-interactive --agree-tos --webroot -w $acme \
		-d "$DOMAIN" --deploy-hook 'systemctl reload nginx' \
		$([ -n "$CERTBOT_MAIL" ] && echo "-m $CERTBOT_MAIL" ||
			echo --register-unsafely-without-email) ||
		die "certbot did not obtain a certificate for $DOMAIN"
}

# The feed's module runs in a separate nginx. In the nginx of all sites, a crash
# of the module would stop these sites.
unload_nchan() {
	local link
	for link in /etc/nginx/modules-enabled/*nchan*; do
		[ -L "$link" ] || continue
		grep -rqs nchan_ /etc/nginx/conf.d /etc/nginx/sites-enabled ||
			rm "$link"
	done
}

set_up_web() {
	[ "$TLS" != certbot ] ||
		does "obtaining a certificate by certbot" obtain_certificate
	does "writing the site $site and the files in $conf/nginx" write_site
	does "enabling the site" enable_site
	does "unloading nginx's module nchan from the web server" unload_nchan
	$dry || test_nginx
}
