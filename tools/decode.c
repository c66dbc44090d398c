/* SPDX-License-Identifier: BSD-2-Clause */
/* decode: `ribtape decode`: options, files, and what lies between inputs and outputs. Floor F4.
 */
#include "tools/decode.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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
    if (d->piece != NULL)
        buf_add(&d->piece->said, line.p, line.len);
    else
        fwrite(line.p, 1, line.len, stderr);
    buf_free(&line);
}

void decode_damage(struct decode *d, uint64_t off, uint64_t len, const char *reason)
{
    d->skipped += len;
    if (len > 0)
        decode_tell(d, DECODE_DAMAGED, "offset %llu: %s; %llu octets passed over",
                    (unsigned long long)off, reason, (unsigned long long)len);
    else
        decode_tell(d, DECODE_DAMAGED, "offset %llu: %s", (unsigned long long)off, reason);
}

/* Returns the context with the operator's pins, borrowed until the next call. */
static const struct bgp_ctx *pin(struct decode *d, const struct bgp_ctx *ctx)
{
    if (ctx == NULL || (d->o.asn4 == SOURCE_PIN_NONE && d->o.add_path == SOURCE_PIN_NONE))
        return ctx;
    struct source_info pins = {.pin_asn4 = d->o.asn4, .pin_add_path = d->o.add_path};
    d->pinned = *ctx;
    track_pin(&d->pinned, &pins);
    return &d->pinned;
}

bool decode_event(struct decode *d, struct decode_event ev)
{
    ev.ctx = pin(d, ev.ctx);
    d->o.output->write(d, &ev);
    decode_flush(d, false);
    return !d->out_failed;
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
        .kind = kind, .pin_asn4 = d->o.asn4, .pin_add_path = d->o.add_path};
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

const struct decode_input decode_inputs[] = {
    {"pcap", decode_pcap_looks, decode_pcap_read}, {"bgp", decode_bgp_looks, decode_bgp_read},
    {"bmp", decode_bmp_looks, decode_bmp_read},    {"mrt", decode_mrt_looks, decode_mrt_read},
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

static void read_stream(struct decode *d, struct stream_in *stream)
{
    struct window *in = window_new(stream);
    if (in == NULL) {
        stream_in_close(stream);
        decode_tell(d, DECODE_UNREADABLE, "%s", strerror(errno));
        return;
    }
    const struct decode_input *input = choose(d, in);
    bool empty = window_want(in, 1) == 0;
    if (input != NULL && !empty)
        input->read(d, in);
    else if (window_error(in)[0] == '\0')
        decode_tell(d, empty ? DECODE_DAMAGED : DECODE_UNREADABLE,
                    empty ? "empty"
                          : "neither pcap, MRT, BMP, BGP nor hex; --input forces one");
    if (!d->out_failed && window_want(in, 1) == 0 && window_error(in)[0] != '\0') {
        fprintf(stderr, "ribtape %s: %s\n", d->command, window_error(in));
        enum decode_status status = window_offset(in) > 0 ? DECODE_DAMAGED : DECODE_UNREADABLE;
        if (status > d->status)
            d->status = status;
    }
    window_free(in);
}

void decode_file(struct decode *d, const char *path)
{
    struct stat st;
    char err[320];
    d->file = path;
    if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        decode_journal(d, path);
        return;
    }
    struct stream_in *in = stream_in_open(path, err, sizeof err);
    if (in == NULL) {
        fprintf(stderr, "ribtape %s: %s\n", d->command, err);
        d->status = DECODE_UNREADABLE;
        return;
    }
    read_stream(d, in);
}

/* ---- options ---- */

static void print_help(void)
{
    fputs("usage: ribtape decode [OPTION...] FILE...\n"
          "Reads captures and archives, tells what they are by their content, and writes one\n"
          "record per message. `-` is standard input; gzip, bzip2, zstd and xz are inflated.\n"
          "Inputs: MRT, pcap and pcapng with BGP or BMP on any port, raw BMP or BGP streams,\n"
          "the folder of a ribtaped journal, lines of hex.\n"
          "  --format NAME   json: records, one a line (default; docs/records.md)\n"
          "                  bgpdump: the lines of `bgpdump -m`\n"
          "                  mrt: MRT, records of MRT files as they are, the messages of\n"
          "                  other inputs as BGP4MP_ET\n"
          "  -m, -M          as `bgpdump -m` (time in seconds), `bgpdump -M` (date; short "
          "lines)\n"
          "  --explode       json: one route a line\n"
          "  --count         instead of records, how many there are of each kind\n"
          "  --keepalives    json: KEEPALIVEs, too\n"
          "  --raw           json: each BGP message also as hex\n"
          "  --input NAME    read as pcap, bgp, bmp, mrt or hex, whatever the content\n"
          "  --hex           the same as --input hex\n"
          "  --port N        pcap: only TCP connections with this port\n"
          "  --asn4 on|off   AS numbers have four octets (off: two), whatever was negotiated\n"
          "  --add-path on|off   NLRI carry path identifiers, whatever was negotiated\n"
          "Exit status: 0 all read, 1 read with damage (told on standard error with file and\n"
          "offset; reading goes on behind it), 2 a file could not be read at all.\n",
          stdout);
}

enum {
    OPT_EXPLODE = 256,
    OPT_COUNT,
    OPT_KEEPALIVES,
    OPT_RAW,
    OPT_HEX,
    OPT_PORT,
    OPT_ASN4,
    OPT_ADD_PATH
};

static const struct option long_options[] = {
    {"format", required_argument, NULL, 'f'},
    {"explode", no_argument, NULL, OPT_EXPLODE},
    {"count", no_argument, NULL, OPT_COUNT},
    {"keepalives", no_argument, NULL, OPT_KEEPALIVES},
    {"raw", no_argument, NULL, OPT_RAW},
    {"input", required_argument, NULL, 'i'},
    {"hex", no_argument, NULL, OPT_HEX},
    {"port", required_argument, NULL, OPT_PORT},
    {"asn4", required_argument, NULL, OPT_ASN4},
    {"add-path", required_argument, NULL, OPT_ADD_PATH},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool take_format(struct decode_options *o, const char *name)
{
    if (strcmp(name, "json") == 0)
        o->output = &decode_json;
    else if (strcmp(name, "bgpdump") == 0)
        o->output = &decode_bgpdump;
    else if (strcmp(name, "mrt") == 0)
        o->output = &decode_mrt;
    else
        return false;
    return true;
}

static bool take_pin(enum source_pin *pin_, const char *text)
{
    if (strcmp(text, "on") == 0)
        *pin_ = SOURCE_PIN_ON;
    else if (strcmp(text, "off") == 0)
        *pin_ = SOURCE_PIN_OFF;
    else
        return false;
    return true;
}

static bool take_input(struct decode_options *o, const char *name)
{
    o->input = name;
    for (unsigned i = 0; i < decode_inputs_cnt; i++) {
        if (strcmp(decode_inputs[i].name, name) == 0)
            return true;
    }
    return false;
}

static bool take_port(struct decode_options *o, const char *text)
{
    uint64_t n;
    if (!tool_number(text, 1, UINT16_MAX, &n))
        return false;
    o->port = (uint16_t)n;
    return true;
}

/* Takes one option. Returns false when its value is wrong. */
static bool take_option(struct decode_options *o, int opt)
{
    switch (opt) {
    case 'f':
        return take_format(o, optarg);
    case 'm':
        return take_format(o, "bgpdump");
    case 'M':
        o->short_lines = true;
        return take_format(o, "bgpdump");
    case OPT_EXPLODE:
        return o->explode = true;
    case OPT_COUNT:
        return o->count = true;
    case OPT_KEEPALIVES:
        return o->record.keepalives = true;
    case OPT_RAW:
        return o->record.raw = true;
    case 'i':
        return take_input(o, optarg);
    case OPT_HEX:
        return take_input(o, "hex");
    case OPT_PORT:
        return take_port(o, optarg);
    case OPT_ASN4:
        return take_pin(&o->asn4, optarg);
    case OPT_ADD_PATH:
        return take_pin(&o->add_path, optarg);
    }
    return false;
}

/* Makes one output of the options that ask for one. Returns a reason, or NULL. */
static const char *settle(struct decode_options *o)
{
    bool json = o->output == &decode_json && !o->count;
    if (o->count && (o->explode || o->output != &decode_json))
        return "--count goes with no other output";
    if (o->explode && !json)
        return "--explode is for json";
    if ((o->record.keepalives || o->record.raw) && !json)
        return "--keepalives and --raw are for json";
    if (o->explode && o->record.raw)
        return "--raw wants whole messages, --explode takes them apart";
    if (o->count)
        o->output = &decode_count;
    else if (o->explode)
        o->output = &decode_explode;
    return NULL;
}

static int usage(void)
{
    fputs("`ribtape decode --help` tells the options\n", stderr);
    return TOOL_USAGE;
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
}

int tool_decode(int argc, char **argv)
{
    struct decode d = {.o = {.output = &decode_json}, .command = "decode", .file = "options"};
    int opt, at = 0;
    optind = 1;
    while ((opt = getopt_long(argc, argv, "mMh", long_options, &at)) != -1) {
        if (opt == 'h') {
            print_help();
            return TOOL_OK;
        }
        if (opt == '?')
            return usage();
        if (!take_option(&d.o, opt)) {
            (void)tool_fail("decode", "--%s: not '%s'", long_options[at].name, optarg);
            return usage();
        }
    }
    const char *wrong = optind == argc ? "no file given" : settle(&d.o);
    if (wrong != NULL) {
        (void)tool_fail("decode", "%s", wrong);
        return usage();
    }
    d.outlet = outlet_new(STDOUT_FILENO, PIECES);
    if (d.outlet == NULL)
        return tool_fail("decode", "%s", strerror(errno));
    for (int i = optind; i < argc && !d.out_failed; i++)
        decode_file(&d, argv[i]);
    finish(&d);
    return (int)d.status;
}
