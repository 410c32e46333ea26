# The memory of a director with its checks running: memory.sh FOLDER COMMAND...: the command gets FOLDER/conf. Prints
# "PROCESS KIB" lines of proportional set sizes (PSS): pages that processes share are divided among them.
set -u
folder=$1
shift
ip link set lo up
ip link add eth0 type dummy && ip link set eth0 up && ip address add 10.9.9.1/24 dev eth0
setsid "$@" >"$folder/log" 2>&1 &
pid=$!
# Several rounds of all checks (delay_loop 6), all of which fail: verdicts, log lines and saved states are all there.
sleep 40
[ -z "${STATUS:-}" ] || $STATUS >/dev/null
for process in $(pgrep -s "$pid"); do
  echo "$(tr '\0' ' ' <"/proc/$process/cmdline" | cut -d ' ' -f 1,2) $(awk '/^Pss:/ { print $2 }' "/proc/$process/smaps_rollup")"
done
kill -TERM "$pid"
wait "$pid"
