/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger: what became of every frame a sink was given. Floor F4.
 *
 * For each shard, counted in frames since the sink's first start and kept in its cursor:
 *   received = delivered + filtered + waiting + lost
 * `received` and `waiting` come from the journal's numbers, the others from the sink's own
 * counting, so that the sum proves something. `delivered`: the sink made something of the
 * frame, and it is durable (archived, published); `filtered`: there was nothing to make. The
 * same by source, which is a router's or peer's address; what was lost of whom, the segments
 * behind tell (collector/sink/tally.h), or else it is of no address. One thread writes; it hands bytes to others. */
#ifndef RIBTAPE_COLLECTOR_SINK_LEDGER_H
#define RIBTAPE_COLLECTOR_SINK_LEDGER_H

#include "base/buf.h"
#include "base/emit.h"
#include "base/journal/journal.h"
#include "schemas/track/track.h"

enum {
    LEDGER_SOURCES_MAX = 65536, /* addresses; further ones share a row without address */
    LEDGER_SAMPLES_MAX = 1000,  /* of them, in metrics; further ones share a sample */
};

#define LEDGER_SOURCE_FRAMES "ribtape_ledger_source_frames" /* the metric */

struct ledger_lane {
    uint64_t base; /* the first frame's number that counts; 0: none yet */
    uint64_t delivered, filtered, lost;
};

struct ledger_source {
    uint8_t kind; /* enum source_kind; 0: frames without a source, or of too many */
    struct source_addr addr;
    uint64_t delivered, filtered, lost;
};

struct ledger;

struct ledger *ledger_new(unsigned lane_cnt); /* NULL: out of memory */
void ledger_free(struct ledger *l);           /* NULL is allowed */

/* Starts lane `shard` at a frame's number unless it has begun. */
void ledger_begin(struct ledger *l, unsigned shard, uint64_t seq);

/* Counts one consumed item, and `lost` frames right before it; `missed` tells whose they were as
 * far as that is known (NULL: not at all). Returns 0, or -1 (ENOMEM). */
MUST_USE int ledger_count(struct ledger *l, const struct track_item *item, bool delivered,
                          uint64_t lost, const struct ledger *missed);

/* Counts a frame as `delivered`, by source alone. Returns 0, or -1 (ENOMEM). */
MUST_USE int ledger_tally(struct ledger *l, const struct track_item *item);

/* Finds or adds a source's row, valid as long as the ledger. NULL: out of memory. */
struct ledger_source *ledger_source_of(struct ledger *l, uint8_t kind,
                                       const struct source_addr *addr);

/* Finds a source's row. NULL: there is none. */
const struct ledger_source *ledger_find(const struct ledger *l, uint8_t kind,
                                        const struct source_addr *addr);

/* Goes through the rows, in no order. */
void ledger_sources(const struct ledger *l, void (*fn)(void *arg, const struct ledger_source *s),
                    void *arg);

/* Makes a ledger of the same sources in which all that was passed is `delivered`: a beginning
 * for who counts arrivals. NULL: out of memory. */
struct ledger *ledger_arrived(const struct ledger *l);

const struct ledger_lane *ledger_lanes(const struct ledger *l, unsigned *cnt);

/* The time slot that is running: its end, seconds since 1970; 0: none. */
uint64_t ledger_slot(const struct ledger *l);
void ledger_set_slot(struct ledger *l, uint64_t end_s);

/* Append as bytes; read into an empty ledger (len 0: nothing). The latter returns 0, or -1 with
 * errno (EINVAL: damaged). Lanes beyond ours are dropped. */
void ledger_save(const struct ledger *l, struct buf *b);
MUST_USE int ledger_load(struct ledger *l, const void *p, size_t len);

/* A ledger as it is shown. */
struct ledger_page {
    const struct ledger *ledger;
    /* `delivered` of each source is what has arrived from it. NULL: no more than was passed. */
    const struct ledger *arrived;
    /* By shard, the number that the journal's next frame will have: tells received and waiting.
     * NULL: nothing waits, as seen from inside the stream. */
    const uint64_t *next;
    const uint64_t *place; /* by shard, how far it came */
};

/* One source's numbers. */
struct ledger_sums {
    uint8_t kind;
    const char *kind_name; /* "bgp", "bmp", "none" */
    struct source_addr addr;
    uint64_t received, delivered, filtered, waiting, lost;
};

/* Goes through the sources, in no order. */
void ledger_each(const struct ledger_page *p, void (*fn)(void *arg, const struct ledger_sums *s),
                 void *arg);

/* Returns how many frames wait that no source has been told for (arrived does not know them). */
uint64_t ledger_unknown(const struct ledger_page *p);

/* Writes the members "shards", "sources" and "unknown" into the object that is open. */
void ledger_emit(const struct ledger_page *p, struct emit *e);

/* Appends the same as lines for people, a line for each shard and source; `sink` begins them.
 * A shard whose numbers don't add up has the word UNBALANCED. */
void ledger_text(const struct ledger_page *p, struct buf *b, const char *sink);

/* Appends Prometheus samples of the sources; the family is the caller's. */
void ledger_samples(const struct ledger_page *p, struct buf *b, const char *sink);

#endif
