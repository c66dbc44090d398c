/* SPDX-License-Identifier: BSD-2-Clause */
/* reload: whether two entries of two configurations ask for the same. Floor F4. */
#include "collector/config/reload.h"

#include <string.h>

#include "collector/shard/addr.h"

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_range(const struct config_prefix *a, const struct config_prefix *b)
{
    return a->bits == b->bits && addr_same(&a->addr, &b->addr);
}

static bool same_as(const struct config_peer *a, const struct config_peer *b)
{
    if (a->remote_as_cnt != b->remote_as_cnt || a->local_as_auto != b->local_as_auto ||
        a->local_as != b->local_as)
        return false;
    for (size_t i = 0; i < a->remote_as_cnt; i++)
        if (a->remote_as[i].first != b->remote_as[i].first ||
            a->remote_as[i].last != b->remote_as[i].last)
            return false;
    return true;
}

static bool same_families(const struct config_peer *a, const struct config_peer *b)
{
    if (a->families_cnt != b->families_cnt)
        return false;
    for (size_t i = 0; i < a->families_cnt; i++)
        if (a->families[i].afi != b->families[i].afi ||
            a->families[i].safi != b->families[i].safi)
            return false;
    return true;
}

static bool same_caps(const struct config_peer *a, const struct config_peer *b)
{
    return a->cap_add_path == b->cap_add_path && a->cap_asn4 == b->cap_asn4 &&
           a->cap_ext_msg == b->cap_ext_msg && a->cap_ext_next_hop == b->cap_ext_next_hop &&
           a->cap_route_refresh == b->cap_route_refresh &&
           a->cap_enhanced_refresh == b->cap_enhanced_refresh &&
           a->cap_graceful_restart == b->cap_graceful_restart && a->cap_llgr == b->cap_llgr;
}

bool config_peer_same(const struct config_peer *a, const struct config_peer *b)
{
    return same_range(&a->range, &b->range) && same_text(a->name, b->name) && same_as(a, b) &&
           addr_same_host(&a->bgp_id, &b->bgp_id) && a->hold_time_s == b->hold_time_s &&
           same_text(a->md5, b->md5) && a->ttl_security == b->ttl_security &&
           same_families(a, b) && same_caps(a, b) && a->pin_asn4 == b->pin_asn4 &&
           a->pin_add_path == b->pin_add_path && a->flowspec2.safi == b->flowspec2.safi &&
           a->flowspec2.vpn_safi == b->flowspec2.vpn_safi;
}

bool config_router_same(const struct config_router *a, const struct config_router *b)
{
    return same_range(&a->range, &b->range) && same_text(a->name, b->name) &&
           a->dial == b->dial && a->tls == b->tls && same_text(a->tls_name, b->tls_name) &&
           same_text(a->md5, b->md5) && a->pin_asn4 == b->pin_asn4 &&
           a->pin_add_path == b->pin_add_path && a->flowspec2.safi == b->flowspec2.safi &&
           a->flowspec2.vpn_safi == b->flowspec2.vpn_safi;
}
