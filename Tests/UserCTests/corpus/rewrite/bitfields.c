
static inline __attribute__((always_inline)) int script_c_0(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
/* line 4 */
        struct iphdr *ip = (struct iphdr *)(NC_C_LOAD(skb->head) + NC_C_LOAD(skb->network_header));
/* line 5 */
        struct mine { u8 a : 4; u8 b : 4; u16 version; } *m = (void *)pkt;
/* line 6 */
        return ((int)NC_C_BITS(ip, ihl)) * 4 + ((int)NC_C_BITS(((struct iphdr *)pkt), version)) - ((int)NC_C_BITS(skb, pkt_type))
/* line 7 */
            + (NC_C_BITS(NC_C_LOAD(skb->next), delta)) + ((int)NC_C_BITS(&(NC_C_LOAD(skb->sk)->__sk_common), skc_reuse)) + ((int)NC_C_OWN_BITS(m, b)) + NC_C_LOAD(m->version)
/* line 8 */
            + ((int)NC_C_BITS(&((*ip)), version))
/* line 9 */
;
/* line 10 */
 }

