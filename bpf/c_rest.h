/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Behind the C of a script, which has seen the kernel's types as they are: netcap's own view of them
 * gets names beside. They are flavours, so that CO-RE takes them for the same.
 */
#define sk_buff sk_buff___netcap
#define skb_shared_info skb_shared_info___netcap
#define skb_frag skb_frag___netcap
#define bio_vec bio_vec___netcap
#define page page___netcap
#define net_device net_device___netcap
#define ns_common ns_common___netcap
#define possible_net_t possible_net_t___netcap
#define task_struct task_struct___netcap
#define linux_mib linux_mib___netcap
#define pt_regs pt_regs___netcap
