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
# Until the director's CPU goes on as it does at rest, two seconds alike in which it is not busy: leaves all it has used in
# $spent.
settle() {
  spent=$(cpu) used=100000
  for _ in $(seq 60); do
    before=$spent last=$used
    sleep 1
    spent=$(cpu) used=$((spent - before))
    [ "$used" -le 60 ] && return
    [ "$used" -le 300 ] && [ $((used > last ? used - last : last - used)) -le 20 ] && return
  done
}
# Until `ipvsadm` lists "$2" so many ($1) times in the last service. Looking costs as much as a good part of the work.
listed() {
  local table rest
  for _ in $(seq 3000); do
    table=$(ipvsadm -Ln -t "$service" 2>/dev/null)
    rest=${table//"$2"/}
    [ $(((${#table} - ${#rest}) / ${#2})) = "$1" ] && return
    sleep 0.1
  done
  echo "not within its time: $1 times $2 in $service" >&2
  exit 1
}

# How many commands of IPVS a reload of the same file sends to the kernel: messages of generic netlink that want to be
# acknowledged, which those that only ask do not, and IP_VS_SO_SET_* (0x480 and up) of linux/ip_vs.h.
writes() {
  local calls=setsockopt,sendmsg,sendto,sendmmsg
  strace -f -qq -v -e trace=$calls -o "$folder/calls" $(pgrep -s "$pid" | sed 's/^/-p /') &
  local tracer=$!
  sleep 3
  kill -HUP "$pid"
  sleep 8
  kill -INT "$tracer"
  wait "$tracer"
  grep -oE 'nlmsg_type=(IPVS|0x[0-9a-f]+)[^}]*NLM_F_ACK|SOL_IP, (0x4[89a-f]|IP_VS_SO_SET)' "$folder/calls" | wc -l
}

# CPU of a reload of FOLDER/conf in ms, as NAME=, without what the director uses at rest ($rate, ms of CPU in 10 s) in the
# same time: reload NAME TIMES [LISTED...], the latter being what `listed` is to wait for. Ticks are coarse: what costs few of
# them is measured by several. A tick is the least that can be told.
reload() {
  local name=$1 times=$2 from=$(now) cpuBefore=$(cpu)
  shift 2
  for _ in $(seq "$times"); do
    kill -HUP "$pid"
    [ "$times" = 1 ] || sleep 2
  done
  if [ $# -gt 0 ]; then
    listed "$@"
    echo "${name}Wall=$(($(now) - from))"
  fi
  settle
  local cost=$(((spent - cpuBefore - rate * ($(now) - from) / 10000) / times))
  echo "$name=$((cost > 10 ? cost : 10))"
}

ip link set lo up
start=$(now)
setsid "$@" >"$folder/log" 2>&1 &
pid=$!
listed "$reals" 'Masq '
echo "startWall=$(($(now) - start))"
echo "start=$(cpu)"
settle
restFrom=$(now) restCpu=$(cpu)
sleep 10
rate=$((($(cpu) - restCpu) * 10000 / ($(now) - restFrom)))
reload reload 5
echo "pss=$(awk '/^Pss:/ { kb += $2 } END { print kb }' $(pgrep -s "$pid" | sed 's|.*|/proc/&/smaps_rollup|'))"
command -v strace >/dev/null && echo "writes=$(writes)"
cp "$folder/changed" "$folder/conf"
reload change 1 1 'Masq    7 '
kill -TERM "$pid"
wait "$pid"
