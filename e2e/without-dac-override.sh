#!/bin/sh
# Runs the app without the capability that lets root read every file, so that root also gets permission errors.
exec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search "$HOIST_TEST_ELECTRON" "$@"
