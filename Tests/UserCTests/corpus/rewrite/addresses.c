
static inline __attribute__((always_inline)) int script_c_0(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
/* line 4 */
        u32 length, *p = &length;
/* line 5 */
        const __u32 *mark = &skb->mark;
/* line 6 */
        unsigned char *cb = &skb->cb[2];
/* line 7 */
        nc_c_probe_read_kernel(&length, sizeof(skb->len), &skb->len);
/* line 8 */
        *p += sizeof(*skb->dev) + __builtin_offsetof(struct sk_buff, len);
/* line 9 */
        return length + NC_C_LOAD(*mark) + NC_C_LOAD(*cb) + (NC_C_LOAD(skb->destructor) != ((void *)0));
/* line 10 */
 }

