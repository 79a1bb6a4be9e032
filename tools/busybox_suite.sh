# SPDX-License-Identifier: MIT
# Run by busybox's ash on the machine that is judged: busybox's own test suite, one command after the other, in a line for
# each test. /suite is what its `runtest` expects to find: busybox, .config, testsuite.
# shellcheck shell=dash
export tsdir=/suite/testsuite bindir=/suite VERBOSE='' SKIP_KNOWN_BUGS=y SKIP_INTERNET_TESTS=y LANG=C.UTF-8 LC_ALL=C.UTF-8 SHELL=/bin/sh
export ECHO=echo PATH="/suite/links:$tsdir:$bindir:/bin" OPTIONFLAGS
OPTIONFLAGS=:$(sed -n 's/^CONFIG_\([A-Z0-9_]*\)=.*/\1/p' /suite/.config | tr '\n' ':')
limit=${LIMIT:-60} # seconds for a command's tests
cd $tsdir || exit 1
mount -t proc proc /proc 2>/dev/null

# Tests of the old style: a folder of scripts, each of which passes if none of its commands fails.
old_style() {
    for testcase in "$tsdir/$1"/*; do
        name=${testcase##*/} uses=''
        for feature in $(sed -n 's/^# FEATURE: //p' "$testcase"); do
            case $OPTIONFLAGS in *":${feature#CONFIG_}:"*) ;; *) uses=no ;; esac
        done
        if [ -n "$uses" ]; then
            echo "UNTESTED: $name"
            continue
        fi
        rm -rf ".tmpdir.$1" && mkdir ".tmpdir.$1" && cd ".tmpdir.$1" || return 1
        if d=$tsdir timeout -s KILL "$limit" sh -x -e "$testcase" >out.txt 2>&1 </dev/null; then
            echo "PASS: $name"
        else
            echo "FAIL: $name"
        fi
        cd .. && rm -rf ".tmpdir.$1"
    done
}

for applet; do
    echo "@@ $applet"
    [ ! -d "$tsdir/$applet" ] || old_style "$applet"
    if [ -f "$applet.tests" ]; then
        timeout -s KILL "$limit" "./$applet.tests" </dev/null >/tmp/said 2>&1
        [ $? -ne 137 ] || echo "LATE: $applet"
        grep -aE '^(PASS|FAIL|SKIPPED|UNTESTED): ' /tmp/said
    fi
done
echo "@@ end"
