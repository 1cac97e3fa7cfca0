/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* probe made: fentry */
#define NC_WINDOW 256
#define NC_FIELD_WORDS 0
#define NC_KEY_WORDS 4
#define NC_VALUE_WORDS 1
#define NC_SLOTS 0
#define NC_SLOT_WORDS 1
#define NC_CAPTURE 65535
#define NC_COMPARE_EXCHANGE 1
#define NC_IN_PLACE 1
#define NC_USUAL_FORM 1
#define NC_FENTRY 1
#define NC_HAS_PACKET 1
#define NC_TYPED_ARGUMENTS 1
#define NC_SKB(ctx) (ctx)[0]
#define NC_SKB_SLOT(ctx) (&(ctx)[0])
#define NC_SOCK(ctx) 0

#include "skb_packet.h"
#include "filter.h"
#include "reads.h"
#include "layers.h"
#include "tables.h"
#include "usual.h"

static const u64 nc_zeros[8] = {};

/* table ports[source, port] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(max_entries, 100);
		__uint(key_size, 32);
		__uint(value_size, 8);
	});
} ports_table SEC(".maps");
NC_REFUSED(ports_table);

static __always_inline enum nc_outcome nc_body(struct nc_run *run)
{
	bool port_there = false;
	u64 port_ = 0;
	run->layers = nc_layers(run);
	/* line 1:  */
	if (!((run->layers & NC_OUTER(NC_ETH)) != 0))
		return NC_FILTERED;
	bool has_udp_1 = (run->layers & NC_OUTER(NC_UDP)) != 0;
	u64 udp_dport_2 = 0;
	if (has_udp_1)
		udp_dport_2 = nc_field(run, run->s->outer.at[NC_UDP], 2, 2);
	port_there = has_udp_1;
	port_ = udp_dport_2;
	s64 payload_len_3 = -1;
	if (has_udp_1)
		payload_len_3 = nc_payload_len(&run->s->outer, (u64)run->s->outer.at[NC_UDP] + 8);
	bool has_4 = payload_len_3 >= 0;
	if (has_4) {
		run->s->key[0] = 0;
		bool has_ip_5 = (run->layers & NC_OUTER(NC_IP)) != 0;
		u64 ip_src_6 = 0;
		if (has_ip_5)
			ip_src_6 = NC_MAPPED(nc_field(run, run->s->outer.at[NC_IP], 12, 4));
		run->s->key[0] |= (u64)has_ip_5 << 0;
		run->s->key[1] = (has_ip_5 ? 0 : 0);
		run->s->key[2] = (has_ip_5 ? ip_src_6 : 0);
		run->s->key[0] |= (u64)port_there << 1;
		run->s->key[3] = (port_there ? port_ : 0);
		u64 *row_7 = nc_row(&ports_table, run->s->key, nc_zeros, &ports_table_refused);

		if (row_7)
			nc_add(row_7, payload_len_3);
	}
	return NC_HANDLED;
}

static __always_inline enum nc_outcome nc_body_usual(const struct nc_run *run,
							   const struct nc_packet *packet)
{
	u64 key[4];
	struct nc_usual here, *usual = &here;

	if (!nc_usual_find(packet, 28, usual))
		return NC_UNDECIDED;
	bool port_there = false;
	u64 port_ = 0;
	/* line 1:  */
	if (!(nc_usual_has(usual, NC_ETH)))
		return NC_FILTERED;
	bool has_udp_1 = nc_usual_has(usual, NC_UDP);
	u64 udp_dport_2 = 0;
	if (has_udp_1)
		udp_dport_2 = nc_usual_field(usual, NC_UDP, 2, 2);
	port_there = has_udp_1;
	port_ = udp_dport_2;
	s64 payload_len_3 = -1;
	if (has_udp_1)
		payload_len_3 = nc_usual_payload_len(usual, (u64)nc_usual_at(NC_UDP) + 8);
	bool has_4 = payload_len_3 >= 0;
	if (has_4) {
		key[0] = 0;
		bool has_ip_5 = nc_usual_has(usual, NC_IP);
		u64 ip_src_6 = 0;
		if (has_ip_5)
			ip_src_6 = NC_MAPPED(nc_usual_field(usual, NC_IP, 12, 4));
		key[0] |= (u64)has_ip_5 << 0;
		key[1] = (has_ip_5 ? 0 : 0);
		key[2] = (has_ip_5 ? ip_src_6 : 0);
		key[0] |= (u64)port_there << 1;
		key[3] = (port_there ? port_ : 0);
		u64 *row_7 = nc_row(&ports_table, key, nc_zeros, &ports_table_refused);

		if (row_7)
			nc_add(row_7, payload_len_3);
	}
	return NC_HANDLED;
}

#include "script_probe.h"
