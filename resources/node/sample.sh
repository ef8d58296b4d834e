#!/bin/sh
# Styx' readings of this machine (this is what ps shows): a loop of single shots, read by src/main/gpu/sample.ts. Changes nothing.
# stdin: `INTERVAL DETAILS`: whole seconds between two shots, and between two looks at what changes slowly; each further line changes
# both at once. The end of stdin ends the loop, so that nothing is left behind when whoever asked is gone. POSIX sh (dash, busybox, bash 3).
# stdout: a block per shot, `tick N` … `end N`. nvidia-smi and df may hang (a broken driver, a dead file server), so they run beside
# the loop and answer on their own: `gpu N ROW` … `gpu-exit N CODE`, `gpu-late N SECONDS` while the last one has not ended, `gpu-none N`
# where there is nothing to ask; `disk`, `details` and `xid` alike. What GPUs answer begins with `fields …`: the columns of the rows.
export LC_ALL=C
PATH="$PATH:/usr/sbin:/sbin:/usr/lib/wsl/lib:/usr/local/nvidia/bin"
GPU_FIELDS=uuid,utilization.gpu,memory.used,temperature.gpu,power.draw
DETAIL_FIELDS=uuid,pci.bus_id,power.limit,clocks.sm,clocks.max.sm,clocks.mem,clocks.max.mem,\
ecc.errors.corrected.volatile.total,ecc.errors.uncorrected.volatile.total,clocks_event_reasons.active,mig.mode.current
XID_EVERY_s=60

has() { command -v "$1" >/dev/null 2>&1; }
# A session of its own is a process group of its own: all of it can be killed at once.
if has setsid; then isolated=setsid group=-; else isolated='' group=''; fi

# All that one command says, each line in one write, so that it never lands in the middle of another.
SHOT='tag=$1 n=$2; shift 2
said=$("$@" 2>&1 </dev/null); code=$?
printf "%s\n" "$said" | while IFS= read -r line; do printf "%s\n" "$tag $n $line"; done
echo "$tag-exit $n $code"'

# ask FIELDS: what nvidia-smi says of each GPU. A field that this driver does not know is left out, or asked by its older name.
ASK='ask() {
  fields=$1
  while :; do
    said=$(nvidia-smi --query-gpu="$fields" --format=csv,noheader,nounits 2>&1); code=$?
    refused=$(printf "%s\n" "$said" | sed -n "s/^Field \"\([a-z_.]*\)\" is not a valid field to query.*/\1/p" | sed 1q)
    instead=""
    [ "$refused" != clocks_event_reasons.active ] || instead=clocks_throttle_reasons.active
    less=""
    IFS=,
    for field in $fields; do
      [ "$field" != "$refused" ] || field=$instead
      less=$less${field:+,$field}
    done
    unset IFS
    [ "${less#,}" != "$fields" ] || break
    fields=${less#,}
  done
}
'

# Each GPU, what computes on it, whose it is, and how it is cut up (MIG).
DETAILS='ask "$1"
printf "%s\n" "fields $fields" "$said" | sed "s/^/gpu /"
echo "gpu-exit $code"
apps=$(nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_memory --format=csv,noheader,nounits 2>&1); code=$?
printf "%s\n" "$apps" | sed "s/^/app /"
echo "app-exit $code"
for pid in $(printf "%s\n" "$apps" | cut -d, -f2 | grep "^ *[0-9][0-9]* *$" | sort -u | head -n 256); do
  [ -d /proc/$pid ] || continue
  printf "who %s %s %s\n" $pid "$(stat -c "%U %u" /proc/$pid 2>/dev/null)" "$(tr "\000-\037" " " </proc/$pid/cmdline 2>/dev/null | cut -c 1-300)"
done
case $said in *Enabled*) nvidia-smi -L 2>&1 | sed "s/^/list /" ;; esac'

# What the driver wrote into the kernel log, where it may be read: an empty one is one that may not.
XIDS='echo "uptime $(cut -d " " -f 1 /proc/uptime)"
{ dmesg || journalctl --dmesg --boot --quiet --no-pager --output=short-monotonic; } 2>/dev/null | awk "
  /NVRM: Xid/ { line[n++] = \$0 }
  END { for (i = n > 50 ? n - 50 : 0; i < n; i++) print line[i]; exit NR == 0 }"'

# beside TAG PATIENCE COMMAND…: starts it beside the loop. One that has not ended by then is let be, and killed once it took so many seconds.
beside() {
  tag=$1 patience_s=$2; shift 2
  eval "pid=\${${tag}_pid-} since=\${${tag}_since-}"
  if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then
    age=$((now - since))
    [ "$age" -lt "$patience_s" ] || kill -s KILL -- "$group$pid" 2>/dev/null
    echo "$tag-late $n $age"
    return
  fi
  $isolated sh -c "$SHOT" styx-shot "$tag" "$n" "$@" &
  eval "${tag}_pid=$! ${tag}_since=$now"
}

finish() {
  for pid in "${gpu_pid-}" "${disk_pid-}" "${details_pid-}" "${xid_pid-}"; do
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
    FILENAME == "/proc/meminfo" && /^(Mem(Total|Available)|Swap(Total|Free)):/ { print "memory", $1, $2 }
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
  sysctl -n vm.swapusage | awk '{ print "memory Swap-kB:", int($3 * 1024); print "memory Swap-used-kB:", int($6 * 1024) }'
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
interval_s='' details_s=''
details_at=0 xid_at=0
read -r line || exit 0
while :; do
  case $line in
    [1-9]' '[1-9]* | [1-9][0-9]' '[1-9]*) interval_s=${line% *} details_s=${line#* } ;;
  esac
  case $interval_s$details_s in '' | *[!0-9]*) echo "no interval: $line"; exit 1 ;; esac
  n=$((n + 1))
  now=$(date +%s)
  if has nvidia-smi; then
    beside gpu 5 sh -c "$ASK"'ask "$1"; printf "%s\n" "fields $fields" "$said"; exit $code' styx-ask $GPU_FIELDS
    if [ $((now - details_at)) -ge "$details_s" ]; then
      details_at=$now
      beside details 15 sh -c "$ASK$DETAILS" styx-details $DETAIL_FIELDS
    fi
    if [ $((now - xid_at)) -ge $XID_EVERY_s ]; then
      xid_at=$now
      beside xid 30 sh -c "$XIDS"
    fi
  else
    echo "gpu-none $n"
  fi
  if [ -d "${HOME-}" ]; then beside disk 5 df -Pk "$HOME"; else echo "disk-none $n"; fi
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
