/* SPDX-License-Identifier: BSD-2-Clause */
/* http: one request of HTTP/1.0, whose answer ends with the connection. Floor F4. */
#include "tools/http.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Takes HOST:PORT apart. Returns whether it is one. */
static bool split(const char *server, char host[256], char port[8])
{
    const char *colon = strrchr(server, ':');
    if (colon == NULL || colon == server || colon[1] == '\0' || strlen(colon + 1) > 5)
        return false;
    size_t len = (size_t)(colon - server);
    if (server[0] == '[' && server[len - 1] == ']') {
        server++;
        len -= 2;
    }
    if (len == 0 || len > 255)
        return false;
    memcpy(host, server, len);
    host[len] = '\0';
    memcpy(port, colon + 1, strlen(colon + 1) + 1);
    return true;
}

/* Running into SO_SNDTIMEO or SO_RCVTIMEO has numbers of its own. */
static const char *reason_of(int error)
{
    return error == EAGAIN || error == EINPROGRESS ? "no answer in time" : strerror(error);
}

static int connect_one(const struct addrinfo *a)
{
    const struct timeval wait = {.tv_sec = TOOL_HTTP_WAIT_S};
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
        connect(fd, a->ai_addr, a->ai_addrlen) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static int connect_to(const char *server, char *err, size_t err_len)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *all = NULL;
    char host[256], port[8];
    int fd = -1;
    if (!split(server, host, port)) {
        snprintf(err, err_len, "%s: must be HOST:PORT", server);
        return -1;
    }
    int rc = getaddrinfo(host, port, &hints, &all);
    if (rc != 0) {
        snprintf(err, err_len, "%s: %s", server, gai_strerror(rc));
        return -1;
    }
    for (const struct addrinfo *a = all; a != NULL && fd < 0; a = a->ai_next)
        fd = connect_one(a);
    if (fd < 0)
        snprintf(err, err_len, "%s: %s", server, reason_of(errno));
    freeaddrinfo(all);
    return fd;
}

static bool send_all(int fd, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static bool receive_all(int fd, struct buf *b)
{
    for (;;) {
        char *room = buf_room(b, 65536);
        if (room == NULL)
            return false;
        ssize_t n = recv(fd, room, 65536, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        b->len += (size_t)n;
    }
}

/* Takes an answer apart. Returns its status, or -1. */
static int take_answer(const struct buf *answer, struct buf *body)
{
    static const char begin[] = "HTTP/1.", blank[] = "\r\n\r\n";
    if (answer->len < 12 || memcmp(answer->p, begin, sizeof begin - 1) != 0)
        return -1;
    const char *end = memmem(answer->p, answer->len, blank, sizeof blank - 1);
    if (end == NULL)
        return -1;
    end += sizeof blank - 1;
    buf_add(body, end, answer->len - (size_t)(end - answer->p));
    return (int)strtol(answer->p + 9, NULL, 10);
}

int tool_http(const char *server, const char *method, const char *path, struct buf *body,
              char *err, size_t err_len)
{
    struct buf request = {0}, answer = {0};
    int status = -1, fd = connect_to(server, err, err_len);
    if (fd < 0)
        return -1;
    buf_printf(&request, "%s %s HTTP/1.0\r\nHost: %s\r\nContent-Length: 0\r\n\r\n", method,
               path, server);
    errno = ENOMEM;
    if (request.failed || !send_all(fd, request.p, request.len) || !receive_all(fd, &answer))
        snprintf(err, err_len, "%s: %s", server, reason_of(errno));
    else if ((status = take_answer(&answer, body)) < 0)
        snprintf(err, err_len, "%s: the answer is no HTTP", server);
    close(fd);
    buf_free(&request);
    buf_free(&answer);
    return status;
}
