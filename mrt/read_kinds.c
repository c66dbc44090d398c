/* SPDX-License-Identifier: BSD-2-Clause */
/* read_kinds: the rows, and what all rows' readers share. Floor F2. */
#include "mrt/read_kinds.h"

/* clang-format off */
#define MESSAGE(sub, NAME, marks_) \
    {MRT_BGP4MP, BGP4MP_##NAME, #NAME, marks_, 0, 0, 0, 4, mrt_start_message, mrt_next_one}
#define STATE(sub, NAME, marks_) \
    {MRT_BGP4MP, BGP4MP_##NAME, #NAME, marks_, 0, 0, 0, 8, mrt_start_state, mrt_next_one}
#define LEGACY(NAME, bgp, min) \
    {MRT_BGP, MRT_LEGACY_##NAME, "BGP_" #NAME, 0, 0, 0, bgp, min, mrt_start_legacy, mrt_next_one}
#define RAW(type, sub, name) {type, sub, name, 0, 0, 0, 0, 0, NULL, NULL}
#define TABLE(sub, name, marks_, afi) \
    {MRT_TABLE_DUMP, sub, name, marks_, afi, BGP_SAFI_UNICAST, 0, 22, mrt_start_table, mrt_next_table}
#define RIB(NAME, marks_, AFI, SAFI) \
    {MRT_TABLE_DUMP_V2, MRT_RIB_SUBTYPE_##NAME, #NAME, marks_, BGP_AFI_##AFI, BGP_SAFI_##SAFI, 0, 7, \
     mrt_start_rib, mrt_next_rib}

static const struct mrt_kind bgp_kinds[] = {
    [MRT_LEGACY_NULL]        = RAW(MRT_BGP, MRT_LEGACY_NULL, "BGP_NULL"),
    [MRT_LEGACY_UPDATE]      = LEGACY(UPDATE, BGP_TYPE_UPDATE, 16),
    [MRT_LEGACY_PREF_UPDATE] = RAW(MRT_BGP, MRT_LEGACY_PREF_UPDATE, "BGP_PREF_UPDATE"),
    [MRT_LEGACY_STATE_CHANGE] = {MRT_BGP, MRT_LEGACY_STATE_CHANGE, "BGP_STATE_CHANGE", 0, 0, 0, 0, 10,
                                 mrt_start_legacy_state, mrt_next_one},
    [MRT_LEGACY_SYNC]        = RAW(MRT_BGP, MRT_LEGACY_SYNC, "BGP_SYNC"),
    [MRT_LEGACY_OPEN]        = LEGACY(OPEN, BGP_TYPE_OPEN, 22),
    [MRT_LEGACY_NOTIFY]      = LEGACY(NOTIFY, BGP_TYPE_NOTIFICATION, 14),
    [MRT_LEGACY_KEEPALIVE]   = LEGACY(KEEPALIVE, BGP_TYPE_KEEPALIVE, 12),
};

/* Subtypes 3 and 4 are private: AS numbers of four octets in the entry and its AS_PATH. */
static const struct mrt_kind table_kinds[] = {
    [1] = TABLE(1, "AFI_IPv4", 0, BGP_AFI_IPV4),
    [2] = TABLE(2, "AFI_IPv6", 0, BGP_AFI_IPV6),
    [3] = TABLE(3, "AFI_IPv4_AS4", MRT_ASN4, BGP_AFI_IPV4),
    [4] = TABLE(4, "AFI_IPv6_AS4", MRT_ASN4, BGP_AFI_IPV6),
};

static const struct mrt_kind rib_kinds[] = {
    [1]  = {MRT_TABLE_DUMP_V2, 1, "PEER_INDEX_TABLE", 0, 0, 0, 0, 8, mrt_start_peers, mrt_next_one},
    [2]  = RIB(RIB_IPV4_UNICAST, MRT_ASN4, IPV4, UNICAST),
    [3]  = RIB(RIB_IPV4_MULTICAST, MRT_ASN4, IPV4, MULTICAST),
    [4]  = RIB(RIB_IPV6_UNICAST, MRT_ASN4, IPV6, UNICAST),
    [5]  = RIB(RIB_IPV6_MULTICAST, MRT_ASN4, IPV6, MULTICAST),
    [6]  = RIB(RIB_GENERIC, MRT_ASN4 | MRT_GENERIC, IPV4, UNICAST),
    [7]  = {MRT_TABLE_DUMP_V2, 7, "GEO_PEER_TABLE", 0, 0, 0, 0, 16, mrt_start_geo, mrt_next_one},
    [8]  = RIB(RIB_IPV4_UNICAST_ADDPATH, MRT_ASN4 | MRT_ADD_PATH, IPV4, UNICAST),
    [9]  = RIB(RIB_IPV4_MULTICAST_ADDPATH, MRT_ASN4 | MRT_ADD_PATH, IPV4, MULTICAST),
    [10] = RIB(RIB_IPV6_UNICAST_ADDPATH, MRT_ASN4 | MRT_ADD_PATH, IPV6, UNICAST),
    [11] = RIB(RIB_IPV6_MULTICAST_ADDPATH, MRT_ASN4 | MRT_ADD_PATH, IPV6, MULTICAST),
    [12] = RIB(RIB_GENERIC_ADDPATH, MRT_ASN4 | MRT_ADD_PATH | MRT_GENERIC, IPV4, UNICAST),
};

static const struct mrt_kind bgp4mp_kinds[] = {
    [0]  = STATE(0, STATE_CHANGE, 0),
    [1]  = MESSAGE(1, MESSAGE, 0),
    [2]  = {MRT_BGP4MP, 2, "ENTRY", 0, 0, 0, 0, 16, mrt_start_entry, mrt_next_one},
    [3]  = RAW(MRT_BGP4MP, 3, "SNAPSHOT"),
    [4]  = MESSAGE(4, MESSAGE_AS4, MRT_ASN4),
    [5]  = STATE(5, STATE_CHANGE_AS4, MRT_ASN4),
    [6]  = MESSAGE(6, MESSAGE_LOCAL, MRT_SENT),
    [7]  = MESSAGE(7, MESSAGE_AS4_LOCAL, MRT_ASN4 | MRT_SENT),
    [8]  = MESSAGE(8, MESSAGE_ADDPATH, MRT_ADD_PATH),
    [9]  = MESSAGE(9, MESSAGE_AS4_ADDPATH, MRT_ASN4 | MRT_ADD_PATH),
    [10] = MESSAGE(10, MESSAGE_LOCAL_ADDPATH, MRT_SENT | MRT_ADD_PATH),
    [11] = MESSAGE(11, MESSAGE_AS4_LOCAL_ADDPATH, MRT_ASN4 | MRT_SENT | MRT_ADD_PATH),
};
/* clang-format on */

#define KINDS(array) array, sizeof array / sizeof array[0]

static const struct {
    uint16_t type;
    const char *name;
    const struct mrt_kind *kinds; /* by subtype; type 0 without a name: none */
    size_t cnt;
} types[] = {
    {MRT_BGP4MP_ET, "BGP4MP_ET", KINDS(bgp4mp_kinds)},
    {MRT_BGP4MP, "BGP4MP", KINDS(bgp4mp_kinds)},
    {MRT_TABLE_DUMP_V2, "TABLE_DUMP_V2", KINDS(rib_kinds)},
    {MRT_TABLE_DUMP, "TABLE_DUMP", KINDS(table_kinds)},
    {MRT_BGP, "BGP", KINDS(bgp_kinds)},
};

const struct mrt_kind *mrt_kind_of(uint16_t type, uint16_t subtype)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].type != type)
            continue;
        if (subtype >= types[i].cnt || types[i].kinds[subtype].name == NULL)
            return NULL;
        return &types[i].kinds[subtype];
    }
    return NULL;
}

const char *mrt_type_name(uint16_t type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].type == type)
            return types[i].name;
    }
    return NULL;
}

const char *mrt_subtype_name(uint16_t type, uint16_t subtype)
{
    const struct mrt_kind *k = mrt_kind_of(type, subtype);
    return k != NULL ? k->name : NULL;
}

int mrt_fault(struct mrt_walk *w, const struct cur *c)
{
    return nlri_fault_cur(c, &w->fault);
}

int mrt_next_one(struct mrt_walk *w)
{
    if (w->left == 0)
        return 0;
    w->left = 0;
    return 1;
}

int mrt_give_raw(struct mrt_walk *w)
{
    w->item.kind = MRT_ITEM_OTHER;
    w->item.body = w->rec->body;
    w->left = 1;
    w->c = cur_of(NULL, 0);
    return 0;
}

bool mrt_read_addr(struct cur *c, uint8_t len, uint8_t addr[16])
{
    memset(addr, 0, 16);
    return cur_copy(c, addr, len);
}

bool mrt_read_asn(struct cur *c, bool four, uint32_t *asn)
{
    uint16_t asn2;
    if (four)
        return cur_u32(c, asn);
    if (!cur_u16(c, &asn2))
        return false;
    *asn = asn2;
    return true;
}
