#!/bin/sh
# Builds the lab's network (topology.ts): LAB_HOSTS holds "name last-byte" lines. Each host is a network, a mount and a UTS
# namespace, held open by one sleeping process whose number stands in /mnt/hosts/NAME; its /run, /var/log and
# /etc/keepalived are its own.
set -e

make_host() { # NAME, inside the host's fresh namespaces
  hostname "$1"
  . "${LAB_PROJECT}/test/lab/lib/folders.sh"
  own_folders "$LAB_PROJECT" /run /var/log /etc/keepalived
  mount -t sysfs sysfs /sys
  mkdir -p /run/lock /run/lvskeeper /run/keepalived
  cd /proc/sys/net/ipv4
  echo 1 > ip_forward
  echo 0 > conf/all/rp_filter
  echo 0 > conf/default/rp_filter
  ip link add eth0 type veth peer name "$1" netns "$2"
  echo $$ > "/mnt/hosts/$1"
  exec sleep infinity
}

if [ "$1" = make_host ]; then make_host "$2" "$3"; fi

mkdir /mnt/hosts
ip -batch - <<EOF
link add br0 type bridge mcast_snooping 0
link set br0 up
link set lo up
EOF
echo "$LAB_HOSTS" | while read -r name last; do
  unshare --net --uts --mount sh "$0" make_host "$name" $$ < /dev/null > /dev/null 2> "/mnt/hosts/$name.error" &
done
echo "$LAB_HOSTS" | while read -r name last; do
  until [ -s "/mnt/hosts/$name" ]; do
    if [ -s "/mnt/hosts/$name.error" ]; then cat "/mnt/hosts/$name.error" >&2 && exit 1; fi
    sleep 0.02
  done
  ip link set "$name" master br0 up
  nsenter --target "$(cat "/mnt/hosts/$name")" --net ip -batch - <<EOF
link set lo up
addr add 192.168.122.$last/24 dev eth0
addr add 2001:db8::$last/64 dev eth0 nodad
link set eth0 up
EOF
done
