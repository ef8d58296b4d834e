#!/bin/sh
# Lists a folder of a node. Read by src/main/files/list-folder.ts. POSIX sh with stat, xargs -0 (dash, busybox, bash 3). Changes nothing.
#   list.sh INSTALLATION CLUSTER NODE PATH   PATH empty: the node's workdir, or home where there is none yet
# Prints PATH NUL COUNT NUL, then of each name, and once more of what each link leads to: MODE(hex) BYTES MTIME(epoch s) ./NAME and a newline.
# No name holds a slash, so nothing in a name can be taken for the begin of the next one. Of very many, the first 1500.
export LC_ALL=C
to=$4
[ -n "$to" ] || { to=$HOME/.styx-node/$1/$2/$3/workdir; [ -d "$to" ] || to=$HOME; }
cd -P "$to" || exit 1
[ -r . ] || { echo "$to: Permission denied" >&2; exit 1; }
if stat -c %f . >/dev/null 2>&1; then format=-c; form='%f %s %Y %n'; else format=-f; form='%Xp %z %m %N'; fi

set -- * .[!.]* ..?*
n=0
for name do if [ -e "$name" ] || [ -L "$name" ]; then n=$((n + 1)); fi; done
printf '%s\0%s\0' "$PWD" "$n"
first() { # prints the first names, all or links alone
  only=$1 n=0
  shift
  for name do
    [ -e "$name" ] || [ -L "$name" ] || continue
    n=$((n + 1))
    [ $n -le 1500 ] || break
    [ "$only" = all ] || [ -L "$name" ] || continue
    printf './%s\0' "$name"
  done
}
[ $n -gt 0 ] || exit 0
first all "$@" | xargs -0 stat $format "$form" 2>/dev/null # what went meanwhile is not said
printf '\0'
first links "$@" | xargs -0 sh -c '[ $# -lt 3 ] || exec stat -L "$@"' sh $format "$form" 2>/dev/null
exit 0
