/* SPDX-License-Identifier: BSD-2-Clause */
/* stats: Statistics Report (RFC 7854 section 4.8, RFC 8671 section 6.2, RFC 9972). Floor F2. */
#ifndef RIBTAPE_BMP_STATS_H
#define RIBTAPE_BMP_STATS_H

#include "bmp/bmp.h"
#include "bmp/tlv.h"

/* clang-format off */

/* IANA "BMP Statistics Types": type, shape of value, text, source. COUNTER: four octets by the
 * RFC; GAUGE: eight; FAMILY: AFI, SAFI and eight. Senders don't keep to that: four or eight
 * octets are read whatever the type says. */
#define BMP_STAT_MAP(X)                                                                          \
    X(0,     COUNTER, "rejected-inbound-policy",                       "RFC 7854")               \
    X(1,     COUNTER, "duplicate-advertisements",                      "RFC 7854")               \
    X(2,     COUNTER, "duplicate-withdraws",                           "RFC 7854")               \
    X(3,     COUNTER, "invalidated-cluster-list-loop",                 "RFC 7854")               \
    X(4,     COUNTER, "invalidated-as-path-loop",                      "RFC 7854")               \
    X(5,     COUNTER, "invalidated-originator-id",                     "RFC 7854")               \
    X(6,     COUNTER, "invalidated-as-confed-loop",                    "RFC 7854")               \
    X(7,     GAUGE,   "adj-rib-in-routes",                             "RFC 7854")               \
    X(8,     GAUGE,   "loc-rib-routes",                                "RFC 7854")               \
    X(9,     FAMILY,  "adj-rib-in-routes-family",                      "RFC 7854")               \
    X(10,    FAMILY,  "loc-rib-routes-family",                         "RFC 7854")               \
    X(11,    COUNTER, "updates-treated-as-withdraw",                   "RFC 7854")               \
    X(12,    COUNTER, "prefixes-treated-as-withdraw",                  "RFC 7854")               \
    X(13,    COUNTER, "duplicate-updates",                             "RFC 7854")               \
    X(14,    GAUGE,   "adj-rib-out-pre-routes",                        "RFC 8671")               \
    X(15,    GAUGE,   "adj-rib-out-post-routes",                       "RFC 8671")               \
    X(16,    FAMILY,  "adj-rib-out-pre-routes-family",                 "RFC 8671")               \
    X(17,    FAMILY,  "adj-rib-out-post-routes-family",                "RFC 8671")               \
    X(18,    GAUGE,   "adj-rib-in-pre-routes",                         "RFC 9972")               \
    X(19,    FAMILY,  "adj-rib-in-pre-routes-family",                  "RFC 9972")               \
    X(20,    GAUGE,   "adj-rib-in-post-routes",                        "RFC 9972")               \
    X(21,    FAMILY,  "adj-rib-in-post-routes-family",                 "RFC 9972")               \
    X(22,    FAMILY,  "adj-rib-in-pre-rejected-policy-family",         "RFC 9972")               \
    X(23,    FAMILY,  "adj-rib-in-post-accepted-policy-family",        "RFC 9972")               \
    X(26,    FAMILY,  "suppressed-damping-family",                     "RFC 9972")               \
    X(27,    FAMILY,  "stale-graceful-restart-family",                 "RFC 9972")               \
    X(28,    FAMILY,  "stale-long-lived-graceful-restart-family",      "RFC 9972")               \
    X(29,    GAUGE,   "left-before-route-threshold",                   "RFC 9972")               \
    X(30,    FAMILY,  "left-before-route-threshold-family",            "RFC 9972")               \
    X(31,    GAUGE,   "left-before-license-threshold",                 "RFC 9972")               \
    X(32,    FAMILY,  "left-before-license-threshold-family",          "RFC 9972")               \
    X(33,    GAUGE,   "adj-rib-in-pre-rejected-as-path-length",        "RFC 9972")               \
    X(34,    FAMILY,  "adj-rib-in-pre-rejected-as-path-length-family", "RFC 9972")               \
    X(35,    FAMILY,  "adj-rib-in-post-rpki-invalid-family",           "RFC 9972")               \
    X(36,    FAMILY,  "adj-rib-in-post-rpki-valid-family",             "RFC 9972")               \
    X(37,    FAMILY,  "adj-rib-in-post-rpki-not-found-family",         "RFC 9972")               \
    X(38,    FAMILY,  "adj-rib-out-pre-rejected-policy-family",        "RFC 9972")               \
    X(39,    GAUGE,   "adj-rib-out-filtered-as-path-length",           "RFC 9972")               \
    X(40,    FAMILY,  "adj-rib-out-filtered-as-path-length-family",    "RFC 9972")               \
    X(41,    FAMILY,  "adj-rib-out-post-rpki-invalid-family",          "RFC 9972")               \
    X(42,    FAMILY,  "adj-rib-out-post-rpki-valid-family",            "RFC 9972")               \
    X(43,    FAMILY,  "adj-rib-out-post-rpki-not-found-family",        "RFC 9972")

/* clang-format on */

/* Reserved for experiments (RFC 7854 section 10.3): FRRouting counts with the first. */
enum { BMP_STAT_EXPERIMENTAL_FIRST = 65531, BMP_STAT_EXPERIMENTAL_LAST = 65534 };

enum bmp_stat_shape { BMP_STAT_COUNTER, BMP_STAT_GAUGE, BMP_STAT_FAMILY };

struct bmp_stat_row {
    uint16_t type;
    uint8_t shape; /* enum bmp_stat_shape */
    const char *name;
    const char *rfc;
};

/* Returns the row of a type, or NULL. */
const struct bmp_stat_row *bmp_stat_row_of(uint16_t type);

/* One statistic of a report. */
struct bmp_stat {
    uint16_t type;
    const struct bmp_stat_row *row; /* NULL: unknown type */
    bool has_value;                 /* false: a width that can't be a number */
    bool has_enterprise;            /* then `type` is without the E bit, and whose: */
    uint32_t enterprise;
    bool has_family;
    uint16_t afi;
    uint8_t safi;
    uint64_t value;
    struct cur raw;
};

/* Walks the body of a report of `version` after the count. Returns 1 with *s, 0 at the end, -1
 * when the bytes end before the statistic does (c->failed). From version 4 on a type's highest
 * bit says that an enterprise's number comes before the value (section 4.2 of the draft), but
 * for the experimental types of RFC 7854 with a counter's four octets. */
int bmp_stat_next(uint8_t version, struct cur *c, struct bmp_stat *s);

/* Emits an array of {"type","name","enterprise","afi","safi","value"} under "stats"; what has no
 * value as "raw". A wrong count, length or end, and a number of the other width, is a NOTE in diags.
 * Version 4 puts count and statistics into a TLV (draft-ietf-grow-bmp-tlv-20 section 5.4;
 * senders by earlier revisions don't): TLVs beside it are emitted under "tlvs". */
void bmp_stats_emit(uint8_t version, struct cur body, struct emit *e, struct bgp_diags *diags);

#endif
