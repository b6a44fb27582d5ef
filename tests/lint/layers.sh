#!/bin/sh
# layers: the rules of the house that a compiler does not know. Each rule is a function that prints the violations below a
# folder, as file:line: what; each is first tried on a planted violation, then on the tree.
#
# A new rule: a function rule_NAME, a file that breaks it in plant_NAME, and its name in $rules.
set -eu
LC_ALL=C
export LC_ALL
top=${TOP_SRCDIR:-$(dirname "$0")/../..}
work=$(mktemp -d "${TMPDIR:-/tmp}/lint.XXXXXX")
trap 'rm -rf "$work"' EXIT

rules='layers libraries clock pure globals calls marks opening'

# ---- help ----

# The C files and headers below the folders $@ of the tree $tree.
files()
{
    for folder in "$@"; do
        [ ! -d "$tree/$folder" ] || (cd "$tree" && find "$folder" -name '*.[ch]') | sort
    done
}

# file:line:code of the named files, comments and the insides of strings left out (but not the names of included files).
code()
{
    while read -r file; do
        awk -v file="$file" '
        {
            out = ""
            if (!comment && $0 ~ /^[ \t]*#[ \t]*include/) {
                print file ":" FNR ":" $0
                next
            }
            for (i = 1; i <= length($0); i++) {
                c = substr($0, i, 1)
                two = substr($0, i, 2)
                if (comment) {
                    if (two == "*/") { comment = 0; i++ }
                } else if (quote != "") {
                    if (c == "\\") i++
                    else if (c == quote) { quote = ""; out = out c }
                } else if (two == "/*") { comment = 1; i++ }
                else if (two == "//") break
                else {
                    if (c == "\"" || c == "\047") quote = c
                    out = out c
                }
            }
            quote = ""
            print file ":" FNR ":" out
        }' "$tree/$file"
    done
}

# Lines of code in which one of the words $2… appears as a whole word, or as the beginning of one when it ends in "_". With
# "(" as $1 only where it is called.
says()
{
    call=$1
    shift
    for word in "$@"; do
        case $call$word in
        *_) after='' ;;
        '('*) after=' *\(' ;;
        *) after='([^A-Za-z0-9_]|$)' ;;
        esac
        printf '(^|[^A-Za-z0-9_])%s%s\n' "$word" "$after"
    done > "$work/words"
    awk -v words="$work/words" '
        BEGIN { while ((getline word < words) > 0) list[++count] = word }
        {
            text = $0
            sub(/^[^:]*:[0-9]+:/, "", text) # the place at the front is no code
            for (i = 1; i <= count; i++)
                if (text ~ list[i]) { print; next }
        }'
}

# ---- rules ----

# DESIGN: base -> base; mail -> base mail; desk -> base mail desk; store -> base mail desk store; net -> base mail net.
allowed='base: base
mail: base mail
desk: base mail desk
store: base mail desk store
net: base mail net'

rule_layers()
{
    printf '%s\n' "$allowed" | while IFS=: read -r layer may; do
        files "src/$layer" "include/$layer" | code | sed -n 's/^\([^:]*:[0-9]*:\)[ \t]*#[ \t]*include[ \t]*"\([a-z]*\)\/.*/\1 \2/p' |
            while read -r place other; do
                case " $may " in
                *" $other "*) ;;
                *) echo "$place $layer may not include $other" ;;
                esac
            done
    done
}
plant_layers()
{
    plant src/mail/sly.c '#include "store/store.h"'
}

# Which libraries only one layer may speak to.
speakers='store: sqlite3_
net: mailimap_ mailsmtp_ mailstream_ mailimf_ SSL_ curl_
mail: g_mime_
base: seccomp_'

rule_libraries()
{
    printf '%s\n' "$speakers" | while IFS=: read -r layer words; do
        # shellcheck disable=SC2086
        files src include | grep -v -e "^src/$layer/" -e "^include/$layer/" | code | says '' $words |
            sed "s/\$/   (only $layer speaks to this library)/"
    done
}
plant_libraries()
{
    plant src/core/sly.c 'int f(void) { return sqlite3_step(0); }'
}

rule_clock()
{
    files src include | grep -v '^src/base/clock\.c$' | code |
        says '(' time clock_gettime gettimeofday clock localtime localtime_r gmtime gmtime_r mktime timegm ftime
}
plant_clock()
{
    plant src/core/sly.c 'long f(void) { return time(0); }'
}

# mail and desk: no descriptor, no clock, no randomness, no environment, no logging.
rule_pure()
{
    files src/mail src/desk include/mail include/desk | code > "$work/pure"
    says '(' open openat fopen read write close socket stat fstat getenv setenv rand random drand48 getrandom RAND_bytes \
        clock_wall clock_monotonic log_write log_event printf fprintf puts perror sleep usleep nanosleep fork < "$work/pure"
    grep -E '#[ \t]*include[ \t]*("base/(log|file|jail|starter)\.h"|<(unistd|fcntl|sys/socket|sys/random)\.h>)' "$work/pure" || :
}
plant_pure()
{
    plant src/desk/sly.c 'void f(void) { log_write(0, 0, 0, 0); }'
}

# Variables outside functions: the log's sink, what libraries must have ready before the jail closes, and indexes of tables.
holders='src/base/log.c src/mail/charset.c src/mail/message.c src/mail/language_words.c src/mail/phrases.c'

rule_globals()
{
    # shellcheck disable=SC2086
    files src | grep -v -x -F "$(printf '%s\n' $holders)" | code |
        grep -E '^[^:]*:[0-9]+:[ 	]*static ' | grep -v -E '\(|const|_Static_assert' || :
}
plant_globals()
{
    plant src/core/sly.c 'static int counter = 0;'
}

rule_calls()
{
    files src include tests | code |
        says '(' sprintf vsprintf strcpy strcat stpcpy gets system popen alloca strtok asctime ctime tmpnam mktemp
}
plant_calls()
{
    plant src/net/sly.c 'void f(char *p) { strcpy(p, "x"); }'
}

# What is not done is not in the tree. (The marks are taken apart here, else this file would break its own rule.)
rule_marks()
{
    (cd "$tree" && for folder in src include tests etc systemd bootstrap configure.ac Makefile.am README; do
        [ ! -e "$folder" ] || grep -rnIwE 'TO''DO|FIX''ME|X''XX|HA''CK' "$folder" || :
    done)
}
plant_marks()
{
    plant src/base/sly.c "int a; /* TO""DO: more */"
}

# The first lines of each file say what it promises.
rule_opening()
{
    files src include tests | while read -r file; do
        read -r first < "$tree/$file" || :
        case $first in
        '/*'*) ;;
        *) echo "$file:1: does not begin by saying what it promises" ;;
        esac
    done
}
plant_opening()
{
    mkdir -p "$tree/src/base"
    echo 'int f(void);' > "$tree/src/base/sly.c"
}

# ---- running ----

# A file of a planted tree that breaks nothing but what $2 breaks. Words of comments and strings must not count.
plant()
{
    mkdir -p "$tree/$(dirname "$1")"
    printf '/* sly: strcpy( sqlite3_open( time( */\n#include "base/str.h"\n%s\nstatic const char t[] = "system(g_mime_init()";\n' "$2" \
        > "$tree/$1"
}

number=0
report() # outcome name
{
    number=$((number + 1))
    echo "$1 $number - $2"
}

# shellcheck disable=SC2086
set -- $rules
echo "1..$(($# * 3))"
for rule in "$@"; do
    tree=$work/clean
    plant src/mail/good.c 'int f(void);'
    found=$("rule_$rule")
    if [ -z "$found" ]; then report ok "$rule: a good file is left alone"; else
        report 'not ok' "$rule: a good file is left alone"
        printf '%s\n' "$found" | sed 's/^/# /'
    fi

    tree=$work/planted
    rm -rf "$tree"
    "plant_$rule"
    found=$("rule_$rule")
    case $found in
    *sly.c:*) report ok "$rule: a planted violation is found" ;;
    *) report 'not ok' "$rule: a planted violation is found" ;;
    esac

    tree=$top
    found=$("rule_$rule")
    if [ -z "$found" ]; then report ok "$rule: the tree keeps it"; else
        report 'not ok' "$rule: the tree keeps it"
        printf '%s\n' "$found" | sed 's/^/# /'
    fi
done
