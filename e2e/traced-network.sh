#!/bin/sh
# Runs the app and writes every connection and datagram of all its processes to $HOIST_TEST_TRACE (contacted-hosts.ts).
exec strace -f -qq -yy -xx --seccomp-bpf -s 600 -e signal=none -e trace=connect,sendto,sendmsg,sendmmsg -o "$HOIST_TEST_TRACE" "$HOIST_TEST_ELECTRON" "$@"
