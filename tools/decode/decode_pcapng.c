/* SPDX-License-Identifier: BSD-2-Clause */
/* decode_pcapng: packets out of pcapng files (draft-ietf-opsawg-pcapng). Floor F4.
 *
 * Not by libpcap: it refuses a file whose interfaces differ in link type or snapshot length, as
 * those of a capture on several interfaces do. */
#include <pcap/pcap.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tools/pcap/packets.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_OLD_PACKET = 2,
    BLOCK_SIMPLE = 3,
    BLOCK_PACKET = 6,
};
enum { OPTION_END = 0, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };
enum { ORDER = 0x1a2b3c4d, ORDER_SWAPPED = 0x4d3c2b1a };
enum { SEARCH_MAX = 1 << 20 /* octets of a block that a search believes */ };
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

static bool take_frame(struct reading *r, uint32_t number, uint64_t stamp, struct cur frame,
                       uint32_t len)
{
    if (number >= r->cnt) {
        decode_tell(r->d, DECODE_DAMAGED,
                    "packet %llu is of an interface that is not described",
                    (unsigned long long)r->packets->counts.all);
        packets_pass(r->packets, PACKET_NO_INTERFACE);
        return true;
    }
    struct interface *i = &r->v[number];
    if (i->known)
        return packets_take(r->packets, i->link, to_ns(i, stamp), frame, len);
    packets_pass(r->packets, PACKET_LINK_UNKNOWN);
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
    return take_frame(r, old ? old_number : number, (uint64_t)high << 32 | low, frame, len);
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
    return take_frame(r, 0, 0, cur_of(c.p, cap), len);
}

/* Returns false when there is no use going on. */
static bool read_block(struct reading *r, uint32_t type, struct cur body, bool *broken)
{
    switch (type) {
    case BLOCK_SECTION:
        r->cnt = 0;
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
    if (section)
        r->swapped = order == ORDER_SWAPPED;
    if (r->swapped)
        *len = swap(*len);
    return *len >= (section ? SECTION_MIN : BLOCK_MIN) && *len % 4 == 0 && *len <= WINDOW_MAX;
}

/* Returns whether the block of `len` octets at the window's place, `have` of which are there,
 * ends as it should: with its length again. */
static bool ends_well(const struct reading *r, size_t have, uint32_t len)
{
    uint32_t again = 0;
    if (have < len)
        return false;
    struct cur c = cur_of(window_at(r->in) + len - 4, 4);
    return read_u32(r, &c, &again) && again == len;
}

/* Types of blocks that a file of packets has (the draft's section 11.1); a search believes no
 * others. */
static bool is_common(uint32_t type)
{
    return type == BLOCK_SECTION || (type >= BLOCK_INTERFACE && type <= 10);
}

/* Returns whether a block, or the end of the file, is `len` octets ahead: then it is only the
 * second length that is wrong. */
static bool follows_well(struct reading *r, uint32_t len)
{
    uint32_t type = 0, next = 0;
    size_t have = window_want(r->in, (size_t)len + BLOCK_MIN);
    if (have == len)
        return true;
    struct cur c = cur_of(window_at(r->in) + len, have - len);
    return read_u32(r, &c, &type) && read_u32(r, &c, &next) && is_common(type) &&
           next >= BLOCK_MIN && next % 4 == 0 && next <= SEARCH_MAX;
}

/* Searches for the next block that has its length at both ends, from the next four octets on,
 * and tells what was passed over. Returns false at the end of the file. */
static bool search(struct reading *r, uint64_t off, const char *reason)
{
    size_t have, passed = 0;
    uint32_t type, len;
    bool found = false;
    while (!found && (have = window_want(r->in, BLOCK_MIN + 4)) >= BLOCK_MIN + 4) {
        window_skip(r->in, 4);
        passed += 4;
        found = read_head(r, have - 4, &type, &len) && is_common(type) && len <= SEARCH_MAX &&
                ends_well(r, window_want(r->in, len), len);
    }
    if (!found) {
        passed += have = window_want(r->in, 1);
        window_skip(r->in, have);
    }
    decode_damage(r->d, off, passed, reason);
    return found;
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
            go_on = search(r, off, "no pcapng block begins here");
            continue;
        }
        have = window_want(r->in, len);
        if (have < len || (!ends_well(r, have, len) && !follows_well(r, len))) {
            go_on = search(r, off,
                           have < len ? "the file ends inside a block"
                                      : "a pcapng block of another length than it says");
            continue;
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
