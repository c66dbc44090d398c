/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_dump: a RIB as an MRT file of TABLE_DUMP_V2 records (RFC 6396 section 4.3). Floor F4.
 *
 * Families in the order of nlri_map, NLRI sorted by prefix and length, entries by peer. Where
 * there are more peers than one PEER_INDEX_TABLE holds, the file has several, each followed by
 * the records of its peers. */
#ifndef RIBTAPE_COLLECTOR_RIB_RIB_DUMP_H
#define RIBTAPE_COLLECTOR_RIB_RIB_DUMP_H

#include "base/stream/stream.h"
#include "collector/config/config.h"
#include "collector/rib/rib_feed.h"

struct rib_dump_options {
    uint32_t time_s; /* of the dump, seconds since the epoch */
    uint8_t collector_id[4];
    struct config_place place; /* the collector's */
    /* Tells where a session's peer stands; NULL: nobody knows. */
    struct config_place (*place_of)(void *arg, const struct rib_session *s);
    const char *view;   /* PEER_INDEX_TABLE's view name, "" for none */
    bool idle_peers;    /* list peers without routes too */
    uint32_t peers_max; /* in one PEER_INDEX_TABLE; 0: as many as fit (MRT_RIB_PEERS_MAX) */
    enum stream_format format;
    int level;        /* of compression, as stream_out_fd takes it */
    bool digest;      /* write PATH.sha256, too */
    unsigned threads; /* that compress: as stream_out_parallel takes it */
    /* Which sessions to dump; NULL: all. */
    bool (*want)(void *arg, const struct rib_session *s);
    void *want_arg;
};

struct rib_dump_stats {
    uint64_t peers, records, entries; /* records without PEER_INDEX_TABLEs */
    uint64_t octets;                  /* before compression */
};

/* Writes the records. Returns 0, or -1 with errno. */
MUST_USE int rib_dump_write(const struct rib_feed *f, const struct rib_dump_options *o,
                            struct stream_out *out, struct rib_dump_stats *stats);

/* Writes `path` by way of `path`.part: complete and durable under its name, or not there.
 * Never replaces a file (errno EEXIST). Returns 0, or -1 with errno. */
MUST_USE int rib_dump_file(const struct rib_feed *f, const struct rib_dump_options *o,
                           const char *path, struct rib_dump_stats *stats);

#endif
