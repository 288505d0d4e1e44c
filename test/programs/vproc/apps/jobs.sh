# Job control, subshells, traps and the helpers that name processes. Prints `ok`.
set -m
fail() { echo "$1"; exit 1; }
sleep 100 & a=$!
sleep 101 & b=$!
jobs -l | grep -q " $a Running" || fail 'a job is not listed'
kill -STOP $a
until jobs -l | grep -q " $a Stopped"; do sleep 0.02; done
kill -CONT %1 && kill %1; wait $a; [ $? = 143 ] || fail 'the end of a job'
kill -- -$b; wait $b; [ $? = 143 ] || fail 'the end of a group'
(exit 3) & wait $!; [ $? = 3 ] || fail 'the status of a job'
[ "$(echo hi | cat | tr a-z A-Z)" = HI ] || fail 'a pipe'
set -- $(echo $$ $BASHPID; true); [ "$1" != "$2" ] && [ "$1" = $$ ] || fail 'a subshell'
caught=0; trap 'caught=1' USR1; kill -USR1 $$; [ $caught = 1 ] || fail 'a trap'
coproc cat; echo co >&"${COPROC[1]}"; read -r -u "${COPROC[0]}" line; [ "$line" = co ] || fail 'a coprocess'
kill "$COPROC_PID"
timeout 0.2 sleep 5; [ $? = 124 ] || fail 'timeout'
setsid --wait true || fail 'setsid'
echo ok
