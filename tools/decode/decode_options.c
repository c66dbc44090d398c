/* SPDX-License-Identifier: BSD-2-Clause */
/* decode_options: the options of `ribtape decode`. Floor F4. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cli.h"
#include "schemas/publish/publish.h"
#include "tools/decode/decode.h"
#include "tools/decode/filter_options.h"
#include "tools/tool.h"

/* What the command line says. */
struct parsed {
    struct decode_options o;
    struct filter_options filter;
    bool color_told;
};

/* ---- the filter ---- */

static bool take_filter(void *into, const struct cli_option *o, const char *value, char *err)
{
    return filter_options_filter(&((struct parsed *)into)->filter, o, value, err);
}

static bool take_term(void *into, const struct cli_option *o, const char *value, char *err)
{
    return filter_options_term(&((struct parsed *)into)->filter, o, value, err);
}

/* ---- other options ---- */

static bool take_format(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct parsed *p = into;
    (void)o, (void)err;
    for (unsigned i = 0; i < decode_outputs_cnt; i++) {
        if (strcmp(decode_outputs[i]->name, value) == 0) {
            p->o.output = decode_outputs[i];
            return true;
        }
    }
    return false;
}

static bool take_m(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)value;
    return take_format(into, o, "bgpdump", err);
}

static bool take_short(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)value;
    ((struct parsed *)into)->o.short_lines = true;
    return take_format(into, o, "bgpdump", err);
}

#define FLAG(name, member)                                                                     \
    static bool name(void *into, const struct cli_option *o, const char *value, char *err)     \
    {                                                                                          \
        (void)o, (void)value, (void)err;                                                       \
        ((struct parsed *)into)->o.member = true;                                              \
        return true;                                                                           \
    }

FLAG(take_explode, explode)
FLAG(take_count, count)
FLAG(take_keepalives, record.keepalives)
FLAG(take_raw, record.raw)
FLAG(take_stats, stats)
FLAG(take_verbose, verbose)

static bool take_color(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct parsed *p = into;
    (void)o, (void)err;
    p->color_told = strcmp(value, "auto") != 0;
    p->o.colour = strcmp(value, "always") == 0;
    return !p->color_told || p->o.colour || strcmp(value, "never") == 0;
}

static bool take_pin(enum source_pin *pin, const char *value)
{
    bool on = strcmp(value, "on") == 0;
    *pin = on ? SOURCE_PIN_ON : SOURCE_PIN_OFF;
    return on || strcmp(value, "off") == 0;
}

static bool take_asn4(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    return take_pin(&((struct parsed *)into)->o.asn4, value);
}

static bool take_add_path(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    return take_pin(&((struct parsed *)into)->o.add_path, value);
}

/* SAFI[,VPN-SAFI] */
static bool take_flowspec2(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct bgp_flowspec2 *safis = &((struct parsed *)into)->o.flowspec2;
    char plain[8];
    size_t len = strcspn(value, ",");
    uint64_t safi, vpn_safi = 0;
    (void)o, (void)err;
    if (len >= sizeof plain)
        return false;
    memcpy(plain, value, len);
    plain[len] = '\0';
    if (!tool_number(plain, 1, UINT8_MAX, &safi) ||
        (value[len] != '\0' && !tool_number(value + len + 1, 1, UINT8_MAX, &vpn_safi)))
        return false;
    *safis = (struct bgp_flowspec2){(uint8_t)safi, (uint8_t)vpn_safi};
    return true;
}

static bool take_input(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    ((struct parsed *)into)->o.input = value;
    for (unsigned i = 0; i < decode_inputs_cnt; i++) {
        if (strcmp(decode_inputs[i].name, value) == 0)
            return true;
    }
    return false;
}

static bool take_hex(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)value;
    return take_input(into, o, "hex", err);
}

static bool take_port(void *into, const struct cli_option *o, const char *value, char *err)
{
    uint64_t n;
    (void)o, (void)err;
    if (!tool_number(value, 1, UINT16_MAX, &n))
        return false;
    ((struct parsed *)into)->o.port = (uint16_t)n;
    return true;
}

/* ---- Kafka ---- */

static bool take_sink(void *into, const struct cli_option *o, const char *value, char *err)
{
    bool kafka = strcmp(value, "kafka") == 0;
    if (!kafka && strcmp(value, "stdout") != 0)
        return take_format(into, o, value, err);
    ((struct parsed *)into)->o.kafka.on = kafka;
    return true;
}

/* Adds a property; both texts are copied. */
static bool add_property(struct decode_kafka_options *k, const char *name, size_t name_len,
                         const char *value, char *err)
{
    if (k->property_cnt == DECODE_PROPERTIES_MAX) {
        snprintf(err, CLI_ERROR_MAX, "more than %d properties", DECODE_PROPERTIES_MAX);
        return false;
    }
    const struct kafka_property p = {strndup(name, name_len), strdup(value)};
    if (p.name == NULL || p.value == NULL) {
        free((char *)(uintptr_t)p.name);
        free((char *)(uintptr_t)p.value);
        snprintf(err, CLI_ERROR_MAX, "out of memory");
        return false;
    }
    k->properties[k->property_cnt++] = p;
    return kafka_check_property(&p, err, CLI_ERROR_MAX) == 0;
}

static bool take_property(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct decode_kafka_options *k = &((struct parsed *)into)->o.kafka;
    const char *equals = strchr(value, '=');
    (void)o;
    if (equals == NULL || equals == value) {
        snprintf(err, CLI_ERROR_MAX, "must be NAME=VALUE or NAME=@FILE");
        return false;
    }
    if (equals[1] != '@')
        return add_property(k, value, (size_t)(equals - value), equals + 1, err);
    char *text = tool_read_text(equals + 2);
    if (text == NULL) {
        snprintf(err, CLI_ERROR_MAX, "%s can't be read", equals + 2);
        return false;
    }
    bool ok = add_property(k, value, (size_t)(equals - value), text, err);
    explicit_bzero(text, strlen(text));
    free(text);
    return ok;
}

static bool take_brokers(void *into, const struct cli_option *o, const char *value, char *err)
{
    static const char name[] = "bootstrap.servers";
    (void)o;
    return add_property(&((struct parsed *)into)->o.kafka, name, sizeof name - 1, value, err);
}

static bool take_topic(void *into, const struct cli_option *o, const char *value, char *err)
{
    const char *reason = publish_check_name(value);
    (void)o;
    ((struct parsed *)into)->o.kafka.topic = value;
    if (reason != NULL)
        snprintf(err, CLI_ERROR_MAX, "%s", reason);
    return reason == NULL;
}

static bool take_collector(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)err;
    ((struct parsed *)into)->o.kafka.collector = value;
    return true;
}

static bool take_partitions(void *into, const struct cli_option *o, const char *value,
                            char *err)
{
    uint64_t n;
    (void)o, (void)err;
    if (!tool_number(value, 1, 10000, &n))
        return false;
    ((struct parsed *)into)->o.kafka.partitions = (uint32_t)n;
    return true;
}

void decode_options_free(struct decode_options *o)
{
    filter_free(o->filter);
    for (size_t i = 0; i < o->kafka.property_cnt; i++) {
        char *value = (char *)(uintptr_t)o->kafka.properties[i].value;
        explicit_bzero(value, strlen(value)); /* it may be a password */
        free((char *)(uintptr_t)o->kafka.properties[i].name);
        free(value);
    }
}

/* ---- the table ---- */

static const char *const on_off[] = {"on", "off", NULL};
#define FORMATS "json", "bgpdump", "mrt", "avro", "ris-live", "exabgp", "openbmp", "text", "summary"
static const char *const sinks[] = {"stdout", "kafka", FORMATS, NULL};
static const char *const inputs[] = {"pcap", "pcapng",  "bgp", "bmp",
                                     "mrt",  "openbmp", "hex", NULL};
static const char *const formats[] = {FORMATS, NULL};
static const char *const whens[] = {"auto", "always", "never", NULL};
static const char *const views[] = {"adj-rib-in-pre",   "adj-rib-in-post", "adj-rib-out-pre",
                                    "adj-rib-out-post", "loc-rib",         NULL};
static const char *const directions[] = {"received", "sent", NULL};

#define TERM(term, letter, value, words, help)                                                 \
    FILTER_OPTION_TERM(term, letter, value, words, help, take_term)

static const struct cli_option options[] = {
    {.name = "format",
     .letter = 'f',
     .value = "NAME",
     .words = formats,
     .group = "Output",
     .help = "json: records, one a line (default). bgpdump: the lines of `bgpdump -m`. mrt: "
             "MRT, records of MRT files as they are, the messages of other inputs as "
             "BGP4MP_ET. avro: records in an Avro object container file. exabgp: ExaBGP's "
             "JSON. ris-live: RIPE RIS "
             "Live's JSON. openbmp: OpenBMP's binary raw messages, BGP wrapped into BMP. text: "
             "a readable block per message, errors shown in its octets. summary: tables of "
             "peers and families, the busiest prefixes and origins, errors, updates over time.",
     .take = take_format},
    {.name = "bgpdump",
     .letter = 'm',
     .help = "As `bgpdump -m`: time in seconds.",
     .take = take_m},
    {.name = "bgpdump-short",
     .letter = 'M',
     .help = "As `bgpdump -M`: dates, short lines.",
     .take = take_short},
    {.name = "explode", .help = "json, avro: one route a record.", .take = take_explode},
    {.name = "count",
     .help = "Instead of records, how many there are of each kind.",
     .take = take_count},
    {.name = "keepalives", .help = "json, avro, text, exabgp: KEEPALIVEs, too.", .take = take_keepalives},
    {.name = "raw", .help = "json, avro, text, exabgp, ris-live: each message also as hex.", .take = take_raw},
    {.name = "verbose",
     .letter = 'v',
     .help = "text: every field with its offset.",
     .take = take_verbose},
    {.name = "color",
     .value = "WHEN",
     .words = whens,
     .help = "text: colour always, never, or auto: on a terminal, unless NO_COLOR is set.",
     .take = take_color},
    {.name = "stats",
     .help = "Tell at the end, on standard error, how much was read, passed over and why. Told "
             "anyway when a filter or damage left something out.",
     .take = take_stats},

    {.name = "output",
     .value = "NAME",
     .words = sinks,
     .group = "Kafka",
     .help =
         "stdout (default), or kafka: publish to a topic, with the keys, headers and numbers "
         "of ribtaped's (docs/kafka.md), as json, avro, openbmp or ris-live. A format's name "
         "means what it means to --format.",
     .take = take_sink},
    {.name = "brokers",
     .value = "HOST:PORT,...",
     .help = "Where to begin.",
     .take = take_brokers},
    {.name = "topic",
     .value = "NAME",
     .help = "May hold {collector}, {router}, {peer_asn} and {type}. One that is not there is "
             "created, and keeps its records whatever their age.",
     .take = take_topic},
    {.name = "partitions",
     .value = "N",
     .help = "Of a topic that is created; default: the broker's.",
     .take = take_partitions},
    {.name = "collector",
     .value = "NAME",
     .help = "The collector's name in records and keys.",
     .take = take_collector},
    {.name = "property",
     .value = "NAME=VALUE",
     .help = "Any of librdkafka's; NAME=@FILE takes the value from a file.",
     .take = take_property},

    {.name = "input",
     .letter = 'i',
     .value = "NAME",
     .words = inputs,
     .group = "Input",
     .help = "Read as that, whatever the content.",
     .take = take_input},
    {.name = "hex", .help = "The same as --input hex.", .take = take_hex},
    {.name = "port",
     .value = "N",
     .help = "pcap: only TCP connections with this port.",
     .take = take_port},
    {.name = "asn4",
     .value = "on|off",
     .words = on_off,
     .help = "AS numbers have four octets (off: two), whatever was negotiated.",
     .take = take_asn4},
    {.name = "add-path",
     .value = "on|off",
     .words = on_off,
     .help = "NLRI carry path identifiers (off: don't), whatever was negotiated.",
     .take = take_add_path},
    {.name = "flowspec-v2",
     .value = "SAFI[,VPN-SAFI]",
     .help = "Read that SAFI as flow specifications version 2, by draft-ietf-idr-flowspec-v2 and "
             "as well as that goes: IANA has assigned none. Otherwise it is hex.",
     .take = take_flowspec2},

    {.name = "filter",
     .letter = 'F',
     .value = "EXPRESSION",
     .group = "Filter",
     .help = "Only what the expression holds for. The options below are its terms: of one "
             "name, one must hold; of several names, all. Values may be lists (A,B) and "
             "@FILE.",
     .take = take_filter},
    TERM("peer", 'p', "ADDRESS[/BITS]", NULL, "The peer's address, or a range it is in."),
    TERM("peer-as", 'j', "AS[-AS]", NULL, "The peer's AS."),
    TERM("peer-name", 0, "NAME", NULL, "The peer's name by configuration, or its VRF."),
    TERM("router", 0, "ADDRESS[/BITS]", NULL, "The router that sent it."),
    TERM("router-name", 0, "NAME", NULL, "That router's name."),
    TERM("rib", 0, "NAME", views, "BMP: the RIB it is about."),
    TERM("direction", 0, "NAME", directions, "Received from the peer, or sent to it."),
    TERM("start", 0, "TIME", NULL,
         "That time or later: seconds since 1970, or 2025-11-23T06:10:00 (UTC)."),
    TERM("end", 0, "TIME", NULL, "Before that time."),
    TERM("type", 't', "NAME", NULL,
         "The record's type: update, open, state, ...; announce, withdraw or eor: the kind of "
         "route."),
    TERM("family", 0, "NAME", NULL, "The route's family: ipv4-unicast, *-vpn, 2/1."),
    FILTER_ROUTE_OPTIONS(take_term),
    TERM("error", 0, "CLASS|REASON", NULL,
         "What is wrong with it: any, treat-as-withdraw, aigp-length."),
};

const struct cli_command decode_cli = {
    .program = "ribtape",
    .name = "decode",
    .section = 1,
    .summary = "read MRT, pcap, BMP, journals and hex; write records",
    .operands = "FILE...",
    .about =
        "Reads captures and archives, tells what they are by their content, and writes one "
        "record per message. `-` is standard input; gzip, bzip2, zstd and xz are "
        "inflated.\n\n"
        "Inputs: MRT, pcap and pcapng with BGP or BMP on any port (through VLAN tags, MPLS, "
        "PPPoE, GRE, ERSPAN or VXLAN, in any order), raw BMP or BGP streams, OpenBMP's raw "
        "messages, the folder of a ribtaped journal, lines of hex.",
    CLI_OPTIONS(options),
    .status =
        "0 all was read; 1 read with damage (told on standard error with file and offset; "
        "reading goes on behind it); 2 a file could not be read at all.",
    .more = "# EXAMPLES\n\n"
            " ribtape decode updates.20251122.2015.gz\n"
            " ribtape decode -m --prefix-more 10.0.0.0/8 --start 2025-11-22T20:15 *.gz\n"
            " ribtape decode --filter 'type withdraw or as-path _64501_' session.pcap\n"
            " ribtape decode --output kafka --brokers localhost:9092 --topic old *.gz\n\n"
            "# FILTER\n\n"
            "A term is a name and one or more values, apart by commas, one of which must hold; "
            "TERM in FILE takes them from a file. Terms are joined by and (or nothing), or, "
            "not, and brackets. The unit is a route: terms must hold for the same one. A "
            "message passes when one of its routes does; where routes are printed one by one "
            "(--explode, bgpdump), only those that hold are.\n\n"
            "The terms are the options above without their dashes; for prefix-more and its kin "
            "say prefix more. docs/filters.md tells them all.",
};

/* Makes one output of the options that ask for one. Returns a reason, or NULL. */
static const char *settle(struct decode_options *o)
{
    bool avro = o->output == &decode_avro;
    bool records = (o->output == &decode_json || avro) && !o->count;
    if (o->count && (o->explode || o->output != &decode_json))
        return "--count goes with no other output";
    if (o->explode && !records)
        return "--explode is for json and avro";
    bool shown = records || (!o->count && o->output == &decode_text);
    bool exabgp = !o->count && o->output == &decode_exabgp;
    bool raw = shown || exabgp || (!o->count && o->output == &decode_ris_live);
    bool keepalives = shown || exabgp || (raw && o->kafka.on);
    if ((o->record.keepalives && !keepalives) || (o->record.raw && !raw))
        return "--keepalives is for json, avro, text and exabgp, --raw for these and ris-live";
    if (o->verbose && o->output != &decode_text)
        return "--verbose is for text";
    if (o->explode && o->record.raw)
        return "--raw wants whole messages, --explode takes them apart";
    if (o->count)
        o->output = &decode_count;
    else if (o->explode)
        o->output = avro ? &decode_avro_routes : &decode_explode;
    return decode_settle_kafka(o);
}

/* https://no-color.org */
static bool colour_suits(void)
{
    const char *no = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0');
}

static int finish(struct parsed *p, int operands)
{
    if (!p->color_told)
        p->o.colour = colour_suits();
    const char *wrong = operands == 0 ? "no file given" : settle(&p->o);
    if (wrong != NULL)
        return cli_wrong(&decode_cli, "%s", wrong);
    return filter_options_make(&p->filter, &p->o.filter) == 0
               ? CLI_GO
               : cli_wrong(&decode_cli, "the filter is too large");
}

int decode_parse(struct decode_options *o, int argc, char **argv, int *first)
{
    struct parsed p = {.o = {.output = &decode_json}};
    int rc = cli_parse(&decode_cli, &p, argc, argv, first);
    if (rc == CLI_GO)
        rc = finish(&p, argc - *first);
    filter_options_free(&p.filter);
    *o = p.o;
    return rc;
}
