/* SPDX-License-Identifier: BSD-2-Clause */
/* The producer against librdkafka's mock cluster: what errors do to order, completeness and
 * memory. Real brokers are in tests/system/test_kafka.py. */
#include <criterion/criterion.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/kafka/kafka.h"

enum { PRODUCE = 0 /* the protocol's key of a Produce request */, PATIENCE_S = 30 };

/* A cluster with its own handle, and a producer of ours that knows it. */
struct bench {
    rd_kafka_t *rk;
    rd_kafka_mock_cluster_t *cluster;
    struct kafka_counts counts;
    struct kafka *k;
    struct kafka_topic *topic;
    uint64_t sent;
};

static struct kafka *producer(struct bench *b, size_t in_flight_max)
{
    char err[256] = "";
    const struct kafka_property p[] = {
        {"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(b->cluster)},
        {"retry.backoff.ms", "10"},
        {"reconnect.backoff.ms", "10"},
        {"reconnect.backoff.max.ms", "50"},
        {"linger.ms", "1"},
    };
    const struct kafka_options o = {.who = "test",
                                    .properties = p,
                                    .property_cnt = sizeof p / sizeof p[0],
                                    .in_flight_max = in_flight_max,
                                    .counts = &b->counts};
    struct kafka *k = kafka_new(&o, err, sizeof err);
    cr_assert_not_null(k, "%s", err);
    return k;
}

static void start(struct bench *b, size_t in_flight_max)
{
    char err[256];
    *b = (struct bench){0};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", err, sizeof err);
    b->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, err, sizeof err);
    cr_assert_not_null(b->rk, "%s", err);
    b->cluster = rd_kafka_mock_cluster_new(b->rk, 1);
    rd_kafka_mock_topic_create(b->cluster, "t", 1, 1);
    b->k = producer(b, in_flight_max);
    b->topic = kafka_topic_get(b->k, "t", 1, &(struct kafka_topic_options){.create = false});
    cr_assert_not_null(b->topic);
}

static void end(struct bench *b)
{
    kafka_free(b->k);
    rd_kafka_mock_cluster_destroy(b->cluster);
    rd_kafka_destroy(b->rk);
}

static enum kafka_sent send_one(struct bench *b)
{
    char value[32];
    int n = snprintf(value, sizeof value, "%llu", (unsigned long long)b->sent);
    const struct kafka_header h = {"n", value, (size_t)n};
    const struct kafka_record r = {.key = "k",
                                   .key_len = 1,
                                   .value = value,
                                   .value_len = (size_t)n,
                                   .headers = &h,
                                   .header_cnt = 1,
                                   .time_ms = 1000};
    enum kafka_sent rc = kafka_send(b->k, b->topic, &r);
    b->sent += rc == KAFKA_SENT;
    return rc;
}

/* Sends until `cnt` are on their way. Returns what kafka_poll said last. */
static int send_many(struct bench *b, uint64_t cnt)
{
    uint64_t end_ns = clock_monotonic_ns() + PATIENCE_S * NS_PER_S;
    int rc = 0;
    while (b->sent < cnt && rc == 0 && clock_monotonic_ns() < end_ns) {
        if (send_one(b) == KAFKA_BUSY)
            rc = kafka_poll(b->k, 10);
    }
    return rc;
}

static int drain(struct bench *b)
{
    uint64_t end_ns = clock_monotonic_ns() + PATIENCE_S * NS_PER_S;
    int rc = 0;
    while (kafka_in_flight(b->k) > 0 && rc == 0 && clock_monotonic_ns() < end_ns)
        rc = kafka_poll(b->k, 10);
    return rc;
}

/* Begins to read the topic from its beginning. */
static rd_kafka_t *consumer(struct bench *b)
{
    char err[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(b->cluster),
                      err, sizeof err);
    rd_kafka_conf_set(conf, "group.id", "g", err, sizeof err);
    rd_kafka_t *c = rd_kafka_new(RD_KAFKA_CONSUMER, conf, err, sizeof err);
    cr_assert_not_null(c, "%s", err);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(c, list);
    rd_kafka_topic_partition_list_destroy(list);
    return c;
}

static rd_kafka_message_t *consume(rd_kafka_t *c, uint64_t i)
{
    rd_kafka_message_t *m = rd_kafka_consumer_poll(c, PATIENCE_S * 1000);
    cr_assert_not_null(m, "record %llu is missing", (unsigned long long)i);
    cr_assert_eq(m->err, 0, "%s", rd_kafka_message_errstr(m));
    return m;
}

/* Checks that the topic holds 0, 1, ... cnt - 1. */
static void expect_numbers(struct bench *b, uint64_t cnt)
{
    rd_kafka_t *c = consumer(b);
    for (uint64_t i = 0; i < cnt; i++) {
        rd_kafka_message_t *m = consume(c, i);
        char text[32] = "";
        memcpy(text, m->payload, m->len < 31 ? m->len : 31);
        cr_assert_eq(strtoull(text, NULL, 10), i);
        rd_kafka_message_destroy(m);
    }
    cr_assert_null(rd_kafka_consumer_poll(c, 100), "there are more records than were sent");
    rd_kafka_consumer_close(c);
    rd_kafka_destroy(c);
}

Test(kafka, delivers_in_order_and_counts)
{
    struct bench b;
    start(&b, 1 << 20);
    kafka_mark(b.k);
    cr_assert(kafka_mark_reached(b.k), "nothing was sent");
    cr_assert_eq(send_many(&b, 1), 0);
    kafka_mark(b.k);
    cr_assert_not(kafka_mark_reached(b.k));
    cr_assert_eq(send_many(&b, 20000), 0);
    cr_assert_eq(drain(&b), 0);
    cr_assert(kafka_mark_reached(b.k));
    cr_assert_eq(metric_get(&b.counts.records), 20000);
    cr_assert_eq(metric_get(&b.counts.in_flight_octets), 0);
    expect_numbers(&b, 20000);
    end(&b);
}

/* Records sent after a note don't count for it; a second note takes the first one's place. */
Test(kafka, a_note_is_reached_by_what_was_before_it)
{
    struct bench b;
    start(&b, 1 << 20);
    cr_assert_eq(send_many(&b, 10), 0);
    kafka_mark(b.k);
    cr_assert_eq(send_many(&b, 20), 0);
    kafka_mark(b.k);
    cr_assert_eq(drain(&b), 0);
    cr_assert(kafka_mark_reached(b.k));
    cr_assert_eq(send_many(&b, 30), 0);
    kafka_mark(b.k);
    rd_kafka_mock_push_request_errors(b.cluster, PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    uint64_t end_ns = clock_monotonic_ns() + PATIENCE_S * NS_PER_S;
    while (!kafka_mark_reached(b.k) && clock_monotonic_ns() < end_ns) {
        send_one(&b); /* never none on its way */
        cr_assert_eq(kafka_poll(b.k, 1), 0);
    }
    cr_assert(kafka_mark_reached(b.k));
    cr_assert_eq(drain(&b), 0);
    cr_assert(kafka_mark_reached(b.k), "what came after it was counted");
    end(&b);
}

static const char *const header_names[] = {"collector", "type", "seq", "part"};

/* More than there are fronts (KAFKA_FRONTS). */
static const char types[20][8] = {"update", "state", "open",   "stats",  "update", "a", "b",
                                  "c",      "d",     "e",      "f",      "g",      "h", "i",
                                  "j",      "k",     "peer-up", "ledger", "lost",   ""};

/* Record i's headers: some are those of the one before, others differ in value, length or
 * name, or are not there; the first ones may last. Returns their count. */
static size_t headers_of(uint64_t i, char text[4][32], struct kafka_header h[4], size_t *lasting)
{
    size_t cnt = i % 7 == 3 ? 0 : 1 + i % 4;
    for (size_t n = 0; n < cnt; n++) {
        const char *value = n == 0 ? "rrc00" : n == 1 ? types[i / 3 % 20] : text[n];
        if (value == text[n])
            snprintf(text[n], 32, "%llu", (unsigned long long)(i * i));
        h[n] = (struct kafka_header){header_names[i % 11 == 0 ? 3 - n : n], value,
                                     strlen(value)};
    }
    *lasting = i % 13 == 0 ? 0 : cnt < 2 ? cnt : 2;
    return cnt;
}

static void expect_headers(const rd_kafka_message_t *m, uint64_t i)
{
    char text[4][32];
    struct kafka_header h[4];
    rd_kafka_headers_t *list = NULL;
    size_t lasting, cnt = headers_of(i, text, h, &lasting);
    rd_kafka_message_headers(m, &list);
    cr_assert_eq(list != NULL ? rd_kafka_header_cnt(list) : 0, cnt);
    for (size_t n = 0; n < cnt; n++) {
        const char *name;
        const void *value;
        size_t len;
        rd_kafka_header_get_all(list, n, &name, &value, &len);
        cr_assert_str_eq(name, h[n].name);
        cr_assert_eq(len, h[n].len);
        cr_assert_arr_eq(value, h[n].value, len);
    }
}

/* Lists of headers serve again: what was in them does not show. */
Test(kafka, each_record_has_its_own_headers)
{
    enum { CNT = 5000 };
    struct bench b;
    start(&b, 1 << 18);
    for (uint64_t i = 0; i < CNT; i++) {
        char text[4][32];
        struct kafka_header h[4];
        size_t lasting, cnt = headers_of(i, text, h, &lasting);
        const struct kafka_record r = {.value = "v",
                                       .value_len = 1,
                                       .headers = h,
                                       .header_cnt = cnt,
                                       .lasting_cnt = lasting,
                                       .time_ms = 1000};
        while (kafka_send(b.k, b.topic, &r) == KAFKA_BUSY)
            cr_assert_eq(kafka_poll(b.k, 10), 0);
    }
    cr_assert_eq(drain(&b), 0);
    rd_kafka_t *c = consumer(&b);
    for (uint64_t i = 0; i < CNT; i++) {
        rd_kafka_message_t *m = consume(c, i);
        expect_headers(m, i);
        rd_kafka_message_destroy(m);
    }
    rd_kafka_consumer_close(c);
    rd_kafka_destroy(c);
    end(&b);
}

/* What librdkafka retries: order and completeness stay. */
Test(kafka, survives_passing_errors)
{
    struct bench b;
    start(&b, 1 << 20);
    for (unsigned i = 0; i < 3; i++)
        rd_kafka_mock_push_request_errors(
            b.cluster, PRODUCE, 5, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_NO_ERROR);
    cr_assert_eq(send_many(&b, 3000), 0);
    cr_assert_eq(drain(&b), 0);
    expect_numbers(&b, 3000);
    end(&b);
}

/* What it does not: the producer says that it is at its end, and the next one goes on. */
Test(kafka, ends_at_lasting_errors)
{
    static const rd_kafka_resp_err_t errors[] = {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                                                 RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                                                 RD_KAFKA_RESP_ERR_INVALID_RECORD};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct bench b;
        start(&b, 1 << 20);
        rd_kafka_mock_push_request_errors(b.cluster, PRODUCE, 1, errors[i]);
        cr_assert_eq(send_many(&b, 10), 0);
        kafka_mark(b.k);
        cr_assert_eq(drain(&b), -1, "%s", rd_kafka_err2str(errors[i]));
        cr_assert_not(kafka_mark_reached(b.k));
        kafka_free(b.k);
        b.k = producer(&b, 1 << 20);
        b.topic = kafka_topic_get(b.k, "t", 1, &(struct kafka_topic_options){0});
        b.sent = 0;
        cr_assert_eq(send_many(&b, 10), 0);
        cr_assert_eq(drain(&b), 0);
        end(&b);
    }
}

Test(kafka, memory_is_bounded_while_a_broker_is_away)
{
    enum { MAX = 64 << 10 };
    struct bench b;
    start(&b, MAX);
    cr_assert_eq(send_many(&b, 1), 0); /* the topic is known */
    cr_assert_eq(drain(&b), 0);
    rd_kafka_mock_broker_set_down(b.cluster, 1);
    uint64_t tries = 0;
    while (tries < 100000) {
        tries++;
        if (send_one(&b) == KAFKA_BUSY && kafka_poll(b.k, 0) != 0)
            cr_assert_fail("a broker that is away is no end");
    }
    cr_assert_eq(kafka_poll(b.k, 0), 0);
    cr_assert_leq(metric_get(&b.counts.in_flight_octets), MAX + 1024);
    cr_assert_lt(b.sent, MAX / KAFKA_RECORD_OVERHEAD + 2);
    uint64_t sent = b.sent;
    rd_kafka_mock_broker_set_up(b.cluster, 1);
    cr_assert_eq(drain(&b), 0);
    cr_assert_eq(metric_get(&b.counts.down), 0);
    expect_numbers(&b, sent);
    end(&b);
}

Test(kafka, starts_without_a_broker)
{
    struct bench b;
    start(&b, 1 << 20);
    kafka_free(b.k);
    rd_kafka_mock_broker_set_down(b.cluster, 1);
    b.k = producer(&b, 1 << 20);
    b.topic = kafka_topic_get(b.k, "t", 1, &(struct kafka_topic_options){0});
    cr_assert_eq(send_one(&b), KAFKA_BUSY);
    cr_assert_eq(kafka_poll(b.k, 0), 0);
    cr_assert_eq(metric_get(&b.counts.topics_missing), 1);
    rd_kafka_mock_broker_set_up(b.cluster, 1);
    cr_assert_eq(send_many(&b, 5), 0);
    cr_assert_eq(drain(&b), 0);
    cr_assert_eq(metric_get(&b.counts.topics_missing), 0);
    expect_numbers(&b, 5);
    end(&b);
}

/* A topic that is there is compared with the options; 0 is no wish. */
Test(kafka, tells_of_another_number_of_replicas)
{
    static const struct {
        struct kafka_topic_options o;
        uint64_t differing;
    } rows[] = {
        {{.replication = 0}, 0},
        {{.replication = 1}, 0},
        {{.replication = 3}, 1},
        {{.replication = 3, .partitions = 7}, 1},
        {{.partitions = 1}, 0},
    };
    struct bench b;
    start(&b, 1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kafka_free(b.k);
        b.k = producer(&b, 1 << 20);
        b.topic = kafka_topic_get(b.k, "t", 1, &rows[i].o);
        cr_assert_eq(send_many(&b, b.sent + 1), 0);
        cr_assert_eq(drain(&b), 0);
        cr_assert_eq(metric_get(&b.counts.topics_differing), rows[i].differing, "row %zu", i);
    }
    end(&b);
}

Test(kafka, refuses_what_no_broker_takes)
{
    struct bench b;
    start(&b, 64 << 20);
    char *big = calloc(1, 2 << 20);
    const struct kafka_record r = {.value = big, .value_len = 2 << 20};
    cr_assert_eq(kafka_send(b.k, b.topic, &r), KAFKA_TOO_LARGE);
    free(big);
    char name[300];
    memset(name, 'n', sizeof name);
    cr_assert_null(kafka_topic_get(b.k, name, sizeof name, &(struct kafka_topic_options){0}));
    end(&b);
}

Test(kafka, properties_are_checked_without_showing_values)
{
    static const struct {
        struct kafka_property p;
        const char *word; /* in the reason; NULL: it is taken */
    } rows[] = {
        {{"sasl.password", "hunter2"}, NULL},
        {{"compression.codec", "zstd"}, NULL},
        {{"linger.ms", "hunter2"}, "value of \"linger.ms\""},
        {{"lingr.ms", "hunter2"}, "no property \"lingr.ms\""},
        {{"acks", "1"}, "not for changing"},
        {{"enable.idempotence", "false"}, "not for changing"},
        {{"request.required.acks", "1"}, "not for changing"},
        {{"delivery.timeout.ms", "5"}, "not for changing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char err[256] = "";
        int rc = kafka_check_property(&rows[i].p, err, sizeof err);
        cr_assert_eq(rc, rows[i].word != NULL ? -1 : 0, "%s: %s", rows[i].p.name, err);
        if (rows[i].word != NULL)
            cr_assert_not_null(strstr(err, rows[i].word), "%s", err);
        cr_assert_null(strstr(err, "hunter2"), "%s", err);
    }
}
