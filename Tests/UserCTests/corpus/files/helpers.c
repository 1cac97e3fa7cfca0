#include <linux/tcp.h>
#define DOUBLE(x) ((x) * 2)
/* Fields of any width and order. */
struct seen {
    u8 low : 4, high : 4;
    u32 mark;
} __attribute__((packed));
struct header { u16 flags : 9, rest : 7; };

static void fill(struct seen *to, struct sk_buff *skb);
static const int factors[2] = {1, 2};

int times(int n) { return n * factors[n & 1]; }

static __always_inline u32 flags_of(struct sk_buff *skb)
{
    struct header *header = (struct header *)(skb->head + skb->network_header);
    return header->flags + ((struct iphdr *)header)->ihl;
}

// A pointer that is once this and once that is read by a helper.
static u8 first(const u8 *bytes) { return *bytes; }

static void fill(struct seen *to, struct sk_buff *skb)
{
    to->mark = DOUBLE(skb->mark);
    to->low = flags_of(skb);
}
