#!/bin/bash
# atomic_project.sh DATABASE FOLDER [old] [dirty] [rows=N] [address=URL] - creates a database of Atomic CRM on Supabase
#
# The database contains the accounts of supabase_project.sh, and the tables of Atomic CRM in public. FOLDER gets the
# files of the "attachments" bucket. With old, the tables are those of the first version of Atomic CRM. dirty adds
# faulty rows, and rows=N adds about N rows. URL is the address of the project. Every run creates the same rows.
set -euo pipefail

[ $# -gt 1 ] || {
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"
	exit 2
}
here=$(cd -P "$(dirname "$0")" && pwd)
database=$1 folder=$2
shift 2
old=0 dirty=0 rows=0 address=https://project.supabase.test
for option; do
	case $option in
	old) old=1 ;;
	dirty) dirty=1 ;;
	rows=[1-9]*) rows=${option#rows=} ;;
	address=*) address=${option#address=} ;;
	*)
		echo "atomic_project.sh: unknown option \"$option\"" >&2
		exit 2
		;;
	esac
done
"$here/supabase_project.sh" "$database"
psql -Xqd "$database" -v ON_ERROR_STOP=1 -v old="$old" -v dirty="$dirty" -v rows="$rows" -v address="$address" -1 -f "$here/atomic_project.sql" >/dev/null
mkdir -p "$folder"
psql -XAtqd "$database" -c "SELECT name FROM storage.objects WHERE name NOT LIKE 'lost%' ORDER BY name" | while read -r name; do
	case $name in
	*.gif) echo R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7 | base64 -d >"$folder/$name" ;;
	*) echo "content of $name" >"$folder/$name" ;;
	esac
done
[ "$old" = 0 ] || psql -Xqd "$database" -c 'SET client_min_messages = warning' -c 'DROP SCHEMA storage CASCADE'
