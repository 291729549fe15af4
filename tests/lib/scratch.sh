# scratch.sh - folders for throw-away files; sourced
#
#	folder=$(scratch NAME)	# a new folder, for the caller to remove
#
# The folders are in memory if there is enough: creating and deleting a database
# takes seven times as long on a disk. The names of the folders are short,
# because the path of a socket has at most 107 bytes.

SCRATCH_ROOM=6000000 # the maximum for all suites together, in kilobytes

scratch() {
	local root=/dev/shm free
	free=$(df -Pk $root 2>/dev/null | awk 'NR == 2 { print $4 }')
	[ "${free:-0}" -ge $SCRATCH_ROOM ] && [ -w $root ] &&
		! grep -q " $root .*noexec" /proc/mounts &&
		[ "$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)" -ge $SCRATCH_ROOM ] ||
		root=/tmp
	mktemp -d "$root/tenantry-$1.XXXXXX"
}
