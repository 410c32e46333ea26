#!/bin/sh
# What many pairs have instead: where nginx does not answer and cannot be started again, the director is stopped.
curl -s -o /dev/null -m 1 http://127.0.0.1/ && exit 0
systemctl start nginx 2> /dev/null && sleep 1 && curl -s -o /dev/null -m 1 http://127.0.0.1/ && exit 0
kill "$(cat /run/keepalived.pid)"
