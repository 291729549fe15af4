#!/bin/bash
# supabase_project.sh DATABASE [factors] [used] [dirty] [rows=N] - creates a Supabase project
#
# The database contains the tables of Supabase's sign-in server in the auth schema, and the tables of an application in
# public. factors adds users with second factors, used adds rows to all tables that are otherwise empty, dirty adds
# faulty rows, and rows=N adds about N rows. Every run creates the same rows. The server is the one at PGHOST. PGUSER
# must be a superuser. The database must not exist.
set -euo pipefail

[ $# -gt 0 ] || {
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"
	exit 2
}
here=$(cd -P "$(dirname "$0")" && pwd)
database=$1
shift
factors=0 used=0 dirty=0 rows=0
for option; do
	case $option in
	factors) factors=1 ;;
	used) used=1 ;;
	dirty) dirty=1 ;;
	rows=[1-9]*) rows=${option#rows=} ;;
	*)
		echo "supabase_project.sh: unknown option \"$option\"" >&2
		exit 2
		;;
	esac
done
[ "$rows" = 0 ] && some=0 || some=1
createdb "$database"
# \if reads a number other than 0 and 1 as an error, so the option for a large project has a
# separate variable.
psql -Xqd "$database" -v ON_ERROR_STOP=1 -v factors="$factors" -v used="$used" -v dirty="$dirty" -v rows="$rows" -v large="$some" \
	-1 -f "$here/supabase_project.sql" >/dev/null
