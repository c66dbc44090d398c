/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledger's arithmetic, its bytes, and what is shown. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "collector/sink/ledger.h"

static void count(struct ledger *l, unsigned shard, uint32_t source, uint64_t seq,
                  bool delivered, uint64_t lost)
{
    struct track_source s = {.id = source};
    s.info.kind = source % 2 ? SOURCE_BGP : SOURCE_BMP;
    s.info.remote = (struct source_addr){.len = 4, .a = {192, 0, 2, (uint8_t)source}};
    struct journal_view v = {.seq = seq};
    const struct track_item item = {
        .frame = &v, .shard = shard, .source = source != 0 ? &s : NULL};
    cr_assert_eq(ledger_count(l, &item, delivered, lost, NULL), 0);
}

static char *text_of(const struct ledger *l, const uint64_t *next, const uint64_t *place)
{
    static char out[4096];
    struct buf b = {0};
    struct json j;
    json_init(&j, &b);
    emit_object(&j.emit, EMIT_ITEM);
    ledger_emit(&(struct ledger_page){.ledger = l, .next = next, .place = place}, &j.emit);
    emit_object_end(&j.emit);
    snprintf(out, sizeof out, "%.*s", (int)b.len, b.p);
    buf_free(&b);
    return out;
}

static struct ledger *sample(void)
{
    struct ledger *l = ledger_new(2);
    count(l, 0, 9, 5, true, 0); /* the first frame there is: number 5 */
    count(l, 0, 9, 6, false, 0);
    count(l, 0, 0, 7, false, 0);
    count(l, 0, 10, 11, true, 3); /* 8, 9 and 10 are gone */
    return l;
}

Test(ledger, adds_up_to_the_frame)
{
    struct ledger *l = sample();
    const uint64_t next[] = {15, 1}, place[] = {12, 0};
    const char *t = text_of(l, next, place);
    cr_assert_not_null(strstr(t, "{\"shard\":0,\"first\":5,\"received\":10,\"delivered\":2,"
                                 "\"filtered\":2,\"waiting\":3,\"lost\":3,\"balanced\":true}"),
                       "%s", t);
    cr_assert_not_null(strstr(t, "{\"shard\":1,\"first\":0,\"received\":0,"), "%s", t);
    cr_assert_not_null(
        strstr(t, "{\"source\":\"bgp\",\"addr\":\"192.0.2.9\",\"received\":2,\"delivered\":1,"
                  "\"filtered\":1,\"waiting\":0,\"lost\":0}"),
        "%s", t);
    cr_assert_not_null(strstr(t, "{\"source\":\"none\",\"received\":4,\"delivered\":0,"
                                 "\"filtered\":1,\"waiting\":0,\"lost\":3}"),
                       "%s", t);
    cr_assert_not_null(strstr(t, "\"unknown\":3"), "%s", t);
    ledger_free(l);
}

Test(ledger, says_when_it_does_not_add_up)
{
    struct ledger *l = sample();
    const uint64_t next[] = {15, 1}, place[] = {13, 0};
    struct buf b = {0};
    cr_assert_not_null(strstr(text_of(l, next, place), "\"balanced\":false"));
    ledger_text(&(struct ledger_page){.ledger = l, .next = next, .place = place}, &b, "x");
    buf_add_char(&b, '\0');
    cr_assert_not_null(strstr(b.p, "UNBALANCED"), "%s", b.p);
    buf_free(&b);
    ledger_free(l);
}

Test(ledger, bytes_give_the_same_back)
{
    struct ledger *l = sample(), *back = ledger_new(2);
    const uint64_t next[] = {15, 1}, place[] = {12, 0};
    struct buf b = {0}, again = {0};
    ledger_set_slot(l, 1200);
    ledger_save(l, &b);
    cr_assert_eq(ledger_load(back, b.p, b.len), 0);
    cr_assert_eq(ledger_slot(back), 1200);
    char *want = strdup(text_of(l, next, place));
    cr_assert_eq(strlen(text_of(back, next, place)), strlen(want));
    ledger_save(back, &again);
    cr_assert_eq(again.len, b.len);
    for (size_t len = 1; len < b.len; len++) {
        struct ledger *cut = ledger_new(2);
        cr_assert_eq(ledger_load(cut, b.p, len), -1, "%zu octets", len);
        ledger_free(cut);
    }
    free(want);
    buf_free(&b);
    buf_free(&again);
    ledger_free(l);
    ledger_free(back);
}
