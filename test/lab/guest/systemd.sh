#!/bin/sh
# A host of the guest under systemd: its own copies, in memory, of the folders that installing something writes to, and of
# all units keepalived's alone, so that nothing else of this system is started. Never outside the guest.
set -e
grep -q "User Mode Linux" /proc/cpuinfo
mkdir -p /sys/fs/cgroup /mnt/over /mnt/none
mount -t cgroup2 cgroup /sys/fs/cgroup
/mnt/modprobe overlay
mkdir /mnt/keepalived
cp -a /etc/keepalived/. /mnt/keepalived/
for folder in /etc /opt /usr/local/bin /usr/local/lib /usr/sbin /var/lib; do
  name=$(echo "$folder" | tr / _)
  mkdir -p "/mnt/over/$name.upper" "/mnt/over/$name.work"
  mount -t overlay -o "lowerdir=$folder,upperdir=/mnt/over/$name.upper,workdir=/mnt/over/$name.work" overlay "$folder"
done
mount --bind /mnt/keepalived /etc/keepalived
mkdir /mnt/units
cp /lib/systemd/system/keepalived.service /mnt/units/
for target in sysinit basic shutdown network-online multi-user lab umount local-fs; do
  printf '[Unit]\nDefaultDependencies=no\n' > "/mnt/units/$target.target"
done
mount --bind /mnt/units /lib/systemd/system
mount -t tmpfs units /etc/systemd/system
for folder in /lib/systemd/system-generators /lib/systemd/system-environment-generators; do
  if [ -d "$folder" ]; then mount --bind /mnt/none "$folder"; fi
done
mkdir -p /run/systemd/system
exec unshare --pid --fork --mount-proc env -i container=lab PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=lab.target --log-target=console --show-status=no
