/* SPDX-License-Identifier: BSD-2-Clause */
/* addr: a source_addr to and from the kernel's forms and text. Floor F4. */
#include "collector/shard/addr.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"

socklen_t addr_to_sockaddr(const struct source_addr *a, struct sockaddr_storage *ss)
{
    memset(ss, 0, sizeof(*ss));
    if (a->len == 4) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(a->port)};
        memcpy(&in.sin_addr, a->a, 4);
        memcpy(ss, &in, sizeof(in));
        return sizeof(in);
    }
    if (a->len == 16) {
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(a->port)};
        memcpy(&in6.sin6_addr, a->a, 16);
        memcpy(ss, &in6, sizeof(in6));
        return sizeof(in6);
    }
    return 0;
}

void addr_of_sockaddr(struct source_addr *a, const struct sockaddr_storage *ss)
{
    memset(a, 0, sizeof(*a));
    if (ss->ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, ss, sizeof(in));
        a->len = 4;
        a->port = ntohs(in.sin_port);
        memcpy(a->a, &in.sin_addr, 4);
    } else if (ss->ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, ss, sizeof(in6));
        a->len = 16;
        a->port = ntohs(in6.sin6_port);
        memcpy(a->a, &in6.sin6_addr, 16);
    }
}

bool addr_same_host(const struct source_addr *a, const struct source_addr *b)
{
    return a->len == b->len && memcmp(a->a, b->a, a->len) == 0;
}

bool addr_same(const struct source_addr *a, const struct source_addr *b)
{
    return addr_same_host(a, b) && a->port == b->port;
}

static size_t put_addr(const struct source_addr *a, char *dst)
{
    if (a->len == 4)
        return fmt_ipv4(dst, a->a);
    if (a->len == 16)
        return fmt_ipv6(dst, a->a);
    dst[0] = '-';
    return 1;
}

const char *addr_text(const struct source_addr *a, char dst[ADDR_TEXT_MAX])
{
    dst[put_addr(a, dst)] = '\0';
    return dst;
}

const char *addr_port_text(const struct source_addr *a, char dst[ADDR_TEXT_MAX])
{
    char host[ADDR_TEXT_MAX];
    addr_text(a, host);
    if (a->len == 16)
        snprintf(dst, ADDR_TEXT_MAX, "[%.46s]:%u", host, (unsigned)a->port);
    else
        snprintf(dst, ADDR_TEXT_MAX, "%.46s:%u", host, (unsigned)a->port);
    return dst;
}

void addr_explain_listen(const struct source_addr *at, const char *what, int error, char *err,
                         size_t err_len)
{
    enum { FIRST_FREE_PORT = 1024 };
    char text[ADDR_TEXT_MAX];
    bool low = error == EACCES && at->port < FIRST_FREE_PORT;
    snprintf(err, err_len, "%slisten on %s: %s%s", what, addr_port_text(at, text),
             strerror(error),
             low ? "; ports below 1024 need a permission: setcap cap_net_bind_service=+ep "
                   "ribtaped, or AmbientCapabilities=CAP_NET_BIND_SERVICE of systemd"
                 : "");
}
