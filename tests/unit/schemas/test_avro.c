/* SPDX-License-Identifier: BSD-2-Clause */
/* The Avro encoder: octets by hand, what goes to `other`, and the published schema. How other
 * readers see it: tests/golden/test_avro. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "schemas/avro/avro_int.h"

/* A record's octets without the fields before `type`: v 1, time 2 us. */
static struct buf take(struct avro *a)
{
    struct buf out = {0};
    cr_assert_eq(avro_take(a, &out), 0);
    return out;
}

static void begin(struct emit *e)
{
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("v"), 1);
    emit_time(e, KEY("time"), 2999);
    emit_name(e, KEY("type"), "x");
}

/* The fields of a record with nothing else, in the schema's order. */
static const uint8_t bare[] = {
    2,                     /* v */
    0, 0,   0, 0,          /* seq, shard, epoch, peer_seq */
    4,                     /* time */
    0, 0,   0, 0, 0, 0, 0, /* router_time, collector, source, router, peer, local, direction */
    2, 'x',                /* type */
    0, 0,   0, 0, 0,       /* eor, announce, withdraw, attrs, originated */
    0, 0,   0, 0, 0,       /* old, new, reason, diags, raw */
};

Test(avro, writes_fields_in_the_schemas_order)
{
    struct avro a;
    avro_init(&a);
    begin(&a.emit);
    emit_object_end(&a.emit);
    struct buf out = take(&a);
    cr_assert_eq(out.len, sizeof bare + 1);
    cr_assert_arr_eq(out.p, bare, sizeof bare);
    cr_assert_eq(out.p[sizeof bare], 0, "no `other`");
    buf_free(&out);
    avro_free(&a);
}

Test(avro, members_without_a_field_are_json)
{
    static const char other[] = "\x04\x0a" "extra\x0e[1,\"a\"]\x04"
                                "my\x0c\"\\n\\\"\"";
    struct avro a;
    avro_init(&a);
    begin(&a.emit);
    emit_array(&a.emit, KEY("extra"));
    emit_u64(&a.emit, EMIT_ITEM, 1);
    emit_name(&a.emit, EMIT_ITEM, "a");
    emit_array_end(&a.emit);
    emit_text(&a.emit, KEY("my"), "\n\"", 2);
    emit_object_end(&a.emit);
    struct buf out = take(&a);
    cr_assert_eq(out.len, sizeof bare + sizeof other);
    cr_assert_arr_eq(out.p + sizeof bare, other, sizeof other);
    buf_free(&out);
    avro_free(&a);
}

/* Writes `v` as a text, when that is what the field does not want. */
Test(avro, members_of_another_type_are_json)
{
    static const char other[] = "\x02\x06seq\x06\"9\"";
    struct avro a;
    avro_init(&a);
    begin(&a.emit);
    emit_name(&a.emit, KEY("seq"), "9");
    emit_object_end(&a.emit);
    struct buf out = take(&a);
    cr_assert_arr_eq(out.p, bare, sizeof bare);
    cr_assert_eq(out.len, sizeof bare + sizeof other);
    cr_assert_arr_eq(out.p + sizeof bare, other, sizeof other);
    buf_free(&out);
    avro_free(&a);
}

static struct buf path(void (*fill)(struct emit *e))
{
    struct avro a;
    avro_init(&a);
    begin(&a.emit);
    emit_object(&a.emit, KEY("attrs"));
    emit_array(&a.emit, KEY("as_path"));
    fill(&a.emit);
    emit_array_end(&a.emit);
    emit_object_end(&a.emit);
    emit_object_end(&a.emit);
    struct buf out = take(&a);
    avro_free(&a);
    return out;
}

static void all_segments(struct emit *e)
{
    static const uint32_t asns[] = {1, 64};
    emit_u32_items(e, asns, 2);
    emit_array(e, EMIT_ITEM);
    emit_u64(e, EMIT_ITEM, 3);
    emit_array_end(e);
    emit_object(e, EMIT_ITEM);
    emit_array(e, KEY("confed_set"));
    emit_u64(e, EMIT_ITEM, 4);
    emit_array_end(e);
    emit_object_end(e);
}

static bool holds(const struct buf *b, const void *what, size_t len)
{
    return memmem(b->p, b->len, what, len) != NULL;
}

Test(avro, paths_become_segments)
{
    static const char want[] = "\x06"
                               "\x10sequence\x04\x02\x80\x01\x00"
                               "\x06set\x02\x06\x00"
                               "\x14"
                               "confed_set\x02\x08\x00"
                               "\x00";
    struct buf out = path(all_segments);
    cr_assert(holds(&out, want, sizeof want - 1));
    buf_free(&out);
}

static void nothing(struct emit *e)
{
    (void)e;
}

Test(avro, an_empty_array_is_not_an_absent_one)
{
    struct buf out = path(nothing);
    cr_assert(holds(&out,
                    "\x02\x0e"
                    "as_path\x04[]",
                    11));
    buf_free(&out);
}

Test(avro, rolls_back_whatever_was_open)
{
    struct avro a;
    avro_init(&a);
    begin(&a.emit);
    struct emit_mark m = emit_mark(&a.emit);
    emit_object(&a.emit, KEY("attrs"));
    emit_array(&a.emit, KEY("communities"));
    emit_name(&a.emit, EMIT_ITEM, "1:2");
    emit_rollback(&a.emit, m);
    emit_object_end(&a.emit);
    struct buf out = take(&a);
    cr_assert_eq(out.len, sizeof bare + 1);
    cr_assert_arr_eq(out.p, bare, sizeof bare);
    buf_free(&out);
    avro_free(&a);
}

Test(avro, nesting_has_a_bound)
{
    struct avro a;
    struct buf out = {0};
    avro_init(&a);
    for (unsigned i = 0; i < AVRO_DEPTH_MAX + 3; i++)
        emit_object(&a.emit, KEY("o"));
    for (unsigned i = 0; i < AVRO_DEPTH_MAX + 3; i++)
        emit_object_end(&a.emit);
    cr_assert_eq(avro_take(&a, &out), -1);
    begin(&a.emit);
    emit_object_end(&a.emit);
    cr_assert_eq(avro_take(&a, &out), 0, "the next one is sound");
    buf_free(&out);
    avro_free(&a);
}

Test(avro, replaces_what_is_not_utf8)
{
    struct avro a;
    avro_init(&a);
    begin(&a.emit);
    emit_text(&a.emit, KEY("reason"), "a\xff", 2);
    emit_object_end(&a.emit);
    struct buf out = take(&a);
    cr_assert(holds(&out,
                    "\x02\x08"
                    "a\xef\xbf\xbd",
                    6));
    buf_free(&out);
    avro_free(&a);
}

/* The specification's own value: the fingerprint of "null" is 63dd24e7cc258f8a. */
Test(avro, fingerprints_as_the_specification_does)
{
    cr_assert_eq(hash_crc64_avro("\"null\"", 6), UINT64_C(0x63dd24e7cc258f8a));
}

Test(avro, the_published_schema_is_the_encoders)
{
    struct buf want = {0};
    FILE *f = fopen(RIBTAPE_SOURCE "/schemas/record.avsc", "r");
    cr_assert_not_null(f);
    char text[65536];
    size_t len = fread(text, 1, sizeof text, f);
    fclose(f);
    avro_schema(&want);
    cr_assert_eq(len, want.len, "write it anew: ribtape help --avro-schema");
    cr_assert_arr_eq(text, want.p, len);
    buf_free(&want);
}

Test(avro, every_record_has_room_for_its_fields)
{
    cr_assert_leq(avro_root.field_cnt, AVRO_FIELDS_MAX);
    for (unsigned i = 0; i < avro_root.field_cnt; i++)
        if (avro_root.fields[i].of != NULL)
            cr_assert_leq(avro_root.fields[i].of->field_cnt, AVRO_FIELDS_MAX);
}
