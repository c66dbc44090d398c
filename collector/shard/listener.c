/* SPDX-License-Identifier: BSD-2-Clause */
/* listener: listening sockets and what protects them. Floor F4. */
#include "collector/shard/listener.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
/* after netinet/in.h: struct tcp_md5sig with prefixes is in neither of them alone */
#include <linux/tcp.h>

#include "base/clock.h"
#include "collector/bgp/session.h"
#include "collector/bmp/door.h"
#include "collector/bmp/station.h"
#include "collector/shard/addr.h"
#include "collector/shard/shard_int.h"

enum { ACCEPTS_PER_TURN = 32, BACKLOG = 512, TTL_MAX = 255 };

static void take(const struct listener *l, int fd, const struct source_addr *remote,
                 const struct source_addr *local)
{
    struct shard *sh = l->shard;
    if (l->kind == SOURCE_BGP) {
        session_accept(sh, fd, remote, local);
        return;
    }
    const struct config_listener *how = config_listener_for(sh->cfg, &l->addr);
    if (how != NULL && (how->tls || how->proxy_from_cnt > 0))
        door_open(sh, fd, how, remote, local);
    else
        station_accept(sh, fd, NULL, remote, local);
}

/* Picks the socket by the remote address: index = address mod shards (RFC-free: see
 * SO_ATTACH_REUSEPORT_CBPF in socket(7)). The program's data starts after the IP header; the
 * header itself is at SKF_NET_OFF. */
static int attach_choice(int fd, uint8_t addr_len, unsigned shards)
{
    uint32_t off = addr_len == 16 ? 8 : 12; /* of the source address */
    struct sock_filter v4[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + off),
        BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, shards),
        BPF_STMT(BPF_RET | BPF_A, 0),
    };
    struct sock_filter v6[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + off),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + off + 4),
        BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + off + 12),
        BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
        BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, shards),
        BPF_STMT(BPF_RET | BPF_A, 0),
    };
    struct sock_fprog prog = {.len = sizeof(v4) / sizeof(v4[0]), .filter = v4};
    if (addr_len == 16)
        prog = (struct sock_fprog){.len = sizeof(v6) / sizeof(v6[0]), .filter = v6};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog, sizeof(prog));
}

static int set_int(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value));
}

/* RFC 5082 section 3 wants 255 from the SYN/ACK on, so the listener has it; it harms nobody
 * else. */
static int set_ttl(int fd, uint8_t addr_len)
{
    return addr_len == 16 ? set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, TTL_MAX)
                          : set_int(fd, IPPROTO_IP, IP_TTL, TTL_MAX);
}

int listener_secure(int fd, const struct source_addr *remote, uint8_t hops)
{
    if (set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1) != 0 || set_ttl(fd, remote->len) != 0)
        return -1;
    if (hops == 0)
        return 0;
    return remote->len == 16 ? set_int(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, TTL_MAX + 1 - hops)
                             : set_int(fd, IPPROTO_IP, IP_MINTTL, TTL_MAX + 1 - hops);
}

/* ---- keys ---- */

int listener_set_key(int fd, const struct source_addr *addr, uint8_t bits, const char *key)
{
    struct tcp_md5sig sig = {.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX, .tcpm_prefixlen = bits};
    struct sockaddr_storage ss;
    struct source_addr host = *addr;
    size_t len = key != NULL ? strlen(key) : 0;
    if (len > sizeof(sig.tcpm_key)) {
        errno = EMSGSIZE;
        return -1;
    }
    host.port = 0;
    (void)addr_to_sockaddr(&host, &ss);
    _Static_assert(sizeof(sig.tcpm_addr) == sizeof(ss), "both are struct sockaddr_storage");
    memcpy(&sig.tcpm_addr, &ss, sizeof(ss));
    sig.tcpm_keylen = (uint16_t)len;
    if (len > 0)
        memcpy(sig.tcpm_key, key, len);
    return setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG_EXT, &sig, sizeof(sig));
}

/* One entry's protection, of either kind. */
struct keyed {
    const struct config_prefix *range;
    const char *key;
};

static size_t entry_cnt(enum source_kind kind, const struct config *cfg)
{
    return kind == SOURCE_BGP ? cfg->bgp.peers_cnt : cfg->bmp.routers_cnt;
}

static struct keyed entry_at(enum source_kind kind, const struct config *cfg, size_t i)
{
    if (kind == SOURCE_BGP)
        return (struct keyed){&cfg->bgp.peers[i].range, cfg->bgp.peers[i].md5};
    const struct config_router *r = &cfg->bmp.routers[i];
    return (struct keyed){&r->range, r->dial ? NULL : r->md5}; /* dialled: own socket */
}

static bool has_key(enum source_kind kind, const struct config *cfg,
                    const struct config_prefix *range)
{
    for (size_t i = 0; i < entry_cnt(kind, cfg); i++) {
        struct keyed k = entry_at(kind, cfg, i);
        if (k.key != NULL && k.range->bits == range->bits &&
            addr_same_host(&k.range->addr, &range->addr))
            return true;
    }
    return false;
}

int listener_set_keys(struct listener *l, const struct config *cfg, const struct config *old,
                      struct source_addr *who)
{
    for (size_t i = 0; old != NULL && i < entry_cnt(l->kind, old); i++) {
        struct keyed k = entry_at(l->kind, old, i);
        if (k.key == NULL || k.range->addr.len != l->addr.len || has_key(l->kind, cfg, k.range))
            continue;
        *who = k.range->addr;
        if (listener_set_key(l->fd, who, k.range->bits, NULL) != 0 && errno != ENOENT)
            return -1;
    }
    for (size_t i = 0; i < entry_cnt(l->kind, cfg); i++) {
        struct keyed k = entry_at(l->kind, cfg, i);
        if (k.key == NULL || k.range->addr.len != l->addr.len)
            continue;
        *who = k.range->addr;
        if (listener_set_key(l->fd, who, k.range->bits, k.key) != 0)
            return -1;
    }
    return 0;
}

/* ---- accepting ---- */

/* Out of descriptors: a level-triggered loop would spin. Waits a second. */
static void accept_failed(struct listener *l, int error)
{
    static const struct timeval second = {1, 0};
    uint32_t suppressed;
    if (error == EAGAIN || error == EINTR || error == ECONNABORTED)
        return;
    if (log_allowed(&l->shard->refused_limit, clock_monotonic_ns(), &suppressed))
        log_line(l->shard->log, LOG_LEVEL_WARN, "listener: accept failed: %s, next try in 1 s",
                 strerror(error));
    metric_add(&l->shard->refused[REFUSED_RESOURCES], 1);
    event_del(l->ev);
    event_add(l->again, &second);
}

static void listener_on_accept(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = (struct listener *)arg;
    (void)what;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct sockaddr_storage ss, own = {0};
        socklen_t len = sizeof(ss), own_len = sizeof(own);
        struct source_addr remote, local;
        int s = accept4(fd, (struct sockaddr *)&ss, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (s < 0) {
            accept_failed(l, errno);
            return;
        }
        addr_of_sockaddr(&remote, &ss);
        if (getsockname(s, (struct sockaddr *)&own, &own_len) != 0) {
            close(s); /* reset already */
            continue;
        }
        addr_of_sockaddr(&local, &own);
        take(l, s, &remote, &local);
    }
}

static void listener_on_again(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    listener_resume((struct listener *)arg);
}

void listener_pause(struct listener *l)
{
    event_del(l->ev);
}

void listener_resume(struct listener *l)
{
    if (!l->shard->paused)
        event_add(l->ev, NULL);
}

static int bind_and_listen(struct listener *l)
{
    struct sockaddr_storage ss;
    socklen_t len = addr_to_sockaddr(&l->addr, &ss);
    unsigned shards = l->shard->shards;
    l->fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd < 0 || set_int(l->fd, SOL_SOCKET, SO_REUSEADDR, 1) != 0)
        return -1;
    if (l->addr.len == 16 && set_int(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) != 0)
        return -1;
    if (set_ttl(l->fd, l->addr.len) != 0)
        return -1;
    if (shards > 1 && set_int(l->fd, SOL_SOCKET, SO_REUSEPORT, 1) != 0)
        return -1;
    if (bind(l->fd, (struct sockaddr *)&ss, len) != 0 || listen(l->fd, BACKLOG) != 0)
        return -1;
    if (shards > 1 && attach_choice(l->fd, l->addr.len, shards) != 0)
        return -1;
    len = sizeof(ss);
    if (getsockname(l->fd, (struct sockaddr *)&ss, &len) != 0)
        return -1;
    addr_of_sockaddr(&l->bound, &ss);
    return 0;
}

static int add_events(struct listener *l)
{
    struct event_base *base = l->shard->base;
    l->ev = event_new(base, l->fd, EV_READ | EV_PERSIST, listener_on_accept, l);
    l->again = evtimer_new(base, listener_on_again, l);
    if (l->ev == NULL || l->again == NULL)
        return -1;
    return l->shard->paused ? 0 : event_add(l->ev, NULL);
}

static void listener_free(struct listener *l)
{
    if (l->ev != NULL)
        event_free(l->ev);
    if (l->again != NULL)
        event_free(l->again);
    if (l->fd >= 0)
        close(l->fd);
    free(l);
}

int listener_open(struct shard *sh, enum source_kind kind, const struct source_addr *addr,
                  char *err, size_t err_len)
{
    char text[ADDR_TEXT_MAX];
    struct source_addr who = *addr;
    struct listener *l = (struct listener *)calloc(1, sizeof(*l));
    if (l == NULL) {
        snprintf(err, err_len, "%s: out of memory", addr_port_text(addr, text));
        return -1;
    }
    *l = (struct listener){.shard = sh, .kind = kind, .addr = *addr, .fd = -1};
    if (bind_and_listen(l) != 0 || add_events(l) != 0) {
        addr_explain_listen(addr, "", errno, err, err_len);
    } else if (listener_set_keys(l, sh->cfg, NULL, &who) != 0) {
        snprintf(err, err_len, "TCP MD5 key for %s: %s", addr_text(&who, text),
                 strerror(errno));
    } else {
        TAILQ_INSERT_TAIL(&sh->listeners, l, link);
        return 0;
    }
    listener_free(l);
    return -1;
}

void listener_close(struct listener *l)
{
    TAILQ_REMOVE(&l->shard->listeners, l, link);
    listener_free(l);
}
