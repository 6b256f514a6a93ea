# download URL FILE
download() {
  # More than any file of a build has, in blocks of 512 bytes.
  ulimit -f 400000
  if has curl; then
    case $1 in https:*) protocols='=https' ;; *) protocols='=http,https' ;; esac
    curl -fsSL --proto "$protocols" --connect-timeout 20 --speed-limit 100 --speed-time 30 --retry 2 -o "$2" "$1"
  else
    # With -q, that of GNU would not say why it failed.
    case $(wget --version 2>/dev/null || true) in
      GNU*) wget -nv -t 3 -T 30 -O "$2" "$1" ;;
      # BusyBox 1.35 of Debian 12 crashes with -T.
      *) wget -q -O "$2" "$1" ;;
    esac
  fi
}

# fetch NAME: puts that file into the work folder.
fetch() {
  if [ -n "$is_url" ]; then
    has curl || has wget || fail 'Cannot fetch anything: there is neither curl nor wget. Type: sudo apt-get install curl'
    words=$( (download "$from/$1" "$work/$1") 2>&1) || fail_to_get "$1" "$words"
  else
    [ -f "$from/$1" ] || fail "Cannot read $from/$1: there is no such file. --from needs all files of a build"
    words=$(cp "$from/$1" "$work/$1" 2>&1) || fail_to_get "$1" "$words"
  fi
}

# fail_to_get NAME WORDS
fail_to_get() {
  words=$(printf '%s' "$2" | tail -n 1)
  case $2 in
    *[Ww]rit* | *[Ww]rote* | *'space left'*)
      words=$(printf '%s' "$2" | head -n 1)
      free=$(df -Pk "$work" | tail -n 1 | { read -r _ _ _ free _; echo "$free"; })
      fail "Cannot keep $1 in $work: $words; $((free / 1024)) MB are free there. Make room, or choose $elsewhere" ;;
  esac
  fail "Cannot fetch $from/$1: ${words:-the download ended}. Check the address in a browser, then type it again"
}

# Part of a sentence, where a server has sent a page in place of the file.
tell_page() {
  if head -c 300 "$1" | grep -qi '<html\|<!doctype'; then printf ' (a web page: an error, or the login of a network)'; fi
}

# Sets `sums`, a list that has the right signature.
fetch_sums() {
  fetch SHA256SUMS
  sums=$work/SHA256SUMS
  grep -Eq '^[0-9a-f]{64} [ *][^ /]+$' "$sums" ||
    fail "Refused $from/SHA256SUMS$(tell_page "$sums"): it is no list of SHA-256 sums. Check the address in a browser"
  if [ -z "$key" ]; then
    case $from in http://*) say 'note: over http nothing proves who made the files; --key does' ;; esac
    return
  fi
  has ssh-keygen || fail 'Cannot check the signature: ssh-keygen is missing. Type: sudo apt-get install openssh-client'
  [ -r "$key" ] || fail "Cannot read the key $key: there is no such file, or this user may not read it"
  fetch SHA256SUMS.sig
  sed -n "s/^\(ssh-\|ecdsa-\|sk-\)/release namespaces=\"$namespace\" &/p" "$key" >"$work/signers"
  ssh-keygen -Y verify -f "$work/signers" -I release -n "$namespace" -s "$work/SHA256SUMS.sig" <"$sums" >/dev/null 2>&1 ||
    fail "Refused $from/SHA256SUMS: the key in $key did not sign it. Install nothing from there until you know why"
}

# Sets `name`, the file to install, and `sum`.
choose_file() {
  pattern="$program\(-[0-9][^ ]*\)\{0,1\}-$target\.tar\.xz"
  if [ "$program" = image-sender-lite ]; then pattern=$program; fi
  if [ -n "$uses_apt" ]; then
    wanted='[^_]*'
    [ -z "$version" ] || wanted=$(printf '%s' "$version" | sed 's/-/~/g; s/[.]/\\&/g')
    pattern="${program}_${wanted}_$debian\.deb"
  fi
  lines=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]\($pattern\)\$/\1 \2/p" "$sums")
  case $(printf '%s' "$lines" | grep -c .) in
    1) sum=${lines%% *} name=${lines#* } ;;
    0) fail "$from has no $program${version:+ $version} for $machine: SHA256SUMS names $(grep -c . "$sums") other files. Choose another --from or --version" ;;
    *) fail "$from has several versions of $program: choose one with --version V" ;;
  esac
}

fetch_file() {
  fetch "$name"
  actual=$(sha256sum <"$work/$name")
  [ "${actual%% *}" = "$sum" ] ||
    fail "Refused $from/$name$(tell_page "$work/$name"): its SHA-256 is ${actual%% *}, and SHA256SUMS says $sum. Type it again: a download can be cut off. If the sum stays wrong, do not use the file"
}
