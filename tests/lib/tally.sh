# SPDX-License-Identifier: BSD-2-Clause
# tally: counts of single tests from TAP lines (`ok - NAME`, `not ok - NAME`, `ok - NAME # SKIP
# WHY`), whoever wrote them. Sourced by tests/run.

tally_passed=0 tally_failed=0 tally_skipped=0

# tally_tap NAME FILE STATUS: adds the results in FILE. A program that fails without having
# reported a failed test (a crash, a sanitizer's abort, a time-out), or that reports nothing at
# all, is one failed test by itself.
tally_tap() {
    local name=$1 file=$2 status=$3 passed failed skipped
    skipped=$(grep -Eci '^ok .*# *SKIP' "$file")
    passed=$(($(grep -c '^ok ' "$file") - skipped))
    failed=$(grep -c '^not ok ' "$file")
    grep -Ei '^ok .*# *SKIP' "$file" | sed -E "s|^ok [- ]*|# skipped in $name: |; s/# *SKIP//I"
    if [ "$failed" = 0 ] && [ "$status" != 0 ]; then
        echo "not ok - $name: exit status $status"
        failed=1
    elif [ $((passed + failed + skipped)) = 0 ]; then
        echo "not ok - $name: no test reported"
        failed=1
    fi
    [ "$failed" = 0 ] && echo "ok $name: $passed passed, $skipped skipped" ||
        grep -A8 '^not ok ' "$file" | sed "s|^|  $name: |"
    tally_passed=$((tally_passed + passed))
    tally_failed=$((tally_failed + failed))
    tally_skipped=$((tally_skipped + skipped))
}

# tally_one ok|fail|skip NAME: adds one result.
tally_one() {
    case $1 in
    ok) tally_passed=$((tally_passed + 1)) && echo "ok $2" ;;
    skip) tally_skipped=$((tally_skipped + 1)) && echo "# skipped: $2" ;;
    *) tally_failed=$((tally_failed + 1)) && echo "not ok - $2" ;;
    esac
}
