#!/bin/sh
# Fetches what an address names onto a node, by the program there that can. Read by src/main/files/fetch.ts.
#   fetch.sh INSTALLATION CLUSTER NODE TARGET URL     TARGET as for files.sh; a bucket's folder becomes a folder, all else a file
# Only what differs is fetched of a bucket's folder; a file is whole under its name or not there. Prints `done`, `no-node` or `no-tool`.
node=$HOME/.styx-node/$1/$2/$3 url=$5
[ -f "$node/.styx-node" ] || { echo no-node; exit 3; }
case $4 in
  /*) to=$4 ;;
  '~') to=$HOME ;;
  '~/'*) to=$HOME/${4#'~/'} ;;
  *) to=$node/workdir/$4 ;;
esac
has() { command -v "$1" >/dev/null 2>&1; }
folder() { mkdir -p "$to"; }
part=$to.styx-part
# file COMMAND…: its output is the file
file() {
  mkdir -p "$(dirname "$to")" || return 1
  if [ -d "$to" ]; then to=$to/$(basename "${url%%[?#]*}"); part=$to.styx-part; fi
  "$@" && mv -f "$part" "$to" || { rm -f "$part"; return 1; }
}
with_aws() { aws s3 cp --only-show-errors "$url" "$part"; }
with_gcloud() { gcloud --quiet storage cp "$url" "$part"; }
with_gsutil() { gsutil -q cp "$url" "$part"; }
with_curl() { curl -fsSL --retry 3 --connect-timeout 20 -o "$part" -- "$url"; }
with_wget() { wget -q -O "$part" -- "$url"; }
case $url in
  s3://*)
    has aws || { echo no-tool; exit 4; }
    if aws s3 ls "${url%/}/" >/dev/null 2>&1; then folder && aws s3 sync --only-show-errors "$url" "$to"; else file with_aws; fi
    ;;
  gs://*)
    if has gcloud; then
      if gcloud --quiet storage ls "${url%/}/" >/dev/null 2>&1; then folder && gcloud --quiet storage rsync -r "$url" "$to"; else file with_gcloud; fi
    elif has gsutil; then
      if gsutil -q ls "${url%/}/" >/dev/null 2>&1; then folder && gsutil -m -q rsync -r "$url" "$to"; else file with_gsutil; fi
    else
      echo no-tool
      exit 4
    fi
    ;;
  *)
    if has curl; then file with_curl; elif has wget; then file with_wget; else echo no-tool; exit 4; fi
    ;;
esac || exit 1
echo done
