/* SPDX-License-Identifier: BSD-2-Clause */
/* kafka_reader: a consumer on librdkafka that chooses its partitions itself. Floor F0. */
#include "base/kafka/kafka_reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/kafka/kafka_int.h"

/* FIRST_MS: of KAFKA_READER_PATIENCE_MS; SYSLOG_WARNING: librdkafka's levels are syslog's. */
enum { FIRST_MS = 1000, SYSLOG_WARNING = 4 };

struct kafka_reader {
    rd_kafka_t *rk;
    const char *who;
    const struct log *log;
    rd_kafka_queue_t *said; /* librdkafka's log */
    struct kafka_told told;
    rd_kafka_message_t *last; /* what the caller borrows */
    size_t partitions, ended; /* of all topics; of these, read to their ends */
    rd_kafka_topic_partition_list_t *at;
};

/* ---- making and freeing ---- */

/* group.id has to be there, and isn't used: partitions are assigned, nothing is committed. */
static rd_kafka_conf_t *configure(const struct kafka_reader_options *o, char *err,
                                  size_t err_len)
{
    static const struct kafka_property defaults[] = {{"client.id", "ribtape"},
                                                     {"group.id", "ribtape"},
                                                     {"reconnect.backoff.max.ms", "10000"}};
    static const struct kafka_property ours[] = {{"enable.auto.commit", "false"},
                                                 {"enable.partition.eof", "true"},
                                                 {"log.queue", "true"}};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof defaults / sizeof defaults[0]; i++)
        ok = kafka_set(conf, &defaults[i], err, err_len) == 0;
    for (size_t i = 0; ok && i < o->property_cnt; i++)
        ok = kafka_set(conf, &o->properties[i], err, err_len) == 0;
    for (size_t i = 0; ok && i < sizeof ours / sizeof ours[0]; i++)
        ok = kafka_set(conf, &ours[i], err, err_len) == 0;
    if (ok)
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}

static int64_t start_of(const struct kafka_reader_options *o)
{
    switch (o->from) {
    case KAFKA_FROM_BEGINNING:
        return RD_KAFKA_OFFSET_BEGINNING;
    case KAFKA_FROM_END:
        return RD_KAFKA_OFFSET_END;
    case KAFKA_FROM_TIME:
        break;
    }
    return (int64_t)o->time_ms; /* rd_kafka_offsets_for_times makes offsets of it */
}

/* Tells what librdkafka says: warnings and worse, each reason once. */
static void take_log(struct kafka_reader *r)
{
    rd_kafka_event_t *ev;
    while ((ev = rd_kafka_queue_poll(r->said, 0)) != NULL) {
        const char *facility, *text;
        char reason[KAFKA_REASON_MAX];
        int level;
        if (rd_kafka_event_log(ev, &facility, &text, &level) == 0 && level <= SYSLOG_WARNING &&
            kafka_told_is_new(&r->told, text, rd_kafka_name(r->rk), reason))
            log_line(r->log, LOG_LEVEL_WARN, "%s: %s", r->who, reason);
        rd_kafka_event_destroy(ev);
    }
}

/* Asks for a topic's partitions. What keeps brokers away is told after FIRST_MS. */
static rd_kafka_resp_err_t ask(struct kafka_reader *r, rd_kafka_topic_t *topic,
                               const struct rd_kafka_metadata **meta)
{
    static const int patience_ms[] = {FIRST_MS, KAFKA_READER_PATIENCE_MS - FIRST_MS};
    rd_kafka_resp_err_t rc = RD_KAFKA_RESP_ERR__TRANSPORT;
    for (size_t i = 0; i < sizeof patience_ms / sizeof patience_ms[0]; i++) {
        rc = rd_kafka_metadata(r->rk, 0, topic, meta, patience_ms[i]);
        take_log(r);
        if (rc != RD_KAFKA_RESP_ERR__TRANSPORT && rc != RD_KAFKA_RESP_ERR__TIMED_OUT)
            break;
    }
    return rc;
}

static const char *reason_of(rd_kafka_resp_err_t rc)
{
    return rc == RD_KAFKA_RESP_ERR__TRANSPORT || rc == RD_KAFKA_RESP_ERR__TIMED_OUT
               ? "no broker has answered"
               : rd_kafka_err2str(rc);
}

/* Adds a topic's partitions to those that will be read. */
static int add_topic(struct kafka_reader *r, const struct kafka_reader_options *o,
                     const char *name, char *err, size_t err_len)
{
    const struct rd_kafka_metadata *meta = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(r->rk, name, NULL);
    if (topic == NULL) {
        snprintf(err, err_len, "%s is no name of a topic", name);
        return -1;
    }
    rd_kafka_resp_err_t rc = ask(r, topic, &meta);
    rd_kafka_topic_destroy(topic);
    if (rc == RD_KAFKA_RESP_ERR_NO_ERROR && meta->topic_cnt > 0)
        rc = meta->topics[0].err;
    if (rc != RD_KAFKA_RESP_ERR_NO_ERROR)
        snprintf(err, err_len, "topic %s: %s", name, reason_of(rc));
    for (int i = 0; rc == RD_KAFKA_RESP_ERR_NO_ERROR && i < meta->topics[0].partition_cnt; i++)
        rd_kafka_topic_partition_list_add(r->at, name, meta->topics[0].partitions[i].id)
            ->offset = start_of(o);
    if (meta != NULL)
        rd_kafka_metadata_destroy(meta);
    return rc == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -1;
}

static int begin(struct kafka_reader *r, const struct kafka_reader_options *o, char *err,
                 size_t err_len)
{
    rd_kafka_resp_err_t rc = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0; i < o->topic_cnt; i++) {
        if (add_topic(r, o, o->topics[i], err, err_len) != 0)
            return -1;
    }
    r->partitions = (size_t)r->at->cnt;
    if (o->from == KAFKA_FROM_TIME)
        rc = rd_kafka_offsets_for_times(r->rk, r->at, KAFKA_READER_PATIENCE_MS);
    if (rc == RD_KAFKA_RESP_ERR_NO_ERROR)
        rc = rd_kafka_assign(r->rk, r->at);
    if (rc != RD_KAFKA_RESP_ERR_NO_ERROR)
        snprintf(err, err_len, "%s", reason_of(rc));
    return rc == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -1;
}

struct kafka_reader *kafka_reader_new(const struct kafka_reader_options *o, char *err,
                                      size_t err_len)
{
    rd_kafka_conf_t *conf = configure(o, err, err_len);
    struct kafka_reader *r = calloc(1, sizeof *r);
    if (conf == NULL || r == NULL) {
        if (conf != NULL) {
            rd_kafka_conf_destroy(conf);
            snprintf(err, err_len, "out of memory");
        }
        free(r);
        return NULL;
    }
    r->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, err, err_len);
    if (r->rk == NULL) {
        rd_kafka_conf_destroy(conf);
        free(r);
        return NULL;
    }
    r->who = o->who;
    r->log = o->log;
    r->said = rd_kafka_queue_new(r->rk);
    rd_kafka_set_log_queue(r->rk, r->said);
    rd_kafka_poll_set_consumer(r->rk);
    r->at = rd_kafka_topic_partition_list_new((int)o->topic_cnt);
    int rc = begin(r, o, err, err_len);
    take_log(r);
    if (rc == 0)
        return r;
    kafka_reader_free(r);
    return NULL;
}

void kafka_reader_free(struct kafka_reader *r)
{
    if (r == NULL)
        return;
    if (r->last != NULL)
        rd_kafka_message_destroy(r->last);
    rd_kafka_topic_partition_list_destroy(r->at);
    rd_kafka_consumer_close(r->rk);
    rd_kafka_queue_destroy(r->said);
    rd_kafka_destroy(r->rk);
    free(r);
}

/* ---- reading ---- */

/* A partition's end counts the first time. */
static enum kafka_read on_end(struct kafka_reader *r, const rd_kafka_message_t *msg)
{
    rd_kafka_topic_partition_t *at = rd_kafka_topic_partition_list_find(
        r->at, rd_kafka_topic_name(msg->rkt), msg->partition);
    if (at == NULL || at->opaque != NULL)
        return KAFKA_READ_NONE;
    at->opaque = r;
    return ++r->ended == r->partitions ? KAFKA_READ_ENDED : KAFKA_READ_NONE;
}

enum kafka_read kafka_reader_next(struct kafka_reader *r, int timeout_ms,
                                  struct kafka_message *m, char *err, size_t err_len)
{
    if (r->last != NULL)
        rd_kafka_message_destroy(r->last);
    const rd_kafka_message_t *msg = r->last = rd_kafka_consumer_poll(r->rk, timeout_ms);
    if (msg == NULL) {
        take_log(r);
        return KAFKA_READ_NONE;
    }
    if (msg->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return on_end(r, msg);
    if (msg->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        snprintf(err, err_len, "%s", rd_kafka_message_errstr(msg));
        return KAFKA_READ_FAILED;
    }
    *m = (struct kafka_message){.topic = rd_kafka_topic_name(msg->rkt),
                                .partition = msg->partition,
                                .offset = msg->offset,
                                .key = cur_of(msg->key, msg->key_len),
                                .value = cur_of(msg->payload, msg->len),
                                .tombstone = msg->payload == NULL};
    return KAFKA_READ_MESSAGE;
}

bool kafka_reader_header(const struct kafka_reader *r, const char *name, struct cur *value)
{
    rd_kafka_headers_t *headers;
    const void *p;
    size_t len;
    if (r->last == NULL || rd_kafka_message_headers(r->last, &headers) != 0 ||
        rd_kafka_header_get_last(headers, name, &p, &len) != 0)
        return false;
    *value = cur_of(p, len);
    return true;
}
