/* SPDX-License-Identifier: BSD-2-Clause */
/* test_log: log lines, the limiter, the clocks and the metrics' text. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

static int fds[2];
static struct log log_;
static char line[4096];

static void setup(void)
{
    cr_assert_eq(pipe(fds), 0);
    log_ = (struct log){.fd = fds[1], .level = LOG_LEVEL_INFO};
}

static void teardown(void)
{
    close(fds[0]);
    close(fds[1]);
}

TestSuite(log, .init = setup, .fini = teardown);

/* Returns the next line; text is what follows time and level. */
static const char *next(const char *level)
{
    ssize_t n = read(fds[0], line, sizeof line - 1);
    cr_assert_gt(n, 0);
    line[n] = '\0';
    unsigned y, mo, d, h, mi, s, ms;
    char got[8];
    cr_assert_eq(
        sscanf(line, "%4u-%2u-%2uT%2u:%2u:%2u.%3uZ %7s", &y, &mo, &d, &h, &mi, &s, &ms, got), 8,
        "%s", line);
    cr_assert_str_eq(got, level);
    cr_assert_eq(line[n - 1], '\n');
    cr_assert_eq(strchr(line, '\n'), line + n - 1, "more than one line");
    return line + 25 + strlen(level) + 1;
}

Test(log, a_line_has_time_level_and_text)
{
    log_line(&log_, LOG_LEVEL_WARN, "peer %s AS%u: gone", "192.0.2.1", 64500u);
    cr_assert_str_eq(next("WARN"), "peer 192.0.2.1 AS64500: gone\n");
    log_line(&log_, LOG_LEVEL_INFO, "x");
    cr_assert_str_eq(next("INFO"), "x\n");
    log_line(&log_, LOG_LEVEL_ERROR, "%s", "");
    cr_assert_str_eq(next("ERROR"), "\n");
}

Test(log, lines_below_the_level_are_dropped)
{
    log_line(&log_, LOG_LEVEL_DEBUG, "no");
    log_line(NULL, LOG_LEVEL_ERROR, "no");
    log_line(&log_, LOG_LEVEL_INFO, "yes");
    cr_assert_str_eq(next("INFO"), "yes\n");
}

Test(log, control_characters_can_not_forge_a_line)
{
    log_line(&log_, LOG_LEVEL_INFO, "a\nb\rc\x1b[1md\x7f%s", "\t.");
    cr_assert_str_eq(next("INFO"), "a?b?c?[1md??.\n");
}

Test(log, a_long_line_is_cut_and_says_so)
{
    char text[3000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_line(&log_, LOG_LEVEL_INFO, "%s", text);
    const char *got = next("INFO");
    cr_assert_eq(strlen(line), 2001);
    cr_assert_str_eq(got + strlen(got) - 5, "x...\n");
}

Test(log, errno_is_kept)
{
    errno = ENOSPC;
    log_line(&log_, LOG_LEVEL_INFO, "%m");
    cr_assert_eq(errno, ENOSPC);
    cr_assert_str_eq(next("INFO"), "No space left on device\n");
    const struct log closed = {.fd = -1};
    errno = EINTR;
    log_line(&closed, LOG_LEVEL_ERROR, "lost");
    cr_assert_eq(errno, EINTR);
}

Test(log, the_limiter_lets_a_burst_through_then_a_drip)
{
    struct log_limit l = {0};
    uint64_t now = 1000 * NS_PER_S;
    uint32_t suppressed = 99;
    for (int i = 0; i < LOG_LIMIT_BURST; i++) {
        cr_assert(log_allowed(&l, now, &suppressed));
        cr_assert_eq(suppressed, 0);
    }
    for (int i = 0; i < 7; i++)
        cr_assert(!log_allowed(&l, now + NS_PER_S, &suppressed));
    now += LOG_LIMIT_INTERVAL_S * NS_PER_S;
    cr_assert(log_allowed(&l, now, &suppressed));
    cr_assert_eq(suppressed, 7);
    cr_assert(!log_allowed(&l, now, &suppressed));
    cr_assert(!log_allowed(&l, now + LOG_LIMIT_INTERVAL_S * NS_PER_S - 1, &suppressed));
    now += LOG_LIMIT_INTERVAL_S * NS_PER_S;
    cr_assert(log_allowed(&l, now, &suppressed));
    cr_assert_eq(suppressed, 2);
    now += 1000 * NS_PER_S; /* after a long silence the whole burst is there again */
    for (int i = 0; i < LOG_LIMIT_BURST; i++)
        cr_assert(log_allowed(&l, now, &suppressed));
    cr_assert(!log_allowed(&l, now, &suppressed));
}

Test(log, clocks_go_on)
{
    uint64_t a = clock_monotonic_ns(), b = clock_monotonic_ns();
    cr_assert_leq(a, b);
    cr_assert_gt(clock_realtime_ns(), UINT64_C(1700000000) * NS_PER_S);
}

Test(log, metrics_as_prometheus_text)
{
    struct buf b = {0};
    static const char *const labels[] = {"peer", "a\"b\\c\nd", "rib", "", NULL};
    static const char *const none[] = {NULL};
    struct metric m = {0};
    metric_add(&m, 40);
    metric_add(&m, 2);
    metrics_family(&b, "ribtape_x_total", "counter", "Help with \\ and\nline.");
    metrics_sample(&b, "ribtape_x_total", labels, (double)metric_get(&m));
    metric_set(&m, UINT64_C(1) << 52);
    metrics_sample(&b, "ribtape_x_total", none, (double)metric_get(&m));
    metrics_sample(&b, "x", NULL, 0.25);
    metrics_sample(&b, "x", NULL, -3);
    metrics_sample(&b, "x", NULL, (double)NAN);
    metrics_sample(&b, "x", NULL, (double)INFINITY);
    metrics_sample(&b, "x", NULL, -(double)INFINITY);
    buf_add_char(&b, '\0');
    cr_assert_str_eq(b.p, "# HELP ribtape_x_total Help with \\\\ and\\nline.\n"
                          "# TYPE ribtape_x_total counter\n"
                          "ribtape_x_total{peer=\"a\\\"b\\\\c\\nd\",rib=\"\"} 42\n"
                          "ribtape_x_total 4503599627370496\n"
                          "x 0.25\nx -3\nx NaN\nx +Inf\nx -Inf\n");
    buf_free(&b);
}
