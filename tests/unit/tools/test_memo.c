/* SPDX-License-Identifier: BSD-2-Clause */
/* memo: gives the text of the very key, or none, whatever was kept before. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tools/decode/memo.h"

static struct memo_key key_of(const void *p, size_t len, uint64_t tag)
{
    return (struct memo_key){.p = p, .len = len, .tag = tag};
}

static bool holds(const struct memo *m, struct memo_key k, const char *text)
{
    struct str s = memo_find(m, &k);
    return s.p != NULL && s.len == strlen(text) && memcmp(s.p, text, s.len) == 0;
}

Test(memo, tells_keys_apart_by_octets_length_and_tag)
{
    struct memo *m = memo_new();
    struct memo_key k = key_of("0123456789", 10, 1);
    memo_keep(m, &k, "text", 4);
    cr_expect(holds(m, k, "text"));
    struct memo_key other[] = {key_of("0123456789", 9, 1), key_of("0123456789", 10, 2),
                               key_of("0123456788", 10, 1), key_of("", 0, 1)};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        cr_expect_null(memo_find(m, &other[i]).p);
    memo_keep(m, &k, "newer", 5);
    cr_expect(holds(m, k, "newer"));
    memo_free(m);
}

/* More keys than places: what is found is right, and some are found. */
Test(memo, never_gives_the_text_of_another)
{
    struct memo *m = memo_new();
    unsigned found = 0;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 20000; i++) {
            char key[16], text[16];
            struct memo_key k = key_of(key, (size_t)snprintf(key, sizeof key, "key %u", i), 0);
            snprintf(text, sizeof text, "text %u", i);
            if (memo_find(m, &k).p != NULL) {
                cr_expect(holds(m, k, text));
                found++;
            }
            memo_keep(m, &k, text, strlen(text));
            cr_expect(holds(m, k, text));
        }
    }
    cr_expect_gt(found, 0);
    memo_free(m);
}

Test(memo, leaves_out_what_is_long)
{
    static const char octets[1024];
    struct memo *m = memo_new();
    for (size_t key_len = 0; key_len <= sizeof octets; key_len += 31) {
        for (size_t len = 0; len <= sizeof octets; len += 37) {
            struct memo_key k = key_of(octets, key_len, len);
            memo_keep(m, &k, octets, len);
            struct str s = memo_find(m, &k);
            cr_expect(s.p == NULL || s.len == len);
        }
    }
    memo_free(m);
}
