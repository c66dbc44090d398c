/* SPDX-License-Identifier: BSD-2-Clause */
/* record_memo: keeps what fits, tells by all of a key, and gives the newest the place. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "schemas/record/record_memo.h"

static struct record_memo_key key_of(const char *octets, uint8_t flags)
{
    return record_memo_key_of((const uint8_t *)octets, (uint32_t)strlen(octets), flags);
}

static bool holds(const struct record_memo *m, struct record_memo_key key, const char *text)
{
    struct str got = record_memo_find(m, &key);
    return got.p != NULL && got.len == strlen(text) && memcmp(got.p, text, got.len) == 0;
}

Test(record_memo, tells_by_octets_and_flags)
{
    struct record_memo *m = record_memo_new();
    struct record_memo_key a = key_of("abc", 1), b = key_of("abc", 2), c = key_of("abcd", 1);
    record_memo_keep(m, &a, "A", 1);
    cr_assert(holds(m, a, "A"));
    cr_assert_null(record_memo_find(m, &b).p);
    cr_assert_null(record_memo_find(m, &c).p);
    record_memo_keep(m, &b, "B", 1);
    cr_assert(holds(m, b, "B"));
    record_memo_keep(m, &a, "", 0);
    cr_assert(holds(m, a, ""));
    record_memo_free(m);
    record_memo_free(NULL);
}

Test(record_memo, leaves_what_does_not_fit)
{
    struct record_memo *m = record_memo_new();
    char text[RECORD_MEMO_ENTRY_LEN];
    struct record_memo_key a = key_of("abc", 0), none = key_of("", 0);
    memset(text, 'x', sizeof text);
    record_memo_keep(m, &a, text, sizeof text);
    cr_assert_null(record_memo_find(m, &a).p);
    record_memo_keep(m, &a, text, sizeof text - 8 - 3); /* to the last octet */
    cr_assert_eq(record_memo_find(m, &a).len, sizeof text - 8 - 3);
    record_memo_keep(m, &none, "A", 1);
    cr_assert_null(record_memo_find(m, &none).p);
    record_memo_free(m);
}

/* More keys than entries: the last one is always there, and none is mistaken for another. */
Test(record_memo, newest_takes_the_place)
{
    struct record_memo *m = record_memo_new();
    char octets[16], text[16];
    unsigned found = 0, all = 4 * RECORD_MEMO_ENTRIES;
    for (unsigned i = 0; i < all; i++) {
        snprintf(octets, sizeof octets, "k%u", i);
        snprintf(text, sizeof text, "t%u", i);
        struct record_memo_key key = key_of(octets, 0);
        record_memo_keep(m, &key, text, strlen(text));
        cr_assert(holds(m, key, text));
    }
    for (unsigned i = 0; i < all; i++) {
        snprintf(octets, sizeof octets, "k%u", i);
        snprintf(text, sizeof text, "t%u", i);
        struct record_memo_key key = key_of(octets, 0);
        cr_assert(record_memo_find(m, &key).p == NULL || holds(m, key, text));
        found += record_memo_find(m, &key).p != NULL;
    }
    cr_assert_leq(found, RECORD_MEMO_ENTRIES);
    cr_assert_gt(found, RECORD_MEMO_ENTRIES / 2);
    record_memo_free(m);
}
