# Sourced by guest.sh and local.sh. The folders that daemons write become empty ones of our own; the project stays where
# it is, also when it lies below one of them.
own_folders() { # PROJECT FOLDER...
  project=$1
  shift
  for folder in "$@"; do
    if [ -d "$folder" ] && [ ! -L "$folder" ]; then mount -t tmpfs tmpfs "$folder"; fi
  done
  if [ ! -e "$project/package.json" ]; then
    mkdir -p "$project"
    mount --bind /mnt/project "$project"
  fi
}
