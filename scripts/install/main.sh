clean_up() {
  if [ -d "${work:-}/old" ] && [ ! -e "$folder" ]; then mv "$work/old" "$folder"; fi
  [ -z "${work:-}" ] || rm -rf "$work"
}

tell_next() {
  command=$program
  if [ -z "$uses_apt" ]; then
    first=$(command -v "$program" || true)
    [ "$first" = "$bin/$program" ] || command=$bin/$program
    case ${first:-none} in
      "$bin/$program") ;;
      none) say "$bin is not in PATH: type the whole path, or log in again if the folder is new" ;;
      *) say "the shell finds $first before it: remove that, or type the whole path" ;;
    esac
  fi
  case $program in
    image-sender) say "next: $command doctor" ;;
    image-receiver) say "next: $command --host 0.0.0.0 --web 8000" ;;
    *) say "next: $command --help" ;;
  esac
}

# A function, so that the shell runs nothing of a script that was cut off.
main() {
  read_arguments "$@"
  find_files
  find_architecture
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  choose_way
  fetch_sums
  choose_file
  if [ "$program" = image-sender-lite ]; then
    install_lite
  elif [ -n "$uses_apt" ]; then
    fetch_file
    install_package
  else
    install_folder
  fi
  tell_next
}

main "$@"
