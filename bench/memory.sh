# What the processes of one director take, with 2,000 real servers that are checked and up, and one VRRP instance, in a network
# of its own. memory.sh FOLDER NODE COMMAND...: the command gets FOLDER/conf. Prints the PSS of all its processes in KiB.
set -u
folder=$1 node=$2
shift 2

ip link set lo up
ip link add eth0 type veth peer name eth1
ip addr add 192.0.2.1/24 dev eth0
ip link set eth0 up
ip link set eth1 up
# Every real server is this machine, and one program answers for all of them.
ip route add local 10.128.0.0/9 dev lo
"$node" -e 'require("node:net").createServer((s) => s.destroy()).listen(80, "0.0.0.0")' &
web=$!
setsid "$@" >"$folder/log" 2>&1 &
pid=$!
for _ in $(seq 300); do
  [ "$(ipvsadm -Ln 2>/dev/null | grep -c -- '->.*1      ')" -ge 2000 ] && break
  sleep 0.2
done
sleep 15 # two rounds of checks
kill -0 "$pid" || { tail -20 "$folder/log" >&2; kill "$web"; exit 1; }
total=0 count=0
for stat in /proc/[0-9]*/stat; do
  process=${stat%/stat}
  [ "$(sed 's/.*) //' "$stat" 2>/dev/null | cut -d' ' -f4)" = "$pid" ] || continue
  pss=$(awk '$1 == "Pss:" { print $2 }' "$process/smaps_rollup" 2>/dev/null)
  total=$((total + ${pss:-0})) count=$((count + 1))
done
echo "$total $count"
kill -TERM "$pid" "$web"
wait "$pid"
