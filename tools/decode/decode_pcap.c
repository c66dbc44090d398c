/* SPDX-License-Identifier: BSD-2-Clause */
/* decode_pcap: packets out of pcap files (draft-ietf-opsawg-pcap). Floor F4.
 *
 *     | magic 4 | version 2+2 | 8 | snapshot length 4 | link type 4 |
 *     | seconds 4 | micro- or nanoseconds 4 | captured 4 | length on the wire 4 | octets | ...
 *
 * Not by libpcap: it ends at the first length that can't be. Here the next packet is searched for:
 * a header of likely values, behind whose octets another one is, or the file's end. */
#include <pcap/pcap.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tools/pcap/packets.h"

enum {
    FILE_HEAD = 24,
    PACKET_HEAD = 16,
    PACKET_HEAD_MODIFIED = 24, /* Kuznetzov's: interface and protocol follow */
    PACKET_MAX = 256 << 10,    /* octets of one that are believed */
    NEAR_S = 30 * 86400,       /* how far from the last one a searched packet's time may be */
    SEARCH = 1 << 20,          /* octets looked at in one go */
    FRUITLESS_MAX = 8,         /* searches for a better reading until there is none */
    VERSION = 2,
    MINOR_SWAPPED = 3, /* before this one both lengths were the other way round; in it, either */
    LINKTYPE_RAW_ = 101,
    LINKTYPE_MASK = 0x03ffffff, /* above: how long the frames' check sequence is */
};

static const struct magic {
    uint32_t value;
    bool swapped, nano, modified;
} magics[] = {
    {0xa1b2c3d4, false, false, false}, {0xd4c3b2a1, true, false, false},
    {0xa1b23c4d, false, true, false},  {0x4d3cb2a1, true, true, false},
    {0xa1b2cd34, false, false, true},  {0x34cdb2a1, true, false, true},
};

struct reading {
    struct packets *packets;
    struct decode *d;
    struct window *in;
    const struct magic *magic;
    uint16_t minor;
    int link; /* DLT_ */
    uint32_t head_len;
    uint32_t last_s; /* of the last packet; 0: none was */
    unsigned fruitless;
};

/* A packet's header. */
struct head {
    uint32_t sec, part, captured, len;
};

static const struct magic *magic_of(const uint8_t *p, size_t len)
{
    struct cur c = cur_of(p, len);
    uint32_t v = 0;
    if (!cur_u32(&c, &v))
        return NULL;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (magics[i].value == v)
            return &magics[i];
    }
    return NULL;
}

bool decode_pcap_looks(const uint8_t *p, size_t len)
{
    return magic_of(p, len) != NULL;
}

/* ---- headers ---- */

static uint32_t swap(uint32_t v)
{
    return v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
}

static bool read_u32(const struct reading *r, struct cur *c, uint32_t *v)
{
    if (!cur_u32(c, v))
        return false;
    if (r->magic->swapped)
        *v = swap(*v);
    return true;
}

/* The octets are there. */
static struct head head_at(const struct reading *r, const uint8_t *p)
{
    struct cur c = cur_of(p, PACKET_HEAD);
    struct head h = {0};
    if (!read_u32(r, &c, &h.sec) || !read_u32(r, &c, &h.part) || !read_u32(r, &c, &h.captured) ||
        !read_u32(r, &c, &h.len))
        return h;
    if (r->minor < MINOR_SWAPPED || (r->minor == MINOR_SWAPPED && h.captured > h.len)) {
        uint32_t captured = h.captured;
        h.captured = h.len;
        h.len = captured;
    }
    return h;
}

static uint32_t part_limit(const struct reading *r)
{
    return r->magic->nano ? NS_PER_S : 1000000;
}

/* Whether a header's time can be that of a packet near one of the second `near_s` (0: of any). */
static bool has_time(const struct reading *r, const struct head *h, uint32_t near_s)
{
    uint32_t apart = h->sec > near_s ? h->sec - near_s : near_s - h->sec;
    return h->part < part_limit(r) && (near_s == 0 || apart <= NEAR_S);
}

/* Whether a header's values are those that writers write. */
static bool is_likely(const struct reading *r, const struct head *h)
{
    return h->captured > 0 && h->captured <= h->len && h->len <= PACKET_MAX &&
           has_time(r, h, r->last_s);
}

/* Whether a header follows the packet of `h`, though its own length may be wrong, or the end. */
static bool is_followed(const struct reading *r, const struct head *h, size_t at, size_t have,
                        bool end)
{
    if (have < at + r->head_len)
        return have >= at && end;
    struct head next = head_at(r, window_at(r->in) + at);
    return has_time(r, &next, h->sec);
}

/* Whether a likely header is at `at`, or the file's end. `have` octets are there, `end`: all. */
static bool fits(const struct reading *r, size_t at, size_t have, bool end)
{
    if (have < at + r->head_len)
        return end && have == at;
    struct head h = head_at(r, window_at(r->in) + at);
    return is_likely(r, &h);
}

/* ---- searching ---- */

/* Returns where, from `from` on, a likely header has another, or the end, behind its octets; `have`
 * when nowhere. */
static size_t search(const struct reading *r, size_t from, size_t have, bool end)
{
    for (size_t at = from; at + r->head_len <= have; at++) {
        struct head h = head_at(r, window_at(r->in) + at);
        if (is_likely(r, &h) && at + r->head_len + h.captured <= have &&
            fits(r, at + r->head_len + h.captured, have, end))
            return at;
    }
    return have;
}

static bool take(struct reading *r, const struct head *h, uint32_t captured)
{
    uint64_t part_ns = h->part * (r->magic->nano ? UINT64_C(1) : UINT64_C(1000));
    const uint8_t *p = window_at(r->in) + r->head_len;
    r->last_s = h->sec;
    return packets_take(r->packets, r->link, h->sec * NS_PER_S + part_ns, cur_of(p, captured),
                        h->len > captured && h->len <= PACKET_MAX ? h->len : captured);
}

/* The next packet begins at `at` and not where this one's header says: takes as much of it as can
 * be it, and goes there. */
static bool take_odd(struct reading *r, const struct head *h, size_t at)
{
    uint64_t off = window_offset(r->in);
    size_t room = at - r->head_len, most = h->captured > h->len ? h->captured : h->len;
    if (most > PACKET_MAX)
        most = h->len <= PACKET_MAX ? h->len : 0;
    size_t taken = room < most ? room : most;
    bool go_on = taken == 0 || take(r, h, (uint32_t)taken);
    window_skip(r->in, at);
    decode_damage(r->d, off, room - taken, "a packet whose length is wrong");
    return go_on;
}

/* No packet can be here: passes over all until one begins. Returns false at the end. */
static bool resync(struct reading *r)
{
    uint64_t off = window_offset(r->in);
    bool found = false, end = false;
    window_skip(r->in, 1);
    while (!found && !end) {
        size_t have = window_want(r->in, SEARCH);
        end = have < SEARCH;
        size_t at = search(r, 0, have, end);
        found = at < have;
        /* what may begin a packet at the end of what is seen is looked at again */
        window_skip(r->in, found || end ? at : have - (PACKET_MAX + 2 * r->head_len));
    }
    decode_damage(r->d, off, window_offset(r->in) - off,
                  "a packet whose length can't be, and none behind it");
    return found;
}

/* ---- packets ---- */

/* A header that says more than can be, or nothing likely is behind. Returns false when there is no
 * use going on, *done when the packet was dealt with. */
static bool look_closer(struct reading *r, const struct head *h, bool *done)
{
    size_t have = window_want(r->in, SEARCH);
    size_t at = search(r, r->head_len, have, have < SEARCH);
    bool believed = h->captured <= PACKET_MAX && have >= r->head_len + h->captured;
    *done = true;
    if (at < have)
        return take_odd(r, h, at);
    if (!believed && have < SEARCH) {
        decode_damage(r->d, window_offset(r->in), have, "truncated: the file ends inside a packet");
        window_skip(r->in, have);
        return false;
    }
    if (!believed)
        return resync(r);
    *done = false;
    r->fruitless++;
    return true;
}

static bool read_packet(struct reading *r)
{
    size_t have = window_want(r->in, r->head_len);
    bool done = false;
    if (have < r->head_len) {
        if (have > 0)
            decode_damage(r->d, window_offset(r->in), have,
                          "truncated: the file ends inside a packet's header");
        window_skip(r->in, have);
        return false;
    }
    struct head h = head_at(r, window_at(r->in));
    size_t len = r->head_len + (size_t)h.captured, want = len + r->head_len;
    have = h.captured <= PACKET_MAX ? window_want(r->in, want) : 0;
    bool sure = have >= len && (r->fruitless > FRUITLESS_MAX ||
                                is_followed(r, &h, len, have, have < want));
    if (!sure && !look_closer(r, &h, &done))
        return false;
    if (done)
        return true;
    bool go_on = take(r, &h, h.captured);
    window_skip(r->in, len);
    return go_on;
}

/* ---- the file ---- */

/* Reads the file's header. Returns false when it can't be read on (told). */
static bool read_file_head(struct reading *r)
{
    size_t have = window_want(r->in, FILE_HEAD);
    struct cur c = cur_of(window_at(r->in), have);
    uint32_t versions, network;
    r->magic = magic_of(window_at(r->in), have);
    if (r->magic == NULL || !cur_skip(&c, 4) || !read_u32(r, &c, &versions) || !cur_skip(&c, 12) ||
        !read_u32(r, &c, &network)) {
        decode_tell(r->d, DECODE_UNREADABLE, "offset 0: no header of a pcap file");
        return false;
    }
    /* two numbers of two octets: swapped as one, they change places */
    uint16_t low = (uint16_t)versions, high = (uint16_t)(versions >> 16);
    uint16_t major = r->magic->swapped ? low : high;
    r->minor = r->magic->swapped ? high : low;
    if (major != VERSION) {
        decode_tell(r->d, DECODE_UNREADABLE, "offset 4: pcap of version %u.%u is not known", major,
                    r->minor);
        return false;
    }
    network &= LINKTYPE_MASK;
    r->link = network == LINKTYPE_RAW_ ? DLT_RAW : (int)network; /* the others of ours are the same */
    r->head_len = r->magic->modified ? PACKET_HEAD_MODIFIED : PACKET_HEAD;
    window_skip(r->in, FILE_HEAD);
    if (packet_link_known(r->link))
        return true;
    const char *name = pcap_datalink_val_to_name(r->link);
    decode_tell(r->d, DECODE_UNREADABLE, "link type %d (%s) is not known", r->link,
                name != NULL ? name : "without a name");
    return false;
}

void decode_pcap_read(struct decode *d, struct window *in)
{
    struct reading r = {.d = d, .in = in, .packets = packets_new(d)};
    if (r.packets != NULL && read_file_head(&r)) {
        while (read_packet(&r))
            continue;
    }
    packets_free(r.packets);
}
