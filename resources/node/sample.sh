#!/bin/sh
# Styx' readings of this machine (this is what ps shows): a loop of single shots, read by src/main/gpu/sample.ts. Changes nothing.
# stdin: the interval in whole seconds; each further line changes it at once. The end of stdin ends the loop, so that nothing is left
# behind when whoever asked is gone. POSIX sh (dash, busybox, bash 3).
# stdout: a block per shot, `tick N` … `end N`. nvidia-smi and df may hang (a broken driver, a dead file server), so they run beside
# the loop and answer on their own: `gpu N ROW` … `gpu-exit N CODE`, `gpu-late N SECONDS` while the last one has not ended, `gpu-none N`
# where there is nothing to ask; `disk` alike.
export LC_ALL=C
PATH="$PATH:/usr/sbin:/sbin:/usr/lib/wsl/lib:/usr/local/nvidia/bin"
GPU_QUERY=uuid,utilization.gpu,memory.used,temperature.gpu,power.draw
PATIENCE_s=5

has() { command -v "$1" >/dev/null 2>&1; }
# A session of its own is a process group of its own: all of it can be killed at once.
if has setsid; then isolated=setsid group=-; else isolated='' group=''; fi

# All that one command says, in one write, so that it never lands in the middle of another line.
SHOT='tag=$1 n=$2; shift 2
said=$("$@" 2>&1 </dev/null); code=$?
printf "%s\n" "$(printf "%s\n" "$said" | sed "s/^/$tag $n /"; echo "$tag-exit $n $code")"'

# beside TAG COMMAND…: starts it beside the loop. One that has not ended by then is let be, and killed once it took too long.
beside() {
  tag=$1; shift
  eval "pid=\${${tag}_pid-} since=\${${tag}_since-}"
  if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then
    age=$((now - since))
    [ "$age" -lt $PATIENCE_s ] || kill -s KILL -- "$group$pid" 2>/dev/null
    echo "$tag-late $n $age"
    return
  fi
  $isolated sh -c "$SHOT" styx-shot "$tag" "$n" "$@" &
  eval "${tag}_pid=$! ${tag}_since=$now"
}

finish() {
  for pid in "${gpu_pid-}" "${disk_pid-}"; do
    [ -n "$pid" ] || continue
    # One just started may not have its group yet, and may have it a moment later.
    for target in "$group$pid" "$pid" "$group$pid"; do kill -s KILL -- "$target" 2>/dev/null; done
  done
}
trap finish EXIT
trap exit HUP INT TERM PIPE # PIPE: nobody reads any more

# Sensors of the processor: their files hold thousandths of a degree.
cpu_sensors() {
  for zone in /sys/class/thermal/thermal_zone*; do
    case $(cat "$zone/type" 2>/dev/null) in *cpu* | *pkg* | *soc*) echo "$zone/temp" ;; esac
  done
  for monitor in /sys/class/hwmon/hwmon*; do
    case $(cat "$monitor/name" 2>/dev/null) in coretemp | k10temp | zenpower) ls "$monitor"/temp*_input ;; esac
  done
}

# The files that say what of the memory this process may have, where its cgroup or one above it (a container) limits it.
cgroup_files() {
  built_in=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo) * 1024))
  unified=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
  memory=/sys/fs/cgroup/memory$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)
  for files in "$unified memory.max memory.current" "$memory memory.limit_in_bytes memory.usage_in_bytes"; do
    set -- $files
    folder=$1
    while [ "$folder" != /sys/fs ]; do
      limit=$(cat "$folder/$2" 2>/dev/null)
      case $limit in
        '' | *[!0-9]*) ;;
        *) [ "$limit" -ge "$built_in" ] || { echo "$folder/$2" "$folder/$3" "$folder/memory.stat"; return; } ;;
      esac
      folder=${folder%/*}
    done
  done
}

shot_Linux() {
  # shellcheck disable=SC2086 # lists of paths without spaces
  awk '
    FILENAME == "/proc/uptime" { print "uptime", $1 }
    FILENAME == "/proc/stat" && /^cpu[0-9]/ { print "core", $0 }
    FILENAME == "/proc/meminfo" && /^Mem(Total|Available):/ { print "memory", $1, $2 }
    FILENAME == "/proc/net/dev" && sub(/:/, " ") { print "net", $1, $2, $10 }
    FILENAME ~ /memory.(max|limit_in_bytes)$/ { print "memory", "Limit-bytes:", $1 }
    FILENAME ~ /memory.(current|usage_in_bytes)$/ { print "memory", "Usage-bytes:", $1 }
    FILENAME ~ /memory.stat$/ && /^(total_)?inactive_file / { print "memory", "Reclaimable-bytes:", $2 }
    FILENAME ~ /^\/sys\/class\// { print "temperature", $1 }
  ' /proc/uptime /proc/stat /proc/meminfo /proc/net/dev $limits $sensors 2>/dev/null
}

# macOS tells no times of single cores without a program of its own: one number for all.
shot_Darwin() {
  echo "cores-percent $(ps -A -o %cpu= | awk -v cores="$(sysctl -n hw.logicalcpu)" '{ all += $1 } END { print all / cores }')"
  echo "memory Total-bytes: $(sysctl -n hw.memsize)"
  vm_stat | awk '
    /page size of/ { print "memory Page-bytes:", $8 }
    /^Pages (active|wired down|occupied by compressor):/ { print "memory Pages:", $NF + 0 }'
  netstat -ibn | awk '$3 ~ /^<Link/ { print "net", $1, $(NF - 4), $(NF - 1) }'
}

# The wait between two shots, ended by a line. dash's read knows no time-out: there coreutils' timeout does it.
# shellcheck disable=SC3045
if (echo | read -r -t 1 _) 2>/dev/null; then
  read_for() { read -r -t "$1" line; }
else
  read_for() { line=$(timeout "$1" sh -c 'read -r line && echo "$line"'); }
fi

system=$(uname -s)
case $system in Linux | Darwin) ;; *) echo "unsupported $system"; exit 1 ;; esac
sensors=$(cpu_sensors 2>/dev/null | tr '\n' ' ')
limits=$(cgroup_files 2>/dev/null)
n=0
interval_s=''
read -r line || exit 0
while :; do
  case $line in [1-9] | [1-9][0-9]) interval_s=$line ;; esac
  [ -n "$interval_s" ] || { echo "no interval: $line"; exit 1; }
  n=$((n + 1))
  now=$(date +%s)
  # shellcheck disable=SC2086
  if has nvidia-smi; then beside gpu nvidia-smi --query-gpu=$GPU_QUERY --format=csv,noheader,nounits; else echo "gpu-none $n"; fi
  if [ -d "${HOME-}" ]; then beside disk df -Pk "$HOME"; else echo "disk-none $n"; fi
  echo "tick $n"
  shot_"$system"
  echo "end $n" || exit
  line=''
  # What a core does is the difference of two shots: the second one soon, whatever the interval.
  if [ $n -eq 1 ]; then wait_s=1; else wait_s=$interval_s; fi
  since=$(date +%s)
  # Shells answer a time-out and the end of stdin alike: a wait that ended early and brought nothing was the end.
  read_for "$wait_s" || [ $(($(date +%s) - since)) -ge "$wait_s" ] || exit 0
done
