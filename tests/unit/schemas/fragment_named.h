/* SPDX-License-Identifier: BSD-2-Clause */
/* fragment_named: fragments of data/vectors that neither their module nor their test tells what
 * they are, one by one; most hold the octets of a variable. */
#ifndef RIBTAPE_TESTS_UNIT_SCHEMAS_FRAGMENT_NAMED_H
#define RIBTAPE_TESTS_UNIT_SCHEMAS_FRAGMENT_NAMED_H

#include "bgp/msg.h"
#include "tests/unit/schemas/fragment_map.h"

/* A Per-Peer Header that says nothing. */
#define PER_PEER \
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000"

/* What stands before the fragment and after it is ours. */
static const struct {
    const char *names; /* of vectors, a space round each */
    enum fragment_kind kind;
    unsigned a, b;
    const char *before, *after; /* in hex */
} fragment_named[] = {
    {" bgpkit-0094 gobgp-0012 scapy-0039 ", .kind = FRAG_NLRI, .a = 2, .b = 1},
    {" gobmp-0016 gobmp-0018 gobmp-0019 scapy-0001 ", .kind = FRAG_NLRI, .a = 1, .b = 1},
    {" gobmp-0585 gobmp-0837 ", .kind = FRAG_NLRI, .a = 1, .b = 4},
    {" gobmp-0586 ", .kind = FRAG_NLRI, .a = 2, .b = 4},
    {" gobmp-0551 ", .kind = FRAG_NLRI, .a = 1, .b = 5, .before = "0316"},
    {" bgpkit-0022 bgpkit-0023 bgpkit-0025 bgpkit-0027 gobmp-0144 gobmp-0284 "
     "gobmp-0377 gobmp-0538 gobmp-0567 gobmp-0569 gobmp-0572 gobmp-0574 gobmp-0575 "
     "gobmp-0576 gobmp-0577 ng-0070 ng-0071 ng-0072 ",
     .kind = FRAG_NLRI, .a = 1, .b = 128, .before = "58000011"},
    {" gobmp-0130 ", .kind = FRAG_NLRI, .a = 1, .b = 128},
    {" ng-0089 ", .kind = FRAG_NLRI, .a = 1, .b = 132, .before = "60"},
    {" ng-0093 ", .kind = FRAG_NLRI, .a = 1, .b = 132, .before = "580000fdc9"},
    {" gobmp-0422 gobmp-0433 gobmp-0434 gobmp-0435 gobmp-0436 gobmp-0437 gobmp-0438 "
     "gobmp-0439 gobmp-0440 gobmp-0449 gobmp-0454 gobmp-0455 gobmp-0566 ",
     .kind = FRAG_NLRI, .a = 1, .b = 133},
    {" gobmp-0421 gobmp-0424 ", .kind = FRAG_NLRI, .a = 2, .b = 133},
    {" gobmp-0139 gobmp-0460 ", .kind = FRAG_NLRI, .a = 1, .b = 134},
    {" gobmp-0140 ", .kind = FRAG_NLRI, .a = 2, .b = 134},
    {" gobmp-0588 gobmp-0591 gobmp-0859 gobmp-0860 gobmp-0861 ",
     .kind = FRAG_NLRI, .a = 25, .b = 65},
    {" gobmp-0142 ", .kind = FRAG_NLRI, .a = 16388, .b = 71},
    {" ng-0079 ng-0081 ",
     .kind = FRAG_EVPN, .a = 4, .before = "0000000000000001", .after = "20c0000201"},
    {" gobmp-0369 gobmp-0370 gobmp-0371 ", .kind = FRAG_EVPN, .a = 6},
    {" gobmp-0533 gobmp-0568 ", .kind = FRAG_LS, .a = 1},
    {" gobmp-0534 gobmp-0570 ", .kind = FRAG_LS, .a = 2},
    {" gobgp-0267 gobmp-0523 gobmp-0535 gobmp-0571 ", .kind = FRAG_LS, .a = 3},
    {" gobgp-0268 gobmp-0524 gobmp-0536 ", .kind = FRAG_LS, .a = 4},
    {" gobmp-0525 ", .kind = FRAG_LS, .a = 5},
    {" gobmp-0526 gobmp-0573 gobmp-0776 ", .kind = FRAG_LS, .a = 6},
    {" gobmp-0023 gobmp-0024 gobmp-0077 gobmp-0224 gobmp-0236 ", .kind = FRAG_LS_TLV},
    {" gobmp-0003 ", .kind = FRAG_LS_VALUE, .a = 258},
    {" gobmp-0001 ", .kind = FRAG_LS_VALUE, .a = 265},
    {" gobmp-0201 ", .kind = FRAG_LS_VALUE, .a = 1027},
    {" gobmp-0637 ", .kind = FRAG_LS_VALUE, .a = 1034},
    {" gobmp-0189 ", .kind = FRAG_LS_VALUE, .a = 1096},
    {" gobmp-0206 ", .kind = FRAG_LS_VALUE, .a = 1153},
    {" gobmp-0207 ", .kind = FRAG_LS_VALUE, .a = 1154},
    {" gobmp-0181 ", .kind = FRAG_LS_VALUE, .a = 1204},
    {" gobmp-0182 gobmp-0183 ", .kind = FRAG_LS_VALUE, .a = 1205},
    {" gobmp-0191 ", .kind = FRAG_LS_VALUE, .a = 1210},
    {" bgpkit-0085 bgpkit-0086 gobmp-0039 gobmp-0040 gobmp-0041 gobmp-0093 scapy-0031 "
     "scapy-0032 scapy-0033 ",
     .kind = FRAG_ATTR, .a = 2},
    {" bgpkit-0087 scapy-0034 ", .kind = FRAG_ATTR, .a = 7},
    {" scapy-0035 ", .kind = FRAG_ATTR, .a = 10},
    {" bgpkit-0024 ", .kind = FRAG_ATTR, .a = 14, .before = "00028018", .after = "00"},
    {" bgpkit-0026 ", .kind = FRAG_ATTR, .a = 14, .before = "00028030", .after = "00"},
    {" ng-0073 ", .kind = FRAG_ATTR, .a = 14, .before = "000280", .after = "00"},
    {" bgpkit-0038 bgpkit-0182 gobgp-0269 gobmp-0025 ", .kind = FRAG_ATTR, .a = 14},
    {" bgpkit-0037 gobmp-0026 scapy-0040 scapy-0041 ", .kind = FRAG_ATTR, .a = 15},
    {" bgpkit-0099 bgpkit-0100 gobmp-0113 gobmp-0115 gobmp-0116 gobmp-0157 gobmp-0381 "
     "gobmp-0383 gobmp-0385 gobmp-0392 gobmp-0395 gobmp-0590 gobmp-0593 gobmp-0622 "
     "gobmp-0623 gobmp-0624 gobmp-0626 ng-0090 ",
     .kind = FRAG_ATTR, .a = 16},
    {" ng-0040 ", .kind = FRAG_ATTR, .a = 16, .before = "00"},
    {" ng-0042 ", .kind = FRAG_ATTR, .a = 16, .before = "01"},
    {" ng-0039 ", .kind = FRAG_ATTR, .a = 16, .before = "02"},
    {" ng-0043 ng-0044 ng-0045 ng-0046 ng-0047 ", .kind = FRAG_ATTR, .a = 16, .before = "06"},
    {" ng-0041 ", .kind = FRAG_ATTR, .a = 16, .before = "40"},
    {" gobmp-0149 gobmp-0150 gobmp-0151 gobmp-0152 gobmp-0153 gobmp-0154 gobmp-0160 ",
     .kind = FRAG_ATTR, .a = 16, .before = "4300"},
    {" scapy-0042 ", .kind = FRAG_ATTR, .a = 18},
    {" gobmp-0609 ", .kind = FRAG_ATTR, .a = 22},
    {" gobmp-0731 ", .kind = FRAG_ATTR, .a = 23},
    {" bgpkit-0101 ", .kind = FRAG_ATTR, .a = 26},
    {" ng-0001 scapy-0043 ", .kind = FRAG_ATTR, .a = 32},
    {" gobgp-0278 gobmp-0614 gobmp-0615 ", .kind = FRAG_ATTR, .a = 40},
    {" bgpkit-0076 bgpkit-0078 bgpkit-0084 bgpkit-0095 ", .kind = FRAG_ATTRS},
    {" ng-0190 ", .kind = FRAG_ATTRS, .before = "c0"},
    {" ng-0191 ", .kind = FRAG_ATTRS, .before = "d0"},
    {" gobmp-0070 ", .kind = FRAG_SID_VALUE, .a = 3},
    {" gobmp-0720 gobmp-0722 ", .kind = FRAG_SEGMENT, .a = 1},
    {" gobmp-0797 gobmp-0798 gobmp-0806 gobmp-0807 ", .kind = FRAG_TUNNEL, .a = 7},
    {" scapy-0011 scapy-0012 ", .kind = FRAG_CAP, .a = 3},
    {" gobmp-0043 gobmp-0275 ", .kind = FRAG_CAP, .a = 5},
    {" bgpkit-0122 scapy-0008 scapy-0009 scapy-0010 scapy-0013 scapy-0014 scapy-0016 "
     "scapy-0017 scapy-0018 scapy-0019 scapy-0020 scapy-0021 ",
     .kind = FRAG_CAPS},
    {" ng-0028 ng-0029 ", .kind = FRAG_CAPS, .before = "05"},
    {" scapy-0023 scapy-0024 scapy-0025 scapy-0026 ", .kind = FRAG_OPEN},
    {" scapy-0022 ", .kind = FRAG_OPEN, .before = "04fde900b4c000020108"},
    {" bgpkit-0123 ", .kind = FRAG_OPEN, .before = "04fde900b4c0000201"},
    {" gobmp-0107 ", .kind = FRAG_OPEN, .before = "04fde900b4c0000201ffff0009"},
    {" gobmp-0074 ", .kind = FRAG_UPDATE},
    {" ng-0053 ng-0054 ng-0055 ", .kind = FRAG_MESSAGE},
    {" bgpkit-0097 rbgp-0033 scapy-0057 ", .kind = FRAG_BODY, .a = BGP_TYPE_ROUTE_REFRESH},
    {" bgpkit-0103 bgpkit-0104 bgpkit-0111 bgpkit-0127 bgpkit-0128 bgpkit-0129 "
     "bgpkit-0130 bgpkit-0132 bgpkit-0133 bgpkit-0134 bgpkit-0135 ",
     .kind = FRAG_WHOLE},
    {" gobmp-0263 gobmp-0264 gobmp-0265 gobmp-0266 ng-0274 ng-0275 ng-0276 ng-0277 "
     "ng-0289 ng-0290 ng-0291 ng-0292 ",
     .kind = FRAG_BMP_WHOLE},
    {" ng-0241 ng-0242 ng-0246 ng-0247 ng-0248 ng-0270 ng-0271 ng-0272 ng-0273 ",
     .kind = FRAG_BMP, .a = 3},
    {" ng-0285 ng-0286 ng-0287 ng-0288 ", .kind = FRAG_BMP, .a = 4},
    {" ng-0243 ng-0244 ng-0245 ", .kind = FRAG_BMP, .a = 3, .before = "00"},
    {" ng-0267 ", .kind = FRAG_BMP, .a = 3, .before = "01" PER_PEER "00000001"},
    {" ng-0255 ng-0256 ng-0257 ", .kind = FRAG_BMP, .a = 3, .before = "02"},
    {" gobmp-0276 bgpkit-0136 ng-0224 ng-0225 ng-0226 ng-0227 ng-0228 ng-0229 ng-0230 ",
     .kind = FRAG_BMP, .a = 3, .before = "02", .after = "020001"},
    {" gobmp-0272 ng-0250 ng-0251 ng-0252 ng-0253 ng-0254 ",
     .kind = FRAG_BMP, .a = 3, .before = "02" PER_PEER},
    {" gobmp-0274 ", .kind = FRAG_BMP, .a = 3, .before = "03" PER_PEER},
    {" gobmp-0270 gobmp-0271 ng-0231 ng-0232 ng-0233 ng-0234 ng-0235 ng-0236 ng-0237 "
     "ng-0238 ng-0239 ng-0240 ",
     .kind = FRAG_BMP, .a = 3, .before = "04"},
    {" ng-0261 ng-0262 ng-0263 ng-0264 ", .kind = FRAG_BMP, .a = 3, .before = "05"},
    {" ng-0259 ", .kind = FRAG_BMP, .a = 3, .before = "06" PER_PEER},
};

#endif
