/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_kafka: `ribtape rib --from kafka`, the reading. Floor F4. */
#ifndef RIBTAPE_TOOLS_KAFKA_RIB_KAFKA_H
#define RIBTAPE_TOOLS_KAFKA_RIB_KAFKA_H

#include "tools/archive/arc_play.h"
#include "tools/kafka/kafka_source.h"

/* Reads topics of format state from their beginnings to their ends and adds the peers and
 * routes that stand to `p` (rib_topic.h). *foreign: records that are none of such a topic's.
 * Returns 0, or -1 (told). */
MUST_USE int rib_kafka_read(struct kafka_source *s, struct play *p, uint64_t *foreign);

#endif
