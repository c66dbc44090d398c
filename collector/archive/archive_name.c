/* SPDX-License-Identifier: BSD-2-Clause */
/* archive_name: file names as RIPE RIS and RouteViews have them. Floor F4. */
#include "collector/archive/archive_name.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fmt.h"
#include "base/stream/stream.h"

uint64_t archive_slot_of(uint64_t sec, uint32_t slot_s)
{
    return sec - sec % slot_s; /* slot_s divides a day, and the epoch began at midnight */
}

/* ---- folders ---- */

struct text {
    char *dst;
    size_t len;
    size_t cap;
};

/* Appends `n` characters, those that a shell, a URL or another system's file system may
 * mistake replaced by '-'. */
static void put_safe(struct text *t, const char *s, size_t n)
{
    for (size_t i = 0; i < n && t->len + 2 < t->cap; i++) {
        unsigned char c = (unsigned char)s[i];
        bool plain = c < 0x80 && (isalnum(c) || c == '.' || c == '_' || c == '-');
        bool leading = t->len == 0 || t->dst[t->len - 1] == '/';
        /* no hidden folders, no options, no ".." */
        if (leading && (c == '.' || c == '-'))
            plain = false;
        t->dst[t->len++] = plain ? (char)c : leading ? '_' : '-';
    }
}

static void put_addr(struct text *t, const struct source_addr *a)
{
    char s[FMT_IPV6_MAX];
    size_t n = 0;
    if (a->len == 4)
        n = fmt_ipv4(s, a->a);
    else if (a->len == 16)
        n = fmt_ipv6(s, a->a);
    put_safe(t, n > 0 ? s : "none", n > 0 ? n : 4);
}

static void put_router(struct text *t, const struct track_source *s)
{
    const char *name = s->info.name[0] != '\0' ? s->info.name : s->sys_name;
    if (name[0] != '\0')
        put_safe(t, name, strlen(name));
    else
        put_addr(t, &s->info.remote);
    t->dst[t->len++] = '/';
}

static void put_peer(struct text *t, const struct track_peer *p)
{
    static const uint8_t no_rd[8];
    char num[FMT_U64_MAX + FMT_RD_MAX];
    put_safe(t, "AS", 2);
    put_safe(t, num, fmt_u32(num, p->asn));
    put_safe(t, "_", 1);
    put_addr(t, &p->addr);
    if (p->bmp && memcmp(p->rd, no_rd, sizeof(no_rd)) != 0) {
        put_safe(t, "_", 1);
        put_safe(t, num, fmt_rd(num, p->rd));
    }
    t->dst[t->len++] = '/';
}

size_t archive_folder(char dst[ARCHIVE_FOLDER_MAX], enum config_per per, bool view_files,
                      const struct track_source *s, const struct track_peer *p)
{
    struct text t = {.dst = dst, .cap = ARCHIVE_FOLDER_MAX - 2};
    if (per == PER_ROUTER || (per == PER_PEER && p->bmp))
        put_router(&t, s);
    if (per == PER_PEER)
        put_peer(&t, p);
    if (p->bmp && p->view != BMP_VIEW_ADJ_RIB_IN_PRE) {
        const char *view = bmp_view_name(p->view);
        put_safe(&t, view, strlen(view));
        t.dst[t.len++] = view_files ? '.' : '/';
    }
    t.dst[t.len] = '\0';
    return t.len;
}

int archive_path(char *dst, size_t dst_len, const char *dir, const char *folder,
                 const char *name)
{
    const char *slash = strrchr(folder, '/'), *last = strrchr(name, '/');
    const char *begins = slash != NULL ? slash + 1 : folder;
    const char *base = last != NULL ? last + 1 : name;
    int n = snprintf(dst, dst_len, "%s/%.*s%.*s%s%s", dir, (int)(begins - folder), folder,
                     (int)(base - name), name, begins, base);
    if (n > 0 && (size_t)n < dst_len)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

/* The VRF's name, or its distinguisher; "" for the global table. Returns its length. */
static size_t vrf_name(char *dst, size_t cap, const struct track_peer *p)
{
    static const uint8_t no_rd[8];
    char rd[FMT_RD_MAX];
    size_t len = 0;
    if (p->bmp && p->table[0] != '\0' && strcmp(p->table, "global") != 0)
        len = (size_t)snprintf(dst, cap, "%s", p->table);
    else if (p->bmp && memcmp(p->rd, no_rd, sizeof(no_rd)) != 0)
        len = (size_t)snprintf(dst, cap, "%.*s", (int)fmt_rd(rd, p->rd), rd);
    dst[len] = '\0';
    return len;
}

static enum config_per rib_per(const struct config *cfg)
{
    switch (cfg->rib.per) {
    case RIB_PER_ARCHIVE:
        return cfg->archive.per;
    case RIB_PER_PEER:
        return PER_PEER;
    case RIB_PER_ROUTER:
        return PER_ROUTER;
    case RIB_PER_COLLECTOR:
    case RIB_PER_VRF:
        break;
    }
    return PER_COLLECTOR;
}

size_t archive_rib_folder(char dst[ARCHIVE_FOLDER_MAX], char *view, const struct config *cfg,
                          const struct track_source *s, const struct track_peer *p)
{
    bool other = p->bmp && p->view != BMP_VIEW_ADJ_RIB_IN_PRE;
    char vrf[sizeof(p->table) + FMT_RD_MAX];
    struct text t = {.dst = dst, .cap = ARCHIVE_FOLDER_MAX - 2};
    vrf[0] = '\0';
    if (cfg->rib.per == RIB_PER_VRF && vrf_name(vrf, sizeof(vrf), p) > 0) {
        put_safe(&t, ARCHIVE_VRF, strlen(ARCHIVE_VRF));
        put_safe(&t, vrf, strlen(vrf));
        t.dst[t.len++] = '/';
    }
    snprintf(view, ARCHIVE_FOLDER_MAX, "%s%s%s", vrf, vrf[0] != '\0' && other ? " " : "",
             other ? bmp_view_name(p->view) : "");
    char rest[ARCHIVE_FOLDER_MAX];
    size_t n = archive_folder(rest, rib_per(cfg), cfg->archive.view_files, s, p);
    n = n < t.cap - t.len ? n : t.cap - t.len;
    memcpy(t.dst + t.len, rest, n);
    t.dst[t.len + n] = '\0';
    return t.len + n;
}

size_t archive_router_folder(char dst[ARCHIVE_FOLDER_MAX], const struct track_source *s)
{
    struct text t = {.dst = dst, .cap = ARCHIVE_FOLDER_MAX - 2};
    put_router(&t, s);
    t.dst[t.len] = '\0';
    return t.len;
}

size_t archive_context_folder(char dst[ARCHIVE_FOLDER_MAX], const struct track_source *s)
{
    struct text t = {.dst = dst, .cap = ARCHIVE_FOLDER_MAX - 2};
    put_router(&t, s);
    put_safe(&t, ARCHIVE_CONTEXT, strlen(ARCHIVE_CONTEXT));
    t.dst[t.len++] = '/';
    t.dst[t.len] = '\0';
    return t.len;
}

/* ---- names ---- */

static const char *updates_pattern(const struct config *cfg)
{
    bool seconds = cfg->archive.slot_s % 60 != 0;
    switch (cfg->archive.layout) {
    case LAYOUT_RIS:
        return seconds ? "%Y.%m/updates.%Y%m%d.%H%M%S" : "%Y.%m/updates.%Y%m%d.%H%M";
    case LAYOUT_ROUTEVIEWS:
        return seconds ? "%Y.%m/UPDATES/updates.%Y%m%d.%H%M%S"
                       : "%Y.%m/UPDATES/updates.%Y%m%d.%H%M";
    case LAYOUT_PATTERN:
        return cfg->archive.pattern;
    }
    return NULL;
}

static const char *bmp_pattern(const struct config *cfg)
{
    bool seconds = cfg->archive.slot_s % 60 != 0;
    switch (cfg->archive.layout) {
    case LAYOUT_RIS:
        return seconds ? "%Y.%m/bmp.%Y%m%d.%H%M%S" : "%Y.%m/bmp.%Y%m%d.%H%M";
    case LAYOUT_ROUTEVIEWS:
        return seconds ? "%Y.%m/BMP/bmp.%Y%m%d.%H%M%S" : "%Y.%m/BMP/bmp.%Y%m%d.%H%M";
    case LAYOUT_PATTERN:
        return cfg->bmp_archive.pattern[0] != '\0' ? cfg->bmp_archive.pattern
                                                   : "bmp.%Y%m%d.%H%M%S";
    }
    return NULL;
}

const char *archive_pattern(const struct config *cfg, enum archive_what what)
{
    return what == ARCHIVE_BMP ? bmp_pattern(cfg) : updates_pattern(cfg);
}

static const char *rib_pattern(const struct config *cfg)
{
    bool seconds = cfg->rib.interval_s % 60 != 0;
    switch (cfg->archive.layout) {
    case LAYOUT_RIS:
        return seconds ? "%Y.%m/bview.%Y%m%d.%H%M%S" : "%Y.%m/bview.%Y%m%d.%H%M";
    case LAYOUT_ROUTEVIEWS:
        return seconds ? "%Y.%m/RIBS/rib.%Y%m%d.%H%M%S" : "%Y.%m/RIBS/rib.%Y%m%d.%H%M";
    case LAYOUT_PATTERN:
        return cfg->rib.pattern[0] != '\0' ? cfg->rib.pattern : "rib.%Y%m%d.%H%M";
    }
    return NULL;
}

unsigned archive_patterns(const struct config *cfg, const char *dst[ARCHIVE_PATTERNS_MAX])
{
    /* of all slots and intervals there may have been */
    static const char *const ris[ARCHIVE_PATTERNS_MAX] = {
        "%Y.%m/updates.%Y%m%d.%H%M", "%Y.%m/updates.%Y%m%d.%H%M%S", "%Y.%m/bview.%Y%m%d.%H%M",
        "%Y.%m/bview.%Y%m%d.%H%M%S", "%Y.%m/bmp.%Y%m%d.%H%M",       "%Y.%m/bmp.%Y%m%d.%H%M%S"};
    static const char *const routeviews[ARCHIVE_PATTERNS_MAX] = {
        "%Y.%m/UPDATES/updates.%Y%m%d.%H%M", "%Y.%m/UPDATES/updates.%Y%m%d.%H%M%S",
        "%Y.%m/RIBS/rib.%Y%m%d.%H%M",        "%Y.%m/RIBS/rib.%Y%m%d.%H%M%S",
        "%Y.%m/BMP/bmp.%Y%m%d.%H%M",         "%Y.%m/BMP/bmp.%Y%m%d.%H%M%S"};
    if (cfg->archive.layout == LAYOUT_PATTERN) {
        dst[0] = updates_pattern(cfg);
        dst[1] = rib_pattern(cfg);
        dst[2] = bmp_pattern(cfg);
        return 3;
    }
    memcpy(dst, cfg->archive.layout == LAYOUT_RIS ? ris : routeviews, sizeof(ris));
    return ARCHIVE_PATTERNS_MAX;
}

static bool ends_with(const char *s, size_t len, const char *end)
{
    size_t n = strlen(end);
    return n <= len && memcmp(s + len - n, end, n) == 0;
}

static bool stays_below(const char *name)
{
    if (name[0] == '/' || strstr(name, "../") != NULL)
        return false;
    for (const char *c = name; *c != '\0'; c++) {
        if (iscntrl((unsigned char)*c))
            return false;
    }
    return true;
}

/* Writes the name that `pattern` makes of a time. */
static int put_name(char *dst, size_t dst_len, const char *pattern, const char *suffix,
                    uint64_t sec, unsigned again)
{
    time_t at = (time_t)sec;
    struct tm tm;
    char stem[ARCHIVE_NAME_MAX];
    size_t len = 0;
    if (pattern != NULL && gmtime_r(&at, &tm) != NULL) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the operator's pattern */
        len = strftime(stem, sizeof(stem), pattern, &tm);
#pragma GCC diagnostic pop
    }
    if (len == 0 || !stays_below(stem)) {
        errno = EINVAL;
        return -1;
    }
    if (suffix[0] != '\0' && ends_with(stem, len, suffix))
        stem[len - strlen(suffix)] = '\0';
    char number[16] = "";
    if (again > 0)
        snprintf(number, sizeof(number), ".%u", again);
    int n = snprintf(dst, dst_len, "%s%s%s", stem, number, suffix);
    if (n < 0 || (size_t)n >= dst_len) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return 0;
}

int archive_name(char *dst, size_t dst_len, const struct config *cfg, enum archive_what what,
                 uint64_t slot, unsigned again)
{
    enum stream_format format = (enum stream_format)cfg->archive.format;
    return put_name(dst, dst_len, archive_pattern(cfg, what), stream_format_suffix(format),
                    slot, again);
}

int archive_rib_name(char *dst, size_t dst_len, const struct config *cfg, uint64_t sec,
                     unsigned again)
{
    return put_name(dst, dst_len, rib_pattern(cfg),
                    stream_format_suffix((enum stream_format)cfg->rib.format), sec, again);
}
