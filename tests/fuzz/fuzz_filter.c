/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_filter: any text as an expression: it compiles, and then gives one answer for a message
 * and for its routes, or says in which column it does not. */
#include <string.h>

#include "schemas/filter/filter.h"
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Withdrawn 192.0.2.0/24; announced 10.1.0.0/16 by 64500 64501 {64502}, with communities. */
static const uint8_t update[] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0,    81,   2,    0,    4,    24,   192,  0,    2,    0,    52,   0x40,
    1,    1,    0,    0x40, 2,    16,   2,    2,    0,    0,    0xfb, 0xf4, 0,    0,
    0xfb, 0xf5, 1,    1,    0,    0,    0xfb, 0xf6, 0x40, 3,    4,    192,  0,    2,
    9,    0xc0, 8,    8,    0xfb, 0xf4, 0,    100,  255,  255,  255,  1,    0xc0, 16,
    8,    0,    2,    0xfb, 0xf4, 0,    0,    0,    7,    16,   10,   1};

static void ask(const struct filter *f)
{
    static struct filter_subject s;
    static const struct bgp_ctx ctx = {.asn4 = true};
    static uint8_t msg[sizeof update];
    memcpy(msg, update, sizeof msg);
    msg[17] = sizeof msg;
    struct journal_view frame = {
        .kind = JOURNAL_BGP_RECV, .seq = 1, .time = 1, .p = msg, .len = sizeof msg};
    struct track_peer peer = {.asn = 64500, .addr = {.len = 4, .a = {192, 0, 2, 9}}};
    struct track_item item = {
        .frame = &frame, .peer = &peer, .ctx = &ctx, .bgp = msg, .bgp_len = sizeof msg};
    enum filter_verdict v = filter_item(f, &item, &ctx, &s);
    if (v == FILTER_SOME)
        (void)filter_any(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char err[FILTER_ERROR_MAX] = "", *text = malloc(size + 1);
    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    struct filter *f = filter_new(text, false, err);
    if (f != NULL)
        ask(f);
    else
        require(strncmp(err, "column ", 7) == 0 && strlen(err) < sizeof err);
    filter_free(f);
    free(text);
    return 0;
}
