/* SPDX-License-Identifier: BSD-2-Clause */
/* generate: `ribtape generate`, made-up tables and their changes. Floor F4. */
#include "tools/generate/generate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cli.h"
#include "tools/tool.h"

enum {
    TABLE_MESSAGE_US = 40,
    PEERS_MAX = 65536,
    RATE_DEFAULT = 57,
    RATE_MAX = 1000000,
    RIB_ROUTES_MAX = 16384
};

static const struct generate_format *const formats[] = {
    &generate_updates, &generate_mrt, &generate_bmp, &generate_pcap, &generate_rib};

static const struct generate_format *format_of(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

struct encode_peer generate_peer(const struct generate *g, unsigned i)
{
    struct encode_peer p = encode_peer_of(i);
    p.add_path = g->paths > 0;
    return p;
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
static int put_message(struct generate *g, unsigned i, const struct wr *msg)
{
    uint8_t buf[GENERATE_OUT_MAX];
    struct wr w = wr_of(buf, sizeof(buf));
    w.overflow = msg->overflow;
    g->format->message(g, &w, i, msg->buf, msg->len);
    return flush(g, &w);
}

static int put_set(struct generate *g, unsigned i, const struct routes_set *set)
{
    uint8_t buf[ENCODE_MESSAGE_MAX];
    struct wr w = wr_of(buf, sizeof(buf));
    struct encode_peer p = generate_peer(g, i);
    encode_update(&w, set, &p);
    return put_message(g, i, &w);
}

/* Writes what comes before, or behind, the messages of each peer. */
static int put_each(struct generate *g,
                    void (*put)(struct generate *g, struct wr *w, unsigned i))
{
    uint8_t buf[GENERATE_OUT_MAX];
    struct wr w = wr_of(buf, sizeof(buf));
    for (unsigned i = 0; i < g->peers && put != NULL; i++) {
        put(g, &w, i);
        if (flush(g, &w) != 0)
            return -1;
    }
    return 0;
}

static int put_table_end(struct generate *g)
{
    for (unsigned i = 0; i < g->peers; i++) {
        for (int v6 = 0; v6 < 2; v6++) {
            uint8_t buf[64];
            struct wr w = wr_of(buf, sizeof(buf));
            encode_eor(&w, v6);
            if ((v6 ? g->routes6 : g->routes) > 0 && put_message(g, i, &w) != 0)
                return -1;
            g->time_us += TABLE_MESSAGE_US;
        }
    }
    return 0;
}

/* All peers announce the same sets, each with its own AS and next hop, in turns. */
static int put_table(struct generate *g, struct routes *routes)
{
    struct routes_set set;
    while (routes_next(routes, &set)) {
        if (g->format->set != NULL && g->format->set(g, &set) != 0)
            return -1;
        for (unsigned i = 0; i < g->peers && g->format->message != NULL; i++) {
            if (put_set(g, i, &set) != 0)
                return -1;
            g->time_us += TABLE_MESSAGE_US;
        }
    }
    return g->format->message != NULL ? put_table_end(g) : 0;
}

/* Changes come from one peer or another, in seconds of more and of less traffic. */
static int put_changes(struct generate *g, struct routes *routes)
{
    struct routes_set set;
    uint64_t left = g->changes;
    while (left > 0) {
        uint64_t second = g->time_us / 1000000 + 1;
        uint32_t cnt = routes_rate(routes, g->rate);
        for (uint32_t k = 0; k < cnt && left > 0; k++, left--) {
            g->time_us = second * 1000000 + (uint64_t)k * 1000000 / cnt;
            routes_change(routes, &set);
            if (put_set(g, routes_peer(routes, g->peers), &set) != 0)
                return -1;
        }
    }
    return 0;
}

static int generate(struct generate *g)
{
    struct routes routes;
    routes_init(&routes, g->seed, g->routes, g->routes6, g->paths);
    if (put_each(g, g->format->begin) != 0 || put_table(g, &routes) != 0 ||
        put_changes(g, &routes) != 0)
        return -1;
    return put_each(g, g->format->end);
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

static bool take_paths(void *into, const struct cli_option *o, const char *value, char *err)
{
    uint64_t n = 0;
    (void)o, (void)err;
    bool ok = tool_number(value, 1, ROUTES_PATHS_MAX, &n);
    ((struct generate *)into)->paths = (unsigned)n;
    return ok;
}

static bool take_changes(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    return tool_number(value, 0, UINT64_MAX, &((struct generate *)into)->changes);
}

static bool take_rate(void *into, const struct cli_option *o, const char *value, char *err)
{
    uint64_t n = 0;
    (void)o, (void)err;
    bool ok = tool_number(value, 1, RATE_MAX, &n);
    ((struct generate *)into)->rate = (uint32_t)n;
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

static const char *const format_words[] = {"updates", "mrt", "rib", "bmp", "pcap", NULL};

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
    {.name = "add-path",
     .value = "N",
     .help = "N paths for each prefix, with path identifiers (at most 16).",
     .take = take_paths},
    {.name = "changes",
     .value = "N",
     .help = "UPDATEs after the table: other paths, withdrawals, what was withdrawn again "
             "(default 0).",
     .take = take_changes},
    {.name = "rate",
     .value = "N",
     .help = "Changes a second, in the mean (default 57).",
     .take = take_rate},
    {.name = "seed",
     .value = "N",
     .help = "What makes one table differ from another (default 1).",
     .take = take_seed},
    {.name = "time",
     .value = "N",
     .help = "The first message's time, seconds since 1970 (default 1700000000).",
     .take = take_time},
    {.name = "format",
     .value = "NAME",
     .words = format_words,
     .help =
         "updates: BGP UPDATEs, one after the other (default). mrt: BGP4MP_ET records. rib: "
         "a TABLE_DUMP_V2 RIB dump. bmp: a router's whole BMP stream. pcap: the peers' TCP "
         "connections.",
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
            " ribtape generate --routes 1000000 --peers 4 --format mrt --output table.mrt\n"
            " ribtape generate --routes 10000 --changes 100000 --peers 20 --format mrt |\n"
            "     ribtape replay --to bgp://192.0.2.1:179 --local 10.0.0.1-10.0.0.20 -",
};

int tool_generate(int argc, char **argv)
{
    struct generate g = {.routes = 1000,
                         .seed = 1,
                         .peers = 1,
                         .time_us = UINT64_C(1700000000) * 1000000,
                         .rate = RATE_DEFAULT,
                         .format = &generate_updates,
                         .out = stdout};
    int first, rc = cli_parse(&generate_cli, &g, argc, argv, &first);
    if (rc != CLI_GO)
        return rc;
    if (g.peers > 1 && g.format->begin == NULL && g.format->set == NULL)
        return cli_wrong(&generate_cli, "format %s has one peer", g.format->name);
    if (g.changes > 0 && g.format->message == NULL)
        return cli_wrong(&generate_cli, "format %s has no changes", g.format->name);
    if (g.peers * (g.paths > 0 ? g.paths : 1u) > RIB_ROUTES_MAX && g.format->set != NULL)
        return cli_wrong(&generate_cli, "format %s takes at most %d paths of a prefix",
                         g.format->name, RIB_ROUTES_MAX);
    if (g.changes > 0 && g.routes + g.routes6 == 0)
        return cli_wrong(&generate_cli, "--changes wants routes to change");
    if (g.path != NULL && (g.out = fopen(g.path, "wb")) == NULL)
        return tool_fail("generate", "%s: %s", g.path, strerror(errno));
    if (g.path == NULL && isatty(STDOUT_FILENO))
        return tool_fail("generate", "standard output is a terminal; use --output FILE");
    g.flows = calloc(g.peers, sizeof *g.flows);
    rc = g.flows != NULL ? generate(&g) : -1;
    free(g.flows);
    if (g.format->drop != NULL)
        g.format->drop(&g);
    bool failed = fflush(g.out) != 0 || rc != 0;
    if (failed && g.out == stdout && ferror(stdout))
        rc = TOOL_FAILED; /* cli_finish tells why */
    else if (failed)
        rc = tool_fail("generate", "%s: %s", g.path != NULL ? g.path : "standard output",
                       strerror(errno));
    if (g.out != stdout && fclose(g.out) != 0)
        rc = tool_fail("generate", "%s: %s", g.path, strerror(errno));
    return rc;
}
