# scratch.sh - folders for throw-away files, to be sourced
#
#	folder=$(scratch NAME)	# a new folder, for the caller to remove
#
# They are in memory if it has room for them: on a disk it takes seven times as
# long to make a database and delete it.  Their names are short, because the path
# of a socket has 107 bytes.

SCRATCH_ROOM=6000000 # kilobytes that all suites together use at most

scratch() {
	local root=/dev/shm free
	free=$(df -Pk $root 2>/dev/null | awk 'NR == 2 { print $4 }')
	[ "${free:-0}" -ge $SCRATCH_ROOM ] && [ -w $root ] &&
		! grep -q " $root .*noexec" /proc/mounts &&
		[ "$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)" -ge $SCRATCH_ROOM ] ||
		root=/tmp
	mktemp -d "$root/tenantry-$1.XXXXXX"
}
