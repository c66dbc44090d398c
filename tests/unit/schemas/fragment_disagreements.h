/* SPDX-License-Identifier: BSD-2-Clause */
/* fragment_disagreements: where another project thinks otherwise of a part of a message than we
 * do, or its test's name says otherwise than it means, and the sentence that settles it. */
#ifndef RIBTAPE_TESTS_UNIT_SCHEMAS_FRAGMENT_DISAGREEMENTS_H
#define RIBTAPE_TESTS_UNIT_SCHEMAS_FRAGMENT_DISAGREEMENTS_H

#include <stdbool.h>

static const struct {
    const char *names; /* of vectors, a space round each */
    bool fault;        /* what we find */
    const char *why;
} fragment_disagreements[] = {
    {" bgpkit-0011 ", true,
     "RFC 8955 section 4.2: components follow strict type ordering; its test wants the error"},
    {" bgpkit-0058 ", true, "RFC 9015 section 3.2.1.1: an Association TLV has twelve octets"},
    {" bgpkit-0066 ", true,
     "RFC 9793 section 3: a BIER TLV begins with sub-domain, BFR-id and a reserved octet"},
    {" gobgp-0008 ", false,
     "RFC 8277 section 2.2: the S bit of a single label MUST be ignored on reception"},
    {" gobgp-0234 ", true, "RFC 7606 section 4: an octet is left after the attribute"},
    {" gobgp-0279 gobgp-0280 gobgp-0281 ", true,
     "RFC 9252 section 3.2.1: the SID structure has six octets; its test wants the error"},
    {" gobmp-0094 ", false,
     "RFC 6793 section 3: a sound path of four-octet AS numbers, of which it thinks as "
     "two-octet ones"},
    {" gobmp-0054 ", true, "RFC 9234 section 4.2: two roles that differ are a mismatch"},
    {" gobmp-0843 ", true,
     "octets that once made its parser panic, no routes in either mode (RFC 4271 section 4.3)"},
    {" gobmp-0097 gobmp-0795 gobmp-0799 gobmp-0803 ", true,
     "RFC 9830 section 2.4.1: a Preference sub-TLV has six octets"},
    {" gobmp-0802 ", true, "RFC 9012 section 3.2.4: the GRE key has four octets"},
    {" gobmp-0175 gobmp-0176 ", true,
     "RFC 9252 section 2: types 5 and 6 are SRv6 services, and these are none"},
    {" gobmp-0184 ", true, "RFC 9552 section 5.1: octets are left after the TLV"},
    {" gobmp-0187 ", true, "RFC 9552 section 5.3.1.1: node flags have one octet"},
    {" gobmp-0192 gobmp-0193 gobmp-0194 gobmp-0195 gobmp-0196 gobmp-0197 gobmp-0198 ", false,
     "sound cases of a test whose name has the word"},
    {" gobmp-0204 ", true, "RFC 9857 section 5.7.1: a segment always has a SID field"},
    {" gobmp-0237 gobmp-0238 gobmp-0251 ", true,
     "RFC 9085 sections 2.1.2 and 2.1.4: a reserved octet follows the flags"},
    {" gobmp-0295 gobmp-0296 gobmp-0297 gobmp-0298 ", true,
     "RFC 9572 section 3.3: the route key is the NLRI of the route, type and length included"},
    {" gobmp-0357 gobmp-0556 ", false,
     "a route type of another document: legal data (RFC 7606 section 5.4)"},
    {" gobmp-0443 ", true, "RFC 8955 section 4.2: components follow strict type ordering"},
    {" gobmp-0450 gobmp-0451 gobmp-0452 gobmp-0453 gobmp-0480 gobmp-0481 gobmp-0482 ", true,
     "RFC 8955 section 4.1: the length goes past the end"},
    {" gobmp-0474 ", true, "RFC 8956 section 3.1: 48 bits of pattern have six octets"},
    {" gobmp-0540 ", false, "RFC 9552 section 5.2: an unknown NLRI type is an opaque object"},
    {" gobmp-0550 ", true,
     "RFC 6514 section 4.4: the route key is the NLRI of the route, type and length included"},
    {" gobmp-0559 ", true, "RFC 6514 section 4.3: an originator address has 4 or 16 octets"},
    {" gobmp-0628 gobmp-0629 ", false,
     "RFC 4684 section 4: a prefix of eight octets; what sort of community they are is left "
     "open"},
    {" gobmp-0632 ", true,
     "RFC 4684 section 4: a prefix has no bits or at least the 32 of the origin AS"},
    {" gobmp-0696 gobmp-0697 gobmp-0698 gobmp-0699 gobmp-0700 ", true,
     "the beginning of a vector that its test puts together"},
    {" gobmp-0707 ", false, "RFC 9830 section 2.4.4.1: two weights are no matter of syntax"},
    {" gobmp-0725 gobmp-0726 gobmp-0727 gobmp-0728 gobmp-0739 ", true,
     "RFC 9830 section 2.4.5: an ENLP sub-TLV has three octets"},
    {" gobmp-0729 gobmp-0730 ", true,
     "RFC 9830 section 2.4.6: a reserved octet follows the priority"},
    {" gobmp-0735 ", true, "RFC 9830 section 2.4.7: a reserved octet comes before the name"},
    {" gobmp-0753 gobmp-0754 gobmp-0755 gobmp-0757 ", true,
     "RFC 9252 section 3.1: a reserved octet follows the endpoint behavior"},
    {" gobmp-0769 gobmp-0770 ", true,
     "RFC 9514 section 7.2: two reserved octets follow the weight"},
    {" gobmp-0775 ", false, "RFC 9552 section 5.1: unknown TLVs are preserved"},
    {" gobmp-0791 gobmp-0792 gobmp-0793 ", false,
     "RFC 9857 section 4: which TLVs a headend has is a matter for the consumer"},
    {" gobmp-0864 ", false, "RFC 6624 section 2.2: an L2VPN NLRI with TLVs may have 18 octets"},
    {" gobmp-0870 ", true, "RFC 4761 section 3.2.2: the length goes past the end"},
    {" gobmp-0875 gobmp-0876 ", false,
     "RFC 4364 section 4.2: an unknown type of distinguisher is opaque"},
    {" ng-0022 ", false, "RFC 7911 section 4: the capability is ignored, which is no error"},
    {" ng-0026 ng-0027 ng-0160 ng-0161 ", false,
     "RFC 4760 section 3: an AFI or SAFI that nobody negotiated is legal data"},
    {" ng-0069 ", false,
     "RFC 4271 section 6.3: a multicast address as prefix is semantically incorrect, which is "
     "no error of the UPDATE"},
    {" ng-0092 ", false, "RFC 4684 section 4: a shorter prefix, as its test says"},
    {" ng-0099 ", false, "an OPEN without parameters"},
};

#endif
