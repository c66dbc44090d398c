/* SPDX-License-Identifier: BSD-2-Clause */
/* sr_policy: sub-TLVs of a tunnel of type SR Policy (RFC 9830, RFC 9831), and attribute 40's
 * TLVs. Floor F1. */
#ifndef RIBTAPE_BGP_SR_POLICY_H
#define RIBTAPE_BGP_SR_POLICY_H

#include "bgp/tlv.h"

/* TLVs of BGP Prefix-SID (RFC 8669, RFC 9252), which RFC 9012 section 3.7 also has as a
 * sub-TLV. */
extern const struct tlv_table prefix_sid_table;

int sr_policy_preference(struct tlv *t, struct emit *e);
int sr_policy_binding_sid(struct tlv *t, struct emit *e);
int sr_policy_srv6_binding_sid(struct tlv *t, struct emit *e);
int sr_policy_enlp(struct tlv *t, struct emit *e);
int sr_policy_priority(struct tlv *t, struct emit *e);
int sr_policy_name(struct tlv *t, struct emit *e);
int sr_policy_segment_list(struct tlv *t, struct emit *e);

#endif
