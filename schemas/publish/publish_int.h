/* SPDX-License-Identifier: BSD-2-Clause */
/* publish_int: what schemas/publish/publish*.c share. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_PUBLISH_PUBLISH_INT_H
#define RIBTAPE_SCHEMAS_PUBLISH_PUBLISH_INT_H

#include "base/buf.h"
#include "base/fmt.h"
#include "base/json.h"
#include "schemas/avro/avro.h"
#include "schemas/foreign/openbmp.h"
#include "schemas/publish/publish.h"
#include "schemas/rib/restart.h"
#include "schemas/track/table.h"

enum { PUBLISH_KEY_LEN = 16 /* hex digits */ };

/* A place in a peer's stream of records. */
struct publish_at {
    uint64_t epoch_us, peer_seq;
};

/* Where a peer's records of one topic stand. */
struct publish_place {
    uint64_t epoch_us; /* 0: no record yet */
    uint64_t cnt;
    struct publish_mark *marks; /* format state; owned */
    unsigned mark_cnt;
    struct publish_at floor;  /* format state: the view's, as last said */
    struct publish_at former; /* above all that an earlier session left here; zero: it left
                                 nothing */
};

/* How far the routes of one family are superseded: below `floor`, and below `from` once the
 * refresh that goes on is over (RFC 7313). */
struct publish_mark {
    uint16_t afi;
    uint8_t safi;
    uint64_t from; /* peer_seq */
    struct publish_at floor;
};

/* One peer (or source), found by a hash of all that identifies it. `node` is first. */
struct publish_count {
    struct table_node node;
    bool has_keys;
    char peer_key[PUBLISH_KEY_LEN], router_key[PUBLISH_KEY_LEN];
    struct publish_restart *restart; /* with a topic of format state; owned, or NULL */
    struct publish_place at[];       /* by topic */
};

/* What one peer's sessions leave behind (schemas/rib/restart.h), in tables that nobody keeps. */
struct publish_restart {
    struct publish_restart *next, *prev; /* in the publisher's list of those with stale routes */
    struct publish_count *count;
    unsigned shard;
    bool over;                  /* no session is up: `count` is that of what was left */
    bool listed;
    uint32_t due_s; /* restart_due, while listed */
    struct restart g;
    void *who; /* source and peer for records without a frame, owned; NULL: not asked for yet */
    size_t who_len;
};

/* What becomes of the routes of the peer at hand. */
struct publish_news {
    bool keeps;                  /* some outlive the session */
    struct bgp_family_set all;   /* families whose routes all go; */
    struct bgp_family_set stale; /* those of the sessions before; */
    struct bgp_family_set brief; /* those with NO_LLGR */
};

/* Who a frame is about: what counters and keys are made of. */
struct publish_who {
    bool has_source;
    bool left; /* what the peer's sessions left behind, whatever their source */
    unsigned shard;
    uint32_t source;
    const struct source_addr *router; /* may be NULL */
    const struct track_peer *peer;    /* may be NULL */
};

/* Octets in struct publish's `keys`; len 0: none. */
struct publish_span {
    size_t off, len;
};

/* One record that was made. */
struct publish_record {
    unsigned topic, part;
    size_t off, len; /* of the value, in out */
    bool tombstone;
    struct publish_span own_key;     /* none: the topic's */
    struct publish_span own_topic;   /* its name; none: the topic's */
    struct publish_count *other;     /* whose number it has; NULL: the item's peer's */
    struct publish_at at;            /* that number */
    struct publish_span nlri, attrs; /* headers of those names */
};

/* A topic, and what the item at hand makes of it. */
struct publish_slot {
    const struct publish_topic *topic;
    bool fixed;                   /* no placeholder in its name */
    enum publish_headers headers; /* not AUTO */
    char name[KAFKA_TOPIC_NAME_MAX + 1];
    size_t name_len;
    struct kafka_topic *handle; /* of `name`, or NULL */
    unsigned parts, others; /* records; of these, about peers that the item doesn't name */
    bool has_schema_id;
    uint32_t schema_id;
    uint64_t epoch_us, peer_seq; /* of the item at hand; epoch_us 0: it has none */
    char key[PUBLISH_KEY_LEN]; /* of the item at hand's records, which may outlive its peer */
    struct openbmp *openbmp; /* format openbmp */
};

struct publish {
    struct publish_options o;
    struct publish_slot *slots;
    struct table counts;
    struct table past; /* each key's latest epoch (publish_epoch.c) */
    bool by_router; /* some topic is */
    uint64_t hash_key[2];

    struct buf out, keys;
    struct publish_record *records;
    size_t record_cnt, record_cap, next; /* next: the first that is not handed over */
    bool no_memory;
    uint64_t oversize;

    /* the item at hand */
    unsigned topic;                /* being encoded */
    size_t begun;                  /* where its next value begins in out */
    struct filter_subject *routes; /* of which records are made; NULL: of all */
    struct filter_subject subject; /* what a topic's filter thinks of it */
    struct json json;
    struct avro avro;
    struct buf schema; /* its text, with a registry */
    struct buf frame;  /* what each of its values begins with */
    struct record_options options;
    struct record_count count;
    struct publish_count *counting; /* of the topic that is being encoded, and its place: */
    struct publish_place *place;
    const struct record_meta *meta;
    struct track *track;         /* may be NULL */
    const char *type;
    uint64_t time_ms;
    bool has_seq;
    uint64_t seq;
    unsigned shard;
    char peer_key[PUBLISH_KEY_LEN];
    struct publish_count *whose; /* of the item's peer, whatever its topic counts by */

    /* format state */
    bool has_tables;                /* some topic is */
    struct publish_news news;       /* of the item at hand, */
    struct publish_restart *learning; /* from which this learns */
    struct publish_restart *stale;  /* by shard, and of all: when one may be due: */
    uint32_t due_s, *due_by_shard;  /* UINT32_MAX: none */
    unsigned shard_cnt, left_cnt;
};

/* What a format does. The encoders append to p->out and call publish_end after each record. */
struct publish_row {
    bool by_router; /* a BMP router's frames have one key and one count: they stay in order */
    bool parts;     /* a message may become several records: they are numbered */
    const char *no_routes; /* why there is no record per route; NULL: there is */
    enum publish_headers headers; /* when the topic says nothing; AUTO: packed */
    bool registers; /* with a registry, values begin with avro_begin_registered */
    void (*item)(struct publish *p, const struct track_item *item);
    /* Whether an item belongs into the topic whatever its filter says; NULL: never. */
    bool (*needs)(struct publish *p, const struct track_item *item);
    /* Writes what p->news holds, when time alone brings it; NULL: nothing. `item` has no frame
     * of a journal. */
    void (*due)(struct publish *p, const struct track_item *item);
    void (*mrt)(struct publish *p, const struct mrt_walk *w, const struct bgp_ctx *ctx);
    /* Writes a record in place of a value of `len` octets that is too long; NULL: there is
     * none. */
    void (*too_large)(struct publish *p, const struct record_meta *m, size_t len);
};
/* Format state (publish_state.c): the routes as they are. */
void publish_state_item(struct publish *p, const struct track_item *item);
void publish_state_due(struct publish *p, const struct track_item *item);

/* Format openbmp (publish_openbmp.c). */
void publish_openbmp_item(struct publish *p, const struct track_item *item);
bool publish_openbmp_needs(struct publish *p, const struct track_item *item);
void publish_openbmp_mrt(struct publish *p, const struct mrt_walk *w, const struct bgp_ctx *ctx);

extern const struct publish_row publish_rows[PUBLISH_FORMAT_CNT];

/* Ends the record whose value was appended to p->out. `key` NULL: the topic's. */
void publish_end(struct publish *p, const void *key, size_t key_len, bool tombstone);

/* The same for a route, whose octets are its headers. Appends `nlri` to p->keys. */
void publish_end_route(struct publish *p, const void *key, size_t key_len, struct cur nlri,
                       struct publish_span attrs, bool tombstone);

/* Returns the counter of a peer that the item at hand does not name, or NULL: the topic has told
 * nothing of it. */
struct publish_count *publish_other(struct publish *p, const struct track_item *item,
                                    const struct track_source *source, struct track_peer *peer);

/* Ends a record about such a peer, whose meta is `m`: with its key, its next number, and in its
 * topic. */
void publish_end_other(struct publish *p, struct publish_count *c, const struct record_meta *m);

/* Returns the epoch of a session of `c`'s key that begins at time_ns: its time, but above those of
 * all sessions before it, whatever the clock did (publish_epoch.c). */
uint64_t publish_epoch(const struct publish *p, const struct publish_count *c, uint64_t time_ns);

/* Remembers the epoch of a session that begins. */
void publish_epoch_keep(struct publish *p, const struct publish_count *c, uint64_t epoch_us);

void publish_epochs_free(struct publish *p);

/* Append as bytes; read. The latter returns false when they are damaged or memory runs out. */
void publish_epochs_save(const struct publish *p, struct buf *b);
bool publish_epochs_restore(struct publish *p, struct cur *in);

/* Takes back the topic's records from number `first` on. */
void publish_undo(struct publish *p, size_t first);

/* Returns the counters of whom an item is about, made when new; NULL: out of memory. */
struct publish_count *publish_count_get(struct publish *p, const struct publish_who *who);
void publish_count_drop(struct publish *p, const struct publish_who *who,
                        struct publish_count *c);
/* Returns the counters of whom an item is about, or NULL: nothing was made for them yet. */
struct publish_count *publish_count_find(struct publish *p, const struct publish_who *who);
/* Makes the keys of counters that a checkpoint told of. */
void publish_count_name(const struct publish *p, const struct publish_who *who,
                        struct publish_count *c);
void publish_counts_free(struct publish *p);

/* Returns what is noted of a family at a place; NULL: nothing, or (`make`) out of memory. */
struct publish_mark *publish_mark_get(struct publish_place *at, uint16_t afi, uint8_t safi,
                                      bool make);

/* ---- what sessions leave behind (publish_restart.c) ---- */

/* Learns from an item, before it is encoded, and fills p->news. `c`: its peer's. Returns 0, or
 * -1 when memory runs out. */
MUST_USE int publish_restart_begin(struct publish *p, const struct track_item *item,
                                   struct publish_count *c);

/* When its records are made: what a session left is no longer that session's. Returns as above.
 */
MUST_USE int publish_restart_end(struct publish *p, const struct track_item *item,
                                 struct publish_count *c);

/* End-of-RIB of the peer at hand. */
void publish_restart_eor(struct publish *p, unsigned family);

/* A view about which something is due, with an item as if a frame had said so. */
struct publish_overdue {
    struct publish_count *count;
    struct journal_view frame;
    struct track_source source;
    struct track_peer peer;
    struct track_item item;
};

/* Finds one, and fills p->news. Returns 1, 0: there is none, -1 as above. `next`: before which
 * item; NULL: at now_ns. After its records are made call publish_restart_done. */
int publish_restart_next(struct publish *p, const struct track_item *next, uint64_t now_ns,
                         struct publish_overdue *o);
void publish_restart_done(struct publish *p, struct publish_overdue *o);

/* Frees c->restart. NULL is allowed. */
void publish_restart_drop(struct publish *p, struct publish_count *c);

/* Lists what has stale routes, by when the next of its periods ends; unlists what has none.
 * Returns 0, or -1 when memory runs out. */
MUST_USE int publish_restart_list(struct publish *p, struct publish_restart *r);

/* Makes source and peer of r->who. Returns false when it is damaged. */
bool publish_restart_who(const struct publish_restart *r, struct track_source *s,
                         struct track_peer *peer);

/* Parts of publish_save and publish_restore: of one counter. */
void publish_restart_save(const struct publish *p, const struct publish_count *c,
                          struct buf *b);
bool publish_restart_restore(struct publish *p, struct cur *in, const int *map,
                             unsigned topics);

/* Returns the counter of that hash, or NULL. */
struct publish_count *publish_count_of(const struct publish *p, uint64_t hash);

/* Writes a topic's name for the item at hand. Returns its length; a longer one is cut. */
size_t publish_name(char dst[KAFKA_TOPIC_NAME_MAX + 1], const char *pattern,
                    const struct record_meta *m, const char *type);

/* Returns whether a name has no placeholder. */
bool publish_name_is_fixed(const char *name);

enum { PUBLISH_HEADERS_MAX = 10, PUBLISH_NUMBERS = 5 };

/* A record's headers, and where the texts of numbers are. */
struct publish_headers_of {
    struct kafka_header list[PUBLISH_HEADERS_MAX];
    size_t cnt, lasting_cnt; /* as struct kafka_record's */
    char text[PUBLISH_NUMBERS * (FMT_U64_MAX + 1)];
    size_t text_len;
};

void publish_make_headers(const struct publish *p, const struct publish_record *r,
                          struct publish_headers_of *h);

#endif
