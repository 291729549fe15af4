# hosting_web.bash - the document root of tenantry setup --hosting

# The paths that the program handles. All other paths are pages and their files.
routes='(api/|((calendar|carddav|functions/v1/mcp|invite|problems|uploads|\.well-known/oauth-protected-resource)(/|$))|(\.well-known/carddav|health|live|mcp|ready|set-password)$)'

policy="style-src 'self'; font-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

program() {
	[ "$INTERFACE" = cgi ] && echo tenantry.cgi || echo tenantry.fcgi
}

# Prints the headers of a page or its files, as in nginx/headers.conf: NAME|VALUE.
# page_headers SCRIPTS CACHE
page_headers() {
	cat <<-END
		Content-Security-Policy|default-src 'none'; $1$policy
		X-Content-Type-Options|nosniff
		X-Frame-Options|DENY
		Referrer-Policy|no-referrer
		Cross-Origin-Opener-Policy|same-origin
		Cross-Origin-Resource-Policy|same-origin
		Permissions-Policy|camera=(), geolocation=(), microphone=(), payment=(), usb=()
		Cache-Control|$2
	END
	[[ $URL != https://* ]] ||
		echo 'Strict-Transport-Security|max-age=31536000'
}

scripts="script-src 'self'; connect-src 'self'; "
forever='public, max-age=31536000, immutable'

apache_headers() {
	page_headers "$@" | while IFS='|' read -r name value; do
		echo "	Header always set $name \"$value\""
	done
}

redirect_to_https() {
	[[ $URL == https://* ]] || return 0
	cat <<-END
		RewriteCond %{HTTPS} !=on
		RewriteCond %{HTTP:X-Forwarded-Proto} !=https
		RewriteCond %{REQUEST_URI} !^/\.well-known/acme-challenge/
		RewriteRule ^ $URL%{REQUEST_URI} [R=301,NE,END]
	END
}

htaccess() {
	cat <<-END
		# BEGIN Tenantry: written by tenantry setup, which replaces it up to the end
		Options +ExecCGI -Indexes -MultiViews
		DirectoryIndex index.html
		CGIPassAuth On
		LimitRequestBody 53477376
		ErrorDocument 404 default
		AddHandler $([ "$INTERFACE" = cgi ] && echo cgi || echo fcgid)-script .${1##*.}
		AddType text/html .html
		AddType text/css .css
		AddType text/plain .txt
		AddType text/javascript .js
		AddType application/json .json
		AddType image/svg+xml .svg
		AddType font/woff2 .woff2
		AddType image/webp .webp
		AddCharset utf-8 .html .css .js .txt

		RewriteEngine On
		RewriteBase /
		$(redirect_to_https)
		# Metrics are served only to the operator's machine, and here there is none.
		RewriteRule ^/*metrics(/|$) - [F,END]
		RewriteRule ^/*$routes $1 [END]
		RewriteRule ^$ index.html [END]
		# Files that "tenantry maintenance" writes.
		RewriteCond %{DOCUMENT_ROOT}/status/index.html -f
		RewriteRule ^status/?$ status/index.html [END]
		RewriteRule ^docs$ /docs/ [R=302,END]
		RewriteRule ^docs/$ docs/index.html [END]
		# Files that begin with a dot, except those that prove the ownership of
		# the domain.
		RewriteRule (^|/)\.(?!well-known/) - [F,END]
		RewriteCond %{REQUEST_FILENAME} -f
		RewriteRule ^ - [END]
		# The routes of the front end.
		RewriteCond %{HTTP_ACCEPT} text/html
		RewriteRule !^assets/ index.html [END]
		RewriteRule ^ $1 [END]

		<FilesMatch "\.(css|js|json|svg|txt|woff2)\$">
		$(apache_headers '' no-cache)
		</FilesMatch>
		<FilesMatch "^(index|operator|password)\.html\$">
		$(apache_headers "$scripts" no-cache)
		</FilesMatch>
		<If "%{REQUEST_URI} =~ m#^/docs/(.*\.html)?\$#">
		$(apache_headers "$scripts" no-cache)
		</If>
		<If "%{REQUEST_URI} =~ m#^/assets/# && -f %{REQUEST_FILENAME}">
			Header always set Cache-Control "$forever"
		</If>
		# The length of a compressed response could reveal the secrets in it.
		<IfModule mod_env.c>
		<Files "$1">
			SetEnv no-gzip 1
		</Files>
		</IfModule>
		<IfModule mod_deflate.c>
		<FilesMatch "\.(css|html|js|svg)\$">
			SetOutputFilter DEFLATE
		</FilesMatch>
		</IfModule>
		# END Tenantry
	END
}

lighttpd_headers() {
	echo '		setenv.set-response-header = ('
	page_headers "$@" | while IFS='|' read -r name value; do
		echo "			\"$name\" => \"$value\","
	done
	echo '		)'
}

# lighttpd matches the path together with its query. It selects the headers by
# the original path, before the path is rewritten to that of the page.
lighttpd() {
	local host
	host=$(url_host)
	cat <<-END
		# lighttpd.conf - include this file in the configuration of lighttpd
		#
		# Written by tenantry setup.
		server.modules += ("mod_rewrite", "mod_setenv", "mod_access",
		    "$([ "$INTERFACE" = cgi ] && echo mod_cgi || echo mod_fastcgi)")
		\$HTTP["host"] =~ "^${host//./\\.}(:[0-9]+)?\$" {
			server.document-root = "$WEBROOT"
			index-file.names = ("index.html")
			server.max-request-size = 52224
			$(if [ "$INTERFACE" = cgi ]; then
			echo 'cgi.assign = (".cgi" => "")'
		else
			echo "fastcgi.server = (\"/$1\" => ((\"socket\" => \"$conf/fcgi.sock\","
			echo "      \"bin-path\" => \"$WEBROOT/$1\", \"max-procs\" => 1,"
			echo '      "check-local" => "disable")))'
		fi)
			mimetype.assign = (
				".html" => "text/html; charset=utf-8",
				".css" => "text/css; charset=utf-8",
				".js" => "text/javascript; charset=utf-8",
				".json" => "application/json",
				".svg" => "image/svg+xml",
				".txt" => "text/plain; charset=utf-8",
				".woff2" => "font/woff2",
				".webp" => "image/webp",
				"" => "application/octet-stream")
			url.rewrite-once = ("^/${routes//$/(\\?|$)}" => "/$1\${qsa}",
				"^/status/?(\?|\$)" => "/status/index.html",
				"^/docs/(\?|\$)" => "/docs/index.html")
			\$HTTP["url"] =~ "/\.(?!well-known/)" {
				url.access-deny = ("")
			}
			\$REQUEST_HEADER["Accept"] =~ "text/html" {
				\$HTTP["url"] !~ "^/(assets/|$1)" {
					url.rewrite-if-not-file = ("" => "/index.html")
				}
			}
			\$HTTP["url"] =~ "^/assets/" {
		$(lighttpd_headers '' "$forever")
			}
			\$HTTP["url"] !~ "^/(tenantry\.|assets/|[^/]*\.(css|js|svg|txt)\$)" {
		$(lighttpd_headers "$scripts" no-cache)
			}
			\$HTTP["url"] =~ "^/[^/]*\.(css|js|svg|txt)\$" {
		$(lighttpd_headers '' no-cache)
			}
		}
	END
}

# A process of mod_fcgid handles one request at a time.
wrapper() {
	echo '#!/bin/sh'
	echo "# $1 - answers requests; written by tenantry setup"
	echo ". $conf/env"
	[ "$INTERFACE$SERVER" != fastcgiapache ] ||
		echo 'export TENANTRY_WORKERS=1'
	echo "exec $programs/tenantry-fcgi 2>>$conf/log/workers.log"
}

# Prints the names of the files that belong in the document root.
web_files() {
	(cd "$share/www" && find . -type f ! -name '.*' | sed 's|^\./||' | LC_ALL=C sort)
	program
}

# Setup records which files it has written, so that it never replaces other files.
check_files() {
	local file
	[ -e "$share/www/assets" ] ||
		complain "$share/www has no front end; use the tarball for hosting"
	for file in $(web_files); do
		[ ! -e "$WEBROOT/$file" ] ||
			grep -qsxF "$file" "$conf/webroot" ||
			cmp -s "$share/www/$file" "$WEBROOT/$file" ||
			complain "$WEBROOT/$file was not written by Tenantry;" \
				"move it somewhere else"
	done
}

check_htaccess() {
	local file=$WEBROOT/.htaccess
	[ ! -e "$file" ] || [ "$(grep -c '^# BEGIN Tenantry' "$file")" = \
		"$(grep -c '^# END Tenantry' "$file")" ] ||
		complain "$file: its section of Tenantry has no line" \
			"\"# END Tenantry\"; add it, or remove the section"
}

# The record is written first, so that an interrupted setup can continue.
write_webroot() {
	local file files old before
	files=$(web_files)
	old=$(cat "$conf/webroot" 2>/dev/null || :)
	put "$conf/webroot" 600 "$owner" < <(
		printf '%s\n' "$files" $old | LC_ALL=C sort -u
	)
	(cd "$share/www" && find . -mindepth 1 -type d) | while read -r file; do
		install -d -m 755 "$WEBROOT/$file"
	done
	for file in $files; do
		[ ! -e "$share/www/$file" ] ||
			put "$WEBROOT/$file" 644 "$owner" <"$share/www/$file"
	done
	put "$WEBROOT/$(program)" 755 "$owner" < <(wrapper "$(program)")
	if [ "$SERVER" = apache ]; then
		before=$(sed '/^# BEGIN Tenantry/,/^# END Tenantry/d' \
			"$WEBROOT/.htaccess" 2>/dev/null || :)
		put "$WEBROOT/.htaccess" 644 "$owner" < <(
			htaccess "$(program)"
			[ -z "$before" ] || echo "$before"
		)
	else
		put "$conf/lighttpd.conf" 600 "$owner" < <(lighttpd "$(program)")
	fi
	for file in $old; do
		grep -qxF "$file" <<<"$files" || rm -f "$WEBROOT/$file"
	done
	put "$conf/webroot" 600 "$owner" <<<"$files"
}
