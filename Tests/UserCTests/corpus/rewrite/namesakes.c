
static inline __attribute__((always_inline)) int script_c_0(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
/* line 4 */
        struct nlattr *a = (struct nlattr *)NC_C_LOAD(skb->head);
/* line 5 */
        struct { u8 version : 4; u8 delta; } here = { NC_C_LOAD(skb->len), NC_C_LOAD(skb->mark) }, *there = &here;
/* line 6 */
        return NC_C_LOAD(NC_C_LOAD(a->version)->mtu) + (NC_C_BITS(a, delta)) + NC_C_LOAD(a->cloned.x) + here.version + there->version
/* line 7 */
            + ((struct { u32 x; }){ NC_C_LOAD(skb->len) }).x;
/* line 8 */
 }

