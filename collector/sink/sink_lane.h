/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_lane: all shards' journals as one run of tracked items, from a cursor on. Floor F4.
 *
 * A tracker must know what came before a cursor's place. Segments stand alone, so each lane
 * starts at the place's segment, feeds the tracker with all of it, and delivers from the first
 * frame that was not consumed. */
#ifndef RIBTAPE_COLLECTOR_SINK_SINK_LANE_H
#define RIBTAPE_COLLECTOR_SINK_SINK_LANE_H

#include "collector/sink/sink_cursor.h"
#include "collector/sink/sink_missed.h"
#include "schemas/track/track.h"

/* One shard's journal. */
struct sink_lane {
    struct journal *journal;
    struct journal_reader *reader;
    struct track *track;
    struct journal_view head; /* the next frame to deliver, when has_head */
    struct journal_pos after; /* where the reader was after head */
    struct journal_pos place; /* all before it is consumed */
    struct sink_missed missed;
    bool has_head;
    bool has_seq; /* place.seq counts; false: whatever comes first is not a loss */
};

struct sink_lanes {
    unsigned cnt;
    unsigned turn;    /* whose news we wait for */
    unsigned current; /* whose head was delivered last */
    const char *name;
    struct track_hooks hooks;
    uint64_t lost; /* frames that are gone from the journal and were not consumed */
    struct sink_lane *lane;
};

/* Attaches a reader to each journal, at the cursor's places. `hooks` is copied; `name` is
 * borrowed. `by_source`: segments may be dropped, and then it counts whose frames are missed. Returns 0, or -1 with errno (nothing is left attached). */
MUST_USE int sink_lanes_open(struct sink_lanes *l, struct journal *const *journals,
                             unsigned cnt, const char *name, const struct track_hooks *hooks,
                             const struct sink_cursor *from, bool by_source);
void sink_lanes_close(struct sink_lanes *l);

/* Finds the oldest frame that is there and tracks it. Returns 1 with *item and its tracker, 0
 * when there is nothing, -1 with errno. The item stays valid until sink_lanes_consumed. */
int sink_lanes_next(struct sink_lanes *l, struct track_item *item, struct track **t);

/* Returns the number of a lane's next frame, or 0 when it is not known. */
uint64_t sink_lanes_head(const struct sink_lanes *l, unsigned lane);

/* How many frames right before the item that sink_lanes_next delivered are gone. */
uint64_t sink_lanes_gap(const struct sink_lanes *l);

/* Whose they are, as far as that is known; NULL: not at all. */
const struct ledger *sink_lanes_missed(const struct sink_lanes *l);

/* The item that sink_lanes_next delivered is consumed. Returns 0, or -1 with errno. */
MUST_USE int sink_lanes_consumed(struct sink_lanes *l, const struct track_item *item);

/* Copies the numbers of the lanes' next frames. */
void sink_lanes_places(const struct sink_lanes *l, uint64_t place[SINK_LANES_MAX]);

/* Notes the places, and what goes with them. */
void sink_lanes_mark(const struct sink_lanes *l, struct sink_cursor *c);

/* Gives the journals back what a durable cursor has passed. */
void sink_lanes_release(struct sink_lanes *l, const struct sink_cursor *c);

/* Waits for news, or until sink_lanes_interrupt, or timeout_ms. With several journals it looks
 * at them in turn, for a short time each. */
void sink_lanes_wait(struct sink_lanes *l, int timeout_ms);

/* Octets between the readers and the ends of the journals. */
uint64_t sink_lanes_lag(const struct sink_lanes *l);

/* Frames that are in the journals but not consumed. Reads the last segments: slow. */
uint64_t sink_lanes_behind(const struct sink_lanes *l);

/* Makes a cursor at each journal's end: "from now on". Reads the last segments. Returns 0, or
 * -1 with errno. */
MUST_USE int sink_lanes_ends(struct journal *const *journals, unsigned cnt,
                             struct sink_cursor *c);

#endif
