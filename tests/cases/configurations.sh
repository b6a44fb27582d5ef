#!/bin/sh
# Golden cases of the configuration: each NAME.conf is loaded as a triaged.conf would be, with what lies in NAME.more beside it, and what is said must be
# NAME.out to the letter. With ACCEPT=1 the files NAME.out are written anew.
set -u
LC_ALL=C
export LC_ALL
test -x "${TOP_BUILDDIR:-.}/tests/cases/config_try" || { echo "Bail out! tests/cases/config_try is not built"; exit 99; }
cases=${TOP_SRCDIR:-.}/tests/cases/config
try=${TOP_BUILDDIR:-.}/tests/cases/config_try
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
number=0

# Lays the case out in its own folder; the templates are named in conf.d, so that cases need not.
lay_out() {
    mkdir -p "$work/$1/conf.d" "$work/$1/templates"
    cp "$cases/$1.conf" "$work/$1/triaged.conf"
    printf 'daemon { templates templates }\n' > "$work/$1/conf.d/zz-templates.conf"
    : > "$work/$1/open-to-all"
    chmod 666 "$work/$1/open-to-all"
    if [ -d "$cases/$1.more" ]; then cp -R "$cases/$1.more/." "$work/$1/"; chmod -R u+w "$work/$1"; fi
    [ -d "$cases/$1.more/templates" ] && return
    for template in ack.en ack.de outage.en; do
        printf 'Subject: [{ticket}] received\n\nThank you.\n' > "$work/$1/templates/$template.txt"
    done
}

for conf in "$cases"/*.conf; do
    name=$(basename "$conf" .conf)
    number=$((number + 1))
    lay_out "$name"
    "$try" "$work/$name" > "$work/raw" 2>&1
    printf 'exit %s\n' "$?" >> "$work/raw"
    sed "s|$work/$name/||g" "$work/raw" > "$work/out"
    if [ "${ACCEPT:-0}" = 1 ]; then
        cp "$work/out" "$cases/$name.out"
    fi
    if grep -q SECRET "$work/out"; then
        echo "not ok $number - $name shows a secret"
    elif diff -u "$cases/$name.out" "$work/out" > "$work/diff" 2>&1; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        sed 's/^/# /' "$work/diff"
    fi
done
echo "1..$number"
