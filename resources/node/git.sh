#!/bin/sh
# Puts a commit of a Git repository into a folder; what is not of it stays. Read by src/main/files/git.ts.
#   git.sh FOLDER URL [REF]   REF: a branch, a tag or a commit; none: what the repository shows by itself
# Prints `at COMMIT`, or `no-git`, `no-ref`, `no-way` with Git's words on stderr.
export GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND="${GIT_SSH_COMMAND:-ssh -o BatchMode=yes -o ConnectTimeout=15}" LC_ALL=C
command -v git >/dev/null 2>&1 || { echo no-git; exit 4; }
mkdir -p "$1" && cd "$1" || exit 1
[ -d .git ] || git init -q . || exit 1
g() { git -c safe.directory='*' -c protocol.ext.allow=never -c gc.auto=0 "$@"; }
if [ -z "$3" ]; then
  g fetch -q --force -- "$2" HEAD || { echo no-way; exit 5; }
  commit=$(g rev-parse FETCH_HEAD) || exit 1
else
  g fetch -q --force --prune -- "$2" '+refs/heads/*:refs/styx/heads/*' '+refs/tags/*:refs/styx/tags/*' || { echo no-way; exit 5; }
  commit=
  for name in "refs/styx/heads/$3" "refs/styx/tags/$3" "$3"; do
    commit=$(g rev-parse -q --verify "$name^{commit}" 2>/dev/null) && break
  done
  # A commit that no branch has any more, where the server gives it out.
  [ -n "$commit" ] || { g fetch -q -- "$2" "$3" 2>/dev/null && commit=$(g rev-parse FETCH_HEAD); } || { echo no-ref; exit 6; }
fi
g checkout -q --force --detach "$commit" || exit 1
echo "at $commit"
