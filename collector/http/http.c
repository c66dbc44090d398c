/* SPDX-License-Identifier: BSD-2-Clause */
/* http: the pages' server, libevent's evhttp on its own loop. Floor F4. */
#include "collector/http/http.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collector/shard/addr.h"

enum { HEADERS_MAX = 8192, IDLE_S = 10, BACKLOG = 64 };

struct http {
    const struct http_pages *pages;
    void *arg;
    const struct log *log;
    struct event_base *base;
    struct evhttp *server;
    struct event *stop;
    int stop_fd;
    uint16_t port;
    pthread_t thread;
};

/* ---- pages ---- */

struct page {
    const char *path;
    const char *type;
    size_t off; /* of the function in struct http_pages */
    bool keep;  /* the text is sent with 503, too */
    bool post;  /* it does something: POST alone */
};

static const struct page pages[] = {
    {"/healthz", "application/json", offsetof(struct http_pages, health), true, false},
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8",
     offsetof(struct http_pages, metrics), false, false},
    {"/peers", "application/json", offsetof(struct http_pages, peers), false, false},
    {"/ledger", "application/json", offsetof(struct http_pages, ledger), false, false},
    {"/ledger.txt", "text/plain", offsetof(struct http_pages, ledger_text), false, false},
    {"/rib/dump", "application/json", offsetof(struct http_pages, dump), true, true},
    {"/reload", "application/json", offsetof(struct http_pages, reload), true, true},
};

static const struct page *page_at(const char *path)
{
    for (size_t i = 0; path != NULL && i < sizeof pages / sizeof pages[0]; i++) {
        if (strcmp(pages[i].path, path) == 0)
            return &pages[i];
    }
    return NULL;
}

static void answer(struct evhttp_request *req, int code, const char *type, const char *text,
                   size_t len)
{
    struct evbuffer *out = evbuffer_new();
    struct evkeyvalq *headers = evhttp_request_get_output_headers(req);
    evhttp_add_header(headers, "Content-Type", type);
    evhttp_add_header(headers, "Cache-Control", "no-store");
    char length[24];
    snprintf(length, sizeof length, "%zu", len);
    evhttp_add_header(headers, "Content-Length", length);
    if (evhttp_request_get_command(req) == EVHTTP_REQ_HEAD)
        len = 0; /* evhttp would send it */
    if (out == NULL || evbuffer_add(out, text, len) != 0) {
        evhttp_send_error(req, HTTP_INTERNAL, NULL);
        if (out != NULL)
            evbuffer_free(out);
        return;
    }
    evhttp_send_reply(req, code, NULL, out);
    evbuffer_free(out);
}

static void answer_text(struct evhttp_request *req, int code, const char *text)
{
    answer(req, code, "text/plain", text, strlen(text));
}

static void answer_page(struct http *h, struct evhttp_request *req, const struct page *page)
{
    int (*fill)(void *arg, struct buf *b);
    memcpy(&fill, (const char *)h->pages + page->off, sizeof fill);
    struct buf b = {0};
    bool good = fill(h->arg, &b) == 0;
    if (b.failed)
        answer_text(req, HTTP_INTERNAL, "out of memory\n");
    else if (!good && !page->keep)
        answer_text(req, HTTP_SERVUNAVAIL, "a shard does not answer\n");
    else
        answer(req, good ? HTTP_OK : HTTP_SERVUNAVAIL, page->type, b.len > 0 ? b.p : "", b.len);
    buf_free(&b);
}

static void on_request(struct evhttp_request *req, void *arg)
{
    struct http *h = (struct http *)arg;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
    const struct page *page = page_at(uri != NULL ? evhttp_uri_get_path(uri) : NULL);
    enum evhttp_cmd_type method = evhttp_request_get_command(req);
    if (page == NULL) {
        answer_text(req, HTTP_NOTFOUND,
                    "pages: /healthz /metrics /peers /ledger, POST /rib/dump /reload\n");
    } else if (page->post && method != EVHTTP_REQ_POST) {
        evhttp_add_header(evhttp_request_get_output_headers(req), "Allow", "POST");
        answer_text(req, HTTP_BADMETHOD, "POST\n");
    } else if (!page->post && method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
        evhttp_add_header(evhttp_request_get_output_headers(req), "Allow", "GET, HEAD");
        answer_text(req, HTTP_BADMETHOD, "GET or HEAD\n");
    } else {
        answer_page(h, req, page);
    }
}

/* ---- the server ---- */

static uint16_t bound_port(int fd)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    struct source_addr at;
    if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
        return 0;
    addr_of_sockaddr(&at, &ss);
    return at.port;
}

static int bind_socket(struct http *h, const struct source_addr *listen_at)
{
    struct sockaddr_storage ss;
    socklen_t len = addr_to_sockaddr(listen_at, &ss);
    int on = 1;
    int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    bool six = ss.ss_family == AF_INET6;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (six && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        bind(fd, (const struct sockaddr *)&ss, len) != 0 || listen(fd, BACKLOG) != 0 ||
        evhttp_accept_socket(h->server, fd) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    h->port = bound_port(fd);
    return 0;
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    event_base_loopbreak((struct event_base *)arg);
}

static void *run(void *arg)
{
    struct http *h = (struct http *)arg;
    pthread_setname_np(pthread_self(), "http");
    event_base_dispatch(h->base);
    return NULL;
}

static int make_loop(struct http *h)
{
    h->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    h->base = event_base_new();
    if (h->stop_fd < 0 || h->base == NULL)
        return -1;
    h->stop = event_new(h->base, h->stop_fd, EV_READ, on_stop, h->base);
    h->server = evhttp_new(h->base);
    if (h->stop == NULL || h->server == NULL || event_add(h->stop, NULL) != 0)
        return -1;
    evhttp_set_max_headers_size(h->server, HEADERS_MAX);
    evhttp_set_max_body_size(h->server, HEADERS_MAX);
    evhttp_set_timeout(h->server, IDLE_S);
    /* all that evhttp knows, so that we and not it say 405 */
    evhttp_set_allowed_methods(h->server, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
                                              EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
                                              EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |
                                              EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH);
    evhttp_set_gencb(h->server, on_request, h);
    return 0;
}

static void http_free(struct http *h)
{
    if (h->server != NULL)
        evhttp_free(h->server);
    if (h->stop != NULL)
        event_free(h->stop);
    if (h->base != NULL)
        event_base_free(h->base);
    if (h->stop_fd >= 0)
        close(h->stop_fd);
    free(h);
}

struct http *http_start(const struct source_addr *listen_at, const struct http_pages *p,
                        void *arg, const struct log *log, char *err, size_t err_len)
{
    struct http *h = calloc(1, sizeof *h);
    if (h == NULL) {
        snprintf(err, err_len, "http: out of memory");
        return NULL;
    }
    *h = (struct http){.pages = p, .arg = arg, .log = log, .stop_fd = -1};
    if (make_loop(h) != 0) {
        snprintf(err, err_len, "http: no event loop: %s", strerror(errno));
    } else if (bind_socket(h, listen_at) != 0) {
        addr_explain_listen(listen_at, "http: ", errno, err, err_len);
    } else if (pthread_create(&h->thread, NULL, run, h) != 0) {
        snprintf(err, err_len, "http: no thread");
    } else {
        log_line(log, LOG_LEVEL_DEBUG, "http: on port %u", h->port);
        return h;
    }
    http_free(h);
    return NULL;
}

uint16_t http_port(const struct http *h)
{
    return h->port;
}

void http_stop(struct http *h)
{
    if (h == NULL)
        return;
    uint64_t one = 1;
    while (write(h->stop_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
    pthread_join(h->thread, NULL);
    http_free(h);
}
