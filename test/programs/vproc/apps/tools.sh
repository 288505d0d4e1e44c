#!/bin/bash
# What the tools that look at processes say, against what the shell itself knows. ALONE=1: nobody but this instance's is to be seen.
set -u
scratch=$(mktemp -d)
sleep 1000 9>"$scratch/held" &
child=$!
finish() {
  kill "$child" 2>/dev/null
  [ -z "${locker:-}" ] || pkill -P "$locker"
  rm -rf "$scratch"
}
trap finish EXIT
fail() {
  echo "$*"
  exit 1
}
# tool, what it says, what it is to say
same() { [ "$(echo $2)" = "$3" ] || fail "$1 says '$(echo $2)', and it is '$3'"; }
says() { case " $(echo $2) " in *$3*) ;; *) fail "$1 says '$2', without '$3'" ;; esac }
have() { command -v "$1" >/dev/null || { echo "without $1"; false; }; }

until [ "$(ps -o comm= -p "$child")" = sleep ]; do :; done # it is the shell's copy before
same 'ps -p' "$(ps -o ppid=,pgid= -p "$child")" "$$ $(ps -o pgid= -p $$ | tr -d ' ')"
says 'ps -e' "$(ps -e -o pid=)" " $child "
same pgrep "$(pgrep -P $$ -x sleep)" "$child"
says pidof "$(pidof sleep)" " $child "
says top "$(top -b -n 1 -p "$child" -w 200)" " $child "
same taskset "$(taskset -p "$child" | sed "s/.*pid \([0-9]*\)'s.*/\1/")" "$child"
same chrt "$(chrt -p "$child" | sed -n "1s/.*pid \([0-9]*\)'s.*/\1/p")" "$child"
renice -n 3 -p "$child" >/dev/null && same renice "$(ps -o ni= -p "$child")" 3
if have pstree; then says pstree "$(pstree -p $$)" "sleep($child)"; fi
if have fuser; then same fuser "$(fuser "$scratch/held" 2>/dev/null)" "$child"; fi
if have lsof; then same lsof "$(lsof -t "$scratch/held" 2>/dev/null)" "$child"; fi
if have lslocks; then
  flock "$scratch/locked" sh -c "echo >'$scratch/held-now'; exec sleep 1000" &
  locker=$!
  until [ -s "$scratch/held-now" ]; do :; done
  says lslocks "$(lslocks -n -o PID)" " $locker "
  pkill -P "$locker" && wait "$locker"
fi
if have gdb; then says gdb "$(gdb -batch -p "$child" -ex 'info inferiors' 2>&1)" "process $child "; fi
id=$(ipcmk -M 4096 | sed 's/[^0-9]//g')
says 'ipcs -m' "$(ipcs -m)" " $id "
says 'ipcs -m -i' "$(ipcs -m -i "$id")" "shmid=$id "
ipcrm -m "$id" || fail "ipcrm can't remove what ipcmk made"
case " $(ipcs -m | tr '\n' ' ') " in *" $id "*) fail 'ipcs shows what was removed' ;; esac
if [ "${ALONE:-}" = 1 ]; then
  for pid in $(ps -e -o pid=); do
    [ "$pid" = 1 ] || kill -0 "$pid" 2>/dev/null || [ ! -e "/proc/$pid" ] || fail "ps shows $pid, which is none of the instance's"
  done
  [ "$(ps -e -o pid= | wc -l)" -lt 10 ] || fail "ps shows others: $(ps -e)"
fi
kill "$child"
wait "$child"
[ -z "$(pgrep -P $$ -x sleep)" ] || fail 'pgrep shows who has ended'
echo ok
