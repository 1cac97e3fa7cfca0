
static inline __attribute__((always_inline)) int script_c_0(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
/* line 4 */
        struct net_device *dev = NC_C_LOAD(skb->dev) ?: NC_C_LOAD(NC_C_LOAD(skb->next)->dev);
/* line 5 */
        int x = ({ struct sk_buff *n = NC_C_LOAD(skb->next); NC_C_LOAD(n->len); });
/* line 6 */
        x = NC_C_LOAD(skb->len), NC_C_LOAD(skb->mark);
/* line 7 */
        switch (NC_C_LOAD(skb->len)) {
/* line 8 */
        case 1: return !NC_C_LOAD(skb->head);
/* line 9 */
        default: x += (u8)NC_C_LOAD(skb->len) << 2;
/* line 10 */
        }
/* line 11 */
        do { x -= NC_C_LOAD(dev->mtu); } while (0);
/* line 12 */
        return NC_C_LOAD((NC_C_LOAD(skb->len) > 3 ? skb : NC_C_LOAD(skb->next))->len) + x;
/* line 13 */
 }

