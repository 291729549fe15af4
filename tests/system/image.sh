#!/bin/bash
# image.sh - builds the image of docker-compose.yml, and starts it from the file of a release, without an image hub
#
# The image is built from the files of this tree that are in the repository, by Debian's Docker in a separate network
# (tests/system/machine/compose-test.sh), and is compared with what "make install" installs from the same tree. BUILD is
# the folder of the programs. The test needs root and the packages that compose-test.sh names. Otherwise, the status is
# 77.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/server.sh"
need_build
[ "$(id -u)" = 0 ] || {
	echo "image: only root can start containers"
	exit 77
}
for program in slirp4netns iptables debootstrap; do
	command -v $program >/dev/null || {
		echo "image: $program is not installed"
		exit 77
	}
done

work=$(scratch image)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tree"
git -C "$SOURCES" ls-files -z --cached --others --exclude-standard |
	tar -C "$SOURCES" --null --ignore-failed-read -T - -cf - | tar -C "$work/tree" -xf -

status=0
"$here/machine/compose-test.sh" --files "tenantry:local:$work/image" --timeout 600 \
	--with "set -e
		file=\$('$SOURCES/tools/release' image '$work/tree' '$work')
		name=\$(basename \"\$file\" | sed 's/-image-.*//; s/-/:/')
		docker rmi -f tenantry:local \"\$name\"
		docker load <\"\$file\"
		docker tag \"\$name\" tenantry:local
		echo \"\$name is loaded from \$(stat -c %s \"\$file\") bytes\"" \
	--write 'curl -fsS "${URL}api/signup" -H "Content-Type: application/json" -d "{\"email\":\"a@image.test\",\"password\":\"a long password\",\"first_name\":\"A\",\"last_name\":\"B\"}"' \
	--read 'curl -fsS "${URL}ready" && curl -fsS "${URL}api/init_state" | grep -q true' \
	"$work/tree" || status=1

# sums FOLDER: prints the files below the folder with their checksums, as compose-test.sh does for an image.
sums() {
	(cd "$1" && find usr -type f -exec sha256sum {} + | sort -k 2)
}

make -s -C "$BUILD" install DESTDIR="$work/installed" prefix=/usr sysconfdir=/etc >/dev/null
sums "$work/installed" >"$work/want"
ours='usr/(bin|sbin)/tenantry|usr/(libexec|share)/tenantry/|usr/share/bash-completion/completions/tenantry'
# The front end is optional, and a program differs if it is configured differently.
names() { awk '{ print $2 }' "$1" | grep -E "$ours" | grep -v '/www/' | sort; }
if missing=$(diff <(names "$work/want") <(names "$work/image")); then
	echo "image: $(names "$work/want" | wc -l) files, as make install has them"
else
	echo "not ok - the image differs from make install:" && head -n 20 <<<"$missing"
	status=1
fi
differ=$(comm -23 <(grep -E 'usr/share/tenantry/(migrations|schema|journeys|mail|nginx|setup)/' "$work/want" | sort) <(sort "$work/image"))
[ -z "$differ" ] || {
	echo "not ok - files of the image have another content:" && head -n 20 <<<"$differ"
	status=1
}
[ $status = 0 ] && echo "image: built, started and compared" || echo "image: failed"
exit $status
