#!/bin/sh
# Ray in an environment of the cluster's own, without root: ~/.styx-node/INSTALLATION/CLUSTER/NODE/ray/VERSION-pyMINOR.
#   ray-install.sh newest  INSTALLATION CLUSTER NODE PYTHON          the newest Ray for this Python: prints `newest VERSION`
#   ray-install.sh install INSTALLATION CLUSTER NODE PYTHON VERSION MINOR [WHEELS]
#   ray-install.sh tidy    INSTALLATION CLUSTER NODE VERSION MINOR   removes the environments of other versions
# By uv where it is there or can be had from PyPI, else by pip. With WHEELS, a folder, nothing is fetched. Everything it says is for people,
# but for its last line. Running it again is safe: an environment that is whole is kept, any other is made anew.
export LC_ALL=C
umask 077
verb=$1 installation=$2 cluster=$3 node=$4
shift 4
home=$HOME/.styx-node/$installation/$cluster/$node
ray=$home/ray
[ -f "$home/.styx-node" ] || { echo "$home is not there" >&2; exit 1; }
mkdir -p "$ray" || exit 1
# A killed Styx leaves an earlier run of this behind: it ends first.
exec 9>"$ray/lock" || exit 1
if command -v flock >/dev/null 2>&1; then flock -w 600 9 || { echo "another installation goes on here" >&2; exit 1; }; fi
cache=$ray/cache
export UV_CACHE_DIR="$cache" UV_PYTHON_DOWNLOADS=never PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH
# uv believes only its own list of authorities; a company's proxy has one that the system knows. (The second name: uv before 0.11.)
for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
  [ -s "$bundle" ] && export UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1
done

# uv does not read pip's settings: where only pip was told of another index, uv is told too.
tell_uv() {
  [ -n "${UV_DEFAULT_INDEX-}${UV_INDEX_URL-}" ] || [ -f "$HOME/.config/uv/uv.toml" ] || [ -f /etc/uv/uv.toml ] && return
  index=${PIP_INDEX_URL-}
  [ -n "$index" ] || index=$("$python" -m pip config get global.index-url 2>/dev/null)
  [ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
}

# Sets uv: the user's, or one of our own out of PyPI or the wheels. Empty: it cannot be had.
find_uv() {
  for uv in "$(command -v uv)" "$HOME/.local/bin/uv" "$HOME/.cargo/bin/uv" "$ray/tool/bin/uv"; do
    [ -n "$uv" ] && "$uv" --version >/dev/null 2>&1 && return
  done
  uv=
  make_tool || return
  if [ -n "${wheels-}" ]; then set -- --no-index --find-links "$wheels"; else set --; fi
  echo "Getting uv"
  "$ray/tool/bin/python" -m pip install -q --timeout 15 --retries 1 "$@" uv >"$ray/tool.log" 2>&1 && uv=$ray/tool/bin/uv
  [ -n "$uv" ] || echo "uv cannot be had here ($(tail -n 1 "$ray/tool.log")): pip is used"
}

make_tool() {
  "$ray/tool/bin/python" -m pip --version >/dev/null 2>&1 && return
  rm -rf "$ray/tool"
  "$python" -m venv "$ray/tool" >"$ray/tool.log" 2>&1 && return
  cat "$ray/tool.log" >&2
  rm -rf "$ray/tool"
  return 1
}

newest() {
  python=$1
  tell_uv
  find_uv
  if [ -n "$uv" ]; then
    version=$(echo ray | "$uv" pip compile -q --python "$python" --no-deps --no-annotate --no-header - | sed -n 's/^ray==//p')
  else
    version=$("$ray/tool/bin/python" -m pip index versions ray | sed -n '1s/^ray (\(.*\))$/\1/p')
  fi
  rm -rf "$cache"
  [ -n "$version" ] || return 1
  echo "newest $version"
}

install() {
  python=$1 version=$2 minor=$3 wheels=${4-}
  environment=$ray/$version-py$minor
  if [ -f "$environment/.whole" ]; then echo "installed $environment"; return; fi
  tell_uv
  find_uv
  rm -rf "$environment"
  if [ -n "$wheels" ]; then set -- --no-index --find-links "$wheels"; else set --; fi
  if [ -n "$uv" ]; then
    echo "By $("$uv" --version | cut -d' ' -f 1-2), with $python"
    "$uv" venv -q --python "$python" "$environment" &&
      "$uv" pip install --python "$environment/bin/python" "$@" "ray[default]==$version" || return 1
  else
    echo "By pip, with $python"
    "$python" -m venv "$environment" && "$environment/bin/python" -m pip install --progress-bar off "$@" "ray[default]==$version" ||
      return 1
  fi
  said=$("$environment/bin/python" -I -c 'import sys, ray; print(ray.__version__, "%d.%d" % sys.version_info[:2])') || return 1
  [ "$said" = "$version $minor" ] || { echo "it says that it is $said" >&2; return 1; }
  rm -rf "$cache" "$ray/tool" "$ray/tool.log"
  : >"$environment/.whole"
  echo "installed $environment"
}

tidy() {
  for environment in "$ray"/*-py3.*; do
    [ "$environment" = "$ray/$1-py$2" ] || rm -rf "$environment"
  done
  echo tidy
}

case $verb in
  newest | install | tidy) "$verb" "$@" 2>&1 ;;
  *) echo "ray-install.sh: what is $verb?" >&2; exit 2 ;;
esac
