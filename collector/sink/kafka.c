/* SPDX-License-Identifier: BSD-2-Clause */
/* kafka: the sink that publishes to Kafka. Floor F4.
 *
 * Records go to the producer as fast as it takes them; a checkpoint notes where we are and is
 * durable when everything before it is delivered, so the cursor follows the brokers' answers
 * and nothing waits for it. A producer that comes to its end is replaced, and what the cursor
 * does not cover is sent again with the same numbers. */
#include "collector/sink/sink.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/kafka/kafka.h"
#include "base/metrics.h"
#include "schemas/publish/publish.h"

enum {
    POLL_FRAMES = 64, /* frames between two looks at the brokers' answers */
    POLL_MS = 10,     /* patience with a full window */
};

struct sink_kafka {
    struct config *cfg;
    const struct log *log;
    const char *name; /* of this instance */
    char who[sizeof("sink ") + SINK_NAME_MAX]; /* the same for the log */
    struct kafka *k; /* NULL after a failure to replace it */
    struct publish *publish;
    struct publish_topic *topics; /* those of this instance's cursor */
    unsigned topic_cnt;
    struct registry *registry; /* NULL: none */
    struct filter **filters;   /* by topic, owned */
    struct kafka_property *properties;
    size_t property_cnt;
    unsigned since_poll;
    /* The trackers that end belong to an earlier life, and so do the counters they know. */
    bool reborn;
    struct kafka_counts counts;
    struct metric published, filtered, oversize; /* frames; values */
    const char *waits;    /* the topic that everything waits for, the producer's; or NULL */
    pthread_mutex_t lock; /* guards waits_for */
    char waits_for[KAFKA_TOPIC_NAME_MAX + 1]; /* the same for others, or "" */
};

/* ---- making ---- */

static int make_properties(struct sink_kafka *s)
{
    const struct config *c = s->cfg;
    size_t cnt = 1 + c->kafka.properties_cnt + c->kafka.property_files_cnt, n = 0;
    s->properties = calloc(cnt, sizeof(*s->properties));
    if (s->properties == NULL)
        return -1;
    s->properties[n++] = (struct kafka_property){"bootstrap.servers", c->kafka.brokers};
    for (size_t i = 0; i < c->kafka.properties_cnt; i++)
        s->properties[n++] =
            (struct kafka_property){c->kafka.properties[i].name, c->kafka.properties[i].value};
    for (size_t i = 0; i < c->kafka.property_files_cnt; i++)
        s->properties[n++] = (struct kafka_property){c->kafka.property_files[i].name,
                                                     c->kafka.property_files[i].value};
    s->property_cnt = n;
    return 0;
}

static int make_topics(struct sink_kafka *s)
{
    const struct config *c = s->cfg;
    char why[FILTER_ERROR_MAX];
    s->topics = calloc(c->kafka.topics_cnt + 1, sizeof(*s->topics));
    s->filters = calloc(c->kafka.topics_cnt + 1, sizeof(struct filter *));
    if (s->topics == NULL || s->filters == NULL)
        return -1;
    for (size_t i = 0; i < c->kafka.topics_cnt; i++) {
        const struct config_topic *t = &c->kafka.topics[i];
        if (!config_is_kafka(t->cursor, s->name))
            continue;
        if (t->filter[0] != '\0' &&
            (s->filters[i] = filter_new(t->filter, true, why)) == NULL) {
            log_line(s->log, LOG_LEVEL_ERROR, "%s: topic %s: filter: %s", s->who, t->name, why);
            return -1;
        }
        s->topics[s->topic_cnt++] = (struct publish_topic){
            .name = t->name,
            .format = (enum publish_format)t->format,
            .by_route = t->by_route,
            .headers = (enum publish_headers)t->headers,
            .filter = s->filters[i],
            .kafka = {.create = c->kafka.create_topics,
                      .partitions = t->partitions,
                      .replication = t->replication,
                      .retention_s = t->retention_s,
                      .compact = t->compact || t->format == PUBLISH_STATE},
        };
    }
    return 0;
}

static int make_registry(struct sink_kafka *s)
{
    const struct config *c = s->cfg;
    const struct registry_options o = {.who = s->who,
                                       .log = s->log,
                                       .url = c->kafka.registry.url,
                                       .user = c->kafka.registry.user,
                                       .password = c->kafka.registry.password,
                                       .ca_file = c->kafka.registry.ca};
    if (c->kafka.registry.url[0] == '\0')
        return 0;
    s->registry = registry_new(&o);
    return s->registry != NULL ? 0 : -1;
}

static struct kafka *make_producer(struct sink_kafka *s, char *err, size_t err_len)
{
    const struct kafka_options o = {.who = s->who,
                                    .log = s->log,
                                    .properties = s->properties,
                                    .property_cnt = s->property_cnt,
                                    .in_flight_max = s->cfg->kafka.buffer,
                                    .journal = true,
                                    .counts = &s->counts};
    return kafka_new(&o, err, err_len);
}

static struct publish *make_publish(struct sink_kafka *s, const void *state, size_t len)
{
    const struct publish_options o = {.collector = s->cfg->collector,
                                      .topics = s->topics,
                                      .topic_cnt = s->topic_cnt,
                                      .value_max = kafka_value_max(s->k),
                                      .keepalives = s->cfg->kafka.keepalives,
                                      .raw = s->cfg->kafka.raw,
                                      .has_shard = true,
                                      .registry = s->registry,
                                      .subject_by_topic = s->cfg->kafka.registry.by_topic};
    struct publish *p = publish_new(&o);
    if (p != NULL && publish_restore(p, state, len) != 0) {
        publish_free(p);
        return NULL;
    }
    return p;
}

/* Shows which topic the record at hand waits for. Records of all topics of the
 * instance share one cursor, so that all wait. */
static void show_wait(struct sink_kafka *s, const char *topic)
{
    if (topic == s->waits)
        return;
    s->waits = topic;
    pthread_mutex_lock(&s->lock);
    snprintf(s->waits_for, sizeof(s->waits_for), "%s", topic != NULL ? topic : "");
    pthread_mutex_unlock(&s->lock);
}

static void drop_life(struct sink_kafka *s)
{
    show_wait(s, NULL);
    publish_free(s->publish);
    kafka_free(s->k);
    s->publish = NULL;
    s->k = NULL;
}

/* A producer, and the counters of a checkpoint. */
static int new_life(struct sink_kafka *s, const void *state, size_t len, char *err,
                    size_t err_len)
{
    drop_life(s);
    s->reborn = true;
    s->k = make_producer(s, err, err_len);
    if (s->k == NULL) {
        errno = EINVAL;
        return -1;
    }
    s->publish = make_publish(s, state, len);
    if (s->publish != NULL)
        return 0;
    int saved = errno;
    snprintf(err, err_len, "counters of the last checkpoint: %s", strerror(errno));
    drop_life(s);
    errno = saved;
    return -1;
}

static void kafka_sink_close(void *self, bool clean)
{
    struct sink_kafka *s = self;
    (void)clean; /* the cursor says what is delivered */
    drop_life(s);
    registry_free(s->registry);
    for (size_t i = 0; s->filters != NULL && i < s->cfg->kafka.topics_cnt; i++)
        filter_free(s->filters[i]);
    free(s->filters);
    free(s->topics);
    free(s->properties);
    pthread_mutex_destroy(&s->lock);
    config_unref(s->cfg);
    free(s);
}

static void *kafka_sink_open(const struct sink_open *o, char *err, size_t err_len)
{
    char why[256] = "out of memory";
    struct sink_kafka *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        snprintf(err, err_len, "%s: %s", o->name, why);
        return NULL;
    }
    s->cfg = config_ref((struct config *)(uintptr_t)o->cfg);
    s->log = o->log;
    s->name = o->name;
    snprintf(s->who, sizeof(s->who), "sink %s", s->name);
    pthread_mutex_init(&s->lock, NULL);
    if (make_properties(s) == 0 && make_topics(s) == 0 && make_registry(s) == 0 &&
        new_life(s, o->state, o->len, why, sizeof(why)) == 0)
        return s;
    snprintf(err, err_len, "%s: %s", o->name, why);
    kafka_sink_close(s, false);
    return NULL;
}

/* ---- consuming ---- */

/* Hands over the records of the last frame. */
static enum sink_result hand_over(struct sink_kafka *s)
{
    enum kafka_sent rc = publish_flush(s->publish, s->k);
    if (rc == KAFKA_BUSY) {
        if (kafka_poll(s->k, POLL_MS) != 0)
            return SINK_FAIL;
        rc = publish_flush(s->publish, s->k);
    }
    show_wait(s, rc == KAFKA_BUSY ? kafka_waits_for(s->k) : NULL);
    if (rc == KAFKA_TOO_LARGE) /* publish knows the limit: it can't be */
        errno = EMSGSIZE;
    return rc == KAFKA_SENT ? SINK_OK : rc == KAFKA_BUSY ? SINK_BUSY : SINK_FAIL;
}

/* Ends what was kept of sessions and whose time is over: before an item, or (NULL) now. */
static enum sink_result end_overdue(struct sink_kafka *s, const struct track_item *next,
                                    uint64_t now_ns)
{
    int made;
    while ((made = publish_due(s->publish, next, now_ns)) > 0) {
        enum sink_result rc = hand_over(s);
        if (rc != SINK_OK)
            return rc;
    }
    return made == 0 ? SINK_OK : SINK_FAIL;
}

static enum sink_result kafka_sink_consume(void *self, struct track *t,
                                           const struct track_item *item)
{
    struct sink_kafka *s = self;
    s->reborn = false;
    enum sink_result rc = hand_over(s);
    if (rc == SINK_OK)
        rc = end_overdue(s, item, 0);
    if (rc != SINK_OK)
        return rc;
    if (++s->since_poll >= POLL_FRAMES) {
        s->since_poll = 0;
        if (kafka_poll(s->k, 0) != 0)
            return SINK_FAIL;
    }
    publish_track(s->publish, t);
    int made = publish_item(s->publish, item, NULL);
    if (made < 0)
        return SINK_FAIL;
    metric_add(made > 0 ? &s->published : &s->filtered, 1);
    metric_set(&s->oversize, publish_oversize(s->publish));
    /* The frame is consumed once its records are made: they wait with us. */
    if (made == 0)
        return SINK_FILTERED;
    return hand_over(s) == SINK_FAIL ? SINK_FAIL : SINK_OK;
}

/* A record of the ledger goes into the stream itself. */
static enum sink_result kafka_sink_slot_end(void *self, const struct sink_slot *slot)
{
    struct sink_kafka *s = self;
    struct buf b = {0};
    struct json j;
    enum sink_result rc = hand_over(s);
    if (rc != SINK_OK)
        return rc;
    json_init(&j, &b);
    struct emit *e = &j.emit;
    const struct record_meta m = {.time_ns = slot->end_s * NS_PER_S,
                                  .collector = s->cfg->collector,
                                  .source = RECORD_NO_SOURCE};
    record_begin(e, &m);
    emit_name(e, KEY("type"), "ledger");
    emit_u64(e, KEY("begin"), slot->begin_s);
    emit_u64(e, KEY("end"), slot->end_s);
    emit_name(e, KEY("sink"), s->name);
    ledger_emit(&(struct ledger_page){.ledger = slot->ledger, .place = slot->place}, e);
    emit_object_end(e);
    int made = b.failed ? -1 : publish_extra(s->publish, "ledger", m.time_ns, b.p, b.len);
    buf_free(&b);
    if (made < 0) {
        errno = ENOMEM;
        return SINK_FAIL;
    }
    return hand_over(s) == SINK_FAIL ? SINK_FAIL : SINK_OK;
}

static enum sink_result kafka_sink_tick(void *self, uint64_t now_ns)
{
    struct sink_kafka *s = self;
    enum sink_result rc = hand_over(s);
    if (rc == SINK_OK)
        rc = end_overdue(s, NULL, now_ns);
    if (rc == SINK_FAIL || kafka_poll(s->k, 0) != 0)
        return SINK_FAIL;
    return SINK_OK;
}

/* ---- checkpoints ---- */

static enum sink_result kafka_sink_checkpoint(void *self, struct buf *state)
{
    struct sink_kafka *s = self;
    enum sink_result rc = hand_over(s);
    if (rc != SINK_OK)
        return rc;
    publish_save(s->publish, state);
    kafka_mark(s->k);
    return SINK_OK;
}

static enum sink_result kafka_sink_confirm(void *self)
{
    struct sink_kafka *s = self;
    if (kafka_poll(s->k, 0) != 0)
        return SINK_FAIL;
    return kafka_mark_reached(s->k) ? SINK_OK : SINK_BUSY;
}

static enum sink_result kafka_sink_rewind(void *self, const void *state, size_t len)
{
    struct sink_kafka *s = self;
    char err[256];
    if (new_life(s, state, len, err, sizeof(err)) == 0)
        return SINK_OK;
    log_line(s->log, LOG_LEVEL_ERROR, "%s: %s", s->who, err);
    return SINK_FAIL;
}

/* ---- the tracker's hooks ---- */

static void peer_gone(void *arg, struct track_source *source, struct track_peer *p)
{
    struct sink_kafka *s = arg;
    if (!s->reborn)
        publish_peer_gone(s->publish, source, p);
}

static void source_gone(void *arg, struct track_source *source)
{
    struct sink_kafka *s = arg;
    if (!s->reborn)
        publish_source_gone(s->publish, source);
}

/* ---- metrics ---- */

static void put_wait(struct sink_kafka *s, struct buf *b)
{
    static const char name[] = "ribtape_kafka_waits_for_topic";
    char topic[KAFKA_TOPIC_NAME_MAX + 1];
    pthread_mutex_lock(&s->lock);
    memcpy(topic, s->waits_for, sizeof(topic));
    pthread_mutex_unlock(&s->lock);
    const char *const labels[] = {"sink", s->name, "topic", topic, NULL};
    metrics_family(b, name, "gauge",
                   "1 for the topic that is not there and that all records of the sink wait for.");
    if (topic[0] != '\0')
        metrics_sample(b, name, labels, 1);
}

static void kafka_sink_metrics(void *self, struct buf *b)
{
    struct sink_kafka *s = self;
    const char *const labels[] = {"sink", s->name, NULL};
    const struct {
        const char *name, *type, *help;
        const struct metric *m;
    } row[] = {
        {"ribtape_kafka_records_total", "counter", "Records that brokers confirmed.",
         &s->counts.records},
        {"ribtape_kafka_bytes_total", "counter", "Octets of keys and values confirmed.",
         &s->counts.octets},
        {"ribtape_kafka_published_frames_total", "counter",
         "Frames that became records, again after a failure included.", &s->published},
        {"ribtape_kafka_filtered_total", "counter", "Frames without a record.", &s->filtered},
        {"ribtape_kafka_oversize_total", "counter",
         "Records too long for message.max.bytes, left out or replaced by one that says so.", &s->oversize},
        {"ribtape_kafka_errors_total", "counter", "Errors that librdkafka told of.",
         &s->counts.errors},
        {"ribtape_kafka_in_flight_records", "gauge", "Records sent and not confirmed yet.",
         &s->counts.in_flight},
        {"ribtape_kafka_in_flight_bytes", "gauge", "The same in octets, overhead included.",
         &s->counts.in_flight_octets},
        {"ribtape_kafka_brokers_down", "gauge", "1 while no broker answers.", &s->counts.down},
        {"ribtape_kafka_topics_missing", "gauge", "Topics that wait to be there.",
         &s->counts.topics_missing},
        {"ribtape_kafka_topics_differing", "gauge",
         "Topics that are not what the configuration says.", &s->counts.topics_differing},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        metrics_family(b, row[i].name, row[i].type, row[i].help);
        metrics_sample(b, row[i].name, labels, (double)metric_get(row[i].m));
    }
    put_wait(s, b);
}

const struct sink_ops sink_kafka = {
    .name = "kafka",
    .open = kafka_sink_open,
    .consume = kafka_sink_consume,
    .tick = kafka_sink_tick,
    .slot_end = kafka_sink_slot_end,
    .checkpoint = kafka_sink_checkpoint,
    .confirm = kafka_sink_confirm,
    .rewind = kafka_sink_rewind,
    .metrics = kafka_sink_metrics,
    .close = kafka_sink_close,
    .hooks = {.peer_gone = peer_gone, .source_gone = source_gone, .keep_bmp = true},
};
