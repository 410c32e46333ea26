#!/bin/sh
# The first process of a lab on this machine's own kernel, in fresh mount, network, UTS and process namespaces: when it ends,
# everything in them ends. Descriptor 3 is the line to the test.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
lib=$LAB_PROJECT/test/lab/lib
mount --make-rprivate /
mount -t tmpfs lab /mnt
mkdir /mnt/project
mount --bind "$LAB_PROJECT" /mnt/project
. "$lib/folders.sh"
own_folders "$LAB_PROJECT" /run /tmp /var/tmp /var/log /etc/keepalived
mount -t sysfs sysfs /sys
"$LAB_NODE" "$LAB_RUN/agent.mjs"
