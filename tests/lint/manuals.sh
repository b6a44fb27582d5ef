#!/bin/sh
# Manuals: mandoc finds nothing to warn of, and triaged(8) names each option that triaged --help names.
top=${TOP_SRCDIR:-.}
build=${TOP_BUILDDIR:-build}
if ! command -v mandoc >/dev/null; then
	echo '1..0 # SKIP no mandoc'
	exit 0
fi
set -- "$top"/src/*.1 "$top"/src/*.5 "$top"/src/*.7 "$top"/src/*.8
echo "1..$(($# + 1))"
number=0
failed=0
tell() { # tell STATUS NAME
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then echo "ok $number - $2"; else
		echo "not ok $number - $2"
		failed=1
	fi
}
for manual; do
	said=$(mandoc -Tlint -W warning "$manual" 2>/dev/null)
	[ -z "$said" ]
	tell $? "mandoc has no warning for $(basename "$manual")"
	[ -z "$said" ] || echo "$said" | sed 's/^/# /'
done
status=0
for option in $("$build/triaged" --help | grep -o -e '--[a-z][a-z-]*' | sort -u); do
	word=$(echo "${option#--}" | sed 's/-/\\\\-/g')
	if ! grep -q -e "Fl -$word" "$top/src/triaged.8"; then
		echo "# triaged(8) does not name $option"
		status=1
	fi
done
tell $status 'triaged(8) names every option'
exit $failed
