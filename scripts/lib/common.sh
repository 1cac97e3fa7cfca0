# shellcheck shell=bash
# What every script here needs: messages, the cache folder, missing commands.

# What administrators run is not on every user's PATH.
system_path=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# The user's own cache; mode 0700 because programs from it run as root.
cache_dir=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/netcap

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

make_cache_dir() {
  mkdir -p -- "${cache_dir%/netcap}"
  [[ -d $cache_dir ]] || mkdir -m 0700 -- "$cache_dir" 2>/dev/null || [[ -d $cache_dir ]]
}

# need_commands COMMAND=PACKAGE…: stops with the Debian packages that are missing.
need_commands() {
  local pair missing=()
  for pair; do
    PATH=$system_path type -P -- "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  ((${#missing[@]} == 0)) ||
    die "missing programs; install: $(printf '%s\n' "${missing[@]}" | sort -u | paste -sd' ')"
}

# size BYTES → "12 MB"
size() { printf '%d MB' $((($1 + 999999) / 1000000)); }
