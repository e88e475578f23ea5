#!/bin/bash
# Runs a command in a temporary desktop: a virtual screen, a session bus, a window manager, and its own HOME.
#   e2e/desktop.sh npx playwright test
# The bus starts no service automatically, so no prompt (such as a keyring's) appears.
#   HOIST_KEYRING=1       with an unlocked keyring        HOIST_KEYRING=locked   with a keyring that stays locked
#   HOIST_KEYRING=none    without a keyring (the default)
#   HOIST_DESKTOP=KDE     the value of XDG_CURRENT_DESKTOP (default GNOME)
#   HOIST_SCREEN=1400x900 the size of the screen
#   HOIST_DESKTOPS=3      starts more desktops of the same kind; the files 1, 2 … in HOIST_MORE_DESKTOPS have their variables
# At the end it removes its files and ends every process that was started in it.
set -euo pipefail

wait_until() { # EVENT COMMAND…: runs the command until it succeeds, for at most ten seconds
  local event=$1; shift
  for _ in $(seq 500); do "$@" >/dev/null 2>&1 && return; sleep 0.02; done
  echo "desktop.sh: $event did not happen within 10 s" >&2
  return 1
}

# The first call of this script creates the desktop and then calls the script again, which runs `inside`.
outside() {
  desktop_dir=$(mktemp -d "${TMPDIR:-/tmp}/hoist-desktop.XXXXXX")
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  mkdir -p "$desktop_dir"/{tmp,home/.config,home/.local/share/applications,home/Desktop} && mkdir -m 700 "$desktop_dir/run"
  more=()
  if [ "${HOIST_DESKTOPS:-1}" -gt 1 ]; then start_more_desktops "$((HOIST_DESKTOPS - 1))"; fi

  # The server's own file needs a cookie before the server has picked a display number; the server accepts this cookie
  # for any display. The clients' file names the display, so it is written afterwards.
  export XAUTHORITY=$desktop_dir/xauth
  touch "$desktop_dir/server.xauth" "$XAUTHORITY"
  cookie=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
  xauth -q -f "$desktop_dir/server.xauth" add :0 MIT-MAGIC-COOKIE-1 "$cookie"
  Xvfb -displayfd 3 -screen 0 "${HOIST_SCREEN:-1400x900}x24" -nolisten tcp -auth "$desktop_dir/server.xauth" 3>"$desktop_dir/display" 2>"$desktop_dir/xvfb.log" &
  server=$!
  wait_until 'the start of Xvfb' grep -q . "$desktop_dir/display" || { cat "$desktop_dir/xvfb.log" >&2; exit 1; }
  DISPLAY=:$(cat "$desktop_dir/display")
  export DISPLAY
  xauth -q -f "$XAUTHORITY" add "$DISPLAY" MIT-MAGIC-COOKIE-1 "$cookie"

  cat >"$desktop_dir/bus.conf" <<CONF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><keep_umask/><listen>unix:dir=$desktop_dir/run</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
CONF
  export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache} npm_config_cache=${npm_config_cache:-$HOME/.npm} # keeps downloads for the next run
  export HOIST_IN_DESKTOP=$desktop_dir HOME=$desktop_dir/home TMPDIR=$desktop_dir/tmp LANG=C.UTF-8 LC_ALL=C.UTF-8
  export XDG_CONFIG_HOME=$HOME/.config XDG_DATA_HOME=$HOME/.local/share XDG_STATE_HOME=$HOME/.local/state XDG_RUNTIME_DIR=$desktop_dir/run
  export XDG_CURRENT_DESKTOP=${HOIST_DESKTOP-GNOME} XDG_SESSION_TYPE=x11 GTK_USE_PORTAL=0 NO_AT_BRIDGE=1
  unset WAYLAND_DISPLAY DESKTOP_STARTUP_ID
  dbus-daemon --config-file="$desktop_dir/bus.conf" --nofork --print-address=3 3>"$desktop_dir/bus" 2>"$desktop_dir/bus.log" &
  bus=$!
  wait_until 'the start of the session bus' grep -q . "$desktop_dir/bus" || { cat "$desktop_dir/bus.log" >&2; exit 1; }
  DBUS_SESSION_BUS_ADDRESS=$(cat "$desktop_dir/bus")
  export DBUS_SESSION_BUS_ADDRESS DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS # the machine's own services are not used
  for number in $(seq ${#more[@]}); do
    wait_until "the start of desktop $((number + 1))" test -s "$HOIST_MORE_DESKTOPS/$number"
  done
  "$0" "$@" <&0 & # in the background, so that a signal to this script acts at once
  wait $!
}

# start_more_desktops COUNT: each writes its variables to a file, which appears under its final name when it is complete.
start_more_desktops() {
  export HOIST_MORE_DESKTOPS=$desktop_dir/more-desktops
  mkdir "$HOIST_MORE_DESKTOPS"
  local number
  for number in $(seq "$1"); do
    HOIST_DESKTOPS=1 "$0" bash -c 'env -0 >"$1.new"; mv "$1.new" "$1"; sleep infinity' desktop "$HOIST_MORE_DESKTOPS/$number" &
    more+=($!)
  done
}

clean_up() {
  local rc=$? pid environ
  set +e
  trap - EXIT INT TERM HUP
  exec 2>/dev/null # bash would report every process that ends here
  for pid in "${more[@]}" ${bus:-} ${server:-}; do kill "$pid"; wait "$pid"; done 2>/dev/null
  # Every other process of this desktop, also a detached one, has the name of its folder in its environment.
  for environ in /proc/[0-9]*/environ; do
    pid=${environ#/proc/}; pid=${pid%/environ}
    [ "$pid" != $$ ] && grep -qsz "^HOIST_IN_DESKTOP=$desktop_dir\$" "$environ" && kill -KILL "$pid" 2>/dev/null
  done
  # A process that is ending may still write into the folder.
  for _ in $(seq 100); do rm -rf "$desktop_dir" 2>/dev/null && break; done
  exit $rc
}

# Starts the programs of the desktop, then runs the command.
inside() {
  trap end_services EXIT
  openbox >"$HOIST_IN_DESKTOP/openbox.log" 2>&1 &
  case ${HOIST_KEYRING:-none} in
    none) ;;
    locked) # the first daemon creates a keyring with a password; the second serves it without the password
      keyring_daemon --unlock
      wait_until 'the creation of a keyring' test -s "$XDG_DATA_HOME/keyrings/login.keyring"
      kill "$keyring"; wait "$keyring" 2>/dev/null || true
      wait_until 'the end of the first keyring' no_keyring
      keyring_daemon ;;
    *) keyring_daemon --unlock ;;
  esac
  wait_until 'the start of openbox' has_window_manager
  "$@"
}

end_services() {
  local rc=$?
  set +e
  { kill $(jobs -p); wait; } 2>/dev/null
  exit $rc
}
keyring_daemon() {
  gnome-keyring-daemon --foreground --components=secrets "$@" < <(printf test) >"$HOIST_IN_DESKTOP/keyring.log" 2>&1 &
  keyring=$!
  wait_until 'the start of the keyring' has_keyring
}
has_keyring() { dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q 'boolean true'; }
no_keyring() { ! has_keyring; }
has_window_manager() { xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 'window id'; }

if [ -z "${HOIST_IN_DESKTOP:-}" ]; then outside "$@"; else inside "$@"; fi
