/* SPDX-License-Identifier: BSD-2-Clause */
/* packet_ip: IPv4 and IPv6 with fragments, and TCP's header. Floor F4. */
#include <stdlib.h>

#include "tools/pcap/packet.h"

enum { PROTOCOL_TCP = 6, UNIT = 8 /* fragments are counted in eight octets */ };

/* One IP packet, or one fragment of it. */
struct datagram {
    bool v6;
    uint8_t protocol; /* IPv6: what follows the headers that were read */
    bool fragment, more;
    uint32_t off; /* octets, of a fragment */
    uint32_t id;
    struct cur data;
};

/* ---- fragments ---- */

void packet_fragments_free(struct packet_fragments *f)
{
    for (int i = 0; i < PACKET_DATAGRAMS; i++) {
        free(f->d[0][i].data);
        free(f->d[1][i].data);
    }
    memset(f, 0, sizeof *f);
}

unsigned packet_fragments_waiting(const struct packet_fragments *f)
{
    unsigned cnt = 0;
    for (int i = 0; i < PACKET_DATAGRAMS; i++)
        cnt += (f->d[0][i].stamp != 0 ? 1u : 0) + (f->d[1][i].stamp != 0 ? 1u : 0);
    return cnt;
}

/* RFC 791 counts the protocol in, RFC 8200 does not. */
static void make_key(uint8_t key[38], const struct packet_segment *s, const struct datagram *g)
{
    struct wr w = wr_of(key, 38);
    wr_bytes(&w, s->end[0].a, 16);
    wr_bytes(&w, s->end[1].a, 16);
    wr_u32(&w, g->id);
    wr_u8(&w, g->v6 ? 0 : g->protocol);
    wr_u8(&w, s->end[0].len);
}

/* Finds the datagram, or makes room for it by forgetting the one that waits longest. */
static struct packet_datagram *find(struct packet_fragments *f, bool inner,
                                    const uint8_t key[38])
{
    struct packet_datagram *all = f->d[inner], *oldest = &all[0];
    for (int i = 0; i < PACKET_DATAGRAMS; i++) {
        struct packet_datagram *d = &all[i];
        if (d->stamp != 0 && memcmp(d->key, key, sizeof d->key) == 0)
            return d;
        if (d->stamp < oldest->stamp)
            oldest = d;
    }
    if (oldest->stamp != 0)
        f->given_up++;
    if (oldest->data == NULL)
        oldest->data = malloc(PACKET_DATAGRAM_MAX);
    if (oldest->data == NULL)
        return NULL;
    memcpy(oldest->key, key, sizeof oldest->key);
    memset(oldest->have, 0, sizeof oldest->have);
    oldest->len = oldest->there = oldest->end = oldest->cnt = 0;
    return oldest;
}

/* Puts a fragment in its place; of octets that come twice the first copy counts. */
static void place(struct packet_datagram *d, const struct datagram *g)
{
    struct cur c = g->data;
    for (uint32_t at = g->off; c.left > 0;) {
        uint32_t n = c.left < UNIT ? c.left : UNIT, unit = at / UNIT;
        const uint8_t *p = cur_bytes(&c, n);
        if (p != NULL && !(d->have[unit / 8] >> unit % 8 & 1)) {
            d->have[unit / 8] |= (uint8_t)(1 << unit % 8);
            memcpy(d->data + at, p, n);
            d->there += n;
        }
        at += n;
    }
    uint32_t end = g->off + g->data.left;
    if (!g->more)
        d->len = end;
    if (end > d->end)
        d->end = end;
    if (g->off == 0)
        d->next = g->protocol;
}

/* Takes one fragment. Returns true with g->data the whole when it was the last one missing. */
static bool reassemble(struct packet_fragments *f, bool inner, const struct packet_segment *s,
                       struct datagram *g)
{
    uint8_t key[38];
    if (g->off + g->data.left > PACKET_DATAGRAM_MAX || (g->more && g->data.left % UNIT != 0))
        return false;
    make_key(key, s, g);
    struct packet_datagram *d = find(f, inner, key);
    if (d == NULL)
        return false;
    d->stamp = ++f->clock;
    d->cnt++;
    place(d, g);
    if (d->len == 0 || d->there < d->len)
        return false;
    d->stamp = 0;
    g->data = cur_of(d->data, d->len);
    g->protocol = d->next;
    g->fragment = false;
    if (d->end != d->len) /* they contradict each other */
        return false;
    f->joined += d->cnt - 1;
    return true;
}

/* ---- IP ---- */

/* Cuts what the link layer has added behind the packet. Returns how much of the packet is not
 * there. */
static uint32_t cut(struct cur *c, uint32_t len)
{
    uint32_t missing = len > c->left ? len - c->left : 0;
    if (len < c->left)
        c->left = len;
    return missing;
}

static bool read_ipv4(struct cur c, struct packet_segment *s, struct datagram *g)
{
    enum { HEADER = 20, MORE = 0x2000, OFFSET = 0x1fff };
    uint8_t first;
    uint16_t total, id, fragment;
    if (!cur_u8(&c, &first) || !cur_skip(&c, 1) || !cur_u16(&c, &total) || !cur_u16(&c, &id) ||
        !cur_u16(&c, &fragment) || !cur_skip(&c, 1) || !cur_u8(&c, &g->protocol) ||
        !cur_skip(&c, 2) || !cur_copy(&c, s->end[0].a, 4) || !cur_copy(&c, s->end[1].a, 4))
        return false;
    uint32_t header = (first & 15u) * 4;
    if (header < HEADER || !cur_skip(&c, header - HEADER))
        return false;
    if (total >= header) /* 0: segmentation was left to the interface */
        s->cut = cut(&c, total - header);
    s->end[0].len = s->end[1].len = 4;
    g->id = id;
    g->more = fragment & MORE;
    g->off = (fragment & OFFSET) * UNIT;
    g->fragment = g->more || g->off != 0;
    g->data = c;
    return true;
}

/* | Next header | reserved | offset (13 bits) 0 0 M | identification |, RFC 8200 section 4.5 */
static bool read_fragment_header(struct cur *c, uint8_t *next, struct datagram *g)
{
    uint16_t offset;
    if (!cur_u8(c, next) || !cur_skip(c, 1) || !cur_u16(c, &offset) || !cur_u32(c, &g->id))
        return false;
    g->more = offset & 1;
    g->off = offset & ~7u;
    g->fragment = g->more || g->off != 0;
    return true;
}

/* Passes over extension headers, up to those that a fragment is cut from. */
static bool read_extensions(struct cur *c, uint8_t next, struct datagram *g)
{
    enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, OPTIONS = 60 };
    uint8_t len;
    while (!g->fragment) {
        bool eights = next == HOP_BY_HOP || next == ROUTING || next == OPTIONS;
        if (next == FRAGMENT) {
            if (!read_fragment_header(c, &next, g))
                return false;
        } else if (eights || next == AUTHENTICATION) {
            if (!cur_u8(c, &next) || !cur_u8(c, &len) ||
                !cur_skip(c, eights ? 6 + len * 8u : len * 4u + 6))
                return false;
        } else {
            break;
        }
    }
    g->protocol = next;
    g->data = *c;
    return true;
}

static bool read_ipv6(struct cur c, struct packet_segment *s, struct datagram *g)
{
    uint16_t len;
    uint8_t next;
    if (!cur_skip(&c, 4) || !cur_u16(&c, &len) || !cur_u8(&c, &next) || !cur_skip(&c, 1) ||
        !cur_copy(&c, s->end[0].a, 16) || !cur_copy(&c, s->end[1].a, 16))
        return false;
    g->v6 = true;
    if (len != 0) /* 0: a jumbogram, or segmentation left to the interface */
        s->cut = cut(&c, len);
    s->end[0].len = s->end[1].len = 16;
    return read_extensions(&c, next, g);
}

/* ---- TCP ---- */

static bool read_tcp(struct cur c, struct packet_segment *s)
{
    enum { HEADER = 20, FIN = 1, SYN = 2, RST = 4, ACK = 16 };
    uint8_t offset, flags;
    if (!cur_u16(&c, &s->end[0].port) || !cur_u16(&c, &s->end[1].port) ||
        !cur_u32(&c, &s->seq) || !cur_u32(&c, &s->ack_seq) || !cur_u8(&c, &offset) ||
        !cur_u8(&c, &flags) || !cur_skip(&c, 6))
        return false;
    uint32_t header = (offset >> 4) * 4u;
    if (header < HEADER || !cur_skip(&c, header - HEADER))
        return false;
    s->syn = flags & SYN;
    s->ack = flags & ACK;
    s->fin = flags & FIN;
    s->rst = flags & RST;
    s->data = c;
    return true;
}

/* Returns false, and says why. */
static bool none(struct packet_segment *s, enum packet_why why)
{
    s->why = why;
    return false;
}

/* Reads one IP header and puts fragments together. Returns whether *g is a whole payload. */
static bool read_ip(struct packet_fragments *f, bool inner, struct cur c,
                    struct packet_segment *s, struct datagram *g)
{
    uint8_t first = 0;
    memset(s, 0, sizeof *s);
    memset(g, 0, sizeof *g);
    if (!cur_peek(&c, 0, &first))
        return none(s, PACKET_BROKEN);
    unsigned version = first >> 4;
    if (version != 4 && version != 6) {
        f->broken += !inner; /* what looks like a tunnel need not be one */
        return none(s, PACKET_NOT_IP);
    }
    if (version == 4 ? !read_ipv4(c, s, g) : !read_ipv6(c, s, g)) {
        f->broken += !inner;
        return none(s, PACKET_BROKEN);
    }
    if (!g->fragment)
        return true;
    if (!reassemble(f, inner, s, g))
        return none(s, PACKET_FRAGMENT);
    s->cut = 0;
    c = g->data;
    if (g->v6 && (!read_extensions(&c, g->protocol, g) || g->fragment))
        return none(s, PACKET_BROKEN);
    return true;
}

bool packet_segment(struct packet_fragments *f, struct cur c, struct packet_segment *s)
{
    struct datagram g;
    if (!read_ip(f, false, c, s, &g))
        return false;
    c = g.data;
    if (packet_tunnel(g.protocol, &c) && !read_ip(f, true, c, s, &g))
        return false;
    if (g.protocol != PROTOCOL_TCP)
        return none(s, PACKET_NOT_TCP);
    if (read_tcp(g.data, s))
        return true;
    f->broken++;
    return none(s, PACKET_BROKEN);
}
