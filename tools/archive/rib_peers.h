/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_peers: which peers of a played archive are written, and their tables. Floor F4; internal
 * to rib*.c. */
#ifndef RIBTAPE_TOOLS_ARCHIVE_RIB_PEERS_H
#define RIBTAPE_TOOLS_ARCHIVE_RIB_PEERS_H

#include "tools/archive/arc_play.h"

/* One peer that is asked for: by address or by AS number. */
struct rib_peers_one {
    uint8_t addr_len; /* 0: by AS number */
    uint8_t addr[16];
    uint32_t asn;
};

/* None: all are wanted. */
struct rib_peers_want {
    struct rib_peers_one *v; /* owned */
    size_t cnt;
};

/* Adds `text`, an address or AS number (AS64500, 64500). Returns false when it is neither, or
 * memory runs out. */
bool rib_peers_want(struct rib_peers_want *w, const char *text);

/* The wanted peers that hold routes. */
struct rib_peers {
    const struct play_peer **v; /* owned */
    size_t cnt;
    uint16_t *index; /* owned; place in the table made last, by number in the RIB */
    uint32_t index_cnt;
};

/* Returns 0, or -1 with errno; rib_peers_free is due either way. */
MUST_USE int rib_peers_list(struct rib_peers *r, const struct play *p,
                            const struct rib_peers_want *want);

/* Writes the table of `cnt` peers from `first` on (RFC 6396 section 4.3.1) and makes it the one
 * that `index` names; collector and view are those of `dump`. Returns 0, or -1 with errno. */
MUST_USE int rib_peers_table(struct rib_peers *r, size_t first, size_t cnt,
                             const struct play_dump *dump, uint32_t time_s, struct buf *b);

void rib_peers_free(struct rib_peers *r);

#endif
