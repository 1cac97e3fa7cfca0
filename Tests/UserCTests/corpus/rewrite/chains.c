
static inline __attribute__((always_inline)) int script_c_0(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
/* line 3 */
 return NC_C_LOAD(skb->mark) == 0x10 && NC_C_LOAD(NC_C_LOAD(skb->dev)->ifindex) == 2;
 }
static inline __attribute__((always_inline)) int script_c_1(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
/* line 5 */
        struct sk_buff *next = NC_C_LOAD(NC_C_LOAD(skb->next)->next);
/* line 6 */
        return NC_C_LOAD(NC_C_LOAD((*next).dev)->mtu) > NC_C_LOAD(skb->len) + NC_C_LOAD(next->len);
/* line 7 */
 }

