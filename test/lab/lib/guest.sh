#!/bin/sh
# The first process of the User-Mode Linux guest. Its root is this machine's root, read-only; what it needs to know comes in
# LAB_* variables on the kernel's command line. It collects orphans while the agent runs, and then turns the guest off.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
lib=$LAB_PROJECT/test/lab/lib
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs lab /mnt
mkdir /mnt/project
mount -t hostfs -o "$LAB_PROJECT" none /mnt/project
mount --make-rprivate /
. "$lib/folders.sh"
own_folders "$LAB_PROJECT" /run /tmp /var/tmp /var/log /etc/keepalived

# Modules of the guest's kernel, also when the kernel itself asks for one.
printf '#!/bin/sh\nexec modprobe -d %s "$@"\n' "$LAB_MODULES" > /mnt/modprobe
chmod +x /mnt/modprobe
echo /mnt/modprobe > /proc/sys/kernel/modprobe
/mnt/modprobe -a veth bridge af_packet dummy macvlan ipip ip_vs ip_vs_rr ip_vs_wrr ip_vs_wlc

exec 3<>/dev/ttyS0
stty raw -echo <&3
"$LAB_NODE" "$LAB_RUN/agent.mjs"
echo o > /proc/sysrq-trigger
sleep 10
