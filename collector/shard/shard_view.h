/* SPDX-License-Identifier: BSD-2-Clause */
/* shard_view: a shard as metrics and as JSON. Floor F4. Both run on the shard's thread, as
 * letters of its mailbox: `owner` is the shard. */
#ifndef RIBTAPE_COLLECTOR_SHARD_SHARD_VIEW_H
#define RIBTAPE_COLLECTOR_SHARD_SHARD_VIEW_H

#include "base/buf.h"

void shard_view_metrics(void *owner, void *arg, struct buf *out);
void shard_view_peers(void *owner, void *arg, struct buf *out);

#endif
