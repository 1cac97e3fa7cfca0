# The rows of scripts/bench → the tables of docs/performance.md. Set: packets, rounds.
BEGIN { FS = "\t" }
$2 == "#" { said[$1] = said[$1] $3 "\n"; next }
{ values[$1, $2, ++count[$1, $2]] = $3 }

function median(row, key,   n, i, j, list, t) {
  n = count[row, key]
  if (!n) return ""
  for (i = 1; i <= n; i++) {
    t = values[row, key, i] + 0
    for (j = i - 1; j > 0 && list[j] > t; j--) list[j + 1] = list[j]
    list[j + 1] = t
  }
  return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
function largest(row, key,   i, n) {
  for (i = 1; i <= count[row, key]; i++) if (values[row, key, i] + 0 > n) n = values[row, key, i]
  return n
}
function over(row, key,   m) {
  m = median(row, key)
  return m == "" ? "" : m - median("baseline", key)
}
function signed(n) { return n == "" ? "–" : sprintf("%+d", n) }
function seconds(n) { return n == "" ? "–" : sprintf("%.2f s", n / 1e9) }
function mebibytes(n) { return n == "" ? "–" : sprintf("%d MB", n * 1024 / 1e6 + 0.5) }
function ratio(a, b) { return a == "" || b == "" || b <= 0 ? "–" : sprintf("%.2f", a / b) }
# Whether the goal is reached; "" where there is nothing to compare with.
function verdict(value, limit) {
  return value == "" || limit == "" ? "" : value <= limit ? "reached" : "**not reached**"
}
function line(a, b, c, d, e, f, g) {
  printf "| %s | %s | %s | %s | %s | %s | %s |\n", a, b, c, d, e, f, g
}
function ratios(name, key, mine, their_tcpdump, their_bpftrace, their_pwru) {
  printf "| %s | %s | %s | %s |\n", name, ratio(mine, their_tcpdump),
    ratio(mine, their_bpftrace), ratio(mine, their_pwru)
}
function script(row, name, kind,   n, m) {
  n = over(row "-" kind, "kernel")
  m = over(row "-bpftrace-" kind, "kernel")
  line(name, signed(n), "", signed(m), "", signed(m), verdict(n, m))
}
# The number before a phrase in what a row's program said.
function told(row, phrase,   text) {
  text = said[row]
  if (!match(text, "[0-9]+ " phrase)) return ""
  return substr(text, RSTART, RLENGTH) + 0
}
function lost(row, seen,   sent) {
  if (seen == "") return
  sent = packets * rounds + int(packets / 10) + 1
  printf "| %s | %d | %d | %d |\n", row, sent, seen, sent - seen
}

END {
  base = median("baseline", "packet")
  floor = over("floor-fentry", "kernel")
  floor_kprobe = over("floor-kprobe", "kernel")
  print "The clock of the guest counts instructions: its \"ns\" are the same in every run, good for"
  print "ratios and for regressions, and blind to caches. One CPU, so that all that a packet costs is"
  print "seen, in the kernel and in the tracer. Traffic: " packets " UDP packets of 64 bytes a round through a"
  print "veth pair, medians of " rounds " rounds; without a tracer a packet takes " sprintf("%d", base) " ns from `send` to"
  print "`recv`, and numbers are what comes to that. Rejected: `udp port 1`; matched: `udp port 9`, all"
  print "at `udp_rcv`, a script's predicate: both ports compared with 1, its count: by source address;"
  print "tcpdump at the interface. Ready: from exec until it is said; programs and"
  print "libraries are in memory; cold: netcap's cache of compiled objects is empty.\n"

  line("", "netcap", "tcpdump", "bpftrace", "pwru", "netcap's goal", "")
  print "|---|---:|---:|---:|---:|---:|---|"
  line("only counted, fentry (floor), ns", signed(floor), "", "", "", "", "")
  line("only counted, kprobe (floor), ns", signed(floor_kprobe), "", "", "", "", "")
  n = over("reject-netcap-fentry", "kernel")
  limit = floor == "" ? "" : floor + 150
  line("rejected, fentry, ns", signed(n), signed(over("reject-tcpdump", "kernel")),
    signed(over("reject-bpftrace", "kernel")), "", signed(limit), verdict(n, limit))
  line("rejected, kprobe, ns", signed(over("reject-netcap-kprobe", "kernel")), "", "",
    signed(over("reject-pwru", "kernel")), "", "")
  n = over("write-netcap", "packet"); m = over("write-tcpdump", "packet")
  line("written to pcap, ns", signed(n), signed(m), "", "", signed(m), verdict(n, m))
  line("written to pcapng, ns", signed(over("write-netcap-pcapng", "packet")), "", "", "", "", "")
  n = over("show-netcap", "packet"); m = over("show-tcpdump", "packet")
  limit = m == "" ? "" : 1.25 * m
  line("displayed, ns", signed(n), signed(m), signed(over("show-bpftrace", "packet")),
    signed(over("show-pwru", "packet")), signed(limit), verdict(n, limit))
  line("displayed as JSON, ns", signed(over("show-netcap-json", "packet")), "", "", "", "", "")
  for (i = 1; i <= 2; i++) {
    kind = i == 1 ? "fentry" : "kprobe"
    script("script-where", "script: a predicate, " kind ", ns", kind)
    script("script-count", "script: a count by key, " kind ", ns", kind)
  }
  n = median("start-netcap-warm", "ready")
  line("ready, warm", seconds(n), seconds(median("start-tcpdump", "ready")),
    seconds(median("start-bpftrace", "ready")), seconds(median("start-pwru", "ready")),
    seconds(0.6e9), verdict(n, 0.6e9))
  m = n
  n = median("start-script-warm", "ready")
  line("script: ready, warm", seconds(n), "", "", "", seconds(m), verdict(n, 1.05 * m))
  n = median("start-netcap-cold", "ready"); m = median("start-bpftrace", "ready")
  limit = m == "" ? "" : 1.5 * m
  line("ready, cold", seconds(n), "", "", "", seconds(limit), verdict(n, limit))
  line("CPU time of that, warm", seconds(median("start-netcap-warm", "busy")),
    seconds(median("start-tcpdump", "busy")), seconds(median("start-bpftrace", "busy")),
    seconds(median("start-pwru", "busy")), "", "")
  line("CPU time of that, cold", seconds(median("start-netcap-cold", "busy")), "", "", "", "", "")
  line("SIGINT to exit", seconds(median("start-netcap-warm", "detach")),
    seconds(median("start-tcpdump", "detach")), seconds(median("start-bpftrace", "detach")),
    seconds(median("start-pwru", "detach")), "", "")
  n = median("show-netcap", "rss")
  line("resident, own process", mebibytes(n), mebibytes(median("show-tcpdump", "rss")),
    mebibytes(median("show-bpftrace", "rss")), mebibytes(median("show-pwru", "rss")), "40 MB",
    verdict(n, 39062))
  line("resident, with children", mebibytes(median("show-netcap", "rss-all")),
    mebibytes(median("show-tcpdump", "rss-all")), mebibytes(median("show-bpftrace", "rss-all")),
    mebibytes(median("show-pwru", "rss-all")), "", "")
  line("CPU time without packets, ms/s", idle("show-netcap"), idle("show-tcpdump"),
    idle("show-bpftrace"), idle("show-pwru"), "", "")

  print "\nnetcap's number divided by theirs:\n"
  print "| | tcpdump | bpftrace | pwru |\n|---|---:|---:|---:|"
  ratios("rejected, fentry", "", over("reject-netcap-fentry", "kernel"),
    over("reject-tcpdump", "kernel"), over("reject-bpftrace", "kernel"), "")
  ratios("rejected, kprobe", "", over("reject-netcap-kprobe", "kernel"), "", "",
    over("reject-pwru", "kernel"))
  ratios("written", "", over("write-netcap", "packet"), over("write-tcpdump", "packet"), "", "")
  ratios("displayed", "", over("show-netcap", "packet"), over("show-tcpdump", "packet"),
    over("show-bpftrace", "packet"), over("show-pwru", "packet"))
  for (i = 1; i <= 2; i++) {
    kind = i == 1 ? "fentry" : "kprobe"
    ratios("script: a predicate, " kind, "", over("script-where-" kind, "kernel"), "",
      over("script-where-bpftrace-" kind, "kernel"), "")
    ratios("script: a count by key, " kind, "", over("script-count-" kind, "kernel"), "",
      over("script-count-bpftrace-" kind, "kernel"), "")
  }
  ratios("ready, warm", "", median("start-netcap-warm", "ready"),
    median("start-tcpdump", "ready"), median("start-bpftrace", "ready"),
    median("start-pwru", "ready"))
  ratios("ready, cold", "", median("start-netcap-cold", "ready"),
    median("start-tcpdump", "ready"), median("start-bpftrace", "ready"),
    median("start-pwru", "ready"))
  ratios("resident", "", median("show-netcap", "rss"), median("show-tcpdump", "rss"),
    median("show-bpftrace", "rss"), median("show-pwru", "rss"))

  print "\nPackets, sent as fast as they go:\n"
  print "| | sent | delivered | lost |\n|---|---:|---:|---:|"
  lost("netcap, written", told("write-netcap", "written"))
  lost("netcap, pcapng", told("write-netcap-pcapng", "written"))
  lost("netcap, displayed", told("show-netcap", "displayed"))
  lost("tcpdump, written", told("write-tcpdump", "packets captured"))
  lost("tcpdump, displayed", told("show-tcpdump", "packets captured"))
  lost("bpftrace, displayed", median("show-bpftrace", "lines"))
  lost("pwru, displayed", count["show-pwru", "lines"] ? median("show-pwru", "lines") - 1 : "") # a header
  if (count["prompt", "echo"]) {
    printf "\nA key at the prompt of `netcap repl`, while the packets that a probe shows are sent as fast as they go: seen\n"
    printf "after %.1f ms, at most %.1f; lines drawn meanwhile: %d, at most %d (goal: fewer than 1000).\n",
      median("prompt", "echo") / 1e6, largest("prompt", "echo") / 1e6, median("prompt", "drawn"),
      largest("prompt", "drawn")
  }
  if (idle("show-pwru") + 0 > 500) {
    print "\npwru asks for events without a pause: beside it, anything else has half of the CPU. Its"
    print "\"displayed\" is with that, its \"rejected\" without."
  }
}
function idle(row,   n) {
  n = median(row, "idle")
  return n == "" ? "–" : sprintf("%.1f", n / 1e6)
}
