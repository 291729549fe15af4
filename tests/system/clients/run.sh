#!/bin/bash
# run.sh - tests clients for Java and C# that unmodified generators from npm make from the OpenAPI
# document
#
# BUILD is the folder of the programs; see tests/lib/server.sh.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib/suite.sh"
. "$here/../../lib/clients.sh"
for program in java javac mono mcs; do
	command -v $program >/dev/null || {
		echo "clients: SKIPPED, there is no $program" >&2
		exit 77
	}
done
need_postgres "$here/run.sh" "$@"
with_clients "$here"
run_suite clients "$WORK" "$@"
