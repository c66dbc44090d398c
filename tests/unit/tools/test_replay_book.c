/* SPDX-License-Identifier: BSD-2-Clause */
/* What a replay learns in its first reading, and what comes only in the second. */
#include <criterion/criterion.h>

#include "base/wr.h"
#include "tools/replay/replay_book.h"

static const struct mrt_record record = {.sec = 1763842537};
static const struct bgp_ctx ctx = {.asn4 = true};
static uint8_t update[23]; /* an End-of-RIB */

static struct replay_item take(struct replay_book *b, enum mrt_item_kind kind)
{
    struct mrt_walk walk = {
        .item = {.kind = kind,
                 .rec = &record,
                 .has_peer = true,
                 .peer = {.addr_len = 4, .addr = {192, 0, 2, 1}, .asn = 64500},
                 .old_state = MRT_ESTABLISHED - 1,
                 .body = cur_of(update, sizeof update)}};
    const struct decode_event ev = {.walk = &walk, .ctx = &ctx};
    struct replay_item item;
    cr_assert_eq(replay_book_take(b, &ev, &item), 0);
    return item;
}

/* A file may grow between both readings: sessions that the first one did not see are left. */
Test(replay_book, leaves_sessions_that_came_since)
{
    const struct replay_choice choice = {.view = -1, .peers_max = 16};
    struct wr w = wr_of(update, sizeof update);
    wr_u64(&w, UINT64_MAX);
    wr_u64(&w, UINT64_MAX);
    wr_u16(&w, sizeof update);
    wr_u8(&w, BGP_TYPE_UPDATE);
    for (unsigned seen = 0; seen < 2; seen++) {
        struct replay_book *b = replay_book_new(&choice);
        cr_assert_eq(take(b, MRT_ITEM_STATE).kind, REPLAY_SKIPPED);
        if (seen)
            cr_assert_eq(take(b, MRT_ITEM_MESSAGE).kind, REPLAY_UPDATE);
        replay_book_rewind(b);
        cr_assert_eq(take(b, MRT_ITEM_STATE).why, REPLAY_SKIP_NONE);
        struct replay_item item = take(b, MRT_ITEM_MESSAGE);
        if (seen) {
            cr_assert_eq(item.kind, REPLAY_UPDATE);
            cr_assert(item.began && replay_peer_need(item.peer) != NULL);
        } else {
            cr_assert(item.kind == REPLAY_SKIPPED && item.why == REPLAY_SKIP_CROWD);
            cr_assert(!item.began);
        }
        replay_book_free(b);
    }
}
