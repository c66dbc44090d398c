/* SPDX-License-Identifier: BSD-2-Clause */
/* route_tlv: version 4's Route Monitoring, made of indexed TLVs (draft-ietf-grow-bmp-tlv
 * sections 4.2 and 5, draft-ietf-grow-bmp-path-marking-tlv). Floor F2.
 *
 * The draft has renumbered its types between revisions 19 (what routers send) and 20; no
 * version field tells them apart, but only one of the two types of a BGP message holds bytes
 * that begin with a marker. */
#ifndef RIBTAPE_BMP_ROUTE_TLV_H
#define RIBTAPE_BMP_ROUTE_TLV_H

#include "bgp/open.h"
#include "bmp/bmp.h"
#include "bmp/tlv.h"

/* clang-format off */

/* Revision 19's types, with path marking's: type, KIND, text. */
#define BMP_ROUTE_TLV_19_MAP(X)                                                          \
    X(1, STATELESS,  "stateless-parsing")                                                \
    X(2, GROUP,      "group")                                                            \
    X(3, TABLE_NAME, "table-name")                                                       \
    X(4, MESSAGE,    "bgp-message")                                                      \
    X(5, MARKING,    "path-marking")

/* Revision 20's. Path marking's own drafts (to revision 5) still give it 5, which is the table
 * name's here: a value tells which of them it is. */
#define BMP_ROUTE_TLV_20_MAP(X)                                                          \
    X(1, NUMBER,     "sequence")                                                         \
    X(2, FLAGS,      "extended-flags")                                                   \
    X(3, TIMESTAMP,  "timestamp")                                                        \
    X(4, GROUP,      "group")                                                            \
    X(5, NAME_OR_MARKING, "table-name")                                                  \
    X(6, STATELESS,  "stateless-parsing")                                                \
    X(7, MESSAGE,    "bgp-message")

/* Path statuses: bit, text. */
#define BMP_PATH_STATUS_MAP(X)                                                           \
    X(0x001, "invalid")                                                                  \
    X(0x002, "best")                                                                     \
    X(0x004, "non-selected")                                                             \
    X(0x008, "primary")                                                                  \
    X(0x010, "backup")                                                                   \
    X(0x020, "non-installed")                                                            \
    X(0x040, "best-external")                                                            \
    X(0x080, "add-path")                                                                 \
    X(0x100, "filtered-inbound")                                                         \
    X(0x200, "filtered-outbound")                                                        \
    X(0x400, "stale")                                                                    \
    X(0x800, "suppressed")

/* Why a path has its status. */
#define BMP_PATH_REASON_MAP(X)                                                           \
    X(1,  "as-loop")                                                                     \
    X(2,  "unresolvable-next-hop")                                                       \
    X(3,  "local-pref")                                                                  \
    X(4,  "as-path-length")                                                              \
    X(5,  "origin")                                                                      \
    X(6,  "med")                                                                         \
    X(7,  "peer-type")                                                                   \
    X(8,  "igp-cost")                                                                    \
    X(9,  "router-id")                                                                   \
    X(10, "peer-addr")                                                                   \
    X(11, "aigp")

/* clang-format on */

enum bmp_route_kind {
    BMP_ROUTE_OPAQUE, /* hex */
    BMP_ROUTE_NUMBER, /* of four or eight octets */
    BMP_ROUTE_FLAGS,
    BMP_ROUTE_TIMESTAMP,
    BMP_ROUTE_STATELESS,
    BMP_ROUTE_GROUP,
    BMP_ROUTE_TABLE_NAME,
    BMP_ROUTE_MESSAGE,
    BMP_ROUTE_MARKING,
    BMP_ROUTE_NAME_OR_MARKING,
    BMP_ROUTE_EVENT_REASON, /* from here on: a routing event's (bmp/event.h) */
    BMP_ROUTE_LOG_ACTION,
    BMP_ROUTE_POLICY_DISCARD,
    BMP_ROUTE_VALIDATION_FAIL,
    BMP_ROUTE_MALFORMED_PACKET,
};

enum { BMP_ROUTE_INDEX_GROUP = 0x8000 }; /* in an index: it names a group */

/* One type of a revision. */
struct bmp_route_row {
    uint16_t type;
    uint8_t kind; /* enum bmp_route_kind */
    const char *name;
};

struct bmp_route_numbers {
    const struct bmp_route_row *rows;
    unsigned cnt;
};

struct bmp_route_tlv {
    uint16_t type;  /* E bit and all */
    uint16_t index; /* 0: the whole message; from 1: an NLRI in wire order; or a group */
    struct cur value;
};

/* A version 4 Route Monitoring's body. Borrowed from the message. */
struct bmp_routes {
    const struct bmp_route_numbers *numbers;
    struct cur message; /* the BGP message */
    struct cur tlvs;    /* all TLVs, the message's too */
};

/* Fetches the next TLV. Returns 1 with *t, 0 at the end, -1 when the bytes end before the TLV
 * does (c->failed). */
int bmp_route_tlv_next(struct cur *c, struct bmp_route_tlv *t);

/* Returns whether a value begins as BGP messages do (RFC 4271 section 4.1). */
bool bmp_begins_with_marker(struct cur c);

/* Finds the BGP message, and by it the numbering. Returns 0, or -1 with *diag when none is
 * there (r->tlvs stays walkable by revision 19's numbers). */
MUST_USE int bmp_routes_parse(const struct bmp_msg *m, struct bmp_routes *r,
                              struct bgp_diag *diag);

/* Adds to *offer what the stateless parsing TLVs say. Returns whether one of them tells of
 * ADD-PATH: that then replaces what the OPENs said. */
bool bmp_routes_offer(const struct bmp_routes *r, struct bgp_offer *offer);

/* Emits an array of the TLVs but the BGP message under `key`: type, name, index or group,
 * enterprise, and the members that docs/records.md has for each kind; else raw.
 * Nothing when there is none. What does not parse is a NOTE in diags. */
void bmp_routes_emit(const struct bmp_routes *r, struct emit *e, struct str key,
                     struct bgp_diags *diags);

/* Attaches path markings, and TLVs at all, to NLRI. `budget` bounds the work that one message may cause: TLVs
 * and group members looked at. */
struct bmp_marks {
    const struct bmp_routes *routes;
    uint32_t budget;
};

enum { BMP_MARKS_BUDGET = 1 << 20 };

/* Emits "path_marking", an array of what is said of the NLRI number `index` (from 1), into the
 * object that is open; nothing when nothing is said, or the budget is spent. */
void bmp_marks_emit(struct bmp_marks *m, unsigned index, struct emit *e);

/* As bmp_routes_emit, but only those TLVs that speak of the NLRI number `index`: of all, of it,
 * or of a group that it is in. The budget bounds them, too. */
void bmp_marks_emit_tlvs(struct bmp_marks *m, unsigned index, struct emit *e, struct str key,
                         struct bgp_diags *diags);

#endif
