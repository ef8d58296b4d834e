#!/bin/sh
# Styx asks what this machine is: one `key value` line each, read by src/main/gpu/facts.ts. Changes nothing.
# POSIX sh (dash, busybox, macOS). What cannot be learned is left out: absent is unknown.
# nvidia-smi comes last, because it may hang: whoever waits gives up then and keeps the rest.
export LC_ALL=C
PATH="$PATH:/usr/sbin:/sbin:/usr/lib/wsl/lib:/usr/local/nvidia/bin"

has() { command -v "$1" >/dev/null 2>&1; }

# say KEY VALUE: one line, whatever the value holds. The first reading on the screen waits for these lines: no process for plain values.
say() {
  case $2 in
    '') ;;
    *[![:print:]]*) printf '%s %s\n' "$1" "$(printf %s "$2" | tr -d '\r' | tr '\n\t' '  ')" ;;
    *) printf '%s %s\n' "$1" "$2" ;;
  esac
}

# Memory limits of this process's cgroup and all above it, in bytes ("max" or a huge number: no limit).
memory_limits() {
  [ -r /proc/self/cgroup ] || return
  for version in unified memory; do
    case $version in
      unified) path=$(sed -n 's/^0:://p' /proc/self/cgroup) root=/sys/fs/cgroup file=memory.max ;;
      memory) path=$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup) root=/sys/fs/cgroup/memory file=memory.limit_in_bytes ;;
    esac
    while :; do
      [ -r "$root$path/$file" ] && say memory-limit "$(cat "$root$path/$file")"
      case $path in '' | /) break ;; esac
      path=${path%/*}
    done
  done
}

# NVIDIA's display devices on the PCI bus, driver or not.
nvidia_devices() {
  count=0
  for device in /sys/bus/pci/devices/*; do
    read -r vendor <"$device/vendor" && read -r class <"$device/class" || continue
    case "$vendor $class" in '0x10de 0x03'*) count=$((count + 1)) ;; esac
  done
  echo $count
}

linux() {
  [ -r /etc/os-release ] && sed -n 's/^\(PRETTY_NAME\|ID\|ID_LIKE\)=/os-release &/p' /etc/os-release
  say cpu "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | sort | uniq -c | sort -rn | sed -n '1s/^ *[0-9]* //p')"
  has lscpu && say cpu "$(lscpu | sed -n 's/^Model name:[[:space:]]*//p' | sed -n 1p)"
  say cores "$( (nproc || getconf _NPROCESSORS_ONLN) 2>/dev/null)"
  say memory-kB "$(sed -n 's/^MemTotal:[[:space:]]*\([0-9]*\) kB$/\1/p' /proc/meminfo)"
  memory_limits
  say machine-id "$(cat /etc/machine-id /var/lib/dbus/machine-id 2>/dev/null | sed -n 1p)"
  [ -d /sys/bus/pci/devices ] && say nvidia-devices "$(nvidia_devices)"
}

darwin() {
  say os-version "macOS $(sw_vers -productVersion)"
  say cpu "$(sysctl -n machdep.cpu.brand_string)"
  say cores "$(sysctl -n hw.logicalcpu)"
  say memory-bytes "$(sysctl -n hw.memsize)"
  say machine-id "$(ioreg -rd1 -c IOPlatformExpertDevice | sed -n 's/.*"IOPlatformUUID" = "\(.*\)"/\1/p')"
}

echo 'styx-facts 1'
say clock "$(date +%s)"
# Beside the rest: where python3 is a shim (pyenv, asdf, conda) it takes longer than everything else together.
# Apple's /usr/bin/python3 opens a dialog where its developer tools are missing.
if has python3 && { [ "$(uname -s)" != Darwin ] || xcode-select -p >/dev/null 2>&1; }; then
  say python "$(python3 --version 2>&1)" &
fi
say system "$(uname -s)"
say kernel "$(uname -r)"
say arch "$(uname -m)"
say hostname "$(uname -n)"
say uid "$(id -u)"
say home "${HOME-}"
say ssh-connection "${SSH_CONNECTION-}"
case $(uname -s) in
  Linux) linux ;;
  Darwin) darwin ;;
esac 2>/dev/null
[ -n "${HOME-}" ] && say disk-kB "$(df -Pk "$HOME" 2>/dev/null | sed -n '$p')"
for manager in apt-get dnf yum zypper pacman apk brew; do
  has $manager && say package-manager $manager
done
if has nvidia-smi; then
  echo nvidia-smi
  rows=$(nvidia-smi --query-gpu=uuid,name,memory.total --format=csv,noheader,nounits 2>&1 </dev/null)
  code=$?
  printf '%s\n' "$rows" | while IFS= read -r row; do say gpu "$row"; done
  say gpu-exit $code
  # `facts.sh processes`: also what computes on them now, and whose it is; as resources/node/sample.sh asks.
  case ${1-}:$code:$rows in
    processes:0:*GPU-*)
      apps=$(nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_memory --format=csv,noheader,nounits 2>&1 </dev/null)
      code=$?
      printf '%s\n' "$apps" | while IFS= read -r app; do say app "$app"; done
      for pid in $(printf '%s\n' "$apps" | cut -d, -f2 | grep '^ *[0-9][0-9]* *$' | sort -u | head -n 256); do
        [ -d "/proc/$pid" ] || continue
        say who "$pid $(stat -c '%U %u' "/proc/$pid" 2>/dev/null) $(tr '\000-\037' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c 1-300)"
      done
      say app-exit $code
      ;;
  esac
fi
wait
say clock "$(date +%s)"
echo end
