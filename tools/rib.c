/* SPDX-License-Identifier: BSD-2-Clause */
/* rib: `ribtape rib`: the table of any moment, made of the dump before it and the updates
 * since. Floor F4. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cli.h"
#include "base/clock.h"
#include "base/parse.h"
#include "schemas/rib/rib_mrt.h"
#include "tools/archive/arc_play.h"
#include "tools/archive/rib_peers.h"
#include "tools/decode/filter_options.h"
#include "tools/decode/mrt_lanes.h"
#include "tools/decode/outlet.h"
#include "tools/kafka/rib_kafka.h"
#include "tools/tool.h"

/* Exit statuses, as decode's. */
enum { RIB_CLEAN = 0, RIB_DAMAGED = 1, RIB_FAILED_ALL = 2 };

enum { PIECES = 8 };

struct rib_tool {
    struct kafka_source source; /* first: its options are ours */
    bool from_kafka;
    const struct decode_output *output;
    uint64_t at_s; /* records of this second and later don't count */
    struct rib_peers_want want;
    unsigned family; /* RIB_ALL_FAMILIES: all */
    struct filter_options filters;
    struct filter *filter; /* owned; of these; NULL: all routes */
    struct arc arc;
    struct play *play;
    struct play_dump dump; /* the newest that was read */
    int status;
    struct decode decode;
    struct mrt_decoder *decoder; /* owned */
    struct mrt_peers peers;      /* of what is written */
    uint64_t off;
};

/* ---- damage ---- */

static void tell(void *arg, enum arc_fault fault, const char *path, uint64_t off,
                 const char *text)
{
    struct rib_tool *t = arg;
    if (fault == ARC_FOREIGN || fault == ARC_LEFT_OVER)
        return;
    fprintf(stderr, "ribtape rib: %s: offset %llu: %s\n", path, (unsigned long long)off, text);
    t->status = RIB_DAMAGED;
}

/* ---- reading ---- */

static uint64_t second_of(const struct arc_file *f)
{
    return f->time_ns / NS_PER_S;
}

/* Reads the last dump that is not of a later time. Returns its time, 0: there is none. */
static uint64_t load_dump(struct rib_tool *t, const struct arc_group *g)
{
    uint64_t sec = 0;
    bool found = false;
    for (size_t i = 0; i < g->cnt; i++) {
        if (g->v[i].kind == ARC_DUMP && second_of(&g->v[i]) <= t->at_s) {
            sec = second_of(&g->v[i]);
            found = true;
        }
    }
    play_dump_begin(t->play);
    t->play->now_s = (uint32_t)sec;
    for (size_t i = 0; i < g->cnt && found && t->status != RIB_FAILED_ALL; i++) {
        t->dump.tell = tell;
        t->dump.arg = t;
        if (g->v[i].kind == ARC_DUMP && second_of(&g->v[i]) == sec &&
            play_dump_file(t->play, &g->v[i], &t->dump) != 0)
            t->status = RIB_FAILED_ALL;
    }
    for (uint32_t i = 0; i < t->play->alike_cnt; i++) {
        if (play_settle(t->play, &t->play->alike[i], NULL) != 0)
            t->status = RIB_FAILED_ALL;
    }
    if (t->play->alike_cnt > 0)
        fprintf(stderr,
                "ribtape rib: %s: %u peers share address and AS number with another: "
                "their updates can't be told apart for certain\n",
                g->name, t->play->alike_cnt);
    return sec;
}

static void play_file(struct rib_tool *t, const struct arc_file *f, uint64_t from_s)
{
    struct arc_in in;
    struct mrt_record rec;
    struct mrt_walk w;
    bool failed = false;
    if (!arc_open(&in, f, tell, t))
        return;
    while (!failed && arc_next(&in, &rec) > 0) {
        if (rec.sec < from_s || rec.sec >= t->at_s)
            continue;
        if (play_look(t->play, &rec, &w))
            (void)play_item(t->play, &w.item, &failed);
        else if (w.fault.reason != 0)
            tell(t, ARC_DAMAGE, f->path, rec.off, bgp_reason_name(w.fault.reason));
    }
    arc_close(&in);
    if (failed)
        t->status = RIB_FAILED_ALL;
}

/* Files before the last one that begins before the dump hold nothing that counts. */
static void read_group(struct rib_tool *t, const struct arc_group *g)
{
    uint64_t from_s = load_dump(t, g);
    size_t first = 0;
    for (size_t i = 0; i < g->cnt; i++) {
        if (g->v[i].kind == ARC_UPDATES && second_of(&g->v[i]) < from_s)
            first = i;
    }
    for (size_t i = first; i < g->cnt && t->status != RIB_FAILED_ALL; i++) {
        if (g->v[i].kind == ARC_UPDATES && second_of(&g->v[i]) < t->at_s)
            play_file(t, &g->v[i], from_s);
    }
}

/* ---- writing ---- */

/* A record of the table goes out as if it had been read. */
static int put(void *arg, const void *p, size_t len)
{
    struct rib_tool *t = arg;
    struct cur c = cur_of(p, len);
    struct mrt_record rec = {.raw = c, .off = t->off};
    uint32_t body_len = 0;
    if (!cur_u32(&c, &rec.sec) || !cur_u16(&c, &rec.type) || !cur_u16(&c, &rec.subtype) ||
        !cur_u32(&c, &body_len) || !cur_take(&c, body_len, &rec.body))
        return -1;
    bool go_on = mrt_decoder_record(t->decoder, &rec, t->off);
    t->off += len;
    return go_on ? 0 : 1;
}

static uint32_t time_of(const struct rib_tool *t)
{
    return t->at_s < UINT32_MAX ? (uint32_t)t->at_s : t->play->now_s + 1;
}

static int put_families(struct rib_tool *t, const struct rib_peers *peers)
{
    struct rib_mrt m = {.rib = t->play->rib,
                        .time_s = time_of(t),
                        .index = peers->index,
                        .index_cnt = peers->index_cnt,
                        .put = put,
                        .arg = t};
    int rc = 0;
    for (unsigned f = 0; f < nlri_map_cnt && rc == 0; f++) {
        if (t->family == RIB_ALL_FAMILIES || t->family == f)
            rc = rib_mrt_family(&m, f);
    }
    rib_mrt_free(&m);
    return rc;
}

/* Tables of more peers than one can name follow each other, each with its routes. */
static int put_tables(struct rib_tool *t)
{
    struct rib_peers peers;
    int rc = rib_peers_list(&peers, t->play, &t->want);
    size_t at = 0;
    while (rc == 0) {
        size_t cnt = peers.cnt - at < MRT_RIB_PEERS_MAX ? peers.cnt - at : MRT_RIB_PEERS_MAX;
        struct buf b = {0};
        rc = rib_peers_table(&peers, at, cnt, &t->dump, time_of(t), &b);
        if (rc == 0)
            rc = put(t, b.p, b.len);
        if (rc == 0)
            rc = put_families(t, &peers);
        buf_free(&b);
        at += cnt;
        if (at == peers.cnt)
            break;
    }
    rib_peers_free(&peers);
    return rc;
}

static void tell_unknown(const struct rib_tool *t)
{
    const char *why = t->from_kafka ? "the session's beginning is not there"
                                    : "neither a dump nor the beginning is there";
    unsigned cnt = 0;
    for (const struct play_peer *x = t->play->first; x != NULL; x = x->next)
        cnt += !x->known && rib_peer_routes(t->play->rib, x->updates.peer) > 0;
    if (cnt > 0)
        fprintf(stderr,
                "ribtape rib: of %u peers %s: they have only what they announced since\n", cnt,
                why);
}

static void write_all(struct rib_tool *t)
{
    tell_unknown(t);
    struct decode *d = &t->decode;
    *d = (struct decode){
        .o = {.output = t->output, .filter = t->filter},
        .command = "rib",
        .file = "the table that was made"};
    t->decoder = calloc(1, sizeof *t->decoder);
    d->outlet = t->decoder != NULL ? outlet_new(STDOUT_FILENO, PIECES) : NULL;
    if (d->outlet == NULL) {
        t->status = RIB_FAILED_ALL;
        (void)tool_fail("rib", "%s", strerror(errno));
        return;
    }
    mrt_decoder_init(t->decoder, d, &t->peers);
    if (put_tables(t) < 0) {
        (void)tool_fail("rib", "%s", strerror(errno));
        t->status = RIB_FAILED_ALL;
    }
    if (d->o.output->end != NULL)
        d->o.output->end(d);
    decode_flush(d, true);
    int error = outlet_close(d->outlet);
    if (error != 0 && error != EPIPE)
        decode_tell(d, DECODE_UNREADABLE, "standard output: %s", strerror(error));
    if ((int)d->status > t->status)
        t->status = (int)d->status;
    if (d->o.output->drop != NULL && d->output_state != NULL)
        d->o.output->drop(d);
    free(d->output_state);
    buf_free(&d->out);
}

/* ---- options ---- */

/* Reads a moment. A fraction of a second is rounded up, as dumps are of whole ones. */
static bool read_time(const char *text, uint64_t *sec)
{
    uint64_t ns;
    if (strcmp(text, "now") == 0) {
        *sec = UINT64_MAX;
        return true;
    }
    if (!parse_time(text, strlen(text), &ns))
        return false;
    *sec = ns / NS_PER_S + (ns % NS_PER_S > 0);
    return *sec > 0 && *sec <= UINT32_MAX;
}

static bool take_at(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    return read_time(value, &((struct rib_tool *)into)->at_s);
}

static bool take_format(void *into, const struct cli_option *o, const char *value, char *err)
{
    static const struct decode_output *const outputs[] = {&decode_mrt, &decode_json,
                                                          &decode_bgpdump};
    (void)o, (void)err;
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        if (strcmp(outputs[i]->name, value) == 0) {
            ((struct rib_tool *)into)->output = outputs[i];
            return true;
        }
    }
    return false;
}

static bool take_peer(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    return rib_peers_want(&((struct rib_tool *)into)->want, value);
}

static bool take_family(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    for (unsigned f = 0; f < nlri_map_cnt; f++) {
        if (strcmp(nlri_map[f].name, value) == 0) {
            ((struct rib_tool *)into)->family = f;
            return true;
        }
    }
    return false;
}

static bool take_filter(void *into, const struct cli_option *o, const char *value, char *err)
{
    return filter_options_filter(&((struct rib_tool *)into)->filters, o, value, err);
}

static bool take_term(void *into, const struct cli_option *o, const char *value, char *err)
{
    return filter_options_term(&((struct rib_tool *)into)->filters, o, value, err);
}

static bool take_from(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    ((struct rib_tool *)into)->from_kafka = true;
    return strcmp(value, "kafka") == 0;
}

static const char *const formats[] = {"mrt", "json", "bgpdump", NULL};
static const char *const origins[] = {"kafka", NULL};

static const struct cli_option options[] = {
    {.name = "at",
     .value = "TIME",
     .help = "2026-11-22T16:00:00Z (also +02:00), seconds since the epoch, or now: all there "
             "is.",
     .take = take_at},
    {.name = "format",
     .letter = 'f',
     .value = "NAME",
     .words = formats,
     .help = "mrt: TABLE_DUMP_V2 (default). json: records. bgpdump: as `bgpdump -m`.",
     .take = take_format},
    {.name = "peer",
     .value = "ADDR|ASN",
     .help = "Only peers with this address or AS number; may be repeated.",
     .take = take_peer},
    {.name = "family",
     .value = "NAME",
     .help = "Only this family: ipv4-unicast, l2vpn-evpn, ...",
     .take = take_family},
    {.name = "filter",
     .letter = 'F',
     .value = "EXPRESSION",
     .help = "Only routes the expression holds for: the language of `ribtape decode` "
             "(docs/filters.md). Of several, all must hold. Those that follow are terms of it: "
             "of one name, one must hold.",
     .take = take_filter},
    FILTER_ROUTE_OPTIONS(take_term),
    {.name = "from",
     .value = "WHERE",
     .words = origins,
     .help = "kafka: the table that a topic of format state holds now, instead of an archive.",
     .take = take_from},
    KAFKA_BROKERS_OPTION,
    KAFKA_TOPIC_OPTION,
    KAFKA_PROPERTY_OPTION,
};

const struct cli_command rib_cli = {
    .program = "ribtape",
    .name = "rib",
    .section = 1,
    .summary = "the table of any moment from an archive, or the present one from Kafka",
    .operands = "{--at TIME ARCHIVE... | --from kafka}",
    .about =
        "Writes the routes that were held just before TIME: the nearest RIB dump before it "
        "with the updates since. ARCHIVE is a folder (any layout), or files. Without a "
        "dump, sessions that begin in the archive are complete. With --from kafka a topic of "
        "format state is read from its beginning to its end: what it says is the table.",
    CLI_OPTIONS(options),
    .status =
        "0 all was read; 1 read with damage (told on standard error); 2 nothing was read.",
};

/* ---- the whole ---- */

static void run_kafka(struct rib_tool *t)
{
    uint64_t foreign = 0;
    t->play = play_new();
    if (t->play == NULL)
        (void)tool_fail("rib", "%s", strerror(ENOMEM));
    if (t->play == NULL || rib_kafka_read(&t->source, t->play, &foreign) != 0) {
        t->status = RIB_FAILED_ALL;
        return;
    }
    if (foreign > 0) {
        (void)tool_fail("rib", "%llu records are no table's (format state)",
                        (unsigned long long)foreign);
        t->status = RIB_DAMAGED;
    }
    write_all(t);
}

static void run(struct rib_tool *t, char **paths, int cnt)
{
    t->play = play_new();
    bool any = false;
    for (int i = 0; i < cnt && t->play != NULL; i++)
        any |= arc_add(&t->arc, paths[i]);
    arc_sort(&t->arc);
    if (t->play == NULL || t->arc.failed || !any || t->arc.cnt == 0) {
        (void)tool_fail("rib", "%s",
                        !any || t->play == NULL || t->arc.failed ? "nothing can be read"
                                                                 : "no MRT there");
        t->status = RIB_FAILED_ALL;
        return;
    }
    for (size_t i = 0; i < t->arc.cnt && t->status != RIB_FAILED_ALL; i++)
        read_group(t, &t->arc.v[i]);
    if (t->at_s < UINT32_MAX)
        play_time(t->play, (uint32_t)t->at_s);
    if (t->status == RIB_FAILED_ALL)
        (void)tool_fail("rib", "%s", strerror(ENOMEM));
    else
        write_all(t);
}

/* Returns what is wrong with the options together, or NULL. */
static const char *find_wrong(const struct rib_tool *t, int archives)
{
    if (t->from_kafka)
        return t->at_s != 0 || archives > 0 ? "--from kafka has no --at and no archive"
               : !t->source.brokers         ? "--from kafka needs --brokers"
                                            : NULL;
    if (t->source.brokers || t->source.topic_cnt > 0)
        return "--brokers and --topic want --from kafka";
    return t->at_s == 0 ? "--at is missing" : archives == 0 ? "no archive given" : NULL;
}

int tool_rib(int argc, char **argv)
{
    struct rib_tool t = {.output = &decode_mrt, .family = RIB_ALL_FAMILIES};
    t.arc.tell = tell;
    t.arc.arg = &t;
    int first, rc = cli_parse(&rib_cli, &t, argc, argv, &first);
    const char *wrong = rc != CLI_GO ? NULL : find_wrong(&t, argc - first);
    if (wrong == NULL && rc == CLI_GO && filter_options_make(&t.filters, &t.filter) != 0)
        wrong = "the filter is too large";
    if (wrong != NULL)
        rc = cli_wrong(&rib_cli, "%s", wrong);
    if (rc == CLI_GO && t.from_kafka)
        run_kafka(&t);
    else if (rc == CLI_GO)
        run(&t, argv + first, argc - first);
    else
        t.status = rc;
    play_free(t.play);
    arc_free(&t.arc);
    mrt_peers_free(&t.peers);
    free(t.decoder);
    free(t.want.v);
    filter_free(t.filter);
    filter_options_free(&t.filters);
    kafka_source_clear(&t.source);
    return t.status;
}
