#!/usr/bin/env bash
# A real S3 server for tests: one Ceph RADOS Gateway with its monitor and object store, on loopback, as plain
# processes of this user. No systemd, no containers.
#
#   rgw.sh install   install the packages (Debian or Ubuntu, as root) if they are missing
#   rgw.sh start     install, start the missing processes, create users and bucket, print the environment
#   rgw.sh env       print the environment of a running server
#   rgw.sh status    one line for each process; exit 1 when one of them is down
#   rgw.sh stop      stop the server; a memstore loses its data
#   rgw.sh wipe      stop the server and remove its folder
#
# `start` and `env` print `export NAME=value` lines on stdout; everything else goes to stderr.
# Exit codes: 1 failed, 2 usage error, 3 cannot be installed on this machine (the last line on stderr is the reason).
#
# Environment:
#   RGW_DIR        the server's own folder                    default ${TMPDIR:-/tmp}/hoist-rgw-UID
#   RGW_PORT       http port, or auto (0): a free one         default auto
#   RGW_TLS_PORT   https port, or auto (0)                    default auto
#   RGW_STORE      memstore (in RAM) | bluestore (sparse file, survives stop)   default memstore
#   RGW_STORE_MB   capacity in MiB                            default 12288 memstore, 24576 bluestore
#   RGW_BUCKET     the bucket to create                       default hoist-test
#   RGW_DNS_NAME   domain for virtual-host addressing         default s3.test
set -euo pipefail

dir=${RGW_DIR:-${TMPDIR:-/tmp}/hoist-rgw-$(id -u)}
store=${RGW_STORE:-memstore}
bucket=${RGW_BUCKET:-hoist-test}
dns_name=${RGW_DNS_NAME:-s3.test}

# Not secrets: the server listens on loopback only and holds test data.
access_key=hoisttestaccess00001
secret_key=hoisttestsecret000000000000000000000001+
other_access_key=hoistotheraccess0002
other_secret_key=hoistothersecret0000000000000000000002+
role=uploader

conf=$dir/ceph.conf
programs=(radosgw radosgw-admin ceph ceph-mon ceph-osd ceph-authtool monmaptool openssl curl)

say() { printf 'rgw: %s\n' "$*" >&2; }
die() { say "$1"; exit "${2:-1}"; }

# ---------------------------------------------------------------- packages

missing_program() {
  local program
  for program in "${programs[@]}"; do
    command -v "$program" >/dev/null || { printf '%s' "$program"; return 0; }
  done
  return 1
}

install_packages() {
  local missing policy=/usr/sbin/policy-rc.d made_policy=no
  missing=$(missing_program) || return 0
  [ "$(uname -s)" = Linux ] || die "Ceph RGW runs on Linux only" 3
  command -v apt-get >/dev/null || die "$missing is missing and there is no apt-get to install it with" 3
  [ "$(id -u)" = 0 ] || die "$missing is missing; as root: apt-get install radosgw ceph-mon ceph-osd ceph-common openssl curl" 3

  say 'installing Ceph RGW (about 60 MB)'
  # Prevents the packages' scripts from starting services (a feature of Debian).
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    made_policy=yes
  fi
  export DEBIAN_FRONTEND=noninteractive
  local log result=0
  log=$(mktemp)
  {
    apt-get -o DPkg::Lock::Timeout=300 update -qq || true   # continue even if an extra source is unreachable
    apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends \
      radosgw ceph-mon ceph-osd ceph-common openssl curl
  } >"$log" 2>&1 </dev/null || result=$?
  [ "$made_policy" = no ] || rm -f "$policy"
  if [ "$result" != 0 ]; then
    local reason
    reason=$(grep -m1 '^E:' "$log" || tail -n1 "$log")
    rm -f "$log"
    die "Ceph RGW cannot be installed: $reason" 3
  fi
  rm -f "$log"
}

# ---------------------------------------------------------------- ports

# Saved at the first start, so that stop, env and a second start use the same ports.
ports_file=$dir/ports

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port tries
  for tries in $(seq 200); do
    # Below the ports that the kernel uses for outgoing connections (32768 and up).
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    case " $* " in *" $port "*) continue ;; esac
    if port_is_free "$port"; then printf '%s' "$port"; return; fi
  done
  die "no free port after $tries tries"
}

wanted_port() { # wanted_port VALUE TAKEN…
  local value=$1
  shift
  case $value in '' | 0 | auto) free_port "$@" ;; *) printf '%s' "$value" ;; esac
}

choose_ports() {
  [ ! -s "$ports_file" ] || return 0
  local http https mon2 mon1
  http=$(wanted_port "${RGW_PORT:-auto}")
  https=$(wanted_port "${RGW_TLS_PORT:-auto}" "$http")
  mon2=$(free_port "$http" "$https")
  mon1=$(free_port "$http" "$https" "$mon2")
  printf 'http_port=%s\nhttps_port=%s\nmon_port_v2=%s\nmon_port_v1=%s\n' "$http" "$https" "$mon2" "$mon1" >"$ports_file"
}

load_ports() {
  [ -s "$ports_file" ] || return 1
  # shellcheck disable=SC1090
  . "$ports_file"
}

# ---------------------------------------------------------------- configuration

write_config() {
  local default_mb=12288
  [ "$store" = memstore ] || default_mb=24576
  local bytes=$((${RGW_STORE_MB:-$default_mb} * 1048576))

  mkdir -p "$dir"/{mon,osd,run,log}
  [ -s "$dir/fsid" ] || cat /proc/sys/kernel/random/uuid >"$dir/fsid"
  printf '%s' "$store" >"$dir/store"
  if [ ! -s "$dir/tls.key" ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -keyout "$dir/tls.key" -out "$dir/tls.crt" -subj /CN=localhost \
      -addext "subjectAltName=DNS:localhost,DNS:$dns_name,DNS:*.$dns_name,IP:127.0.0.1" 2>/dev/null
  fi

  # Unusual settings: one replica and no manager are enough. The monitor sends proposals at once, so that creating a pool takes
  # 20 ms instead of a second. Parts below 5 MiB are refused, as S3 does. User keys are looked up before session keys; otherwise
  # every refusal would be AccessDenied.
  cat >"$conf" <<CONF
[global]
fsid = $(cat "$dir/fsid")
mon host = [v2:127.0.0.1:$mon_port_v2,v1:127.0.0.1:$mon_port_v1]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth allow insecure global id reclaim = false
keyring = $dir/keyring
run dir = $dir/run
admin socket = $dir/run/\$name.\$pid.asok
pid file = $dir/\$type.pid
log file = $dir/log/\$name.log
crash dir = $dir/log
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 2
osd pool default pgp num = 2
rgw rados pool pg num min = 2
osd pool default pg autoscale mode = off
paxos propose interval = 0.02
paxos min wait = 0.01
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 10000
mon warn on pool no redundancy = false
mon data avail warn = 1
mon data avail crit = 1
mon data = $dir/mon
osd data = $dir/osd
osd objectstore = $store
osd op num shards = 2
osd op num threads per shard = 1
osd memory target = 1073741824
osd max object name len = 2048
osd class load list = *
osd class default list = *
memstore device bytes = $bytes
bluestore block create = true
bluestore block size = $bytes
bluestore fsck on mount = false
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:$http_port ssl_endpoint=127.0.0.1:$https_port ssl_certificate=$dir/tls.crt ssl_private_key=$dir/tls.key
rgw dns name = $dns_name
rgw thread pool size = 64
rgw enable usage log = false
rgw enable ops log = false
rgw gc obj min wait = 5
rgw gc processor period = 15
rgw enable lc threads = false
rgw enable quota threads = false
rgw multipart min part size = 5242880
rgw s3 auth use sts = true
rgw s3 auth order = local, sts
rgw sts key = hoisttest-stskey
CONF
}

# ---------------------------------------------------------------- processes

# alive NAME: whether the process with the pid file mon, osd or client (the gateway) runs. The system may have given the pid
# to another process, so the process must have our configuration in its arguments.
alive() { [ -s "$dir/$1.pid" ] && grep -qsF "$conf" "/proc/$(cat "$dir/$1.pid" 2>/dev/null)/cmdline"; }

# Daemons must not inherit the lock (9), or the next call would wait forever.
daemon() { "$@" </dev/null >>"$dir/log/start.log" 2>&1 9>&-; }

# Runs a command of the setup; its output goes to the log.
quietly() { "$@" </dev/null >>"$dir/log/start.log" 2>&1 9>&-; }

make_monitor() {
  rm -rf "$dir/monmap" "$dir/keyring" "$dir/mon"
  mkdir -p "$dir/mon"
  # One keyring for every process; the gateway refuses to start without authentication.
  quietly ceph-authtool --create-keyring "$dir/keyring" --gen-key -n mon. --cap mon 'allow *'
  quietly ceph-authtool "$dir/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  quietly ceph-authtool "$dir/keyring" --gen-key -n client.rgw --cap mon 'allow rw' --cap osd 'allow rwx' --cap mgr 'allow rw'
  quietly ceph-authtool "$dir/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *' --cap mgr 'allow profile osd'
  quietly monmaptool --create --addv a "[v2:127.0.0.1:$mon_port_v2,v1:127.0.0.1:$mon_port_v1]" --fsid "$(cat "$dir/fsid")" "$dir/monmap"
  quietly ceph-mon -c "$conf" --mkfs -i a --monmap "$dir/monmap" --keyring "$dir/keyring"
}

make_store() {
  local uuid
  uuid=$(cat /proc/sys/kernel/random/uuid)
  quietly ceph -c "$conf" osd new "$uuid" 0
  quietly ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$uuid"
}

answers() { curl --noproxy '*' -fsS -o /dev/null --max-time 2 "http://127.0.0.1:$http_port/" 2>/dev/null; }

wait_for_gateway() {
  local tries missing=0
  for tries in $(seq 600); do
    answers && return 0
    # The gateway writes its pid file a moment after the command returns.
    if alive client; then missing=0; else missing=$((missing + 1)); fi
    [ "$missing" -lt 100 ] || break
    sleep 0.05
  done
  die "the gateway did not respond after $tries attempts; see $dir/log"
}

make_users() {
  [ ! -e "$dir/users.done" ] || return 0
  quietly radosgw-admin -c "$conf" -n client.rgw user create --uid=test --display-name=test --access-key="$access_key" --secret-key="$secret_key"
  quietly radosgw-admin -c "$conf" -n client.rgw user create --uid=other --display-name=other --access-key="$other_access_key" --secret-key="$other_secret_key"
  # The gateway issues sessions of this role, and refuses any other session token.
  quietly radosgw-admin -c "$conf" -n client.rgw role create --role-name="$role" --path=/ --assume-role-policy-doc='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/test"]},"Action":["sts:AssumeRole"]}]}'
  quietly radosgw-admin -c "$conf" -n client.rgw role-policy put --role-name="$role" --policy-name=all --policy-doc='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":"arn:aws:s3:::*"}]}'
  touch "$dir/users.done"
}

make_bucket() {
  local answer # the content hash below is the SHA-256 of an empty body; 409 means that the bucket exists
  answer=$(curl --noproxy '*' -s -o /dev/null -w '%{http_code}' --max-time 20 -X PUT --user "$access_key:$secret_key" --aws-sigv4 aws:amz:us-east-1:s3 \
    -H 'x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' "http://127.0.0.1:$http_port/$bucket")
  case $answer in 200 | 409) ;; *) die "the bucket was not created: HTTP $answer" ;; esac
}

# ---------------------------------------------------------------- commands

with_lock() {
  mkdir -p "$dir"
  chmod 700 "$dir"
  exec 9>"$dir/lock"
  flock -w 300 9 || die "another call holds $dir/lock"
}

start() {
  case $store in memstore | bluestore) ;; *) die "RGW_STORE is memstore or bluestore, not $store" 2 ;; esac
  case $dir in *[[:space:]]*) die "RGW_DIR may not contain spaces: $dir" 2 ;; esac
  install_packages
  with_lock
  # Keeps the ports while a process of this server runs or its data exists.
  if ! alive mon && ! alive osd && ! alive client && [ ! -e "$dir/osd/whoami" ]; then rm -f "$ports_file"; fi
  choose_ports
  load_ports
  write_config
  if ! alive mon; then
    [ -e "$dir/mon/store.db" ] || make_monitor
    daemon ceph-mon -c "$conf" -i a || die "the monitor did not start; see $dir/log"
  fi
  if ! alive osd; then
    [ -e "$dir/osd/whoami" ] || make_store
    daemon ceph-osd -c "$conf" -i 0 || die "the object store did not start; see $dir/log"
  fi
  if ! alive client; then
    daemon radosgw -c "$conf" -n client.rgw --rgw_init_timeout=60 || die "the gateway did not start; see $dir/log"
  fi
  wait_for_gateway
  make_users
  make_bucket
  print_env
}

print_env() {
  load_ports || die "no server was started in $dir"
  printf 'export %s=%q\n' \
    HOIST_TEST_S3_ENDPOINT "http://127.0.0.1:$http_port" \
    HOIST_TEST_S3_ENDPOINT_TLS "https://127.0.0.1:$https_port" \
    HOIST_TEST_S3_CA "$dir/tls.crt" \
    HOIST_TEST_S3_VHOST "$dns_name" \
    HOIST_TEST_S3_BUCKET "$bucket" \
    HOIST_TEST_S3_KEY "$access_key" \
    HOIST_TEST_S3_SECRET "$secret_key" \
    HOIST_TEST_S3_OTHER_KEY "$other_access_key" \
    HOIST_TEST_S3_OTHER_SECRET "$other_secret_key" \
    HOIST_TEST_S3_ROLE "arn:aws:iam:::role/$role"
}

stop_process() { # stop_process NAME SIGNAL
  if alive "$1"; then
    local pid
    pid=$(cat "$dir/$1.pid")
    kill -s "$2" "$pid" || true
    for _ in $(seq 400); do
      alive "$1" || break
      sleep 0.05
    done
    ! alive "$1" || kill -s KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$dir/$1.pid"
}

stop() {
  [ -d "$dir" ] || return 0
  with_lock
  # A memstore loses its data anyway, so a clean exit is unnecessary.
  local signal=TERM name
  [ "$(cat "$dir/store" 2>/dev/null)" != memstore ] || signal=KILL
  for name in client osd mon; do stop_process "$name" "$signal"; done
  if [ "$signal" = KILL ]; then
    rm -rf "$dir"/{mon,osd,run,users.done,monmap,fsid,keyring,ports,ceph.conf}
  fi
}

status() {
  local name down=0
  for name in mon osd client; do
    if alive "$name"; then
      local pid
      pid=$(cat "$dir/$name.pid")
      say "$name pid $pid, $(awk '/^VmRSS/ {printf "%.0f MiB", $2 / 1024}' "/proc/$pid/status")"
    else
      say "$name down"
      down=1
    fi
  done
  return $down
}

case ${1:-} in
  install) install_packages ;;
  start) start ;;
  stop) stop ;;
  status) status ;;
  env) print_env ;;
  wipe) stop; rm -rf "$dir" ;;
  *) say "usage: $0 install|start|stop|status|env|wipe"; exit 2 ;;
esac
