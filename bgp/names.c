/* SPDX-License-Identifier: BSD-2-Clause */
/* names: codes of the BGP registries as the record shows them. Floor F1. */
#include "bgp/names.h"

#include "base/utf8.h"

void emit_name_or_code(struct emit *e, struct str key, const char *name, uint64_t code)
{
    if (name != NULL)
        emit_name(e, key, name);
    else
        emit_code(e, key, code);
}

static void emit_str_or_code(struct emit *e, struct str key, struct str name, uint64_t code)
{
    if (name.p != NULL)
        emit_word(e, key, name);
    else
        emit_code(e, key, code);
}

void emit_family(struct emit *e, uint16_t afi, uint8_t safi)
{
    emit_str_or_code(e, KEY("afi"), bgp_afi_str(afi), afi);
    emit_str_or_code(e, KEY("safi"), bgp_safi_str(safi), safi);
}

int emit_utf8(struct emit *e, struct str key, const struct cur *text, struct nlri_fault *fault)
{
    if (!utf8_valid(text->p, text->left))
        return nlri_fault_at(fault, BGP_REASON_VALUE, text->off, 0, text->left);
    emit_text(e, key, text->p, text->left);
    return 0;
}
