/* SPDX-License-Identifier: BSD-2-Clause */
/* test_ext_communities: the registry's order, and the text of each kind of value. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bgp/ext_communities.h"

static const char *text(const char *hex)
{
    static char out[EXT_COMMUNITY_TEXT_MAX + 1];
    uint8_t v[20];
    size_t n = 0;
    for (; hex[0] != '\0'; hex += 2) {
        unsigned octet;
        cr_assert_eq(sscanf(hex, "%2x", &octet), 1);
        v[n++] = (uint8_t)octet;
    }
    out[n == 8 ? ext_community_text(out, v) : ext_community6_text(out, v)] = '\0';
    return out;
}

Test(ext_communities, rows_are_sorted_and_unique)
{
    for (unsigned i = 1; i < ext_community_map_cnt; i++)
        cr_expect_lt(ext_community_map[i - 1].code, ext_community_map[i].code);
}

Test(ext_communities, every_row_prints_within_bounds)
{
    for (unsigned i = 0; i < ext_community_map_cnt; i++) {
        for (int fill = 0; fill < 256; fill++) {
            uint8_t v[8];
            char out[EXT_COMMUNITY_TEXT_MAX];
            memset(v, fill, sizeof v);
            v[0] = (uint8_t)(ext_community_map[i].code >> 8);
            v[1] = (uint8_t)ext_community_map[i].code;
            size_t n = ext_community_text(out, v);
            cr_assert(n > 0 && n <= EXT_COMMUNITY_TEXT_MAX);
            cr_assert_eq(
                memcmp(out, ext_community_map[i].name, strlen(ext_community_map[i].name)), 0);
        }
    }
}

Test(ext_communities, values)
{
    static const char *const rows[][2] = {
        {"0002fde900000001", "rt:65001:1"},
        {"0102c00002010007", "rt:192.0.2.1:7"},
        {"02020001000000c8", "rt:65536:200"},
        {"0003fde900000001", "soo:65001:1"},
        {"4004fde949742400", "link-bandwidth:65001:1000000"},
        {"4004fde93f000000", "link-bandwidth:65001:float:3f000000"},
        {"030b000000000064", "color:100"},
        {"030b400000000064", "color:100:flags-16384"},
        {"030c000000000008", "encapsulation:8"},
        {"030d000000000000", "default-gateway"},
        {"4300000000000001", "origin-validation:not-found"},
        {"0600010000000005", "mac-mobility:sticky:5"},
        {"0601010000000640", "esi-label:single-active:100"},
        {"0602aabbccddeeff", "es-import:aa:bb:cc:dd:ee:ff"},
        {"8006fde900000000", "rate-limit-bytes:65001:0"},
        {"8007000000000003", "traffic-action:sample,terminal"},
        {"8007000000000000", "traffic-action:000000000000"},
        {"8008fde900000001", "redirect:65001:1"},
        {"800900000000002e", "mark:dscp-46"},
        {"010cc00002010001", "flowspec-redirect-ip:192.0.2.1:copy"},
        {"0c00000100000002", "mup:1:2"},
        {"4109c00002010000", "node-target:192.0.2.1:0"},
        {"47020000fde980c8", "interface-set:65001:output:200"},
        {"8004000000000007", "security-group:000000000007"},
        {"800b000000000640", "e-tree-info:000000000640"},
        {"800d000064ff0009", "sfc-classifier:spi-100:si-255:sft-9"},
        {"8284000000000007", "tag:000000000007"},
        {"9999010203040506", "0x9999:010203040506"},
        {"000220010db8000000000000000000000001000a", "rt:2001:db8::1:10"},
        {"777720010db8000000000000000000000001000a", "0x7777:2001:db8::1:10"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_str_eq(text(rows[i][0]), rows[i][1], "%s is %s", rows[i][0],
                         text(rows[i][0]));
}
