/* SPDX-License-Identifier: BSD-2-Clause */
/* source: what the journal knows of one connection, as JOURNAL_SOURCE's payload. Floor F3.
 *
 * A source is one TCP connection's life: a BGP session attempt or a BMP stream. A reconnect is
 * a new source. Text payload would invite parsing; the payload is a sequence of {type u8,
 * length u16, value}, unknown types skipped, so that newer journals stay readable. */
#ifndef RIBTAPE_SCHEMAS_TRACK_SOURCE_H
#define RIBTAPE_SCHEMAS_TRACK_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cur.h"
#include "base/journal/journal.h"
#include "base/wr.h"
#include "bgp/ctx.h"
#include "bmp/bmp.h"

enum source_kind { SOURCE_BGP = 1, SOURCE_BMP = 2 };

enum { SOURCE_NAME_MAX = 63, SOURCE_PAYLOAD_MAX = 512 };

struct source_addr {
    uint8_t len; /* 4 or 16; 0: none */
    uint8_t a[16];
    uint16_t port;
};

/* How an operator pinned the decoding of a peer. */
enum source_pin { SOURCE_PIN_NONE, SOURCE_PIN_OFF, SOURCE_PIN_ON };

struct source_info {
    enum source_kind kind;
    struct source_addr remote; /* the peer's or the router's */
    struct source_addr local;
    uint32_t local_asn;             /* ours on this session; 0: not known yet */
    uint32_t remote_asn;            /* 0: not known yet */
    char name[SOURCE_NAME_MAX + 1]; /* configured name, or "" */
    enum source_pin pin_asn4;
    enum source_pin pin_add_path;
    struct bgp_flowspec2 flowspec2; /* the SAFIs that an operator gave to FlowSpec version 2 */
};

/* Writes the payload. Sets w->overflow when it does not fit. */
void source_encode(const struct source_info *s, struct wr *w);

/* Reads a payload. Returns 0, or -1 when it does not parse. */
MUST_USE int source_decode(const uint8_t *p, size_t len, struct source_info *s);

/* clang-format off */

/* FSM states (RFC 4271 section 8.2.2), numbered as RFC 6396 section 4.4.1 does. */
#define SOURCE_STATE_MAP(X)                                                              \
    X(1, IDLE,         "idle")                                                           \
    X(2, CONNECT,      "connect")                                                        \
    X(3, ACTIVE,       "active")                                                         \
    X(4, OPEN_SENT,    "open-sent")                                                      \
    X(5, OPEN_CONFIRM, "open-confirm")                                                   \
    X(6, ESTABLISHED,  "established")

#define SOURCE_ENUM_STATE(value, NAME, text) SOURCE_STATE_##NAME = value,
enum source_state { SOURCE_STATE_MAP(SOURCE_ENUM_STATE) };

/* clang-format on */

/* Returns "established" etc., or NULL. */
const char *source_state_name(uint8_t state);

/* A JOURNAL_STATE frame: one octet old state, one octet new, then a reason text without NUL. */
struct source_change {
    uint8_t old_state, new_state; /* enum source_state */
    const char *reason;           /* borrowed, not terminated */
    uint32_t reason_len;          /* octets, may be 0 */
};

/* Writes the payload of a JOURNAL_STATE frame. Sets w->overflow when it does not fit. */
void source_state_encode(const struct source_change *c, struct wr *w);

/* Reads one. Returns 0, or -1 when it is too short. */
MUST_USE int source_state_decode(const uint8_t *p, size_t len, struct source_change *c);

/* ---- what a reader must be told of a live source ----
 *
 * A segment of the journal stands alone: the writer repeats, for each live source, its SOURCE
 * frame and then its context frames. This says which frames are context, so that the writer
 * can keep the last of each slot in memory. */
enum source_context {
    SOURCE_CONTEXT_NONE,       /* not repeated */
    SOURCE_CONTEXT_OPEN_RECV,  /* BGP: the peer's OPEN; one per source */
    SOURCE_CONTEXT_OPEN_SENT,  /* BGP: ours; one per source */
    SOURCE_CONTEXT_STATE,      /* BGP: the last state change; one per source */
    SOURCE_CONTEXT_INITIATION, /* BMP: the last Initiation; one per source */
    SOURCE_CONTEXT_PEER_UP,    /* BMP: one per key (source_context_key) */
    SOURCE_CONTEXT_PEER_DOWN,  /* BMP: not repeated; ends the slot of its key */
};

/* Says what a frame's payload is. Looks at a few octets only: cheap enough for the ingest
 * thread. Repeat in the order OPEN_SENT, OPEN_RECV, STATE and INITIATION, PEER_UPs. */
enum source_context source_context_of(enum journal_kind kind, const uint8_t *p, size_t len);

/* Writes the slot's key of a BMP Peer Up or Peer Down: bmp_peer_key of its header. Returns 0,
 * or -1 when the headers don't parse. */
MUST_USE int source_context_key(const uint8_t *p, size_t len, uint8_t key[BMP_PEER_KEY_LEN]);

#endif
