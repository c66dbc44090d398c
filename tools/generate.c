/* SPDX-License-Identifier: BSD-2-Clause */
/* generate: `ribtape generate`, made-up tables as BGP UPDATEs, MRT or BMP. Floor F4. */
#include "tools/tool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cli.h"
#include "mrt/mrt.h"
#include "tools/encode.h"
#include "tools/routes.h"

struct generate {
    uint32_t routes, routes6;
    uint64_t seed;
    unsigned peers;
    uint64_t time_us; /* of the first message; each next one is MESSAGE_US later */
    const struct format *format;
    const char *path; /* NULL: standard output */
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

static bool take_routes(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct generate *g = into;
    uint64_t n = 0;
    (void)err;
    bool ok = tool_number(value, 0, ROUTES_MAX, &n);
    *(strcmp(o->name, "routes6") == 0 ? &g->routes6 : &g->routes) = (uint32_t)n;
    return ok;
}

static bool take_peers(void *into, const struct cli_option *o, const char *value, char *err)
{
    uint64_t n = 0;
    (void)o, (void)err;
    bool ok = tool_number(value, 1, PEERS_MAX, &n);
    ((struct generate *)into)->peers = (unsigned)n;
    return ok;
}

static bool take_seed(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    return tool_number(value, 0, UINT64_MAX, &((struct generate *)into)->seed);
}

static bool take_time(void *into, const struct cli_option *o, const char *value, char *err)
{
    uint64_t n = 0;
    (void)o, (void)err;
    bool ok = tool_number(value, 0, UINT32_MAX, &n);
    ((struct generate *)into)->time_us = n * 1000000;
    return ok;
}

static bool take_format(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct generate *g = into;
    (void)o, (void)err;
    g->format = format_of(value);
    return g->format != NULL;
}

static bool take_output(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    ((struct generate *)into)->path = value;
    return true;
}

static const char *const format_words[] = {"updates", "mrt", "bmp", NULL};

static const struct cli_option options[] = {
    {.name = "routes",
     .value = "N",
     .help = "IPv4 routes (default 1000, at most 10000000).",
     .take = take_routes},
    {.name = "routes6",
     .value = "N",
     .help = "IPv6 routes after them (default 0).",
     .take = take_routes},
    {.name = "peers",
     .value = "N",
     .help = "Peers announcing them (default 1; format updates has one).",
     .take = take_peers},
    {.name = "seed",
     .value = "N",
     .help = "What makes one table differ from another (default 1).",
     .take = take_seed},
    {.name = "time",
     .value = "N",
     .help = "The first message's time, seconds since 1970 (mrt and bmp; default 1700000000).",
     .take = take_time},
    {.name = "format",
     .value = "NAME",
     .words = format_words,
     .help =
         "updates: BGP UPDATEs, one after the other (default). mrt: BGP4MP_ET records. bmp: "
         "a router's whole BMP stream.",
     .take = take_format},
    {.name = "output",
     .value = "FILE",
     .help = "Write there instead of standard output.",
     .take = take_output},
};

const struct cli_command generate_cli = {
    .program = "ribtape",
    .name = "generate",
    .section = 1,
    .summary = "write made-up routes with the shapes of real tables",
    .operands = "",
    .about =
        "Writes made-up routes with the shapes of real tables: the same for the same seed.",
    CLI_OPTIONS(options),
    .status = "0 all was written; 1 it could not be; 2 wrong usage.",
    .more = "# EXAMPLES\n\n"
            " ribtape generate --routes 1000000 --peers 4 --format mrt --output table.mrt",
};

int tool_generate(int argc, char **argv)
{
    struct generate g = {.routes = 1000,
                         .seed = 1,
                         .peers = 1,
                         .time_us = UINT64_C(1700000000) * 1000000,
                         .format = &formats[0],
                         .out = stdout};
    int first, rc = cli_parse(&generate_cli, &g, argc, argv, &first);
    if (rc != CLI_GO)
        return rc;
    if (g.peers > 1 && g.format->begin == NULL)
        return cli_wrong(&generate_cli, "format %s has one peer", g.format->name);
    if (g.path != NULL && (g.out = fopen(g.path, "wb")) == NULL)
        return tool_fail("generate", "%s: %s", g.path, strerror(errno));
    if (g.path == NULL && isatty(STDOUT_FILENO))
        return tool_fail("generate", "standard output is a terminal; use --output FILE");
    rc = generate(&g);
    if (fflush(g.out) != 0 || rc != 0)
        rc = tool_fail("generate", "writing: %s", strerror(errno));
    if (g.out != stdout && fclose(g.out) != 0)
        rc = tool_fail("generate", "%s: %s", g.path, strerror(errno));
    return rc;
}
