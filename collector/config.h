/* SPDX-License-Identifier: BSD-2-Clause */
/* config: what an operator asked for, checked and complete. Floor F4.
 *
 * One YAML file; every member has a default, so that an empty file (or none) is a working
 * collector. A loaded configuration is immutable and reference-counted: threads hold the one
 * they work by, a reload makes a new one. */
#ifndef RIBTAPE_COLLECTOR_CONFIG_H
#define RIBTAPE_COLLECTOR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "schemas/source.h"

/* An address range. */
struct config_prefix {
    struct source_addr addr; /* port unused */
    uint8_t bits;
};

struct config_as_range {
    uint32_t first, last;
};

enum config_tristate { CONFIG_AUTO, CONFIG_OFF, CONFIG_ON };

/* A family that is pinned: offered whatever the peer offers. */
struct config_family {
    uint16_t afi;
    uint8_t safi;
};

/* One entry of bgp.peers: an address or a range. The most specific entry that holds a peer's
 * address counts. */
struct config_peer {
    struct config_prefix range;
    char name[SOURCE_NAME_MAX + 1];
    struct config_as_range *remote_as; /* empty: any */
    size_t remote_as_cnt;
    bool local_as_auto; /* mirror the peer's */
    uint32_t local_as;
    struct source_addr bgp_id; /* len 0: automatic */
    uint16_t hold_time_s;
    uint16_t
        open_delay_s; /* DelayOpenTime (RFC 4271 section 8.1.1): wait for the peer's OPEN */
    uint16_t open_timeout_s; /* the peer's OPEN must arrive within */
    uint32_t max_sessions;   /* from this range */
    char *md5;               /* TCP MD5 key (RFC 2385) or NULL; never logged or printed */
    uint8_t ttl_security;    /* GTSM (RFC 5082): hops allowed, 0: off */
    struct config_family *families; /* empty: mirror the peer's */
    size_t families_cnt;
    /* Capabilities: auto mirrors the peer's OPEN; off never offers; on always offers. */
    enum config_tristate cap_add_path, cap_asn4, cap_ext_msg, cap_ext_next_hop,
        cap_route_refresh, cap_enhanced_refresh, cap_graceful_restart, cap_llgr;
    /* How to decode, whatever was negotiated. */
    enum source_pin pin_asn4, pin_add_path;
};

/* One entry of bmp.routers: who may connect, or (dial) whom we connect to. */
struct config_router {
    struct config_prefix range; /* dial: a single address, with its port in range.addr.port */
    char name[SOURCE_NAME_MAX + 1];
    bool dial;
    char *md5;
    uint32_t max_sessions;
    enum source_pin pin_asn4, pin_add_path;
};

enum config_layout { LAYOUT_RIS, LAYOUT_ROUTEVIEWS, LAYOUT_PATTERN };
enum config_per { PER_COLLECTOR, PER_PEER, PER_ROUTER };

struct config {
    unsigned refs;   /* atomic; config_ref, config_unref */
    char *file;      /* where it came from; NULL: built in */
    char *collector; /* our name in records; default the host name */
    char *data_dir;
    unsigned shards; /* 0: one per two cores */
    enum log_level log_level;

    struct {
        char *listen; /* "127.0.0.1:9179"; "" off */
    } http;

    struct {
        uint64_t segment_size, limit; /* octets */
        bool drop_oldest;
    } journal;

    struct {
        struct source_addr *listen;
        size_t listen_cnt;
        uint32_t max_sessions;
        struct config_peer *peers;
        size_t peers_cnt;
    } bgp;

    struct {
        struct source_addr *listen;
        size_t listen_cnt;
        uint32_t max_sessions;
        uint32_t max_message;    /* octets */
        uint16_t idle_timeout_s; /* 0: none */
        struct config_router *routers;
        size_t routers_cnt;
    } bmp;

    struct {
        bool enabled;
        char *dir; /* default DATA_DIR/archive */
        enum config_layout layout;
        char *pattern; /* strftime, for LAYOUT_PATTERN */
        enum config_per per;
        uint32_t slot_s; /* seconds, divides a day */
        bool gzip;       /* else plain */
        int level;
    } archive;

    struct {
        bool enabled;
        char *path;           /* "-": standard output */
        uint64_t rotate_size; /* octets, 0: never; files only */
        uint32_t rotate_s;    /* seconds, 0: never; files only */
        bool keepalives;
        bool raw;
    } ndjson;
};

/* Loads a file, or the defaults when `path` is NULL. Returns NULL with one or more lines
 * `FILE:LINE: reason` in err. */
struct config *config_load(const char *path, char *err, size_t err_len);

struct config *config_ref(struct config *c);
void config_unref(struct config *c);

/* Returns the entry for an address, or NULL when no entry holds it (then it is refused). */
const struct config_peer *config_peer_for(const struct config *c,
                                          const struct source_addr *addr);
const struct config_router *config_router_for(const struct config *c,
                                              const struct source_addr *addr);

/* Writes every option with its default as YAML that config_load reads back. */
void config_print_defaults(FILE *f);

#endif
