# failures.awk - prints the failed tests of a log with their reasons, as Node, cmocka and
# the suites in shell and SQL print them; after the name of a failed test, what it left
# (exchanges.mjs)
sub(/^(# )?left /, "") { i = index($0, "\t"); left[substr($0, 1, i - 1)] = left[substr($0, 1, i - 1)] "    " substr($0, i + 1) "\n"; next }
match($0, /^ *not ok/) {
	end = substr($0, 1, RLENGTH - 6) "  ..."
	name = $0
	sub(/^ *not ok [0-9]+ - /, "", name)
	print
	printf "%s", left[name]
	next
}
/^(FAILED|FAIL|docs)[: ]|: failed: |NOTICE:  not ok|\[  FAILED  \]|^\[ *ERROR/ { n = 6 }
end != "" || n > 0 { print; n-- }
$0 == end { end = "" }
