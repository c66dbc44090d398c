/* SPDX-License-Identifier: BSD-2-Clause */
/* record_path: AS_PATH of a two-octet session merged with AS4_PATH (RFC 6793 section 4.2.3).
 * Floor F3. */
#include "bgp/as_path.h"
#include "bgp/open.h"
#include "schemas/record/record.h"

/* Emits the segments of AS_PATH before its last ones, which AS4_PATH replaces: `lead` of its
 * length, and the confederation segments next to those. Leaves *c where they end. A sequence
 * that is cut goes on in *s. */
static void emit_lead(struct emit *e, struct cur *c, uint32_t lead, struct as_segment *s)
{
    struct nlri_fault fault;
    struct cur next = *c;
    s->asns = cur_of(NULL, 0);
    while (as_path_next(&next, 2, s, &fault) > 0 && (lead > 0 || as_segment_is_confed(s))) {
        uint32_t n = as_segment_length(s);
        *c = next;
        if (n <= lead) {
            lead -= n;
            as_segment_emit(s, e);
            continue;
        }
        uint32_t asn;
        for (; lead > 0 && as_segment_next(s, &asn); lead--)
            emit_u64(e, EMIT_ITEM, asn);
        return;
    }
    s->asns = cur_of(NULL, 0);
}

/* Fetches the next AS number of a path, whatever its segments. */
static bool next_asn(struct cur *c, unsigned as_len, struct as_segment *s, uint32_t *asn)
{
    struct nlri_fault fault;
    while (s->asns.left == 0) {
        if (as_path_next(c, as_len, s, &fault) <= 0)
            return false;
    }
    return as_segment_next(s, asn);
}

/* Returns whether what AS4_PATH replaces is the same with AS_TRANS for the wide numbers. */
static bool same_tail(struct cur tail, struct as_segment s, struct cur as4)
{
    struct as_segment s4 = {.asns = cur_of(NULL, 0)};
    uint32_t narrow, wide;
    while (next_asn(&as4, 4, &s4, &wide)) {
        if (!next_asn(&tail, 2, &s, &narrow))
            return false;
        if (narrow != wide && (narrow != BGP_AS_TRANS || wide <= UINT16_MAX))
            return false;
    }
    return !next_asn(&tail, 2, &s, &narrow);
}

bool record_merged_path(struct emit *e, struct str key, struct cur as_path, struct cur as4_path,
                        bool *agree)
{
    int64_t len = as_path_length(as_path, 2), len4 = as_path_length(as4_path, 4);
    if (len < 0 || len4 < 0 || len < len4)
        return false;
    struct as_segment s = {0}, s4;
    struct nlri_fault fault;
    struct cur rest4 = as4_path;
    emit_array(e, key);
    emit_lead(e, &as_path, (uint32_t)(len - len4), &s);
    *agree = same_tail(as_path, s, as4_path);
    while (as_path_next(&rest4, 4, &s4, &fault) > 0) {
        if (as_segment_is_confed(&s4)) /* has no place in AS4_PATH (RFC 6793 section 6) */
            *agree = false;
        else
            as_segment_emit(&s4, e);
    }
    emit_array_end(e);
    return true;
}
