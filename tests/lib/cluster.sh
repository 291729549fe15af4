#!/bin/bash
# cluster.sh FOLDER - makes the server that the suites of a run of script/test start as copies of
#
# Creating the server and migrating the template of its databases takes longer than copying both.
# BUILD is the folder of the programs; see server.sh and with-postgres.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/server.sh"
need_postgres "$here/cluster.sh" "$@"
make_template
control_postgres stop
cp -a "$TEST_PGDATA" "$1/data"
echo "$SOURCES" >"$1/sources" # the last step; without it, the folder is not used
