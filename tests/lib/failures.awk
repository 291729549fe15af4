# failures.awk - prints the failed tests of a log with their reasons, as Node, cmocka and
# the suites in shell and SQL print them
match($0, /^ *not ok/) { end = substr($0, 1, RLENGTH - 6) "  ..." }
/^(FAILED|FAIL|docs)[: ]|NOTICE:  not ok|\[  FAILED  \]|^\[ *ERROR/ { n = 6 }
end != "" || n > 0 { print; n-- }
$0 == end { end = "" }
