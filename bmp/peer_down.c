/* SPDX-License-Identifier: BSD-2-Clause */
/* peer_down: Peer Down, as a table of reasons. Floor F2. */
#include "bmp/peer_down.h"

#include "bgp/msg.h"
#include "bgp/notify.h"
#include "bmp/tlv.h"

static void note(struct bgp_diags *diags, const struct bgp_diag *d)
{
    struct bgp_diag mild = *d;
    mild.action = BGP_ACTION_NOTE; /* the session it speaks of is over anyway */
    bgp_diag_add(diags, mild);
}

/* Each consumes what it understood of *c. */
typedef void down_fn(struct cur *c, struct emit *e, struct bgp_diags *diags);

static void put_nothing(struct cur *c, struct emit *e, struct bgp_diags *diags)
{
    (void)c, (void)e, (void)diags;
}

/* A whole NOTIFICATION message, header included. */
static void put_notification(struct cur *c, struct emit *e, struct bgp_diags *diags)
{
    struct bgp_diag diag;
    struct cur all = *c, msg;
    if (!cur_take(&all, bmp_message_len(c), &msg))
        return;
    if (bgp_msg_check(msg.p, msg.left, &diag) != 0 || !cur_skip(&msg, BGP_HEADER_LEN)) {
        diag.off += c->off;
        note(diags, &diag);
        return;
    }
    struct nlri_fault f;
    emit_object(e, KEY("notification"));
    if (bgp_notification_emit(msg, e, &f) != 0) /* what can't be named is there as hex */
        note(diags, &(struct bgp_diag){
                        .reason = f.reason, .off = f.off, .need = f.need, .have = f.have});
    emit_object_end(e);
    *c = all;
}

/* The event that ended the session (RFC 4271 section 8.1), 0: none is relevant. */
static void put_fsm(struct cur *c, struct emit *e, struct bgp_diags *diags)
{
    uint16_t event;
    if (cur_u16(c, &event))
        emit_u64(e, KEY("fsm_event"), event);
    else
        note(diags, &(struct bgp_diag){.reason = BGP_REASON_TRUNCATED,
                                       .off = c->fail_off,
                                       .need = c->need,
                                       .have = c->left});
}

static void put_tlvs(struct cur *c, struct emit *e, struct bgp_diags *diags)
{
    bmp_tlvs_emit(cur_rest(c), bmp_info_tlvs(BMP_VERSION_MIN), e, KEY("info"), diags);
}

#define PUT_NOTHING                       put_nothing
#define PUT_NOTIFICATION                  put_notification
#define PUT_FSM                           put_fsm
#define PUT_TLVS                          put_tlvs
#define ROW(value, NAME, text, what, rfc) [value] = {text, PUT_##what},

static const struct {
    const char *name;
    down_fn *put;
} rows[] = {BMP_DOWN_MAP(ROW)};

static bool known(uint8_t reason)
{
    return reason < sizeof rows / sizeof rows[0] && rows[reason].name != NULL;
}

const char *bmp_down_name(uint8_t reason)
{
    return known(reason) ? rows[reason].name : NULL;
}

static bool rows_notify(uint8_t reason)
{
    return known(reason) && rows[reason].put == put_notification;
}

void bmp_peer_down_emit(const struct bmp_msg *m, struct emit *e, struct bgp_diags *diags)
{
    struct cur body = m->body;
    uint8_t reason;
    if (!cur_u8(&body, &reason)) {
        note(diags,
             &(struct bgp_diag){.reason = BGP_REASON_TRUNCATED, .off = body.off, .need = 1});
        return;
    }
    if (known(reason))
        emit_name(e, KEY("reason"), rows[reason].name);
    emit_u64(e, KEY("reason_code"), reason);
    struct cur rest = body;
    bool indexed = m->version >= BMP_VERSION_INDEXED;
    if (known(reason) && !(indexed && rows[reason].put == put_tlvs))
        rows[reason].put(&rest, e, diags);
    /* a NOTIFICATION that is none says not where TLVs would begin */
    bool lost = rest.failed || (rows_notify(reason) && rest.off == body.off);
    if (indexed && known(reason) && !lost)
        bmp_tlvs_emit(cur_rest(&rest), bmp_info_tlvs(m->version), e, KEY("info"), diags);
    if (rest.left == 0)
        return;
    emit_hex(e, KEY("data"), rest.p, rest.left);
    if (known(reason) && !rest.failed && rest.off != body.off)
        note(diags, &(struct bgp_diag){
                        .reason = BGP_REASON_TRAILING, .off = rest.off, .have = rest.left});
}
