/* SPDX-License-Identifier: BSD-2-Clause */
/* kafka_int: what base/kafka/kafka*.c share. Floor F0. */
#ifndef RIBTAPE_BASE_KAFKA_KAFKA_INT_H
#define RIBTAPE_BASE_KAFKA_KAFKA_INT_H

#include <librdkafka/rdkafka.h>

#include "base/kafka/kafka.h"

enum {
    KAFKA_BUCKETS = 256,
    KAFKA_SPARE_MAX = 8192, /* lists of headers, of about 500 octets */
    KAFKA_FRONTS = 16,
    KAFKA_FRONT_FRESH = KAFKA_FRONTS - 1, /* none: the list is not kept */
    KAFKA_FRONT_HEADERS = 4,
};

/* Headers that many records begin with. */
struct kafka_front {
    struct kafka_header h[KAFKA_FRONT_HEADERS];
    size_t cnt;
};

/* A list of headers that no record has, and the front that it begins with. */
struct kafka_spare {
    rd_kafka_headers_t *list;
    unsigned front;
};

enum kafka_topic_state {
    KAFKA_TOPIC_NEW,   /* nobody was asked, or the answer was no: ask at retry_ns */
    KAFKA_TOPIC_ASKED, /* its creation is under way */
    KAFKA_TOPIC_READY,
};

struct kafka_topic {
    struct kafka_topic *next;
    struct kafka_topic_options o;
    rd_kafka_topic_t *handle;
    enum kafka_topic_state state;
    uint64_t retry_ns, backoff_ns; /* monotonic; 0: at once */
    bool missing;                  /* counted as such */
    bool differs;                  /* likewise */
    char name[];
};

enum { KAFKA_TOLD_MAX = 16, KAFKA_REASON_MAX = 256 };

/* Reasons that the log has been told, the last ones. Zero: none. */
struct kafka_told {
    struct {
        uint32_t hash;
        uint64_t since_ns; /* monotonic; 0: no reason */
    } row[KAFKA_TOLD_MAX];
    unsigned next;
};

/* Writes a reason of librdkafka's without what differs from attempt to attempt. `client`: the
 * handle's name. Returns whether it has not been told in the last ten minutes, or since it was
 * forgotten. */
bool kafka_told_is_new(struct kafka_told *t, const char *text, const char *client,
                       char out[KAFKA_REASON_MAX]);
void kafka_told_forget(struct kafka_told *t);

/* What librdkafka is told of a record, by number. */
enum kafka_part {
    KAFKA_PART_TOPIC,
    KAFKA_PART_FLAGS,
    KAFKA_PART_KEY,
    KAFKA_PART_VALUE,
    KAFKA_PART_HEADERS,
    KAFKA_PART_TIME,
    KAFKA_PART_OPAQUE,
    KAFKA_PARTS
};

struct kafka {
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue; /* everything librdkafka has to tell */
    const char *who;
    const struct log *log;
    struct kafka_counts *counts;
    size_t in_flight_max, message_max;
    uint64_t pending, pending_octets; /* records not delivered */
    uintptr_t mark;                   /* notes so far, modulo MARKS */
    uint64_t before_mark;             /* records before the last one, not delivered */
    bool failed;
    const char *waits_for; /* the topic that the last record sent is for, when it isn't ready */
    uint64_t down_ns; /* monotonic, since when no broker answers; 0: they do */
    bool journal; /* holds what waits, which log lines say */
    struct kafka_told told;
    struct log_limit errors_limit;
    struct kafka_topic *buckets[KAFKA_BUCKETS];
    unsigned topic_cnt;
    rd_kafka_vu_t parts[KAFKA_PARTS]; /* kept: to fill all of them costs as much as a copy */
    struct kafka_front fronts[KAFKA_FRONTS]; /* 0: nothing in front */
    unsigned front_cnt, front_last;          /* without 0; the last one used */
    struct kafka_spare spare[KAFKA_SPARE_MAX];
    unsigned spare_cnt;
};

/* Sets one of librdkafka's properties. Returns 0, or -1 with a reason in err, in which the
 * value does not show. */
MUST_USE int kafka_set(rd_kafka_conf_t *conf, const struct kafka_property *p, char *err,
                       size_t err_len);

/* Writes a line `WHO: ...` when the limiter lets it. */
void kafka_complain(struct kafka *k, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Returns whether records can be sent to a topic; otherwise does what helps. */
bool kafka_topic_is_ready(struct kafka *k, struct kafka_topic *t);

/* A topic that was ready is no longer there. */
void kafka_topic_gone(struct kafka *k, struct kafka_topic *t, const char *why);

/* Takes the answer to a topic's creation. */
void kafka_topic_answer(struct kafka *k, rd_kafka_event_t *ev);

void kafka_topics_free(struct kafka *k);

/* Forgets what was told of a topic, which is looked at anew. */
void kafka_check_begin(struct kafka *k, struct kafka_topic *t);

/* Compares how many partitions and replicas a topic has. */
void kafka_check_layout(struct kafka *k, struct kafka_topic *t,
                        const struct rd_kafka_metadata_topic *is);

/* Asks how a topic is configured; the answer comes as an event. */
void kafka_check_ask(struct kafka *k, struct kafka_topic *t);
void kafka_check_answer(struct kafka *k, rd_kafka_event_t *ev);

/* Returns a list of a record's headers; NULL: it has none. *front: what it begins with. */
rd_kafka_headers_t *kafka_headers_get(struct kafka *k, const struct kafka_record *r,
                                      unsigned *front);

/* Takes the list from a record that is delivered, for another one. `front` as it was said. */
void kafka_headers_keep(struct kafka *k, const rd_kafka_message_t *m, unsigned front);

void kafka_headers_free(struct kafka *k);

#endif
