#!/bin/sh
# Styx' folder of one node: ~/.styx-node/INSTALLATION/CLUSTER/NODE, 0700, with a marker file that says whose it is.
#   folder.sh make|look|measure|remove INSTALLATION CLUSTER NODE
# Prints `folder PATH`, then one word: made, kept, absent, foreign, removed (measure: `kept KILOBYTES`). Running it again is safe.
# What goes wrong is on stderr in the system's own words, with exit 1; `no-home` where HOME is of no use.
export LC_ALL=C
umask 077
verb=$1 installation=$2 cluster=$3 node=$4

case ${HOME-} in
  /*) [ -d "$HOME" ] || { echo no-home; exit 1; } ;;
  *) echo no-home; exit 1 ;;
esac
root=$HOME/.styx-node
folder=$root/$installation/$cluster/$node
marker=$folder/.styx-node
ours="styx-node 1
installation $installation
cluster $cluster
node $node"

echo "folder $folder"

# Behind a folder that may not be entered everything looks absent: that is unknown, not gone.
for level in "$HOME" "$root" "$root/$installation" "$root/$installation/$cluster" "$folder"; do
  [ ! -d "$level" ] || [ -x "$level" ] || { echo "$level: Permission denied" >&2; exit 1; }
done

there() { [ -e "$folder" ] || [ -L "$folder" ]; }
is_ours() { [ -f "$marker" ] && [ "$(cat "$marker")" = "$ours" ]; }
# Nothing in it but, perhaps, markers that a crash left half written: safe to take and to remove, for nothing can be lost.
is_bare() { [ -d "$folder" ] && [ ! -L "$folder" ] && has_only '\.styx-node\.[0-9]*'; }
# has_only PATTERN: every name in it fits, if there is one. What cannot be listed is not known to be empty.
has_only() {
  names=$(ls -A "$folder") || return 1
  [ -z "$names" ] || [ "$(printf '%s\n' "$names" | grep -cvx "$1")" = 0 ]
}

make() {
  if there; then
    # Twice, for between the two looks another make may have ended.
    is_ours && { echo kept; return; }
    is_bare || is_ours || { echo foreign; return; }
  fi
  # A killed engine leaves us behind, and the next one may have begun this again, or removed it since: then nothing is made here.
  kill -0 "$PPID" 2>/dev/null || return 1
  mkdir -p "$folder" && chmod 700 "$folder" || return 1
  { printf '%s\n' "$ours" | cat >"$marker.$$" && mv -f "$marker.$$" "$marker"; } || is_ours || return 1
  rm -f "$marker".[0-9]* # what a crash left; also what another make is about to move, which then finds the marker there
  echo made
}

look() {
  there || { echo absent; return; }
  is_ours && echo kept || echo foreign
}

measure() {
  there || { echo absent; return; }
  is_ours || { echo foreign; return; }
  kilobytes=$(du -skx "$folder" 2>/dev/null)
  echo "kept ${kilobytes%%[!0-9]*}"
}

# All but the marker, so that a removal cut short is still known as ours. -xdev: what somebody mounted in it is not ours.
empty() (
  cd "$folder" || exit 1
  find . -xdev -type d ! -perm -700 -exec chmod u+rwx {} \; 2>/dev/null # read-only folders, as Go's module cache has them
  find . -xdev ! -type d ! -path ./.styx-node -exec rm -f {} +
  find . -xdev -depth -type d ! -path . -exec rmdir {} +
)

remove() {
  word=absent
  if there; then
    is_ours || is_bare || { echo foreign; return; }
    # The shells that a tmux of ours still keeps there (terminal.sh).
    [ ! -S "$folder/tmux" ] || (cd "$folder" && tmux -S tmux kill-server) >/dev/null 2>&1
    # What is just ending there may still write its last word: what it made meanwhile goes too.
    tries=1
    until said=$(empty 2>&1); do
      [ $tries -lt 4 ] || { printf '%s\n' "$said" >&2; return 1; }
      tries=$((tries + 1))
      sleep 1
    done
    has_only '\.styx-node' && rm -f "$marker" || return 1
    if [ -L "$folder" ]; then rm "$folder"; else rmdir "$folder"; fi || return 1
    word=removed
  fi
  # The parents too, where no other node lives in them.
  rmdir "$root/$installation/$cluster" "$root/$installation" "$root" 2>/dev/null
  echo $word
}

case $verb in
  make | look | measure | remove) "$verb" ;;
  *) echo "folder.sh: what is $verb?" >&2; exit 2 ;;
esac
