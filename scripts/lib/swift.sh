# shellcheck shell=bash
# The Swift toolchain: one that is there, Debian's, or Swift's own archive in the cache folder.

swift_oldest=6.2
swift_version=6.3.1 # the archive to fetch
swift_url=${NETCAP_SWIFT_URL:-https://download.swift.org}
swift_keys=${NETCAP_SWIFT_KEYS:-https://swift.org/keys/all-keys.asc}
# "Swift 6.x Release Signing Key"; swift.org/keys
swift_key=${NETCAP_SWIFT_KEY:-52BB7E3DE28A71BE22EC05FFEF80A866B47A981F}
swift_archive_mb=1100
swift_dir=$cache_dir/swift-$swift_version

new_enough() { dpkg --compare-versions "$1" ge "$swift_oldest"; }

# find_swift: puts a good one on PATH, or fails.
find_swift() {
  local folder version
  for folder in '' "$swift_dir/usr/bin:"; do
    version=$(PATH=$folder$PATH swift --version 2>/dev/null |
      sed -nE 's/.*Swift version ([0-9.]+).*/\1/p') || true
    if [[ -n $version ]] && new_enough "$version"; then
      export PATH=$folder$PATH
      return 0
    fi
  done
  return 1
}

# swift_lacks_libraries: whether there is one which does not run, and packages may be why.
swift_lacks_libraries() {
  local package
  type -P swift >/dev/null && ! swift --version >/dev/null 2>&1 || return 1
  for package in "${build_packages[@]}"; do installed "$package" || return 0; done
  return 1
}

# swift_source: "package" where Debian's is new enough, else "archive".
swift_source() {
  local candidate
  candidate=$(apt-cache policy swiftlang 2>/dev/null | awk '$1 == "Candidate:" { print $2 }')
  if [[ -n $candidate && $candidate != '(none)' ]] && new_enough "$candidate"; then
    printf 'package'
  else
    printf 'archive'
  fi
}

# swift_platforms: whose archives run here, best first.
swift_platforms() {
  local ID='' VERSION_ID=''
  # shellcheck source=/dev/null
  . /etc/os-release
  case $ID$VERSION_ID in
    debian12) printf 'debian12\n' ;;
    debian*) printf 'debian13\ndebian12\n' ;; # not every release has one of its own for 13
    ubuntu*) printf 'ubuntu%s\n' "$VERSION_ID" ;;
  esac
}

# fetch_swift: downloads (going on where it was broken off), checks the signature, unpacks.
fetch_swift() {
  local platform name url suffix='' found='' progress=-sS
  [[ ! -t 2 ]] || progress=--progress-bar
  case $(uname -m) in
    x86_64) ;;
    aarch64) suffix=-aarch64 ;;
    *) die "Swift has no archive for $(uname -m)" ;;
  esac
  make_cache_dir
  (
    flock -n 9 || { say "another run is fetching Swift; waiting"; flock 9; }
    [[ ! -x $swift_dir/usr/bin/swift ]] || exit 0
    cd -- "$cache_dir"
    for platform in $(swift_platforms); do
      name=swift-$swift_version-RELEASE-$platform$suffix.tar.gz
      url=$swift_url/swift-$swift_version-release/${platform//./}$suffix/$(
        )swift-$swift_version-RELEASE/$name
      if curl -fsSL --retry 3 -o "$name.sig" -- "$url.sig"; then
        found=$platform
        break
      fi
    done
    [[ -n $found ]] ||
      die "found no archive of Swift $swift_version for this system at $swift_url; $(
        )install Swift $swift_oldest or newer by hand and put it on PATH"
    say "fetching $url"
    # A download that was complete already is an error to curl: the signature decides.
    if ! curl -fL "$progress" --retry 3 -C - -o "$name.part" -- "$url"; then
      check_signature "$name.sig" "$name.part" ||
        die "could not fetch $url; run this again to go on where it stopped"
    elif ! check_signature "$name.sig" "$name.part"; then
      rm -f -- "$name.part" "$name.sig"
      die "the signature of $name is not Swift's: the download is removed"
    fi
    say "unpacking Swift $swift_version"
    rm -rf -- "$swift_dir.new"
    mkdir -- "$swift_dir.new"
    tar -xzf "$name.part" --strip-components=1 -C "$swift_dir.new"
    mv -T -- "$swift_dir.new" "$swift_dir"
    rm -f -- "$name.part" "$name.sig"
  ) 9>"$cache_dir/swift.lock"
}

# check_signature SIGNATURE FILE: by Swift's key, in a key ring of its own.
check_signature() {
  local home status=1
  home=$(mktemp -d)
  if curl -fsSL --retry 3 -- "$swift_keys" | gpg --homedir "$home" --batch -q --import; then
    gpg --homedir "$home" --batch --status-fd 1 --verify -- "$1" "$2" 2>/dev/null |
      grep -q "^\[GNUPG:\] VALIDSIG .*$swift_key\$" && status=0
  fi
  gpgconf --homedir "$home" --kill all 2>/dev/null || true
  rm -rf -- "$home"
  return "$status"
}
