#!/usr/bin/env bash
# npm run test:setup: what the full tests need beyond npm's packages, on Debian as root. Says what it did; running it again does nothing.
set -euo pipefail

# program or library → the package that brings it
declare -A wanted=([Xvfb]=xvfb [xauth]=xauth [htop]=htop [vim]=vim [busybox]=busybox [rg]=ripgrep [gnome-keyring-daemon]=gnome-keyring [dbus-run-session]=dbus [python3]=python3-minimal [/usr/sbin/sshd]=openssh-server [ssh]=openssh-client [rsync]=rsync [tmux]=tmux [fish]=fish [tcsh]=tcsh [zsh]=zsh)
if [ -n "${STYX_ELECTRON:-}" ]; then
  for library in libgtk-3-0 libnss3 libasound2 libgbm1 libxss1 libatk-bridge2.0-0 libdrm2 libxkbcommon0 libcups2 libatspi2.0-0 libnotify4; do
    wanted[$library]=$library
  done
fi

there() { command -v "$1" >/dev/null || dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

missing=()
for thing in "${!wanted[@]}"; do
  there "$thing" || missing+=("${wanted[$thing]}")
done

if [ ${#missing[@]} -eq 0 ]; then
  echo 'test:setup: everything is there'
elif ! command -v apt-get >/dev/null; then
  echo "test:setup: this is no Debian; install by hand: ${missing[*]}. Until then the tests that need them are skipped and say so."
elif [ "$(id -u)" -ne 0 ]; then
  echo "test:setup: not root, so nothing was installed. Missing: ${missing[*]}. Run: sudo apt-get install ${missing[*]}"
else
  log=$(mktemp)
  # sshd is wanted as a program, not as a service: nothing that is installed here may be started.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    trap 'rm -f $policy' EXIT
  fi
  if apt-get update >"$log" 2>&1 &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
    if [[ " ${missing[*]} " == *' openssh-server '* ]]; then systemctl disable ssh >>"$log" 2>&1 || true; fi
    echo "test:setup: installed ${missing[*]}"
    rm -f "$log"
  else
    tail -20 "$log"
    echo "test:setup: apt-get could not install ${missing[*]} (above; all of it in $log)"
    exit 1
  fi
fi
