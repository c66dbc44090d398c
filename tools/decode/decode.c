/* SPDX-License-Identifier: BSD-2-Clause */
/* decode: `ribtape decode`: options, files, and what lies between inputs and outputs. Floor F4.
 */
#include "tools/decode/decode.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "schemas/publish/publish.h"
#include "tools/tool.h"

enum {
    OUT_FLUSH = 256 << 10,
    LANE_FLUSH = 2 << 20, /* a lane waits for its turn at this; most pieces are smaller */
    PIECES = 8,
};

/* ---- for inputs and outputs ---- */

/* Swaps a full buffer for an empty one with the writing thread. Returns false when standard
 * output is gone. */
static bool hand_over(struct decode *d, bool whole)
{
    struct outlet_piece *p = d->piece != NULL ? d->piece : outlet_take(d->outlet);
    struct buf full = d->out;
    d->out = p->out;
    p->out = full;
    return outlet_give(d->outlet, p, whole);
}

void decode_flush(struct decode *d, bool all)
{
    size_t much = d->piece != NULL ? LANE_FLUSH : OUT_FLUSH;
    if (d->out.failed && !d->out_failed) {
        d->out_failed = true;
        decode_tell(d, DECODE_UNREADABLE, "out of memory");
    }
    if (d->out_failed || d->outlet == NULL || d->out.len == 0 || (!all && d->out.len < much))
        return;
    d->out_failed = !hand_over(d, d->piece == NULL);
}

void decode_tell(struct decode *d, enum decode_status status, const char *fmt, ...)
{
    struct buf line = {0};
    va_list ap;
    if (status > d->status)
        d->status = status;
    if (d->quiet)
        return;
    buf_printf(&line, "ribtape %s: %s: ", d->command, d->file);
    va_start(ap, fmt);
    buf_vprintf(&line, fmt, ap);
    va_end(ap);
    buf_add_char(&line, '\n');
    progress_clear(&d->progress);
    if (d->piece != NULL)
        buf_add(&d->piece->said, line.p, line.len);
    else
        fwrite(line.p, 1, line.len, stderr);
    buf_free(&line);
}

void decode_damage(struct decode *d, uint64_t off, uint64_t len, const char *reason)
{
    d->skipped += len;
    d->damages++;
    if (len > 0)
        decode_tell(d, DECODE_DAMAGED, "offset %llu: %s; %llu octets passed over",
                    (unsigned long long)off, reason, (unsigned long long)len);
    else
        decode_tell(d, DECODE_DAMAGED, "offset %llu: %s", (unsigned long long)off, reason);
}

/* Returns the context with the operator's pins, borrowed until the next call. */
static const struct bgp_ctx *pin(struct decode *d, const struct bgp_ctx *ctx)
{
    const struct decode_options *o = &d->o;
    bool flowspec2 = o->flowspec2.safi != 0 || o->flowspec2.vpn_safi != 0;
    if (ctx == NULL ||
        (o->asn4 == SOURCE_PIN_NONE && o->add_path == SOURCE_PIN_NONE && !flowspec2))
        return ctx;
    struct source_info pins = {.pin_asn4 = o->asn4,
                               .pin_add_path = o->add_path,
                               .flowspec2 = flowspec2 ? o->flowspec2 : ctx->flowspec2};
    d->pinned = *ctx;
    track_pin(&d->pinned, &pins);
    return &d->pinned;
}

/* Asks the filter. Sets ev->routes when it wants to be asked about each route. What could not
 * be taken apart can't be asked about. */
static bool wanted(struct decode *d, struct decode_event *ev)
{
    enum filter_verdict v = FILTER_NONE;
    if (ev->item != NULL && ev->item->frame->flags & JOURNAL_REPEAT)
        return true; /* nobody's news: outputs know */
    d->messages++;
    if (d->o.filter == NULL ||
        (d->o.output->tables && ev->walk != NULL && ev->walk->item.kind == MRT_ITEM_PEERS))
        return true;
    if (ev->item != NULL)
        v = filter_item(d->o.filter, ev->item, ev->ctx, &d->subject);
    else if (ev->walk != NULL)
        v = filter_walk(d->o.filter, ev->walk, ev->ctx, &d->subject);
    if (v == FILTER_SOME && d->o.output->routes)
        ev->routes = &d->subject;
    else if (v == FILTER_SOME && !filter_any(&d->subject))
        v = FILTER_NONE;
    d->filtered += v == FILTER_NONE;
    return v != FILTER_NONE;
}

bool decode_event(struct decode *d, struct decode_event ev)
{
    ev.ctx = pin(d, ev.ctx);
    if (!wanted(d, &ev))
        return !d->out_failed;
    d->o.output->write(d, &ev);
    decode_flush(d, false);
    return !d->out_failed;
}

struct track *decode_track(const struct decode *d)
{
    const struct track_hooks hooks = {.keep_bmp = d->o.kafka.on &&
                                                  d->o.kafka.format == PUBLISH_OPENBMP};
    return track_new(&hooks);
}

bool decode_frame(struct decode *d, struct track *t, const struct journal_view *frame)
{
    struct track_item item;
    if (track_feed(t, frame, &item) != 0) {
        decode_tell(d, DECODE_UNREADABLE, "%s", strerror(errno));
        return false;
    }
    return decode_event(d, (struct decode_event){.item = &item, .track = t, .ctx = item.ctx});
}

void decode_source(const struct decode *d, enum source_kind kind, struct source_info *s)
{
    *s = (struct source_info){
        .kind = kind,
        .pin_asn4 = d->o.asn4,
        .pin_add_path = d->o.add_path,
        .flowspec2 = d->o.flowspec2,
    };
}

bool decode_declare(struct decode *d, struct track *t, uint32_t id, uint64_t time_ns,
                    const struct source_info *s)
{
    uint8_t payload[SOURCE_PAYLOAD_MAX];
    struct wr w = wr_of(payload, sizeof payload);
    source_encode(s, &w);
    struct journal_view v = {.kind = JOURNAL_SOURCE,
                             .flags = JOURNAL_REPEAT, /* nobody's news */
                             .source = id,
                             .time = time_ns,
                             .p = payload,
                             .len = (uint32_t)w.len};
    return decode_frame(d, t, &v);
}

bool decode_gone(struct decode *d, struct track *t, uint32_t id, uint64_t time_ns)
{
    struct journal_view v = {
        .kind = JOURNAL_GONE, .flags = JOURNAL_REPEAT, .source = id, .time = time_ns};
    return decode_frame(d, t, &v);
}

/* ---- lanes ---- */

void decode_lane(struct decode *lane, const struct decode *d)
{
    *lane = (struct decode){.o = d->o,
                            .command = d->command,
                            .file = d->file,
                            .quiet = d->quiet,
                            .outlet = d->outlet};
}

static void add_counts(struct decode_counts *to, const struct decode_counts *from)
{
    for (size_t i = 0; i < sizeof to->by_type / sizeof to->by_type[0]; i++)
        to->by_type[i] += from->by_type[i];
    for (size_t i = 0; i < sizeof to->bmp / sizeof to->bmp[0]; i++)
        to->bmp[i] += from->bmp[i];
    to->states += from->states;
    to->peer_tables += from->peer_tables;
    to->rib_entries += from->rib_entries;
    to->other += from->other;
    to->announced += from->announced;
    to->withdrawn += from->withdrawn;
    to->end_of_rib += from->end_of_rib;
    to->diags += from->diags;
}

static void drop_output(struct decode *d)
{
    if (d->o.output->drop != NULL)
        d->o.output->drop(d);
    free(d->output_state);
    d->output_state = NULL;
    buf_free(&d->out);
}

void decode_join(struct decode *d, struct decode *lane)
{
    if (lane->status > d->status)
        d->status = lane->status;
    d->skipped += lane->skipped;
    d->damages += lane->damages;
    d->messages += lane->messages;
    d->filtered += lane->filtered;
    d->out_failed |= lane->out_failed;
    add_counts(&d->counts, &lane->counts);
    drop_output(lane);
}

void decode_end_piece(struct decode *lane)
{
    lane->out_failed |= !hand_over(lane, true);
    lane->piece = NULL;
}

/* ---- files ---- */

const struct decode_output *const decode_outputs[] = {
    &decode_json,   &decode_bgpdump, &decode_mrt,  &decode_avro,   &decode_ris_live,
    &decode_exabgp, &decode_openbmp, &decode_text, &decode_summary};
const unsigned decode_outputs_cnt = sizeof decode_outputs / sizeof decode_outputs[0];

const struct decode_input decode_inputs[] = {
    {"pcap", decode_pcap_looks, decode_pcap_read},
    {"pcapng", decode_pcapng_looks, decode_pcapng_read},
    {"bgp", decode_bgp_looks, decode_bgp_read},
    {"bmp", decode_bmp_looks, decode_bmp_read},
    {"mrt", decode_mrt_looks, decode_mrt_read},
    {"openbmp", decode_obmp_looks, decode_obmp_read},
    {"hex", decode_hex_looks, decode_hex_read},
};
const unsigned decode_inputs_cnt = sizeof decode_inputs / sizeof decode_inputs[0];

static const struct decode_input *choose(const struct decode *d, struct window *in)
{
    size_t len = window_want(in, DECODE_LOOK);
    for (unsigned i = 0; i < decode_inputs_cnt; i++) {
        const struct decode_input *one = &decode_inputs[i];
        if (d->o.input != NULL ? strcmp(one->name, d->o.input) == 0
                               : one->looks(window_at(in), len))
            return one;
    }
    return NULL;
}

static void on_more(void *arg, uint64_t raw_off)
{
    struct decode *d = arg;
    progress_step(&d->progress, raw_off);
}

static void read_stream(struct decode *d, struct stream_in *stream)
{
    struct window *in = window_new(stream);
    if (in == NULL) {
        stream_in_close(stream);
        decode_tell(d, DECODE_UNREADABLE, "%s", strerror(errno));
        return;
    }
    if (d->progress.on)
        window_watch(in, on_more, d);
    const struct decode_input *input = choose(d, in);
    bool empty = window_want(in, 1) == 0;
    if (input != NULL && !empty)
        input->read(d, in);
    else if (window_error(in)[0] == '\0')
        decode_tell(d, empty ? DECODE_DAMAGED : DECODE_UNREADABLE,
                    empty ? "empty"
                          : "neither pcap, MRT, BMP, OpenBMP, BGP nor hex; --input forces one");
    if (!d->out_failed && window_want(in, 1) == 0 && window_error(in)[0] != '\0') {
        fprintf(stderr, "ribtape %s: %s\n", d->command, window_error(in));
        enum decode_status status = window_offset(in) > 0 ? DECODE_DAMAGED : DECODE_UNREADABLE;
        if (status > d->status)
            d->status = status;
    }
    window_free(in);
}

/* The same file gives the same records, whenever it is read; a pipe is being written now. */
static uint64_t written(const struct stat *st)
{
    return S_ISREG(st->st_mode)
               ? (uint64_t)st->st_mtim.tv_sec * NS_PER_S + (uint64_t)st->st_mtim.tv_nsec
               : clock_realtime_ns();
}

void decode_file(struct decode *d, const char *path)
{
    struct stat st = {0};
    char err[320];
    bool named = strcmp(path, "-") != 0;
    bool found = (named ? stat(path, &st) : fstat(STDIN_FILENO, &st)) == 0;
    d->file = path;
    d->written_ns = written(&st);
    if (named && found && S_ISDIR(st.st_mode)) {
        decode_journal(d, path);
        return;
    }
    struct stream_in *in = stream_in_open(path, err, sizeof err);
    if (in == NULL) {
        fprintf(stderr, "ribtape %s: %s\n", d->command, err);
        d->status = DECODE_UNREADABLE;
        return;
    }
    progress_begin(&d->progress, path, S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0);
    read_stream(d, in);
    progress_clear(&d->progress);
}

/* ---- the command ---- */

/* Tells how many packets there were, and why some were passed over. */
static void tell_packets(const struct decode *d)
{
#define PACKET_TEXT(NAME, text) text,
    static const char *const texts[] = {PACKET_WHY_MAP(PACKET_TEXT)};
    const char *between = "; passed over: ";
    if (!d->o.stats || d->packets.all == 0)
        return;
    fprintf(stderr, "ribtape %s: %llu packets", d->command, (unsigned long long)d->packets.all);
    for (int i = 0; i < PACKET_WHY_CNT; i++) {
        if (d->packets.over[i] == 0)
            continue;
        fprintf(stderr, "%s%llu %s", between, (unsigned long long)d->packets.over[i], texts[i]);
        between = ", ";
    }
    fputc('\n', stderr);
}

/* Tells what was left out, and why. */
static void tell_stats(const struct decode *d)
{
    if (d->quiet || (!d->o.stats && d->filtered == 0 && d->damages == 0))
        return;
    fprintf(stderr, "ribtape %s: %llu messages read", d->command,
            (unsigned long long)d->messages);
    if (d->o.filter != NULL)
        fprintf(stderr, "; %llu left out by the filter", (unsigned long long)d->filtered);
    if (d->damages > 0 || d->o.stats)
        fprintf(stderr, "; damage in %llu places, %llu octets passed over",
                (unsigned long long)d->damages, (unsigned long long)d->skipped);
    fputc('\n', stderr);
    tell_packets(d);
}

/* Writes what comes after all files, and out all that was written. */
static void finish(struct decode *d)
{
    d->file = "-";
    if (d->o.output->end != NULL)
        d->o.output->end(d);
    decode_flush(d, true);
    int error = outlet_close(d->outlet);
    if (error != 0 && error != EPIPE) /* `| head` is no failure worth a word */
        decode_tell(d, DECODE_UNREADABLE, "standard output: %s", strerror(error));
    drop_output(d);
    tell_stats(d);
}

int tool_decode(int argc, char **argv)
{
    struct decode d = {.command = "decode", .file = "options"};
    int first, rc = decode_parse(&d.o, argc, argv, &first);
    if (rc != CLI_GO)
        return rc;
    d.outlet = outlet_new(STDOUT_FILENO, PIECES);
    if (d.outlet == NULL)
        return tool_fail("decode", "%s", strerror(errno));
    d.progress.on = progress_suits();
    for (int i = first; i < argc && !d.out_failed; i++)
        decode_file(&d, argv[i]);
    finish(&d);
    decode_options_free(&d.o);
    return (int)d.status;
}
