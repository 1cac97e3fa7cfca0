
struct script_user_0 {
 s32 a;
 u64 b;
} __attribute__((may_alias));
static inline __attribute__((always_inline)) int script_c_0(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index, struct script_user_0 *user)
{
/* line 4 */
        u8 bytes[8] = {1, 2}, *p = bytes, *end = p + 8;
/* line 5 */
        u8 *mixed = bytes;
/* line 6 */
        int n = 0;
/* line 7 */
        while (p < end && n < 8) { n += *p++; }
/* line 8 */
        if (n > 3) mixed = NC_C_LOAD(skb->head);
/* line 9 */
        user->a = n + NC_C_LOAD(mixed[0]) + (n > 1 ? bytes : end - 1)[1];
/* line 10 */
        s32 *a = &user->a;
/* line 11 */
        *a += user->a * 2;
/* line 12 */
        user->b = ((u64 *)ctx)[0];
/* line 13 */
        return user->a;
/* line 14 */
 }

