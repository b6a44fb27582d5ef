#!/bin/sh
# The list of what must be survived (tests/SAFETY): every number once, each with a test or with what is open, and every file and case it names exists.
set -eu
top=${TOP_SRCDIR:-$(dirname "$0")/../..}
cd "$top"
wrong=$(mktemp "${TMPDIR:-/tmp}/safety.XXXXXX")
trap 'rm -f "$wrong"' EXIT
number=0
says=yes
open=0
while IFS= read -r line; do
	case $line in
	[1-9]*\ *)
		[ $says = yes ] || echo "$number: no test, and nothing said to be open" >>"$wrong"
		[ "${line%% *}" -eq $((number + 1)) ] || echo "after $number: ${line%% *}" >>"$wrong"
		number=${line%% *}
		says=no
		;;
	'    open: '*)
		says=yes
		open=$((open + 1))
		;;
	'    '*)
		says=yes
		file=${line%%:*}
		file=${file#    }
		[ -f "$file" ] || { echo "$number: no file $file" >>"$wrong"; continue; }
		for case in ${line#*:}; do
			case $file in
			*.py) name="\(def $case(\|^$case =\)" ;;
			*.c) name="[^a-z_]$case[^a-z_]" ;;
			*) name=$case ;;
			esac
			grep -q -e "$name" "$file" || echo "$number: no $case in $file" >>"$wrong"
		done
		;;
	esac
done <tests/SAFETY
[ $says = yes ] || echo "$number: no test, and nothing said to be open" >>"$wrong"
[ "$number" -eq 62 ] || echo "the last number is $number" >>"$wrong"
echo 1..1
if [ -s "$wrong" ]; then
	echo 'not ok 1 - each promise has its test'
	sed 's/^/# /' "$wrong"
	exit 1
fi
echo "ok 1 - each of $number promises has its test, or says what is open ($open)"
