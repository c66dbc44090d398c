/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_options: the command line of `ribtape replay`. Floor F4. */
#include "tools/replay/replay_options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cli.h"
#include "base/clock.h"
#include "base/parse.h"
#include "tools/tool.h"

enum {
    PEERS_DEFAULT = 1024,
    PEERS_MAX = 65536,
    CONNECT_DEFAULT_S = 30,
    SECONDS_MAX = 31622400
};

/* ---- values ---- */

static bool take_url(struct replay *r, const char *text, char *why)
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
    snprintf(why, CLI_ERROR_MAX, "%s", err);
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

static bool read_addr(const char *text, struct source_addr *a)
{
    *a = (struct source_addr){0};
    a->len = (uint8_t)parse_addr(text, strlen(text), a->a);
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
    if (!read_addr(copy, &first))
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
    } else if (sep != NULL && !read_addr(sep, &last)) {
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
    struct replay_wish *w = &c->wish[c->wish_cnt];
    if (c->wish_cnt == sizeof c->wish / sizeof c->wish[0])
        return false;
    if (!read_addr(text, &w->addr) && (!parse_asn(text, strlen(text), &w->asn) || w->asn == 0))
        return false;
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

#define TAKER(name)                                                                            \
    static bool name(void *into, const struct cli_option *o, const char *value, char *err)

TAKER(to)
{
    (void)o;
    return take_url(into, value, err);
}

TAKER(speed)
{
    (void)o, (void)err;
    return take_speed(&((struct replay *)into)->o, value);
}

TAKER(peer)
{
    (void)o, (void)err;
    return take_peer(&((struct replay *)into)->o.choice, value);
}

TAKER(view)
{
    (void)o, (void)err;
    return take_view(&((struct replay *)into)->o.choice, value);
}

TAKER(local)
{
    (void)o, (void)err;
    return take_local(&((struct replay *)into)->o, value);
}

TAKER(asn)
{
    (void)o, (void)err;
    return take_asn(&((struct replay *)into)->o, value);
}

TAKER(duration)
{
    struct replay *r = into;
    (void)o, (void)err;
    return take_seconds(value, &r->o.duration_ns) && r->o.duration_ns > 0;
}

TAKER(stay)
{
    (void)o, (void)err;
    return take_seconds(value, &((struct replay *)into)->o.stay_ns);
}

TAKER(input)
{
    (void)o, (void)err;
    return take_input(&((struct replay *)into)->d.o, value);
}

TAKER(asn4)
{
    (void)o, (void)err;
    return take_pin(&((struct replay *)into)->d.o.asn4, value);
}

TAKER(add_path)
{
    (void)o, (void)err;
    return take_pin(&((struct replay *)into)->d.o.add_path, value);
}

TAKER(peers)
{
    uint64_t n = 0;
    (void)o, (void)err;
    bool ok = tool_number(value, 1, PEERS_MAX, &n);
    ((struct replay *)into)->o.choice.peers_max = (unsigned)n;
    return ok;
}

TAKER(hold_time)
{
    uint64_t n = 0;
    (void)o, (void)err;
    /* RFC 4271 section 4.2: zero, or three and more */
    bool ok = tool_number(value, 0, UINT16_MAX, &n) && n != 1 && n != 2;
    ((struct replay *)into)->o.hold_time_s = (int)n;
    return ok;
}

TAKER(count)
{
    (void)o, (void)err;
    return tool_number(value, 1, UINT64_MAX, &((struct replay *)into)->o.count);
}

TAKER(connect_timeout)
{
    uint64_t n = 0;
    (void)o, (void)err;
    bool ok = tool_number(value, 1, SECONDS_MAX, &n);
    ((struct replay *)into)->o.connect_s = (unsigned)n;
    return ok;
}

TAKER(port)
{
    uint64_t n = 0;
    (void)o, (void)err;
    bool ok = tool_number(value, 1, UINT16_MAX, &n);
    ((struct replay *)into)->d.o.port = (uint16_t)n;
    return ok;
}

static const char *const on_off[] = {"on", "off", NULL};
static const char *const inputs[] = {"pcap", "pcapng",  "bgp", "bmp",
                                     "mrt",  "openbmp", "hex", NULL};
static const char *const views[] = {"adj-rib-in-pre",   "adj-rib-in-post", "adj-rib-out-pre",
                                    "adj-rib-out-post", "loc-rib",         NULL};

static const struct cli_option options[] = {
    {.name = "to",
     .value = "URL",
     .help = "The receiver: bgp://HOST:PORT or bmp://HOST:PORT.",
     .take = to},
    {.name = "speed",
     .value = "N|max",
     .help = "N times as fast as captured (default 1); max: as fast as it takes.",
     .take = speed},
    {.name = "peer",
     .value = "ADDR|ASN",
     .help = "Only this peer; may be repeated.",
     .take = peer},
    {.name = "view",
     .value = "NAME",
     .words = views,
     .help = "BMP captures: only this view.",
     .take = view},
    {.name = "peers",
     .value = "N",
     .help = "At most N sessions (default 1024).",
     .take = peers},
    {.name = "local",
     .value = "FIRST-LAST|ADDR/LEN|ADDR",
     .help = "Connect from these addresses, the n-th peer from the n-th.",
     .take = local},
    {.name = "asn",
     .value = "N[-M]",
     .help = "OPENs say these AS numbers; AS_PATHs stay as they are.",
     .take = asn},
    {.name = "hold-time",
     .value = "SECONDS",
     .help = "Offered (default: as captured, else 90; 0: no keepalives).",
     .take = hold_time},
    {.name = "count", .value = "N", .help = "Stop after N messages.", .take = count},
    {.name = "duration", .value = "SECONDS", .help = "Stop after that time.", .take = duration},
    {.name = "connect-timeout",
     .value = "SECONDS",
     .help = "Try for so long to connect (default 30).",
     .take = connect_timeout},
    {.name = "stay",
     .value = "SECONDS",
     .help = "Keep the sessions so long after the last message.",
     .take = stay},
    {.name = "input",
     .letter = 'i',
     .value = "NAME",
     .words = inputs,
     .help = "Read as that, whatever the content.",
     .take = input},
    {.name = "port",
     .value = "N",
     .help = "pcap: only TCP connections with this port.",
     .take = port},
    {.name = "asn4",
     .value = "on|off",
     .words = on_off,
     .help = "AS numbers have four octets (off: two), whatever was negotiated.",
     .take = asn4},
    {.name = "add-path",
     .value = "on|off",
     .words = on_off,
     .help = "NLRI carry path identifiers (off: don't), whatever was negotiated.",
     .take = add_path},
};

const struct cli_command replay_cli = {
    .program = "ribtape",
    .name = "replay",
    .section = 1,
    .summary = "put a capture back on the wire, as BGP sessions or BMP",
    .operands = "--to URL FILE...",
    .about =
        "Puts a capture back on the wire: whatever `ribtape decode` reads, MRT updates and "
        "RIBs, pcap, BMP, journals. `-` is standard input (kept in a temporary file: what is "
        "in all of the capture decides what the OPENs offer).\n\n"
        "bgp: one session for each peer of the capture, all open before the first message; "
        "where a peer's session went down in the capture it does here. A RIB dump is sent as a "
        "table, with End-of-RIB. bmp: BMP as it was captured; everything else as one router's, "
        "with Initiation, Peer Ups and Route Monitoring.\n\n"
        "What is not sent is counted with its reason on standard error.",
    CLI_OPTIONS(options),
    .status = "0 all was sent; 1 read with damage, or something could not be sent; 2 a file "
              "could not be read, or no session came up.",
};

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

int replay_options_parse(struct replay *r, int argc, char **argv, int *first)
{
    r->o.speed = 1;
    r->o.hold_time_s = -1;
    r->o.count = UINT64_MAX;
    r->o.connect_s = CONNECT_DEFAULT_S;
    r->o.choice.view = -1;
    r->o.choice.peers_max = PEERS_DEFAULT;
    int rc = cli_parse(&replay_cli, r, argc, argv, first);
    if (rc != CLI_GO)
        return rc;
    const char *wrong = settle(r, argc - *first);
    return wrong == NULL ? CLI_GO : cli_wrong(&replay_cli, "%s", wrong);
}
