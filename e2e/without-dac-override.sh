#!/bin/sh
# Runs the app without the capability that lets root read every file, so that it can meet "no permission".
exec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search "$HOIST_TEST_ELECTRON" "$@"
