#!/bin/sh
# Ray of one node, as its user and beside any other Ray: started in a session of its own, told from others by STYX_RAY in its environment.
#   ray-run.sh head|worker INSTALLATION CLUSTER NODE ENVIRONMENT IP FROM SPAN HEAD NAME GPUS DEVICES RESOURCES   stdin: the token
#   ray-run.sh stop INSTALLATION CLUSTER NODE
#   ray-run.sh forget INSTALLATION CLUSTER NODE     stop, and remove all that was written, here and in the temp folder
# IP: the node's own; FROM: the port where the search for SPAN free ones begins; HEAD: the head's address (of the head itself: none);
# GPUS: how many; DEVICES: which (CUDA_VISIBLE_DEVICES), none, or empty: all; RESOURCES: JSON.
# A start ends with `up PORT TEMP`, also where it runs already; else with exit 1 and on stderr why. `ray stop` is never used: it ends
# everybody's. Running it again is safe.
export LC_ALL=C
umask 077
verb=$1 installation=$2 cluster=$3 node=$4
home=$HOME/.styx-node/$installation/$cluster/$node
ray=$home/ray
# Short, for sockets lie in it; the same on every node of a cluster, as Ray wants it; several nodes on one machine share it.
base=/tmp/styx-ray-$(printf %.8s "$cluster")-$(id -u)
# Ray opens its own folder to everybody; what is around it stays ours.
temp=$base/r

# The processes of this node's Ray, as `PID…`: those that carry our mark, their whole sessions, and all descendants. Ray retitles some
# so that their mark cannot be read, and workers and jobs have groups and sessions of their own: one of these ways finds each.
# $1: sessions known before.
ours() {
  marked=$(grep -lF "STYX_RAY=$node" /proc/[0-9]*/environ 2>/dev/null | sed 's|^/proc/\([0-9]*\)/.*|\1|')
  ps -eo pid=,ppid=,sid=,stat= | awk -v marked="$marked" -v known="$1" -v me=$$ '
    BEGIN { n = split(marked, m); for (i = 1; i <= n; i++) mark[m[i]]; n = split(known, k); for (i = 1; i <= n; i++) session[k[i]] }
    { parent[$1] = $2; sid[$1] = $3; ended[$1] = $4 ~ /^Z/; if ($1 in mark) session[$3] }
    END {
      for (p in parent) if (p in mark || sid[p] in session) got[p]
      do { more = 0; for (p in parent) if (!(p in got) && (parent[p] in got)) { got[p]; more = 1 } } while (more)
      for (p = me; p in parent && p > 1; p = parent[p]) delete got[p]
      for (p in got) if (!ended[p]) printf "%s ", p
      printf "\n"
      for (s in session) printf "%s ", s
      printf "\n"
    }'
}

# TERM, five seconds, then KILL until nothing is left.
stop() {
  sessions= round=0
  while :; do
    found=$(ours "$sessions")
    pids=$(printf '%s\n' "$found" | sed -n 1p) sessions=$(printf '%s\n' "$found" | sed -n 2p)
    [ -n "$pids" ] || break
    if [ $round = 0 ]; then kill -TERM $pids 2>/dev/null; elif [ $round -gt 10 ]; then kill -KILL $pids 2>/dev/null; fi
    round=$((round + 1))
    [ $round -lt 60 ] || { echo "these do not end: $pids" >&2; return 1; }
    sleep 0.5
  done
  rm -f "$ray/up" "$ray/start.rc"
  leave
}

# Takes this node's name out of the temp folder, and the folder with the last name.
leave() {
  [ -d "$base" ] && [ ! -L "$base" ] && [ -O "$base" ] || return 0
  rm -f "$base/node-$node"
  for other in "$base"/node-*; do [ -e "$other" ] && return; done
  rm -rf "$base"
}

forget() {
  stop || return 1
  rm -rf "$ray"
  echo forgotten
}

# Do the daemons live that all others live by?
runs() {
  [ -f "$ray/up" ] || return
  for pid in $(sed -n 's/^daemons //p' "$ray/up"); do grep -qsF "STYX_RAY=$node" "/proc/$pid/environ" || return; done
}

# Those of them that there are: raylet, and on the head gcs_server.
daemons() {
  for pid in $(ours '' | sed -n 1p); do
    case $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) in */raylet\ * | */gcs_server\ *) printf '%s ' "$pid" ;; esac
  done
}

# The first port of SPAN that nobody listens on, from FROM on. On all addresses, as Ray’s daemons listen.
free_ports() {
  "$python" -I - "$1" "$2" <<'PYTHON'
import socket, sys
first, span = int(sys.argv[1]), int(sys.argv[2])
LOW, HIGH = 20000, 32000
def free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("0.0.0.0", port))
            return True
        except OSError:
            return False
slots = [p for p in range(LOW, HIGH - span + 1, 100)]
start = min(range(len(slots)), key=lambda i: abs(slots[i] - first))
for base in slots[start:] + slots[:start]:
    if all(free(base + i) for i in list(range(9)) + list(range(20, span))):
        print(base)
        break
PYTHON
}

reaches() {
  "$python" -I - "$1" <<'PYTHON'
import socket, sys
host, port = sys.argv[1].rsplit(":", 1)
try:
    socket.create_connection((host.strip("[]"), int(port)), 5).close()
except OSError as error:
    sys.exit("%s cannot be reached from here: %s" % (sys.argv[1], error))
PYTHON
}

start() {
  kind=$1 environment=$2 ip=$3 from=$4 span=$5 head=$6 name=$7 gpus=$8 devices=$9
  shift 9
  resources=$1
  python=$ray/$environment/bin/python
  if runs && [ "$(sed -n 's/^for //p' "$ray/up")" = "$environment $ip $head" ]; then
    echo "It runs already"
    sed -n 's/^up /up /p' "$ray/up"
    return
  fi
  stop || return 1
  [ -f "$ray/$environment/.whole" ] || { echo "$ray/$environment is not installed" >&2; return 1; }
  cat >"$ray/token.$$" && mv "$ray/token.$$" "$ray/token" || return 1
  [ $kind = head ] || reaches "$head" || return 1
  mkdir -m 700 "$base" 2>/dev/null || { [ -d "$base" ] && [ ! -L "$base" ] && [ -O "$base" ] && chmod 700 "$base"; } ||
    { echo "$base is somebody else’s" >&2; return 1; }
  : >"$base/node-$node" || return 1
  # Nodes that share a machine share the folder too, and Ray numbers the sockets in it without a lock: one starts at a time.
  exec 8>"$base/lock" || return 1
  if command -v flock >/dev/null 2>&1; then flock -w 100 8 || { echo "another start goes on in $base" >&2; return 1; }; fi
  port=$(free_ports "$from" "$span")
  [ -n "$port" ] || { echo "no $span ports in a row are free from 20000 to 32000" >&2; return 1; }
  set -- --node-manager-port=$((port + 3)) --object-manager-port=$((port + 4)) --dashboard-agent-listen-port=$((port + 5)) \
    --dashboard-agent-grpc-port=$((port + 6)) --runtime-env-agent-port=$((port + 7)) --metrics-export-port=$((port + 8)) \
    --min-worker-port=$((port + 20)) --max-worker-port=$((port + span - 1)) \
    --node-ip-address="$ip" --node-name="$name" --num-gpus="$gpus" --resources="$resources" \
    --temp-dir="$temp" --include-log-monitor=false --disable-usage-stats --log-style=record --log-color=false
  if [ $kind = head ]; then
    set -- --head --port=$port --dashboard-host=127.0.0.1 --dashboard-port=$((port + 1)) --ray-client-server-port=$((port + 2)) "$@"
  else
    set -- --address="$head" "$@"
  fi
  echo "Starting it on $ip, ports $port to $((port + span - 1))"
  rm -f "$ray/start.rc"
  case $devices in
    '') ;;
    none) export CUDA_VISIBLE_DEVICES= ;;
    *) export CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES="$devices" ;;
  esac
  # Its session’s first process stays: it carries the mark, whatever Ray’s own do. Ray finds out about a machine that is cut off within 10 s.
  # 3.11.2 and 3.11.7 understand each other; by itself Ray wants them to the last digit.
  env -u RAY_ADDRESS -u VIRTUAL_ENV STYX_RAY="$node" RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH="$ray/token" \
    RAY_health_check_period_ms=1000 RAY_health_check_timeout_ms=1500 RAY_health_check_failure_threshold=3 \
    RAY_health_check_initial_delay_ms=1000 RAY_DEFAULT_PYTHON_VERSION_MATCH_LEVEL=minor \
    setsid sh -c 'cd / && "$@" >"$0/start.log" 2>&1; echo $? >"$0/rc.new"; mv "$0/rc.new" "$0/start.rc"; exec sleep 2147483647' \
    "$ray" "$python" "$ray/$environment/bin/ray" start "$@" </dev/null >/dev/null 2>&1 8>&- 9>&- &
  waited=0
  until [ -f "$ray/start.rc" ]; do
    sleep 0.2
    waited=$((waited + 1))
    [ $waited -lt 600 ] || break
  done
  code=$(cat "$ray/start.rc" 2>/dev/null)
  daemons=$(daemons)
  if [ "$code" != 0 ] || [ -z "$daemons" ] || { [ $kind = head ] && ! answers; }; then
    tail -n 40 "$ray/start.log" >&2
    stop
    return 1
  fi
  printf 'daemons %s\nfor %s\nup %s %s\n' "$daemons" "$environment $ip $head" "$port" "$temp" >"$ray/up.new" && mv "$ray/up.new" "$ray/up"
  sed -n 's/^up /up /p' "$ray/up"
}

# Does its dashboard answer, and is it ours? Ray says that all is well where it got no port for it.
answers() {
  "$python" -I - $((port + 1)) "$ray/token" "$temp" <<'PYTHON'
import json, os, sys, time, urllib.request
port, token, temp = sys.argv[1], open(sys.argv[2]).read(), sys.argv[3]
request = urllib.request.Request("http://127.0.0.1:%s/api/version" % port, headers={"Authorization": "Bearer " + token})
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
why, until = "", time.time() + 30
while time.time() < until:
    try:
        said = json.load(opener.open(request, timeout=5))
        session = os.path.basename(os.path.realpath(os.path.join(temp, "session_latest")))
        if said.get("session_name", session) == session:
            sys.exit(0)
        why = "another Ray answers there"
    except Exception as error:
        why = error
    time.sleep(0.5)
sys.exit("its dashboard on 127.0.0.1:%s does not answer: %s" % (port, why))
PYTHON
}

case $verb in
  forget) [ -d "$ray" ] || leave; [ -d "$ray" ] || [ -n "$(ours '' | sed -n 1p)" ] || { echo forgotten; exit; } ;;
  *) [ -f "$home/.styx-node" ] && mkdir -p "$ray" || { echo "$home is not there" >&2; exit 1; } ;;
esac
# One of these at a time: a killed Styx leaves an earlier one behind.
mkdir -p "$ray" || exit 1
exec 9>"$ray/lock" || exit 1
if command -v flock >/dev/null 2>&1; then flock -w 120 9 || { echo "another start or stop goes on here" >&2; exit 1; }; fi
case $verb in
  head | worker) shift 4; start "$verb" "$@" ;;
  stop) stop && echo stopped ;;
  forget) forget ;;
  *) echo "ray-run.sh: what is $verb?" >&2; exit 2 ;;
esac
