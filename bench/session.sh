# One director's life in a network of its own, where no IPVS was used yet: a kernel looks through what was removed of late at
# each addition. session.sh FOLDER SERVICES REALS COMMAND...: the command gets FOLDER/conf. Prints name=value lines, times in ms.
set -u
folder=$1 services=$2 reals=$3
shift 3
last=$((services - 1))
service="10.64.$((last >> 8 & 255)).$((last & 255)):80"

now() { echo $((${EPOCHREALTIME/./} / 1000)); }
# CPU of all processes of the director, in ms: fields 14 and 15 of proc(5) stat, in ticks of 10 ms.
cpu() {
  sed 's/.*) //' /proc/[0-9]*/stat 2>/dev/null | awk -v session="$pid" '$4 == session { ticks += $12 + $13 } END { print ticks * 10 }'
}
# Until the director's CPU goes on as it does at rest, two seconds alike: leaves all it has used in $spent.
settle() {
  spent=$(cpu) used=100000
  for _ in $(seq 60); do
    before=$spent last=$used
    sleep 1
    spent=$(cpu) used=$((spent - before))
    [ "$used" -le 60 ] || [ $((used > last ? used - last : last - used)) -le 20 ] && return
  done
}
# Until `ipvsadm` lists what $2 looks for so many ($1) times in the last service.
listed() {
  for _ in $(seq 6000); do
    [ "$(ipvsadm -Ln -t "$service" 2>/dev/null | grep -c -- "$2")" = "$1" ] && return
    sleep 0.02
  done
  echo "not within its time: $1 times $2 in $service" >&2
  exit 1
}

ip link set lo up
start=$(now)
setsid "$@" >"$folder/log" 2>&1 &
pid=$!
listed "$reals" '->.*Masq'
echo "start=$(($(now) - start))"
settle
atRest=$spent
kill -HUP "$pid"
settle
echo "reload=$((spent - atRest))"
cp "$folder/changed" "$folder/conf"
start=$(now)
kill -HUP "$pid"
listed 1 'Masq    7 '
echo "change=$(($(now) - start))"
settle
kill -TERM "$pid"
wait "$pid"
