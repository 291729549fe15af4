#!/bin/sh
# refusals.sh - docs/refusals.md matches schema/refusals/, and descriptions are complete
builddir=$PWD
cd "${srcdir:-$(dirname "$0")/..}" || exit 99
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
bad=0

"$builddir/tools/refusals" --document schema/refusals/*.sql | cmp - docs/refusals.md || {
	echo "docs/refusals.md is not that of schema/refusals/: run make -C build refusals"
	bad=1
}

# The pages find the French text of a file's fault by the English text.
cat lib/format/csv.c lib/format/import_reader_*.c jobs/imports/*.c | tr '\n\t' '  ' |
	grep -oE '((problem = )|((set_problem|row_overflow)\( *csv, +)|(import_job_fail\( *job, +))"[^"]*"' |
	sed 's/^[^"]*//' | sort -u >"$dir/faults"
# The fault of a vCard follows the number of its line.
cat lib/format/vcard.c lib/format/contentline.c | tr '\n\t' '  ' | sed 's/" *"//g' |
	grep -oE '(set_fault\([^;"]*|return |\? )"[a-z][a-z:A-Z,-]* [a-zA-Z:, -]*"' |
	sed 's/^[^"]*"/"line {1} /' | sort -u >"$dir/cards"
[ "$(wc -l <"$dir/cards")" -ge 14 ] || {
	echo "only $(wc -l <"$dir/cards") faults of vCards are found"
	bad=1
}
cat "$dir/cards" >>"$dir/faults"
[ "$(wc -l <"$dir/faults")" -ge 13 ] || {
	echo "only $(wc -l <"$dir/faults") faults of files are found"
	bad=1
}
while read -r fault; do
	grep -qF "\"en\": $fault" schema/refusals/*.sql || {
		echo "schema/refusals/ has no $fault"
		bad=1
	}
done <"$dir/faults"

# The path of a member precedes the text, so that the text does not begin with the name of the member.
cat schema/*/*.sql handlers/*/*.c fcgi/*/*.c | tr -d '\n\t' |
	grep -oE "(refuse|fault)\((rq, *)?['\"][a-z_]+['\"], *['\"][a-z_.]+['\"]" |
	sed -E "s/.*\((rq, *)?['\"]([a-z_]+)['\"], *['\"]([a-z_]+[.])*([a-z_]+)['\"]/\2 \4/" | sort -u >"$dir/members"
[ "$(wc -l <"$dir/members")" -ge 300 ] || {
	echo "only $(wc -l <"$dir/members") refusals of members are found"
	bad=1
}
cat schema/refusals/*.sql | sed -nE 's/^\t"([a-z_]+)": \{.*/\1/p; s/^\t\t"en": "([a-z_]+)(:| (must|is|has|cannot|can) ).*/= \1/p' |
	awk '$1 == "=" { print code, $2; next } { code = $1 }' | sort -u | comm -12 - "$dir/members" >"$dir/repeated"
[ ! -s "$dir/repeated" ] || {
	sed 's/^/the text repeats the name of the member: /' "$dir/repeated"
	bad=1
}

# Two codes with the same status and text are one refusal. The codes of reports of imports are stored with the reports.
# The text of some refusals comes from elsewhere.
cat schema/refusals/*.sql | tr -d '\n' |
	sed 's/\t"\([a-zA-Z_]*\)": {"status": \([0-9]*\)/\n\1 \2 /g' |
	sed -nE 's/^([a-z_]+) ([0-9]+) .*"en": ("([^"\\]|\\.)*").*/\1 \2 \3/p' >"$dir/texts"
[ "$(wc -l <"$dir/texts")" -ge 800 ] || {
	echo "only $(wc -l <"$dir/texts") texts of refusals are found"
	bad=1
}
grep -v '^import_' "$dir/texts" | grep -v ' "{1}"$' | sort -k2 | awk '
	{ code = $1; $1 = ""; if ($0 == before) print first, "and", code, "have the same text:" $0; before = $0; first = code }' >"$dir/same"
[ ! -s "$dir/same" ] || {
	cat "$dir/same"
	bad=1
}

# refused TEXT: tools/refusals does not accept this description.
refused() {
	printf 'SELECT ops.describe_refusals($$%s$$);\n' "$1" >"$dir/one.sql"
	"$builddir/tools/refusals" "$dir/one.sql" >/dev/null 2>&1 || return 0
	echo "accepted: $1"
	bad=1
}
complete='"status": 422, "en": "a", "fr": "b", "cause": "C.", "remedy": "D."'
printf 'SELECT ops.describe_refusals($$%s$$);\n' "{\"a\": {$complete}}" >"$dir/one.sql"
"$builddir/tools/refusals" "$dir/one.sql" >/dev/null || bad=1
for member in status en fr cause remedy; do
	refused "{\"a\": {$(echo "$complete" | sed "s/\"$member\": [^,]*\(, \|$\)//; s/, $//")}}"
done
refused "{\"a\": {$complete, \"more\": 1}}"
refused "{\"A b\": {$complete}}"
refused "{\"Ab\": {$complete}}"
refused "{\"a\": {$complete}, \"b\": {$complete}, \"a\": {$complete}}"
refused "{\"a\": {$complete, \"fr\": \"c\"}}"
refused '{"a": {"status": 422, "en": "{1}", "fr": "b", "cause": "C.", "remedy": "D."}}'
refused "{\"a\": {$complete}"
exit $bad
