/* SPDX-License-Identifier: BSD-2-Clause */
/* generate: `ribtape generate`, made-up tables as BGP UPDATEs, MRT or BMP. Floor F4. */
#include "tools/tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mrt/mrt.h"
#include "tools/encode.h"
#include "tools/routes.h"

struct generate {
    uint32_t routes, routes6;
    uint64_t seed;
    unsigned peers;
    uint64_t time_us; /* of the first message; each next one is MESSAGE_US later */
    const struct format *format;
    FILE *out;
};

/* One output format: what comes before the routes, and how one BGP message goes out. */
struct format {
    const char *name;
    void (*begin)(struct generate *g, struct wr *w, const struct encode_peer *p, unsigned i);
    void (*message)(struct generate *g, struct wr *w, const struct encode_peer *p,
                    const uint8_t *msg, size_t len);
};

enum { MESSAGE_US = 40, OUT_MAX = ENCODE_BMP_MAX, PEERS_MAX = 65536 };

static void updates_message(struct generate *g, struct wr *w, const struct encode_peer *p,
                            const uint8_t *msg, size_t len)
{
    (void)g, (void)p;
    wr_bytes(w, msg, len);
}

static struct mrt_bgp4mp_head mrt_head(const struct generate *g, const struct encode_peer *p)
{
    struct mrt_bgp4mp_head h = {.time_ns = g->time_us * 1000,
                                .peer_asn = p->asn,
                                .local_asn = p->router_asn,
                                .addr_len = 4};
    memcpy(h.peer, p->addr, 4);
    memcpy(h.local, p->router_addr, 4);
    return h;
}

static void mrt_begin(struct generate *g, struct wr *w, const struct encode_peer *p, unsigned i)
{
    (void)i;
    struct mrt_bgp4mp_head h = mrt_head(g, p);
    mrt_write_state(w, &h, MRT_OPEN_CONFIRM, MRT_ESTABLISHED);
}

static void mrt_message(struct generate *g, struct wr *w, const struct encode_peer *p,
                        const uint8_t *msg, size_t len)
{
    struct mrt_bgp4mp_head h = mrt_head(g, p);
    mrt_write_message(w, &h, (struct mrt_message_kind){.asn4 = true}, msg, len);
}

static void bmp_begin(struct generate *g, struct wr *w, const struct encode_peer *p, unsigned i)
{
    uint8_t sent[ENCODE_MESSAGE_MAX], recv[ENCODE_MESSAGE_MAX];
    struct wr s = wr_of(sent, sizeof sent), r = wr_of(recv, sizeof recv);
    struct encode_bmp_peer b = encode_bmp_peer_of(p, g->time_us);
    if (i == 0)
        encode_bmp_initiation(w, "ribtape generate " RIBTAPE_VERSION, "generated");
    encode_open(&s, p->router_asn, p->router_addr, 90);
    encode_open(&r, p->asn, p->addr, 90);
    encode_bmp_peer_up(w, &b, cur_of(sent, s.len), cur_of(recv, r.len));
}

static void bmp_message(struct generate *g, struct wr *w, const struct encode_peer *p,
                        const uint8_t *msg, size_t len)
{
    struct encode_bmp_peer b = encode_bmp_peer_of(p, g->time_us);
    encode_bmp_route(w, &b, msg, len);
}

static const struct format formats[] = {
    {"updates", NULL, updates_message},
    {"mrt", mrt_begin, mrt_message},
    {"bmp", bmp_begin, bmp_message},
};

static const struct format *format_of(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

/* Writes out what `w` holds and empties it. Returns 0, or -1 with errno. */
static int flush(struct generate *g, struct wr *w)
{
    if (w->overflow) {
        errno = EMSGSIZE;
        return -1;
    }
    size_t n = fwrite(w->buf, 1, w->len, g->out);
    int rc = n == w->len ? 0 : -1;
    w->len = 0;
    return rc;
}

/* Writes one message of one peer in the chosen format. */
static int put_message(struct generate *g, const struct encode_peer *p, const struct wr *msg)
{
    uint8_t buf[OUT_MAX];
    struct wr w = wr_of(buf, sizeof(buf));
    w.overflow = msg->overflow;
    g->format->message(g, &w, p, msg->buf, msg->len);
    g->time_us += MESSAGE_US;
    return flush(g, &w);
}

static int put_begin(struct generate *g)
{
    uint8_t buf[OUT_MAX];
    struct wr w = wr_of(buf, sizeof(buf));
    for (unsigned i = 0; i < g->peers && g->format->begin != NULL; i++) {
        struct encode_peer p = encode_peer_of(i);
        g->format->begin(g, &w, &p, i);
        if (flush(g, &w) != 0)
            return -1;
    }
    return 0;
}

static int put_end(struct generate *g)
{
    for (unsigned i = 0; i < g->peers; i++) {
        struct encode_peer p = encode_peer_of(i);
        for (int v6 = 0; v6 < 2; v6++) {
            uint8_t buf[64];
            struct wr w = wr_of(buf, sizeof(buf));
            encode_eor(&w, v6);
            if ((v6 ? g->routes6 : g->routes) > 0 && put_message(g, &p, &w) != 0)
                return -1;
        }
    }
    return 0;
}

/* All peers announce the same sets, each with its own AS and next hop, in turns. */
static int generate(struct generate *g)
{
    struct routes routes;
    struct routes_set set;
    routes_init(&routes, g->seed, g->routes, g->routes6);
    if (put_begin(g) != 0)
        return -1;
    while (routes_next(&routes, &set)) {
        for (unsigned i = 0; i < g->peers; i++) {
            uint8_t buf[ENCODE_MESSAGE_MAX];
            struct wr w = wr_of(buf, sizeof(buf));
            struct encode_peer p = encode_peer_of(i);
            encode_update(&w, &set, &p);
            if (put_message(g, &p, &w) != 0)
                return -1;
        }
    }
    return put_end(g);
}

static void print_help(void)
{
    fputs("usage: ribtape generate [OPTION...] >FILE\n"
          "Writes made-up routes with the shapes of real tables: the same for the same seed.\n"
          "  --routes N      IPv4 routes (default 1000, at most 10000000)\n"
          "  --routes6 N     IPv6 routes after them (default 0)\n"
          "  --peers P       peers announcing them (default 1; format updates has one)\n"
          "  --seed S        seed (default 1)\n"
          "  --time S        the first message's time, seconds since 1970 (mrt and bmp;\n"
          "                  default 1700000000)\n"
          "  --format NAME   updates: BGP UPDATEs, one after the other (default)\n"
          "                  mrt: BGP4MP_ET records; bmp: a router's whole BMP stream\n"
          "  --output FILE   instead of standard output\n",
          stdout);
}

static const struct option options[] = {
    {"routes", required_argument, NULL, 'r'},
    {"routes6", required_argument, NULL, '6'},
    {"peers", required_argument, NULL, 'p'},
    {"seed", required_argument, NULL, 's'},
    {"time", required_argument, NULL, 't'},
    {"format", required_argument, NULL, 'f'},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Takes one option. Returns false when its value is wrong. */
static bool take_option(struct generate *g, int opt, const char **path)
{
    uint64_t n = 0;
    bool ok = true;
    switch (opt) {
    case 'r':
        ok = tool_number(optarg, 0, ROUTES_MAX, &n);
        g->routes = (uint32_t)n;
        break;
    case '6':
        ok = tool_number(optarg, 0, ROUTES_MAX, &n);
        g->routes6 = (uint32_t)n;
        break;
    case 'p':
        ok = tool_number(optarg, 1, PEERS_MAX, &n);
        g->peers = (unsigned)n;
        break;
    case 's':
        ok = tool_number(optarg, 0, UINT64_MAX, &g->seed);
        break;
    case 't':
        ok = tool_number(optarg, 0, UINT32_MAX, &n);
        g->time_us = n * 1000000;
        break;
    case 'f':
        g->format = format_of(optarg);
        ok = g->format != NULL;
        break;
    case 'o':
        *path = optarg;
        break;
    }
    return ok;
}

/* Returns 0 to go on, else an exit status plus one. */
static int parse(struct generate *g, int argc, char **argv, const char **path)
{
    int opt;
    optind = 1;
    while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (opt == 'h') {
            print_help();
            return 1 + TOOL_OK;
        }
        if (opt == '?' || !take_option(g, opt, path)) {
            if (opt != '?')
                tool_fail("generate", "'%s' is no value for %s", optarg, argv[optind - 1]);
            return 1 + TOOL_USAGE;
        }
    }
    if (optind < argc) {
        tool_fail("generate", "don't know what to do with '%s'", argv[optind]);
        return 1 + TOOL_USAGE;
    }
    if (g->peers > 1 && g->format->begin == NULL) {
        tool_fail("generate", "format %s has one peer", g->format->name);
        return 1 + TOOL_USAGE;
    }
    return 0;
}

int tool_generate(int argc, char **argv)
{
    struct generate g = {.routes = 1000,
                         .seed = 1,
                         .peers = 1,
                         .time_us = UINT64_C(1700000000) * 1000000,
                         .format = &formats[0],
                         .out = stdout};
    const char *path = NULL;
    int rc = parse(&g, argc, argv, &path);
    if (rc != 0)
        return rc - 1;
    if (path != NULL && (g.out = fopen(path, "wb")) == NULL)
        return tool_fail("generate", "%s: %s", path, strerror(errno));
    if (path == NULL && isatty(STDOUT_FILENO))
        return tool_fail("generate", "standard output is a terminal; use --output FILE");
    rc = generate(&g);
    if (fflush(g.out) != 0 || rc != 0)
        rc = tool_fail("generate", "writing: %s", strerror(errno));
    if (g.out != stdout && fclose(g.out) != 0)
        rc = tool_fail("generate", "%s: %s", path, strerror(errno));
    return rc;
}
