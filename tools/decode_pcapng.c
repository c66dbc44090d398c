/* SPDX-License-Identifier: BSD-2-Clause */
/* decode_pcapng: packets out of pcapng files (draft-ietf-opsawg-pcapng). Floor F4.
 *
 * Not by libpcap: it refuses a file whose interfaces differ in link type or snapshot length, as
 * those of a capture on several interfaces do. */
#include <pcap/pcap.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tools/packets.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_OLD_PACKET = 2,
    BLOCK_SIMPLE = 3,
    BLOCK_PACKET = 6,
};
enum { OPTION_END = 0, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };
enum { ORDER = 0x1a2b3c4d, ORDER_SWAPPED = 0x4d3c2b1a };
enum { BLOCK_MIN = 12, SECTION_MIN = 28, INTERFACES_MAX = 4096, LINKTYPE_RAW_ = 101 };

struct interface {
    int link; /* DLT_ */
    bool known;
    uint32_t snap; /* octets; 0: no limit */
    uint8_t resol; /* as in the option */
    int64_t offset_s;
    bool told;
};

struct reading {
    struct packets *packets;
    struct decode *d;
    struct window *in;
    bool swapped; /* the section's byte order is little-endian */
    struct interface *v;
    unsigned cnt;
};

bool decode_pcapng_looks(const uint8_t *p, size_t len)
{
    struct cur c = cur_of(p, len);
    uint32_t type = 0, order = 0;
    return cur_u32(&c, &type) && type == BLOCK_SECTION && cur_skip(&c, 4) &&
           cur_u32(&c, &order) && (order == ORDER || order == ORDER_SWAPPED);
}

/* ---- numbers in the section's byte order ---- */

static bool read_u16(const struct reading *r, struct cur *c, uint16_t *v)
{
    if (!cur_u16(c, v))
        return false;
    if (r->swapped)
        *v = (uint16_t)(*v >> 8 | *v << 8);
    return true;
}

static uint32_t swap(uint32_t v)
{
    return v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
}

static bool read_u32(const struct reading *r, struct cur *c, uint32_t *v)
{
    if (!cur_u32(c, v))
        return false;
    if (r->swapped)
        *v = swap(*v);
    return true;
}

/* ---- blocks ---- */

static void read_section(struct reading *r, struct cur c)
{
    uint32_t order = 0;
    if (cur_u32(&c, &order))
        r->swapped = order == ORDER_SWAPPED;
    r->cnt = 0;
}

static void read_options(const struct reading *r, struct cur c, struct interface *i)
{
    uint16_t code, len;
    uint32_t high, low;
    struct cur value;
    while (read_u16(r, &c, &code) && code != OPTION_END && read_u16(r, &c, &len) &&
           cur_take(&c, len, &value)) {
        if (code == OPTION_TSRESOL && !cur_u8(&value, &i->resol))
            return;
        if (code == OPTION_TSOFFSET && read_u32(r, &value, &high) && read_u32(r, &value, &low))
            i->offset_s =
                (int64_t)(r->swapped ? (uint64_t)low << 32 | high : (uint64_t)high << 32 | low);
        if (!cur_skip(&c, (4 - len % 4u) % 4))
            return;
    }
}

/* | link type (2) | reserved (2) | snapshot length (4) | options | */
static bool read_interface(struct reading *r, struct cur c)
{
    struct interface i = {.resol = 6};
    uint16_t link;
    if (r->cnt == INTERFACES_MAX || !read_u16(r, &c, &link) || !cur_skip(&c, 2) ||
        !read_u32(r, &c, &i.snap))
        return false;
    read_options(r, c, &i);
    i.link = link == LINKTYPE_RAW_ ? DLT_RAW : link; /* the others of ours are the same */
    i.known = packet_link_known(i.link);
    r->v[r->cnt++] = i;
    return true;
}

static uint64_t power(uint64_t base, unsigned n)
{
    uint64_t v = 1;
    while (n-- > 0)
        v *= base;
    return v;
}

/* A time stamp in units of 10^-n s or, with the first bit of the option, 2^-n s. */
static uint64_t to_ns(const struct interface *i, uint64_t t)
{
    enum { BINARY = 0x80, NANO = 9, DIGITS_MAX = 19, BITS_MAX = 63 };
    unsigned n = i->resol & 0x7f;
    uint64_t ns;
    if (i->resol & BINARY && n <= BITS_MAX) {
        uint64_t part = n > 30 ? (t & ((UINT64_C(1) << n) - 1)) >> (n - 30)
                               : (t & ((UINT64_C(1) << n) - 1)) << (30 - n);
        ns = (t >> n) * NS_PER_S + (part * NS_PER_S >> 30);
    } else {
        ns = n <= NANO ? t * power(10, NANO - n)
                       : t / power(10, (n < NANO + DIGITS_MAX ? n : NANO + DIGITS_MAX) - NANO);
    }
    return ns + (uint64_t)i->offset_s * NS_PER_S;
}

static bool take_frame(struct reading *r, uint32_t number, uint64_t stamp, struct cur frame)
{
    if (number >= r->cnt) {
        decode_tell(r->d, DECODE_DAMAGED,
                    "packet %llu is of an interface that is not described",
                    (unsigned long long)r->packets->cnt);
        r->packets->cnt++;
        return true;
    }
    struct interface *i = &r->v[number];
    if (i->known)
        return packets_take(r->packets, i->link, to_ns(i, stamp), frame);
    r->packets->cnt++;
    if (!i->told)
        decode_tell(r->d, DECODE_UNREADABLE, "interface %u: link type %d is not known", number,
                    i->link);
    i->told = true;
    return true;
}

/* | interface (4; in the old block 2, drops 2) | time stamp, high (4) and low (4) |
 * | captured length (4) | length (4) | frame | options | */
static bool read_packet(struct reading *r, struct cur c, bool old, bool *broken)
{
    uint32_t number, high, low, cap, len;
    uint16_t old_number = 0;
    struct cur frame;
    bool has_number =
        old ? read_u16(r, &c, &old_number) && cur_skip(&c, 2) : read_u32(r, &c, &number);
    if (!has_number || !read_u32(r, &c, &high) || !read_u32(r, &c, &low) ||
        !read_u32(r, &c, &cap) || !read_u32(r, &c, &len) || !cur_take(&c, cap, &frame)) {
        *broken = true;
        return true;
    }
    r->packets->cut += cap < len;
    return take_frame(r, old ? old_number : number, (uint64_t)high << 32 | low, frame);
}

/* | length (4) | frame |: of the first interface, without a time. */
static bool read_simple(struct reading *r, struct cur c, bool *broken)
{
    uint32_t len;
    if (!read_u32(r, &c, &len) || r->cnt == 0) {
        *broken = true;
        return true;
    }
    uint32_t cap = r->v[0].snap != 0 && r->v[0].snap < len ? r->v[0].snap : len;
    if (cap > c.left)
        cap = c.left;
    r->packets->cut += cap < len;
    return take_frame(r, 0, 0, cur_of(c.p, cap));
}

/* Returns false when there is no use going on. */
static bool read_block(struct reading *r, uint32_t type, struct cur body, bool *broken)
{
    switch (type) {
    case BLOCK_SECTION:
        read_section(r, body);
        return true;
    case BLOCK_INTERFACE:
        *broken = !read_interface(r, body);
        return true;
    case BLOCK_PACKET:
    case BLOCK_OLD_PACKET:
        return read_packet(r, body, type == BLOCK_OLD_PACKET, broken);
    case BLOCK_SIMPLE:
        return read_simple(r, body, broken);
    default: /* names, statistics, secrets */
        return true;
    }
}

/* Reads the type and length of the block at the window's place. Returns false when it can't be
 * one. A section's byte order is its own: it stands behind the length. */
static bool read_head(struct reading *r, size_t have, uint32_t *type, uint32_t *len)
{
    struct cur c = cur_of(window_at(r->in), have);
    uint32_t order = 0;
    if (!read_u32(r, &c, type) || !cur_u32(&c, len) || !cur_u32(&c, &order))
        return false;
    bool section = *type == BLOCK_SECTION;
    if (section && order != ORDER && order != ORDER_SWAPPED)
        return false;
    if (section ? order == ORDER_SWAPPED : r->swapped)
        *len = swap(*len);
    return *len >= (section ? SECTION_MIN : BLOCK_MIN) && *len % 4 == 0 && *len <= WINDOW_MAX;
}

static void read_blocks(struct reading *r)
{
    size_t have;
    uint32_t type, len;
    bool go_on = true;
    while (go_on && (have = window_want(r->in, BLOCK_MIN)) > 0) {
        uint64_t off = window_offset(r->in);
        bool broken = false;
        if (!read_head(r, have, &type, &len)) {
            decode_damage(r->d, off, 0, "no pcapng block begins here; the rest is not read");
            return;
        }
        have = window_want(r->in, len);
        if (have < len) {
            decode_damage(r->d, off, have, "the file ends inside a block");
            window_skip(r->in, have);
            return;
        }
        go_on = read_block(r, type, cur_of(window_at(r->in) + 8, len - BLOCK_MIN), &broken);
        if (broken)
            decode_damage(r->d, off, len, "a pcapng block that does not parse");
        window_skip(r->in, len);
    }
}

void decode_pcapng_read(struct decode *d, struct window *in)
{
    struct reading r = {.d = d,
                        .in = in,
                        .packets = packets_new(d),
                        .v = calloc(INTERFACES_MAX, sizeof(struct interface))};
    if (r.packets != NULL && r.v != NULL)
        read_blocks(&r);
    else if (r.packets != NULL)
        decode_tell(d, DECODE_UNREADABLE, "out of memory");
    packets_free(r.packets);
    free(r.v);
}
