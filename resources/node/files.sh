#!/bin/sh
# Styx sends a task's files to a node. Read by src/main/files/sync.ts. POSIX sh with tar, tr, xargs -0 (dash, busybox, bash 3).
#   files.sh look   INSTALLATION CLUSTER NODE TARGET   stdin: paths, a line each. Prints `folder PATH`, then of each that is there
#                                                      MODE(hex) BYTES MTIME(epoch s) PATH; of none where `stat` is missing
#   files.sh sums   INSTALLATION CLUSTER NODE TARGET   stdin: paths, a line each. SHA-256 of each, in their order
#   files.sh clear  INSTALLATION CLUSTER NODE TARGET   stdin: paths, a line each, of files and links to be removed
#   files.sh unpack INSTALLATION CLUSTER NODE TARGET   stdin: tar
# TARGET: absolute, from home (~/…) or below the node's workdir. Prints `no-node` where the node's folder is gone.
node=$HOME/.styx-node/$2/$3/$4
[ -f "$node/.styx-node" ] || { echo no-node; exit 3; }
case $5 in
  /*) to=$5 ;;
  '~') to=$HOME ;;
  '~/'*) to=$HOME/${5#'~/'} ;;
  *) to=$node/workdir/$5 ;;
esac
mkdir -p "$to" && cd "$to" || exit 1

each() { tr '\n' '\0' | xargs -0 "$@"; } # a line is a path that begins with ./

case $1 in
  look)
    printf 'folder %s\n' "$(pwd -P)"
    if stat -c %f . >/dev/null 2>&1; then set -- -c '%f %s %Y %n'; else set -- -f '%Xp %z %m %N'; fi
    each stat "$@" 2>/dev/null # what is not there is not said
    ;;
  sums)
    if command -v sha256sum >/dev/null; then each sha256sum; else each shasum -a 256; fi
    ;;
  clear) each rm -f ;;
  unpack) exec tar -xpof - ;;
  *) echo "files.sh: what is $1?" >&2; exit 2 ;;
esac
