/* SPDX-License-Identifier: BSD-2-Clause */
/* MRT out: all entries of a RIB record give its octets, some give a record of these. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "mrt/rib.h"
#include "tools/decode/decode.h"

enum { ENTRIES = 5, ATTRS_LEN = 4 };

static uint8_t scratch[MRT_SCRATCH_LEN];

/* Writes a RIB record whose entries `chosen` (bit per entry) names, peer i at place i. */
static size_t rib(uint8_t *dst, size_t cap, unsigned chosen)
{
    static const uint8_t nlri[] = {24, 203, 0, 113}, origin[ATTRS_LEN] = {0x40, 1, 1, 0};
    struct mrt_rib_entry entries[ENTRIES];
    struct mrt_rib_node n = {.time_s = 1700000000, .seq = 9, .afi = 1, .safi = 1};
    n.nlri = cur_of(nlri, sizeof nlri);
    n.entries = entries;
    for (uint16_t i = 0; i < ENTRIES; i++) {
        if (chosen >> i & 1)
            entries[n.cnt++] = (struct mrt_rib_entry){
                .peer = i, .time_s = i, .attrs = cur_of(origin, sizeof origin)};
    }
    struct wr w = wr_of(dst, cap);
    mrt_write_rib(&w, &n);
    cr_assert_not(w.overflow);
    return w.len;
}

static struct mrt_record record_of(const uint8_t *p, size_t len, uint64_t off)
{
    return (struct mrt_record){
        .sec = 1700000000,
        .type = MRT_TABLE_DUMP_V2,
        .subtype = MRT_RIB_SUBTYPE_RIB_IPV4_UNICAST,
        .body = cur_at(p + MRT_HEADER_LEN, len - MRT_HEADER_LEN, MRT_HEADER_LEN),
        .raw = cur_of(p, len),
        .off = off};
}

/* Hands over the entries that `chosen` names. */
static void put(struct decode *d, const struct mrt_record *rec, unsigned chosen)
{
    struct mrt_peers peers = {0};
    struct mrt_walk w;
    mrt_walk_init(&w, rec, &peers, scratch);
    for (unsigned i = 0; mrt_walk_next(&w) > 0; i++) {
        struct decode_event ev = {.walk = &w};
        if (chosen >> i & 1)
            decode_mrt.write(d, &ev);
    }
}

Test(out_mrt, some_entries)
{
    uint8_t all[256], want[2][256];
    size_t len = rib(all, sizeof all, 0x1f);
    struct mrt_record first = record_of(all, len, 0), second = record_of(all, len, len);
    for (unsigned chosen = 0; chosen < 1u << ENTRIES; chosen++) {
        struct decode d = {.file = "f"};
        size_t want_len[2] = {rib(want[0], sizeof want[0], chosen),
                              rib(want[1], sizeof want[1], ~chosen)};
        put(&d, &first, chosen);
        put(&d, &second, ~chosen);
        decode_mrt.end(&d);
        if (chosen == 0) /* a record without entries is none */
            want_len[0] = 0;
        if (chosen == 0x1f)
            want_len[1] = 0;
        cr_assert_eq(d.out.len, want_len[0] + want_len[1], "%02x: %zu", chosen, d.out.len);
        cr_assert_arr_eq(d.out.p, want[0], want_len[0]);
        cr_assert_arr_eq(d.out.p + want_len[0], want[1], want_len[1]);
        free(d.output_state);
        buf_free(&d.out);
    }
}

/* What can't be read to its end goes out whole, once. */
Test(out_mrt, broken_record)
{
    uint8_t all[256];
    size_t len = rib(all, sizeof all, 0x1f);
    struct mrt_record rec = record_of(all, len - 1, 0); /* cut */
    struct nlri_fault fault = {0};
    struct decode d = {.file = "f"};
    put(&d, &rec, 0x1f);
    struct decode_event ev = {.rec = &rec, .fault = &fault};
    decode_mrt.write(&d, &ev);
    decode_mrt.end(&d);
    cr_assert_eq(d.out.len, len - 1);
    cr_assert_arr_eq(d.out.p, all, len - 1);
    free(d.output_state);
    buf_free(&d.out);
}

Test(out_mrt, record_without_entries)
{
    uint8_t none[64];
    size_t len = rib(none, sizeof none, 0);
    struct mrt_record rec = record_of(none, len, 0);
    struct decode d = {.file = "f"};
    put(&d, &rec, 1);
    decode_mrt.end(&d);
    cr_assert_eq(d.out.len, len);
    cr_assert_arr_eq(d.out.p, none, len);
    free(d.output_state);
    buf_free(&d.out);
}
