# Sets `from` and `is_url`.
find_files() {
  case $0 in
    *install.sh)
      # Beside the files, as on a USB stick.
      here=$(dirname "$0")
      if [ -z "$from" ] && grep -q '[ *]install\.sh$' "$here/SHA256SUMS" 2>/dev/null; then from=$here; fi ;;
  esac
  if [ -z "$from" ] && [ -n "$default_from" ]; then
    from=$default_from
    [ -z "$version" ] || from=${default_from%/latest/download}/download/v$version
  fi
  [ -n "$from" ] || misuse 'say with --from where the files are'
  case $from in
    http://* | https://*) is_url=1 ;;
    *) is_url='' from=${from#file://} ;;
  esac
  from=${from%/}
}

# Sets `target`, and `debian`, the name that Debian has for it.
find_architecture() {
  [ "$(uname -s)" = Linux ] || fail "Cannot install $program on $(uname -s): it runs on Linux alone"
  # A Raspberry Pi OS of 32 bits can have a kernel of 64 bits: its packages tell.
  machine=$(dpkg --print-architecture 2>/dev/null || uname -m)
  if [ "$(getconf LONG_BIT 2>/dev/null || true)" = 32 ]; then machine='one of 32 bits'; fi
  case $machine in
    amd64 | x86_64) target=linux-x64 debian=amd64 ;;
    arm64 | aarch64) target=linux-arm64 debian=arm64 ;;
    *) target='' debian='' ;;
  esac
  if [ -n "$target" ] || [ "$program" = image-sender-lite ]; then return; fi
  needs="$program needs a 64-bit system (x86-64 or arm64), and this is $machine"
  case $program in
    image-sender) fail "$needs. Install image-sender-lite in its place: sh install.sh image-sender-lite --from $from" ;;
    *) fail "$needs. Install it on another machine" ;;
  esac
}

# Sets `uses_apt` and `as_root`, or `lib` and `bin`; and `work`, a folder for the download.
choose_way() {
  uses_apt='' as_root=''
  if [ -z "$prefix" ] && [ "$program" != image-sender-lite ] && has apt-get && has dpkg; then
    if [ "$(id -u)" = 0 ]; then uses_apt=1; elif has sudo; then uses_apt=1 as_root=sudo; fi
  fi
  if [ -n "$uses_apt" ]; then
    elsewhere='another folder with TMPDIR=DIR'
    make_work_folder "${TMPDIR:-/tmp}/image-socket-XXXXXX"
    return
  fi
  elsewhere='another folder with --prefix DIR'
  if [ -z "$prefix" ]; then
    if [ "$(id -u)" = 0 ]; then prefix=/usr/local; else prefix=$HOME/.local; fi
  fi
  for part in lib bin; do
    { mkdir -p "$prefix/$part" && [ -w "$prefix/$part" ]; } 2>/dev/null ||
      fail "Cannot write to $prefix/$part: this user may not. Type it with sudo, or choose $elsewhere"
  done
  lib=$(cd "$prefix/lib" && pwd) bin=$(cd "$prefix/bin" && pwd)
  if [ "$program" != image-sender-lite ]; then
    for link in "$lib/$program" "$bin/$program"; do
      if [ -e "$link" ] && [ ! -L "$link" ]; then
        fail "Cannot install to $link: something is there that is no link. Move it away, or choose $elsewhere"
      fi
    done
  fi
  # There, one rename puts a folder into its place.
  make_work_folder "$lib/.$program-XXXXXX"
}

make_work_folder() {
  made=$(mktemp -d "$1" 2>&1) || fail "Cannot make a folder for the download: $made. Choose $elsewhere"
  work=$made
}
