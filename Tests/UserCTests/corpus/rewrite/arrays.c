
static inline __attribute__((always_inline)) int script_c_0(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
/* line 4 */
        const char *name = NC_C_LOAD(skb->dev)->name;
/* line 5 */
        int i, n = 0;
/* line 6 */
        for (i = 0; i < 4; i++)
/* line 7 */
            n += NC_C_LOAD(name[i]) == 'v' || NC_C_LOAD(NC_C_LOAD(skb->dev)->name[i + n]) == NC_C_LOAD(*(name + i));
/* line 8 */
        return n + NC_C_LOAD(skb->cb[NC_C_LOAD(skb->len) & 31]) + NC_C_LOAD(pkt[12]);
/* line 9 */
 }

