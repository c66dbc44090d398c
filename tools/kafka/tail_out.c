/* SPDX-License-Identifier: BSD-2-Clause */
/* tail_out: from a message's value to what is printed. Floor F4. */
#include "tools/kafka/tail_out.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/json_read.h"
#include "base/text.h"
#include "schemas/avro/avro_read.h"
#include "tools/decode/decode.h"
#include "tools/kafka/record_wire.h"

enum { OUT_FLUSH = 64 << 10 };

const char *const tail_format_names[TAIL_FORMAT_CNT + 1] = {
    "json", "text", "bgpdump", "exabgp", "ris-live", "summary", "raw"};

/* Formats that are outputs of ribtape decode. */
static const struct {
    const struct decode_output *output;
    bool whole; /* it shows all of a message: what isn't whole is not for it */
} outputs[TAIL_FORMAT_CNT] = {
    [TAIL_BGPDUMP] = {.output = &decode_bgpdump},
    [TAIL_EXABGP] = {.output = &decode_exabgp, .whole = true},
    [TAIL_RIS_LIVE] = {.output = &decode_ris_live},
    [TAIL_SUMMARY] = {.output = &decode_summary},
};

struct tail_out {
    struct tail_out_options o;
    uint64_t fingerprint;
    struct avro tape; /* of the message in hand */
    struct buf scratch;
    struct record_wire wire;       /* of it, where it is wanted */
    struct filter_subject subject; /* valid when `some` */
    bool some;                     /* of its routes pass, not all */
    struct decode decode;          /* for outputs of ribtape decode; `out` is the output */
};

/* ---- reading ---- */

static bool is_json(struct cur v)
{
    return v.left >= 2 && v.p[0] == '{' && v.p[v.left - 1] == '}' &&
           memchr(v.p, '\n', v.left) == NULL;
}

static const struct token *record_of(const struct tail_out *t)
{
    return tape_at(t->tape.tape.p);
}

/* Puts a value on the tape. */
static enum tail_printed read_value(struct tail_out *t, struct cur v)
{
    size_t off;
    int rc;
    enum avro_framing framing = AVRO_FRAMING_NONE;
    buf_clear(&t->tape.tape);
    t->tape.depth = 0;
    if (is_json(v)) {
        rc = json_read((const char *)v.p, v.left, EMIT_ITEM, &t->tape.emit, &t->scratch, &off);
    } else {
        framing = avro_framing_of(&v, t->fingerprint);
        if (framing == AVRO_FRAMING_NONE || framing == AVRO_FRAMING_FOREIGN)
            return framing == AVRO_FRAMING_NONE ? TAIL_FOREIGN : TAIL_OTHER_SCHEMA;
        rc = avro_read(v, &t->tape.emit, &t->scratch);
    }
    if (t->tape.tape.failed || t->scratch.failed)
        return TAIL_NO_MEMORY;
    if (rc == 0)
        return TAIL_PRINTED;
    return framing == AVRO_FRAMING_NONE ? TAIL_FOREIGN : TAIL_OTHER_SCHEMA;
}

/* ---- filters ---- */

/* Returns whether the record, or some of its routes, pass. */
static bool passes(struct tail_out *t)
{
    const struct filter_known k = {t->wire.type, &t->wire.diags};
    enum filter_verdict v = FILTER_ALL;
    if (t->o.filter != NULL)
        v = filter_record(t->o.filter, &t->wire.item, &k, &t->subject);
    t->some = v == FILTER_SOME;
    return v == FILTER_ALL || (t->some && filter_any(&t->subject));
}

static bool route_passes(struct tail_out *t, size_t i)
{
    if (!t->some || i >= t->wire.route_cnt)
        return true;
    struct nlri n = record_wire_nlri(&t->wire, i);
    return filter_route(&t->subject, &n);
}

/* ---- records ---- */

/* What one record of a message, or of a route, is made of. */
struct chosen {
    const struct token *record;
    const struct token *list;  /* `announce` or `withdraw`; NULL: all of the record */
    const struct token *group; /* in it, */
    const struct token *nlri;  /* in it */
    bool withdraw;
};

static struct str key_of(const struct token *t)
{
    return (struct str){.p = t->key, .len = t->key_len};
}

static bool is_named(const struct token *t, const char *name)
{
    return t->key_len == strlen(name) && memcmp(t->key, name, t->key_len) == 0;
}

/* The list with its one route. */
static void put_route(struct emit *e, const struct chosen *c)
{
    emit_array(e, key_of(c->list));
    emit_object(e, EMIT_ITEM);
    const struct token *end = tape_end(c->group);
    for (const struct token *m = tape_first(c->group); m < end; m = tape_next(m)) {
        if (!is_named(m, "nlri")) {
            tape_replay(m, e);
            continue;
        }
        emit_array(e, KEY("nlri"));
        tape_replay(c->nlri, e);
        emit_array_end(e);
    }
    emit_object_end(e);
    emit_array_end(e);
}

/* A withdrawal has no attributes, and what is wrong is told with the announcements. */
static void put_member(struct emit *e, const struct chosen *c, const struct token *m)
{
    bool routes = is_named(m, "announce") || is_named(m, "withdraw");
    bool others = is_named(m, "attrs") || is_named(m, "diags");
    if (c->list == NULL || (!routes && !(others && c->withdraw)))
        tape_replay(m, e);
    else if (m == c->list)
        put_route(e, c);
}

static void put_members(struct emit *e, const struct chosen *c)
{
    const struct token *end = tape_end(c->record);
    for (const struct token *m = tape_first(c->record); m < end; m = tape_next(m))
        put_member(e, c, m);
}

static void put_json(struct tail_out *t, const struct chosen *c)
{
    struct json j;
    json_init(&j, &t->decode.out);
    emit_object(&j.emit, EMIT_ITEM);
    put_members(&j.emit, c);
    emit_object_end(&j.emit);
    buf_add_char(&t->decode.out, '\n');
}

static void put_text(struct tail_out *t, const struct chosen *c)
{
    struct text text;
    const struct track_item *item = &t->wire.item;
    decode_text_head(&t->decode, item->frame->time, item->peer);
    text_init(&text, &t->decode.out, 2, t->o.colour);
    emit_object(&text.emit, EMIT_ITEM);
    put_members(&text.emit, c);
    emit_object_end(&text.emit);
    buf_add_str(&t->decode.out, "\n\n");
}

static void put_one(struct tail_out *t, const struct chosen *c)
{
    if (t->o.format == TAIL_TEXT)
        put_text(t, c);
    else
        put_json(t, c);
}

/* ---- route by route ---- */

/* Writes the routes of a list that pass. `*i` counts those of the record. */
static size_t put_list(struct tail_out *t, const struct token *list, bool withdraw, size_t *i)
{
    struct chosen c = {.record = record_of(t), .list = list, .withdraw = withdraw};
    size_t cnt = 0;
    if (list == NULL || list->kind != TOKEN_ARRAY)
        return 0;
    for (c.group = tape_first(list); c.group < tape_end(list); c.group = tape_next(c.group)) {
        const struct token *all = tape_find(c.group, "nlri");
        if (all == NULL || all->kind != TOKEN_ARRAY)
            continue;
        for (c.nlri = tape_first(all); c.nlri < tape_end(all); c.nlri = tape_next(c.nlri)) {
            cnt++;
            if (route_passes(t, (*i)++))
                put_one(t, &c);
        }
    }
    return cnt;
}

static void put_routes(struct tail_out *t)
{
    const struct token *record = record_of(t);
    size_t i = 0;
    size_t cnt = put_list(t, tape_find(record, "announce"), false, &i);
    cnt += put_list(t, tape_find(record, "withdraw"), true, &i);
    if (cnt == 0)
        put_one(t, &(struct chosen){.record = record});
}

/* An output that shows messages whole gets them so. Returns whether it can be given this one. */
static bool put_event(struct tail_out *t, const struct decode_output *output)
{
    const struct decode_event ev = {.item = &t->wire.item,
                                    .ctx = t->wire.item.ctx,
                                    .routes = t->some && output->routes ? &t->subject : NULL,
                                    .diags = &t->wire.diags};
    if (outputs[t->o.format].whole && t->wire.item.bgp != NULL && !t->wire.whole)
        return false;
    output->write(&t->decode, &ev);
    return true;
}

/* ---- messages ---- */

/* A null of a table: only its key tells whose route is gone. */
static void put_tombstone(struct tail_out *t, const struct kafka_message *m)
{
    struct json j;
    json_init(&j, &t->decode.out);
    emit_object(&j.emit, EMIT_ITEM);
    emit_text(&j.emit, KEY("key"), m->key.p, m->key.left);
    emit_null_value(&j.emit, KEY("value"));
    emit_object_end(&j.emit);
    buf_add_char(&t->decode.out, '\n');
}

static enum tail_printed on_tombstone(struct tail_out *t, const struct kafka_message *m)
{
    if (t->o.filter != NULL || (t->o.format != TAIL_JSON && t->o.format != TAIL_TEXT))
        return TAIL_PASSED_OVER;
    put_tombstone(t, m);
    return TAIL_PRINTED;
}

static enum tail_printed on_record(struct tail_out *t)
{
    const struct decode_output *output = outputs[t->o.format].output;
    bool octets = t->o.filter != NULL || t->o.format != TAIL_JSON;
    size_t before = t->decode.out.len;
    t->some = false;
    if (octets && record_wire_make(&t->wire, record_of(t)) != 0)
        return TAIL_NO_MEMORY;
    if (octets && !passes(t))
        return TAIL_PASSED_OVER;
    if (output != NULL && !put_event(t, output))
        return TAIL_IN_PART;
    if (output != NULL)
        return t->decode.out.len > before || output->end != NULL ? TAIL_PRINTED
                                                                 : TAIL_PASSED_OVER;
    if (t->o.explode)
        put_routes(t);
    else
        put_one(t, &(struct chosen){.record = record_of(t)});
    return t->decode.out.len > before ? TAIL_PRINTED : TAIL_PASSED_OVER;
}

/* Returns whether a value is printed as it is. */
static bool is_verbatim(const struct tail_out *t, struct cur v)
{
    if (t->o.format == TAIL_RAW)
        return true;
    return t->o.format == TAIL_JSON && !t->o.explode && t->o.filter == NULL && is_json(v);
}

enum tail_printed tail_out_message(struct tail_out *t, const struct kafka_message *m)
{
    enum tail_printed rc = TAIL_PRINTED;
    struct buf *out = &t->decode.out;
    if (m->tombstone) {
        rc = on_tombstone(t, m);
    } else if (is_verbatim(t, m->value)) {
        buf_add(out, m->value.p, m->value.left);
        if (t->o.format != TAIL_RAW)
            buf_add_char(out, '\n');
    } else {
        rc = read_value(t, m->value);
        if (rc == TAIL_PRINTED)
            rc = on_record(t);
    }
    if (out->failed)
        return TAIL_NO_MEMORY;
    if (out->len >= OUT_FLUSH)
        (void)tail_out_flush(t);
    return rc;
}

void tail_out_end(struct tail_out *t)
{
    const struct decode_output *output = outputs[t->o.format].output;
    if (output != NULL && output->end != NULL)
        output->end(&t->decode);
}

bool tail_out_flush(struct tail_out *t)
{
    struct buf *out = &t->decode.out;
    if (out->len > 0)
        fwrite(out->p, 1, out->len, stdout);
    buf_clear(out);
    return fflush(stdout) == 0 && !ferror(stdout);
}

struct tail_out *tail_out_new(const struct tail_out_options *o)
{
    struct tail_out *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->o = *o;
    t->fingerprint = avro_fingerprint();
    t->decode = (struct decode){
        .o = {.short_lines = o->short_lines, .colour = o->colour}, .command = "tail"};
    avro_init(&t->tape);
    return t;
}

void tail_out_free(struct tail_out *t)
{
    if (t == NULL)
        return;
    const struct decode_output *output = outputs[t->o.format].output;
    if (t->decode.output_state != NULL && output->drop != NULL)
        output->drop(&t->decode);
    free(t->decode.output_state);
    buf_free(&t->decode.out);
    record_wire_free(&t->wire);
    avro_free(&t->tape);
    buf_free(&t->scratch);
    free(t);
}
