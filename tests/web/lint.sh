#!/bin/bash
# lint.sh - checks the lock files, and the types, the format, the ESLint rules and the unit tests of web/
#
# ESLint caches its results in _build, by the contents of each file. The effects of a change on the
# types of other files are found without this cache, as in a new checkout.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SOURCES=$(cd -P "$here/../.." && pwd)
. "$here/../lib/clients.sh"
command -v npm >/dev/null || {
	echo "lint: SKIPPED, there is no npm"
	exit 77
}
"$SOURCES/script/web" --packages # the types of its imports
install_clients "$SOURCES/web/lint"
cd "$SOURCES/web"
[ -d lint/node_modules ] && [ ! -L lint/node_modules ] || ln -sfn "$CLIENTS/node_modules" lint/node_modules
bin=lint/node_modules/.bin cache=$SOURCES/_build/lint
mkdir -p "$cache"
status=0
node ../tests/locks.mjs || status=1
# With threads, tsc would check the same types several times. With the default GOGC, it would collect
# garbage more often than necessary.
GOGC=400 node_modules/.bin/tsc --noEmit --singleThreaded --incremental --tsBuildInfoFile "$cache/types" || status=1
"$bin/prettier" --check --log-level warn --cache --cache-location "$cache/prettier" --cache-strategy content . || status=1
"$bin/eslint" --config lint/eslint.config.js --cache --cache-location "$cache/eslint${TESTS_ALL:+.all}" \
	--cache-strategy content . || status=1
"$bin/vitest" run --config lint/vitest.config.ts --reporter=dot || status=1
[ $status = 0 ] && echo "lint: all passed"
exit $status
