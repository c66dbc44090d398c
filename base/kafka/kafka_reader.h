/* SPDX-License-Identifier: BSD-2-Clause */
/* kafka_reader: reads topics from where one says, without a consumer group. Floor F0.
 *
 * All partitions of the topics at once; nothing is committed. One thread. */
#ifndef RIBTAPE_BASE_KAFKA_KAFKA_READER_H
#define RIBTAPE_BASE_KAFKA_KAFKA_READER_H

#include "base/kafka/kafka.h"

enum { KAFKA_READER_PATIENCE_MS = 10000 }; /* for a broker's answer at the start */

enum kafka_from { KAFKA_FROM_BEGINNING, KAFKA_FROM_END, KAFKA_FROM_TIME };

struct kafka_reader_options {
    const char *who; /* begins log lines: "ribtape tail"; borrowed */
    const struct log *log;
    const struct kafka_property *properties; /* any of librdkafka's; used by _new alone */
    size_t property_cnt;
    const char *const *topics;
    size_t topic_cnt;
    enum kafka_from from;
    uint64_t time_ms; /* KAFKA_FROM_TIME: since 1970 */
};

/* One message; borrowed until the next call. */
struct kafka_message {
    const char *topic;
    int32_t partition;
    int64_t offset;
    struct cur key;
    struct cur value;
    bool tombstone; /* no value at all */
};

enum kafka_read {
    KAFKA_READ_MESSAGE,
    KAFKA_READ_NONE,  /* in this time */
    KAFKA_READ_ENDED, /* all partitions were read to the ends they had */
    KAFKA_READ_FAILED /* err says why; whether to go on is the caller's choice */
};

struct kafka_reader;

/* Finds the topics' partitions, waiting up to KAFKA_READER_PATIENCE_MS for each answer. NULL
 * with a reason in err: no broker answers, a topic is not there, a property is wrong. What keeps
 * brokers from answering goes to the log, then and later: each reason once. */
struct kafka_reader *kafka_reader_new(const struct kafka_reader_options *o, char *err,
                                      size_t err_len);
void kafka_reader_free(struct kafka_reader *r); /* NULL is allowed */

/* Waits up to timeout_ms for the next message. KAFKA_READ_ENDED comes once. */
enum kafka_read kafka_reader_next(struct kafka_reader *r, int timeout_ms,
                                  struct kafka_message *m, char *err, size_t err_len);

/* Finds a header of the message that came last; borrowed as it is. Returns whether it has one.
 */
bool kafka_reader_header(const struct kafka_reader *r, const char *name, struct cur *value);

#endif
