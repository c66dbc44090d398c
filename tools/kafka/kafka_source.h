/* SPDX-License-Identifier: BSD-2-Clause */
/* kafka_source: which topics of which brokers a command reads, by its options. Floor F4. */
#ifndef RIBTAPE_TOOLS_KAFKA_KAFKA_SOURCE_H
#define RIBTAPE_TOOLS_KAFKA_KAFKA_SOURCE_H

#include "base/cli.h"
#include "base/kafka/kafka_reader.h"

enum { KAFKA_SOURCE_TOPICS_MAX = 100, KAFKA_SOURCE_PROPERTIES_MAX = 100 };

/* What the options said; the first member of what the command's table writes to. Zero: nothing.
 */
struct kafka_source {
    const char *topics[KAFKA_SOURCE_TOPICS_MAX];
    struct kafka_property properties[KAFKA_SOURCE_PROPERTIES_MAX]; /* owned */
    size_t topic_cnt, property_cnt;
    bool brokers; /* some were named */
};

/* For rows of a command's table (base/cli.h). */
bool kafka_take_brokers(void *into, const struct cli_option *o, const char *value, char *err);
bool kafka_take_topic(void *into, const struct cli_option *o, const char *value, char *err);
bool kafka_take_property(void *into, const struct cli_option *o, const char *value, char *err);

#define KAFKA_BROKERS_OPTION                                                                   \
    {.name = "brokers",                                                                        \
     .letter = 'b',                                                                            \
     .value = "HOST:PORT,...",                                                                 \
     .help = "Kafka: where to begin.",                                                         \
     .take = kafka_take_brokers}
#define KAFKA_TOPIC_OPTION                                                                     \
    {.name = "topic",                                                                          \
     .letter = 't',                                                                            \
     .value = "NAME",                                                                          \
     .help = "Kafka: may be repeated; default: ribtape.",                                      \
     .take = kafka_take_topic}
#define KAFKA_PROPERTY_OPTION                                                                  \
    {.name = "property",                                                                       \
     .letter = 'X',                                                                            \
     .value = "NAME=VALUE",                                                                    \
     .help = "Any of librdkafka's; NAME=@FILE takes the value from a file.",                   \
     .take = kafka_take_property}

/* Opens the topics (without any: "ribtape"). `who` begins log lines. Returns as kafka_reader_new. */
struct kafka_reader *kafka_source_open(struct kafka_source *s, const char *who,
                                       enum kafka_from from,
                                       uint64_t time_ms, char *err, size_t err_len);

/* Frees what the options own, and overwrites the values: they may be secrets. */
void kafka_source_clear(struct kafka_source *s);

#endif
