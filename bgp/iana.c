/* SPDX-License-Identifier: BSD-2-Clause */
/* iana: names of the BGP registries' numbers. Floor F1. */
#include "bgp/iana.h"

#include <stddef.h>

#define CASE_TEXT(value, NAME, text, rfc)                                                      \
    case value:                                                                                \
        return text;

#define CASE_STR(value, NAME, text, rfc)                                                       \
    case value:                                                                                \
        return KEY(text);

const char *bgp_type_name(uint8_t type)
{
    switch (type) {
        BGP_TYPE_MAP(CASE_TEXT)
    default:
        return NULL;
    }
}

struct str bgp_type_str(uint8_t type)
{
    switch (type) {
        BGP_TYPE_MAP(CASE_STR)
    default:
        return (struct str){.p = NULL};
    }
}

struct str bgp_afi_str(uint16_t afi)
{
    switch (afi) {
        BGP_AFI_MAP(CASE_STR)
    default:
        return (struct str){.p = NULL};
    }
}

const char *bgp_afi_name(uint16_t afi)
{
    switch (afi) {
        BGP_AFI_MAP(CASE_TEXT)
    default:
        return NULL;
    }
}

struct str bgp_safi_str(uint8_t safi)
{
    switch (safi) {
        BGP_SAFI_MAP(CASE_STR)
    default:
        return (struct str){.p = NULL};
    }
}

const char *bgp_safi_name(uint8_t safi)
{
    switch (safi) {
        BGP_SAFI_MAP(CASE_TEXT)
    default:
        return NULL;
    }
}
