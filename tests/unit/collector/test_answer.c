/* SPDX-License-Identifier: BSD-2-Clause */
/* Our OPEN as an answer to the peer's, and the judgement of theirs. */
#include <criterion/criterion.h>

#include "bgp/notify.h"
#include "collector/bgp/answer.h"

/* Makes an OPEN with these capabilities, version 4, AS 64500, hold 90, identifier 192.0.2.9. */
static size_t make_open(uint8_t *m, const uint8_t *caps, uint8_t caps_len)
{
    struct wr w = wr_of(m, 512);
    send_header(&w, (uint16_t)(29 + 2 + caps_len), BGP_TYPE_OPEN);
    wr_u8(&w, 4);
    wr_u16(&w, 64500);
    wr_u16(&w, 90);
    wr_u32(&w, 0xc0000209);
    wr_u8(&w, (uint8_t)(caps_len + 2));
    wr_u8(&w, 2);
    wr_u8(&w, caps_len);
    wr_bytes(&w, caps, caps_len);
    return w.len;
}

struct got {
    uint8_t theirs_msg[512], ours_msg[4096];
    struct bgp_open theirs, ours;
    struct config_peer entry;
    struct answer a;
};

static void answer_to(struct got *g, const uint8_t *caps, uint8_t len)
{
    struct wr w = wr_of(g->ours_msg, sizeof(g->ours_msg));
    size_t n = make_open(g->theirs_msg, caps, len);
    cr_assert_eq(bgp_open_index(g->theirs_msg, n, &g->theirs), 0);
    g->entry.hold_time_s = 90;
    g->a = (struct answer){.entry = &g->entry, .theirs = &g->theirs, .local_asn = 64500};
    memcpy(g->a.bgp_id, (uint8_t[]){10, 0, 0, 1}, 4);
    answer_open(&g->a, &w);
    cr_assert(!w.overflow);
    cr_assert_eq(bgp_open_index(g->ours_msg, w.len, &g->ours), 0);
}

/* Asserts that our capabilities are exactly these octets. */
static void expect_caps(const struct got *g, const uint8_t *caps, size_t len)
{
    size_t at = 29 + 2;
    cr_assert_eq(g->ours.len, at + len, "OPEN of %u octets, expected %zu", g->ours.len,
                 at + len);
    cr_assert_eq(memcmp(g->ours_msg + at, caps, len), 0);
}

Test(answer, mirrors_known_and_unknown_families)
{
    static const uint8_t caps[] = {1, 4, 0, 1, 0, 1, 1, 4, 0x77, 0x77, 0, 99};
    struct got g = {0};
    answer_to(&g, caps, sizeof(caps));
    expect_caps(&g, caps, sizeof(caps));
}

Test(answer, mirrors_the_rest)
{
    static const uint8_t theirs[] = {
        2,  0,  128,  0,   6,    0,    70, 0,    71, 0, /* refreshes, ext. messages, LLGR */
        5,  6,  0,    1,   0,    1,    0,  2,           /* extended next hop */
        64, 6,  0x80, 120, 0,    1,    1,  0x80,        /* graceful restart, forwarding kept */
        65, 4,  0,    0,   0xfb, 0xf4,                  /* AS 64500 */
        69, 12, 0,    1,   1,    3,    0,  2,    1,  1, 0, 1, 2, 2, /* both, receive, send */
        73, 3,  1,    'x', 0, /* FQDN: nothing to answer */
        9,  1,  3,            /* role: ours is none */
    };
    static const uint8_t ours[] = {
        2, 0, 128, 0,    5,    6,  0, 1, 0, 1, 0, 2, 6, 0, 64, 2,  0, 0,  65,
        4, 0, 0,   0xfb, 0xf4, 69, 8, 0, 1, 1, 1, 0, 1, 2, 1,  70, 0, 71, 0,
    };
    struct got g = {0};
    answer_to(&g, theirs, sizeof(theirs));
    expect_caps(&g, ours, sizeof(ours));
}

Test(answer, offers_nothing_to_a_peer_without_capabilities)
{
    uint8_t m[64];
    struct got g = {0};
    struct wr w = wr_of(g.ours_msg, sizeof(g.ours_msg)), t = wr_of(m, sizeof(m));
    send_header(&t, 29, BGP_TYPE_OPEN);
    wr_u8(&t, 4);
    wr_u32(&t, 64500u << 16 | 90);
    wr_u32(&t, 0xc0000209);
    wr_u8(&t, 0);
    cr_assert_eq(bgp_open_index(m, t.len, &g.theirs), 0);
    g.a = (struct answer){.entry = &g.entry, .theirs = &g.theirs, .local_asn = 4200000000};
    answer_open(&g.a, &w);
    cr_assert_eq(w.len, 29);
    cr_assert_eq(g.ours_msg[28], 0);
    cr_assert_eq(g.ours_msg[20] << 8 | g.ours_msg[21], 23456, "AS_TRANS for a large AS number");
}

Test(answer, obeys_pins)
{
    static const uint8_t theirs[] = {1, 4, 0, 1, 0, 1, 65, 4, 0, 0, 0xfb, 0xf4, 2, 0};
    static const uint8_t ours[] = {1, 4, 0, 2, 0, 1, 6, 0, 65, 4, 0, 0, 0xfb, 0xf4};
    struct config_family pinned = {2, 1};
    struct got g = {0};
    g.entry.families = &pinned;
    g.entry.families_cnt = 1;
    g.entry.cap_route_refresh = CONFIG_OFF;
    g.entry.cap_ext_msg = CONFIG_ON;
    answer_to(&g, theirs, sizeof(theirs));
    expect_caps(&g, ours, sizeof(ours));
}

Test(answer, offers_everything_when_it_speaks_first)
{
    struct got g = {0};
    struct bgp_offer offer;
    struct wr w = wr_of(g.ours_msg, sizeof(g.ours_msg));
    g.entry.hold_time_s = 90;
    g.a = (struct answer){.entry = &g.entry, .local_asn = 64500, .bgp_id = {10, 0, 0, 1}};
    answer_open(&g.a, &w);
    cr_assert(!w.overflow);
    cr_assert_eq(bgp_open_index(g.ours_msg, w.len, &g.ours), 0);
    bgp_offer_of(&g.ours, &offer);
    for (unsigned i = 0; i < nlri_map_cnt; i++)
        cr_assert(bgp_family_has(&offer.families, i) &&
                      (bgp_family_has(&offer.add_path_rx, i) || i >= 63),
                  "%s is not offered", nlri_map[i].name);
    cr_assert(offer.asn4 && offer.ext_msg && offer.enhanced_refresh && offer.graceful_restart);
    cr_assert_eq(g.ours.ext_params, w.len > 29 + 255, "RFC 9072 only when needed");
}

Test(answer, takes_the_extended_form_beyond_255_octets)
{
    struct config_family pinned[60];
    struct got g = {0};
    struct wr w = wr_of(g.ours_msg, sizeof(g.ours_msg));
    for (uint16_t i = 0; i < 60; i++)
        pinned[i] = (struct config_family){(uint16_t)(1000 + i), 1};
    g.entry.families = pinned;
    g.entry.families_cnt = 60;
    g.entry.cap_add_path = CONFIG_OFF;
    g.a = (struct answer){.entry = &g.entry, .local_asn = 64500, .bgp_id = {10, 0, 0, 1}};
    answer_open(&g.a, &w);
    cr_assert(!w.overflow);
    cr_assert_eq(bgp_open_index(g.ours_msg, w.len, &g.ours), 0);
    cr_assert(g.ours.ext_params);
    cr_assert_geq(g.ours.cap_cnt, 60);
}

static void expect_refusal(struct got *g, uint8_t sub)
{
    struct answer_verdict v;
    cr_assert_eq(answer_judge(&g->a, &v), -1, "accepted, 2/%u expected", sub);
    cr_assert(v.error.code == BGP_ERROR_OPEN && v.error.sub == sub, "%u/%u: %s", v.error.code,
              v.error.sub, v.reason);
    cr_assert(v.reason[0] != '\0');
}

Test(answer, judges_their_open)
{
    static const uint8_t caps[] = {1, 4, 0, 1, 0, 1};
    struct config_as_range range = {64512, 65534};
    struct answer_verdict v;
    struct got g = {0};
    answer_to(&g, caps, sizeof(caps));
    cr_assert_eq(answer_judge(&g.a, &v), 0, "%s", v.reason);

    g.theirs.version = 3;
    expect_refusal(&g, 1);
    g.theirs.version = 4;
    g.theirs.asn = 0;
    expect_refusal(&g, 2);
    g.theirs.asn = 64500;
    g.entry.remote_as = &range;
    g.entry.remote_as_cnt = 1;
    expect_refusal(&g, 2);
    range.first = 64500;
    cr_assert_eq(answer_judge(&g.a, &v), 0, "%s", v.reason);
    g.a.broken = true;
    expect_refusal(&g, 0);
    g.a.broken = false;
    g.theirs.hold_time = 2;
    expect_refusal(&g, 6);
    g.theirs.hold_time = 0;
    cr_assert_eq(answer_judge(&g.a, &v), 0, "%s", v.reason);
    memcpy(g.theirs.bgp_id, g.a.bgp_id, 4);
    expect_refusal(&g, 3);
    g.a.local_asn = 64501; /* external: equal identifiers are allowed (RFC 6286) */
    cr_assert_eq(answer_judge(&g.a, &v), 0, "%s", v.reason);
    memset(g.theirs.bgp_id, 0, 4);
    expect_refusal(&g, 3);
}

Test(answer, chooses_identity)
{
    const struct source_addr v4 = {.len = 4, .a = {192, 0, 2, 9}}, v6 = {.len = 16};
    struct config_peer entry = {.local_as_auto = true};
    struct config_as_range only = {65001, 65001};
    struct bgp_open theirs = {.asn = 64500, .bgp_id = {192, 0, 2, 9}};
    uint8_t id[4], again[4];
    answer_bgp_id(&entry, &v4, "host", NULL, id);
    cr_assert_eq(memcmp(id, v4.a, 4), 0);
    answer_bgp_id(&entry, &v4, "host", &theirs, id);
    cr_assert_neq(memcmp(id, theirs.bgp_id, 4), 0);
    answer_bgp_id(&entry, &v6, "host", &theirs, id);
    answer_bgp_id(&entry, &v6, "host", &theirs, again);
    cr_assert_eq(memcmp(id, again, 4), 0);
    cr_assert_neq(id[0] | id[1] | id[2] | id[3], 0);
    cr_assert_eq(answer_local_asn(&entry, &theirs), 64500);
    cr_assert_eq(answer_local_asn(&entry, NULL), 64512);
    entry.remote_as = &only;
    entry.remote_as_cnt = 1;
    cr_assert_eq(answer_local_asn(&entry, NULL), 65001);
    entry.local_as_auto = false;
    entry.local_as = 7;
    cr_assert_eq(answer_local_asn(&entry, &theirs), 7);
}

Test(answer, cuts_a_long_communication_between_characters)
{
    char long_text[400];
    for (size_t i = 0; i < sizeof(long_text) - 2; i += 2)
        memcpy(long_text + i, "\xc3\xbc", 2);
    long_text[sizeof(long_text) - 2] = '\0';
    struct send_error e = send_cease(BGP_CEASE_ADMIN_SHUTDOWN, long_text);
    cr_assert_eq(e.data[0] + 1, e.data_len);
    cr_assert_eq(e.data[0] % 2, 0);
    cr_assert_eq(e.data[0], 254);
}
