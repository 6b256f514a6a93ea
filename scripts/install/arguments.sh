#!/bin/sh
# Installs a program of image-socket from a folder, or from any web server that has the files of a build. Any POSIX shell
# can run it. `sh install.sh --help` prints the options.
set -eu
umask 022

# The build writes the address of the releases here, if it knows one.
default_from=''
namespace=image-socket

usage() {
  cat <<'END'
usage: sh install.sh PROGRAM [--from FOLDER-OR-URL] [--version V] [--prefix DIR] [--key FILE]

PROGRAM is image-sender, image-receiver or image-sender-lite.
  --from     a folder, or an http(s) address, with SHA256SUMS and the files that it names
  --version  refuse any other version; also allows apt to go back to an older one
  --prefix   do without apt: put a folder into DIR/lib and a link into DIR/bin. Default without
             apt: /usr/local for root, ~/.local for other users
  --key      a public key of ssh: refuse files that are not signed with it
END
}

say() { printf 'install: %s\n' "$*"; }
fail() { printf 'install: %s\n' "$*" >&2; exit 1; }
misuse() { printf 'install: %s; sh install.sh --help prints the options\n' "$*" >&2; exit 2; }
has() { command -v "$1" >/dev/null 2>&1; }

read_arguments() {
  program='' from='' version='' prefix='' key=''
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) usage; exit 0 ;;
      --*=*) option=${1%%=*} value=${1#*=}; shift ;;
      -*)
        [ $# -ge 2 ] || misuse "$1 needs a value, or is no option"
        option=$1 value=$2; shift 2 ;;
      *)
        [ -z "$program" ] || misuse "'$1' is one program too many: install one after the other"
        program=$1; shift; continue ;;
    esac
    [ -n "$value" ] || misuse "$option needs a value"
    case $option in
      --from) from=$value ;;
      --version) version=${value#v} ;;
      --prefix) prefix=$value ;;
      --key) key=$value ;;
      *) misuse "unknown option $option" ;;
    esac
  done
  case $program in
    image-sender | image-receiver | image-sender-lite) ;;
    '') misuse 'name the program to install' ;;
    *) misuse "unknown program '$program'" ;;
  esac
}
