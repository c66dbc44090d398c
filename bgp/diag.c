/* SPDX-License-Identifier: BSD-2-Clause */
/* diag: the bounded list of diagnostics and its names. Floor F1. */
#include "bgp/diag.h"

#define NAME_TEXT(NAME, text) text,

static const char *const action_names[] = {BGP_ACTION_MAP(NAME_TEXT)};
static const char *const reason_names[] = {BGP_REASON_MAP(NAME_TEXT)};

void bgp_diag_add(struct bgp_diags *d, struct bgp_diag one)
{
    if (one.action > d->worst)
        d->worst = one.action;
    if (d->cnt == BGP_DIAGS_MAX) {
        d->lost++;
        return;
    }
    d->v[d->cnt++] = one;
}

const char *bgp_action_name(uint8_t action)
{
    return action < BGP_ACTION_CNT ? action_names[action] : "?";
}

const char *bgp_reason_name(uint8_t reason)
{
    return reason < BGP_REASON_CNT ? reason_names[reason] : "?";
}
