/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_options: the command line of `ribtape replay`. Floor F4. */
#include "tools/replay_options.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tools/tool.h"

enum {
    PEERS_DEFAULT = 1024,
    PEERS_MAX = 65536,
    CONNECT_DEFAULT_S = 30,
    SECONDS_MAX = 31622400
};

static void print_help(void)
{
    fputs(
        "usage: ribtape replay [OPTION...] --to bgp://HOST:PORT|bmp://HOST:PORT FILE...\n"
        "Puts a capture back on the wire: whatever `ribtape decode` reads, MRT updates and\n"
        "RIBs, pcap, BMP, journals. `-` is standard input (kept in a temporary file: what is\n"
        "in all of the capture decides what the OPENs offer).\n"
        "bgp: one session for each peer of the capture, all open before the first message;\n"
        "where a peer's session went down in the capture it does here. A RIB dump is sent as\n"
        "a table, with End-of-RIB. bmp: BMP as it was captured; everything else as one\n"
        "router's, with Initiation, Peer Ups and Route Monitoring.\n"
        "  --to URL          the receiver\n"
        "  --speed N|max     N times as fast as captured (default 1); max: as fast as it "
        "takes\n"
        "  --peer ADDR|ASN   only this peer; may be repeated\n"
        "  --view NAME       BMP captures: only this view (adj-rib-in-pre, loc-rib, ...)\n"
        "  --peers N         at most N sessions (default 1024)\n"
        "  --local FIRST-LAST|ADDR/LEN|ADDR\n"
        "                    connect from these addresses, the n-th peer from the n-th\n"
        "  --asn N[-M]       OPENs say these AS numbers; AS_PATHs stay as they are\n"
        "  --hold-time S     offered (default: as captured, else 90; 0: no keepalives)\n"
        "  --count N         stop after N messages\n"
        "  --duration S      stop after S seconds\n"
        "  --connect-timeout S   try for so long to connect (default 30)\n"
        "  --stay S          keep the sessions so long after the last message\n"
        "  --input NAME, --port N, --asn4 on|off, --add-path on|off   as in `ribtape decode`\n"
        "What is not sent is counted with its reason on standard error.\n"
        "Exit status: 0 all sent; 1 read with damage, or something could not be sent;\n"
        "2 a file could not be read, or no session came up.\n",
        stdout);
}

/* ---- values ---- */

static bool take_url(struct replay *r, const char *text)
{
    static const struct replay_target *const targets[] = {&replay_bgp, &replay_bmp};
    const char *rest = strstr(text, "://"), *err = "neither bgp:// nor bmp://";
    for (size_t i = 0; i < 2 && rest != NULL; i++) {
        size_t n = strlen(targets[i]->scheme);
        if ((size_t)(rest - text) != n || memcmp(text, targets[i]->scheme, n) != 0)
            continue;
        r->o.target = targets[i];
        r->o.to_text = text;
        if (replay_link_parse(rest + 3, &r->o.to, &r->o.to_len, &err) == 0)
            return true;
    }
    (void)tool_fail("replay", "%s", err);
    return false;
}

static bool take_speed(struct replay_options *o, const char *text)
{
    char *end;
    if (strcmp(text, "max") == 0) {
        o->speed = 0;
        return true;
    }
    o->speed = strtod(text, &end);
    return *end == '\0' && end != text && isfinite(o->speed) && o->speed > 0;
}

static bool parse_addr(const char *text, struct source_addr *a)
{
    *a = (struct source_addr){0};
    if (inet_pton(AF_INET, text, a->a) == 1)
        a->len = 4;
    else if (inet_pton(AF_INET6, text, a->a) == 1)
        a->len = 16;
    return a->len != 0;
}

static void to_sockaddr(const struct source_addr *a, struct sockaddr_storage *s)
{
    memset(s, 0, sizeof *s);
    s->ss_family = a->len == 4 ? AF_INET : AF_INET6;
    if (a->len == 4)
        memcpy(&((struct sockaddr_in *)s)->sin_addr, a->a, 4);
    else
        memcpy(&((struct sockaddr_in6 *)s)->sin6_addr, a->a, 16);
}

/* How many addresses from `a` on end in `b`; by their last four octets. */
static bool count_range(const struct source_addr *a, const struct source_addr *b, unsigned *cnt)
{
    size_t tail = a->len - 4u;
    struct cur ca = cur_of(a->a + tail, 4), cb = cur_of(b->a + tail, 4);
    uint32_t first = 0, last = 0;
    if (a->len != b->len || memcmp(a->a, b->a, tail) != 0 || !cur_u32(&ca, &first) ||
        !cur_u32(&cb, &last) || last < first)
        return false;
    *cnt = last - first < PEERS_MAX ? last - first + 1 : PEERS_MAX;
    return true;
}

/* ADDR, FIRST-LAST, or ADDR/LEN: from ADDR to the prefix's end, without an IPv4 broadcast. */
static bool take_local(struct replay_options *o, const char *text)
{
    char copy[128];
    struct source_addr first, last;
    uint64_t len;
    snprintf(copy, sizeof copy, "%s", text);
    char *sep = strpbrk(copy, "-/");
    bool prefix = sep != NULL && *sep == '/';
    if (sep != NULL)
        *sep++ = '\0';
    if (!parse_addr(copy, &first))
        return false;
    last = first;
    if (prefix) {
        if (!tool_number(sep, 1, first.len * 8u, &len))
            return false;
        for (unsigned bit = (unsigned)len; bit < first.len * 8u; bit++)
            last.a[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
        if (first.len == 4 && len < 31)
            last.a[3]--;
        /* the last four octets count; more addresses than those of a /96 nobody needs */
        memcpy(last.a, first.a, first.len - 4u);
    } else if (sep != NULL && !parse_addr(sep, &last)) {
        return false;
    }
    to_sockaddr(&first, &o->local);
    return count_range(&first, &last, &o->local_cnt);
}

static bool take_asn(struct replay_options *o, const char *text)
{
    char copy[64];
    uint64_t first, last;
    snprintf(copy, sizeof copy, "%s", text);
    char *sep = strchr(copy, '-');
    if (sep != NULL)
        *sep++ = '\0';
    if (!tool_number(copy, 1, UINT32_MAX, &first))
        return false;
    last = first;
    if (sep != NULL && !tool_number(sep, first, UINT32_MAX, &last))
        return false;
    o->asn = (uint32_t)first;
    o->asn_cnt = last - first < UINT32_MAX ? (unsigned)(last - first + 1) : UINT32_MAX;
    return true;
}

static bool take_peer(struct replay_choice *c, const char *text)
{
    uint64_t asn = 0;
    struct replay_wish *w = &c->wish[c->wish_cnt];
    if (c->wish_cnt == sizeof c->wish / sizeof c->wish[0])
        return false;
    if (!parse_addr(text, &w->addr)) {
        if (!tool_number(text + (strncmp(text, "AS", 2) == 0 ? 2 : 0), 1, UINT32_MAX, &asn))
            return false;
        w->asn = (uint32_t)asn;
    }
    c->wish_cnt++;
    return true;
}

static bool take_view(struct replay_choice *c, const char *text)
{
    for (int v = 0; v < BMP_VIEW_CNT; v++) {
        if (strcmp(bmp_view_name((enum bmp_view)v), text) == 0)
            c->view = v;
    }
    return c->view >= 0;
}

static bool take_seconds(const char *text, uint64_t *ns)
{
    uint64_t s;
    if (!tool_number(text, 0, SECONDS_MAX, &s))
        return false;
    *ns = s * NS_PER_S;
    return true;
}

static bool take_pin(enum source_pin *pin, const char *text)
{
    *pin = strcmp(text, "on") == 0 ? SOURCE_PIN_ON : SOURCE_PIN_OFF;
    return *pin == SOURCE_PIN_ON || strcmp(text, "off") == 0;
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

/* ---- options ---- */

enum {
    OPT_TO = 256,
    OPT_SPEED,
    OPT_PEER,
    OPT_VIEW,
    OPT_PEERS,
    OPT_LOCAL,
    OPT_ASN,
    OPT_HOLD_TIME,
    OPT_COUNT,
    OPT_DURATION,
    OPT_CONNECT_TIMEOUT,
    OPT_STAY,
    OPT_INPUT,
    OPT_PORT,
    OPT_ASN4,
    OPT_ADD_PATH,
};

static const struct option long_options[] = {
    {"to", required_argument, NULL, OPT_TO},
    {"speed", required_argument, NULL, OPT_SPEED},
    {"peer", required_argument, NULL, OPT_PEER},
    {"view", required_argument, NULL, OPT_VIEW},
    {"peers", required_argument, NULL, OPT_PEERS},
    {"local", required_argument, NULL, OPT_LOCAL},
    {"asn", required_argument, NULL, OPT_ASN},
    {"hold-time", required_argument, NULL, OPT_HOLD_TIME},
    {"count", required_argument, NULL, OPT_COUNT},
    {"duration", required_argument, NULL, OPT_DURATION},
    {"connect-timeout", required_argument, NULL, OPT_CONNECT_TIMEOUT},
    {"stay", required_argument, NULL, OPT_STAY},
    {"input", required_argument, NULL, OPT_INPUT},
    {"port", required_argument, NULL, OPT_PORT},
    {"asn4", required_argument, NULL, OPT_ASN4},
    {"add-path", required_argument, NULL, OPT_ADD_PATH},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool take_number_option(struct replay *r, int opt)
{
    uint64_t n = 0;
    bool ok = false;
    switch (opt) {
    case OPT_PEERS:
        ok = tool_number(optarg, 1, PEERS_MAX, &n);
        r->o.choice.peers_max = (unsigned)n;
        break;
    case OPT_HOLD_TIME: /* RFC 4271 section 4.2: zero, or three and more */
        ok = tool_number(optarg, 0, UINT16_MAX, &n) && n != 1 && n != 2;
        r->o.hold_time_s = (int)n;
        break;
    case OPT_COUNT:
        ok = tool_number(optarg, 1, UINT64_MAX, &r->o.count);
        break;
    case OPT_CONNECT_TIMEOUT:
        ok = tool_number(optarg, 1, SECONDS_MAX, &n);
        r->o.connect_s = (unsigned)n;
        break;
    case OPT_PORT:
        ok = tool_number(optarg, 1, UINT16_MAX, &n);
        r->d.o.port = (uint16_t)n;
        break;
    }
    return ok;
}

/* Takes one option. Returns false when its value is wrong. */
static bool take_option(struct replay *r, int opt)
{
    switch (opt) {
    case OPT_TO:
        return take_url(r, optarg);
    case OPT_SPEED:
        return take_speed(&r->o, optarg);
    case OPT_PEER:
        return take_peer(&r->o.choice, optarg);
    case OPT_VIEW:
        return take_view(&r->o.choice, optarg);
    case OPT_LOCAL:
        return take_local(&r->o, optarg);
    case OPT_ASN:
        return take_asn(&r->o, optarg);
    case OPT_DURATION:
        return take_seconds(optarg, &r->o.duration_ns) && r->o.duration_ns > 0;
    case OPT_STAY:
        return take_seconds(optarg, &r->o.stay_ns);
    case OPT_INPUT:
        return take_input(&r->d.o, optarg);
    case OPT_ASN4:
        return take_pin(&r->d.o.asn4, optarg);
    case OPT_ADD_PATH:
        return take_pin(&r->d.o.add_path, optarg);
    default:
        return take_number_option(r, opt);
    }
}

static const char *settle(const struct replay *r, int files)
{
    if (files == 0)
        return "no file given";
    if (r->o.target == NULL)
        return "--to is missing";
    if (r->o.local_cnt > 0 && r->o.local.ss_family != r->o.to.ss_family)
        return "--local and --to are of different address families";
    return NULL;
}

static int usage(void)
{
    fputs("`ribtape replay --help` tells the options\n", stderr);
    return 1 + TOOL_USAGE;
}

int replay_options_parse(struct replay *r, int argc, char **argv, int *first)
{
    int opt, at = 0;
    r->o.speed = 1;
    r->o.hold_time_s = -1;
    r->o.count = UINT64_MAX;
    r->o.connect_s = CONNECT_DEFAULT_S;
    r->o.choice.view = -1;
    r->o.choice.peers_max = PEERS_DEFAULT;
    optind = 1;
    while ((opt = getopt_long(argc, argv, "h", long_options, &at)) != -1) {
        if (opt == 'h') {
            print_help();
            return 1 + TOOL_OK;
        }
        if (opt == '?')
            return usage();
        if (!take_option(r, opt)) {
            (void)tool_fail("replay", "--%s: not '%s'", long_options[at].name, optarg);
            return usage();
        }
    }
    *first = optind;
    const char *wrong = settle(r, argc - optind);
    if (wrong == NULL)
        return 0;
    (void)tool_fail("replay", "%s", wrong);
    return usage();
}
