/* SPDX-License-Identifier: BSD-2-Clause */
/* decode_obmp: OpenBMP's raw messages, as its collectors put them on Kafka, one after the
 * other: a header, binary (version 1.7) or of text lines, and the BMP of one router. Floor F4.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tools/decode/decode.h"
#include "tools/decode/frames.h"

enum { ROUTERS_MAX = 4096, HASH_LEN = 16, TEXT_HEAD_MAX = 1024, STEP = 64 << 10 };
enum { FLAG_ROUTER = 0x80, FLAG_IPV6 = 0x40, TYPE_BMP_RAW = 12, MAJOR = 1 };

/* What a header says. */
struct head {
    size_t len;       /* octets of the header */
    uint32_t msg_len; /* of the BMP that follows */
    bool is_bmp;      /* else an object of another kind */
    uint8_t hash[HASH_LEN];
    struct source_addr router;
    uint64_t time_ns; /* 0: not given */
    char name[SOURCE_NAME_MAX + 1];
};

struct router {
    uint8_t hash[HASH_LEN];
    struct source_addr addr;
    uint32_t source;
    uint64_t used; /* the count of messages then */
};

struct reading {
    struct decode *d;
    struct window *in;
    struct track *t;
    struct router *routers;
    unsigned router_cnt;
    struct router *last;
    uint32_t next_source;
    uint64_t messages, other;
    uint64_t written_ns; /* when the file was */
};

/* ---- headers ---- */

/* The router's group is what operators call it by. */
static void take_name(struct head *h, struct cur group)
{
    uint32_t n = group.left < SOURCE_NAME_MAX ? group.left : SOURCE_NAME_MAX;
    memcpy(h->name, group.p, n);
    h->name[n] = '\0';
}

/*  | "OBMP" | major, minor | header length (2) | message length (4) | flags | type |
 *  | seconds (4) | microseconds (4) | collector hash (16) | length (2), admin id |
 *  | router hash (16) | router address (16) | length (2), router group | row count (4) | */
static bool read_binary(struct cur c, struct head *h)
{
    uint8_t major, flags, type;
    uint16_t head_len, admin_len, group_len;
    uint32_t magic, sec, usec;
    struct cur group;
    *h = (struct head){0};
    if (!cur_u32(&c, &magic) || magic != 0x4f424d50 || !cur_u8(&c, &major) || major != MAJOR ||
        !cur_skip(&c, 1) || !cur_u16(&c, &head_len) || !cur_u32(&c, &h->msg_len) ||
        !cur_u8(&c, &flags) || !cur_u8(&c, &type) || !cur_u32(&c, &sec) ||
        !cur_u32(&c, &usec) || !cur_skip(&c, HASH_LEN) || !cur_u16(&c, &admin_len) ||
        !cur_skip(&c, admin_len) || !cur_copy(&c, h->hash, HASH_LEN) ||
        !cur_copy(&c, h->router.a, 16) || !cur_u16(&c, &group_len) ||
        !cur_take(&c, group_len, &group) || !cur_skip(&c, 4))
        return false;
    h->len = head_len;
    h->is_bmp = (flags & FLAG_ROUTER) && type == TYPE_BMP_RAW;
    h->router.len = flags & FLAG_IPV6 ? 16 : 4;
    h->time_ns = sec * NS_PER_S + (uint64_t)usec * 1000;
    take_name(h, group);
    return head_len >= c.off && h->msg_len <= FRAMES_MSG_MAX;
}

static bool take_field(struct head *h, const char *name, const char *value)
{
    if (strcmp(name, "R_HASH") == 0 || strcmp(name, "R_HASH_ID") == 0)
        memcpy(h->hash, value,
               strnlen(value, HASH_LEN)); /* half of its digits tell routers apart */
    else if (strcmp(name, "R_IP") == 0 && inet_pton(AF_INET, value, h->router.a) == 1)
        h->router.len = 4;
    else if (strcmp(name, "R_IP") == 0 && inet_pton(AF_INET6, value, h->router.a) == 1)
        h->router.len = 16;
    else if (strcmp(name, "L") == 0) {
        char *end;
        unsigned long n = strtoul(value, &end, 10);
        h->msg_len = (uint32_t)n;
        return value[0] >= '0' && value[0] <= '9' && *end == '\0' && n <= FRAMES_MSG_MAX;
    }
    return true;
}

/* Lines `NAME: VALUE` up to an empty one, the first of them V; unknown ones are passed over. */
static bool read_text(const uint8_t *p, size_t len, struct head *h)
{
    char text[TEXT_HEAD_MAX + 1], *save = NULL;
    const uint8_t *end = memmem(p, len < TEXT_HEAD_MAX ? len : TEXT_HEAD_MAX, "\n\n", 2);
    *h = (struct head){.is_bmp = true};
    if (len < 4 || memcmp(p, "V: ", 3) != 0 || p[3] < '0' || p[3] > '9' || end == NULL)
        return false;
    h->len = (size_t)(end - p) + 2;
    memcpy(text, p, h->len);
    text[h->len] = '\0';
    bool has_len = false;
    for (char *line = strtok_r(text, "\r\n", &save); line;
         line = strtok_r(NULL, "\r\n", &save)) {
        char *value = strstr(line, ": ");
        if (value == NULL)
            return false;
        *value = '\0';
        has_len |= strcmp(line, "L") == 0;
        if (!take_field(h, line, value + 2))
            return false;
    }
    return has_len;
}

static bool read_head(const uint8_t *p, size_t len, struct head *h)
{
    return read_binary(cur_of(p, len), h) || read_text(p, len, h);
}

bool decode_obmp_looks(const uint8_t *p, size_t len)
{
    struct head h;
    return read_head(p, len, &h);
}

/* ---- routers ---- */

static struct router *find_router(struct reading *r, const struct head *h)
{
    struct router *oldest = &r->routers[0];
    for (unsigned i = 0; i < r->router_cnt; i++) {
        struct router *o = &r->routers[i];
        if (memcmp(o->hash, h->hash, HASH_LEN) == 0 && o->addr.len == h->router.len &&
            memcmp(o->addr.a, h->router.a, 16) == 0)
            return o;
        if (o->used < oldest->used)
            oldest = o;
    }
    if (r->router_cnt < ROUTERS_MAX)
        oldest = &r->routers[r->router_cnt++];
    else if (!decode_gone(r->d, r->t, oldest->source, r->written_ns))
        return NULL;
    memcpy(oldest->hash, h->hash, HASH_LEN);
    oldest->addr = h->router;
    oldest->source = 0;
    return oldest;
}

static struct router *router_of(struct reading *r, const struct head *h, uint64_t time_ns)
{
    struct router *o = r->last;
    struct source_info info;
    if (o == NULL || memcmp(o->hash, h->hash, HASH_LEN) != 0 || o->addr.len != h->router.len ||
        memcmp(o->addr.a, h->router.a, 16) != 0)
        o = find_router(r, h);
    if (o == NULL)
        return NULL;
    r->last = o;
    o->used = r->messages;
    if (o->source != 0)
        return o;
    o->source = r->next_source++;
    decode_source(r->d, SOURCE_BMP, &info);
    info.remote = h->router;
    memcpy(info.name, h->name, sizeof info.name);
    return decode_declare(r->d, r->t, o->source, time_ns, &info) ? o : NULL;
}

/* ---- messages ---- */

/* Writes the BMP messages behind a header; senders put one, or several, there. */
static bool take_bmp(struct reading *r, const struct head *h, const uint8_t *p)
{
    uint64_t time_ns = h->time_ns != 0 ? h->time_ns : r->written_ns;
    struct router *o = router_of(r, h, time_ns);
    size_t at = 0;
    while (o != NULL && at < h->msg_len) {
        uint32_t len = 0, need = 0;
        if (frames_next(FRAMES_BMP, p + at, h->msg_len - at, &len, &need) != BGP_FRAME_OK) {
            decode_damage(r->d, window_offset(r->in) + h->len + at, h->msg_len - at,
                          "no whole BMP message behind an OpenBMP header");
            return true;
        }
        struct journal_view v = {
            .kind = JOURNAL_BMP, .source = o->source, .time = time_ns, .p = p + at, .len = len};
        if (!decode_frame(r->d, r->t, &v))
            return false;
        at += len;
    }
    return o != NULL;
}

/* Passes over what is no header. */
static void resync(struct reading *r)
{
    uint64_t start = window_offset(r->in);
    size_t skip = 1;
    for (bool found = false; !found;) {
        window_skip(r->in, skip);
        size_t have = window_want(r->in, STEP);
        const uint8_t *p = window_at(r->in);
        struct head h;
        for (skip = 0; skip < have && !found; skip += !found)
            found = (p[skip] == 'O' || p[skip] == 'V') && read_head(p + skip, have - skip, &h);
        if (!found && have == STEP)
            skip -= TEXT_HEAD_MAX; /* a header cut by the end of what is seen */
        if (found || have < STEP) {
            window_skip(r->in, skip);
            break;
        }
    }
    decode_damage(r->d, start, window_offset(r->in) - start, "no OpenBMP message begins here");
}

static void read_messages(struct reading *r)
{
    struct head h;
    size_t have;
    while ((have = window_want(r->in, DECODE_LOOK)) > 0) {
        if (!read_head(window_at(r->in), have, &h)) {
            resync(r);
            continue;
        }
        have = window_want(r->in, h.len + h.msg_len);
        if (have < h.len + h.msg_len) {
            decode_damage(r->d, window_offset(r->in), have, "the file ends inside a message");
            window_skip(r->in, have);
            return;
        }
        r->messages++;
        r->other += !h.is_bmp;
        if (h.is_bmp && !take_bmp(r, &h, window_at(r->in) + h.len))
            return;
        window_skip(r->in, h.len + h.msg_len);
    }
}

void decode_obmp_read(struct decode *d, struct window *in)
{
    struct reading r = {.d = d,
                        .in = in,
                        .t = decode_track(d),
                        .routers = calloc(ROUTERS_MAX, sizeof(struct router)),
                        .next_source = 1,
                        .written_ns = d->written_ns};
    if (r.t == NULL || r.routers == NULL)
        decode_tell(d, DECODE_UNREADABLE, "out of memory");
    else
        read_messages(&r);
    if (r.other > 0)
        decode_tell(d, DECODE_CLEAN, "%llu OpenBMP messages hold no BMP",
                    (unsigned long long)r.other);
    free(r.routers);
    track_free(r.t);
}
