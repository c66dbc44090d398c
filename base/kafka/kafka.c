/* SPDX-License-Identifier: BSD-2-Clause */
/* kafka: configuration, sending, and what librdkafka reports. Floor F0. */
#include "base/kafka/kafka.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/kafka/kafka_int.h"

/* What stands beside a value, and the least there must be in all. */
enum { BESIDE_VALUE = 2048, MESSAGE_MAX_MIN = 10000 };

/* So many notes (kafka_mark) have numbers of their own; they fit beside a front. */
static const uintptr_t MARKS = UINTPTR_MAX / KAFKA_FRONTS;

/* ---- properties ---- */

/* Order, completeness and bounded memory rest on these. */
static const struct kafka_property ours[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"message.timeout.ms", "0"}, /* a record never expires; the journal waits with it */
    {"queue.buffering.max.messages", "0"}, /* in_flight_max bounds them */
    {"log.queue", "true"},
};

/* The same by another name, or what contradicts them. */
static const char *const refused[] = {"request.required.acks",    "delivery.timeout.ms",
                                      "transactional.id",         "queue.buffering.max.kbytes",
                                      "enable.gapless.guarantee", "delivery.report.only.error"};

/* What an operator may change. */
static const struct kafka_property defaults[] = {
    {"client.id", "ribtape"},
    {"compression.codec", "lz4"},
    {"partitioner", "murmur2_random"}, /* as Java's producers */
    {"reconnect.backoff.max.ms", "10000"},
    {"linger.ms", "10"}, /* fuller batches cost less, here and there */
};

static bool is_ours(const char *name)
{
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (strcmp(ours[i].name, name) == 0)
            return true;
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (strcmp(refused[i], name) == 0)
            return true;
    }
    return false;
}

/* librdkafka's own reasons quote values, and these may be secrets. */
int kafka_set(rd_kafka_conf_t *conf, const struct kafka_property *p, char *err, size_t err_len)
{
    char unused[256];
    switch (rd_kafka_conf_set(conf, p->name, p->value, unused, sizeof unused)) {
    case RD_KAFKA_CONF_OK:
        return 0;
    case RD_KAFKA_CONF_UNKNOWN:
        snprintf(err, err_len, "librdkafka has no property \"%s\"", p->name);
        break;
    case RD_KAFKA_CONF_INVALID:
        snprintf(err, err_len, "librdkafka does not take this value of \"%s\"", p->name);
        break;
    }
    return -1;
}

int kafka_check_property(const struct kafka_property *p, char *err, size_t err_len)
{
    if (is_ours(p->name)) {
        snprintf(err, err_len, "\"%s\" is not for changing: order and completeness rest on it",
                 p->name);
        return -1;
    }
    if (strcmp(p->name, "partitioner") == 0 && strcmp(p->value, "random") == 0) {
        snprintf(err, err_len, "partitioner must go by the key: a peer's records have one order");
        return -1;
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int rc = kafka_set(conf, p, err, err_len);
    rd_kafka_conf_destroy(conf);
    if (rc == 0 && strcmp(p->name, "message.max.bytes") == 0 &&
        strtoul(p->value, NULL, 10) < MESSAGE_MAX_MIN) {
        snprintf(err, err_len, "message.max.bytes must be %d or more", MESSAGE_MAX_MIN);
        rc = -1;
    }
    return rc;
}

static int set_all(rd_kafka_conf_t *conf, const struct kafka_property *p, size_t cnt, char *err,
                   size_t err_len)
{
    for (size_t i = 0; i < cnt; i++) {
        if (kafka_set(conf, &p[i], err, err_len) != 0)
            return -1;
    }
    return 0;
}

static int configure(rd_kafka_conf_t *conf, const struct kafka_options *o, char *err,
                     size_t err_len)
{
    /* Ours comes first to be full: what librdkafka counts beside the payload is less than what
     * we do. It wants 1 at least, in KiB. */
    char kbytes[24];
    snprintf(kbytes, sizeof kbytes, "%zu", o->in_flight_max / 1024 + 65536);
    const struct kafka_property room = {"queue.buffering.max.kbytes", kbytes};
    for (size_t i = 0; i < o->property_cnt; i++) {
        if (kafka_check_property(&o->properties[i], err, err_len) != 0)
            return -1;
    }
    if (set_all(conf, defaults, sizeof defaults / sizeof defaults[0], err, err_len) != 0 ||
        set_all(conf, o->properties, o->property_cnt, err, err_len) != 0 ||
        set_all(conf, ours, sizeof ours / sizeof ours[0], err, err_len) != 0 ||
        kafka_set(conf, &room, err, err_len) != 0)
        return -1;
    rd_kafka_conf_set_events(conf,
                             RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
    return 0;
}

/* ---- making and freeing ---- */

static size_t number_of(rd_kafka_t *rk, const char *name)
{
    char text[32];
    size_t len = sizeof text;
    if (rd_kafka_conf_get(rd_kafka_conf(rk), name, text, &len) != RD_KAFKA_CONF_OK)
        return 0;
    return (size_t)strtoull(text, NULL, 10);
}

static void name_parts(struct kafka *k)
{
    static const rd_kafka_vtype_t types[KAFKA_PARTS] = {
        [KAFKA_PART_TOPIC] = RD_KAFKA_VTYPE_RKT,       [KAFKA_PART_FLAGS] = RD_KAFKA_VTYPE_MSGFLAGS,
        [KAFKA_PART_KEY] = RD_KAFKA_VTYPE_KEY,         [KAFKA_PART_VALUE] = RD_KAFKA_VTYPE_VALUE,
        [KAFKA_PART_HEADERS] = RD_KAFKA_VTYPE_HEADERS, [KAFKA_PART_TIME] = RD_KAFKA_VTYPE_TIMESTAMP,
        [KAFKA_PART_OPAQUE] = RD_KAFKA_VTYPE_OPAQUE,
    };
    for (unsigned i = 0; i < KAFKA_PARTS; i++)
        k->parts[i].vtype = types[i];
    k->parts[KAFKA_PART_FLAGS].u.i = RD_KAFKA_MSG_F_COPY;
}

struct kafka *kafka_new(const struct kafka_options *o, char *err, size_t err_len)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    struct kafka *k = calloc(1, sizeof *k);
    if (k == NULL)
        snprintf(err, err_len, "out of memory");
    if (k == NULL || configure(conf, o, err, err_len) != 0) {
        rd_kafka_conf_destroy(conf);
        free(k);
        return NULL;
    }
    k->who = o->who;
    k->log = o->log;
    k->journal = o->journal;
    k->counts = o->counts;
    k->in_flight_max = o->in_flight_max;
    k->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, err, err_len); /* owns conf unless it fails */
    if (k->rk == NULL) {
        rd_kafka_conf_destroy(conf);
        free(k);
        return NULL;
    }
    name_parts(k);
    k->message_max = number_of(k->rk, "message.max.bytes");
    k->queue = rd_kafka_queue_get_main(k->rk);
    rd_kafka_set_log_queue(k->rk, k->queue);
    return k;
}

int kafka_check_properties(const struct kafka_property *p, size_t cnt, char *err, size_t err_len)
{
    const struct kafka_options o = {.properties = p, .property_cnt = cnt};
    const struct kafka_property nowhere = {"bootstrap.servers", ""};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *rk = NULL;
    if (configure(conf, &o, err, err_len) == 0) {
        (void)rd_kafka_conf_set(conf, nowhere.name, nowhere.value, NULL, 0);
        rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, err, err_len); /* owns conf unless it fails */
    }
    if (rk != NULL)
        rd_kafka_destroy(rk);
    else
        rd_kafka_conf_destroy(conf);
    return rk != NULL ? 0 : -1;
}

size_t kafka_value_max(const struct kafka *k)
{
    return k->message_max - BESIDE_VALUE;
}

void kafka_free(struct kafka *k)
{
    if (k == NULL)
        return;
    rd_kafka_purge(k->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                              RD_KAFKA_PURGE_F_NON_BLOCKING);
    kafka_topics_free(k);
    kafka_headers_free(k);
    rd_kafka_queue_destroy(k->queue);
    rd_kafka_destroy(k->rk);
    metric_set(&k->counts->in_flight, 0);
    metric_set(&k->counts->in_flight_octets, 0);
    metric_set(&k->counts->topics_missing, 0);
    metric_set(&k->counts->topics_differing, 0);
    metric_set(&k->counts->down, 0);
    free(k);
}

/* ---- events ---- */

void kafka_complain(struct kafka *k, const char *fmt, ...)
{
    char text[512], more[48] = "";
    uint32_t suppressed;
    va_list ap;
    if (!log_allowed(&k->errors_limit, clock_monotonic_ns(), &suppressed))
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (suppressed > 0)
        snprintf(more, sizeof more, " (%" PRIu32 " lines like this left out)", suppressed);
    log_line(k->log, LOG_LEVEL_WARN, "%s: %s%s", k->who, text, more);
}

static void came_up(struct kafka *k)
{
    if (k->down_ns == 0)
        return;
    log_line(k->log, LOG_LEVEL_INFO, "%s: brokers answer again after %" PRIu64 " ms", k->who,
             (clock_monotonic_ns() - k->down_ns) / 1000000);
    k->down_ns = 0;
    kafka_told_forget(&k->told);
    metric_set(&k->counts->down, 0);
}

static void went_down(struct kafka *k, const char *why)
{
    if (k->down_ns != 0)
        return;
    k->down_ns = clock_monotonic_ns();
    metric_set(&k->counts->down, 1);
    log_line(k->log, LOG_LEVEL_WARN, "%s: no broker answers: %s; %s until one does", k->who,
             why, k->journal ? "the journal keeps what arrives" : "waiting");
}

static void at_end(struct kafka *k, const char *what, const char *why)
{
    if (!k->failed)
        log_line(k->log, LOG_LEVEL_ERROR, "%s: %s: %s%s", k->who, what, why,
                 k->journal ? "; sending again from the last checkpoint" : "");
    k->failed = true;
}

/* What comes back with a record: the front of its headers, and when it was sent. */
static void *opaque_of(unsigned front, uintptr_t mark)
{
    return (void *)(mark * KAFKA_FRONTS + front);
}

static void take_delivery(struct kafka *k, const rd_kafka_message_t *m)
{
    uintptr_t opaque = (uintptr_t)m->_private;
    size_t octets = m->len + m->key_len;
    if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        char what[KAFKA_TOPIC_NAME_MAX + 64];
        snprintf(what, sizeof what, "topic %s: a record of %zu octets was refused",
                 rd_kafka_topic_name(m->rkt), octets);
        at_end(k, what, rd_kafka_err2str(m->err));
        return;
    }
    k->pending--;
    k->pending_octets -= octets + KAFKA_RECORD_OVERHEAD;
    k->before_mark -= opaque / KAFKA_FRONTS != k->mark;
    kafka_headers_keep(k, m, opaque % KAFKA_FRONTS);
}

static void take_deliveries(struct kafka *k, rd_kafka_event_t *ev)
{
    const rd_kafka_message_t *m;
    uint64_t records = k->pending, octets = k->pending_octets;
    while ((m = rd_kafka_event_message_next(ev)) != NULL)
        take_delivery(k, m);
    records -= k->pending;
    octets -= k->pending_octets + records * KAFKA_RECORD_OVERHEAD;
    metric_add(&k->counts->records, records);
    metric_add(&k->counts->octets, octets);
    if (!k->failed)
        came_up(k);
}

static void take_error(struct kafka *k, rd_kafka_event_t *ev)
{
    rd_kafka_resp_err_t err = rd_kafka_event_error(ev);
    const char *text = rd_kafka_event_error_string(ev);
    char fatal[256], reason[KAFKA_REASON_MAX];
    metric_add(&k->counts->errors, 1);
    if (rd_kafka_event_error_is_fatal(ev) || err == RD_KAFKA_RESP_ERR__FATAL) {
        rd_kafka_fatal_error(k->rk, fatal, sizeof fatal);
        at_end(k, "the producer can't go on", fatal);
    } else if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        went_down(k, text);
    } else if (kafka_told_is_new(&k->told, text, rd_kafka_name(k->rk), reason)) {
        kafka_complain(k, "%s", reason);
    }
}

/* What librdkafka logs comes as an error, too, when it matters. */
static void take_log(struct kafka *k, rd_kafka_event_t *ev)
{
    const char *facility, *text;
    int level;
    if (rd_kafka_event_log(ev, &facility, &text, &level) == 0)
        log_line(k->log, LOG_LEVEL_DEBUG, "%s: librdkafka: %s: %s", k->who, facility, text);
}

static void take_event(struct kafka *k, rd_kafka_event_t *ev)
{
    switch (rd_kafka_event_type(ev)) {
    case RD_KAFKA_EVENT_DR:
        take_deliveries(k, ev);
        break;
    case RD_KAFKA_EVENT_ERROR:
        take_error(k, ev);
        break;
    case RD_KAFKA_EVENT_LOG:
        take_log(k, ev);
        break;
    case RD_KAFKA_EVENT_CREATETOPICS_RESULT:
        kafka_topic_answer(k, ev);
        break;
    case RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT:
        kafka_check_answer(k, ev);
        break;
    default: /* librdkafka's list is open, and nothing else was asked for */
        break;
    }
}

int kafka_poll(struct kafka *k, int timeout_ms)
{
    rd_kafka_event_t *ev;
    while ((ev = rd_kafka_queue_poll(k->queue, timeout_ms)) != NULL) {
        take_event(k, ev);
        rd_kafka_event_destroy(ev);
        timeout_ms = 0;
    }
    metric_set(&k->counts->in_flight, k->pending);
    metric_set(&k->counts->in_flight_octets, k->pending_octets);
    errno = EIO;
    return k->failed ? -1 : 0;
}

/* ---- sending ---- */

static rd_kafka_resp_err_t produce(struct kafka *k, struct kafka_topic *t,
                                   const struct kafka_record *r, rd_kafka_headers_t *headers,
                                   void *opaque)
{
    /* librdkafka copies key and value, which it takes as if to change them */
    void *key = (void *)(uintptr_t)r->key, *value = (void *)(uintptr_t)r->value;
    rd_kafka_vu_t *part = k->parts;
    part[KAFKA_PART_TOPIC].u.rkt = t->handle;
    part[KAFKA_PART_KEY].u.mem.ptr = key;
    part[KAFKA_PART_KEY].u.mem.size = r->key_len;
    part[KAFKA_PART_VALUE].u.mem.ptr = value;
    part[KAFKA_PART_VALUE].u.mem.size = r->value_len;
    part[KAFKA_PART_HEADERS].u.headers = headers;
    part[KAFKA_PART_TIME].u.i64 = (int64_t)r->time_ms;
    part[KAFKA_PART_OPAQUE].u.ptr = opaque;
    rd_kafka_error_t *error = rd_kafka_produceva(k->rk, part, KAFKA_PARTS);
    if (error == NULL)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t err = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return err;
}

static enum kafka_sent refuse(struct kafka *k, struct kafka_topic *t, rd_kafka_resp_err_t err)
{
    switch ((int)err) { /* the list has hundreds */
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        return KAFKA_BUSY;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        return KAFKA_TOO_LARGE;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        kafka_topic_gone(k, t, rd_kafka_err2str(err));
        return KAFKA_BUSY;
    }
    at_end(k, "a record was not taken", rd_kafka_err2str(err));
    errno = EIO;
    return KAFKA_FAILED;
}

enum kafka_sent kafka_send(struct kafka *k, struct kafka_topic *t, const struct kafka_record *r)
{
    size_t octets = r->key_len + r->value_len;
    k->waits_for = NULL;
    if (r->value_len > kafka_value_max(k))
        return KAFKA_TOO_LARGE;
    if (k->pending > 0 && k->pending_octets + octets > k->in_flight_max)
        return KAFKA_BUSY;
    if (t->state != KAFKA_TOPIC_READY && !kafka_topic_is_ready(k, t)) {
        k->waits_for = t->name;
        return KAFKA_BUSY;
    }
    unsigned front;
    rd_kafka_headers_t *headers = kafka_headers_get(k, r, &front);
    rd_kafka_resp_err_t err = produce(k, t, r, headers, opaque_of(front, k->mark));
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (headers != NULL)
            rd_kafka_headers_destroy(headers);
        return refuse(k, t, err);
    }
    k->pending++;
    k->pending_octets += octets + KAFKA_RECORD_OVERHEAD;
    return KAFKA_SENT;
}

void kafka_mark(struct kafka *k)
{
    k->mark = (k->mark + 1) % MARKS;
    k->before_mark = k->pending;
}

bool kafka_mark_reached(const struct kafka *k)
{
    return k->before_mark == 0;
}

uint64_t kafka_in_flight(const struct kafka *k)
{
    return k->pending;
}

const char *kafka_waits_for(const struct kafka *k)
{
    return k->waits_for;
}
