// The node's side of copy.ts: POSIX sh, its arguments `$1`…, never pasted. A block is 1 MiB.

const SUM = `
sum() { # of the first $2 blocks of $1; none where it cannot be made
  s=
  if command -v sha256sum >/dev/null 2>&1; then s=$(dd if="$1" bs=1048576 count="$2" 2>/dev/null | sha256sum)
  elif command -v shasum >/dev/null 2>&1; then s=$(dd if="$1" bs=1048576 count="$2" 2>/dev/null | shasum -a 256); fi
  s=\${s%% *}
  [ \${#s} -eq 64 ] || s=none
}`

/** TO PART: is there a part, how many whole blocks, and their sum. */
export const LOOK_FOR_PUT = `${SUM}
[ ! -d "$1" ] || { echo is-folder; exit; }
[ -f "$2" ] && [ ! -L "$2" ] || exit 0
n=$(wc -c <"$2") || exit 0
n=$((n / 1048576))
[ $n -gt 0 ] || exit 0
sum "$2" $n
echo "part $n $s"`

/**
 * PART BLOCKS: writes stdin behind the blocks. At their place and not at the end: what a connection that was given up still brings is
 * the same bytes at the same place.
 */
export const HOLD = `umask 077
if [ "$2" = 0 ]; then rm -f "$1" || exit 1; fi
exec 3<>"$1" || exit 1
[ "$2" = 0 ] || dd bs=1048576 seek="$2" count=0 conv=notrunc >&3 2>/dev/null </dev/null || exit 1
cat >&3`

/** PART TO SIZE MODE TIME: the whole part takes its name. */
export const KEEP = `n=$(wc -c <"$1") || exit 1
[ "$n" -eq "$3" ] || { echo "it has $n bytes of $3" >&2; exit 1; }
[ ! -d "$2" ] || { echo "$2 is a folder" >&2; exit 1; }
TZ=UTC0 touch -t "$5" "$1"
chmod "$4" "$1" && mv -f "$1" "$2"`

/** PART */
export const REMOVE = 'rm -f "$1"'

/** FROM: fails where it is no file that may be read, and says why. */
export const LOOK_FOR_FILE = `[ -e "$1" ] || { echo "$1: there is no such file" >&2; exit 1; }
[ -f "$1" ] || { echo "$1: it is no file" >&2; exit 1; }
[ -r "$1" ] || { echo "$1: it may not be read" >&2; exit 1; }`

/** FROM BLOCKS */
export const LOOK_FOR_GET = `${SUM}
${LOOK_FOR_FILE}
s=none
[ "$2" = 0 ] || sum "$1" "$2"
set -- $(stat -L -c '%s %Y %a' "$1" 2>/dev/null || stat -L -f '%z %m %Lp' "$1")
echo "file $1 $2 $3 $s"`

/** FROM BYTE, counted from 1 */
export const GET = 'exec tail -c "+$2" "$1"'
