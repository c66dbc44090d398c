/* SPDX-License-Identifier: BSD-2-Clause */
/* generate_pcap: made-up messages as a capture of the peers' TCP connections, from the SYN to
 * the FIN, in a pcap file with Ethernet frames. Floor F4. */
#include <string.h>

#include "tools/generate/generate.h"

enum { LINK_ETHERNET = 1, SNAP = 65535, MSS = 1460, IP_HEAD = 20, TCP_HEAD = 20 };
enum { BGP_PORT = 179, PEER_PORT = 40000, TTL = 64, TCP = 6, WINDOW = 65535 };
enum { FIN = 1, SYN = 2, PUSH = 8, ACK = 16 };

/* One segment. `dir` 0: the peer sends. */
struct segment {
    int dir;
    uint8_t flags;
    const uint8_t *data;
    size_t len;
};

static void put_file_head(struct wr *w)
{
    wr_u32(w, 0xa1b2c3d4);
    wr_u16(w, 2);
    wr_u16(w, 4);
    wr_u64(w, 0); /* time zone, accuracy */
    wr_u32(w, SNAP);
    wr_u32(w, LINK_ETHERNET);
}

/* The Internet checksum (RFC 1071) over words of what was written from `from` on. */
static uint32_t add_words(const struct wr *w, size_t from, uint32_t sum)
{
    struct cur c = cur_of(w->buf + from, w->len - from);
    uint16_t word;
    uint8_t last;
    while (c.left >= 2 && cur_u16(&c, &word))
        sum += word;
    if (c.left == 1 && cur_u8(&c, &last))
        sum += (uint32_t)last << 8;
    return sum;
}

static void set_checksum(struct wr *w, size_t at, uint32_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    struct wr one = wr_of(w->buf + at, 2);
    wr_u16(&one, (uint16_t)~sum);
}

static void put_ip(struct wr *w, const struct encode_peer *p, const struct segment *s)
{
    size_t start = w->len;
    wr_u16(w, 0x4500);
    wr_u16(w, (uint16_t)(IP_HEAD + TCP_HEAD + s->len));
    wr_u32(w, 0x4000); /* identification 0, don't fragment */
    wr_u8(w, TTL);
    wr_u8(w, TCP);
    wr_u16(w, 0);
    wr_bytes(w, s->dir == 0 ? p->addr : p->router_addr, 4);
    wr_bytes(w, s->dir == 0 ? p->router_addr : p->addr, 4);
    if (!w->overflow)
        set_checksum(w, start + 10, add_words(w, start, 0));
}

/* The checksum counts a pseudo header, too (RFC 9293 section 3.1): both addresses, which stand
 * right before, protocol and length. */
static void put_tcp(struct wr *w, const struct generate_flow *f, const struct segment *s)
{
    size_t start = w->len;
    wr_u16(w, s->dir == 0 ? PEER_PORT : BGP_PORT);
    wr_u16(w, s->dir == 0 ? BGP_PORT : PEER_PORT);
    wr_u32(w, f->seq[s->dir]);
    wr_u32(w, s->flags & ACK ? f->seq[!s->dir] : 0);
    wr_u8(w, TCP_HEAD / 4 << 4);
    wr_u8(w, s->flags);
    wr_u16(w, WINDOW);
    wr_u32(w, 0); /* checksum, urgent pointer */
    wr_bytes(w, s->data, s->len);
    uint32_t pseudo = TCP + TCP_HEAD + (uint32_t)s->len;
    if (!w->overflow)
        set_checksum(w, start + 16, add_words(w, start - 8, pseudo));
}

static void put_segment(struct generate *g, struct wr *w, unsigned i, const struct segment *s)
{
    struct encode_peer p = generate_peer(g, i);
    struct generate_flow *f = &g->flows[i];
    uint32_t len = (uint32_t)(14 + IP_HEAD + TCP_HEAD + s->len);
    wr_u32(w, (uint32_t)(g->time_us / 1000000));
    wr_u32(w, (uint32_t)(g->time_us % 1000000));
    wr_u32(w, len);
    wr_u32(w, len);
    wr_u16(w, 0x0200); /* locally administered addresses */
    wr_bytes(w, s->dir == 0 ? p.router_addr : p.addr, 4);
    wr_u16(w, 0x0200);
    wr_bytes(w, s->dir == 0 ? p.addr : p.router_addr, 4);
    wr_u16(w, 0x0800);
    put_ip(w, &p, s);
    put_tcp(w, f, s);
    f->seq[s->dir] += (uint32_t)s->len + (s->flags & (SYN | FIN) ? 1 : 0);
}

static void put_data(struct generate *g, struct wr *w, unsigned i, int dir, const uint8_t *msg,
                     size_t len)
{
    for (size_t at = 0; at < len; at += MSS) {
        size_t n = len - at < MSS ? len - at : MSS;
        put_segment(g, w, i, &(struct segment){dir, PUSH | ACK, msg + at, n});
    }
}

static void pcap_begin(struct generate *g, struct wr *w, unsigned i)
{
    struct encode_peer p = generate_peer(g, i);
    if (i == 0)
        put_file_head(w);
    g->flows[i] = (struct generate_flow){{1000 + i, 5000 + i}};
    put_segment(g, w, i, &(struct segment){.dir = 0, .flags = SYN});
    put_segment(g, w, i, &(struct segment){.dir = 1, .flags = SYN | ACK});
    put_segment(g, w, i, &(struct segment){.dir = 0, .flags = ACK});
    for (int dir = 0; dir < 2; dir++) {
        uint8_t msg[ENCODE_MESSAGE_MAX];
        struct wr m = wr_of(msg, sizeof msg);
        encode_peer_open(&m, &p, dir == 1);
        encode_keepalive(&m);
        put_data(g, w, i, dir, msg, m.len);
    }
}

static void pcap_message(struct generate *g, struct wr *w, unsigned i, const uint8_t *msg,
                         size_t len)
{
    put_data(g, w, i, 0, msg, len);
}

static void pcap_end(struct generate *g, struct wr *w, unsigned i)
{
    put_segment(g, w, i, &(struct segment){.dir = 0, .flags = FIN | ACK});
    put_segment(g, w, i, &(struct segment){.dir = 1, .flags = FIN | ACK});
    put_segment(g, w, i, &(struct segment){.dir = 0, .flags = ACK});
}

const struct generate_format generate_pcap = {
    .name = "pcap", .begin = pcap_begin, .message = pcap_message, .end = pcap_end};
