
static inline __attribute__((always_inline)) int script_c_0(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
/* line 6 */
        u8 ttl = NC_C_LOAD((((struct iphdr *)(NC_C_LOAD((skb)->head) + NC_C_LOAD(((skb)->network_header))))->ttl));
/* line 7 */
        ({ static const char format_[] = "skb->mark %d\n"; nc_c_trace_printk(format_, sizeof(format_), NC_C_LOAD(skb->mark)); });
/* line 8 */
        return ttl == 2048 || __builtin_bswap16(NC_C_LOAD(NC_C_LOAD(skb->sk)->__sk_common.skc_dport)) == 80;
/* line 9 */
 }

