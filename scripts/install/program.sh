install_package() {
  # apt reads the file as a user of its own.
  chmod 755 "$work"
  before=$(dpkg-query -W -f '${Version}' "$program" 2>/dev/null || true)
  downgrades=''
  [ -z "$version" ] || downgrades=--allow-downgrades
  # Standard input may be this script. An edited /etc/default stays.
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --reinstall $downgrades \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$work/$name" </dev/null ||
    fail "Cannot install $name${before:+ over $before}: apt-get says why. If packages are missing, type: sudo apt-get update. An older version needs --version. --prefix ~/.local does without apt"
  say "apt has installed $name${before:+ (before: $before)}"
}

# link TARGET PATH: by a rename, where mv can do it, so that the name is never away.
link() {
  ln -s "$1" "$work/link"
  mv -fT "$work/link" "$2" 2>/dev/null || { rm -f "$work/link" && ln -sfn "$1" "$2"; }
}

# read_version FILE: sets `found`, the version of that program, which must be the one that is wanted.
read_version() {
  shown=$("$1" --version 2>&1) ||
    fail "$program does not start here: $(printf '%s' "$shown" | tail -n 1). It needs glibc 2.35 or newer (Debian 12, Raspberry Pi OS Bookworm, Ubuntu 22.04)"
  found=$(printf '%s\n' "$shown" | sed -n "1s/^$program \([0-9A-Za-z.+~-]*\)\$/\1/p")
  [ -n "$found" ] || fail "Refused $from/$name: '$program --version' prints no version. Choose another --from"
  [ "$found" = "${version:-$found}" ] ||
    fail "$from has $program $found, and not $version: choose another --from or --version"
}

# Sets `folder`, and puts it into its place.
unpack() {
  # BusyBox's unpacks xz itself.
  case $(tar --version 2>/dev/null || true) in
    *GNU*) has xz || fail 'Cannot unpack anything: tar needs xz. Type: sudo apt-get install xz-utils' ;;
  esac
  fetch_file
  mkdir "$work/new"
  # With o, the files belong to the user who installs.
  words=$(tar -xJof "$work/$name" -C "$work/new" 2>&1) || fail_to_get "$name" "$words"
  unpacked=$(echo "$work/new"/*)
  [ -x "$unpacked/$program" ] || fail "Refused $from/$name: it holds no folder with $program. Choose another --from"
  read_version "$unpacked/$program"
  # An archive names the version in its folder; two versions must not share one.
  folder=$lib/${unpacked##*/}
  case ${unpacked##*/} in "$program-$found" | "$program-$found"-*) ;; *) folder=$lib/$program-$found ;; esac
  if [ -e "$folder" ] && [ ! -e "$folder/.archive-sha256" ]; then
    fail "Cannot install to $folder: something is there that install.sh did not make. Move it away, or choose $elsewhere"
  fi
  echo "$sum" >"$unpacked/.archive-sha256"
  if [ -e "$folder" ]; then mv "$folder" "$work/old"; fi
  mv "$unpacked" "$folder"
}

install_folder() {
  folder=''
  for one in "$lib/$program"-*; do
    if [ "$(cat "$one/.archive-sha256" 2>/dev/null || true)" = "$sum" ]; then folder=$one; fi
  done
  # One that does not start any more is unpacked again.
  if [ -n "$folder" ] && "$folder/$program" --version >/dev/null 2>&1; then
    read_version "$folder/$program"
    say "${folder##*/} is there already"
  else
    unpack
  fi
  before=$(readlink "$lib/$program" || true)
  link "${folder##*/}" "$lib/$program"
  link "../lib/$program/$program" "$bin/$program"
  say "$bin/$program is now the program in $folder"
  if [ -n "$before" ] && [ "$before" != "${folder##*/}" ]; then
    say "to go back: ln -sfn $before $lib/$program"
  fi
}

install_lite() {
  fetch_file
  if [ -n "$version" ]; then
    shown=$(python3 "$work/$name" --version 2>&1) || fail "Cannot ask $name for its version: $shown. Type: sudo apt-get install python3"
    [ "${shown##* }" = "$version" ] || fail "$from has $program ${shown##* }, and not $version: choose another --from or --version"
  fi
  chmod 755 "$work/$name"
  mv -f "$work/$name" "$bin/$program"
  say "$bin/$program is installed"
  has python3 || say 'it needs Python. Type: sudo apt-get install python3'
}
