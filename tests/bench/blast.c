/* SPDX-License-Identifier: BSD-2-Clause */
/* blast: the sending side of benchmarks and load tests, one process, one thread.
 *
 * Opens BGP sessions (or BMP streams) from local addresses of its own, sends a table that lies
 * in memory as fast as the receiver takes it, and keeps the sessions with keepalives until its
 * standard input (a pipe) ends. Prints one line per event, times in seconds since the epoch:
 *   established SESSION TIME          OPEN and KEEPALIVE came (BMP: connected)
 *   sent SESSION TIME                 its whole table is in the kernel
 *   all-sent TIME started TIME bytes N
 *   closed SESSION TIME REASON
 *   end up N closed N notifications N keepalive-gap-ms N keepalives-min N
 * `keepalive-gap-ms`: the longest time any session waited for a message of the receiver. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/wr.h"
#include "bgp/msg.h"
#include "bgp/open.h"

enum { IN_MAX = 8192, OUT_MAX = 512, CHUNK = 1 << 20, EVENTS_MAX = 256 };
enum { TICK_MS = 100, RECONNECT_MS = 100, CONNECTING_MAX = 128 };

enum phase { PHASE_DOWN, PHASE_CONNECTING, PHASE_OPEN, PHASE_TABLE, PHASE_IDLE };

struct session {
    int fd;
    enum phase phase;
    unsigned index;
    bool got_open, watches_out;
    size_t table_off;
    double retry_at;                    /* monotonic seconds; 0: never tried */
    double last_in, last_keepalive_out; /* monotonic seconds */
    double gap;                         /* longest silence of the receiver while up */
    unsigned keepalives_in;
    uint8_t in[IN_MAX];
    size_t in_len;
    uint8_t out[OUT_MAX]; /* whole messages that go before the table goes on */
    size_t out_len;
};

struct blast {
    struct sockaddr_storage to, local;
    socklen_t addr_len;
    bool bmp, reconnect, quiet, has_local;
    unsigned session_cnt;
    uint32_t asn;
    uint16_t hold_s;
    const uint8_t *table;
    size_t table_len;
    struct session *sessions;
    int epoll, timer;
    unsigned sent_cnt, closed_cnt, notification_cnt, connecting;
    double started; /* first byte of a table, realtime */
};

static double now(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void say(const struct blast *b, const char *what, const struct session *s,
                const char *more)
{
    if (b->quiet)
        return;
    printf("%s %u %.6f%s%s\n", what, s->index, now(CLOCK_REALTIME), more[0] != '\0' ? " " : "",
           more);
    fflush(stdout);
}

static void die(const char *what)
{
    fprintf(stderr, "blast: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- messages ---- */

static size_t put_header(struct wr *w, uint8_t type)
{
    for (int i = 0; i < 4; i++)
        wr_u32(w, UINT32_MAX);
    size_t at = w->len;
    wr_u16(w, 0);
    wr_u8(w, type);
    return at;
}

static void put_end(struct wr *w, size_t at)
{
    w->buf[at] = (uint8_t)((w->len - at + 16) >> 8);
    w->buf[at + 1] = (uint8_t)(w->len - at + 16);
}

static void queue_keepalive(struct session *s)
{
    struct wr w = wr_of(s->out + s->out_len, sizeof(s->out) - s->out_len);
    if (w.cap < BGP_HEADER_LEN)
        return; /* the receiver takes nothing: enough of them wait already */
    put_end(&w, put_header(&w, BGP_TYPE_KEEPALIVE));
    s->out_len += w.len;
}

/* Capabilities: IPv4 and IPv6 unicast, route refresh, four-octet AS numbers. */
static void queue_open(const struct blast *b, struct session *s)
{
    static const uint8_t caps[] = {1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0, 65, 4};
    struct wr w = wr_of(s->out, sizeof(s->out));
    uint32_t asn = b->asn + s->index;
    size_t at = put_header(&w, BGP_TYPE_OPEN);
    wr_u8(&w, 4);
    wr_u16(&w, asn > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)asn);
    wr_u16(&w, b->hold_s);
    wr_u32(&w, UINT32_C(0x0a000001) + s->index);
    wr_u8(&w, sizeof(caps) + 6);
    wr_u8(&w, 2);
    wr_u8(&w, sizeof(caps) + 4);
    wr_bytes(&w, caps, sizeof(caps));
    wr_u32(&w, asn);
    put_end(&w, at);
    s->out_len = w.len;
}

/* ---- sessions ---- */

static void session_watch(struct blast *b, struct session *s, bool out)
{
    struct epoll_event e = {.events = EPOLLIN | (out ? (uint32_t)EPOLLOUT : 0u), .data.ptr = s};
    if (s->watches_out == out)
        return;
    s->watches_out = out;
    if (epoll_ctl(b->epoll, EPOLL_CTL_MOD, s->fd, &e) != 0)
        die("epoll_ctl");
}

static void session_close(struct blast *b, struct session *s, const char *why)
{
    if (s->phase == PHASE_CONNECTING)
        b->connecting--;
    else
        b->closed_cnt++;
    say(b, "closed", s, why);
    close(s->fd);
    s->fd = -1;
    s->phase = PHASE_DOWN;
    s->retry_at = now(CLOCK_MONOTONIC) + RECONNECT_MS / 1000.0;
}

/* Session i connects from the local address plus i. */
static void session_bind(const struct blast *b, const struct session *s)
{
    struct sockaddr_storage a = b->local;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&a;
    int one = 1;
    setsockopt(s->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
    if (a.ss_family == AF_INET)
        v4->sin_addr.s_addr = htonl(ntohl(v4->sin_addr.s_addr) + s->index);
    if (bind(s->fd, (struct sockaddr *)&a, b->addr_len) != 0)
        die("bind");
}

static void session_connect(struct blast *b, struct session *s)
{
    int one = 1;
    s->fd = socket(b->to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        die("socket");
    if (b->has_local)
        session_bind(b, s);
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    s->phase = PHASE_CONNECTING;
    b->connecting++;
    s->got_open = false;
    s->table_off = s->in_len = s->out_len = 0;
    if (connect(s->fd, (struct sockaddr *)&b->to, b->addr_len) != 0 && errno != EINPROGRESS) {
        session_close(b, s, strerror(errno));
        return;
    }
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = s};
    s->watches_out = true;
    if (epoll_ctl(b->epoll, EPOLL_CTL_ADD, s->fd, &e) != 0)
        die("epoll_ctl");
}

static void session_table_begins(struct blast *b, struct session *s)
{
    s->phase = PHASE_TABLE;
    say(b, "established", s, "");
    if (b->started == 0)
        b->started = now(CLOCK_REALTIME);
}

static void session_connected(struct blast *b, struct session *s)
{
    int err = 0;
    socklen_t len = sizeof(err);
    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len);
    if (err != 0) {
        session_close(b, s, strerror(err));
        return;
    }
    b->connecting--;
    s->last_in = s->last_keepalive_out = now(CLOCK_MONOTONIC);
    s->phase = PHASE_OPEN;
    if (b->bmp)
        session_table_begins(b, s);
    else
        queue_open(b, s);
}

static void session_sent(struct blast *b, struct session *s)
{
    s->phase = PHASE_IDLE;
    say(b, "sent", s, "");
    if (++b->sent_cnt == b->session_cnt) {
        printf("all-sent %.6f started %.6f bytes %zu\n", now(CLOCK_REALTIME), b->started,
               b->table_len * b->session_cnt);
        fflush(stdout);
    }
}

/* Writes until the kernel takes no more. Returns whether something is left. */
static bool session_write(struct blast *b, struct session *s)
{
    while (s->out_len > 0) {
        ssize_t n = send(s->fd, s->out, s->out_len, MSG_NOSIGNAL);
        if (n <= 0)
            return true;
        s->out_len -= (size_t)n;
        memmove(s->out, s->out + n, s->out_len);
    }
    while (s->phase == PHASE_TABLE) {
        size_t len = b->table_len - s->table_off;
        ssize_t n =
            send(s->fd, b->table + s->table_off, len < CHUNK ? len : CHUNK, MSG_NOSIGNAL);
        if (n < 0)
            return true;
        s->table_off += (size_t)n;
        if (s->table_off == b->table_len)
            session_sent(b, s);
    }
    return false;
}

/* A message of the receiver. Returns false when the session is over. */
static bool session_message(struct blast *b, struct session *s, const struct bgp_frame *f)
{
    double t = now(CLOCK_MONOTONIC);
    if (s->phase >= PHASE_TABLE && t - s->last_in > s->gap)
        s->gap = t - s->last_in;
    s->last_in = t;
    if (f->type == BGP_TYPE_OPEN) {
        s->got_open = true;
        queue_keepalive(s);
    } else if (f->type == BGP_TYPE_KEEPALIVE) {
        s->keepalives_in++;
        if (s->phase == PHASE_OPEN && s->got_open)
            session_table_begins(b, s);
    } else if (f->type == BGP_TYPE_NOTIFICATION) {
        char why[64];
        snprintf(why, sizeof(why), "notification %u/%u", f->msg[19], f->msg[20]);
        b->notification_cnt++;
        session_close(b, s, why);
        return false;
    }
    return true;
}

static void session_read(struct blast *b, struct session *s)
{
    ssize_t n = recv(s->fd, s->in + s->in_len, sizeof(s->in) - s->in_len, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        session_close(b, s, n == 0 ? "end of stream" : strerror(errno));
        return;
    }
    s->in_len += (size_t)n;
    size_t off = 0;
    struct bgp_frame f;
    struct bgp_diag diag;
    uint32_t need;
    while (!b->bmp && bgp_frame_next(s->in + off, s->in_len - off, false, &f, &need, &diag) ==
                          BGP_FRAME_OK) {
        if (!session_message(b, s, &f))
            return;
        off += f.len;
    }
    s->in_len = b->bmp ? 0 : s->in_len - off;
    memmove(s->in, s->in + off, s->in_len);
}

static void session_event(struct blast *b, struct session *s, uint32_t events)
{
    if (s->phase == PHASE_CONNECTING)
        session_connected(b, s);
    if (s->phase > PHASE_CONNECTING && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        session_read(b, s);
    if (s->phase > PHASE_CONNECTING)
        session_watch(b, s, session_write(b, s));
}

/* Connects what is down; keepalives at a third of the hold time, between two messages only:
 * while the table is on its way its UPDATEs keep the session. */
static void session_tick(struct blast *b, struct session *s, double t)
{
    if (s->phase == PHASE_DOWN && t >= s->retry_at && b->connecting < CONNECTING_MAX &&
        (b->reconnect || s->retry_at == 0))
        session_connect(b, s);
    if (s->phase == PHASE_IDLE && !b->bmp && b->hold_s > 0 &&
        t - s->last_keepalive_out > b->hold_s / 3.0) {
        s->last_keepalive_out = t;
        queue_keepalive(s);
        session_watch(b, s, session_write(b, s));
    }
}

/* ---- the whole ---- */

static void print_end(const struct blast *b)
{
    double gap = 0, t = now(CLOCK_MONOTONIC);
    unsigned up = 0, least = UINT32_MAX;
    for (unsigned i = 0; i < b->session_cnt; i++) {
        const struct session *s = &b->sessions[i];
        if (s->phase < PHASE_TABLE)
            continue;
        up++;
        gap = t - s->last_in > gap ? t - s->last_in : gap;
        gap = s->gap > gap ? s->gap : gap;
        least = s->keepalives_in < least ? s->keepalives_in : least;
    }
    printf("end up %u closed %u notifications %u keepalive-gap-ms %.0f keepalives-min %u\n", up,
           b->closed_cnt, b->notification_cnt, gap * 1000, up > 0 ? least : 0);
    fflush(stdout);
}

static void tick(struct blast *b)
{
    uint64_t ticks;
    if (read(b->timer, &ticks, sizeof(ticks)) != sizeof(ticks))
        die("timerfd");
    double t = now(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < b->session_cnt; i++)
        session_tick(b, &b->sessions[i], t);
}

static void run(struct blast *b)
{
    struct epoll_event events[EVENTS_MAX];
    for (;;) {
        int n = epoll_wait(b->epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < n; i++) {
            struct session *s = events[i].data.ptr;
            char c[64];
            if (s == b->sessions + b->session_cnt)
                tick(b);
            else if (s != NULL && s->fd >= 0)
                session_event(b, s, events[i].events);
            else if (s == NULL && read(STDIN_FILENO, c, sizeof(c)) <= 0)
                return;
        }
    }
}

static void map_table(struct blast *b, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        die(path);
    b->table_len = (size_t)st.st_size;
    b->table = mmap(NULL, b->table_len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (b->table == MAP_FAILED)
        die(path);
    close(fd);
}

/* Reads ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT. */
static void parse_addr(const char *text, struct sockaddr_storage *a, socklen_t *len)
{
    bool brackets = text[0] == '[';
    const char *end = brackets ? strchr(text, ']') : strrchr(text, ':');
    const char *start = brackets ? text + 1 : text;
    size_t n = end != NULL ? (size_t)(end - start) : strlen(start);
    const char *colon = end != NULL ? strchr(end, ':') : NULL;
    uint16_t port = colon != NULL ? (uint16_t)strtoul(colon + 1, NULL, 10) : 0;
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    char host[64];
    snprintf(host, sizeof(host), "%.*s", (int)n, start);
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        memcpy(a, &v4, *len = sizeof(v4));
    } else if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        memcpy(a, &v6, *len = sizeof(v6));
    } else {
        errno = EINVAL;
        die(text);
    }
}

static void usage(void)
{
    fputs("usage: blast --to ADDR:PORT --file TABLE [--sessions N] [--local ADDR] [--asn N]\n"
          "             [--hold S] [--bmp] [--reconnect] [--quiet]\n"
          "TABLE: what `ribtape generate` wrote (--format updates, or bmp with --bmp).\n"
          "Session i connects from ADDR + i with AS number N + i.\n",
          stderr);
    exit(2);
}

static const struct option options[] = {
    {"to", required_argument, NULL, 't'},    {"file", required_argument, NULL, 'f'},
    {"local", required_argument, NULL, 'l'}, {"sessions", required_argument, NULL, 'n'},
    {"asn", required_argument, NULL, 'a'},   {"hold", required_argument, NULL, 'h'},
    {"bmp", no_argument, NULL, 'b'},         {"reconnect", no_argument, NULL, 'r'},
    {"quiet", no_argument, NULL, 'q'},       {NULL, 0, NULL, 0},
};

static void parse(struct blast *b, int argc, char **argv)
{
    const char *file = NULL;
    int opt;
    while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
        unsigned long number = optarg != NULL ? strtoul(optarg, NULL, 10) : 0;
        if (opt == 't')
            parse_addr(optarg, &b->to, &b->addr_len);
        else if (opt == 'l')
            parse_addr(optarg, &b->local, &b->addr_len);
        else if (opt == 'f')
            file = optarg;
        else if (opt == 'n')
            b->session_cnt = (unsigned)number;
        else if (opt == 'a')
            b->asn = (uint32_t)number;
        else if (opt == 'h')
            b->hold_s = (uint16_t)number;
        else if (opt == 'b')
            b->bmp = true;
        else if (opt == 'r')
            b->reconnect = true;
        else if (opt == 'q')
            b->quiet = true;
        else
            usage();
    }
    if (file == NULL || b->to.ss_family == 0 || b->session_cnt == 0 || optind < argc)
        usage();
    b->has_local = b->local.ss_family != 0;
    map_table(b, file);
}

static void start(struct blast *b)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    b->sessions = calloc(b->session_cnt + 1, sizeof(*b->sessions));
    b->epoll = epoll_create1(EPOLL_CLOEXEC);
    b->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    if (b->sessions == NULL || b->epoll < 0 || b->timer < 0)
        die("start");
    struct itimerspec every = {.it_interval.tv_nsec = TICK_MS * 1000000L,
                               .it_value.tv_nsec = 1};
    struct epoll_event in = {.events = EPOLLIN, .data.ptr = NULL};
    struct epoll_event ticks = {.events = EPOLLIN, .data.ptr = b->sessions + b->session_cnt};
    if (timerfd_settime(b->timer, 0, &every, NULL) != 0 ||
        epoll_ctl(b->epoll, EPOLL_CTL_ADD, b->timer, &ticks) != 0)
        die("timer");
    if (epoll_ctl(b->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &in) != 0)
        die("standard input must be a pipe or a terminal");
    for (unsigned i = 0; i < b->session_cnt; i++) {
        b->sessions[i].index = i;
        b->sessions[i].fd = -1;
    }
}

int main(int argc, char **argv)
{
    struct blast b = {.session_cnt = 1, .asn = 65001, .hold_s = 90};
    parse(&b, argc, argv);
    start(&b);
    run(&b);
    print_end(&b);
    return 0;
}
