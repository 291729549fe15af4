# One image for the workers, the jobs and nginx; docker-compose.yml starts all.
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
	gcc make autoconf automake pkg-config libc6-dev libcrypt-dev \
	libfcgi-dev libpq-dev libjson-c-dev uuid-dev \
	libssl-dev libutf8proc-dev libsodium-dev libfido2-dev liboath-dev \
	libcurl4-openssl-dev libcjose-dev libpsl-dev libgmime-3.0-dev libxml2-dev \
	libpango1.0-dev \
	libpg-query-dev libexpat1-dev libyaml-dev libseccomp-dev libmariadb-dev nodejs npm && \
	rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN autoreconf -fi && mkdir /build && cd /build && \
	/src/configure -q --prefix=/usr --sysconfdir=/etc && \
	make -s -j"$(nproc)" && make -s install-strip DESTDIR=/out
# Without the front end, everything else works, and the page at / says that it is missing.
RUN script/web && make -s -C /build install-web DESTDIR=/out || \
	echo 'the front end was not built'

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
	libfcgi0ldbl libpq5 libjson-c5 libuuid1 libssl3 \
	libutf8proc2 libsodium23 libfido2-1 liboath0 libcrypt1 libcurl4 \
	libcjose0 libgmime-3.0-0 libxml2 libpsl5 libpg-query1504.0 libexpat1 libyaml-0-2 libseccomp2 libmariadb3 ca-certificates \
	libpangocairo-1.0-0 fonts-noto-core fonts-wqy-microhei \
	nginx libnginx-mod-nchan curl && \
	rm -rf /var/lib/apt/lists/* && \
	useradd --system --uid 900 --home-dir /nonexistent tenantry && \
	install -d -o tenantry -g tenantry /run/tenantry /var/lib/tenantry \
	    /var/lib/tenantry/uploads /var/lib/tenantry/status && \
	install -d /var/log/tenantry && \
	mkdir -p /var/lib/nginx/body && \
	ln -s /dev/stdout /var/log/tenantry/nginx-access.log && \
	ln -s /dev/stderr /var/log/tenantry/nginx-error.log && \
	ln -s /dev/stderr /var/log/tenantry/nginx-feed.log
COPY --from=build /out/usr /usr
COPY script/container /usr/local/bin/
USER tenantry
ENV LC_ALL=C.UTF-8
EXPOSE 8080
ENTRYPOINT ["container"]
CMD ["workers"]
