/* SPDX-License-Identifier: BSD-2-Clause */
/* What librdkafka says again and again, and how often the log says it. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/kafka/kafka_int.h"
#include "base/kafka/kafka_reader.h"

Test(kafka_told, what_is_the_same_but_for_times_and_counts_is_told_once)
{
    static const struct {
        const char *text, *reason;
        bool is_new;
    } rows[] = {
        {"[thrd:a:1/bootstrap]: a:1/bootstrap: Connect failed (after 3ms in state CONNECT)",
         "a:1/bootstrap: Connect failed", true},
        {"a:1/bootstrap: Connect failed (after 0ms in state CONNECT, 1 identical error(s) suppressed)",
         "a:1/bootstrap: Connect failed", false},
        {"[thrd:app]: client: a:1/bootstrap: Connect failed", "a:1/bootstrap: Connect failed",
         false},
        {"b:1/bootstrap: Connect failed", "b:1/bootstrap: Connect failed", true},
        {"client alone", "client alone", true},
        {"", "", true},
    };
    struct kafka_told t = {0};
    char reason[KAFKA_REASON_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool is_new = kafka_told_is_new(&t, rows[i].text, "client", reason);
        cr_assert_str_eq(reason, rows[i].reason);
        cr_assert_eq(is_new, rows[i].is_new, "%s", rows[i].text);
    }
    kafka_told_forget(&t);
    cr_assert(kafka_told_is_new(&t, rows[1].text, "client", reason));
}

/* Many reasons: the oldest makes room, nothing else happens. */
Test(kafka_told, remembers_the_last_ones)
{
    struct kafka_told t = {0};
    char text[512], reason[KAFKA_REASON_MAX];
    for (unsigned i = 0; i < 10 * KAFKA_TOLD_MAX; i++) {
        memset(text, 'x', sizeof text - 1); /* longer than a reason may be */
        text[sizeof text - 1] = '\0';
        snprintf(text, 16, "%u", i);
        cr_assert(kafka_told_is_new(&t, text, "client", reason));
        cr_assert_not(kafka_told_is_new(&t, text, "client", reason));
    }
    cr_assert(kafka_told_is_new(&t, "0", "client", reason), "it was long ago");
}

/* Returns how many lines of a log have a part. */
static unsigned lines_with(FILE *f, const char *part)
{
    char line[1024];
    unsigned cnt = 0;
    rewind(f);
    while (fgets(line, sizeof line, f) != NULL)
        cnt += strstr(line, part) != NULL;
    return cnt;
}

/* Nobody listens at port 1, which each attempt finds out: librdkafka says it again with another
 * text, how often it was left out. */
Test(kafka_told, a_producer_tells_why_no_broker_answers_once)
{
    char err[256];
    FILE *f = tmpfile();
    const struct log log = {.fd = fileno(f), .level = LOG_LEVEL_WARN};
    struct kafka_counts counts = {0};
    const struct kafka_property p[] = {{"bootstrap.servers", "127.0.0.1:1"}};
    const struct kafka_options o = {.who = "test",
                                    .log = &log,
                                    .properties = p,
                                    .property_cnt = sizeof p / sizeof p[0],
                                    .in_flight_max = 1 << 20,
                                    .counts = &counts};
    struct kafka *k = kafka_new(&o, err, sizeof err);
    cr_assert_not_null(k, "%s", err);
    uint64_t end_ns = clock_monotonic_ns() + 30 * NS_PER_S;
    while (metric_get(&counts.errors) < 3 && clock_monotonic_ns() < end_ns)
        cr_assert_eq(kafka_poll(k, 10), 0);
    cr_assert_geq(metric_get(&counts.errors), 3);
    cr_assert_eq(lines_with(f, "test: 127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: "
                               "Connection refused"), 1);
    cr_assert_eq(lines_with(f, "test: no broker answers"), 1);
    cr_assert_eq(lines_with(f, ""), 2);
    kafka_free(k);
    fclose(f);
}
