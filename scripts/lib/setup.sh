# shellcheck shell=bash
# What demo and test need on this machine: found, or said beforehand, asked for once, and fetched.
# Callers fill wanted_packages and wanted_kernels, then call make_ready.

repository=$(dirname -- "$(dirname -- "$lib_dir")")

# Debian's names; Ubuntu has the same. Swift's compiler needs the first lines.
build_packages=(g++ libc6-dev git ca-certificates tzdata curl libedit2 libncurses6 libsqlite3-0
  libxml2 zlib1g-dev libbpf-dev libpcap-dev libedit-dev)
trace_packages=(clang tcpdump iproute2 iptables iputils-ping netcat-openbsd)
test_packages=(tmux tshark ethtool file procps groff-base gcc pkg-config libdpdk-dev libdw-dev
  systemtap-sdt-dev)
lab_packages=(qemu-system-x86 busybox-static kmod xz-utils zstd debian-archive-keyring util-linux)
archive_packages=(gnupg) # to check the archive's signature
# What these come to on a machine that has none of them, measured on Debian 12.
all_packages_mb=275

# Since Debian 13 virtiofsd is a package of its own.
if [[ $(. /etc/os-release && printf '%s%s' "${ID-}" "${VERSION_ID%%.*}") =~ ^debian(1[3-9]|$) ]]
then
  lab_packages+=(virtiofsd)
fi

wanted_packages=() wanted_kernels=()

installed() {
  [[ $(dpkg-query -W -f '${db:Status-Status}' -- "$1" 2>/dev/null) == installed ]]
}

# root_command: how to become root, or nothing for root; fails when there is no way.
root_command() {
  as_root=()
  ((EUID == 0)) || { type -P sudo >/dev/null && as_root=(sudo); }
}

# make_ready: afterwards everything wanted is there, and swift is on PATH.
make_ready() {
  local missing=() package kernel plan=() megabytes=0 with_swift=''
  type -P dpkg-query apt-get >/dev/null ||
    die "this script installs what it needs through apt; here, install by hand: $(
      ) Swift 6.2 or newer, ${wanted_packages[*]}"
  if ! find_swift && ! swift_lacks_libraries; then
    with_swift=$(swift_source)
    case $with_swift in
      package) wanted_packages+=(swiftlang) ;;
      archive) wanted_packages+=("${archive_packages[@]}") ;;
    esac
  fi
  for package in "${wanted_packages[@]}"; do
    installed "$package" || missing+=("$package")
  done

  if ((${#missing[@]} > 0)); then
    local mb
    mb=$(packages_size "${missing[@]}")
    ((megabytes += ${mb:-$all_packages_mb}))
    plan+=("Debian packages, as root: ${missing[*]}"
      "  download ${mb:-up to $all_packages_mb} MB, $((${mb:-$all_packages_mb} * 5)) MB on disk")
  fi
  if [[ $with_swift == archive ]]; then
    ((megabytes += swift_archive_mb))
    plan+=("Swift $swift_version from ${swift_url#https://}, into $cache_dir"
      "  download $swift_archive_mb MB, $((swift_archive_mb * 9 / 2)) MB on disk while unpacking")
  fi
  if [[ ! -d $repository/.build/checkouts ]]; then
    ((megabytes += 10))
    plan+=("the Swift packages that netcap uses, from github.com"
      "  download 10 MB; building needs 1500 MB on disk")
  fi
  for kernel in "${wanted_kernels[@]}"; do
    [[ ! -e $kernels_dir/$kernel/release ]] || continue
    ((megabytes += $(kernel_download_mb "$kernel")))
    plan+=("Debian's kernel $kernel for the lab, into $kernels_dir"
      "  download $(kernel_download_mb "$kernel") MB, 200 MB on disk")
  done
  ((${#plan[@]} == 0)) || announce
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
  if ! find_swift; then
    if [[ -z $with_swift ]]; then # the libraries were not all that it lacked
      make_ready
      return
    fi
    # A fresh machine's apt knows nothing before its first update: ask it again.
    if [[ $with_swift == archive && $(swift_source) == package ]] && root_command; then
      install_packages swiftlang
    else
      fetch_swift
    fi
    find_swift || die "there is still no Swift $swift_oldest or newer"
  fi
  for kernel in "${wanted_kernels[@]}"; do prepare_kernel "$kernel"; done
}

announce() {
  local line answer free
  printf '%s needs, before it can start:\n' "${0##*/}" >&2
  for line in "${plan[@]}"; do printf '  %s\n' "$line" >&2; done
  printf 'In all %d MB: about %d minutes at 10 MB a second.\n' \
    "$megabytes" "$((megabytes / 300 + 1))" >&2
  make_cache_dir
  free=$(($(df --output=avail -B1000000 "$cache_dir" | tail -n 1)))
  ((free > megabytes * 5)) ||
    die "only $free MB are free in $cache_dir, $((megabytes * 5)) MB are needed"
  if ((${#missing[@]} > 0)) && ! root_command; then
    die "installing packages needs root, and there is no sudo. As root: $(
      )apt-get install --no-install-recommends ${missing[*]}"
  fi
  [[ ${CI-} != true && -t 0 ]] || return 0
  read -rp 'Go on? [Y/n] ' answer
  [[ ${answer:-y} == [yY]* ]] || die "nothing was changed"
}

# packages_size PACKAGE…: megabytes to download; nothing where apt has no lists yet.
packages_size() {
  apt-get -qq --print-uris --no-install-recommends install -- "$@" 2>/dev/null |
    awk '{ sum += $3 } END { if (NR) printf "%d", sum / 1e6 + 1 }' || true
}

install_packages() {
  root_command
  ((${#as_root[@]} == 0)) || say "installing packages through sudo; it may ask for your password"
  # shellcheck disable=SC2016
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c '
    apt-get -q update && apt-get -q -y --no-install-recommends install -- "$@"' \
    sh "$@" </dev/null >&2 || die "could not install: $*"
}
