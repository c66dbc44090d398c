/* SPDX-License-Identifier: BSD-2-Clause */
/* avro: from the tape to Avro's binary encoding (specification 1.11, "Binary Encoding"). Floor
 * F3. */
#include "schemas/avro/avro.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "schemas/avro/avro_int.h"
#include "schemas/avro/avro_tape.h"

void avro_init(struct avro *a)
{
    *a = (struct avro){.emit = {.ops = &avro_tape_ops}, .ready_last = (size_t)TAPE_NONE};
    json_init(&a->json, &a->text);
}

void avro_init_direct(struct avro *a)
{
    avro_init(a);
    a->emit.ops = &avro_direct_ops;
}

void avro_free(struct avro *a)
{
    buf_free(&a->tape);
    buf_free(&a->text);
    buf_free(&a->ready);
}

/* ---- primitive values ---- */

enum { VARINT_MAX = 10 };

/* A long: zigzag, then seven bits an octet, least first. */
void avro_put_long(struct buf *b, int64_t v)
{
    uint8_t *p = (uint8_t *)buf_room(b, VARINT_MAX);
    if (p == NULL)
        return;
    uint64_t z = ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
    size_t n = 0;
    for (; z >= 0x80; z >>= 7)
        p[n++] = (uint8_t)(z | 0x80);
    p[n++] = (uint8_t)z;
    b->len += n;
}

static void put_text(struct buf *b, const char *s, size_t len)
{
    avro_put_long(b, (int64_t)len);
    buf_add(b, s, len);
}

/* The branch T of a union ["null", T]; the other is an octet 0. */
static void put_branch(struct buf *b)
{
    buf_add_char(b, 2);
}

/* ---- does a member fit its field? ---- */

static bool is_long(const struct token *t)
{
    return t->kind == TOKEN_I64 || (t->kind == TOKEN_U64 && t->u <= INT64_MAX);
}

static bool item_fits(enum avro_type type, const struct token *t)
{
    if (type == AVRO_LONGS)
        return is_long(t) || t->kind == TOKEN_U32S;
    if (type == AVRO_TEXTS)
        return t->kind == TOKEN_TEXT;
    return t->kind == TOKEN_OBJECT;
}

/* An empty array is told from an absent one by its place in `other`. */
static bool array_fits(enum avro_type type, const struct token *t)
{
    if (t->kind != TOKEN_ARRAY || tape_first(t) == tape_end(t))
        return false;
    for (const struct token *m = tape_first(t); m < tape_end(t); m = tape_next(m))
        if (!item_fits(type, m))
            return false;
    return true;
}

/* Returns the numbers of a segment of an AS path that stands alone: a set is a nested array, a
 * confederation's an object of one. NULL: it is none. */
static const struct token *segment_body(const struct token *t)
{
    const struct token *body = t->kind == TOKEN_OBJECT ? tape_first(t) : t;
    if (t->kind == TOKEN_OBJECT && (body >= tape_end(t) || tape_next(body) != tape_end(t)))
        return NULL;
    if (body->kind != TOKEN_ARRAY)
        return NULL;
    for (const struct token *m = tape_first(body); m < tape_end(body); m = tape_next(m))
        if (!item_fits(AVRO_LONGS, m))
            return NULL;
    return body;
}

static bool path_fits(const struct token *t)
{
    if (t->kind != TOKEN_ARRAY || tape_first(t) == tape_end(t))
        return false;
    for (const struct token *m = tape_first(t); m < tape_end(t); m = tape_next(m))
        if (!item_fits(AVRO_LONGS, m) && segment_body(m) == NULL)
            return false;
    return true;
}

static bool fits(const struct avro_field *f, const struct token *t)
{
    switch (f->type) {
    case AVRO_LONG:
        return is_long(t);
    case AVRO_TEXT:
        return t->kind == TOKEN_TEXT;
    case AVRO_BOOL:
        return t->kind == TOKEN_BOOL;
    case AVRO_TIME:
        return t->kind == TOKEN_TIME;
    case AVRO_RECORD:
        return t->kind == TOKEN_OBJECT;
    case AVRO_PATH:
        return path_fits(t);
    case AVRO_LONGS:
    case AVRO_TEXTS:
    case AVRO_RECORDS:
        return array_fits(f->type, t);
    }
    return false;
}

/* ---- values ---- */

static void write_record(struct avro *a, const struct avro_record *r, const struct token *t,
                         struct buf *b);

static size_t count_longs(const struct token *t, const struct token *end)
{
    size_t n = 0;
    for (; t < end; t = tape_next(t))
        n += t->kind == TOKEN_U32S ? t->len : 1;
    return n;
}

static void write_longs(const struct token *t, const struct token *end, struct buf *b)
{
    size_t cnt = count_longs(t, end);
    if (cnt > 0)
        avro_put_long(b, (int64_t)cnt);
    for (; t < end; t = tape_next(t)) {
        if (t->kind != TOKEN_U32S)
            avro_put_long(b, t->i);
        for (size_t i = 0; t->kind == TOKEN_U32S && i < t->len; i++)
            avro_put_long(b, token_number(t, i));
    }
    avro_put_long(b, 0);
}

static void write_segment(struct buf *b, const char *type, size_t len, const struct token *from,
                          const struct token *end)
{
    put_text(b, type, len);
    write_longs(from, end, b);
}

/* Numbers side by side are one AS_SEQUENCE. Returns what follows them. */
static const struct token *sequence_end(const struct token *t, const struct token *end)
{
    while (t < end && item_fits(AVRO_LONGS, t))
        t = tape_next(t);
    return t;
}

static size_t count_segments(const struct token *path)
{
    size_t n = 0;
    const struct token *t = tape_first(path), *end = tape_end(path);
    for (; t < end; n++)
        t = item_fits(AVRO_LONGS, t) ? sequence_end(t, end) : tape_next(t);
    return n;
}

static void write_path(const struct token *path, struct buf *b)
{
    const struct token *t = tape_first(path), *end = tape_end(path);
    avro_put_long(b, (int64_t)count_segments(path));
    while (t < end) {
        const struct token *next = sequence_end(t, end);
        if (next != t) {
            write_segment(b, "sequence", 8, t, next);
            t = next;
            continue;
        }
        const struct token *body = segment_body(t);
        if (t->kind == TOKEN_OBJECT)
            write_segment(b, body->key, body->key_len, tape_first(body), tape_end(body));
        else
            write_segment(b, "set", 3, tape_first(body), tape_end(body));
        t = tape_next(t);
    }
    avro_put_long(b, 0);
}

static size_t count_items(const struct token *array)
{
    size_t n = 0;
    for (const struct token *t = tape_first(array); t < tape_end(array); t = tape_next(t))
        n++;
    return n;
}

static void write_items(struct avro *a, const struct avro_field *f, const struct token *array,
                        struct buf *b)
{
    avro_put_long(b, (int64_t)count_items(array));
    for (const struct token *t = tape_first(array); t < tape_end(array); t = tape_next(t)) {
        if (f->type == AVRO_TEXTS)
            put_text(b, token_text(t), t->len);
        else
            write_record(a, f->of, t, b);
    }
    avro_put_long(b, 0);
}

static void write_value(struct avro *a, const struct avro_field *f, const struct token *t,
                        struct buf *b)
{
    enum { NS_PER_US = 1000 };
    switch (f->type) {
    case AVRO_LONG:
        avro_put_long(b, t->i);
        break;
    case AVRO_TEXT:
        put_text(b, token_text(t), t->len);
        break;
    case AVRO_BOOL:
        buf_add_char(b, t->u != 0);
        break;
    case AVRO_TIME:
        avro_put_long(b, (int64_t)(t->u / NS_PER_US));
        break;
    case AVRO_RECORD:
        write_record(a, f->of, t, b);
        break;
    case AVRO_PATH:
        write_path(t, b);
        break;
    case AVRO_LONGS:
        write_longs(tape_first(t), tape_end(t), b);
        break;
    case AVRO_TEXTS:
    case AVRO_RECORDS:
        write_items(a, f, t, b);
        break;
    }
}

/* ---- records ---- */

/* Writes fields that have no member: an octet 0 each, whether that is the number zero, an empty
 * text or array, or the union's null. */
static void write_nothing(size_t cnt, struct buf *b)
{
    char *p = cnt > 0 ? buf_room(b, AVRO_FIELDS_MAX) : NULL;
    if (p == NULL)
        return;
    memset(p, 0, AVRO_FIELDS_MAX); /* a fixed length is quicker */
    b->len += cnt;
}

static bool is_named(const struct avro_field *f, const struct token *t)
{
    return f->name.len == t->key_len && memcmp(f->name.p, t->key, t->key_len) == 0;
}

/* Finds a member's name among the fields, from *at on and then from the first. */
static const struct avro_field *search(const struct avro_record *r, const struct token *t,
                                       unsigned *at)
{
    for (unsigned i = 0; i < r->field_cnt; i++) {
        unsigned k = *at + i < r->field_cnt ? *at + i : *at + i - r->field_cnt;
        if (is_named(&r->fields[k], t)) {
            *at = k + 1 < r->field_cnt ? k + 1 : 0;
            return &r->fields[k];
        }
    }
    return NULL;
}

/* Finds the field of a member. Names are literals, so a name at the same place in the same
 * record as once before is that field's, which the last comparison confirms. Builders write in
 * nearly the schema's order: a search begins where the last one ended. */
static const struct avro_field *find(struct avro *a, const struct avro_record *r,
                                     const struct token *t, unsigned *at)
{
    uint64_t mix = ((uint64_t)(uintptr_t)t->key ^ (uint64_t)(uintptr_t)r << 7) *
                   UINT64_C(0x9e3779b97f4a7c15);
    struct avro_memo *m = &a->memo[mix >> (64 - AVRO_MEMO_BITS)];
    const struct avro_field *f = m->field;
    if (m->key != t->key || m->record != r || !is_named(f, t)) {
        f = search(r, t, at);
        if (f != NULL)
            *m = (struct avro_memo){r, t->key, f};
    }
    return f != NULL && fits(f, t) ? f : NULL;
}

/* The members of an object that have fields, in the fields' order. */
struct members {
    unsigned cnt;
    const struct avro_field *field[AVRO_FIELDS_MAX];
    const struct token *token[AVRO_FIELDS_MAX];
};

/* Puts a member in its place, which is the last one as a rule. Returns whether it is the first
 * of its name. */
static bool insert(struct members *m, const struct avro_field *f, const struct token *t)
{
    unsigned i = m->cnt;
    while (i > 0 && m->field[i - 1] > f)
        i--;
    if (i > 0 && m->field[i - 1] == f)
        return false;
    for (unsigned k = m->cnt++; k > i; k--) {
        m->field[k] = m->field[k - 1];
        m->token[k] = m->token[k - 1];
    }
    m->field[i] = f;
    m->token[i] = t;
    return true;
}

/* Sorts members of an object. Returns how many have no field. */
static size_t sort_members(struct avro *a, const struct avro_record *r,
                           const struct token *from, const struct token *end,
                           struct members *m)
{
    size_t rest = 0;
    unsigned at = 0;
    m->cnt = 0;
    for (const struct token *t = from; t < end; t = tape_next(t)) {
        const struct avro_field *f = t->kind == TOKEN_READY ? r->fields + t->ready.first
                                                            : find(a, r, t, &at);
        if (f == NULL || !insert(m, f, t))
            rest++;
    }
    return rest;
}

static bool is_sorted(const struct members *m, const struct token *t)
{
    for (unsigned i = 0; i < m->cnt; i++)
        if (m->token[i] == t)
            return true;
    return false;
}

/* Writes a member as JSON without its name. */
static void put_json(struct avro *a, const struct token *t, struct buf *b)
{
    a->text.len = 0;
    tape_replay_value(t, &a->json.emit);
    b->failed |= a->text.failed;
    put_text(b, a->text.p, a->text.len);
}

/* `other`, a map: the members that have no field. */
static void write_other(struct avro *a, const struct token *object, const struct members *m,
                        size_t cnt, struct buf *b)
{
    if (cnt > 0)
        avro_put_long(b, (int64_t)cnt);
    for (const struct token *t = tape_first(object); cnt > 0 && t < tape_end(object);
         t = tape_next(t)) {
        if (is_sorted(m, t))
            continue;
        put_text(b, t->key, t->key_len);
        put_json(a, t, b);
    }
    avro_put_long(b, 0);
}

static void write_field(struct avro *a, const struct avro_field *f, const struct token *t,
                        struct buf *b)
{
    if (!f->required && !avro_is_array(f->type))
        put_branch(b);
    write_value(a, f, t, b);
}

/* Writes sorted members and what is missing between them. Returns the field after the last. */
static const struct avro_field *write_members(struct avro *a, const struct avro_record *r,
                                              const struct members *m, struct buf *b,
                                              const struct avro_field *next)
{
    for (unsigned i = 0; i < m->cnt; i++) {
        const struct avro_field *f = m->field[i];
        const struct token *t = m->token[i];
        assert(f >= next); /* what is ready has no member of its own */
        write_nothing((size_t)(f - next), b);
        if (t->kind == TOKEN_READY)
            buf_add(b, token_text(t), t->ready.octets);
        else
            write_field(a, f, t, b);
        next = t->kind == TOKEN_READY ? r->fields + t->ready.next : f + 1;
    }
    return next;
}

static void write_record(struct avro *a, const struct avro_record *r, const struct token *t,
                         struct buf *b)
{
    struct members m;
    size_t rest = sort_members(a, r, tape_first(t), tape_end(t), &m);
    const struct avro_field *next = write_members(a, r, &m, b, r->fields);
    write_nothing((size_t)(r->fields + r->field_cnt - next), b);
    write_other(a, t, &m, rest, b);
}

bool avro_make_ready(struct avro *a, const struct token *from, const struct token *end)
{
    struct members m;
    struct token head = {.kind = TOKEN_READY};
    static const char padding[8];
    const struct avro_field *fields = avro_root.fields;
    if (sort_members(a, &avro_root, from, end, &m) > 0)
        return false;
    a->ready.len = 0;
    buf_add(&a->ready, &head, sizeof head);
    const struct avro_field *next =
        write_members(a, &avro_root, &m, &a->ready, m.field[0]);
    size_t octets = a->ready.len - sizeof head;
    buf_add(&a->ready, padding, -a->ready.len & 7);
    if (a->ready.failed || a->text.failed) {
        a->ready.failed = a->text.failed = false;
        return false;
    }
    head.size = a->ready.len;
    head.ready.octets = (uint32_t)octets;
    head.ready.first = (uint16_t)(m.field[0] - fields);
    head.ready.next = (uint16_t)(next - fields);
    memcpy(a->ready.p, &head, sizeof head);
    return true;
}

bool avro_put_attr(struct avro *a, const struct token *from, const struct token *end,
                   unsigned number, struct buf *out)
{
    const struct avro_record *attrs = avro_root.fields[AVRO_ROOT_ATTRS].of;
    unsigned at = number;
    if (from >= end || tape_next(from) != end)
        return false;
    const struct avro_field *f = find(a, attrs, from, &at);
    if (f == NULL || f != attrs->fields + number)
        return false;
    write_field(a, f, from, out);
    return true;
}

/* Writes a record whose fields are all ready, in their order. Returns false when it is another.
 */
static bool write_ready(const struct token *record, struct buf *b)
{
    const struct token *end = tape_end(record);
    unsigned next = 0;
    char *p = buf_room(b, record->size + 2 * AVRO_FIELDS_MAX); /* gaps, scribbles at the end */
    if (p == NULL || record->kind != TOKEN_OBJECT)
        return false;
    for (const struct token *t = tape_first(record); t < end; t = tape_next(t)) {
        if (t->kind != TOKEN_READY || t->ready.first < next)
            return false;
        memset(p, 0, AVRO_FIELDS_MAX); /* as write_nothing */
        p += t->ready.first - next;
        memcpy(p, token_text(t), t->ready.octets);
        p += t->ready.octets;
        next = t->ready.next;
    }
    memset(p, 0, AVRO_FIELDS_MAX);
    p += AVRO_ROOT_CNT - next + 1; /* and `other` */
    b->len = (size_t)(p - b->p);
    return true;
}

_Static_assert(AVRO_ROOT_CNT + 1 <= AVRO_FIELDS_MAX, "a record's end has room");

int avro_take(struct avro *a, struct buf *out)
{
    size_t before = out->len;
    bool whole = !a->tape.failed && a->tape.len > 0;
    if (whole && !write_ready(tape_at(a->tape.p), out))
        write_record(a, &avro_root, tape_at(a->tape.p), out);
    a->depth = 0;
    a->tape.len = 0;
    a->ready_last = (size_t)TAPE_NONE;
    if (whole && !out->failed && !a->text.failed)
        return 0;
    a->tape.failed = a->text.failed = out->failed = false;
    out->len = before;
    errno = ENOMEM;
    return -1;
}
