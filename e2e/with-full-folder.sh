#!/bin/sh
# Runs the app with a full file system of 64 KiB in place of the folder $HOIST_TEST_FULL_FOLDER.
exec unshare --map-root-user --mount sh -c '
  mount -t tmpfs -o size=64k tmpfs "$HOIST_TEST_FULL_FOLDER"
  head -c 65536 /dev/zero >"$HOIST_TEST_FULL_FOLDER/fill"
  exec "$HOIST_TEST_ELECTRON" --no-sandbox "$@"' sh "$@"
