/* SPDX-License-Identifier: BSD-2-Clause */
/* test_event: routing events known by their shape, every TLV of them with its names, every
 * truncation of a value. The record is in tests/golden. */
#include "bmp/event.h"
#include "bmp_wire.h"

#define EMPTY_UPDATE "000400170000ffffffffffffffffffffffffffffffff00170200000000"
#define REASON "00050004000000000002"

enum { TYPE = 7 };

static bool parse(struct wire *m, uint8_t version, uint8_t type, const char *hex,
                  struct bmp_routes *r)
{
    struct bmp_msg msg;
    struct bmp_peer peer;
    struct bgp_diag diag;
    wire_begin(m, version, type, &(struct wire_peer){.addr = 9, .flags = 0x50});
    wire_hex(&m->w, hex);
    wire_end(m);
    cr_assert_eq(bmp_msg_parse(m->p, m->w.len, &msg, &diag), 0);
    if (!bmp_event_parse(&msg, &peer, r))
        return false;
    cr_expect_eq(peer.view, BMP_VIEW_ADJ_RIB_IN_PRE, "an event has no O and L flags");
    cr_expect_eq(peer.asn, 64500);
    return true;
}

Test(event, known_by_its_shape)
{
    static const struct {
        uint8_t version, type;
        const char *hex;
        bool event;
    } rows[] = {
        {4, TYPE, EMPTY_UPDATE REASON, true},
        {4, TYPE, REASON EMPTY_UPDATE, true},
        {4, 251, REASON EMPTY_UPDATE, true},
        {3, TYPE, EMPTY_UPDATE REASON, false}, /* no indexed TLVs before version 4 */
        {4, TYPE, EMPTY_UPDATE, false},
        {4, TYPE, REASON, false},
        {4, TYPE, EMPTY_UPDATE EMPTY_UPDATE REASON, false},
        {4, TYPE, EMPTY_UPDATE REASON "00", false},
        {4, TYPE, EMPTY_UPDATE "000500020000"
                               "0002", false},
        {4, TYPE, "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wire m;
        struct bmp_routes r;
        bool event = parse(&m, rows[i].version, rows[i].type, rows[i].hex, &r);
        cr_expect_eq(event, rows[i].event, "row %zu", i);
        if (event)
            cr_expect_eq(r.message.left, 23);
    }
}

/* A header that is cut, or of no known peer type, is no event's. */
Test(event, header_must_be_whole)
{
    struct wire m;
    struct bmp_msg msg;
    struct bmp_peer peer;
    struct bmp_routes r;
    struct bgp_diag diag;
    for (unsigned n = 0; n < BMP_PEER_HEADER_LEN; n++) {
        wire_begin(&m, 4, TYPE, NULL);
        wire_octets(&m.w, 0, n);
        wire_end(&m);
        cr_assert_eq(bmp_msg_parse(m.p, m.w.len, &msg, &diag), 0);
        cr_expect_not(bmp_event_parse(&msg, &peer, &r));
    }
    wire_begin(&m, 4, TYPE, &(struct wire_peer){.type = 4});
    wire_hex(&m.w, EMPTY_UPDATE REASON);
    wire_end(&m);
    cr_assert_eq(bmp_msg_parse(m.p, m.w.len, &msg, &diag), 0);
    cr_expect_not(bmp_event_parse(&msg, &peer, &r));
}

/* The members that one TLV of `type` makes, or "" and a diagnostic. */
static const char *told(unsigned type, const char *value, unsigned *diags)
{
    static char text[512];
    char hex[512];
    struct wire m;
    struct bmp_routes r;
    struct heard h;
    snprintf(hex, sizeof hex, EMPTY_UPDATE REASON "%04x%04zx0001%s", type, strlen(value) / 2,
             value);
    cr_assert(parse(&m, 4, TYPE, hex, &r));
    struct emit *e = hear(&h);
    emit_object(e, EMIT_ITEM);
    bmp_routes_emit(&r, e, KEY("tlvs"), &h.diags);
    emit_object_end(e);
    const char *at = strstr(heard_text(&h), "\"index\":1,");
    cr_assert_not_null(at);
    snprintf(text, sizeof text, "%s", at + strlen("\"index\":1,"));
    text[strlen(text) - strlen("}]}")] = '\0';
    *diags = h.diags.cnt;
    buf_free(&h.out);
    return text;
}

Test(event, every_tlv_has_names)
{
    static const struct {
        unsigned type;
        const char *value, *text;
    } rows[] = {
        {5, "0000001f", "\"reason_code\":31,\"reasons\":[\"log-action\",\"policy-discard\","
                        "\"validation-fail\",\"malformed-packet\"]"},
        {6, "01686579", "\"action\":\"config\",\"text\":\"hey\""},
        {6, "02", "\"action\":\"route-unstable\""},
        {6, "020000003c00000007", "\"action\":\"route-unstable\",\"seconds\":60,\"count\":7"},
        {6, "03000003e8", "\"action\":\"crossed-warning-bound\",\"threshold\":1000"},
        {6, "04000003e8", "\"action\":\"crossed-upper-bound\",\"threshold\":1000"},
        {6, "09ab", "\"action\":\"9\",\"raw\":\"ab\""},
        {7, "01696e", "\"text\":\"in\""},
        {7, "02696e00313000", "\"policy\":\"in\",\"statement\":\"10\""},
        {8, "01", "\"validation\":\"rpki-invalid\""},
        {8, "0101", "\"validation\":\"rpki-invalid\",\"cause\":\"as-origin-mismatch\""},
        {8, "0202", "\"validation\":\"rpki-invalid-covered\",\"cause\":\"max-length-violation\""},
        {8, "0209", "\"validation\":\"rpki-invalid-covered\",\"cause\":\"9\""},
        {8, "07aabb", "\"validation\":\"7\",\"raw\":\"aabb\""},
        {9, "01", "\"fault\":\"errored-pdu\""},
        {9, "02", "\"fault\":\"2\""},
        {3, "aa", "\"raw\":\"aa\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned diags;
        cr_expect_str_eq(told(rows[i].type, rows[i].value, &diags), rows[i].text);
        cr_expect_eq(diags, 0, "%s", rows[i].text);
    }
}

/* What does not parse is there as it came, with one diagnostic. */
Test(event, malformed_values_stay_raw)
{
    static const struct {
        unsigned type;
        const char *value;
    } rows[] = {
        {5, "000000"}, {6, ""},         {6, "0200000001"}, {6, "03"},         {6, "0300000001ff"},
        {7, ""},       {7, "0269"},     {7, "02690031"},   {7, "0269003100ff"}, {7, "09"},
        {8, ""},       {9, ""},         {9, "0101"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char want[64];
        unsigned diags;
        snprintf(want, sizeof want, "\"raw\":\"%s\"", rows[i].value);
        cr_expect_str_eq(told(rows[i].type, rows[i].value, &diags), want);
        cr_expect_eq(diags, 1);
    }
}
