/* SPDX-License-Identifier: BSD-2-Clause */
/* publish: what goes to Kafka: frames and MRT items become keyed, numbered records of topics.
 * Floor F3.
 *
 * docs/kafka.md tells the layout. A publisher holds the records of one frame at a time:
 * publish_item makes them, publish_flush hands them to the producer, as often as it takes.
 * Counters (`epoch`, `peer_seq`) follow from the frames alone, so that a frame that is
 * published again after a crash has the same; publish_save and publish_restore carry them over.
 * One thread. */
#ifndef RIBTAPE_SCHEMAS_PUBLISH_PUBLISH_H
#define RIBTAPE_SCHEMAS_PUBLISH_PUBLISH_H

#include "base/kafka/kafka.h"
#include "base/kafka/registry.h"
#include "schemas/filter/filter.h"
#include "schemas/record/record_mrt.h"

/* clang-format off */

/* Formats of a topic: NAME, text. The table of encoders is publish_format.c. */
#define PUBLISH_FORMAT_MAP(X)                                                            \
    X(JSON, "json")                                                                      \
    X(AVRO, "avro")                                                                      \
    X(STATE, "state")                                                                    \
    X(OPENBMP, "openbmp")                                                                \
    X(RIS_LIVE, "ris-live")

#define PUBLISH_ENUM_FORMAT(NAME, text) PUBLISH_##NAME,
enum publish_format { PUBLISH_FORMAT_MAP(PUBLISH_ENUM_FORMAT) PUBLISH_FORMAT_CNT };

/* What tells a record's place: NAME, text. */
#define PUBLISH_HEADERS_MAP(X)                                                           \
    X(AUTO, "auto")     /* as the format has it: packed, or one */                       \
    X(EACH, "each")     /* collector, type, v, and a header for each number */           \
    X(PACKED, "packed") /* collector, type, v, and all numbers in one: `at` */           \
    X(ONE, "one")       /* `at` alone */

#define PUBLISH_ENUM_HEADERS(NAME, text) PUBLISH_HEADERS_##NAME,
enum publish_headers { PUBLISH_HEADERS_MAP(PUBLISH_ENUM_HEADERS) };

/* clang-format on */

/* One topic, or one for each value of its name's placeholders. */
struct publish_topic {
    const char *name; /* publish_check_name */
    enum publish_format format;
    bool by_route; /* one record per route instead of per message */
    enum publish_headers headers;
    const struct filter *filter; /* NULL: everything */
    struct kafka_topic_options kafka;
};

struct publish_options {
    const char *collector;              /* may be NULL */
    const struct publish_topic *topics; /* all borrowed for the publisher's life */
    unsigned topic_cnt;
    size_t value_max; /* octets; a longer value becomes a record that says so */
    bool keepalives, raw;
    bool has_shard; /* frames come from a journal: say which */
    /* Gives Avro's schema a number, and values begin with it; NULL: they are single-object
     * encoded. Borrowed. */
    struct registry *registry;
    bool subject_by_topic; /* of the schema: NAME-value where a topic has a fixed name */
    /* Writes the UPDATE that a RIB dump's route was, and sets *ctx to how it is read; false when
     * it doesn't fit. NULL: such routes are no news in format openbmp. */
    bool (*rib_update)(struct wr *w, const struct mrt_rib *rib, struct bgp_ctx *ctx);
};

struct publish;

/* Returns NULL, or what is wrong with a topic's name: it may hold {collector}, {router}
 * (its name, else its address), {peer_asn} and {type}; other characters are Kafka's. */
const char *publish_check_name(const char *name);

/* Return NULL, or why a topic of that format has no such name, and no record per route. */
const char *publish_check_name_of(enum publish_format format, const char *name);
const char *publish_check_by_route(enum publish_format format);

struct publish *publish_new(const struct publish_options *o); /* NULL: out of memory */
void publish_free(struct publish *p);                         /* NULL is allowed */

/* Makes the records of a frame, or of what an MRT walk holds. `routes`: by_route makes records
 * of those alone that pass (the caller has asked about the rest); NULL: of all. What was made
 * before must have been handed over. Returns their count; 0: it is nobody's news, or no topic
 * wants it; -1: out of memory, and the publisher is of no more use: another one goes on from
 * what publish_save saved. */
int publish_item(struct publish *p, const struct track_item *item,
                 struct filter_subject *routes);
int publish_mrt(struct publish *p, const struct mrt_walk *w, const struct bgp_ctx *ctx,
                struct filter_subject *routes);

/* Makes the records of one view whose routes were kept over the end of its session, and whose
 * time is over now (format state, schemas/rib/restart.h): before the frame `next`, or, NULL, at
 * now_ns, when nothing is left to read. Its time is that of its period's end, and its numbers
 * follow the view's, so that they are the same whoever asks, and when. What was made before
 * must have been handed over. Call it until it returns 0: nothing is due. Else as publish_item.
 */
int publish_due(struct publish *p, const struct track_item *next, uint64_t now_ns);

/* Tells which tracker the next frames come from: the end of a router's connection ends all that
 * the tracker knows of it (format state). NULL: unknown. */
void publish_track(struct publish *p, struct track *t);

/* Tells whether the next frames come from a capture of packets: their records say so. */
void publish_pcap(struct publish *p, bool pcap);

/* Makes one record of `len` octets that are no frame's (a ledger's) for each JSON topic, keyed
 * by the collector. Returns as publish_item. */
int publish_extra(struct publish *p, const char *type, uint64_t time_ns, const void *value,
                  size_t len);

/* Hands over what was made. KAFKA_SENT: all of it. Otherwise as kafka_send; call again. */
enum kafka_sent publish_flush(struct publish *p, struct kafka *k);

/* Forgets what was made but not handed over, and the producer: another will take its place. */
void publish_reset(struct publish *p);

/* Values that were too long so far. */
uint64_t publish_oversize(const struct publish *p);

/* The tracker's hooks: a peer or a source has ended. */
void publish_peer_gone(struct publish *p, struct track_source *s, struct track_peer *peer);
void publish_source_gone(struct publish *p, struct track_source *s);

/* Append the counters as they are after the last publish_item; take them over into a publisher
 * without any (len 0: none). The latter returns 0, or -1 when they are damaged (errno EINVAL)
 * or memory runs out. Counters of topics that are no longer the same begin anew. */
void publish_save(const struct publish *p, struct buf *b);
MUST_USE int publish_restore(struct publish *p, const void *state, size_t len);

#endif
