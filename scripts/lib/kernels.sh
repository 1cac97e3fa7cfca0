# shellcheck shell=bash
# Debian's kernels for the lab: looked up through apt, unpacked once into the cache folder.
#
# A prepared kernel is a folder $kernels_dir/VERSION with
#   release         what `uname -r` prints there
#   vmlinux         the uncompressed ELF, which QEMU boots without a decompressor
#   lib/modules/R   the modules a network lab can use, uncompressed, with modules.dep

kernels_dir=$cache_dir/kernels
kernel_versions=(5.10 6.1 6.12 7.2)
mirror=${NETCAP_DEBIAN_MIRROR:-http://deb.debian.org/debian}

# kernel_source VERSION: sets suite, and image, the pattern whose newest match names the release,
# and packages, what to unpack, with R for the release.
kernel_source() {
  case $1 in
    5.10) suite=bullseye image='linux-image-(5\.10\..*-amd64)-unsigned' ;;
    6.1) suite=bookworm image='linux-image-(6\.1\..*-amd64)-unsigned' ;;
    6.12) suite=bookworm-backports image='linux-image-(6\.12\..*-amd64)-unsigned' ;;
    7.2) suite=sid image='linux-binary-(7\.2\..*-amd64)' ;;
    *) die "unknown kernel '$1'; there are: ${kernel_versions[*]}" ;;
  esac
  case $1 in
    7.2) packages=(linux-binary-R linux-modules-R linux-base-R) ;;
    *) packages=(linux-image-R-unsigned) ;;
  esac
}

# kernel_download_mb VERSION: about, with the package list.
kernel_download_mb() {
  case $1 in
    5.10) printf 65 ;;
    6.1) printf 80 ;;
    6.12) printf 110 ;;
    7.2) printf 140 ;;
  esac
}

# prepare_kernel VERSION: does nothing when it is there; safe to run twice at once.
prepare_kernel() {
  local suite image packages
  kernel_source "$1"
  [[ ! -e $kernels_dir/$1/release ]] || return 0
  [[ $(uname -m) == x86_64 ]] || die "the lab's kernels are for x86-64 only"
  need_commands apt-get=apt dpkg-deb=dpkg xz=xz-utils zstd=zstd depmod=kmod flock=util-linux
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [[ -r $keyring ]] || die "missing $keyring; install: debian-archive-keyring"
  make_cache_dir
  mkdir -p -- "$kernels_dir"
  (
    flock -n 9 || { say "another run is preparing kernel $1; waiting"; flock 9; }
    [[ -e $kernels_dir/$1/release ]] || fetch_kernel "$1"
  ) 9>"$kernels_dir/$1.lock"
}

fetch_kernel() {
  local work=$kernels_dir/$1.new release
  rm -rf -- "$work" "${kernels_dir:?}/$1"
  mkdir -p -- "$work"/apt/{lists,cache/archives/partial} "$work/root"
  printf 'deb [arch=amd64 signed-by=%s check-valid-until=no] %s %s main\n' \
    "$keyring" "$mirror" "$suite" >"$work/apt/sources.list"
  # Nothing of the machine's own apt is read or written but its configuration.
  local apt=(-qq
    -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts=-
    -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache"
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none -o Acquire::Retries=3)
  say "kernel $1: reading the package list of Debian $suite (about 10 MB)"
  apt-get "${apt[@]}" update </dev/null >&2
  release=$(apt-cache "${apt[@]}" pkgnames | sed -nE "s/^$image\$/\\1/p" |
    grep -vE -e '(^|-)(cloud|rt)-' | sort -V | tail -n 1)
  [[ -n $release ]] || die "Debian $suite has no kernel $1 now (mirror $mirror)"
  packages=("${packages[@]/R/"$release"}")

  local bytes free
  bytes=$(apt-cache "${apt[@]}" show --no-all-versions "${packages[@]}" |
    awk '$1 == "Size:" { sum += $2 } END { print sum }')
  free=$(df --output=avail -B1 "$work" | tail -n 1)
  say "kernel $1: downloading $release, $(size "$bytes"); needs 1 GB free for a minute, then 200 MB"
  ((free > 1000000000)) || die "only $(size "$free") free in $kernels_dir"
  (cd -- "$work" && apt-get "${apt[@]}" download "${packages[@]}" </dev/null >&2)

  say "kernel $1: unpacking"
  local deb
  for deb in "$work"/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
  unpack_kernel "$release" "$work"
  rm -rf -- "$work/root" "$work/apt" "$work"/*.deb
  printf '%s\n' "$release" >"$work/release"
  mv -T -- "$work" "$kernels_dir/$1"
  say "kernel $1: ready in $kernels_dir/$1 ($(du -sh "$kernels_dir/$1" | cut -f1))"
}

# unpack_kernel RELEASE FOLDER: FOLDER/root → vmlinux, lib/modules.
unpack_kernel() {
  local release=$1 work=$2 modules=$2/lib/modules/$1 vmlinuz
  vmlinuz=$(find "$work/root" -name 'vmlinuz*' -type f)
  extract_elf "$vmlinuz" "$work/vmlinux" || die "found no kernel inside ${vmlinuz##*/}"

  mkdir -p -- "$work/lib/modules"
  if [[ -d $work/root/lib/modules ]]; then
    mv -- "$work/root/lib/modules/$release" "$modules"
  else
    mv -- "$work/root/usr/lib/modules/$release" "$modules"
  fi
  rm -f -- "$modules/vmlinuz" "$modules/build" "$modules/source"
  PATH=$system_path depmod -b "$work" "$release"
  drop_unused_modules "$modules"
  find "$modules" -name '*.ko.xz' -exec xz -d {} +
  find "$modules" -name '*.ko.zst' -exec zstd -q -d --rm {} +
  PATH=$system_path depmod -b "$work" "$release"
}

# Keeps what packets can meet and what that depends on; graphics, sound and the drivers of real
# hardware are four fifths of the size.
drop_unused_modules() {
  local modules=$1 keep
  keep=$(awk -F: '
    { needs[$1] = $2 }
    $1 ~ /^kernel\/(arch|block|crypto|fs|kernel|lib|mm|net|security)\// ||
    $1 ~ /^kernel\/drivers\/(block|char|net|vhost|virtio)\// &&
    $1 !~ /^kernel\/drivers\/net\/(arcnet|can|ethernet|hamradio|usb|wan|wireless|wwan)\// {
      print $1; n = split($2, d, " "); for (i = 1; i <= n; i++) print d[i]
    }' "$modules/modules.dep" | sort -u)
  (cd -- "$modules" && find kernel -type f -name '*.ko*' | sort |
    comm -23 - <(printf '%s\n' "$keep") | xargs -r rm -f --
    find kernel -type d -empty -delete)
}

# extract_elf VMLINUZ OUT: unpacks the xz or zstd stream inside.
extract_elf() {
  local at tool
  while read -r at; do
    for tool in xz zstd; do
      # Either may complain of what follows the stream: the result says whether it was one.
      tail -c "+$((at + 1))" -- "$1" | "$tool" -dcq >"$2" 2>/dev/null || true
      cmp -s -n 4 -- "$2" <(printf '\x7fELF') && return 0
    done
  done < <(LC_ALL=C grep -obUaP '\xFD7zXZ\x00|\x28\xB5\x2F\xFD' -- "$1" | LC_ALL=C cut -d: -f1)
  return 1
}
