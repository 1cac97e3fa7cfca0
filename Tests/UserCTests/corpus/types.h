typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef __u16 __be16;
typedef __u32 __be32;

struct net_device {
	char name[16];
	int ifindex;
	unsigned int mtu;
};

struct sock_common {
	__be16 skc_dport;
	__u16 skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_reuse : 4;
	unsigned char skc_reuseport : 1;
};

struct sock {
	struct sock_common __sk_common;
	int sk_rcvbuf;
};

struct tcp_sock {
	struct sock sk;
	__u32 snd_cwnd;
};

struct iphdr {
	__u8 ihl : 4;
	__u8 version : 4;
	__u8 ttl;
	__be32 saddr;
};

struct sk_buff {
	union {
		struct {
			struct sk_buff *next;
			struct net_device *dev;
		};
	};
	struct sock *sk;
	unsigned int len;
	union {
		struct {
			__u8 pkt_type : 3;
			__u8 cloned : 1;
			const __u32 mark;
			int delta : 5;
		};
		struct {
			__u8 all;
		} headers;
	};
	__u16 network_header;
	unsigned char *head;
	unsigned char cb[48];
	int (*destructor)(struct sk_buff *skb);
};

/* Members of the same name that are no bit fields. */
struct nlattr {
	struct net_device *version;
	unsigned short delta;
	struct {
		int x;
	} cloned;
};
