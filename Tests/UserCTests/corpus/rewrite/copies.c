
static inline __attribute__((always_inline)) int script_c_0(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
/* line 4 */
        struct net_device dev = NC_C_LOAD(*NC_C_LOAD(skb->dev)), other;
/* line 5 */
        struct iphdr ip;
/* line 6 */
        other = NC_C_LOAD(*NC_C_LOAD(NC_C_LOAD(skb->next)->dev));
/* line 7 */
        nc_c_probe_read_kernel(&ip, sizeof(ip), pkt);
/* line 8 */
        dev.mtu++;
/* line 9 */
        dev.name[0] = other.name[1];
/* line 10 */
        return dev.mtu + other.mtu + ip.ihl;
/* line 11 */
 }

