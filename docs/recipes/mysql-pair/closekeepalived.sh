#!/bin/sh
# MySQL on this host is down: give the VIP away, and stay away until an administrator has looked.
echo "MySQL is down: giving the VIP away" >&2
kill "$(cat /run/keepalived.pid)"
