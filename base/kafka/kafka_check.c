/* SPDX-License-Identifier: BSD-2-Clause */
/* kafka_check: whether a topic that somebody else made is what the configuration says. Floor
 * F0.
 *
 * Nothing is changed and nothing waits for it: what differs is told once, and counted. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/kafka/kafka_int.h"

enum { DESCRIBE_MS = 10000 };

void kafka_check_ask(struct kafka *k, struct kafka_topic *t)
{
    char unused[64];
    rd_kafka_ConfigResource_t *what =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, t->name);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(k->rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_AdminOptions_set_opaque(options, t);
    rd_kafka_AdminOptions_set_request_timeout(options, DESCRIBE_MS, unused, sizeof unused);
    rd_kafka_DescribeConfigs(k->rk, &what, 1, options, k->queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ConfigResource_destroy(what);
}

void kafka_check_begin(struct kafka *k, struct kafka_topic *t)
{
    if (t->differs)
        metric_set(&k->counts->topics_differing, metric_get(&k->counts->topics_differing) - 1);
    t->differs = false;
}

static void differs(struct kafka *k, struct kafka_topic *t, const char *what)
{
    if (!t->differs)
        metric_add(&k->counts->topics_differing, 1);
    t->differs = true;
    log_line(k->log, LOG_LEVEL_WARN, "%s: topic %s %s; going on with what is there", k->who,
             t->name, what);
}

static void check_partitions(struct kafka *k, struct kafka_topic *t, int cnt)
{
    char text[128];
    if (t->o.partitions == 0 || (uint32_t)cnt == t->o.partitions)
        return;
    snprintf(text, sizeof text, "has %d partitions, not the %" PRIu32 " of the configuration",
             cnt, t->o.partitions);
    differs(k, t, text);
}

/* One line tells of all partitions: the first that has another number of replicas. */
static void check_replicas(struct kafka *k, struct kafka_topic *t,
                           const struct rd_kafka_metadata_topic *is)
{
    char text[128];
    for (int i = 0; t->o.replication != 0 && i < is->partition_cnt; i++) {
        const struct rd_kafka_metadata_partition *p = &is->partitions[i];
        if ((uint32_t)p->replica_cnt == t->o.replication)
            continue;
        snprintf(text, sizeof text,
                 "has replication %d (partition %" PRId32 "), not the %" PRIu32
                 " of the configuration",
                 p->replica_cnt, p->id, t->o.replication);
        differs(k, t, text);
        return;
    }
}

void kafka_check_layout(struct kafka *k, struct kafka_topic *t,
                        const struct rd_kafka_metadata_topic *is)
{
    check_partitions(k, t, is->partition_cnt);
    check_replicas(k, t, is);
}

/* cleanup.policy is a list: "delete", "compact", or both. */
static void check_policy(struct kafka *k, struct kafka_topic *t, const char *policy)
{
    bool compact = strstr(policy, "compact") != NULL, delete = strstr(policy, "delete") != NULL;
    if (t->o.compact && !compact)
        differs(k, t,
                            "is not compacted (cleanup.policy=delete): keys whose last record "
                            "has grown old will be missing from it");
    else if (t->o.compact && delete)
        differs(k, t,
                            "is compacted and deleted by age (cleanup.policy=compact,delete): "
                            "keys whose last record has grown old will be missing from it");
    else if (!t->o.compact && compact)
        differs(k, t,
                            "is compacted (cleanup.policy), which the configuration does not "
                            "ask for: of each peer's records only the last will stay");
}

static void check_retention(struct kafka *k, struct kafka_topic *t, const char *ms)
{
    char want[32], text[128];
    if (t->o.compact || (t->o.retention_s == 0 && !t->o.keep_forever))
        return;
    snprintf(want, sizeof want, "%" PRIu64, (uint64_t)t->o.retention_s * 1000);
    const char *wanted = t->o.keep_forever ? "-1" : want;
    if (strcmp(ms, wanted) == 0)
        return;
    snprintf(text, sizeof text, "has retention.ms=%.24s, not the %s of the configuration", ms,
             wanted);
    differs(k, t, text);
}

static void check(struct kafka *k, struct kafka_topic *t, const rd_kafka_ConfigResource_t *is)
{
    size_t cnt;
    const rd_kafka_ConfigEntry_t **entry = rd_kafka_ConfigResource_configs(is, &cnt);
    for (size_t i = 0; i < cnt; i++) {
        const char *name = rd_kafka_ConfigEntry_name(entry[i]);
        const char *value = rd_kafka_ConfigEntry_value(entry[i]);
        if (value == NULL)
            continue;
        if (strcmp(name, "cleanup.policy") == 0)
            check_policy(k, t, value);
        else if (strcmp(name, "retention.ms") == 0)
            check_retention(k, t, value);
    }
}

/* Who may write to a topic need not be allowed to ask: that is no fault. */
void kafka_check_answer(struct kafka *k, rd_kafka_event_t *ev)
{
    struct kafka_topic *t = rd_kafka_event_opaque(ev);
    rd_kafka_resp_err_t err = rd_kafka_event_error(ev);
    size_t cnt = 0;
    const rd_kafka_DescribeConfigs_result_t *result =
        rd_kafka_event_DescribeConfigs_result(ev);
    const rd_kafka_ConfigResource_t **each =
        err == RD_KAFKA_RESP_ERR_NO_ERROR && result != NULL
            ? rd_kafka_DescribeConfigs_result_resources(result, &cnt)
            : NULL;
    if (each != NULL && cnt > 0)
        err = rd_kafka_ConfigResource_error(each[0]);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR && cnt > 0)
        check(k, t, each[0]);
    else
        log_line(k->log, LOG_LEVEL_INFO, "%s: topic %s: its configuration can't be seen: %s",
                 k->who, t->name, rd_kafka_err2str(err));
}
