/* SPDX-License-Identifier: BSD-2-Clause */
/* kafka_topic: topics by name, created or waited for. Floor F0. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/kafka/kafka_int.h"

enum { CREATE_MS = 10000 };

static const uint64_t backoff_min_ns = UINT64_C(200) * 1000 * 1000;
static const uint64_t backoff_max_ns = 10 * NS_PER_S;

/* ---- the table ---- */

static struct kafka_topic **bucket_of(struct kafka *k, const char *name, size_t len)
{
    return &k->buckets[hash_crc32c(0, name, len) % KAFKA_BUCKETS];
}

static struct kafka_topic *add(struct kafka *k, struct kafka_topic **bucket, const char *name,
                               size_t len)
{
    if (k->topic_cnt == KAFKA_TOPICS_MAX)
        kafka_complain(k, "topic %.*s is one more than the %d that a producer writes to",
                       (int)len, name, KAFKA_TOPICS_MAX);
    if (len > KAFKA_TOPIC_NAME_MAX || k->topic_cnt == KAFKA_TOPICS_MAX) {
        errno = len > KAFKA_TOPIC_NAME_MAX ? ENAMETOOLONG : EMFILE;
        return NULL;
    }
    struct kafka_topic *t = calloc(1, sizeof *t + len + 1);
    if (t == NULL)
        return NULL;
    memcpy(t->name, name, len);
    t->handle = rd_kafka_topic_new(k->rk, t->name, NULL);
    if (t->handle == NULL) {
        free(t);
        errno = EINVAL;
        return NULL;
    }
    t->next = *bucket;
    *bucket = t;
    k->topic_cnt++;
    return t;
}

struct kafka_topic *kafka_topic_get(struct kafka *k, const char *name, size_t len,
                                    const struct kafka_topic_options *o)
{
    struct kafka_topic **bucket = bucket_of(k, name, len);
    for (struct kafka_topic *t = *bucket; t != NULL; t = t->next) {
        if (strlen(t->name) == len && memcmp(t->name, name, len) == 0)
            return t;
    }
    struct kafka_topic *t = add(k, bucket, name, len);
    if (t == NULL)
        return NULL;
    t->o = *o;
    t->missing = true;
    metric_add(&k->counts->topics_missing, 1);
    return t;
}

void kafka_topics_free(struct kafka *k)
{
    for (unsigned i = 0; i < KAFKA_BUCKETS; i++) {
        struct kafka_topic *next;
        for (struct kafka_topic *t = k->buckets[i]; t != NULL; t = next) {
            next = t->next;
            rd_kafka_topic_destroy(t->handle);
            free(t);
        }
    }
}

/* ---- from new to ready ---- */

/* Later, with up to half of the time added at random, so that many collectors don't ask at
 * once. */
static void try_later(struct kafka *k, struct kafka_topic *t, const char *why)
{
    uint64_t random[2];
    hash_random_key(random);
    t->backoff_ns = t->backoff_ns == 0 ? backoff_min_ns : t->backoff_ns * 2;
    if (t->backoff_ns > backoff_max_ns)
        t->backoff_ns = backoff_max_ns;
    t->retry_ns = clock_monotonic_ns() + t->backoff_ns + random[0] % (t->backoff_ns / 2);
    t->state = KAFKA_TOPIC_NEW;
    if (!t->missing)
        metric_add(&k->counts->topics_missing, 1);
    t->missing = true;
    kafka_complain(k, "topic %s is not ready: %s; all records wait%s until it is", t->name, why,
                   k->journal ? " in the journal" : "");
}

static void ready(struct kafka *k, struct kafka_topic *t, const char *how)
{
    if (t->missing)
        metric_set(&k->counts->topics_missing, metric_get(&k->counts->topics_missing) - 1);
    t->missing = false;
    t->state = KAFKA_TOPIC_READY;
    log_line(k->log, LOG_LEVEL_INFO, "%s: topic %s %s", k->who, t->name, how);
}

/* Looks at a topic that somebody else made. */
static void look(struct kafka *k, struct kafka_topic *t)
{
    const struct rd_kafka_metadata *md = NULL;
    rd_kafka_resp_err_t err = rd_kafka_metadata(k->rk, 0, t->handle, &md, KAFKA_WAIT_MS);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        err = md->topic_cnt == 1 ? md->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        try_later(k, t, rd_kafka_err2str(err));
    } else {
        kafka_check_begin(k, t);
        kafka_check_layout(k, t, &md->topics[0]);
        kafka_check_ask(k, t);
        ready(k, t, "is there");
    }
    if (md != NULL)
        rd_kafka_metadata_destroy(md);
}

static void set_configs(rd_kafka_NewTopic_t *fresh, const struct kafka_topic_options *o)
{
    char ms[32];
    if (o->retention_s != 0) {
        snprintf(ms, sizeof ms, "%" PRIu64, (uint64_t)o->retention_s * 1000);
        rd_kafka_NewTopic_set_config(fresh, "retention.ms", ms);
    }
    if (o->keep_forever)
        rd_kafka_NewTopic_set_config(fresh, "retention.ms", "-1");
    if (o->compact)
        rd_kafka_NewTopic_set_config(fresh, "cleanup.policy", "compact");
}

static void create(struct kafka *k, struct kafka_topic *t)
{
    char err[256];
    int partitions = t->o.partitions != 0 ? (int)t->o.partitions : -1;
    int replication = t->o.replication != 0 ? (int)t->o.replication : -1;
    rd_kafka_NewTopic_t *fresh =
        rd_kafka_NewTopic_new(t->name, partitions, replication, err, sizeof err);
    if (fresh == NULL) {
        try_later(k, t, err);
        return;
    }
    set_configs(fresh, &t->o);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(k->rk, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_AdminOptions_set_opaque(options, t);
    char unused[64];
    rd_kafka_AdminOptions_set_request_timeout(options, CREATE_MS, unused, sizeof unused);
    t->state = KAFKA_TOPIC_ASKED;
    rd_kafka_CreateTopics(k->rk, &fresh, 1, options, k->queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy(fresh);
}

void kafka_topic_answer(struct kafka *k, rd_kafka_event_t *ev)
{
    struct kafka_topic *t = rd_kafka_event_opaque(ev);
    rd_kafka_resp_err_t err = rd_kafka_event_error(ev);
    const char *text = rd_kafka_event_error_string(ev);
    size_t cnt = 0;
    const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(ev);
    const rd_kafka_topic_result_t **each =
        err == RD_KAFKA_RESP_ERR_NO_ERROR && result != NULL
            ? rd_kafka_CreateTopics_result_topics(result, &cnt)
            : NULL;
    if (each != NULL && cnt > 0) {
        err = rd_kafka_topic_result_error(each[0]);
        text = rd_kafka_topic_result_error_string(each[0]);
    }
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        ready(k, t, "was created");
    else if (err == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS ||
             err == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE ||
             err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        look(k, t);
    else
        try_later(k, t, text != NULL ? text : rd_kafka_err2str(err));
}

void kafka_topic_gone(struct kafka *k, struct kafka_topic *t, const char *why)
{
    try_later(k, t, why);
}

bool kafka_topic_is_ready(struct kafka *k, struct kafka_topic *t)
{
    if (t->state == KAFKA_TOPIC_NEW && clock_monotonic_ns() >= t->retry_ns) {
        if (t->o.create)
            create(k, t);
        else
            look(k, t);
    }
    return t->state == KAFKA_TOPIC_READY;
}
