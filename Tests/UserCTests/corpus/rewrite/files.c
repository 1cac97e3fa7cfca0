
static const s64 limit = 3;
/* line 4 of helpers.c */
struct seen {
/* line 5 of helpers.c */
    u8 low : 4, high : 4;
/* line 6 of helpers.c */
    u32 mark;
/* line 7 of helpers.c */
} __attribute__((packed));
/* line 8 of helpers.c */
struct header { u16 flags : 9, rest : 7; };
/* line 10 of helpers.c */
inline __attribute__((always_inline)) static void fill(struct seen *to, struct sk_buff *skb);
/* line 11 of helpers.c */
static const int factors[2] = {1, 2};
/* line 13 of helpers.c */
static inline __attribute__((always_inline)) int times(int n) { return n * factors[n & 1]; }
/* line 15 of helpers.c */
inline __attribute__((always_inline)) static inline __attribute__((always_inline)) u32 flags_of(struct sk_buff *skb)
/* line 16 of helpers.c */
{
/* line 17 of helpers.c */
    struct header *header = (struct header *)(NC_C_LOAD(skb->head) + NC_C_LOAD(skb->network_header));
/* line 18 of helpers.c */
    return ((int)NC_C_OWN_BITS(header, flags)) + ((int)NC_C_BITS(((struct iphdr *)header), ihl));
/* line 19 of helpers.c */
}
/* line 22 of helpers.c */
inline __attribute__((always_inline)) static u8 first(const u8 *bytes) { return NC_C_LOAD(*bytes); }
/* line 24 of helpers.c */
inline __attribute__((always_inline)) static void fill(struct seen *to, struct sk_buff *skb)
/* line 25 of helpers.c */
{
/* line 26 of helpers.c */
    to->mark = (NC_C_LOAD((skb->mark)) * 2);
/* line 27 of helpers.c */
    to->low = flags_of(skb);
/* line 28 of helpers.c */
}
/* line 3 */
 inline __attribute__((always_inline)) static int none(struct sock *sk) { return !sk || NC_C_LOAD(sk->sk_rcvbuf) < limit; }
static inline __attribute__((always_inline)) int script_c_0(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
/* line 6 */
 return !none(ext) && trace_index == 0;
 }
struct script_user_1 {
 u32 mark;
 u8 low;
 s32 n;
} __attribute__((may_alias));
static inline __attribute__((always_inline)) int script_c_1(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index, struct script_user_1 *user)
{
/* line 8 */
        struct seen seen = {};
/* line 9 */
        u8 own[2] = {1, 2};
/* line 10 */
        fill(&seen, skb);
/* line 11 */
        user->mark = seen.mark;
/* line 12 */
        user->low = seen.low + first(own) + first(NC_C_LOAD(skb->head));
/* line 13 */
        user->n = times(4);
/* line 14 */
        return 1;
/* line 15 */
 }

