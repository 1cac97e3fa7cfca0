static int f(struct sk_buff *skb)
{
    return skb->marx;
}
static int g(struct sk_buff *skb) { return skb->len }
