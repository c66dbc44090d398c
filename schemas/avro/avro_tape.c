/* SPDX-License-Identifier: BSD-2-Clause */
/* avro_tape: notes what builders say. Floor F3. */
#include "schemas/avro/avro_tape.h"

#include "base/fmt.h"
#include "base/utf8.h"
#include "schemas/avro/avro_int.h"

static struct avro *of(const struct emit *e)
{
    return (struct avro *)(void *)(uintptr_t)e;
}

static char *text_of(struct token *t)
{
    return (char *)(t + 1);
}

/* Appends a token with room for `len` octets behind it. NULL: out of memory. */
static struct token *put(struct emit *e, struct str key, enum token_kind kind, size_t len)
{
    struct buf *b = &of(e)->tape;
    size_t size = (sizeof(struct token) + len + 7) & ~(size_t)7;
    struct token *t = (struct token *)(void *)buf_room(b, size);
    if (t == NULL)
        return NULL;
    *t = (struct token){.key = key.p, .key_len = key.len, .kind = kind, .size = size};
    b->len += size;
    return t;
}

/* ---- fields that are ready ---- */

static struct token *at(struct avro *a, size_t place)
{
    return (struct token *)(void *)(a->tape.p + place);
}

/* Returns the token that is at the tape's end and may go on with field `first`, or NULL. */
static struct token *open_ready(struct avro *a, unsigned first)
{
    struct token *t = a->ready_last != (size_t)TAPE_NONE ? at(a, a->ready_last) : NULL;
    return t != NULL && a->ready_last + t->size == a->tape.len && t->ready.next <= first ? t
                                                                                        : NULL;
}

char *tape_ready_room(struct avro *a, unsigned first, size_t room)
{
    struct buf *b = &a->tape;
    char *p = buf_room(b, sizeof(struct token) + AVRO_FIELDS_MAX + room + 7);
    if (p == NULL)
        return NULL;
    struct token *t = open_ready(a, first);
    a->ready_at = t != NULL ? a->ready_last : b->len;
    if (t == NULL)
        return p + sizeof(struct token);
    p = text_of(t) + t->ready.octets;
    memset(p, 0, AVRO_FIELDS_MAX); /* a fixed length is quicker */
    return p + first - t->ready.next;
}

void tape_ready_end(struct avro *a, const char *end, unsigned first, unsigned next)
{
    struct token *t = at(a, a->ready_at);
    size_t octets = (size_t)(end - text_of(t)), size = (sizeof *t + octets + 7) & ~(size_t)7;
    if (a->ready_at == a->tape.len)
        *t = (struct token){.kind = TOKEN_READY, .ready.first = (uint16_t)first};
    t->size = size;
    t->ready.octets = (uint32_t)octets;
    t->ready.next = (uint16_t)next;
    a->tape.len = a->ready_at + size;
    a->ready_last = a->ready_at;
}

/* Members of the record itself become octets; others stay tokens, whose names are literals. */
static struct str direct_since(const struct emit *e, struct emit_mark m)
{
    struct avro *a = of(e);
    const struct token *from = tape_at(a->tape.p + m.at);
    size_t len = a->tape.failed ? 0 : a->tape.len - m.at;
    if (len == 0 || (from->kind == TOKEN_READY && from->size == len) || a->depth != 1 ||
        !avro_make_ready(a, from, tape_at(a->tape.p + a->tape.len)))
        return str_at(a->tape.p + m.at, len);
    return str_at(a->ready.p, a->ready.len);
}

/* Puts fields that were ready before onto the tape, or tokens. */
static void direct_splice(struct emit *e, struct str members)
{
    struct avro *a = of(e);
    struct token t;
    memcpy(&t, members.p, sizeof t);
    if (t.kind != TOKEN_READY || t.size != members.len) {
        buf_add(&a->tape, members.p, members.len);
        return;
    }
    char *p = tape_ready_room(a, t.ready.first, t.ready.octets);
    if (p == NULL)
        return;
    memcpy(p, members.p + sizeof t, t.ready.octets);
    tape_ready_end(a, p + t.ready.octets, t.ready.first, t.ready.next);
}

/* What comes after a mark may be taken back: it begins a token of its own. */
static struct emit_mark direct_mark(const struct emit *e)
{
    struct avro *a = of(e);
    a->ready_last = (size_t)TAPE_NONE;
    return (struct emit_mark){.at = a->tape.len, .state = a->depth};
}

static void direct_rollback(struct emit *e, struct emit_mark m)
{
    of(e)->ready_last = (size_t)TAPE_NONE;
    of(e)->tape.len = m.at;
    of(e)->depth = m.state;
}

/* ---- what a builder says ---- */

static void begin(struct emit *e, struct str key, enum token_kind kind)
{
    struct avro *a = of(e);
    size_t at = a->tape.len;
    if (a->depth == AVRO_DEPTH_MAX || put(e, key, kind, 0) == NULL)
        a->tape.failed = true;
    else
        a->open[a->depth++] = at;
}

static void end(struct emit *e)
{
    struct avro *a = of(e);
    if (a->tape.failed)
        return;
    size_t at = a->open[--a->depth];
    ((struct token *)(void *)(a->tape.p + at))->size = a->tape.len - at;
}

static void tape_object_begin(struct emit *e, struct str key)
{
    begin(e, key, TOKEN_OBJECT);
}

static void tape_array_begin(struct emit *e, struct str key)
{
    begin(e, key, TOKEN_ARRAY);
}

static void tape_u64(struct emit *e, struct str key, uint64_t v)
{
    struct token *t = put(e, key, TOKEN_U64, 0);
    if (t != NULL)
        t->u = v;
}

static void tape_i64(struct emit *e, struct str key, int64_t v)
{
    struct token *t = put(e, key, TOKEN_I64, 0);
    if (t != NULL)
        t->i = v;
}

static void tape_f64(struct emit *e, struct str key, double v)
{
    struct token *t = put(e, key, TOKEN_F64, 0);
    if (t != NULL)
        t->f = v;
}

static void tape_bool(struct emit *e, struct str key, bool v)
{
    struct token *t = put(e, key, TOKEN_BOOL, 0);
    if (t != NULL)
        t->u = v;
}

static void tape_null(struct emit *e, struct str key)
{
    put(e, key, TOKEN_NULL, 0);
}

/* Ends a text of which at most as much is there as was made room for. */
static void end_text(struct emit *e, struct token *t, size_t len)
{
    struct buf *b = &of(e)->tape;
    size_t size = (sizeof *t + len + 7) & ~(size_t)7;
    b->len -= t->size - size;
    t->size = size;
    t->len = len;
}

static void tape_ascii(struct emit *e, struct str key, const char *s, size_t len)
{
    struct token *t = put(e, key, TOKEN_TEXT, len);
    if (t == NULL)
        return;
    memcpy(text_of(t), s, len);
    t->len = len;
}

static void tape_ascii_by(struct emit *e, struct str key, emit_fmt *fmt, const void *item,
                          size_t max)
{
    struct token *t = put(e, key, TOKEN_TEXT, max);
    if (t != NULL)
        end_text(e, t, fmt(text_of(t), item));
}

static void tape_u32_items(struct emit *e, const uint32_t *v, size_t cnt)
{
    struct token *t = put(e, EMIT_ITEM, TOKEN_U32S, cnt * sizeof *v);
    if (t == NULL)
        return;
    memcpy(text_of(t), v, cnt * sizeof *v);
    t->len = cnt;
}

/* Avro's strings are UTF-8; what isn't becomes U+FFFD, as in JSON. */
static void tape_text(struct emit *e, struct str key, const char *s, size_t len)
{
    struct token *t = put(e, key, TOKEN_TEXT, 3 * len);
    if (t == NULL)
        return;
    const uint8_t *u = (const uint8_t *)s;
    char *p = text_of(t);
    for (size_t i = 0; i < len;) {
        size_t n = utf8_len(u + i, len - i);
        memcpy(p, n > 0 ? s + i : "\xef\xbf\xbd", n > 0 ? n : 3);
        p += n > 0 ? n : 3;
        i += n > 0 ? n : 1;
    }
    end_text(e, t, (size_t)(p - text_of(t)));
}

static void tape_hex(struct emit *e, struct str key, const uint8_t *bytes, size_t len)
{
    struct token *t = put(e, key, TOKEN_TEXT, 2 * len);
    if (t != NULL)
        end_text(e, t, fmt_hex(text_of(t), bytes, len));
}

static void tape_time(struct emit *e, struct str key, uint64_t ns)
{
    struct token *t = put(e, key, TOKEN_TIME, 0);
    if (t != NULL)
        t->u = ns;
}

static struct emit_mark tape_mark(const struct emit *e)
{
    return (struct emit_mark){.at = of(e)->tape.len, .state = of(e)->depth};
}

static void tape_rollback(struct emit *e, struct emit_mark m)
{
    of(e)->tape.len = m.at;
    of(e)->depth = m.state;
}

/* clang-format off */
#define TAPE_OPS \
    .object_begin = tape_object_begin, \
    .object_end = end, \
    .array_begin = tape_array_begin, \
    .array_end = end, \
    .u64 = tape_u64, \
    .i64 = tape_i64, \
    .f64 = tape_f64, \
    .boolean = tape_bool, \
    .null = tape_null, \
    .ascii = tape_ascii, \
    .ascii_by = tape_ascii_by, \
    .u32_items = tape_u32_items, \
    .text = tape_text, \
    .hex = tape_hex, \
    .time = tape_time,
/* clang-format on */

const struct emit_ops avro_tape_ops = {TAPE_OPS .mark = tape_mark, .rollback = tape_rollback};
const struct emit_ops avro_direct_ops = {TAPE_OPS .mark = direct_mark,
                                         .rollback = direct_rollback,
                                         .since = direct_since,
                                         .splice = direct_splice};

/* ---- reading it ---- */

const struct token *tape_find(const struct token *object, const char *name)
{
    size_t len = strlen(name);
    if (object == NULL || object->kind != TOKEN_OBJECT)
        return NULL;
    for (const struct token *t = tape_first(object); t < tape_end(object); t = tape_next(t)) {
        if (t->key_len == len && memcmp(t->key, name, len) == 0)
            return t;
    }
    return NULL;
}

/* ---- back to an encoder ---- */

static void replay_leaf(const struct token *t, struct emit *e, struct str key)
{
    switch ((enum token_kind)t->kind) {
    case TOKEN_U64:
        emit_u64(e, key, t->u);
        break;
    case TOKEN_I64:
        emit_i64(e, key, t->i);
        break;
    case TOKEN_F64:
        emit_f64(e, key, t->f);
        break;
    case TOKEN_BOOL:
        emit_bool(e, key, t->u != 0);
        break;
    case TOKEN_NULL:
        emit_null_value(e, key);
        break;
    case TOKEN_TEXT:
        emit_text(e, key, token_text(t), t->len);
        break;
    case TOKEN_TIME:
        emit_time(e, key, t->u);
        break;
    case TOKEN_U32S:
        for (size_t i = 0; i < t->len; i++)
            emit_u64(e, key, token_number(t, i));
        break;
    case TOKEN_OBJECT:
    case TOKEN_ARRAY:
    case TOKEN_READY:
        break; /* replay's; a direct encoder's, whose tape nobody replays */
    }
}

static void replay(const struct token *t, struct emit *e, struct str key)
{
    if (t->kind != TOKEN_OBJECT && t->kind != TOKEN_ARRAY) {
        replay_leaf(t, e, key);
        return;
    }
    if (t->kind == TOKEN_OBJECT)
        emit_object(e, key);
    else
        emit_array(e, key);
    for (const struct token *m = tape_first(t); m < tape_end(t); m = tape_next(m))
        replay(m, e, (struct str){.p = m->key, .len = m->key_len});
    if (t->kind == TOKEN_OBJECT)
        emit_object_end(e);
    else
        emit_array_end(e);
}

void tape_replay_value(const struct token *t, struct emit *e)
{
    replay(t, e, EMIT_ITEM);
}

void tape_replay(const struct token *t, struct emit *e)
{
    replay(t, e, (struct str){.p = t->key, .len = t->key_len});
}
