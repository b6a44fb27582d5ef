#!/bin/sh
# The model of sending and receiving (desk.pml): spin goes through all its states and finds nothing; of each wrong variant it finds what is wrong.
set -u
top=$(cd "${TOP_SRCDIR:-$(dirname "$0")/../..}" && pwd)
if ! command -v spin >/dev/null; then
	echo '1..0 # SKIP no spin'
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/model.XXXXXX")
trap 'rm -rf "$work"' EXIT
number=0
failed=0

# errors DEFINE...: how many errors spin finds in that variant, and what it says of it in $work/said; "" when it did not come to an end.
errors() {
	(cd "$work" && spin "$@" -a "$top/tests/model/desk.pml" && cc -O2 -DSAFETY -o pan pan.c && ./pan -m100000) >"$work/said" 2>&1
	sed -n 's/.* errors: \([0-9]*\)$/\1/p' "$work/said"
}

tell() { # tell GOOD WHAT
	number=$((number + 1))
	if [ "$1" = yes ]; then echo "ok $number - $2"; else
		echo "not ok $number - $2"
		sed 's/^/# /' "$work/said"
		failed=1
	fi
}

refuted() { # refuted DEFINE WORDS WHAT
	found=$(errors "-D$1")
	if [ "$found" = 1 ] && grep -q "assertion violated.*$2" "$work/said"; then tell yes "$3"; else tell no "$3"; fi
}

echo '1..4'
found=$(errors)
if [ "$found" = 0 ]; then tell yes "never lost, never doubled, at most one copy more an interruption ($(sed -n 's/ *\([0-9]*\) states, stored.*/\1/p' "$work/said") states)"; else
	tell no 'never lost, never doubled, at most one copy more an interruption'
fi
refuted SETTLE_BEFORE_COMMIT on_server 'refuted: the mailbox is changed before the commit'
refuted SENT_BEFORE_SENDING sent 'refuted: a letter is marked sent before it is'
refuted NO_AWAIT_NOTE kills 'refuted: a letter leaves before the fate of the one before is on record'
exit $failed
