/* SPDX-License-Identifier: BSD-2-Clause */
/* out_kafka: records into a topic of Kafka, keyed and numbered as the daemon's. Floor F4.
 *
 * Waits when brokers are slow, so that memory stays bounded; gives up when none has confirmed
 * anything for PATIENCE_S. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "schemas/publish/publish.h"
#include "tools/decode/decode.h"

enum { PATIENCE_S = 120, WAIT_MS = 100, IN_FLIGHT_MAX = 8 << 20 };

static const struct log told = {.fd = 2, .level = LOG_LEVEL_WARN};

struct state {
    struct kafka *k;
    struct kafka_counts counts;
    struct publish_topic topic;
    struct publish *publish;
    uint64_t confirmed, since_ns; /* when that changed last */
};

static void fail(struct decode *d, const char *reason)
{
    decode_tell(d, DECODE_UNREADABLE, "kafka: %s", reason);
    d->out_failed = true;
}

static void drop_kafka(struct decode *d)
{
    struct state *s = d->output_state;
    if (s == NULL)
        return;
    publish_free(s->publish);
    kafka_free(s->k);
}

static bool make(struct decode *d, struct state *s)
{
    char err[256];
    const struct decode_kafka_options *o = &d->o.kafka;
    const struct kafka_options ko = {.who = "ribtape decode: kafka",
                                     .log = &told,
                                     .properties = o->properties,
                                     .property_cnt = o->property_cnt,
                                     .in_flight_max = IN_FLIGHT_MAX,
                                     .counts = &s->counts};
    s->k = kafka_new(&ko, err, sizeof err);
    if (s->k == NULL) {
        fail(d, err);
        return false;
    }
    s->topic = (struct publish_topic){
        .name = o->topic,
        .format = (enum publish_format)o->format,
        .by_route = d->o.explode,
        .kafka = {.create = true, .partitions = o->partitions, .keep_forever = true}};
    const struct publish_options po = {.collector = o->collector,
                                       .topics = &s->topic,
                                       .topic_cnt = 1,
                                       .value_max = kafka_value_max(s->k),
                                       .keepalives = d->o.record.keepalives,
                                       .raw = d->o.record.raw,
                                       .rib_update = decode_rib_update};
    s->publish = publish_new(&po);
    if (s->publish == NULL)
        fail(d, "out of memory");
    return s->publish != NULL;
}

static struct state *state_of(struct decode *d)
{
    if (d->output_state != NULL)
        return d->output_state;
    struct state *s = calloc(1, sizeof *s);
    d->output_state = s;
    if (s == NULL)
        fail(d, "out of memory");
    else if (make(d, s))
        s->since_ns = clock_monotonic_ns();
    return d->out_failed ? NULL : s;
}

/* Lets brokers answer. Returns false when there is no use waiting. */
static bool wait_for_brokers(struct decode *d, struct state *s)
{
    if (kafka_poll(s->k, WAIT_MS) != 0) {
        fail(d, "records were refused");
        return false;
    }
    uint64_t confirmed = metric_get(&s->counts.records), now = clock_monotonic_ns();
    if (confirmed != s->confirmed)
        s->since_ns = now;
    s->confirmed = confirmed;
    if (now - s->since_ns < PATIENCE_S * NS_PER_S)
        return true;
    fail(d, "no broker has confirmed anything for two minutes");
    return false;
}

static void hand_over(struct decode *d, struct state *s)
{
    enum kafka_sent rc;
    while ((rc = publish_flush(s->publish, s->k)) == KAFKA_BUSY) {
        if (!wait_for_brokers(d, s))
            return;
    }
    if (rc != KAFKA_SENT)
        fail(d, "records were refused");
}

/* A record that could not be walked. */
static int put_raw(struct state *s, const struct decode_event *ev, const char *collector)
{
    struct buf b = {0};
    struct json j;
    json_init(&j, &b);
    int made = record_mrt_raw(&j.emit, collector, ev->rec, ev->fault);
    if (made > 0)
        made = b.failed
                   ? -1
                   : publish_extra(s->publish, "mrt", record_mrt_time(ev->rec), b.p, b.len);
    buf_free(&b);
    return made;
}

static void write_kafka(struct decode *d, const struct decode_event *ev)
{
    struct state *s = state_of(d);
    int made;
    if (s == NULL)
        return;
    if (ev->walk != NULL) {
        made = publish_mrt(s->publish, ev->walk, ev->ctx, ev->routes);
    } else if (ev->rec != NULL) {
        made = put_raw(s, ev, d->o.kafka.collector);
    } else {
        struct track_item item = *ev->item;
        item.ctx = ev->ctx;
        publish_track(s->publish, ev->track);
        publish_pcap(s->publish, d->o.record.pcap);
        made = publish_item(s->publish, &item, ev->routes);
    }
    if (made < 0)
        fail(d, "out of memory");
    else
        hand_over(d, s);
}

static void end_kafka(struct decode *d)
{
    struct state *s = d->output_state;
    while (s != NULL && !d->out_failed && kafka_in_flight(s->k) > 0)
        wait_for_brokers(d, s);
}

/* ---- options ---- */

static const struct {
    const struct decode_output *output;
    enum publish_format format;
} topic_formats[] = {
    {&decode_json, PUBLISH_JSON},       {&decode_explode, PUBLISH_JSON},
    {&decode_avro, PUBLISH_AVRO},       {&decode_avro_routes, PUBLISH_AVRO},
    {&decode_openbmp, PUBLISH_OPENBMP}, {&decode_ris_live, PUBLISH_RIS_LIVE},
};

/* Returns a reason, or NULL. */
static const char *settle_format(struct decode_options *o)
{
    for (size_t i = 0; i < sizeof topic_formats / sizeof topic_formats[0]; i++) {
        if (topic_formats[i].output == o->output) {
            o->kafka.format = topic_formats[i].format;
            return NULL;
        }
    }
    return "--output kafka takes json, avro, openbmp and ris-live";
}

const char *decode_settle_kafka(struct decode_options *o)
{
    bool brokers = false;
    for (size_t i = 0; i < o->kafka.property_cnt; i++)
        brokers |= strcmp(o->kafka.properties[i].name, "bootstrap.servers") == 0;
    if (!o->kafka.on)
        return o->kafka.property_cnt > 0 || o->kafka.topic != NULL || o->kafka.partitions > 0 ||
                       o->kafka.collector != NULL
                   ? "--brokers, --topic, --collector, --partitions and --property are for "
                     "--output kafka"
                   : NULL;
    const char *wrong = settle_format(o);
    if (wrong != NULL)
        return wrong;
    if (!brokers || o->kafka.topic == NULL)
        return "--output kafka needs --brokers and --topic";
    if (publish_check_name_of((enum publish_format)o->kafka.format, o->kafka.topic) != NULL)
        return "--topic with {type} is not for openbmp: its messages make no sense apart";
    o->output = o->explode ? &decode_kafka_routes : &decode_kafka;
    return NULL;
}

const struct decode_output decode_kafka = {
    .name = "kafka", .write = write_kafka, .end = end_kafka, .drop = drop_kafka};
const struct decode_output decode_kafka_routes = {.name = "kafka-routes",
                                                  .write = write_kafka,
                                                  .end = end_kafka,
                                                  .drop = drop_kafka,
                                                  .routes = true};
