#!/bin/bash
# cluster.sh FOLDER - creates the server that each suite in a run of script/test copies
#
# Creating the server and migrating its template database takes longer than copying both. BUILD
# is the folder of the programs; see server.sh and with-postgres.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/server.sh"
need_postgres "$here/cluster.sh" "$@"
make_template
control_postgres stop
cp -a "$TEST_PGDATA" "$1/data"
echo "$SOURCES" >"$1/sources" # the last step; without it, the folder is not used
