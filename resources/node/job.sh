#!/bin/sh
# Styx' jobs on one node, in ~/.styx-node/INSTALLATION/CLUSTER/NODE/jobs. Read by src/main/jobs/job-folder.ts. POSIX sh (dash, busybox, bash 3).
#   job.sh submit INSTALLATION CLUSTER NODE JOB          stdin: its files. Starts a wrapper that outlives whoever asked
#   job.sh attend INSTALLATION CLUSTER NODE OFFSET [JOB…] what happens to jobs from that byte of the journal on, until stdin ends
#   job.sh log    INSTALLATION CLUSTER NODE JOB RANK OUT ERR   its stdout and stderr as ours, from those bytes on, until stdin ends
#   job.sh when   INSTALLATION CLUSTER NODE JOB OUT ERR  when what comes behind those bytes was written
#   job.sh cancel INSTALLATION CLUSTER NODE JOB RANK     ends it, or keeps it from beginning
#   job.sh holds  INSTALLATION CLUSTER NODE JOB RANK     does it wait for the other ranks? held | gone
#   job.sh begin  INSTALLATION CLUSTER NODE JOB RANK [GPUS]  tells it to begin, with these GPUs: begun | gone
#   job.sh tend   INSTALLATION CLUSTER NODE JOB RANK [GPUS]  begins it and tells its end; where stdin ends before, that ends it
#   job.sh remove INSTALLATION CLUSTER NODE JOB          deletes what it left
# jobs/journal  one line for each thing that happened: EPOCH_MS JOB STATE RANK EXIT OUT ERR WHY .   (- for none; OUT ERR: sizes in bytes)
# jobs/queue/N  who waits or runs, in the order of coming: JOB RANK
# jobs/JOB/     job.sh (this text), plan (RANK GPUS-WANTED|all GPUS-HERE LOG-CAP START), env (gone as soon as it is read), setup, run, and of
#               its life: pid, slots, group, rank-N.out, rank-N.err, times (EPOCH_S OUT ERR, once a second while something grew), begin,
#               cancel, alone, exit (the end of the journal's last line)
# GPUS-HERE     how many the machine has; =0,2: only these of it are ours, other clusters hold the others; =: none
# START         turn: begins when it is its turn here. gang: takes its turn, and holds it until it is told to begin. ray: waits until it is
#               told to begin, and with which GPUs: Ray has the queue
user_umask=$(umask)
umask 077
verb=$1

has() { command -v "$1" >/dev/null 2>&1; }
pause() { sleep 0.1 2>/dev/null || sleep 1; }
# Sizes of two files, bytes, in one line.
sizes() { set -- $(stat -c %s "$@" 2>/dev/null || stat -f %z "$@" 2>/dev/null); echo "${1:-0} ${2:-0}"; }
clock() { # sets now, epoch ms
  now=$(date +%s.%N)
  case $now in
    *.[0-9][0-9][0-9]*) part=${now#*.}; now=${now%%.*}${part%"${part#???}"} ;;
    *) now=${now%%.*}000 ;;
  esac
}

# say STATE EXIT OUT ERR WHY: a line for the journal, of the time `now`, in one write. It begins a new line itself: a full disk may have cut
# the last one. What the disk does not take now is said later; a journal that was deleted is told nothing.
say() {
  until printf '\n%s %s %s %s %s %s %s %s .\n' "$now" "$id" "$1" "$rank" "$2" "$3" "$4" "$5" >>journal; do
    [ -e journal ] || return 0
    sleep 1
  done 2>/dev/null
}

# born PID: sets born, by which a process is told from another one with its number; fails where there is none any more.
if [ -r /proc/self/stat ]; then
  born() {
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    set -- ${stat##*) }
    case $1 in Z | X) return 1 ;; esac
    [ $# -gt 19 ] || return 1 # without a number it is /proc/stat that was read
    shift 19
    born=$1
  }
  read -r boot </proc/sys/kernel/random/boot_id
else
  born() {
    born=$(ps -o stat=,lstart= -p "$1" 2>/dev/null | sed -n 's/^[^Z ][^ ]* *//p' | tr ' ' _)
    [ -n "$born" ]
  }
  boot=$(sysctl -n kern.bootsessionuuid 2>/dev/null)
fi

# alive JOB: does its wrapper run? Sets pid, and where it does not, why.
alive() {
  pid='' since='' booted=''
  { read -r pid since booted <"$1/pid"; } 2>/dev/null
  why=folder-gone
  [ -n "$pid" ] || return 1
  why=restarted
  [ "$booted" = "$boot" ] || return 1
  why=killed
  born "$pid" && [ "$born" = "$since" ]
}

# What the rank started carries its mark, also what left its process group. Another rank may run on the same machine.
carriers() { grep -ls "STYX_RANK=$id/$rank\." /proc/[0-9]*/environ 2>/dev/null | tr -cd '0-9\n'; }
signal() {
  [ -z "$group" ] || kill -s "$1" -- "-$group"
  for one in $(carriers); do kill -s "$1" "$one"; done
} 2>/dev/null
left() {
  if [ -n "$child" ] && ! born "$child"; then
    wait "$child"
    code=$? child=''
  fi
  { [ -n "$group" ] && kill -s 0 -- "-$group" 2>/dev/null; } || [ -n "$(carriers)" ]
}
# Ends all that is left of the job: TERM, and KILL after 10 s.
end_all() {
  left || return 0
  signal TERM
  until=$(($(date +%s) + 10))
  while left && [ "$(date +%s)" -lt $until ]; do pause; done
  signal KILL
  until=$((until + 2))
  while left && [ "$(date +%s)" -lt $until ]; do pause; done # what the kernel holds in an uninterruptible wait is let be
}

# bury TICKET: a job whose wrapper is dead comes to its end by whoever sees it first.
bury() (
  read -r id rank <"$1" || exit
  child='' group=''
  { read -r group since <"$id/group"; } 2>/dev/null
  { born "$group" && [ "$born" = "$since" ]; } 2>/dev/null || group=''
  end_all
  { read -r state code out err said <"$id/exit"; } 2>/dev/null || {
    state=FAILED_DRIVER code=- said=$why
    [ ! -e "$id/cancel" ] || { state=CANCELLED said=-; }
    set -- "$1" $(sizes "$id/rank-$rank.out" "$id/rank-$rank.err")
    out=$2 err=$3
    [ -d "$id" ] || { out=- err=-; }
    { echo "$state $code $out $err $said" >"$id/exit"; } 2>/dev/null
  }
  clock
  say "$state" "$code" "$out" "$err" "$said"
  rm -f "$1"
)
bury_dead() {
  for one in queue/*; do
    { read -r other _ <"$one"; } 2>/dev/null && ! alive "$other" && bury "$one"
  done
}

# ---- the wrapper: cwd is jobs/, $id its job

# room: is it its turn, first come first served, and are its GPUs free? Sets slots.
room() {
  used=' ' busy='' whole=''
  for one in queue/*; do
    { read -r other _ <"$one"; } 2>/dev/null || continue
    [ "$other" != "$id" ] || continue
    if ! alive "$other"; then
      bury "$one"
    elif [ -e "$other/slots" ]; then
      taken=all
      read -r taken <"$other/slots"
      case $taken in
        none) ;;
        [0-9]*) busy=yes used="$used$taken " ;;
        *) busy=yes whole=yes ;;
      esac
    elif [ "${one#queue/}" -lt "$ticket" ]; then
      return 1 # it is before us
    fi
  done
  slots=all
  if [ "$want" = all ]; then
    [ -z "$busy" ]
    return
  fi
  [ -z "$whole" ] || return 1
  slots='' count=0
  for gpu in $ours; do
    [ $count -lt "$want" ] || break
    case $used in *" $gpu "*) ;; *) slots="${slots:+$slots }$gpu" count=$((count + 1)) ;; esac
  done
  [ $count = "$want" ]
}

# tell WORD: the one answer to whoever submitted; from then on nobody listens.
tell() {
  [ -z "$told" ] || return 0
  told=yes
  echo "$1"
  exec >/dev/null 2>&1
}

# Who waits first looks again at once, and not only at its next look.
wake_next() {
  for one in queue/*; do
    { read -r other _ <"$one"; } 2>/dev/null || continue
    [ "$other" != "$id" ] && [ ! -e "$other/slots" ] && alive "$other" || continue
    kill -s USR1 "$pid" 2>/dev/null
    return
  done
}

may_wait() { [ -z "$asked" ] && [ ! -e "$id/cancel" ] && [ -d "$id" ]; }
# Until it is woken, 2 s at most. `woken` is emptied before what is waited for is looked at.
nap() {
  sleep 2 &
  [ -n "$woken" ] || wait $!
  kill $! 2>/dev/null
}

# enter STATE: says that it has come so far, and PENDING before where it did not have to wait.
enter() {
  clock
  [ -n "$pending" ] || say PENDING - - - -
  pending=said
  say "$1" - - - -
}

# Waits for its turn and takes its GPUs. Fails when it is to end before.
await_turn() {
  while may_wait; do
    woken=''
    if room && echo "$slots" >"$id/slots"; then
      [ "$start" = gang ] || tell starts
      [ -z "$pending" ] || wake_next # there may be room for one more
      return 0
    fi
    if [ -z "$pending" ]; then
      clock
      say PENDING - - - -
      pending=said
      tell waits
    fi
    nap
  done
  return 1
}

# Waits until it is told to begin, at the same moment as the other ranks. Fails when it is to end before.
await_begin() {
  enter HELD
  tell waits
  while may_wait; do
    woken=''
    [ ! -s "$id/begin" ] || return 0
    nap
  done
  return 1
}

# isolated COMMAND…: in a session and so a process group of its own. The shell made it deaf to INT and QUIT: that is taken back where
# it can be.
find_isolation() {
  { read -r isolation <isolation; } 2>/dev/null && return # found out by the first job
  isolation=$(command -v setsid)
  if [ -n "$isolation" ] && env --default-signal=INT,QUIT "$isolation" true 2>/dev/null; then
    isolation="$(command -v env) --default-signal=INT,QUIT $isolation"
  elif has perl; then
    isolation=perl
  fi
  echo "$isolation" >isolation
}
isolated() {
  # shellcheck disable=SC2086 # a list of words
  case $isolation in
    perl) set -- "$(command -v perl)" -MPOSIX -e '$SIG{INT} = $SIG{QUIT} = "DEFAULT"; setsid; exec @ARGV' "$@" ;;
    *) set -- $isolation "$@" ;;
  esac
  eval "${environment-}" # last: it may set IFS and PATH
  exec "$@"
}

# script NAME STATE: runs it as the user would, to its end. Sets code. Fails when it was ended because we were asked to.
script() {
  here=$PWD
  (
    umask "$user_umask"
    trap - TERM USR1
    cd ../workdir || exit 126
    isolated "$shell" "$here/$id/$1"
  ) </dev/null >>"$id/rank-$rank.out" 2>>"$id/rank-$rank.err" &
  child=$! group=$!
  # Behind its back, so that it begins as soon as it can.
  born "$group" && echo "$group $born" >"$id/group"
  enter "$2"
  if [ -z "$ticker" ]; then
    tick $$ &
    ticker=$!
  fi
  code=0
  while [ -z "$asked" ]; do
    wait "$child"
    code=$?
    # A signal to us ends the wait, not the child: that is there as long as it was not waited for.
    [ $code -gt 128 ] && kill -s 0 "$child" 2>/dev/null || break
  done
  stopped=$asked
  kill -s 0 "$child" 2>/dev/null || child=''
  end_all
  [ -z "$stopped" ]
}

# Once a second while something grew: how much there is. A log above its cap loses its older half, where the file system can.
tick() {
  trap - TERM
  rm -f "$id/env"
  head -c 16384 /dev/zero >"$id/reserve" # whatever fills the disk: what is said of its end finds room
  last='' from_out=0 from_err=0
  while sleep 1 && kill -s 0 "$1"; do
    # Again and again: a signal that comes just before a wait does not end it.
    if [ ! -d "$id" ] || [ -e "$id/cancel" ]; then kill -s TERM "$1"; fi
    [ -d "$id" ] || continue
    has=$(sizes "$id/rank-$rank.out" "$id/rank-$rank.err")
    [ "$has" != "$last" ] || continue
    last=$has
    echo "$(date +%s) $has" >>"$id/times"
    [ $((${has% *} - from_out)) -gt "$cap" ] || [ $((${has#* } - from_err)) -gt "$cap" ] || continue
    : >"$id/probe" && fallocate -p -o 0 -l 1 "$id/probe" || continue
    [ $((${has% *} - from_out)) -le "$cap" ] || from_out=$(((${has% *} - cap / 2) / 4096 * 4096))
    [ $((${has#* } - from_err)) -le "$cap" ] || from_err=$(((${has#* } - cap / 2) / 4096 * 4096))
    clock
    say DROPPED - $from_out $from_err -
    sleep 5 # whoever reads there is told before it becomes a hole
    [ $from_out = 0 ] || fallocate -p -o 0 -l $from_out "$id/rank-$rank.out"
    [ $from_err = 0 ] || fallocate -p -o 0 -l $from_err "$id/rank-$rank.err"
  done
} >/dev/null 2>&1 </dev/null

# finish STATE WHY
finish() {
  tell known
  [ -z "$ticker" ] || kill "$ticker" 2>/dev/null
  state=$1 why=$2
  if [ "$state" = FAILED_DRIVER ]; then
    [ ! -e "$id/alone" ] || why=alone
    [ ! -e "$id/cancel" ] || state=CANCELLED why=-
  fi
  out=- err=-
  clock
  if [ -d "$id" ]; then
    rm -f "$id/reserve"
    set -- $(sizes "$id/rank-$rank.out" "$id/rank-$rank.err")
    out=$1 err=$2
    echo "${now%???} $out $err" >>"$id/times"
    echo "$state ${code:--} $out $err $why" >"$id/exit"
  else
    state=FAILED_DRIVER why=folder-gone
  fi
  say "$state" "${code:--}" "$out" "$err" "$why"
  rm -f "queue/$ticket"
  wake_next
  exit
}

run() {
  asked='' woken='' told='' pending='' ticker='' child='' group='' code=''
  trap 'asked=yes' TERM
  trap 'woken=yes' USR1
  trap '' HUP
  born $$
  # Only one wrapper ever begins a job, whatever is sent twice.
  set -C
  { echo "$$ $born $boot" >"$id/pid"; } 2>/dev/null || { tell known; exit; }
  set +C
  read -r rank want have cap start <"$id/plan"
  ours='' gpu=0
  case $have in
    =*) ours=$(echo "${have#=}" | tr , ' ') ;;
    *) while [ $gpu -lt "$have" ]; do ours="$ours $gpu" gpu=$((gpu + 1)); done ;;
  esac
  ticket=1000000000
  for one in queue/*; do [ ! -e "$one" ] || ticket=${one#queue/}; done
  ticket=$((ticket + 1))
  environment=''
  while IFS= read -r line; do
    environment="$environment$line
"
  done <"$id/env"
  # Nothing of it stays on the disk, from here on.
  : >"$id/env" && echo "$id $rank" >"queue/$ticket" || { rm -rf "$id" "queue/$ticket"; exit 1; }
  shell=$(command -v bash || command -v sh)
  if [ "$start" = ray ]; then
    echo none >"$id/slots" # it keeps nobody from beginning
    await_begin && read -r slots <"$id/begin" && echo "$slots" >"$id/slots" || finish FAILED_DRIVER ended
  else
    await_turn || finish FAILED_DRIVER ended
    [ "$start" != gang ] || await_begin || finish FAILED_DRIVER ended
  fi
  environment="$environment
export STYX_RANK=$id/$rank."
  # Who has the node alone has what is ours of it.
  case $slots$have in all=*) slots=$ours ;; esac
  [ "$slots" = all ] || environment="$environment
export CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=$(echo "$slots" | tr ' ' ,)"
  if [ -e "$id/setup" ]; then
    script setup SETTING_UP || finish FAILED_DRIVER ended
    [ "$code" = 0 ] || finish FAILED_SETUP -
  fi
  if [ -e "$id/run" ]; then
    script run RUNNING || finish FAILED_DRIVER ended
    [ "$code" = 0 ] || finish FAILED -
  fi
  finish SUCCEEDED -
} </dev/null

# ---- what the engine asks for: cwd is jobs/

submit() {
  new=.new-$id.$$
  mkdir -p ../workdir queue "$new" && : >>journal || return 1
  if [ ! -d "$id" ]; then
    # Whole or not at all: what comes without its end is not begun.
    awk -v folder="$new/" '/^=/ { file = folder substr($0, 2); printf "" >file; next } { print substr($0, 2) >file }' &&
      [ -s "$new/end" ] && mv "$new" "$id" || { rm -rf "$new"; return 1; }
  fi
  if [ -e "$new" ] || [ -e "$id/$new" ]; then rm -rf "$new" "${id:?}/$new"; fi # somebody was faster
  [ ! -e "$id/pid" ] || { echo known; return; }
  find_isolation
  (isolated sh "$id/job.sh" run "$id") </dev/null &
}

attend() {
  offset=$1
  shift
  mkdir -p queue && : >>journal || return 1
  bury_dead
  set -- $(sizes journal journal) "$@"
  size=$1
  shift 2
  [ "$offset" -le "$size" ] || offset=0 # another journal than the one that was read before
  clock
  echo "from $offset $size $now"
  for one; do [ -d "$one" ] || echo "lost $one"; done
  echo follows
  tail -c "+$((offset + 1))" -f journal 2>/dev/null &
  started=$!
  (
    trap 'kill $!; exit' TERM
    while { sleep 5 & wait $!; } && [ -e journal ]; do bury_dead; done
    kill "$$"
  ) >/dev/null 2>&1 &
  until_stdin_ends $!
}

# Both from an offset on: what is there, and what comes. Behind a line of ours in each: what a login may print before is not the job's.
log() {
  [ -d "$id" ] || return 3
  echo follows
  echo follows >&2
  tail -c "+$(($1 + 1))" -f "$id/rank-$rank.out" 2>/dev/null &
  started=$!
  tail -c "+$(($2 + 1))" -f "$id/rank-$rank.err" >&2 2>/dev/null &
  until_stdin_ends $!
}

# Whoever asked is gone when stdin ends: then nothing of what was started stays.
until_stdin_ends() {
  started="$started $1"
  exec 3<&0
  cat <&3 >/dev/null 2>&1 &
  started="$started $!"
  # shellcheck disable=SC2064,SC2086 # what is started is known now
  trap "kill $started 2>/dev/null" EXIT
  trap exit HUP INT TERM PIPE
  wait $!
}

when() {
  [ ! -e "$id/times" ] || awk -v out="$1" -v err="$2" '$2 > out + 0 || $3 > err + 0' "$id/times"
}

cancel() {
  if [ ! -d "$id" ]; then
    # It may still be on its way here: then it finds its place taken.
    mkdir -p "$id" && : >"$id/cancel" && : >>journal || return 1
  else
    : >"$id/cancel"
  fi
  clock
  # Where no wrapper has begun, none ever will.
  if (set -C; echo "0 0 0" >"$id/pid") 2>/dev/null; then
    rm -f "$id/env"
    echo "CANCELLED - 0 0 -" >"$id/exit"
    say CANCELLED - 0 0 -
  elif alive "$id"; then
    kill -s TERM "$pid"
  else
    bury_dead
  fi
  echo cancelled
}

is_there() {
  [ ! -e "$id/cancel" ] && [ ! -e "$id/exit" ] && alive "$id" && return
  bury_dead
  echo gone
  return 1
}

holds() { ! is_there || echo held; }

begin() {
  gpus=${1:-all}
  case $gpus in *[!A-Za-z0-9,-]*) return 2 ;; esac
  is_there || return 0
  # Told twice, it begins once.
  (set -C; echo "$gpus" | tr , ' ' >"$id/begin") 2>/dev/null
  kill -s USR1 "$pid"
  echo begun
}

# Whoever placed it holds our stdin. Once that has ended, nobody would end this rank with the others.
tend() {
  trap '' TERM # who ends all that Ray started ends this too, and must not leave the rank behind
  begin "$@" || return
  exec 3<&0
  { cat <&3; : >"$id/alone" && alive "$id" && kill -s TERM "$pid"; } >/dev/null 2>&1 &
  while alive "$id"; do sleep 1; done
  bury_dead
  kill -s KILL $!
  state=FAILED_DRIVER code=-
  read -r state code _ <"$id/exit"
  echo "ended $state $code"
} 2>/dev/null

remove() {
  ! alive "$id" || { echo alive; return; }
  rm -rf "${id:?}" ".gang-$id" && echo removed
}

case $verb in
  run)
    id=$2
    find_isolation
    run
    ;;
  submit | attend | log | when | cancel | holds | begin | tend | remove)
    cd "$HOME/.styx-node/$2/$3/$4" 2>/dev/null && [ -f .styx-node ] || { [ "$verb" = log ] || echo no-node; exit 3; }
    [ -d jobs ] || mkdir jobs || [ -d jobs ] || exit 1
    cd jobs || exit 1
    id=$5 rank=${6-}
    case $verb in
      attend) shift 4 ;;
      log | begin | tend) shift 6 ;;
      *) shift 5 ;;
    esac
    "$verb" "$@"
    ;;
  *)
    echo "job.sh: what is $verb?" >&2
    exit 2
    ;;
esac
