#!/bin/sh
# A shell that outlives its connection, kept by the node's own tmux behind a socket of ours: the user's own tmux is never touched.
#   terminal.sh open|again|end INSTALLATION CLUSTER NODE ID COLUMNS ROWS
# Says one word: none (no tmux, or too old a one, or no folder), gone (again: that shell has ended), same or new, and then is tmux in control
# mode. end: ends the shell, says ended.
verb=$1 name=$5
cd -- "$HOME/.styx-node/$2/$3/$4" 2>/dev/null || { echo none; exit; }
umask 077
# Control mode that holds a program back while nobody reads came with 3.2.
case $(tmux -V 2>/dev/null) in
  'tmux 3.'[01] | 'tmux 3.'[01][!0-9]*) echo none; exit ;;
  'tmux 3.'* | 'tmux '[4-9]* | 'tmux '[1-9][0-9]*.*) ;;
  *) echo none; exit ;;
esac
# Relative: a socket's path may have 107 bytes only.
mux() { tmux -S tmux -f tmux.conf "$@"; }

if [ "$verb" = end ]; then
  mux kill-session -t "=$name" 2>/dev/null
  echo ended
  exit
fi
if mux has-session -t "=$name" 2>/dev/null; then
  echo same
  exec tmux -S tmux -f tmux.conf -C attach-session -d -t "=$name"
fi
[ "$verb" = open ] || { echo gone; exit; }

cat >tmux.conf <<'CONF'
set -g status off
set -g prefix None
set -g mouse off
set -g history-limit 10000
set -g default-terminal xterm-256color
set -g automatic-rename off
set -g set-titles off
set -s set-clipboard off
set -s escape-time 0
set -g remain-on-exit off
set -g destroy-unattached off
CONF
shell=${SHELL:-/bin/sh}
case $shell in /*/nologin | /*/false) shell=/bin/sh ;; /*) ;; *) shell=/bin/sh ;; esac
echo new
# shellcheck disable=SC2016
exec tmux -S tmux -f tmux.conf -C new-session -s "$name" -x "$6" -y "$7" -c "$HOME" \
  sh -c 'unset TMUX TMUX_PANE TERM_PROGRAM_VERSION; export TERM_PROGRAM=Styx; exec "$1" -l' sh "$shell"
