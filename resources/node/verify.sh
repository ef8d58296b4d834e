#!/bin/sh
# Styx runs this in a node's folder: can a shell start here, write, read back and remove? `verify.sh WORD` prints `same` or `different`, then
# `disk-kB` and df's line of this folder. What goes wrong is on stderr in the system's own words, with exit 1.
export LC_ALL=C
umask 077
file=.styx-verify.$$
trap 'rm -f "$file"' EXIT
trap 'exit 1' HUP INT TERM
printf '%s\n' "$1" | cat >"$file" || exit 1
if [ "$(cat "$file")" = "$1" ]; then echo same; else echo different; fi
rm -f "$file" || exit 1
echo "disk-kB $(df -Pk . | sed -n '$p')"
