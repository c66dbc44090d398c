/* SPDX-License-Identifier: BSD-2-Clause */
/* Link layers, tunnels and fragments: one TCP segment, wrapped in every way, comes out. */
#include <criterion/criterion.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "tools/pcap/packet.h"

enum { PACKET_MAX = 4096, TCP = 6 };
static const char text[] = "forty-two octets of text, one for each one";

struct packet {
    uint8_t buf[PACKET_MAX];
    struct wr w;
};

static void begin(struct packet *p)
{
    p->w = wr_of(p->buf, sizeof p->buf);
}

/* Puts what is in `inner` behind what is in `p`. */
static void add(struct packet *p, const struct packet *inner)
{
    wr_bytes(&p->w, inner->buf, inner->w.len);
    cr_assert_not(p->w.overflow);
}

static void put_tcp(struct packet *p)
{
    begin(p);
    wr_u16(&p->w, 179);
    wr_u16(&p->w, 40000);
    wr_u32(&p->w, 1000);
    wr_u32(&p->w, 0);
    wr_u8(&p->w, 6 << 4); /* with one option */
    wr_u8(&p->w, 0x10);
    wr_u16(&p->w, 0xffff);
    wr_u32(&p->w, 0);
    wr_u32(&p->w, 0x01010101);
    wr_bytes(&p->w, text, sizeof text);
}

/* An IPv4 packet round `inner`; `fragment` is the header's field. */
static void put_ipv4(struct packet *p, const struct packet *inner, uint8_t protocol,
                     uint16_t fragment)
{
    begin(p);
    wr_u8(&p->w, 0x45);
    wr_u8(&p->w, 0);
    wr_u16(&p->w, (uint16_t)(20 + inner->w.len));
    wr_u16(&p->w, 7); /* identification */
    wr_u16(&p->w, fragment);
    wr_u8(&p->w, 1);
    wr_u8(&p->w, protocol);
    wr_u16(&p->w, 0);
    wr_u32(&p->w, 0xc0000201);
    wr_u32(&p->w, 0xc0000202);
    add(p, inner);
}

static void put_ipv6(struct packet *p, const struct packet *inner, uint8_t next)
{
    begin(p);
    wr_u32(&p->w, 6u << 28);
    wr_u16(&p->w, (uint16_t)inner->w.len);
    wr_u8(&p->w, next);
    wr_u8(&p->w, 1);
    for (int i = 0; i < 2; i++) {
        wr_u64(&p->w, UINT64_C(0x20010db800000000));
        wr_u64(&p->w, (uint64_t)i + 1);
    }
    add(p, inner);
}

static void put_ethernet(struct packet *p, uint16_t type)
{
    begin(p);
    wr_u32(&p->w, 1);
    wr_u32(&p->w, 2);
    wr_u32(&p->w, 3);
    wr_u16(&p->w, type);
}

static bool read_packet(struct packet_fragments *f, int link, const struct packet *p,
                        struct packet_segment *s)
{
    struct cur c = cur_of(p->buf, p->w.len);
    return packet_to_ip(link, &c) && packet_segment(f, c, s);
}

static void check_segment(const struct packet_segment *s, uint8_t addr_len)
{
    cr_assert_eq(s->end[0].port, 179);
    cr_assert_eq(s->end[1].port, 40000);
    cr_assert_eq(s->end[0].len, addr_len);
    cr_assert_eq(s->seq, 1000);
    cr_assert(s->ack && !s->syn);
    cr_assert_eq(s->data.left, sizeof text);
    cr_assert_eq(memcmp(s->data.p, text, sizeof text), 0);
}

/* Reads the packet whole, and cut at each octet before its end: a part of the text, or nothing,
 * comes out. */
static void check(int link, const struct packet *p, uint8_t addr_len)
{
    struct packet_fragments *f = calloc(1, sizeof *f);
    struct packet_segment s;
    cr_assert(read_packet(f, link, p, &s), "link %d", link);
    check_segment(&s, addr_len);
    for (size_t len = 0; len < p->w.len; len++) {
        uint8_t *exact = malloc(len + 1); /* a read past the end is seen by ASan */
        memcpy(exact, p->buf, len);
        struct cur c = cur_of(exact, len);
        if (packet_to_ip(link, &c) && packet_segment(f, c, &s))
            cr_assert_leq(s.data.left, sizeof text);
        free(exact);
    }
    packet_fragments_free(f);
    free(f);
}

static void make_ipv4(struct packet *p)
{
    struct packet tcp;
    put_tcp(&tcp);
    put_ipv4(p, &tcp, TCP, 0);
}

static void make_ipv6(struct packet *p)
{
    struct packet tcp;
    put_tcp(&tcp);
    put_ipv6(p, &tcp, TCP);
}

Test(packet, ethernet_with_padding)
{
    struct packet ip, p;
    make_ipv4(&ip);
    put_ethernet(&p, 0x0800);
    add(&p, &ip);
    wr_u32(&p.w, 0xdeadbeef); /* behind the packet's own end */
    struct packet_fragments *f = calloc(1, sizeof *f);
    struct packet_segment s;
    cr_assert(read_packet(f, DLT_EN10MB, &p, &s));
    check_segment(&s, 4);
    free(f);
}

Test(packet, vlan_and_qinq)
{
    struct packet ip, p;
    make_ipv6(&ip);
    put_ethernet(&p, 0x88a8);
    wr_u16(&p.w, 100);
    wr_u16(&p.w, 0x8100);
    wr_u16(&p.w, 200);
    wr_u16(&p.w, 0x86dd);
    add(&p, &ip);
    check(DLT_EN10MB, &p, 16);
}

Test(packet, mpls_labels)
{
    struct packet ip, p;
    make_ipv4(&ip);
    put_ethernet(&p, 0x8847);
    wr_u32(&p.w, 16 << 12 | 64);
    wr_u32(&p.w, 17 << 12 | 1 << 8 | 64); /* bottom of the stack */
    add(&p, &ip);
    check(DLT_EN10MB, &p, 4);
}

Test(packet, mpls_pseudowire)
{
    struct packet ip, frame, p;
    make_ipv4(&ip);
    put_ethernet(&frame, 0x8100);
    wr_u16(&frame.w, 5);
    wr_u16(&frame.w, 0x0800);
    add(&frame, &ip);
    put_ethernet(&p, 0x8847);
    wr_u32(&p.w, 17 << 12 | 1 << 8 | 64);
    wr_u32(&p.w, 0); /* control word */
    add(&p, &frame);
    check(DLT_EN10MB, &p, 4);
}

Test(packet, pppoe)
{
    struct packet ip, p;
    make_ipv6(&ip);
    put_ethernet(&p, 0x8864);
    wr_u16(&p.w, 0x1100);
    wr_u16(&p.w, 1);
    wr_u16(&p.w, (uint16_t)(ip.w.len + 2));
    wr_u16(&p.w, 0x0057);
    add(&p, &ip);
    check(DLT_EN10MB, &p, 16);
}

Test(packet, cooked)
{
    struct packet ip, p;
    make_ipv4(&ip);
    begin(&p);
    wr_u64(&p.w, 0);
    wr_u32(&p.w, 0);
    wr_u16(&p.w, 0);
    wr_u16(&p.w, 0x0800);
    add(&p, &ip);
    check(DLT_LINUX_SLL, &p, 4);
    begin(&p);
    wr_u16(&p.w, 0x0800);
    wr_u16(&p.w, 0);
    wr_u64(&p.w, 0);
    wr_u64(&p.w, 0);
    add(&p, &ip);
    check(DLT_LINUX_SLL2, &p, 4);
}

Test(packet, raw_and_loopback)
{
    struct packet ip, p;
    make_ipv6(&ip);
    check(DLT_RAW, &ip, 16);
    check(DLT_IPV6, &ip, 16);
    begin(&p);
    wr_u32(&p.w, 0x1e000000); /* AF_INET6 of a little-endian BSD */
    add(&p, &ip);
    check(DLT_NULL, &p, 16);
}

Test(packet, juniper_ethernet)
{
    struct packet ip, p, frame;
    make_ipv4(&ip);
    put_ethernet(&frame, 0x0800);
    add(&frame, &ip);
    begin(&p);
    wr_u24(&p.w, 0x4d4743);
    wr_u8(&p.w, 0x81); /* inbound, with extension */
    wr_u16(&p.w, 3);
    wr_u24(&p.w, 0x010203);
    add(&p, &frame);
    check(DLT_JUNIPER_ETHER, &p, 4);
    begin(&p);
    wr_u24(&p.w, 0x4d4743);
    wr_u8(&p.w, 0x02); /* no Ethernet header */
    wr_u32(&p.w, 2);
    add(&p, &ip);
    check(DLT_JUNIPER_ETHER, &p, 4);
}

/* ---- tunnels ---- */

static void check_in_ipv4(const struct packet *inner, uint8_t protocol, uint8_t addr_len)
{
    struct packet p;
    put_ipv4(&p, inner, protocol, 0);
    check(DLT_RAW, &p, addr_len);
}

Test(packet, gre)
{
    struct packet ip, p;
    make_ipv6(&ip);
    begin(&p);
    wr_u16(&p.w, 0xb000); /* checksum, key, sequence */
    wr_u16(&p.w, 0x86dd);
    wr_u32(&p.w, 0);
    wr_u32(&p.w, 1);
    wr_u32(&p.w, 2);
    add(&p, &ip);
    check_in_ipv4(&p, PACKET_GRE, 16);
}

Test(packet, erspan)
{
    struct packet ip, frame, p;
    make_ipv4(&ip);
    put_ethernet(&frame, 0x0800);
    add(&frame, &ip);
    begin(&p); /* type I */
    wr_u16(&p.w, 0);
    wr_u16(&p.w, 0x88be);
    add(&p, &frame);
    check_in_ipv4(&p, PACKET_GRE, 4);
    begin(&p); /* type II */
    wr_u16(&p.w, 0x1000);
    wr_u16(&p.w, 0x88be);
    wr_u32(&p.w, 1);
    wr_u64(&p.w, UINT64_C(0x1001000000000000));
    add(&p, &frame);
    check_in_ipv4(&p, PACKET_GRE, 4);
    begin(&p); /* type III with a sub-header */
    wr_u16(&p.w, 0x1000);
    wr_u16(&p.w, 0x22eb);
    wr_u32(&p.w, 1);
    wr_u64(&p.w, UINT64_C(0x2001000000000000));
    wr_u32(&p.w, 1);
    wr_u64(&p.w, 0);
    add(&p, &frame);
    check_in_ipv4(&p, PACKET_GRE, 4);
}

Test(packet, vxlan)
{
    struct packet ip, frame, p;
    make_ipv4(&ip);
    put_ethernet(&frame, 0x0800);
    add(&frame, &ip);
    begin(&p);
    wr_u16(&p.w, 55555);
    wr_u16(&p.w, 4789);
    wr_u32(&p.w, 0);
    wr_u32(&p.w, 0x08000000);
    wr_u32(&p.w, 77 << 8);
    add(&p, &frame);
    check_in_ipv4(&p, PACKET_UDP, 4);
}

Test(packet, ip_in_ip)
{
    struct packet ip;
    make_ipv4(&ip);
    check_in_ipv4(&ip, PACKET_IPV4, 4);
    make_ipv6(&ip);
    check_in_ipv4(&ip, PACKET_IPV6, 16);
}

Test(packet, why_there_is_no_segment)
{
    struct packet ip, p;
    struct packet_fragments *f = calloc(1, sizeof *f);
    struct packet_segment s;
    make_ipv4(&ip);
    put_ipv4(&p, &ip, PACKET_UDP, 0);
    cr_expect(!read_packet(f, DLT_RAW, &p, &s) && s.why == PACKET_NOT_TCP);
    put_ipv4(&p, &ip, PACKET_IPV4, 0x2000);
    cr_expect(!read_packet(f, DLT_RAW, &p, &s) && s.why == PACKET_FRAGMENT);
    cr_expect_eq(f->joined, 0);
    p.buf[0] = 0x55;
    cr_expect(!read_packet(f, DLT_RAW, &p, &s) && s.why == PACKET_NOT_IP);
    for (size_t len = 1; len < 40; len++) { /* the headers */
        struct cur c = cur_of(ip.buf, len);
        cr_expect(!packet_segment(f, c, &s) && s.why == PACKET_BROKEN, "%zu octets", len);
    }
    packet_fragments_free(f);
    free(f);
}

Test(packet, one_level_of_tunnels)
{
    struct packet ip, once, twice;
    struct packet_fragments *f = calloc(1, sizeof *f);
    struct packet_segment s;
    make_ipv4(&ip);
    put_ipv4(&once, &ip, PACKET_IPV4, 0);
    put_ipv4(&twice, &once, PACKET_IPV4, 0);
    cr_assert(read_packet(f, DLT_RAW, &once, &s));
    cr_assert_not(read_packet(f, DLT_RAW, &twice, &s));
    free(f);
}

/* ---- fragments ---- */

static void take_part(struct packet *p, const struct packet *whole, size_t off, size_t len)
{
    begin(p);
    wr_bytes(&p->w, whole->buf + off, len);
}

/* Sends the pieces [0, 16), [16, 40), [40, end) in an order; says which one completes. */
static int send_fragments(struct packet_fragments *f, const struct packet *payload,
                          const int order[3], struct packet_segment *s)
{
    static const size_t cut[] = {0, 16, 40};
    int completed = -1;
    for (int i = 0; i < 3; i++) {
        int k = order[i];
        size_t end = k < 2 ? cut[k + 1] : payload->w.len;
        struct packet part, ip;
        take_part(&part, payload, cut[k], end - cut[k]);
        put_ipv4(&ip, &part, TCP, (uint16_t)(cut[k] / 8 | (k < 2 ? 0x2000 : 0)));
        if (read_packet(f, DLT_RAW, &ip, s)) {
            cr_assert_eq(completed, -1);
            completed = i;
            check_segment(s, 4);
        }
    }
    return completed;
}

Test(packet, ipv4_fragments_in_any_order)
{
    static const int orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {1, 0, 2}};
    struct packet_fragments *f = calloc(1, sizeof *f);
    struct packet_segment s;
    struct packet tcp;
    put_tcp(&tcp);
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
        cr_assert_eq(send_fragments(f, &tcp, orders[i], &s), 2);
    cr_assert_eq(f->given_up, 0);
    packet_fragments_free(f);
    free(f);
}

/* Destination options stand in front of TCP, in the part that is cut (RFC 8200 section 4.5). */
static void put_fragmentable(struct packet *p)
{
    struct packet tcp;
    put_tcp(&tcp);
    begin(p);
    wr_u8(&p->w, TCP);
    wr_u8(&p->w, 0);
    wr_u16(&p->w, 0x0104);
    wr_u32(&p->w, 0);
    add(p, &tcp);
}

static void put_ipv6_fragment(struct packet *p, const struct packet *part, uint16_t field)
{
    struct packet body;
    begin(&body); /* hop-by-hop options, then the fragment header */
    wr_u8(&body.w, 44);
    wr_u8(&body.w, 0);
    wr_u16(&body.w, 0x0104);
    wr_u32(&body.w, 0);
    wr_u8(&body.w, 60);
    wr_u8(&body.w, 0);
    wr_u16(&body.w, field);
    wr_u32(&body.w, 99);
    add(&body, part);
    put_ipv6(p, &body, 0);
}

Test(packet, ipv6_fragments_and_extension_headers)
{
    struct packet_fragments *f = calloc(1, sizeof *f);
    struct packet_segment s;
    struct packet whole, part, p;
    put_fragmentable(&whole);
    for (int last_first = 0; last_first < 2; last_first++) {
        for (int i = 0; i < 2; i++) {
            bool last = i != last_first;
            size_t off = last ? 16 : 0, len = last ? whole.w.len - 16 : 16;
            take_part(&part, &whole, off, len);
            put_ipv6_fragment(&p, &part, (uint16_t)(off | !last));
            cr_assert_eq(read_packet(f, DLT_RAW, &p, &s), i == 1);
        }
        check_segment(&s, 16);
    }
    take_part(&part, &whole, 0, whole.w.len);
    put_ipv6_fragment(&p, &part, 0); /* an atomic fragment (RFC 6946) */
    cr_assert(read_packet(f, DLT_RAW, &p, &s));
    check_segment(&s, 16);
    packet_fragments_free(f);
    free(f);
}

Test(packet, fragments_of_a_tunnel_and_inside_it)
{
    struct packet_fragments *f = calloc(1, sizeof *f);
    struct packet_segment s;
    struct packet tcp, part, inner, outer, half;
    int completed = 0;
    put_tcp(&tcp);
    for (int i = 0; i < 2; i++) {
        take_part(&part, &tcp, i == 0 ? 0 : 24, i == 0 ? 24 : tcp.w.len - 24);
        put_ipv4(&inner, &part, TCP, (uint16_t)(i == 0 ? 0x2000 : 3));
        for (int k = 0; k < 2; k++) {
            take_part(&half, &inner, k == 0 ? 0 : 16, k == 0 ? 16 : inner.w.len - 16);
            put_ipv4(&outer, &half, PACKET_IPV4, (uint16_t)(k == 0 ? 0x2000 : 2));
            if (read_packet(f, DLT_RAW, &outer, &s)) {
                completed++;
                check_segment(&s, 4);
            }
        }
    }
    cr_assert_eq(completed, 1);
    packet_fragments_free(f);
    free(f);
}

Test(packet, fragments_that_contradict)
{
    struct packet_fragments *f = calloc(1, sizeof *f);
    struct packet_segment s;
    struct packet tcp, part, p;
    put_tcp(&tcp);
    take_part(&part, &tcp, 32, 16); /* reaches farther than the last one */
    put_ipv4(&p, &part, TCP, 4 | 0x2000);
    cr_assert_not(read_packet(f, DLT_RAW, &p, &s));
    take_part(&part, &tcp, 0, 16);
    put_ipv4(&p, &part, TCP, 0x2000);
    cr_assert_not(read_packet(f, DLT_RAW, &p, &s));
    take_part(&part, &tcp, 16, 8);
    put_ipv4(&p, &part, TCP, 2);
    cr_assert_not(read_packet(f, DLT_RAW, &p, &s));
    for (int i = 0; i < PACKET_DATAGRAMS + 5;
         i++) { /* never completed: a bounded number waits */
        put_ipv4(&p, &part, TCP, 0x2000);
        p.buf[5] = (uint8_t)(i + 8);
        cr_assert_not(read_packet(f, DLT_RAW, &p, &s));
    }
    cr_assert_eq(f->given_up, 5);
    packet_fragments_free(f);
    free(f);
}
