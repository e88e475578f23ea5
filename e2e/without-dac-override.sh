#!/bin/sh
# Runs the app without the capability that lets a superuser read every file, so that "no permission" is real.
exec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search "$HOIST_TEST_ELECTRON" "$@"
