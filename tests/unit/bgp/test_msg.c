/* SPDX-License-Identifier: BSD-2-Clause */
/* test_msg: the framer and the header check (RFC 4271 sections 4.1 and 6.1, RFC 8654). */
#include "tests/unit/bgp/wire.h"

/* A header with any length and type. */
static void header(uint8_t *p, uint16_t len, uint8_t type)
{
    memset(p, 0xff, 16);
    p[16] = (uint8_t)(len >> 8);
    p[17] = (uint8_t)len;
    p[18] = type;
}

static enum bgp_frame_result frame(const uint8_t *p, size_t len, bool ext, struct bgp_frame *f,
                                   uint32_t *need, struct bgp_diag *d)
{
    uint8_t *exact = exact_copy(p, len);
    enum bgp_frame_result r = bgp_frame_next(exact, len, ext, f, need, d);
    free(exact);
    return r;
}

Test(msg, frames_one_message_of_several)
{
    uint8_t p[19 + 23];
    struct bgp_frame f;
    struct bgp_diag d;
    uint32_t need = 0;
    header(p, 19, BGP_TYPE_KEEPALIVE);
    header(p + 19, 23, BGP_TYPE_UPDATE);
    memset(p + 38, 0, 4);
    cr_assert_eq(bgp_frame_next(p, sizeof p, false, &f, &need, &d), BGP_FRAME_OK);
    cr_assert(f.msg == p && f.len == 19 && f.type == BGP_TYPE_KEEPALIVE);
    cr_assert_eq(bgp_frame_next(p + 19, 23, false, &f, &need, &d), BGP_FRAME_OK);
    cr_assert(f.msg == p + 19 && f.len == 23 && f.type == BGP_TYPE_UPDATE);
    cr_assert_eq(bgp_frame_next(p, 0, false, &f, &need, &d), BGP_FRAME_MORE);
    cr_assert_eq(need, BGP_HEADER_LEN);
}

Test(msg, asks_for_more_at_every_truncation)
{
    uint8_t p[60];
    memset(p, 0, sizeof p);
    header(p, sizeof p, BGP_TYPE_UPDATE);
    for (size_t len = 0; len < sizeof p; len++) {
        struct bgp_frame f;
        struct bgp_diag d;
        uint32_t need = 0;
        cr_assert_eq(frame(p, len, false, &f, &need, &d), BGP_FRAME_MORE, "at %zu", len);
        cr_assert_eq(need, len < BGP_HEADER_LEN ? BGP_HEADER_LEN : sizeof p, "at %zu", len);
    }
}

Test(msg, refuses_a_marker_at_its_first_wrong_octet)
{
    for (uint32_t i = 0; i < 16; i++) {
        uint8_t p[19];
        struct bgp_frame f;
        struct bgp_diag d;
        uint32_t need;
        header(p, 19, BGP_TYPE_KEEPALIVE);
        p[i] = 0x7f;
        if (i > 0) /* not known before it is there */
            cr_assert_eq(frame(p, i, false, &f, &need, &d), BGP_FRAME_MORE);
        cr_assert_eq(frame(p, i + 1, false, &f, &need, &d), BGP_FRAME_BAD);
        cr_assert_eq(d.reason, BGP_REASON_MARKER);
        cr_assert_eq(d.action, BGP_ACTION_SESSION_RESET);
        cr_assert(d.off == i && d.need == 0xff && d.have == 0x7f);
    }
}

/* Lengths at each side of each type's limits. */
struct limit_case {
    uint8_t type;
    bool ext;
    uint16_t min, max;
};

static const struct limit_case limit_cases[] = {
    {BGP_TYPE_OPEN, false, 29, 4096},          {BGP_TYPE_OPEN, true, 29, 4096},
    {BGP_TYPE_UPDATE, false, 23, 4096},        {BGP_TYPE_UPDATE, true, 23, 65535},
    {BGP_TYPE_NOTIFICATION, false, 21, 4096},  {BGP_TYPE_NOTIFICATION, true, 21, 65535},
    {BGP_TYPE_KEEPALIVE, false, 19, 19},       {BGP_TYPE_KEEPALIVE, true, 19, 19},
    {BGP_TYPE_ROUTE_REFRESH, false, 23, 4096}, {BGP_TYPE_ROUTE_REFRESH, true, 23, 65535},
    {BGP_TYPE_OPERATIONAL, false, 19, 4096},   {BGP_TYPE_OPERATIONAL, true, 19, 65535},
};

static void check_limit(const struct limit_case *c, uint16_t len, uint32_t bound)
{
    uint8_t p[19];
    struct bgp_frame f;
    struct bgp_diag d;
    uint32_t need = 0;
    header(p, len, c->type);
    enum bgp_frame_result r = frame(p, sizeof p, c->ext, &f, &need, &d);
    if (bound == 0) {
        cr_assert_eq(r, len == 19 ? BGP_FRAME_OK : BGP_FRAME_MORE, "type %u len %u", c->type,
                     len);
        return;
    }
    cr_assert_eq(r, BGP_FRAME_BAD, "type %u len %u", c->type, len);
    cr_assert_eq(d.reason, BGP_REASON_LENGTH);
    cr_assert(d.off == 16 && d.need == bound && d.have == len, "type %u len %u", c->type, len);
}

Test(msg, holds_every_type_to_its_lengths)
{
    for (size_t i = 0; i < sizeof limit_cases / sizeof limit_cases[0]; i++) {
        const struct limit_case *c = &limit_cases[i];
        check_limit(c, c->min, 0);
        check_limit(c, c->max, 0);
        check_limit(c, 0, c->min);
        check_limit(c, (uint16_t)(c->min - 1), c->min);
        if (c->max != 65535)
            check_limit(c, (uint16_t)(c->max + 1), c->max);
    }
}

Test(msg, refuses_unknown_types)
{
    for (unsigned type = 0; type < 256; type++) {
        uint8_t p[19];
        struct bgp_frame f;
        struct bgp_diag d;
        uint32_t need;
        if (bgp_type_name((uint8_t)type) != NULL)
            continue;
        header(p, 19, (uint8_t)type);
        cr_assert_eq(frame(p, 19, true, &f, &need, &d), BGP_FRAME_BAD);
        cr_assert_eq(d.reason, BGP_REASON_TYPE);
        cr_assert(d.off == 18 && d.have == type);
    }
}

Test(msg, checks_a_header_whose_end_is_known)
{
    uint8_t p[30];
    struct bgp_diag d = {0};
    memset(p, 0, sizeof p);
    header(p, 23, BGP_TYPE_UPDATE);
    cr_assert_eq(bgp_msg_check(p, 23, &d), 0);
    cr_assert_eq(bgp_msg_check(p, 24, &d), -1);
    cr_assert(d.reason == BGP_REASON_LENGTH && d.off == 16 && d.need == 24 && d.have == 23);
    cr_assert_eq(bgp_msg_check(p, 22, &d), -1);
    cr_assert(d.reason == BGP_REASON_LENGTH && d.need == 22 && d.have == 23);
    for (uint32_t len = 0; len < BGP_HEADER_LEN; len++) {
        cr_assert_eq(bgp_msg_check(p, len, &d), -1);
        cr_assert(d.reason == BGP_REASON_TRUNCATED && d.off == len && d.have == len);
    }
    p[3] = 0;
    cr_assert_eq(bgp_msg_check(p, 23, &d), -1);
    cr_assert(d.reason == BGP_REASON_MARKER && d.off == 3);
}
