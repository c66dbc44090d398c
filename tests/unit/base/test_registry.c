/* SPDX-License-Identifier: BSD-2-Clause */
/* A registry of one answer, on loopback: what is asked, what is understood, and that one which
 * doesn't help is left alone for a while. */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/kafka/registry.h"

struct server {
    int fd;
    char url[64];
    const char *answer;
    char asked[8192];
    pthread_t thread;
};

/* Reads until the body that Content-Length promises is there, then answers. */
static void *serve(void *arg)
{
    struct server *s = arg;
    size_t len = 0, want = sizeof s->asked - 1;
    int c = accept(s->fd, NULL, NULL);
    while (len < want) {
        ssize_t n = read(c, s->asked + len, sizeof s->asked - 1 - len);
        if (n <= 0)
            break;
        len += (size_t)n;
        s->asked[len] = '\0';
        const char *body = strstr(s->asked, "\r\n\r\n"),
                   *length = strstr(s->asked, "Content-Length: ");
        if (body != NULL && length != NULL)
            want = (size_t)(body + 4 - s->asked) + strtoul(length + 16, NULL, 10);
    }
    cr_expect_eq(write(c, s->answer, strlen(s->answer)), (ssize_t)strlen(s->answer));
    close(c);
    return NULL;
}

static void start(struct server *s, const char *answer)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    *s = (struct server){.fd = socket(AF_INET, SOCK_STREAM, 0), .answer = answer};
    cr_assert_eq(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
    cr_assert_eq(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
    cr_assert_eq(listen(s->fd, 5), 0);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u/base/", ntohs(a.sin_port));
    cr_assert_eq(pthread_create(&s->thread, NULL, serve, s), 0);
}

static struct registry *make(const char *url)
{
    const struct registry_options o = {
        .who = "test", .url = url, .user = "me", .password = "secret"};
    struct registry *r = registry_new(&o);
    cr_assert_not_null(r);
    return r;
}

Test(registry, asks_as_confluent_does)
{
    struct server s;
    uint32_t id = 0;
    start(&s, "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"id\": 70000}");
    struct registry *r = make(s.url);
    cr_assert_eq(registry_id(r, "a b", "{\"type\":\"int\"}", 14, &id), 0);
    pthread_join(s.thread, NULL);
    cr_assert_eq(id, 70000);
    cr_assert_not_null(strstr(s.asked, "POST /base/subjects/a%20b/versions "));
    cr_assert_not_null(strstr(s.asked, "application/vnd.schemaregistry.v1+json"));
    cr_assert_not_null(strstr(s.asked, "Authorization: Basic bWU6c2VjcmV0"));
    cr_assert_not_null(strstr(s.asked, "\r\n\r\n{\"schema\":\"{\\\"type\\\":\\\"int\\\"}\"}"));
    registry_free(r);
    close(s.fd);
}

Test(registry, leaves_one_that_refuses_alone_for_a_while)
{
    static const char *const answers[] = {
        "HTTP/1.1 409 Conflict\r\nContent-Length: 9\r\n\r\n{\"id\": 1}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\": -1}",
        "no HTTP at all\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct server s;
        uint32_t id = 7;
        start(&s, answers[i]);
        struct registry *r = make(s.url);
        cr_assert_eq(registry_id(r, "s", "1", 1, &id), -1, "%s", answers[i]);
        pthread_join(s.thread, NULL);
        close(s.fd); /* whoever asked again would be refused, and not at once be told so */
        cr_assert_eq(registry_id(r, "s", "1", 1, &id), -1);
        registry_free(r);
    }
}

Test(registry, nobody_there)
{
    uint32_t id;
    struct registry *r = make("http://127.0.0.1:1");
    cr_assert_eq(registry_id(r, "s", "1", 1, &id), -1);
    cr_assert_eq(registry_id(r, "s", "1", 1, &id), -1);
    registry_free(r);
}
