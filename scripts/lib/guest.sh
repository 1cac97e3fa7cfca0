# shellcheck shell=bash
# One guest: a prepared kernel under QEMU, this machine's `/` as its root, one command.

# What the caller of run_guest sets.
memory=2048 timeout=0 tty='' icount='' compile_outside='' shares=() environment=()

boot_limit=180 # seconds until the command must have started

quoted() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

# guest_initrd WORK KERNEL [trial]: writes WORK/initrd.
guest_initrd() {
  local work=$1 kernel=$kernels_dir/$2 trial=${3-} lab=$1/initrd.d/lab release module compiler i
  release=$(<"$kernel/release")
  mkdir -p -- "$lab/modules" "$work/initrd.d/bin"
  cp -- "$(static_busybox)" "$lab/busybox"
  ln -- "$lab/busybox" "$work/initrd.d/bin/busybox"
  cp -- "$lib_dir/guest-init" "$lab/init"
  install -m 0755 -- "$lib_dir/guest-init" "$work/initrd.d/init"
  if [[ -n $compile_outside ]]; then
    mkdir -- "$lab/outside"
    for i in clang cc; do
      compiler=$(type -P "$i") || continue
      install -m 0755 -- "$lib_dir/guest-compiler" "$lab/outside/$i"
      touch -r "$compiler" -- "$lab/outside/$i" # netcap tells compilers apart by this
    done
  fi
  boot_modules "$kernel" "$release" | while read -r module; do
    cp -- "$module" "$lab/modules/"
    printf '%s\n' "${module##*/}"
  done >"$lab/modules/order"
  {
    printf 'release=%s\n' "$release"
    printf 'modules=%s\n' "$(quoted "$(realpath "$kernel")/lib/modules/$release")"
    printf 'root_is=%s\n' "$root_is"
    printf 'trial=%s\ntty=%s\nrows=%s\ncolumns=%s\n' "$trial" "$tty" "$rows" "$columns"
  } >"$lab/settings"
  for i in "${!shares[@]}"; do printf 'share%d %s\n' "$i" "${shares[i]}"; done >"$lab/shares"
  cp -- "$work/job" "$lab/job"
  (cd -- "$work/initrd.d" && find . | "$(static_busybox)" cpio -o -H newc 2>/dev/null) \
    >"$work/initrd"
  rm -rf -- "$work/initrd.d"
}

# boot_modules FOLDER RELEASE: what mounts the root, in loading order, without repetition.
boot_modules() {
  local name names=(virtio_pci virtio_console 9pnet_virtio 9p overlay)
  [[ $root_is != virtiofs ]] || names+=(virtiofs)
  for name in "${names[@]}"; do
    PATH=$system_path modprobe -d "$1" -S "$2" --show-depends "$name"
  done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

static_busybox() {
  local busybox
  busybox=$(type -P busybox) || true
  if [[ -z $busybox ]] || ldd "$busybox" >/dev/null 2>&1; then
    die "missing programs; install: busybox-static"
  fi
  printf '%s' "$busybox"
}

# guest_job COMMAND…: the script that the guest runs, in this folder and environment.
guest_job() {
  local name word
  printf 'cd %s || exit 126\n' "$(quoted "$PWD")"
  for name in "${environment[@]}"; do
    [[ -z ${!name+set} ]] || printf 'export %s=%s\n' "$name" "$(quoted "${!name}")"
  done
  [[ -z $compile_outside ]] || printf 'export PATH=/run/lab/outside:$PATH\n'
  printf 'export VM_OUT=/run/lab/out\nexec'
  for word; do printf ' %s' "$(quoted "$word")"; done
  printf '\n'
}

# qemu_command WORK KERNEL ACCEL…: sets qemu.
qemu_command() {
  local work=$1 kernel=$2 accel=$3 i
  # A guest must not outlive this script, however that ends.
  qemu=(setpriv --pdeathsig KILL qemu-system-x86_64 -machine q35 -m "$memory" -no-reboot
    -nodefaults -no-user-config -display none -vga none -nic none
    -kernel "$kernels_dir/$kernel/vmlinux" -initrd "$work/initrd"
    -chardev "file,id=console,path=$work/console" -serial chardev:console
    -append "console=ttyS0 quiet loglevel=4 panic=-1 oops=panic mitigations=off nokaslr $(
      )tsc=reliable no_timer_check nowatchdog")
  # One thread for both emulated processors: with two, one trips over code that the other changes
  # (Oops: int3), as each program that is attached has it do.
  case $accel in
    kvm) qemu+=(-accel kvm -cpu host -smp 2) ;;
    tcg) qemu+=(-accel "tcg,thread=single,tb-size=512" -cpu max -smp 2) ;;
    icount) qemu+=(-accel "tcg,thread=single,tb-size=512" -icount "shift=0,sleep=off"
      -cpu max -smp 1) ;;
  esac
}

share_folder() { # TAG FOLDER
  qemu+=(-virtfs "local,mount_tag=$1,path=${2//,/,,},security_model=none,multidevs=remap")
}

# Before 5.13, 9p reads files a page at a time when they are mapped: a compiler's first run takes a
# minute. virtiofs does not, but asks for a daemon, and for root where that is QEMU's own.
share_root() { # WORK KERNEL
  local work=$1 daemon tries=50
  qemu_root=(-virtfs "local,mount_tag=root,path=/,security_model=none,multidevs=remap,readonly=on")
  root_is=9p
  [[ $2 == 5.10 ]] || return 0
  if [[ -x /usr/libexec/virtiofsd ]]; then
    daemon=(/usr/libexec/virtiofsd --shared-dir / --cache always --sandbox none)
  elif [[ -x /usr/lib/qemu/virtiofsd && $EUID == 0 ]]; then
    daemon=(/usr/lib/qemu/virtiofsd -o "source=/,sandbox=chroot,cache=always")
  else
    say "without virtiofsd, programs start slowly on $2"
    return 0
  fi
  setpriv --pdeathsig KILL "${daemon[@]}" --socket-path="$work/root.socket" \
    </dev/null >"$work/virtiofsd" 2>&1 &
  root_daemon=$!
  while [[ ! -S $work/root.socket ]]; do
    if ! kill -0 "$root_daemon" 2>/dev/null || ((tries-- == 0)); then
      say "virtiofsd does not work ($(tail -n 1 "$work/virtiofsd")): programs start slowly on $2"
      return 0
    fi
    sleep 0.1
  done
  root_is=virtiofs
  qemu_root=(-object "memory-backend-memfd,id=memory,size=${memory}M,share=on"
    -numa node,memdev=memory -chardev "socket,id=root,path=$work/root.socket"
    -device vhost-user-fs-pci,chardev=root,tag=root)
}

# serve_compilers FOLDER: does what guest-compiler asks for there, until it is killed.
serve_compilers() {
  local folder=$1 request pause
  mkfifo -- "$folder.pause"
  exec {pause}<>"$folder.pause"
  while kill -0 "$$" 2>/dev/null; do
    for request in "$folder"/*; do
      [[ -e $request/ready && ! -e $request/taken ]] || continue
      : >"$request/taken"
      answer_compiler "$request" &
    done
    read -rt 0.03 -u "$pause" || true
  done
}

# answer_compiler REQUEST: "arguments" has the compiler's name, its folder and its words; files of the
# guest's own are below "root", and are called by their names in the guest in what the compiler says.
answer_compiler() {
  local request=$1 root=$1/root words i status=0
  mapfile -d '' -t words <"$request/arguments"
  for ((i = 2; i < ${#words[@]}; i++)); do
    [[ ${words[i]} != /* || ! -f $root${words[i]} ]] || words[i]=$root${words[i]}
  done
  (cd -- "${words[1]}" 2>/dev/null || cd / || exit
    exec "${words[0]}" "${words[@]:2}") </dev/null >"$request/out" 2>"$request/err" || status=$?
  sed "s|$root||g" "$request/out" >"$request/stdout"
  sed "s|$root||g" "$request/err" >"$request/stderr"
  printf '%d\n' "$status" >"$request/status.new"
  mv -- "$request/status.new" "$request/status"
}

# KVM's device may open and yet boot nothing: only a trial tells, once per boot of this machine.
choose_accelerator() { # WORK KERNEL
  local known
  known=$cache_dir/kvm-$(</proc/sys/kernel/random/boot_id)
  if [[ -n $icount ]]; then
    accel=icount
  elif [[ ! -w /dev/kvm ]]; then
    accel=tcg
  else
    [[ -s $known ]] || try_kvm "$1" "$2" "$known"
    accel=$(<"$known")
  fi
}

try_kvm() { # WORK KERNEL RESULT
  local work=$1/trial
  local rows='' columns='' root_is=9p
  mkdir -- "$work"
  : >"$work/job"
  guest_initrd "$work" "$2" trial
  qemu_command "$work" "$2" kvm
  (timeout 15 "${qemu[@]}" || true) </dev/null >/dev/null 2>&1
  rm -f -- "$cache_dir"/kvm-*
  if grep -q 'the trial boot has worked' "$work/console" 2>/dev/null; then
    printf 'kvm\n' >"$3"
  else
    printf 'tcg\n' >"$3"
    say "KVM boots nothing on this machine: guests are emulated"
  fi
}

# run_guest WORK KERNEL COMMAND…: returns the command's exit status, or 125.
run_guest() {
  local work=$1 kernel=$2 accel qemu rows='' columns='' root_is qemu_root i pids boots
  shift 2
  mkdir -- "$work/host" "$work/out"
  : >"$work/host/stdout"
  : >"$work/host/stderr"
  guest_job "$@" >"$work/job"
  choose_accelerator "$work" "$kernel"
  [[ -z $tty ]] || read -r rows columns < <(stty size)
  share_root "$work" "$kernel"
  guest_initrd "$work" "$kernel"

  if [[ -n $compile_outside ]]; then
    mkdir -- "$work/host/compile"
    serve_compilers "$work/host/compile" </dev/null &
    compilers=$!
  fi

  for boots in 3 2 1; do
    qemu_command "$work" "$kernel" "$accel"
    qemu+=("${qemu_root[@]}")
    share_folder host "$work/host"
    share_folder out "$VM_OUT"
    for i in "${!shares[@]}"; do share_folder "share$i" "${shares[i]}"; done
    qemu+=(-device virtio-serial-pci)

    pids=()
    if [[ -n $tty ]]; then
      mkfifo -- "$work/size.in" "$work/size.out"
      qemu+=(-chardev "stdio,id=terminal,signal=off" -device "virtconsole,chardev=terminal"
        -chardev "pipe,id=size,path=$work/size" -device "virtserialport,chardev=size,name=size")
      trap 'stty size >"$work/size.in"' WINCH
      trap 'stty '"$(stty -g)" RETURN
      "${qemu[@]}" <&0 2>"$work/qemu-errors" &
      guest=$!
    else
      "${qemu[@]}" </dev/null >/dev/null 2>"$work/qemu-errors" &
      guest=$!
      # Each ends when it has shown everything that was written before the guest's end.
      setpriv --pdeathsig KILL tail -c +1 -s 0.05 --pid "$guest" -f "$work/host/stdout" &
      pids=($!)
      setpriv --pdeathsig KILL tail -c +1 -s 0.05 --pid "$guest" -f "$work/host/stderr" >&2 &
      pids+=($!)
    fi
    watch_guest "$work"
    ((${#pids[@]} == 0)) || wait "${pids[@]}" || true
    [[ ! -s $work/host/status ]] || return "$(<"$work/host/status")"
    # Nothing has run yet.
    if ((boots == 1)) || [[ -n $failure || -n $tty || -e $work/host/started ]]; then break; fi
    say "the guest crashed while it was booting; once more"
    rm -f -- "$work/root.socket"
    share_root "$work" "$kernel"
  done
  guest_failed "$work"
  return 125
}

# Waits for the guest's end, and ends it when it takes too long or nobody reads its output.
watch_guest() {
  local work=$1 limit='' boot ended began=$SECONDS
  failure=''
  setpriv --pdeathsig KILL sleep "$boot_limit" &
  boot=$!
  ((timeout == 0)) || { setpriv --pdeathsig KILL sleep "$timeout" & limit=$!; }
  while kill -0 "$guest" 2>/dev/null; do
    ended=''
    # A signal ends the wait too, with nothing ended.
    # shellcheck disable=SC2086
    wait -n -p ended "$guest" $boot $limit ${pids[0]-} 2>/dev/null || true
    case ${ended:-none} in
      "$boot")
        boot=''
        [[ -e $work/host/started ]] || failure="it has not started in $boot_limit seconds"
        ;;
      "$limit") failure="time is up after $((SECONDS - began)) seconds" ;;
      "${pids[0]-}") kill -0 "$guest" 2>/dev/null && failure="nobody reads its output" ;;
    esac
    [[ -z $failure ]] || break
  done
  # shellcheck disable=SC2086
  kill -KILL "$guest" $boot $limit 2>/dev/null || true
  # shellcheck disable=SC2086
  wait "$guest" $boot $limit 2>/dev/null || true
}

guest_failed() {
  local work=$1
  say "the guest has failed: ${failure:-it crashed}"
  [[ ! -s $work/qemu-errors ]] || tail -n 5 -- "$work/qemu-errors" >&2
  if [[ -s $work/console ]]; then
    say "last lines of its console:"
    tail -n 40 -- "$work/console" | tr -d '\r' >&2
  fi
}
