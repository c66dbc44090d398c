/* SPDX-License-Identifier: BSD-2-Clause */
/* test_http: pages, codes and the joining of metrics, over a real socket on a free port. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collector/http/http.h"
#include "collector/http/metrics_join.h"

struct fixture {
    int rc; /* of every page */
};

static int page(void *arg, struct buf *b)
{
    buf_add_str(b, "{\"page\":1}\n");
    return ((struct fixture *)arg)->rc;
}

static const struct http_pages fixture_pages = {page, page, page, page, page, page, page};
static const struct log quiet = {.fd = 2, .level = LOG_LEVEL_ERROR};
static const struct source_addr loopback = {.len = 4, .a = {127, 0, 0, 1}};

/* Sends one request and returns the whole answer. */
static const char *ask(const struct http *h, const char *line, char *dst, size_t cap)
{
    struct sockaddr_in sin = {.sin_family = AF_INET,
                              .sin_port = htons(http_port(h)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char req[256];
    size_t len = 0;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&sin, sizeof sin), 0);
    int n = snprintf(req, sizeof req, "%s HTTP/1.0\r\nHost: x\r\n\r\n", line);
    cr_assert_eq(write(fd, req, (size_t)n), n);
    for (ssize_t k; len < cap - 1 && (k = read(fd, dst + len, cap - 1 - len)) > 0;)
        len += (size_t)k;
    dst[len] = '\0';
    close(fd);
    return dst;
}

static struct http *start(struct fixture *f)
{
    char err[256] = "";
    struct http *h = http_start(&loopback, &fixture_pages, f, &quiet, err, sizeof err);
    cr_assert_not_null(h, "%s", err);
    cr_assert_neq(http_port(h), 0);
    return h;
}

static void expect(const struct http *h, const char *line, const char *code, const char *body)
{
    char a[4096], want[32];
    ask(h, line, a, sizeof a);
    snprintf(want, sizeof want, "HTTP/1.0 %s ", code);
    cr_expect_eq(strncmp(a, want, strlen(want)), 0, "%s: %s", line, a);
    const char *at = strstr(a, "\r\n\r\n");
    cr_assert_not_null(at, "%s: %s", line, a);
    cr_expect_str_eq(at + 4, body, "%s: %s", line, a);
}

Test(http, pages_and_codes)
{
    struct fixture f = {0};
    struct http *h = start(&f);
    expect(h, "GET /healthz", "200", "{\"page\":1}\n");
    expect(h, "GET /metrics?x=y", "200", "{\"page\":1}\n");
    expect(h, "GET /peers", "200", "{\"page\":1}\n");
    expect(h, "HEAD /peers", "200", "");
    expect(h, "GET /", "404",
           "pages: /healthz /metrics /peers /ledger, POST /rib/dump /reload\n");
    expect(h, "GET /ledger", "200", "{\"page\":1}\n");
    expect(h, "GET /peers/../healthz", "404",
           "pages: /healthz /metrics /peers /ledger, POST /rib/dump /reload\n");
    expect(h, "POST /peers", "405", "GET or HEAD\n");
    expect(h, "DELETE /metrics", "405", "GET or HEAD\n");
    http_stop(h);
}

Test(http, trouble_is_503_and_health_says_why)
{
    struct fixture f = {-1};
    struct http *h = start(&f);
    expect(h, "GET /healthz", "503", "{\"page\":1}\n");
    expect(h, "GET /metrics", "503", "a shard does not answer\n");
    http_stop(h);
}

Test(http, a_405_says_what_is_allowed)
{
    struct fixture f = {0};
    char a[4096];
    struct http *h = start(&f);
    cr_assert_not_null(strstr(ask(h, "PUT /peers", a, sizeof a), "\r\nAllow: GET, HEAD\r\n"));
    http_stop(h);
}

Test(http, a_taken_port_is_an_error)
{
    struct fixture f = {0};
    char err[256] = "";
    struct http *h = start(&f);
    struct source_addr same = loopback;
    same.port = http_port(h);
    cr_assert_null(http_start(&same, &fixture_pages, &f, &quiet, err, sizeof err));
    cr_assert_not_null(strstr(err, "Address already in use"), "%s", err);
    http_stop(h);
}

Test(http, metrics_of_shards_become_one_text)
{
    static const char in[] = "# HELP a Aa.\n# TYPE a counter\na{shard=\"0\"} 1\n"
                             "# HELP ab Bb.\n# TYPE ab gauge\nab 5\n"
                             "# HELP a Aa.\n# TYPE a counter\na{shard=\"1\"} 2\n"
                             "ab{x=\"y z\"} 6\n";
    static const char want[] = "# HELP a Aa.\n# TYPE a counter\n"
                               "a{shard=\"0\"} 1\na{shard=\"1\"} 2\n"
                               "# HELP ab Bb.\n# TYPE ab gauge\nab 5\nab{x=\"y z\"} 6\n";
    struct buf b = {0}, out = {0};
    buf_add(&b, in, sizeof in - 1);
    metrics_join(&b, &out);
    cr_assert(!out.failed);
    buf_add_char(&out, '\0');
    cr_assert_str_eq(out.p, want);
    buf_free(&b);
    buf_free(&out);
}
