/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_topic: a topic of format state (docs/kafka.md, "Tables") read into a RIB. Floor F4.
 *
 * Records come in the order of their partitions, the partitions in any. Floors may come after
 * the routes they end, so routes are kept aside with their places in their peers' streams, and
 * sorted out at the end. */
#ifndef RIBTAPE_TOOLS_KAFKA_RIB_TOPIC_H
#define RIBTAPE_TOOLS_KAFKA_RIB_TOPIC_H

#include "tools/archive/arc_play.h"

struct rib_topic;

/* One record. */
struct rib_topic_record {
    struct cur key, value;  /* value empty: null */
    struct cur nlri, attrs; /* headers; empty: not there */
};

struct rib_topic *rib_topic_new(void); /* NULL when memory runs out */
void rib_topic_free(struct rib_topic *t);

/* Takes one record. Returns 1; 0: it is no record of such a topic, and counts for nothing; -1:
 * memory ran out (errno ENOMEM). */
MUST_USE int rib_topic_take(struct rib_topic *t, const struct rib_topic_record *r);

/* Adds a peer to `p` for each view, with the routes that stand; sets p->now_s to the newest
 * record's time. A view of whose session no record told the beginning is not `known`. Returns
 * 0, or -1 when memory runs out. */
MUST_USE int rib_topic_end(struct rib_topic *t, struct play *p);

#endif
