/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics_join: several parts' Prometheus text as one. Floor F4.
 *
 * The exposition format wants all lines of a metric together and its HELP and TYPE once; shards
 * each write all of theirs. */
#ifndef RIBTAPE_COLLECTOR_HTTP_METRICS_JOIN_H
#define RIBTAPE_COLLECTOR_HTTP_METRICS_JOIN_H

#include "base/buf.h"

/* Appends to `out` the lines of `in`, grouped by metric in the order of first appearance, the
 * order inside a group kept, repeated comment lines left out. When memory runs out out->failed
 * is set. */
void metrics_join(const struct buf *in, struct buf *out);

#endif
