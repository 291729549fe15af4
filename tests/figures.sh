#!/bin/bash
# figures.sh - the published figures name the commit at which they were measured
#
# The commit of the tables from bench/run is at most 100 commits old. The other
# figures take hours to measure, so their commit only has to be in the history. A copy
# without history, such as a release, is not checked. A shallow clone that lacks the
# commit is skipped,
# unless it has more than 100 commits. In that case, the commit is too old.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
status=0

git() {
	command git -c safe.directory='*' "$@"
}

say() {
	echo "figures: $*"
	status=1
}

top=$(git rev-parse --show-toplevel 2>/dev/null) && [ "$top" -ef . ] || {
	echo "figures: no history here to compare with"
	exit 0
}
shallow=$(git rev-parse --is-shallow-repository)

# check FILE COMMIT MOST: reports a file whose COMMIT is not in the history, or is more than MOST commits old.
check() {
	if git merge-base --is-ancestor "$2" HEAD 2>/dev/null; then
		[ "$(git rev-list --count "$2..HEAD")" -le "$3" ] ||
			say "$1: measured at $2, more than $3 commits ago;" \
				"run bench/run --publish"
	elif [ "$shallow" = true ] && ! git rev-parse -q --verify "HEAD~$3" >/dev/null; then
		echo "SKIPPED: figures: this clone is too shallow to find $2"
	else
		say "$1: the history has no commit $2"
	fi
}

commits=$(for file in README.md bench/README.md; do
	sed -n '/<!-- bench\/run/,/<!-- end/{ s/^Measured at commit `\([0-9a-f]\{7,40\}\)`\.$/\1/p; }' "$file" |
		grep . || say "$file does not name the commit of its table" >&2
done)
[ "$(wc -w <<<"$commits")" = 2 ] && [ "$(sort -u <<<"$commits" | wc -l)" = 1 ] ||
	say "README.md and bench/README.md do not name the same commit"
for commit in $(sort -u <<<"$commits"); do
	check README.md "$commit" 100
done
for commit in $(grep -o '[Mm]easured at commit `[0-9a-f]*`' bench/README.md |
	sed 's/.*`\(.*\)`/\1/' | sort -u); do
	check bench/README.md "$commit" 1000000
done
# Each table of figures is below the name of a commit, in its section.
awk '/^## / { named = 0 } /[Mm]easured at commit/ { named = 1 }
	/^Aims/ { named = 1 }
	/^\|---/ && !named { print "figures: bench/README.md:" NR ": a table without a commit"; bad = 1 }
	END { exit bad }' bench/README.md || status=1
[ $status != 0 ] || echo "figures: all passed"
exit $status
