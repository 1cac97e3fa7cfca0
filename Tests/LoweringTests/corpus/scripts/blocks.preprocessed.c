#include "c_block.h"
#include "c_names.h"
#define AF_INET 2
#line 1 "functions"
static const s64 limit = 9;
static inline __attribute__((always_inline)) int script_c_0(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
#line 2 "script"
              return sock->sk_rcvbuf > limit; 
#line 2 "script"
                                              }
#line 1 "functions"
static inline __attribute__((always_inline)) int script_c_1(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index)
{
#line 3 "script"
        bpf_printk("x"); 
#line 1 "functions"
	return 0;
#line 3 "script"
                         }
#line 1 "functions"
struct script_user_2 {
	s8 a;
	s64 b;
} __attribute__((may_alias));
static inline __attribute__((always_inline)) int script_c_2(void *ctx, struct sk_buff *skb, const u8 *pkt, u32 pkt_len, struct sock *sock, void *ext, u16 trace_index, struct script_user_2 *user)
{
#line 3 "script"
                                                                  
                              
        return user->b = AF_INET; 
#line 5 "script"
                                  }
#line 1 "functions"
