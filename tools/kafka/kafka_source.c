/* SPDX-License-Identifier: BSD-2-Clause */
/* kafka_source: options about brokers and topics. Floor F4. */
#include "tools/kafka/kafka_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/tool.h"

/* Adds a property; `value` becomes its own, or is freed. */
static bool add_property(struct kafka_source *s, const char *name, size_t len, char *value,
                         char *err)
{
    if (s->property_cnt == KAFKA_SOURCE_PROPERTIES_MAX) {
        snprintf(err, CLI_ERROR_MAX, "there are more than %d", KAFKA_SOURCE_PROPERTIES_MAX);
        free(value);
        return false;
    }
    char *copy = strndup(name, len);
    s->properties[s->property_cnt++] = (struct kafka_property){copy, value};
    return copy != NULL && value != NULL;
}

bool kafka_take_brokers(void *into, const struct cli_option *o, const char *value, char *err)
{
    static const char name[] = "bootstrap.servers";
    struct kafka_source *s = into;
    (void)o;
    s->brokers = true;
    return add_property(s, name, sizeof name - 1, strdup(value), err);
}

bool kafka_take_topic(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct kafka_source *s = into;
    (void)o;
    if (s->topic_cnt == KAFKA_SOURCE_TOPICS_MAX) {
        snprintf(err, CLI_ERROR_MAX, "there are more than %d", KAFKA_SOURCE_TOPICS_MAX);
        return false;
    }
    s->topics[s->topic_cnt++] = value;
    return true;
}

bool kafka_take_property(void *into, const struct cli_option *o, const char *value, char *err)
{
    const char *equals = strchr(value, '=');
    (void)o;
    if (equals == NULL || equals == value) {
        snprintf(err, CLI_ERROR_MAX, "must be NAME=VALUE or NAME=@FILE");
        return false;
    }
    char *text = equals[1] == '@' ? tool_read_text(equals + 2) : strdup(equals + 1);
    if (text == NULL) {
        snprintf(err, CLI_ERROR_MAX, "%s can't be read", equals + 2);
        return false;
    }
    return add_property(into, value, (size_t)(equals - value), text, err);
}

struct kafka_reader *kafka_source_open(struct kafka_source *s, const char *who,
                                       enum kafka_from from, uint64_t time_ms, char *err, size_t err_len)
{
    static const struct log told = {.fd = 2, .level = LOG_LEVEL_WARN};
    if (s->topic_cnt == 0)
        s->topics[s->topic_cnt++] = "ribtape";
    const struct kafka_reader_options o = {.who = who,
                                           .log = &told,
                                           .properties = s->properties,
                                           .property_cnt = s->property_cnt,
                                           .topics = s->topics,
                                           .topic_cnt = s->topic_cnt,
                                           .from = from,
                                           .time_ms = time_ms};
    return kafka_reader_new(&o, err, err_len);
}

void kafka_source_clear(struct kafka_source *s)
{
    for (size_t i = 0; i < s->property_cnt; i++) {
        char *value = (char *)(uintptr_t)s->properties[i].value;
        if (value != NULL)
            explicit_bzero(value, strlen(value));
        free(value);
        free((char *)(uintptr_t)s->properties[i].name);
    }
    s->property_cnt = 0;
}
