#!/bin/bash
# run.sh - the tests of tenantry migrate
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")"
status=0
for test in *.sh; do
	case $test in
	run.sh | lib.sh | large.sh) ;;
	*) ./"$test" || status=1 ;;
	esac
done
exit $status
