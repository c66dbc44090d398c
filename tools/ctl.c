/* SPDX-License-Identifier: BSD-2-Clause */
/* ctl: `ribtape ctl`, asks a running ribtaped over HTTP. Floor F4. */
#include "tools/tool.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cli.h"

enum { TIMEOUT_S = 10, WAIT_S = 600, POLL_MS = 100, HOST_MAX = 256, PORT_MAX = 16 };

static const char name[] = "ctl";

/* Where the daemon is. */
struct daemon {
    char host[HOST_MAX], port[PORT_MAX];
};

struct answer {
    int status;
    struct buf text; /* all of it */
    const char *body;
};

/* ---- HTTP, as much as this takes ---- */

static int connect_to(const struct daemon *d)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const struct timeval patience = {.tv_sec = TIMEOUT_S};
    struct addrinfo *all = NULL;
    int fd = -1;
    int rc = getaddrinfo(d->host, d->port, &hints, &all);
    if (rc != 0) {
        tool_fail(name, "%s: %s", d->host, gai_strerror(rc));
        return -1;
    }
    for (const struct addrinfo *a = all; a != NULL && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        if (connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            int saved = errno;
            close(fd);
            errno = saved;
            fd = -1;
        }
    }
    freeaddrinfo(all);
    if (fd < 0)
        tool_fail(name, "%s port %s: %s", d->host, d->port, strerror(errno));
    return fd;
}

static int send_all(int fd, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static int read_all(int fd, struct buf *b)
{
    enum { STEP = 16384 };
    for (;;) {
        char *p = buf_room(b, STEP);
        if (p == NULL) {
            errno = ENOMEM;
            return -1;
        }
        ssize_t n = recv(fd, p, STEP, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? 0 : -1;
        b->len += (size_t)n;
    }
}

/* Asks for a page. Returns 0, or -1 with the reason told; buf_free(&a->text) is due. */
static int ask(const struct daemon *d, const char *method, const char *path, struct answer *a)
{
    char request[512];
    *a = (struct answer){0};
    int fd = connect_to(d);
    if (fd < 0)
        return -1;
    int len = snprintf(request, sizeof(request),
                       "%s %s HTTP/1.0\r\nHost: %s\r\nContent-Length: 0\r\n\r\n", method, path,
                       d->host);
    int rc = len > 0 && (size_t)len < sizeof(request) ? send_all(fd, request, (size_t)len) : -1;
    if (rc == 0)
        rc = read_all(fd, &a->text);
    int saved = errno;
    close(fd);
    buf_add_char(&a->text, '\0');
    a->body = rc == 0 && !a->text.failed ? strstr(a->text.p, "\r\n\r\n") : NULL;
    if (a->body != NULL && sscanf(a->text.p, "HTTP/%*d.%*d %d", &a->status) == 1) {
        a->body += 4;
        return 0;
    }
    tool_fail(name, "%s port %s: %s", d->host, d->port,
              rc != 0 ? strerror(saved) : "this is no HTTP");
    return -1;
}

/* ---- commands ---- */

/* Prints a page; the exit status says whether all is well. */
static int show(const struct daemon *d, const char *method, const char *path)
{
    struct answer a;
    int rc = ask(d, method, path, &a);
    if (rc == 0)
        fputs(a.body, stdout);
    bool good = rc == 0 && a.status == 200;
    buf_free(&a.text);
    return good ? TOOL_OK : TOOL_FAILED;
}

/* What tells how something went that the daemon does later. */
struct counters {
    const char *good, *bad; /* metrics' names */
};

static double metric_of(const char *text, const char *metric)
{
    size_t len = strlen(metric);
    for (const char *p = text; p != NULL; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (strncmp(p, metric, len) == 0 && p[len] == ' ')
            return strtod(p + len, NULL);
    }
    return 0;
}

static int read_counters(const struct daemon *d, const struct counters *c, double v[2])
{
    struct answer a;
    int rc = ask(d, "GET", "/metrics", &a);
    if (rc == 0) {
        v[0] = metric_of(a.body, c->good);
        v[1] = metric_of(a.body, c->bad);
    }
    buf_free(&a.text);
    return rc;
}

/* Asks for something and waits until it is done or refused. */
static int do_and_wait(const struct daemon *d, const char *path, const struct counters *c)
{
    static const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    double before[2], now[2];
    if (read_counters(d, c, before) != 0)
        return TOOL_FAILED;
    int rc = show(d, "POST", path);
    for (unsigned i = 0; rc == TOOL_OK && i < WAIT_S * 1000 / POLL_MS; i++) {
        if (read_counters(d, c, now) != 0)
            return TOOL_FAILED;
        if (now[1] > before[1])
            return tool_fail(name, "it failed; the daemon's log says why");
        if (now[0] > before[0])
            return TOOL_OK;
        nanosleep(&pause, NULL);
    }
    return rc == TOOL_OK ? tool_fail(name, "not done after %d s", WAIT_S) : rc;
}

static const struct command {
    const char *name, *method, *path;
    bool waits;
    struct counters counters;
} commands[] = {
    {"health", "GET", "/healthz", false, {NULL, NULL}},
    {"peers", "GET", "/peers", false, {NULL, NULL}},
    {"metrics", "GET", "/metrics", false, {NULL, NULL}},
    {"rib-dump",
     "POST",
     "/rib/dump",
     true,
     {"ribtape_rib_dumps_total", "ribtape_rib_dump_failures_total"}},
    {"reload",
     "POST",
     "/reload",
     true,
     {"ribtape_reloads_total", "ribtape_refused_reloads_total"}},
};

/* Cuts HOST:PORT or [HOST]:PORT. */
static bool take_to(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct daemon *d = into;
    const char *colon = strrchr(value, ':');
    size_t len = colon != NULL ? (size_t)(colon - value) : 0;
    (void)o, (void)err;
    if (len > 2 && value[0] == '[' && value[len - 1] == ']') {
        value++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof(d->host) || strlen(colon + 1) >= sizeof(d->port))
        return false;
    memcpy(d->host, value, len);
    d->host[len] = '\0';
    memcpy(d->port, colon + 1, strlen(colon + 1) + 1);
    return d->port[0] != '\0';
}

static const struct cli_option options[] = {
    {.name = "to",
     .value = "ADDRESS:PORT",
     .help = "Where the daemon answers, its http.listen (default 127.0.0.1:9179).",
     .take = take_to},
};

const struct cli_command ctl_cli = {
    .program = "ribtape",
    .name = "ctl",
    .section = 1,
    .summary = "ask a running ribtaped: health, peers, RIB dump, reload",
    .operands = "COMMAND",
    .about = "Asks a running ribtaped over HTTP. The commands are:\n\n"
             " health    JSON; status 1 when something is not well\n"
             " peers     sessions and routers, JSON\n"
             " metrics   Prometheus text\n"
             " rib-dump  write a RIB dump and wait until it is there\n"
             " reload    read the configuration again and wait until it is in force",
    CLI_OPTIONS(options),
    .status = "0 all went well; 1 it failed, was refused, or nobody answered; 2 wrong usage.",
    .more = "# EXAMPLES\n\n ribtape ctl --to 127.0.0.1:9179 rib-dump",
};

int tool_ctl(int argc, char **argv)
{
    struct daemon d = {"127.0.0.1", "9179"};
    int first, rc = cli_parse(&ctl_cli, &d, argc, argv, &first);
    if (rc != CLI_GO)
        return rc;
    if (first + 1 != argc)
        return cli_wrong(&ctl_cli, "one COMMAND is wanted");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const struct command *c = &commands[i];
        if (strcmp(argv[first], c->name) == 0)
            return c->waits ? do_and_wait(&d, c->path, &c->counters)
                            : show(&d, c->method, c->path);
    }
    return cli_wrong(&ctl_cli, "no command '%s'", argv[first]);
}
