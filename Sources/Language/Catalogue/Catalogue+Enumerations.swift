extension Catalogue {
  private static func enumeration(_ name: String, prefix: String, _ items: [(String, Int64)])
    -> Enumeration
  {
    Enumeration(
      name: name, cases: items.map { Enumeration.Case(name: prefix + $0.0, value: $0.1) })
  }

  /// States of TCP sockets (include/net/tcp_states.h), where BTF does not tell.
  package static let tcpStates = enumeration(
    "tcp_state", prefix: "TCP_",
    [
      ("ESTABLISHED", 1), ("SYN_SENT", 2), ("SYN_RECV", 3), ("FIN_WAIT1", 4), ("FIN_WAIT2", 5),
      ("TIME_WAIT", 6), ("CLOSE", 7), ("CLOSE_WAIT", 8), ("LAST_ACK", 9), ("LISTEN", 10),
      ("CLOSING", 11), ("NEW_SYN_RECV", 12),
    ])

  /// Numbers with names that are not in BTF, or may not be.
  package static let enumerations: [Enumeration] = [
    // include/linux/socket.h
    enumeration(
      "address_family", prefix: "AF_",
      [
        ("UNSPEC", 0), ("UNIX", 1), ("INET", 2), ("BRIDGE", 7), ("INET6", 10), ("NETLINK", 16),
        ("PACKET", 17), ("TIPC", 30), ("BLUETOOTH", 31), ("ALG", 38), ("VSOCK", 40), ("KCM", 41),
        ("SMC", 43), ("XDP", 44), ("MCTP", 45),
      ]),
    // include/uapi/linux/if_ether.h
    enumeration(
      "ether_type", prefix: "ETH_P_",
      [
        ("IP", 0x0800), ("ARP", 0x0806), ("RARP", 0x8035), ("8021Q", 0x8100), ("IPV6", 0x86dd),
        ("SLOW", 0x8809), ("MPLS_UC", 0x8847), ("MPLS_MC", 0x8848), ("PPP_DISC", 0x8863),
        ("PPP_SES", 0x8864), ("PAE", 0x888e), ("8021AD", 0x88a8), ("LLDP", 0x88cc),
        ("MACSEC", 0x88e5), ("1588", 0x88f7), ("NSH", 0x894f), ("TEB", 0x6558), ("ALL", 3),
        ("CAN", 0xc),
      ]),
    // include/uapi/linux/in.h
    enumeration(
      "ip_protocol", prefix: "IPPROTO_",
      [
        ("IP", 0), ("ICMP", 1), ("IGMP", 2), ("IPIP", 4), ("TCP", 6), ("EGP", 8), ("PUP", 12),
        ("UDP", 17), ("IDP", 22), ("DCCP", 33), ("IPV6", 41), ("ROUTING", 43), ("FRAGMENT", 44),
        ("RSVP", 46), ("GRE", 47), ("ESP", 50), ("AH", 51), ("ICMPV6", 58), ("NONE", 59),
        ("DSTOPTS", 60), ("PIM", 103), ("COMP", 108), ("L2TP", 115), ("SCTP", 132),
        ("UDPLITE", 136), ("MPLS", 137), ("RAW", 255), ("MPTCP", 262),
      ]),
    tcpStates,
    // include/uapi/linux/icmp.h
    enumeration(
      "icmp_type", prefix: "ICMP_",
      [
        ("ECHOREPLY", 0), ("DEST_UNREACH", 3), ("SOURCE_QUENCH", 4), ("REDIRECT", 5), ("ECHO", 8),
        ("TIME_EXCEEDED", 11), ("PARAMETERPROB", 12), ("TIMESTAMP", 13), ("TIMESTAMPREPLY", 14),
      ]),
    // include/uapi/linux/icmpv6.h, include/net/ndisc.h
    enumeration(
      "icmp6_type", prefix: "ICMPV6_",
      [
        ("DEST_UNREACH", 1), ("PKT_TOOBIG", 2), ("TIME_EXCEED", 3), ("PARAMPROB", 4),
        ("ECHO_REQUEST", 128), ("ECHO_REPLY", 129), ("MGM_QUERY", 130), ("MGM_REPORT", 131),
        ("MGM_REDUCTION", 132), ("ROUTER_SOLICITATION", 133), ("ROUTER_ADVERTISEMENT", 134),
        ("NEIGHBOUR_SOLICITATION", 135), ("NEIGHBOUR_ADVERTISEMENT", 136), ("REDIRECT", 137),
      ]),
    // include/uapi/asm-generic/errno-base.h, errno.h
    enumeration(
      "errno", prefix: "E",
      [
        ("PERM", 1), ("NOENT", 2), ("SRCH", 3), ("INTR", 4), ("IO", 5), ("NXIO", 6), ("2BIG", 7),
        ("NOEXEC", 8), ("BADF", 9), ("CHILD", 10), ("AGAIN", 11), ("NOMEM", 12), ("ACCES", 13),
        ("FAULT", 14), ("NOTBLK", 15), ("BUSY", 16), ("EXIST", 17), ("XDEV", 18), ("NODEV", 19),
        ("NOTDIR", 20), ("ISDIR", 21), ("INVAL", 22), ("NFILE", 23), ("MFILE", 24), ("NOTTY", 25),
        ("FBIG", 27), ("NOSPC", 28), ("SPIPE", 29), ("ROFS", 30), ("MLINK", 31), ("PIPE", 32),
        ("DOM", 33), ("RANGE", 34), ("DEADLK", 35), ("NAMETOOLONG", 36), ("NOLCK", 37),
        ("NOSYS", 38), ("NOTEMPTY", 39), ("LOOP", 40), ("NOMSG", 42), ("NODATA", 61),
        ("TIME", 62), ("PROTO", 71), ("BADMSG", 74), ("OVERFLOW", 75), ("ILSEQ", 84),
        ("USERS", 87), ("NOTSOCK", 88), ("DESTADDRREQ", 89), ("MSGSIZE", 90), ("PROTOTYPE", 91),
        ("NOPROTOOPT", 92), ("PROTONOSUPPORT", 93), ("SOCKTNOSUPPORT", 94), ("OPNOTSUPP", 95),
        ("PFNOSUPPORT", 96), ("AFNOSUPPORT", 97), ("ADDRINUSE", 98), ("ADDRNOTAVAIL", 99),
        ("NETDOWN", 100), ("NETUNREACH", 101), ("NETRESET", 102), ("CONNABORTED", 103),
        ("CONNRESET", 104), ("NOBUFS", 105), ("ISCONN", 106), ("NOTCONN", 107),
        ("SHUTDOWN", 108), ("TOOMANYREFS", 109), ("TIMEDOUT", 110), ("CONNREFUSED", 111),
        ("HOSTDOWN", 112), ("HOSTUNREACH", 113), ("ALREADY", 114), ("INPROGRESS", 115),
        ("STALE", 116), ("CANCELED", 125),
      ]),
  ]
}
