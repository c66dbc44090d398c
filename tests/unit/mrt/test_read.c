/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading MRT: what was written comes back, every truncation is told with its offset, damage is
 * passed over. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "mrt/read.h"

static const uint64_t when = UINT64_C(1700000000) * NS_PER_S + 123456000;

static uint8_t scratch[MRT_SCRATCH_LEN];

/* ---- making files ---- */

static void add_wr(struct buf *b, const struct wr *w)
{
    cr_assert_not(w->overflow);
    buf_add(b, w->buf, w->len);
}

static size_t update(uint8_t *dst, uint8_t third)
{
    static const uint8_t body[] = {0, 0,    0, 20,   0x40, 1, 1,   0, 0x40, 2, 6,  2,   1, 0,
                                   0, 0xfc, 0, 0x40, 3,    4, 192, 0, 2,    1, 24, 203, 0};
    struct wr w = wr_of(dst, 64);
    for (int i = 0; i < 4; i++)
        wr_u32(&w, UINT32_MAX);
    wr_u16(&w, (uint16_t)(19 + sizeof body + 1));
    wr_u8(&w, 2);
    wr_bytes(&w, body, sizeof body);
    wr_u8(&w, third);
    return w.len;
}

static void add_message(struct buf *b, uint8_t third, bool v6)
{
    uint8_t rec[256], msg[64];
    struct wr w = wr_of(rec, sizeof rec);
    struct mrt_bgp4mp_head h = {.time_ns = when,
                                .peer_asn = 64512,
                                .local_asn = 64513,
                                .addr_len = v6 ? 16 : 4,
                                .peer = {192, 0, 2, 1},
                                .local = {192, 0, 2, 2}};
    mrt_write_message(&w, &h, (struct mrt_message_kind){.asn4 = true}, msg, update(msg, third));
    add_wr(b, &w);
}

static void add_header(struct wr *w, uint16_t type, uint16_t subtype)
{
    wr_u32(w, 1700000000);
    wr_u16(w, type);
    wr_u16(w, subtype);
}

static void add_peers(struct buf *b)
{
    uint8_t rec[128];
    struct wr w = wr_of(rec, sizeof rec);
    add_header(&w, MRT_TABLE_DUMP_V2, MRT_RIB_SUBTYPE_PEER_INDEX_TABLE);
    size_t len = wr_mark_u32(&w);
    wr_u32(&w, 0xc0000263);
    wr_u16(&w, 4);
    wr_bytes(&w, "view", 4);
    wr_u16(&w, 2);
    wr_u8(&w, 2); /* IPv4, four-octet AS */
    wr_u32(&w, 0x0a000001);
    wr_u32(&w, 0xc0000201);
    wr_u32(&w, 4200000000);
    wr_u8(&w, 1); /* IPv6, two-octet AS */
    wr_u32(&w, 0x0a000002);
    for (int i = 0; i < 4; i++)
        wr_u32(&w, 0x20010db8);
    wr_u16(&w, 64500);
    wr_patch_u32(&w, len);
    add_wr(b, &w);
}

static void add_rib(struct buf *b, uint16_t subtype, bool with_path_ids)
{
    uint8_t rec[128];
    struct wr w = wr_of(rec, sizeof rec);
    add_header(&w, MRT_TABLE_DUMP_V2, subtype);
    size_t len = wr_mark_u32(&w);
    wr_u32(&w, 7);
    wr_u8(&w, 24);
    wr_u24(&w, 0xcb0071);
    wr_u16(&w, 2);
    for (uint16_t i = 0; i < 2; i++) {
        wr_u16(&w, i);
        wr_u32(&w, 1600000000u + i);
        if (with_path_ids)
            wr_u32(&w, 70u + i);
        wr_u16(&w, 4);
        wr_u32(&w, 0x40010100); /* ORIGIN */
    }
    wr_patch_u32(&w, len);
    add_wr(b, &w);
}

/* ---- reading them ---- */

struct damages {
    unsigned cnt;
    uint64_t off, len;
};

static void on_damage(void *arg, const struct mrt_damage *d)
{
    struct damages *v = arg;
    if (v->cnt++ == 0)
        v->off = d->off;
    v->len += d->len;
    cr_assert_not_null(d->reason);
}

struct open_file {
    struct window *in;
    struct mrt_reader r;
    struct damages damages;
};

static void open_buf(struct open_file *f, const struct buf *b)
{
    char err[100];
    struct stream_in *s = stream_in_memory(b->p, b->len, err, sizeof err);
    cr_assert_not_null(s);
    f->damages = (struct damages){0};
    f->in = window_new(s);
    f->r = (struct mrt_reader){.in = f->in, .damage = on_damage, .arg = &f->damages};
}

/* Reads all items; returns the records, adds the walks that failed to *faults. */
static unsigned read_all(struct open_file *f, unsigned *items, unsigned *faults)
{
    struct mrt_record rec;
    struct mrt_peers peers = {0};
    struct mrt_walk w;
    unsigned cnt = 0;
    int got;
    while (mrt_reader_next(&f->r, &rec) > 0) {
        cnt++;
        mrt_walk_init(&w, &rec, &peers, scratch);
        while ((got = mrt_walk_next(&w)) > 0)
            ++*items;
        *faults += got < 0;
    }
    mrt_peers_free(&peers);
    window_free(f->in);
    return cnt;
}

Test(mrt_read, message_comes_back)
{
    struct buf b = {0};
    struct open_file f;
    struct mrt_record rec;
    struct mrt_peers peers = {0};
    struct mrt_walk w;
    uint8_t msg[64];
    add_message(&b, 113, false);
    open_buf(&f, &b);
    cr_assert_eq(mrt_reader_next(&f.r, &rec), 1);
    cr_assert(rec.et);
    cr_assert_eq(rec.sec, 1700000000);
    cr_assert_eq(rec.usec, 123456);
    mrt_walk_init(&w, &rec, &peers, scratch);
    cr_assert_eq(mrt_walk_next(&w), 1);
    cr_assert_eq(w.item.kind, MRT_ITEM_MESSAGE);
    cr_assert(w.item.asn4);
    cr_assert_not(w.item.add_path);
    cr_assert_eq(w.item.peer.asn, 64512);
    cr_assert_eq(w.item.local.asn, 64513);
    cr_assert_eq(w.item.peer.addr_len, 4);
    cr_assert_eq(w.item.peer.addr[3], 1);
    cr_assert_eq(w.item.local.addr[3], 2);
    cr_assert_eq(w.item.body.left, update(msg, 113));
    cr_assert_arr_eq(w.item.body.p, msg, w.item.body.left);
    cr_assert_eq(mrt_walk_next(&w), 0);
    cr_assert_eq(mrt_reader_next(&f.r, &rec), 0);
    cr_assert_eq(f.damages.cnt, 0);
    window_free(f.in);
    buf_free(&b);
}

Test(mrt_read, rib_and_peers)
{
    static const bool with[] = {false, true, true, false};
    static const uint16_t subtypes[] = {
        MRT_RIB_SUBTYPE_RIB_IPV4_UNICAST, MRT_RIB_SUBTYPE_RIB_IPV4_UNICAST_ADDPATH,
        MRT_RIB_SUBTYPE_RIB_IPV4_UNICAST, /* path identifiers where there should be none */
        MRT_RIB_SUBTYPE_RIB_IPV4_UNICAST_ADDPATH};
    for (int i = 0; i < 4; i++) {
        struct buf b = {0};
        struct open_file f;
        struct mrt_record rec;
        struct mrt_peers peers = {0};
        struct mrt_walk w;
        add_peers(&b);
        add_rib(&b, subtypes[i], with[i]);
        open_buf(&f, &b);
        cr_assert_eq(mrt_reader_next(&f.r, &rec), 1);
        mrt_walk_init(&w, &rec, &peers, scratch);
        cr_assert_eq(mrt_walk_next(&w), 1);
        cr_assert_eq(w.item.kind, MRT_ITEM_PEERS);
        cr_assert_eq(peers.cnt, 2);
        cr_assert_eq(peers.v[0].asn, 4200000000);
        cr_assert_eq(peers.v[1].addr_len, 16);
        cr_assert_eq(peers.v[1].asn, 64500);
        cr_assert_eq(peers.view_len, 4);
        cr_assert_eq(mrt_reader_next(&f.r, &rec), 1);
        mrt_walk_init(&w, &rec, &peers, scratch);
        for (unsigned k = 0; k < 2; k++) {
            cr_assert_eq(mrt_walk_next(&w), 1);
            cr_assert_eq(w.item.kind, MRT_ITEM_RIB);
            cr_assert_eq(w.item.rib.originated, 1600000000u + k);
            cr_assert_eq(w.item.rib.has_path_id, with[i]);
            cr_assert_eq(w.item.rib.path_id, with[i] ? 70 + k : 0);
            cr_assert_eq(w.item.flipped, i >= 2);
            cr_assert_eq(w.item.peer.asn, peers.v[k].asn);
            cr_assert_eq(w.item.rib.nlri.left, 4);
            cr_assert_eq(w.item.rib.attrs.left, 4);
        }
        cr_assert_eq(mrt_walk_next(&w), 0);
        mrt_peers_free(&peers);
        window_free(f.in);
        buf_free(&b);
    }
}

/* Cut anywhere, a record is either told as cut, or its walk tells where its bytes end. */
Test(mrt_read, every_truncation_of_the_body)
{
    struct buf b = {0};
    add_rib(&b, MRT_RIB_SUBTYPE_RIB_IPV4_UNICAST, false);
    for (uint32_t len = 0; len + MRT_HEADER_LEN < b.len; len++) {
        struct mrt_record rec = {
            .type = MRT_TABLE_DUMP_V2,
            .subtype = MRT_RIB_SUBTYPE_RIB_IPV4_UNICAST,
            .body = cur_at((uint8_t *)b.p + MRT_HEADER_LEN, len, MRT_HEADER_LEN)};
        struct mrt_peers peers = {0};
        struct mrt_walk w;
        int got;
        mrt_walk_init(&w, &rec, &peers, scratch);
        while ((got = mrt_walk_next(&w)) > 0)
            continue;
        cr_assert_eq(got, -1, "length %u", len);
        cr_assert_eq(w.fault.reason, BGP_REASON_TRUNCATED, "length %u", len);
        cr_assert_leq(w.fault.off, MRT_HEADER_LEN + len);
        cr_assert_gt(w.fault.need, w.fault.have);
        cr_assert_eq(mrt_walk_next(&w), 0, "a walk ends with its fault");
    }
    buf_free(&b);
}

Test(mrt_read, every_truncation_of_the_file)
{
    struct buf b = {0};
    add_message(&b, 1, false);
    size_t one = b.len;
    add_message(&b, 2, true);
    for (size_t len = one; len <= b.len; len++) {
        struct buf part = {.p = b.p, .len = len};
        struct open_file f;
        unsigned items = 0, faults = 0;
        open_buf(&f, &part);
        unsigned records = read_all(&f, &items, &faults);
        bool whole = len == one || len == b.len;
        cr_assert_eq(records, len == b.len ? 2 : 1, "length %zu", len);
        cr_assert_eq(f.damages.cnt, whole ? 0 : 1, "length %zu", len);
        cr_assert(whole || (f.damages.off == one && f.damages.len == len - one));
    }
    buf_free(&b);
}

/* Octets before, between and behind records are told with their place, and cost no record. */
Test(mrt_read, resynchronises)
{
    static const uint8_t junk[] = {0x12, 0x34, 0xff, 0xff, 0, 9, 8, 7, 6,
                                   5,    4,    3,    2,    1, 0, 1, 2};
    for (size_t n = 1; n <= sizeof junk; n++) {
        struct buf b = {0};
        struct open_file f;
        unsigned items = 0, faults = 0;
        for (uint8_t i = 0; i < 5; i++)
            add_message(&b, i, i % 2);
        size_t at = b.len;
        buf_add(&b, junk, n);
        for (uint8_t i = 0; i < 5; i++)
            add_message(&b, i, false);
        open_buf(&f, &b);
        unsigned records = read_all(&f, &items, &faults);
        cr_assert_eq(records, 10, "%zu octets: %u records", n, records);
        cr_assert_eq(faults, 0);
        cr_assert_eq(f.damages.cnt, 1);
        cr_assert_eq(f.damages.off, at);
        cr_assert_eq(f.damages.len, n);
        buf_free(&b);
    }
}

Test(mrt_read, microseconds_promised_in_vain)
{
    struct buf b = {0};
    struct open_file f;
    struct mrt_record rec;
    uint8_t out[256], *p;
    add_message(&b, 1, false);
    /* the record without its microseconds, its type left as it is */
    p = (uint8_t *)b.p;
    memcpy(out, p, 12);
    memcpy(out + 12, p + 16, b.len - 16);
    out[11] = (uint8_t)(p[11] - 4);
    struct buf cut = {.p = (char *)out, .len = b.len - 4};
    open_buf(&f, &cut);
    cr_assert_eq(mrt_reader_next(&f.r, &rec), 1);
    cr_assert_not(rec.et);
    cr_assert_eq(rec.usec, 0);
    unsigned items = 0, faults = 0;
    cr_assert_eq(read_all(&f, &items, &faults), 0);
    cr_assert_eq(f.damages.cnt, 0);
    buf_free(&b);
}

/* A header of a type nobody knows is passed on raw, when a record follows it. */
Test(mrt_read, unknown_types_are_legal)
{
    struct buf b = {0};
    struct open_file f;
    uint8_t rec[64];
    struct wr w = wr_of(rec, sizeof rec);
    add_header(&w, 77, 3);
    wr_u32(&w, 5);
    wr_bytes(&w, "hello", 5);
    add_wr(&b, &w);
    add_message(&b, 1, false);
    open_buf(&f, &b);
    unsigned items = 0, faults = 0;
    cr_assert_eq(read_all(&f, &items, &faults), 2);
    cr_assert_eq(items, 2);
    cr_assert_eq(f.damages.cnt + faults, 0);
    buf_free(&b);
}
