/* SPDX-License-Identifier: BSD-2-Clause */
/* config: what an operator asked for, checked and complete. Floor F4.
 *
 * One YAML file; every member has a default, so that an empty file (or none) is a working
 * collector. A loaded configuration is immutable and reference-counted: threads hold the one
 * they work by, a reload makes a new one.
 *
 * The options are one table (config_schema.c): reading, printing, comparing, copying and
 * freeing walk it. A new option is a member here and a row there. */
#ifndef RIBTAPE_COLLECTOR_CONFIG_CONFIG_H
#define RIBTAPE_COLLECTOR_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "schemas/track/source.h"

/* An address range. */
struct config_prefix {
    struct source_addr addr; /* host bits are zero; port 0 unless a router is dialled */
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

/* Where something stands, in degrees, as MRT writes it (RFC 6397); zeros: unknown. */
struct config_place {
    float latitude, longitude;
    uint32_t known;
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
    uint16_t hold_time_s;      /* ours, as offered: 0 or 3..65535 (RFC 4271 section 4.2) */
    uint16_t open_delay_s;     /* DelayOpenTime (RFC 4271 section 8.1.1): wait for their OPEN */
    uint16_t open_timeout_s;   /* the peer's OPEN must arrive within */
    uint32_t max_sessions;     /* from this range at once; 0: only the limit of all */
    char *md5;                 /* TCP MD5 key (RFC 2385) or NULL; never logged or printed */
    struct config_place place; /* of the peer, for RIB dumps */
    uint8_t ttl_security;      /* GTSM (RFC 5082): hops allowed, 1..254; 0: off */
    struct config_family *families; /* empty: mirror the peer's */
    size_t families_cnt;
    /* Capabilities: auto mirrors the peer's OPEN; off never offers; on always offers. */
    enum config_tristate cap_add_path, cap_asn4, cap_ext_msg, cap_ext_next_hop,
        cap_route_refresh, cap_enhanced_refresh, cap_graceful_restart, cap_llgr;
    /* How to decode, whatever was negotiated. */
    enum source_pin pin_asn4, pin_add_path;
    struct bgp_flowspec2 flowspec2;
};

/* One entry of bmp.listeners: a listener with rules of its own. */
struct config_listener {
    struct source_addr addr;
    bool tls;
    struct config_prefix *proxy_from; /* balancers that send PROXY headers; empty: none do */
    size_t proxy_from_cnt;
};

enum config_tls_client { TLS_CLIENT_NONE, TLS_CLIENT_OPTIONAL, TLS_CLIENT_REQUIRED };

/* One entry of bmp.routers: who may connect, or (dial) whom we connect to. */
struct config_router {
    struct config_prefix range; /* dial: a single address, with its port in range.addr.port */
    char name[SOURCE_NAME_MAX + 1];
    bool dial;
    bool tls;       /* to dial with it; else: not without it */
    char *tls_name; /* of the router's certificate; "": its address (dial), or any */
    char *md5;
    uint32_t max_sessions; /* from this range at once; 0: only the limit of all */
    uint32_t max_peers;    /* of one router; 0: any number */
    uint32_t max_message;  /* octets; 0: bmp.max_message */
    uint32_t max_memory;   /* octets that one stream may hold; 0: bmp.max_memory alone */
    enum source_pin pin_asn4, pin_add_path;
    struct bgp_flowspec2 flowspec2;
};

/* One entry of kafka.properties: a name and what may be a secret. */
struct config_pair {
    char *name, *value;
};

/* One entry of kafka.topics. */
struct config_topic {
    char *name;
    char *cursor;    /* "": the common one */
    unsigned format; /* enum publish_format */
    bool by_route;
    unsigned headers; /* enum publish_headers */
    char *filter;                                  /* docs/filters.md; "": everything */
    uint32_t partitions, replication, retention_s; /* of topics we create; 0: the broker's */
    bool compact;
};

enum {
    CONFIG_TOPICS_MAX = 100,
    CONFIG_CURSORS_MAX = 16,    /* different names in kafka.topics */
    CONFIG_CURSOR_LEN_MAX = 32, /* octets of one */
    SINK_NAME_MAX = 6 + CONFIG_CURSOR_LEN_MAX,
};

enum config_layout { LAYOUT_RIS, LAYOUT_ROUTEVIEWS, LAYOUT_PATTERN };
enum config_per { PER_COLLECTOR, PER_PEER, PER_ROUTER };
enum config_rib_per {
    RIB_PER_ARCHIVE,
    RIB_PER_COLLECTOR,
    RIB_PER_PEER,
    RIB_PER_ROUTER,
    RIB_PER_VRF
};

struct config {
    unsigned refs;             /* atomic; config_ref, config_unref */
    char *file;                /* where it came from; NULL: built in */
    char *collector;           /* our name in records; default the host name */
    struct config_place place; /* of the collector, for RIB dumps */
    char *data_dir;
    unsigned shards; /* 0: one per two cores */
    enum log_level log_level;

    struct {
        struct source_addr listen; /* len 0: off */
    } http;

    struct {
        uint64_t segment_size, limit; /* octets */
        bool drop_oldest;
    } journal;

    struct {
        struct source_addr *listen;
        size_t listen_cnt;
        uint32_t max_sessions;
        struct config_peer defaults; /* for what an entry of peers leaves out; range unused */
        struct config_peer *peers;
        size_t peers_cnt;
    } bgp;

    struct {
        struct source_addr *listen;
        size_t listen_cnt;
        uint32_t max_sessions;
        uint32_t max_peers;       /* of all routers; 0: any number */
        uint32_t max_message;     /* octets */
        uint64_t max_memory;      /* octets that all streams may hold together */
        uint16_t idle_timeout_s;  /* 0: none */
        uint16_t tcp_keepalive_s; /* silence before TCP asks, and between its questions */
        struct config_listener *listeners;
        size_t listeners_cnt;
        struct {
            char *certificate, *key, *ca; /* PEM files; "": none */
            enum config_tls_client client;
            unsigned min_version;         /* as on the wire: 0x0303, 0x0304 */
            uint16_t handshake_timeout_s; /* of TLS and PROXY header together */
        } tls;
        struct config_router *routers;
        size_t routers_cnt;
    } bmp;

    struct {
        bool enabled;
        char *dir; /* never empty once loaded: default DATA_DIR/archive */
        enum config_layout layout;
        char *pattern; /* strftime, for LAYOUT_PATTERN */
        char *filter;  /* docs/filters.md; "": everything */
        enum config_per per;
        bool view_files;      /* RIB views have files of their own instead of folders */
        uint32_t slot_s;      /* seconds, divides a day */
        unsigned format;      /* enum stream_format */
        bool seconds;         /* BGP4MP instead of BGP4MP_ET */
        bool router_time;     /* of BMP: the router's time instead of the arrival */
        int level;            /* of the format; 0: what base/stream/stream.h thinks best */
        bool digest;          /* NAME.sha256 beside each file */
        uint32_t retain_s;    /* seconds; 0: for ever */
        uint64_t retain_size; /* octets of all files; 0: any number */
    } archive;

    struct {
        bool enabled;
        char *pattern; /* strftime, for LAYOUT_PATTERN */
        bool context;
    } bmp_archive;     /* dir, layout, slot and compression are archive's */

    struct {
        bool enabled;
        char *pattern;           /* strftime, for LAYOUT_PATTERN */
        enum config_rib_per per; /* RIB_PER_ARCHIVE: as archive.per */
        uint32_t interval_s;     /* seconds, divides a day; 0: only on demand */
        bool at_start;           /* one more when the first sessions have told all */
        uint32_t start_wait_s;
        unsigned format;     /* enum stream_format */
        int level;           /* of the format; 0: what base/stream/stream.h thinks best */
        bool idle_peers;     /* list peers without routes */
        uint32_t max_routes; /* per session, 0: any number */
    } rib;

    struct {
        bool enabled;
        char *filter;         /* docs/filters.md; "": everything */
        char *path;           /* "-": standard output */
        uint64_t rotate_size; /* octets, 0: never; files only */
        uint32_t rotate_s;    /* seconds, 0: never; files only */
        bool keepalives;
        bool raw;
    } ndjson;

    struct {
        bool enabled;
        char *brokers;
        struct config_pair *properties;
        size_t properties_cnt;
        struct config_pair *property_files; /* the same, read from files */
        size_t property_files_cnt;
        bool create_topics;
        uint64_t buffer; /* octets */
        bool keepalives;
        bool raw;
        struct config_topic *topics;
        size_t topics_cnt;
        struct {
            char *url; /* "": none */
            bool by_topic;
            char *user, *password, *ca;
        } registry;
    } kafka;
};

/* Loads a file ("-": standard input), or the defaults when `path` is NULL. Returns a
 * configuration with one reference, or NULL with one or more lines `FILE:LINE: reason` in err
 * (whole lines only; the last says how many did not fit). Reads the files that md5_file names
 * and the environment. */
struct config *config_load(const char *path, char *err, size_t err_len);

/* As config_load, from `len` octets of YAML text at `text`; `name` is FILE in errors. */
struct config *config_load_text(const char *text, size_t len, const char *name, char *err,
                                size_t err_len);

/* Take and give back a reference; config_unref frees at the last one. Any thread. */
struct config *config_ref(struct config *c);
void config_unref(struct config *c); /* c may be NULL */

/* Return the most specific entry for an address, or NULL when no entry holds it (then it is
 * refused). An IPv4-mapped IPv6 address counts as IPv4. Routers that we dial are not found by
 * config_router_for. */
const struct config_peer *config_peer_for(const struct config *c,
                                          const struct source_addr *addr);
const struct config_router *config_router_for(const struct config *c,
                                              const struct source_addr *addr);

/* Returns the entry of bmp.listeners with this address and port, or NULL. */
const struct config_listener *config_listener_for(const struct config *c,
                                                  const struct source_addr *addr);

/* Returns whether a range holds an address; an IPv4-mapped IPv6 address counts as IPv4. */
bool config_prefix_holds(const struct config_prefix *p, const struct source_addr *addr);

/* Return whether an AS number is accepted by the entry's remote_as. */
bool config_peer_takes_as(const struct config_peer *p, uint32_t asn);

/* Puts all BGP listening sockets of a configuration that no thread has yet on `port`. Returns
 * 0, or -1 when two of them would be the same. */
int config_set_bgp_port(struct config *c, uint16_t port);

/* ---- what a reload has to touch: two parts say the same (of entries: reload.h) ---- */

/* collector counts as part of both, as it is in file names and records. */
bool config_same_archive(const struct config *a, const struct config *b);
bool config_same_bmp_archive(const struct config *a, const struct config *b); /* likewise */
bool config_same_rib(const struct config *a, const struct config *b); /* archive's and places, too */
bool config_same_ndjson(const struct config *a, const struct config *b);
/* The same of one Kafka sink, by its name. */
bool config_same_kafka(const struct config *a, const struct config *b, const char *name);

/* Writes the name of the sink that publishes the topics of a cursor: "kafka", "kafka-CURSOR". */
void config_kafka_name(char dst[SINK_NAME_MAX + 1], const char *cursor);

/* Tells whether the sink `name` publishes the topics of this cursor, or any topic. */
bool config_is_kafka(const char *cursor, const char *name);
bool config_has_kafka(const struct config *c, const char *name);

/* Finds a topic whose cursor is another one in `b`. NULL: there is none. */
const char *config_moved_topic(const struct config *a, const struct config *b);
/* Every option but `file`. */
bool config_same(const struct config *a, const struct config *b);

/* Returns the name of the first option that differs and can't be changed without a restart
 * (collector, data_dir, shards, journal), or NULL. */
const char *config_needs_restart(const struct config *a, const struct config *b);

/* Writes every option with its default, each explained, as YAML that config_load reads back to
 * the same. */
void config_print_defaults(FILE *f);

/* Write an address as text with a NUL: `192.0.2.1`, `2001:db8::1`; with its port
 * `192.0.2.1:179`, `[2001:db8::1]:179`. dst has CONFIG_ADDR_MAX octets; returns dst. */
enum { CONFIG_ADDR_MAX = 64 };
char *config_addr_text(char *dst, const struct source_addr *a);
char *config_listen_text(char *dst, const struct source_addr *a);

#endif
