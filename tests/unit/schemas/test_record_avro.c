/* SPDX-License-Identifier: BSD-2-Clause */
/* record_avro: what it writes of a message is what the tape makes of it, on made-up UPDATEs, on
 * each of them with any octet changed, and under every context; one record, and one per route.
 * That it goes the short way where it should, and follows the schema's list. */
#include <criterion/criterion.h>
#include <string.h>

#include "schemas/avro/avro_int.h"
#include "schemas/avro/avro_tape.h"
#include "schemas/record/record_avro.h"
#include "tests/unit/schemas/avro_ways.h"
#include "tests/unit/schemas/plain_updates.h"

static unsigned routes_cnt, attrs_cnt; /* messages that went the short way, first context */

/* A message as two peers' item, whose heads are kept. */
static void look_at_item(const struct bgp_ctx *ctx, const uint8_t *msg, size_t len, int which)
{
    static struct track_peer peers[CONTEXTS];
    static struct track_source source = {.id = 3,
                                         .info = {.kind = SOURCE_BGP, .name = "edge1"}};
    struct track_peer *peer = &peers[which];
    peer->addr = (struct source_addr){.len = 4, .a = {192, 0, 2, (uint8_t)which}};
    peer->asn = 64500 + (uint32_t)which;
    const struct journal_view f = {
        .kind = JOURNAL_BGP_RECV, .source = 3, .seq = len, .time = 1763842537123456789};
    const struct track_item item = {.frame = &f,
                                    .source = &source,
                                    .peer = peer,
                                    .ctx = ctx,
                                    .bgp = msg,
                                    .bgp_len = (uint32_t)len};
    avro_ways_item(&item);
}

static void count_taken(const struct bgp_ctx *ctx, const uint8_t *msg, size_t len)
{
    static struct avro a;
    struct bgp_update u;
    struct buf unused = {0};
    if (len < BGP_HEADER_LEN || bgp_update_index(msg, len, ctx, &u) != 0)
        return;
    avro_init_direct(&a);
    emit_object(&a.emit, EMIT_ITEM);
    routes_cnt += record_avro_routes(&a.emit, &u, ctx);
    attrs_cnt += record_avro_attrs(&a.emit, &u, ctx, NULL);
    emit_object_end(&a.emit);
    cr_expect_eq(avro_take(&a, &unused), 0);
    buf_free(&unused);
    avro_free(&a);
}

static void look(const struct bgp_ctx *ctx, const uint8_t *msg, size_t len, int which)
{
    const struct record_count count = {len % 2 == 0, (unsigned)len, UINT64_C(1) << len % 64,
                                       len};
    const struct record_meta meta = {.has_seq = len % 2 == 0,
                                     .seq = UINT64_C(12345678901) * len,
                                     .count = len % 7 == 0 ? NULL : &count,
                                     .time_ns = UINT64_C(1700000000123456789) / (len % 3 + 1),
                                     .router_time_ns = len % 5 * UINT64_C(1000000999),
                                     .collector = "c",
                                     .sent = len % 11 == 0};
    avro_ways_bgp(&meta, ctx, msg, len);
    look_at_item(ctx, msg, len, which);
    if (which == 0)
        count_taken(ctx, msg, len);
}

Test(record_avro, made_up_tables)
{
    unsigned all = each_made_up(look);
    cr_expect_eq(routes_cnt, all);
    cr_expect_eq(attrs_cnt, all);
}

Test(record_avro, any_octet_changed)
{
    each_changed(look);
    cr_expect_gt(routes_cnt, 1000);
    cr_expect_gt(attrs_cnt, 1000);
}

Test(record_avro, any_length)
{
    each_length(look);
    cr_expect_gt(routes_cnt, 0);
}

/* A number beyond a long is no field's, whoever writes it. */
Test(record_avro, numbers_up_to_the_greatest)
{
    static const uint64_t numbers[] = {0,  63, 64, 127, 128, 8191, 8192, UINT32_MAX, INT64_MAX,
                                       (uint64_t)INT64_MAX + 1, UINT64_MAX};
    uint8_t msg[512];
    size_t len = make(msg, bodies[0]);
    const struct bgp_ctx ctx = {.asn4 = true};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const struct record_count count = {true, (unsigned)numbers[i], numbers[i], 1};
        struct record_meta meta = {.has_seq = true, .seq = numbers[i], .time_ns = numbers[i]};
        avro_ways_bgp(&meta, &ctx, msg, len);
        meta.seq = 1;
        meta.router_time_ns = numbers[i];
        meta.count = &count;
        avro_ways_bgp(&meta, &ctx, msg, len);
    }
}

static void put_inner(struct avro *a, struct buf *out)
{
    uint8_t msg[512];
    size_t len = make(msg, bodies[1]);
    const struct bgp_ctx ctx = {.asn4 = true};
    const struct record_options o = {0};
    struct bgp_diags d;
    bgp_diags_init(&d);
    emit_object(&a->emit, EMIT_ITEM);
    emit_object(&a->emit, KEY("message"));
    record_message(&a->emit, &ctx, msg, len, &o, &d);
    emit_object_end(&a->emit);
    emit_object_end(&a->emit);
    cr_assert_eq(avro_take(a, out), 0);
}

/* The message that a Route Mirroring holds is no part of the record's own fields. */
Test(record_avro, a_message_inside_goes_by_the_tape)
{
    struct avro_ways *w = avro_ways();
    put_inner(&w->direct.avro, &w->direct.out);
    put_inner(&w->tape.avro, &w->tape.out);
    avro_ways_compare(w);
    cr_assert_not_null(memmem(w->direct.out.p, w->direct.out.len, "\"announce\":[", 12));
}

/* What is kept of a peer is one encoder's: another's next to it has its own. */
Test(record_avro, heads_of_two_encoders)
{
    struct buf text = {0}, octets = {0};
    struct json json;
    struct avro avro;
    struct record_head *head = NULL;
    uint8_t msg[512];
    size_t len = make(msg, bodies[0]), first = 0;
    const struct bgp_ctx ctx = {.asn4 = true};
    const struct record_options o = {0};
    const struct record_meta meta = {.collector = "ix", .source = RECORD_BGP, .head = &head};
    json_init(&json, &text);
    avro_init_direct(&avro);
    for (int i = 0; i < 3; i++) {
        buf_clear(&text), buf_clear(&octets);
        (void)record_bgp(&json.emit, &meta, &ctx, msg, len, &o, NULL);
        (void)record_bgp(&avro.emit, &meta, &ctx, msg, len, &o, NULL);
        cr_assert_eq(avro_take(&avro, &octets), 0);
        cr_assert_not_null(memmem(text.p, text.len, "\"collector\":\"ix\",\"source\"", 25));
        cr_assert_not_null(memmem(octets.p, octets.len, "\x02\x04ix\x02\x06" "bgp", 9));
        first = i == 0 ? octets.len : first;
        cr_assert_eq(octets.len, first);
    }
    record_head_free(head);
    avro_free(&avro);
    buf_free(&octets);
    buf_free(&text);
}

/* The list that numbers the fields is the table's. */
Test(record_avro, fields_are_numbered_as_the_schema_has_them)
{
    const struct avro_record *root = &avro_root;
    const struct avro_record *routes = root->fields[AVRO_ROOT_ANNOUNCE].of;
    const struct avro_record *attrs = root->fields[AVRO_ROOT_ATTRS].of;
    cr_assert_eq(root->field_cnt, AVRO_ROOT_CNT);
    cr_assert_eq(routes->field_cnt, AVRO_ROUTES_CNT);
    cr_assert_eq(attrs->field_cnt, AVRO_ATTRS_CNT);
    cr_assert_eq(routes->fields[AVRO_ROUTES_NLRI].of->field_cnt, AVRO_NLRI_CNT);
    cr_assert_eq(attrs->fields[AVRO_ATTRS_AS_PATH].of->field_cnt, AVRO_SEGMENT_CNT);
    cr_assert_str_eq(root->fields[AVRO_ROOT_PEER_SEQ].name.p, "peer_seq");
    cr_assert_str_eq(attrs->fields[AVRO_ATTRS_OTC].name.p, "otc");
}
