/* SPDX-License-Identifier: BSD-2-Clause */
/* record_bgp: the record of one BGP message, by a table of types. Floor F3. */
#include "bgp/msg.h"
#include "bgp/notify.h"
#include "bgp/open.h"
#include "bgp/operational.h"
#include "schemas/record/record_avro.h"
#include "schemas/record/record_update.h"

/* One whole message: what a builder is given. */
struct message {
    const struct bgp_ctx *ctx;
    const uint8_t *p;
    size_t len;              /* from BGP_HEADER_LEN */
    struct bmp_marks *marks;  /* may be NULL */
    struct record_memo *memo; /* may be NULL */
    struct bgp_diags *diags;
};

static struct cur body_of(const struct message *m)
{
    return cur_at(m->p + BGP_HEADER_LEN, m->len - BGP_HEADER_LEN, BGP_HEADER_LEN);
}

static void put_rest(struct emit *e, struct str key, const struct message *m)
{
    struct cur c = body_of(m);
    if (c.left > 0)
        emit_hex(e, key, c.p, c.left);
}

static void add_diags(struct bgp_diags *to, const struct bgp_diags *from)
{
    for (unsigned i = 0; i < from->cnt; i++)
        bgp_diag_add(to, from->v[i]);
}

/* Return false when the bytes were not understood and are wanted as hex. */
typedef bool message_fn(struct emit *e, const struct message *m);

static bool put_update(struct emit *e, const struct message *m)
{
    struct update_wire w = {
        .ctx = m->ctx, .msg = m->p, .len = m->len, .marks = m->marks, .memo = m->memo};
    return record_update(e, &w, m->diags);
}

static bool put_open(struct emit *e, const struct message *m)
{
    struct bgp_open o;
    bool sound = bgp_open_index(m->p, m->len, &o) == 0;
    bgp_open_emit(&o, e);
    add_diags(m->diags, &o.diags);
    return sound;
}

/* Runs a decoder that shows what it can't name as hex, and tells of it. */
static bool put_by(struct emit *e, const struct message *m, uint8_t action,
                   int (*decode)(struct cur body, struct emit *e, struct nlri_fault *fault))
{
    struct nlri_fault f;
    if (decode(body_of(m), e, &f) == 0)
        return true;
    bgp_diag_add(m->diags, (struct bgp_diag){.action = action,
                                             .reason = f.reason,
                                             .off = f.off,
                                             .need = f.need,
                                             .have = f.have});
    return false;
}

static bool put_notification(struct emit *e, const struct message *m)
{
    return put_by(e, m, BGP_ACTION_NOTE, bgp_notification_emit);
}

static bool put_refresh(struct emit *e, const struct message *m)
{
    /* RFC 7313 section 5: a wrong length is an error of its own code */
    return put_by(e, m, BGP_ACTION_SESSION_RESET, bgp_refresh_emit);
}

static bool put_keepalive(struct emit *e, const struct message *m)
{
    (void)e;
    return m->len == BGP_HEADER_LEN;
}

static bool put_operational(struct emit *e, const struct message *m)
{
    return put_by(e, m, BGP_ACTION_NOTE, bgp_operational_emit);
}

static message_fn *const builders[] = {
    [BGP_TYPE_OPEN] = put_open,
    [BGP_TYPE_UPDATE] = put_update,
    [BGP_TYPE_NOTIFICATION] = put_notification,
    [BGP_TYPE_KEEPALIVE] = put_keepalive,
    [BGP_TYPE_ROUTE_REFRESH] = put_refresh,
    [BGP_TYPE_OPERATIONAL] = put_operational,
};

/* A type without a name: legal, and not ours to read. */
static void put_unknown(struct emit *e, const struct message *m, uint8_t type)
{
    emit_name(e, KEY("type"), "bgp");
    emit_u64(e, KEY("bgp_type"), type);
    put_rest(e, KEY("data"), m);
}

/* Returns the message's own length when it is less than what is there: bytes after the message
 * (BMP) are not its. */
static size_t own_len(const uint8_t *msg, size_t len)
{
    struct cur c = cur_of(msg, len);
    uint16_t own;
    if (!cur_skip(&c, 16) || !cur_u16(&c, &own))
        return len;
    return own >= BGP_HEADER_LEN && own < len ? own : len;
}

void record_message(struct emit *e, const struct bgp_ctx *ctx, const uint8_t *msg, size_t len,
                    const struct record_options *o, struct bgp_diags *d)
{
    struct bgp_diag bad;
    bool sound = bgp_msg_check(msg, len, &bad) == 0;
    if (!sound)
        bgp_diag_add(d, bad);
    uint8_t type = 0;
    struct cur look = cur_of(msg, len);
    bool whole = len >= BGP_HEADER_LEN && cur_peek(&look, 18, &type);
    if (!whole) {
        emit_name(e, KEY("type"), "bgp");
    } else {
        struct message m = {.ctx = ctx,
                            .p = msg,
                            .len = own_len(msg, len),
                            .marks = o->marks,
                            .memo = o->memo,
                            .diags = d};
        struct str name = bgp_type_str(type);
        if (name.p != NULL) {
            if (!record_avro_type(e, name))
                emit_word(e, KEY("type"), name);
            sound &= builders[type](e, &m);
        } else {
            put_unknown(e, &m, type);
        }
    }
    if (!sound || o->raw)
        emit_hex(e, KEY("raw"), msg, len);
}

/* Returns whether the message is a sound KEEPALIVE. */
static bool is_keepalive(const uint8_t *msg, size_t len)
{
    struct cur c = cur_of(msg, len);
    struct bgp_diag diag;
    uint8_t type;
    return len == BGP_HEADER_LEN && cur_peek(&c, 18, &type) && type == BGP_TYPE_KEEPALIVE &&
           bgp_msg_check(msg, len, &diag) == 0;
}

/* The TLVs around a message (BMP version 4); after the message, whose NLRI took the markings.
 */
static void put_tlvs(struct emit *e, const struct bmp_marks *marks, struct bgp_diags *d)
{
    bmp_routes_emit(marks->routes, e, KEY("tlvs"), d);
    record_marks_spent(marks, d); /* what was not attached is in the list */
}

void record_marks_spent(const struct bmp_marks *marks, struct bgp_diags *d)
{
    if (marks->budget == 0)
        bgp_diag_add(d, (struct bgp_diag){.reason = BGP_REASON_TOO_MANY,
                                          .need = BMP_MARKS_BUDGET,
                                          .have = BMP_MARKS_BUDGET + 1});
}

int record_bgp(struct emit *e, const struct record_meta *m, const struct bgp_ctx *ctx,
               const uint8_t *msg, size_t len, const struct record_options *o,
               struct bgp_diags *diags)
{
    struct bgp_diags own;
    struct bgp_diags *d = diags != NULL ? diags : &own;
    bgp_diags_init(d);
    if (!o->keepalives && is_keepalive(msg, len))
        return 0;
    if (m->diag != NULL)
        bgp_diag_add(d, *m->diag);
    struct bmp_marks marks = {.routes = m->routes, .budget = BMP_MARKS_BUDGET};
    struct record_options marked = *o;
    if (m->routes != NULL)
        marked.marks = &marks;
    record_begin(e, m);
    record_message(e, ctx, msg, len, &marked, d);
    if (m->routes != NULL)
        put_tlvs(e, &marks, d);
    if (m->trailing.left > 0) {
        emit_hex(e, KEY("trailing"), m->trailing.p, m->trailing.left);
        bgp_diag_add(d, (struct bgp_diag){.reason = BGP_REASON_TRAILING,
                                          .off = (uint32_t)len,
                                          .have = m->trailing.left});
    }
    record_diags(e, d);
    emit_object_end(e);
    return 1;
}
