/* SPDX-License-Identifier: BSD-2-Clause */
/* config_addr: addresses, ranges, AS policies, families and secrets of the configuration. Floor
 * F4. */
#include "collector/config/config_schema.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fmt.h"
#include "bgp/iana.h"

/* Reads decimal digits up to `max` at *p and moves on. */
static bool scan_number(const char **p, uint64_t max, uint64_t *v)
{
    const char *s = *p;
    uint64_t n = 0;
    while (*s >= '0' && *s <= '9' && n <= max)
        n = n * 10 + (uint64_t)(*s++ - '0');
    if (s == *p || n > max)
        return false;
    *p = s;
    *v = n;
    return true;
}

/* Reads the `len` characters at `s` as an IPv4 or IPv6 address. */
static bool scan_addr(const char *s, size_t len, struct source_addr *a)
{
    char text[CONFIG_ADDR_MAX];
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, s, len);
    text[len] = '\0';
    *a = (struct source_addr){0};
    if (inet_pton(AF_INET, text, a->a) == 1)
        a->len = 4;
    else if (inet_pton(AF_INET6, text, a->a) == 1)
        a->len = 16;
    return a->len != 0;
}

/* Reads `192.0.2.1:179` or `[2001:db8::1]:179`. */
static bool scan_addr_port(const char *text, struct source_addr *a)
{
    const char *colon = strrchr(text, ':');
    uint64_t port;
    if (colon == NULL || colon == text)
        return false;
    bool brackets = text[0] == '[' && colon[-1] == ']';
    size_t len = (size_t)(colon - text);
    const char *p = colon + 1;
    if (!scan_number(&p, 65535, &port) || *p != '\0')
        return false;
    if (!(brackets ? scan_addr(text + 1, len - 2, a) : scan_addr(text, len, a)))
        return false;
    a->port = (uint16_t)port;
    return (a->len == 16) == brackets;
}

static bool host_bits_set(const struct config_prefix *p)
{
    for (unsigned bit = p->bits; bit < p->addr.len * 8u; bit++) {
        if (p->addr.a[bit / 8] & 0x80 >> bit % 8)
            return true;
    }
    return false;
}

static const char *parse_prefix(const struct config_field *f, const char *text, void *dst)
{
    (void)f;
    static const char reason[] =
        "must be an address, ADDRESS/BITS or, to dial, ADDRESS:PORT or [ADDRESS6]:PORT";
    struct config_prefix p = {0};
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    uint64_t bits = 0;
    if (!scan_addr(text, len, &p.addr)) {
        if (slash != NULL || !scan_addr_port(text, &p.addr))
            return reason;
        if (p.addr.port == 0)
            return "port 0 can't be dialled";
    }
    if (slash != NULL) {
        slash++;
        if (!scan_number(&slash, p.addr.len * 8u, &bits) || *slash != '\0')
            return "has a wrong prefix length";
    }
    p.bits = (uint8_t)(len < strlen(text) ? bits : p.addr.len * 8u);
    if (host_bits_set(&p))
        return "has bits set beyond its prefix length";
    memcpy(dst, &p, sizeof p);
    return NULL;
}

char *config_addr_text(char *dst, const struct source_addr *a)
{
    size_t n = a->len == 16 ? fmt_ipv6(dst, a->a) : a->len == 4 ? fmt_ipv4(dst, a->a) : 0;
    dst[n] = '\0';
    return dst;
}

char *config_listen_text(char *dst, const struct source_addr *a)
{
    size_t n = 0;
    if (a->len == 16)
        dst[n++] = '[';
    config_addr_text(dst + n, a);
    n += strlen(dst + n);
    if (a->len == 16)
        dst[n++] = ']';
    dst[n++] = ':';
    n += fmt_u32(dst + n, a->port);
    dst[n] = '\0';
    return dst;
}

static void format_prefix(const struct config_field *f, const void *src, struct buf *b)
{
    (void)f;
    struct config_prefix p;
    char text[CONFIG_ADDR_MAX];
    memcpy(&p, src, sizeof p);
    if (p.addr.port != 0)
        buf_printf(b, "\"%s\"", config_listen_text(text, &p.addr));
    else if (p.bits == p.addr.len * 8)
        buf_printf(b, "\"%s\"", config_addr_text(text, &p.addr));
    else
        buf_printf(b, "\"%s/%u\"", config_addr_text(text, &p.addr), p.bits);
}

/* An empty text turns a single listener off. */
static const char *parse_listen(const struct config_field *f, const char *text, void *dst)
{
    struct source_addr a = {0};
    if ((text[0] != '\0' || f->type->list) && !scan_addr_port(text, &a))
        return "must be ADDRESS:PORT or \"[ADDRESS6]:PORT\"";
    memcpy(dst, &a, sizeof a);
    return NULL;
}

static void format_listen(const struct config_field *f, const void *src, struct buf *b)
{
    (void)f;
    struct source_addr a;
    char text[CONFIG_ADDR_MAX];
    memcpy(&a, src, sizeof a);
    buf_printf(b, "\"%s\"", a.len != 0 ? config_listen_text(text, &a) : "");
}

static const char *parse_as_range(const struct config_field *f, const char *text, void *dst)
{
    (void)f;
    uint64_t first, last;
    const char *p = text;
    if (!scan_number(&p, UINT32_MAX, &first))
        return "must be any, an AS number, a range FIRST-LAST, or a list of them";
    last = first;
    if (*p == '-') {
        p++;
        if (!scan_number(&p, UINT32_MAX, &last))
            return "must be a range FIRST-LAST of AS numbers";
    }
    if (*p != '\0')
        return "must be any, an AS number, a range FIRST-LAST, or a list of them";
    if (first == 0)
        return "AS 0 is nobody's (RFC 7607)";
    if (first > last)
        return "the range's first AS is above its last";
    struct config_as_range r = {(uint32_t)first, (uint32_t)last};
    memcpy(dst, &r, sizeof r);
    return NULL;
}

static void format_as_range(const struct config_field *f, const void *src, struct buf *b)
{
    (void)f;
    struct config_as_range r;
    memcpy(&r, src, sizeof r);
    buf_printf(b, "%" PRIu32, r.first);
    if (r.last != r.first)
        buf_printf(b, "-%" PRIu32, r.last);
}

#define NAME_ROW(value, NAME, text, rfc) {text, value},
static const struct config_name afi_names[] = {BGP_AFI_MAP(NAME_ROW){NULL, 0}};
static const struct config_name safi_names[] = {BGP_SAFI_MAP(NAME_ROW){NULL, 0}};

/* Reads a registry name or a number from 1 to `max`. */
static bool scan_code(const char *s, size_t len, const struct config_name *n, uint64_t max,
                      uint64_t *v)
{
    for (; n->name != NULL; n++) {
        if (strlen(n->name) == len && strncasecmp(n->name, s, len) == 0) {
            *v = n->value;
            return true;
        }
    }
    const char *p = s;
    return scan_number(&p, max, v) && p == s + len && *v != 0;
}

static const char *parse_family(const struct config_field *f, const char *text, void *dst)
{
    (void)f;
    uint64_t afi, safi;
    const char *slash = strchr(text, '/');
    if (slash == NULL ||
        !scan_code(text, (size_t)(slash - text), afi_names, UINT16_MAX, &afi) ||
        !scan_code(slash + 1, strlen(slash + 1), safi_names, UINT8_MAX, &safi))
        return "must be AFI/SAFI by name or number, such as ipv4/unicast or 25/70";
    struct config_family fam = {.afi = (uint16_t)afi, .safi = (uint8_t)safi};
    memcpy(dst, &fam, sizeof fam);
    return NULL;
}

static void format_family(const struct config_field *f, const void *src, struct buf *b)
{
    (void)f;
    struct config_family fam;
    memcpy(&fam, src, sizeof fam);
    const char *afi = bgp_afi_name(fam.afi), *safi = bgp_safi_name(fam.safi);
    if (afi != NULL)
        buf_printf(b, "%s/", afi);
    else
        buf_printf(b, "%u/", fam.afi);
    if (safi != NULL)
        buf_add_str(b, safi);
    else
        buf_printf(b, "%u", fam.safi);
}

static const char *parse_bgp_id(const struct config_field *f, const char *text, void *dst)
{
    (void)f;
    struct source_addr a = {0};
    if (strcasecmp(text, "auto") != 0) {
        if (!scan_addr(text, strlen(text), &a) || a.len != 4)
            return "must be auto or four octets as an IPv4 address";
        if (memcmp(a.a, "\0\0\0\0", 4) == 0)
            return "must not be 0.0.0.0 (RFC 6286)";
    }
    memcpy(dst, &a, sizeof a);
    return NULL;
}

static void format_bgp_id(const struct config_field *f, const void *src, struct buf *b)
{
    (void)f;
    struct source_addr a;
    char text[CONFIG_ADDR_MAX];
    memcpy(&a, src, sizeof a);
    buf_add_str(b, a.len != 0 ? config_addr_text(text, &a) : "auto");
}

const struct config_type config_type_prefix = {"an address", sizeof(struct config_prefix),
                                               .parse = parse_prefix, .format = format_prefix};
const struct config_type config_type_prefixes = {"addresses", sizeof(struct config_prefix),
                                                 true, .parse = parse_prefix,
                                                 .format = format_prefix};
const struct config_type config_type_listen = {"a listener", sizeof(struct source_addr),
                                               .parse = parse_listen, .format = format_listen};
const struct config_type config_type_listens = {"listeners", sizeof(struct source_addr), true,
                                                .parse = parse_listen, .format = format_listen};
const struct config_type config_type_as_ranges = {"AS numbers", sizeof(struct config_as_range),
                                                  true, .parse = parse_as_range,
                                                  .format = format_as_range};
const struct config_type config_type_families = {"families", sizeof(struct config_family), true,
                                                 .parse = parse_family,
                                                 .format = format_family};
const struct config_type config_type_bgp_id = {"an identifier", sizeof(struct source_addr),
                                               .parse = parse_bgp_id, .format = format_bgp_id};
