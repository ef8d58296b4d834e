#!/bin/sh
# Styx asks what Ray could run with here: read by src/main/ray/look.ts. Changes nothing.
#   ray-look.sh [WHEELS]
# Prints `system NAME`, `python VERSION PATH` for each Python, `wheel NAME` for each wheel of Ray in the folder WHEELS (`no-wheels`: there is
# no such folder), then `end`.
export LC_ALL=C
wheels=${1-}
# What the user installed is not on the PATH of a program that ssh starts.
PATH=$PATH:/usr/local/bin:$HOME/.local/bin:/opt/conda/bin:$HOME/miniforge3/bin:$HOME/miniconda3/bin:$HOME/anaconda3/bin

echo "system $(uname -s)"

# The version of a Python 3 that really runs: some are only a name (a shim of pyenv, one in a home that one may not enter).
try() {
  version=$("$1" -I -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null </dev/null) || return
  printf 'python %s %s\n' "$version" "$1"
}
for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python3.9; do
  path=$(command -v $name 2>/dev/null) && try "$path"
done
# Those that uv installed.
for path in "$HOME"/.local/share/uv/python/cpython-3.*/bin/python3; do
  [ -x "$path" ] && try "$path"
done

if [ -n "$wheels" ]; then
  if [ -d "$wheels" ] && [ -r "$wheels" ]; then
    for wheel in "$wheels"/ray-*.whl; do [ -f "$wheel" ] && printf 'wheel %s\n' "${wheel##*/}"; done
  else
    echo no-wheels
  fi
fi
echo end
