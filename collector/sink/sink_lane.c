/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_lane: reading the shards' journals in the order of time. Floor F4. */
#include "collector/sink/sink_lane.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_SLICE_MS = 20 };

static int lane_open(struct sink_lanes *l, unsigned number, struct journal *journal,
                     const struct journal_pos *from)
{
    struct sink_lane *lane = &l->lane[number];
    lane->journal = journal;
    lane->has_seq = from != NULL && from->seq != 0; /* numbers begin with 1 */
    if (from != NULL)
        lane->place = *from;
    struct journal_pos start = {.segment = lane->place.segment};
    struct track_hooks hooks = l->hooks;
    hooks.shard = (unsigned)(lane - l->lane);
    lane->track = track_new(&hooks);
    lane->reader = journal_reader_attach(journal, l->name, start);
    if (lane->track == NULL || lane->reader == NULL)
        return -1;
    if (!lane->has_seq) { /* with the journal's first frame, which the reader knows */
        lane->place = journal_reader_pos(lane->reader);
        lane->has_seq = lane->place.seq != 0;
    }
    track_set_number(lane->track, number);
    return sink_missed_begin(&lane->missed, lane->place.seq);
}

int sink_lanes_open(struct sink_lanes *l, struct journal *const *journals, unsigned cnt,
                    const char *name, const struct track_hooks *hooks,
                    const struct sink_cursor *from, bool by_source)
{
    struct cur missed = cur_of(from->missed.p, from->missed.len);
    *l = (struct sink_lanes){.name = name, .hooks = *hooks};
    l->lane = calloc(cnt, sizeof(*l->lane));
    if (l->lane == NULL)
        return -1;
    for (unsigned i = 0; i < cnt; i++) {
        l->cnt = i + 1;
        l->lane[i].missed.on = by_source;
        if (missed.left > 0 && sink_missed_load(&l->lane[i].missed, &missed) != 0) {
            sink_lanes_close(l);
            return -1;
        }
        if (lane_open(l, i, journals[i], i < from->lane_cnt ? &from->lane[i] : NULL) != 0) {
            sink_lanes_close(l);
            errno = ENOMEM;
            return -1;
        }
    }
    return 0;
}

void sink_lanes_close(struct sink_lanes *l)
{
    for (unsigned i = 0; i < l->cnt; i++) {
        if (l->lane[i].track != NULL)
            track_free(l->lane[i].track);
        if (l->lane[i].reader != NULL)
            journal_reader_free(l->lane[i].reader);
        sink_missed_free(&l->lane[i].missed);
    }
    free(l->lane);
    l->lane = NULL;
    l->cnt = 0;
}

/* Whether a frame is only context: a repeat, or consumed before the cursor. */
static bool lane_is_context(const struct sink_lane *lane, const struct journal_view *v)
{
    return (v->flags & JOURNAL_REPEAT) != 0 || (lane->has_seq && v->seq < lane->place.seq);
}

/* Fetches the lane's next frame to deliver into head. Returns 1, 0 at the end, -1. */
static int lane_fetch(struct sink_lane *lane)
{
    for (;;) {
        struct track_item unused;
        switch (journal_read(lane->reader, &lane->head)) {
        case JOURNAL_READ_END:
            return 0;
        case JOURNAL_READ_ERROR:
            return -1;
        case JOURNAL_READ_SKIPPED:
            track_skipped(lane->track);
            continue;
        case JOURNAL_READ_FRAME:
            break;
        }
        uint64_t place = lane->has_seq ? lane->place.seq : 0;
        if (lane->head.kind == JOURNAL_COUNTS) {
            if (sink_missed_counts(&lane->missed, &lane->head, place) != 0)
                return -1;
            continue;
        }
        if (!lane_is_context(lane, &lane->head)) {
            lane->after = journal_reader_pos(lane->reader);
            lane->has_head = true;
            return 1;
        }
        if (track_feed(lane->track, &lane->head, &unused) != 0)
            return -1;
        if (!(lane->head.flags & JOURNAL_REPEAT) &&
            sink_missed_pass(&lane->missed, &unused) != 0)
            return -1;
    }
}

uint64_t sink_lanes_head(const struct sink_lanes *l, unsigned lane)
{
    const struct sink_lane *one = &l->lane[lane];
    return one->has_seq ? one->place.seq : one->has_head ? one->head.seq : 0;
}

uint64_t sink_lanes_gap(const struct sink_lanes *l)
{
    const struct sink_lane *lane = &l->lane[l->current];
    return lane->has_seq && lane->head.seq > lane->place.seq ? lane->head.seq - lane->place.seq
                                                             : 0;
}

int sink_lanes_next(struct sink_lanes *l, struct track_item *item, struct track **t)
{
    struct sink_lane *oldest = NULL;
    for (unsigned i = 0; i < l->cnt; i++) {
        struct sink_lane *lane = &l->lane[i];
        if (!lane->has_head) {
            int got = lane_fetch(lane);
            if (got < 0)
                return -1;
            if (got == 0)
                continue;
        }
        if (oldest == NULL || lane->head.time < oldest->head.time)
            oldest = lane;
    }
    if (oldest == NULL)
        return 0;
    if (track_feed(oldest->track, &oldest->head, item) != 0)
        return -1;
    item->after_loss = oldest->has_seq && oldest->head.seq > oldest->place.seq;
    l->current = (unsigned)(oldest - l->lane);
    *t = oldest->track;
    return 1;
}

const struct ledger *sink_lanes_missed(const struct sink_lanes *l)
{
    return l->lane[l->current].missed.missed;
}

int sink_lanes_consumed(struct sink_lanes *l, const struct track_item *item)
{
    struct sink_lane *lane = &l->lane[l->current];
    if (sink_missed_pass(&lane->missed, item) != 0)
        return -1;
    l->lost += sink_lanes_gap(l);
    lane->place = lane->after;
    lane->place.seq = lane->head.seq + 1;
    lane->has_seq = true;
    lane->has_head = false;
    return 0;
}

void sink_lanes_places(const struct sink_lanes *l, uint64_t place[SINK_LANES_MAX])
{
    for (unsigned i = 0; i < l->cnt; i++)
        place[i] = l->lane[i].place.seq;
}

void sink_lanes_mark(const struct sink_lanes *l, struct sink_cursor *c)
{
    c->lane_cnt = l->cnt;
    buf_clear(&c->missed);
    for (unsigned i = 0; i < l->cnt; i++) {
        c->lane[i] = l->lane[i].place;
        sink_missed_save(&l->lane[i].missed, &c->missed);
    }
}

void sink_lanes_release(struct sink_lanes *l, const struct sink_cursor *c)
{
    for (unsigned i = 0; i < l->cnt; i++)
        journal_reader_release(l->lane[i].reader, c->lane[i]);
}

void sink_lanes_wait(struct sink_lanes *l, int timeout_ms)
{
    if (l->cnt > 1 && timeout_ms > WAIT_SLICE_MS)
        timeout_ms = WAIT_SLICE_MS;
    l->turn = (l->turn + 1) % l->cnt;
    journal_reader_wait(l->lane[l->turn].reader, timeout_ms);
}

uint64_t sink_lanes_lag(const struct sink_lanes *l)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < l->cnt; i++) {
        struct journal_reader_stats s;
        journal_reader_get_stats(l->lane[i].reader, &s);
        sum += s.lag_bytes;
    }
    return sum;
}

/* Finds a journal's end with the number of the frame that will come next. The writer's own
 * numbers are its thread's; a reader may be anywhere. */
static int journal_end(struct journal *j, struct journal_pos *end)
{
    struct journal_view v;
    enum journal_read got;
    struct journal_pos past = {.segment = UINT64_MAX};
    struct journal_reader *last = journal_reader_attach(j, "end", past);
    if (last == NULL)
        return -1;
    struct journal_pos start = {.segment = journal_reader_pos(last).segment};
    struct journal_reader *r = journal_reader_attach(j, "end", start);
    journal_reader_free(last);
    if (r == NULL)
        return -1;
    do {
        got = journal_read(r, &v);
    } while (got == JOURNAL_READ_FRAME || got == JOURNAL_READ_SKIPPED);
    *end = journal_reader_pos(r);
    journal_reader_free(r);
    return got == JOURNAL_READ_END ? 0 : -1;
}

uint64_t sink_lanes_behind(const struct sink_lanes *l)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < l->cnt; i++) {
        struct journal_pos end;
        const struct sink_lane *lane = &l->lane[i];
        if (lane->has_seq && journal_end(lane->journal, &end) == 0 && end.seq > lane->place.seq)
            sum += end.seq - lane->place.seq;
    }
    return sum;
}

int sink_lanes_ends(struct journal *const *journals, unsigned cnt, struct sink_cursor *c)
{
    c->lane_cnt = cnt;
    for (unsigned i = 0; i < cnt; i++) {
        if (journal_end(journals[i], &c->lane[i]) != 0)
            return -1;
    }
    return 0;
}
