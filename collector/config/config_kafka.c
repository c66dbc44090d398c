/* SPDX-License-Identifier: BSD-2-Clause */
/* config_kafka: the options of the Kafka sink, and what does not go together. Floor F4. */
#include "collector/config/config_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/kafka/kafka.h"
#include "schemas/publish/publish.h"

/* clang-format off */

#define END {.key = NULL}
#define ROW(k, t, member, d, text)                                                       \
    .key = k, .type = &config_type_##t, .off = offsetof(struct ROW_STRUCT, member), .def = d, .doc = text
#define MIB (UINT64_C(1) << 20)

#define FORMAT_NAME(NAME, text) {text, PUBLISH_##NAME},
static const struct config_name format_names[] = {PUBLISH_FORMAT_MAP(FORMAT_NAME) {NULL, 0}};
#define HEADERS_NAME(NAME, text) {text, PUBLISH_HEADERS_##NAME},
static const struct config_name headers_names[] = {PUBLISH_HEADERS_MAP(HEADERS_NAME) {NULL, 0}};
static const struct config_name granularity_names[] = {{"message", 0}, {"route", 1}, {NULL, 0}};

#define ROW_STRUCT config_pair
static const struct config_field property_fields[] = {
    {ROW("name",  text,   name,  NULL, "librdkafka's name of it"), .required = true},
    {ROW("value", secret, value, NULL, "a text, or ${NAME} to take it from the environment"), .required = true},
    END};
static const struct config_field property_file_fields[] = {
    {ROW("name",  text,        name,  NULL, "librdkafka's name of it"), .required = true},
    {ROW("value", secret_file, value, NULL, "a file that holds it"), .required = true},
    END};
#undef ROW_STRUCT

#define ROW_STRUCT config_topic
static const struct config_field topic_fields[] = {
    {ROW("name", text, name, "ribtape", "of it; may hold {collector}, {router}, {peer_asn} and {type}"), .required = true},
    {ROW("cursor", text, cursor, "", "entries with the same name are published apart from all others, by a sink kafka-NAME; \"\": by the common one")},
    {ROW("format", choice, format, "json", "of the records: json, avro; state: the table, compacted; openbmp: BMP as OpenBMP's bmp_raw; ris-live: RIS Live's JSON"), .names = format_names},
    {ROW("granularity", choice_bool, by_route, "message", "a record per message or per route"), .names = granularity_names},
    {ROW("headers", choice, headers, "auto", "packed: collector, type, v, and all numbers in one (at); each: a header for each number instead; one: at alone; auto: packed, but one for openbmp"), .names = headers_names},
    {ROW("filter", text, filter, "", "only messages (or routes) that this holds for (docs/filters.md); \"\": all")},
    {ROW("partitions", u32, partitions, "0", "of a topic we create; 0: the broker's default"), .max = 10000},
    {ROW("replication", u32, replication, "0", "the same"), .max = 100},
    {ROW("retention", duration32, retention_s, "0", "the same"), .max = UINT32_MAX},
    {ROW("compact", bool, compact, "false", "of a topic we create: keep the last record of each key")},
    END};
#undef ROW_STRUCT

static const struct config_name subject_names[] = {{"record", 0}, {"topic", 1}, {NULL, 0}};

#define ROW_STRUCT config
static const struct config_field registry_fields[] = {
    {ROW("url", text, kafka.registry.url, "", "http(s)://HOST:PORT of Confluent's interface; \"\": none, values are single-object encoded")},
    {ROW("subject", choice_bool, kafka.registry.by_topic, "record", "record: ribtape.v1.Record; topic: NAME-value for each topic"), .names = subject_names},
    {ROW("user", text, kafka.registry.user, "", "for basic authentication; \"\": none")},
    {ROW("password", secret, kafka.registry.password, NULL, "or ${NAME} to take it from the environment")},
    {ROW("password_file", secret_file, kafka.registry.password, NULL, "or a file that holds it"), .alias = true},
    {ROW("ca", text, kafka.registry.ca, "", "PEM file of CAs; \"\": the system's")},
    END};

const struct config_field config_kafka_fields[] = {
    {ROW("enabled", bool, kafka.enabled, "false", "publish records to Apache Kafka")},
    {ROW("brokers", text, kafka.brokers, "", "where to begin: HOST:PORT,HOST:PORT")},
    {.key = "properties", .off = offsetof(struct config, kafka.properties), .sub = property_fields,
     .item_size = sizeof(struct config_pair), .pairs = true,
     .doc = "any property of librdkafka, NAME: VALUE; ${NAME} takes a value from the environment"},
    {.key = "property_files", .off = offsetof(struct config, kafka.property_files), .sub = property_file_fields,
     .item_size = sizeof(struct config_pair), .pairs = true,
     .doc = "the same, NAME: FILE that holds the value"},
    {ROW("create_topics", bool, kafka.create_topics, "true", "create the topics that are not there; else wait for them")},
    {ROW("buffer", size64, kafka.buffer, "8MiB", "records that the brokers have not confirmed yet; the others wait in the journal"), .min = MIB, .max = 1024 * MIB},
    {ROW("keepalives", bool, kafka.keepalives, "false", "records for KEEPALIVEs, too")},
    {ROW("raw", bool, kafka.raw, "false", "add each message's octets as hex")},
    {.key = "topics", .off = offsetof(struct config, kafka.topics), .sub = topic_fields,
     .item_size = sizeof(struct config_topic),
     .doc = "any number; without this list one, ribtape"},
    {.key = "registry", .doc = "gives Avro's schema a number (docs/kafka.md)", .sub = registry_fields},
    END};

/* clang-format on */

int config_add_topic(struct config *c)
{
    struct config_topic *t = calloc(1, sizeof *t);
    if (t == NULL)
        return -1;
    c->kafka.topics = t;
    c->kafka.topics_cnt = 1;
    return config_table_init(topic_fields, t);
}

/* ---- who publishes what ---- */

void config_kafka_name(char dst[SINK_NAME_MAX + 1], const char *cursor)
{
    bool common = cursor == NULL || cursor[0] == '\0';
    snprintf(dst, SINK_NAME_MAX + 1, "kafka%s%s", common ? "" : "-", common ? "" : cursor);
}

bool config_is_kafka(const char *cursor, const char *name)
{
    char own[SINK_NAME_MAX + 1];
    config_kafka_name(own, cursor);
    return strcmp(own, name) == 0;
}

/* Returns the first of a sink's topics from number `i` on, or how many topics there are. */
static size_t own_topic(const struct config *c, const char *name, size_t i)
{
    while (i < c->kafka.topics_cnt && !config_is_kafka(c->kafka.topics[i].cursor, name))
        i++;
    return i;
}

bool config_has_kafka(const struct config *c, const char *name)
{
    return own_topic(c, name, 0) < c->kafka.topics_cnt;
}

static bool same_topics(const struct config *a, const struct config *b, const char *name)
{
    size_t i = own_topic(a, name, 0), k = own_topic(b, name, 0);
    while (i < a->kafka.topics_cnt && k < b->kafka.topics_cnt) {
        if (!config_table_same(topic_fields, &a->kafka.topics[i], &b->kafka.topics[k]))
            return false;
        i = own_topic(a, name, i + 1);
        k = own_topic(b, name, k + 1);
    }
    return i == a->kafka.topics_cnt && k == b->kafka.topics_cnt;
}

bool config_same_kafka(const struct config *a, const struct config *b, const char *name)
{
    bool same = strcmp(a->collector, b->collector) == 0 && same_topics(a, b, name) &&
                a->archive.slot_s == b->archive.slot_s;
    for (const struct config_field *f = config_kafka_fields; f->key != NULL && same; f++) {
        const struct config_field one[] = {*f, END};
        if (strcmp(f->key, "topics") != 0)
            same = config_table_same(one, a, b);
    }
    return same;
}

const char *config_moved_topic(const struct config *a, const struct config *b)
{
    for (size_t i = 0; i < a->kafka.topics_cnt; i++) {
        const struct config_topic *x = &a->kafka.topics[i];
        for (size_t k = 0; k < b->kafka.topics_cnt; k++) {
            const struct config_topic *y = &b->kafka.topics[k];
            if (strcmp(x->name, y->name) == 0 && strcmp(x->cursor, y->cursor) != 0)
                return x->name;
        }
    }
    return NULL;
}

/* ---- what does not go together ---- */

static void check_properties(struct config_loader *ld, const struct config_pair *p, size_t cnt)
{
    char why[256];
    for (size_t i = 0; i < cnt; i++) {
        unsigned line = config_line(ld, &p[i], "");
        if (p[i].name == NULL || p[i].value == NULL)
            continue; /* an error already */
        const struct kafka_property one = {p[i].name, p[i].value};
        if (strcmp(p[i].name, "bootstrap.servers") == 0 ||
            strcmp(p[i].name, "metadata.broker.list") == 0) /* librdkafka's other word for it */
            config_complain(ld, line, "%s: is set by kafka.brokers", p[i].name);
        else if (kafka_check_property(&one, why, sizeof why) != 0)
            config_complain(ld, line, "%s", why);
    }
}

static bool in_pairs(const struct config_pair *p, size_t cnt, const char *name)
{
    for (size_t i = 0; i < cnt; i++) {
        if (p[i].name != NULL && strcmp(p[i].name, name) == 0)
            return true;
    }
    return false;
}

/* The table has a key for each route, and its topic keeps the last record of each. */
static void check_state(struct config_loader *ld, const struct config_topic *t)
{
    unsigned line = config_line(ld, &t->compact, "compact");
    if (t->format != PUBLISH_STATE)
        return;
    if (line != 0 && !t->compact)
        config_complain(ld, line, "compact: a topic of format state is always compacted");
    line = config_line(ld, &t->by_route, "granularity");
    if (line != 0 && !t->by_route)
        config_complain(ld, line, "granularity: format state has a record per route");
    if (t->headers == PUBLISH_HEADERS_ONE)
        config_complain(ld, config_line(ld, &t->headers, "headers"),
                        "headers: format state has packed or each");
    if (t->filter != NULL && t->filter[0] != '\0') /* a route that no longer passes would stay */
        config_complain(ld, config_line(ld, &t->filter, "filter"),
                        "filter: a topic of format state has all routes");
}

static void check_granularity(struct config_loader *ld, const struct config_topic *t)
{
    const char *reason = publish_check_by_route((enum publish_format)t->format);
    if (t->by_route && reason != NULL)
        config_complain(ld, config_line(ld, &t->by_route, "granularity"), "granularity: %s",
                        reason);
}

/* The name becomes that of a file, and a label. */
static void check_cursor(struct config_loader *ld, const struct config_topic *t)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t len = t->cursor != NULL ? strlen(t->cursor) : 0;
    if (len > CONFIG_CURSOR_LEN_MAX || (len > 0 && strspn(t->cursor, allowed) != len))
        config_complain(ld, config_line(ld, &t->cursor, "cursor"),
                        "cursor: \"%.100s\" is not up to %d letters, digits, - and _", t->cursor,
                        CONFIG_CURSOR_LEN_MAX);
}

static bool is_first_of_cursor(const struct config *c, size_t i)
{
    const char *cursor = c->kafka.topics[i].cursor;
    if (cursor == NULL || cursor[0] == '\0')
        return false;
    for (size_t k = 0; k < i; k++) {
        const char *other = c->kafka.topics[k].cursor;
        if (other != NULL && strcmp(other, cursor) == 0)
            return false;
    }
    return true;
}

/* Each has a thread and a producer. */
static void check_cursors(struct config_loader *ld, const struct config *c)
{
    unsigned cnt = 0;
    for (size_t i = 0; i < c->kafka.topics_cnt; i++) {
        const struct config_topic *t = &c->kafka.topics[i];
        check_cursor(ld, t);
        if (is_first_of_cursor(c, i) && ++cnt == CONFIG_CURSORS_MAX + 1)
            config_complain(ld, config_line(ld, &t->cursor, "cursor"),
                            "cursor: more than %d different ones", CONFIG_CURSORS_MAX);
    }
}

static void check_topics(struct config_loader *ld, const struct config *c)
{
    for (size_t i = 0; i < c->kafka.topics_cnt; i++) {
        const struct config_topic *t = &c->kafka.topics[i];
        unsigned line = config_line(ld, &t->name, "name");
        enum publish_format format = (enum publish_format)t->format;
        const char *reason = t->name != NULL ? publish_check_name_of(format, t->name) : NULL;
        if (reason != NULL)
            config_complain(ld, line, "name: \"%.100s\" %s", t->name, reason);
        config_check_filter(ld, &t->filter);
        check_state(ld, t);
        check_granularity(ld, t);
        for (size_t k = 0; k < i && t->name != NULL; k++) {
            const struct config_topic *other = &c->kafka.topics[k];
            if (other->name != NULL && strcmp(other->name, t->name) == 0)
                config_complain(ld, line, "name: the same as in line %u",
                                config_line(ld, &other->name, "name"));
        }
    }
}

static void check_registry(struct config_loader *ld, const struct config *c)
{
    char *const *password = &c->kafka.registry.password;
    unsigned line = config_line(ld, password, "password_file");
    const char *url = c->kafka.registry.url;
    if (line != 0 && config_line(ld, password, "password") != 0)
        config_complain(ld, line, "password_file: password is given, too");
    if (url[0] != '\0' && strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        config_complain(ld, config_line(ld, &c->kafka.registry.url, "url"),
                        "url: must begin with http:// or https://");
}

/* What single properties don't show: those that exclude each other, files that are not there. */
static void check_producer(struct config_loader *ld, const struct config *c)
{
    size_t cnt = 0;
    char why[256];
    struct kafka_property *p = calloc(c->kafka.properties_cnt + c->kafka.property_files_cnt + 1,
                                      sizeof *p);
    if (p == NULL)
        return;
    for (size_t i = 0; i < c->kafka.properties_cnt; i++)
        p[cnt++] = (struct kafka_property){c->kafka.properties[i].name, c->kafka.properties[i].value};
    for (size_t i = 0; i < c->kafka.property_files_cnt; i++)
        p[cnt++] = (struct kafka_property){c->kafka.property_files[i].name,
                                           c->kafka.property_files[i].value};
    if (kafka_check_properties(p, cnt, why, sizeof why) != 0)
        config_complain(ld, config_line(ld, &c->kafka.enabled, "enabled"),
                        "properties: librdkafka: %s", why);
    free(p);
}

void config_check_kafka(struct config_loader *ld, const struct config *c)
{
    check_registry(ld, c);
    if (c->kafka.enabled && c->kafka.brokers[0] == '\0')
        config_complain(ld, config_line(ld, &c->kafka.enabled, "enabled"),
                        "enabled: needs kafka.brokers");
    check_properties(ld, c->kafka.properties, c->kafka.properties_cnt);
    check_properties(ld, c->kafka.property_files, c->kafka.property_files_cnt);
    for (size_t i = 0; i < c->kafka.property_files_cnt; i++) {
        const struct config_pair *p = &c->kafka.property_files[i];
        if (p->name != NULL && in_pairs(c->kafka.properties, c->kafka.properties_cnt, p->name))
            config_complain(ld, config_line(ld, p, ""), "%s: is in kafka.properties, too",
                            p->name);
    }
    if (c->kafka.topics_cnt > CONFIG_TOPICS_MAX)
        config_complain(ld, config_line(ld, &c->kafka.topics, "topics"), "topics: more than %d",
                        CONFIG_TOPICS_MAX);
    else {
        check_topics(ld, c);
        check_cursors(ld, c);
    }
    if (c->kafka.enabled && !config_complained(ld))
        check_producer(ld, c);
}
