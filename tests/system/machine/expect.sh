# expect.sh - counts what a script of systemd-machine.sh expects; sourced
# shellcheck shell=bash disable=SC2034

passed=0 failed=0
at=https://crm.example.test
json='Content-Type: application/json'

# expect WHAT COMMAND...: counts a pass if the command succeeds.
expect() {
	local what=$1
	shift
	if "$@" >out.last 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
		tail -n 25 out.last | sed 's/^/        /'
	fi
}

# refuses TEXT COMMAND...: the command fails and prints the text.
refuses() {
	local text=$1
	shift
	expect "$* does not say: $text" bash -c '! "${@:2}" >said 2>&1 &&
		grep -qF -- "$1" said || { cat said; false; }' - "$text" "$@"
}

ask() {
	curl -sS --cacert /etc/ssl/crm.pem --max-time 20 "$@"
}
