
static const s64 limit = 10;
static const u8 peer[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1};
static const char who[] = {97, 34, 98, 0};
static inline __attribute__((always_inline)) int script_c_0(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
/* line 7 */
        struct tcp_sock *tp = (struct tcp_sock *)sock;
/* line 8 */
        return tp && NC_C_LOAD(tp->snd_cwnd) > limit && NC_C_LOAD(tp->sk.__sk_common.skc_state) == 1 && peer[15] == who[0];
/* line 9 */
 }
static inline __attribute__((always_inline)) int script_c_1(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
/* line 10 */
 if (sock) ({ static const char format_[] = "%d"; nc_c_trace_printk(format_, sizeof(format_), NC_C_LOAD(sock->sk_rcvbuf)); });
 return 0;
/* line 10 */
 }

