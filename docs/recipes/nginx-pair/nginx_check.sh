#!/bin/sh
# Fails while nginx on this host does not answer. An error page is an answer.
exec curl -s -o /dev/null -m 1 http://127.0.0.1/
