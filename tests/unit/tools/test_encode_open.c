/* SPDX-License-Identifier: BSD-2-Clause */
/* OPENs made from descriptions: what is read out of them is what went in. */
#include <criterion/criterion.h>
#include <string.h>

#include "bgp/caps.h"
#include "schemas/wire/encode_open.h"
#include "tools/generate/encode.h"

static void index_open(const struct encode_open *o, uint8_t buf[BGP_MSG_MAX],
                       struct bgp_open *i)
{
    struct wr w = wr_of(buf, BGP_MSG_MAX);
    encode_open_message(&w, o);
    cr_assert_not(w.overflow);
    cr_assert_eq(bgp_open_index(buf, w.len, i), 0);
    cr_assert_eq(i->diags.cnt, 0);
}

static void check_same(const struct bgp_family_set *a, const struct bgp_family_set *b)
{
    cr_assert_eq(memcmp(a, b, sizeof *a), 0);
}

static void round_trip(const struct encode_open *o)
{
    uint8_t buf[BGP_MSG_MAX];
    struct bgp_open i;
    struct bgp_offer offer;
    index_open(o, buf, &i);
    bgp_offer_of(&i, &offer);
    cr_assert_eq(i.asn, o->asn4 ? o->asn : (uint16_t)o->asn);
    cr_assert_eq(i.hold_time, o->hold_time_s);
    cr_assert_eq(memcmp(i.bgp_id, o->bgp_id, 4), 0);
    cr_assert_eq(offer.asn4, o->asn4);
    cr_assert_eq(offer.ext_msg, o->ext_msg);
    check_same(&offer.families, &o->families);
    check_same(&offer.add_path_tx, &o->add_path_tx);
    check_same(&offer.add_path_rx, &o->add_path_rx);
    check_same(&offer.ext_next_hop, &o->ext_next_hop);
    check_same(&offer.multi_label, &o->multi_label);
}

static unsigned family(uint16_t afi, uint8_t safi)
{
    return nlri_family_index(afi, safi);
}

Test(encode_open, a_few_capabilities)
{
    struct encode_open o = {
        .asn = 4200000000, .bgp_id = {192, 0, 2, 1}, .hold_time_s = 180, .asn4 = true};
    bgp_family_add(&o.families, family(1, 1));
    bgp_family_add(&o.families, family(2, 4));
    bgp_family_add(&o.add_path_tx, family(1, 1));
    bgp_family_add(&o.add_path_rx, family(1, 1));
    bgp_family_add(&o.add_path_rx, family(2, 4));
    bgp_family_add(&o.ext_next_hop, family(1, 1));
    bgp_family_add(&o.multi_label, family(2, 4));
    round_trip(&o);
}

Test(encode_open, an_old_speaker)
{
    struct encode_open o = {.asn = 65000, .bgp_id = {1, 2, 3, 4}, .hold_time_s = 0};
    bgp_family_add(&o.families, family(1, 1));
    round_trip(&o);
}

Test(encode_open, more_than_255_octets)
{
    uint8_t buf[BGP_MSG_MAX];
    struct bgp_open i;
    struct encode_open o = {
        .asn = 1, .bgp_id = {1, 2, 3, 4}, .hold_time_s = 3, .asn4 = true, .ext_msg = true};
    for (unsigned f = 0; f < nlri_map_cnt; f++) {
        bgp_family_add(&o.families, f);
        bgp_family_add(&o.add_path_tx, f);
    }
    round_trip(&o);
    index_open(&o, buf, &i);
    cr_assert(i.ext_params);
}

/* Of a captured OPEN, what its speaker says of itself is repeated; what it asks for is not. */
Test(encode_open, likeness)
{
    uint8_t first[BGP_MSG_MAX], second[BGP_MSG_MAX];
    struct wr w = wr_of(first, sizeof first);
    struct bgp_open like, made;
    struct encode_open o = {.asn = 1, .bgp_id = {1, 2, 3, 4}, .hold_time_s = 90, .like = &like};
    size_t start = encode_begin(&w, BGP_TYPE_OPEN);
    wr_bytes(&w, (const uint8_t[]){4, 0, 1, 0, 90, 1, 2, 3, 4}, 9);
    wr_bytes(&w,
             (const uint8_t[]){15, 2, 13, BGP_CAP_ROUTE_REFRESH, 0, BGP_CAP_FQDN, 4, 2, 'r',
                               '1', 0, BGP_CAP_ROLE, 1, 3, BGP_CAP_ENHANCED_REFRESH, 0},
             16);
    encode_end(&w, start);
    cr_assert_eq(bgp_open_index(first, w.len, &like), 0);
    index_open(&o, second, &made);
    cr_assert_eq(made.cap_cnt, 2);
    cr_assert_eq(made.cap[0].code, BGP_CAP_FQDN);
    cr_assert_eq(memcmp(second + made.cap[0].off, "\2r1", 4), 0);
    cr_assert_eq(made.cap[1].code, BGP_CAP_ROLE);
}
