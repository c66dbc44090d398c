/* SPDX-License-Identifier: BSD-2-Clause */
/* kafka: an idempotent producer on librdkafka that knows what is delivered. Floor F0.
 *
 * Records of one partition arrive in the order of kafka_send, each once, as long as the
 * producer lives: acks=all, no time limit, no gap. What can't be delivered ends the producer
 * (kafka_poll returns -1): the owner makes a new one and sends again from where it is sure of.
 * No call waits for a broker longer than KAFKA_WAIT_MS. One thread. */
#ifndef RIBTAPE_BASE_KAFKA_KAFKA_H
#define RIBTAPE_BASE_KAFKA_KAFKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"
#include "base/log.h"
#include "base/metrics.h"

enum {
    KAFKA_WAIT_MS = 1000,
    KAFKA_TOPICS_MAX = 10000,    /* of one producer */
    KAFKA_TOPIC_NAME_MAX = 249,  /* octets, Kafka's own limit */
    KAFKA_HEADER_NAME_MAX = 63,
    KAFKA_RECORD_OVERHEAD = 512, /* octets counted for each record beside key and value */
};

struct kafka;
struct kafka_topic;

/* One of librdkafka's properties. */
struct kafka_property {
    const char *name, *value;
};

/* What the owner may show, from any thread; it outlives the producer. */
struct kafka_counts {
    struct metric records, octets; /* delivered: keys and values */
    struct metric in_flight, in_flight_octets;
    struct metric errors; /* told by librdkafka */
    struct metric down;   /* 1: no broker answers */
    struct metric topics_missing;
    struct metric topics_differing; /* from what their options say */
};

struct kafka_options {
    const char *who; /* begins log lines: "sink kafka"; borrowed */
    const struct log *log;
    const struct kafka_property *properties; /* laid over our own; used by kafka_new alone */
    size_t property_cnt;
    size_t in_flight_max; /* octets of records that are not delivered yet */
    bool journal;         /* keeps what waits: log lines say so */
    struct kafka_counts *counts;
};

/* Says whether librdkafka takes a property. Returns 0, or -1 with a reason in err, in which the
 * value does not show. Properties that the promises above rest on are refused. */
MUST_USE int kafka_check_property(const struct kafka_property *p, char *err, size_t err_len);

/* Says whether properties make a producer together: makes one, which no broker hears of, and ends it.
 * Returns 0, or -1 with a reason in err. */
MUST_USE int kafka_check_properties(const struct kafka_property *p, size_t cnt, char *err,
                                    size_t err_len);

/* Makes a producer; no broker needs to be there. NULL with a reason in err. */
struct kafka *kafka_new(const struct kafka_options *o, char *err, size_t err_len);

/* How long a value may be: what message.max.bytes leaves for it beside key and headers. */
size_t kafka_value_max(const struct kafka *k);

/* Frees, and throws away what is not delivered. NULL is allowed. */
void kafka_free(struct kafka *k);

struct kafka_topic_options {
    bool create;          /* make it when it isn't there; else wait for somebody to */
    uint32_t partitions;  /* 0: the broker's default */
    uint32_t replication; /* 0: the broker's default */
    uint32_t retention_s; /* 0: the broker's default */
    bool keep_forever;    /* no retention by time */
    bool compact;         /* cleanup.policy=compact */
};

/* Finds or adds a topic. `o` counts the first time; where the topic is there already and is not
 * what `o` says (partitions, replication, compaction, retention), that is told and counted.
 * Returns it, valid as long as the producer, or NULL with errno: ENOMEM, ENAMETOOLONG, EMFILE (more than KAFKA_TOPICS_MAX). */
struct kafka_topic *kafka_topic_get(struct kafka *k, const char *name, size_t len,
                                    const struct kafka_topic_options *o);

struct kafka_header {
    const char *name; /* NUL-terminated, at most KAFKA_HEADER_NAME_MAX octets */
    const void *value;
    size_t len;
};

struct kafka_record {
    const void *key;
    size_t key_len;
    const void *value; /* NULL: a tombstone */
    size_t value_len;
    const struct kafka_header *headers; /* each name once; those that seldom change first */
    size_t header_cnt;
    /* The first so many point to what stays as it is as long as the producer lives: the same
     * pointers again are the same headers again. */
    size_t lasting_cnt;
    uint64_t time_ms; /* since 1970 */
};

enum kafka_sent {
    KAFKA_SENT, /* copied; on its way */
    KAFKA_BUSY, /* the topic isn't ready or too much is in flight: again after kafka_poll */
    KAFKA_TOO_LARGE, /* for message.max.bytes: it will never be taken */
    KAFKA_FAILED,    /* errno */
};

/* Sends one record. */
enum kafka_sent kafka_send(struct kafka *k, struct kafka_topic *t,
                           const struct kafka_record *r);

/* Returns the topic that made the last kafka_send KAFKA_BUSY by not being ready, borrowed from
 * the producer; NULL: it was something else, or nothing. */
const char *kafka_waits_for(const struct kafka *k);

/* Handles what came from the brokers, waiting up to timeout_ms for something. Returns 0, or -1
 * (errno EIO, logged) when the producer is at its end. */
MUST_USE int kafka_poll(struct kafka *k, int timeout_ms);

/* Notes what has been sent so far; one note at a time. */
void kafka_mark(struct kafka *k);

/* Returns whether everything before the note is delivered. */
bool kafka_mark_reached(const struct kafka *k);

/* Records not delivered yet. */
uint64_t kafka_in_flight(const struct kafka *k);

#endif
