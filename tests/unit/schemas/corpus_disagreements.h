/* SPDX-License-Identifier: BSD-2-Clause */
/* corpus_disagreements: where another project thinks otherwise of its own vector than we do,
 * and the sentence that settles it. */
#ifndef RIBTAPE_TESTS_UNIT_SCHEMAS_CORPUS_DISAGREEMENTS_H
#define RIBTAPE_TESTS_UNIT_SCHEMAS_CORPUS_DISAGREEMENTS_H

#include <stdbool.h>

static const struct {
    const char *names; /* of vectors, a space round each */
    bool fault;        /* what we find */
    const char *why;
} corpus_disagreements[] = {
    {" bgpkit-0033 bgpkit-0035 ng-0060 ng-0061 ng-0062 scapy-0051 ", true,
     "the origin's session has ADD-PATH (RFC 7911 section 4), which the vector's flags do "
     "not say: noted"},
    {" bgpkit-0071 ", true,
     "RFC 7606 section 7.11: a next hop of no octets is inconsistent with IPv4 unicast"},
    {" bgpkit-0073 ", true,
     "RFC 7606 section 3 g: all but the first of an attribute that appears twice are "
     "discarded"},
    {" bgpkit-0075 ", true,
     "RFC 6514 section 5: PMSI Tunnel is transitive; RFC 7606 section 3 c"},
    {" bgpkit-0107 ", true,
     "RFC 7313 section 5: a BoRR longer than four octets is an Invalid Message Length"},
    {" exa-extended-nexthop-0002 ", true,
     "RFC 2545 section 3: the next hop of an IPv6 prefix has 16 or 32 octets; RFC 8950 is "
     "for IPv4 NLRI"},
    {" frr-IPv6-bug-0001 ", false,
     "RFC 4760 section 3: the octet after the next hop is reserved, no NLRI follows it; "
     "RFC 7606 section 5.2 minds that only when there is another error"},
    {" gobgp-0020 ", true,
     "RFC 6396 section 4.3.4: MP_REACH may be abbreviated in a TABLE_DUMP_V2 entry only"},
    {" gobgp-0026 ", false, "its case is the valid one"},
    {" gobgp-0027 ", true,
     "RFC 4271 section 4.3: NEXT_HOP is four octets; RFC 7606 section 7.3"},
    {" gobgp-0232 gobgp-0233 gobgp-0235 gobgp-0236 gobgp-0237 gobgp-0247 ", true,
     "RFC 9552 section 5.3: BGP-LS is attribute 29; 41 is BIER (RFC 9793), optional "
     "transitive"},
    {" gobmp-0261 gobmp-0269 gobmp-0277 gobmp-0279 ", true,
     "RFC 7854 section 4.1: the vector has a common header and no sound body, which its "
     "test does not look at"},
    {" gobmp-0581 ", true,
     "RFC 6514 section 4: MCAST-VPN routes are SAFI 5; SAFI 129 carries VPN prefixes"},
    {" ng-0067 ", true,
     "RFC 7606 section 4: attribute lengths past the attributes' end; its test wants that "
     "error"},
    {" ng-0171 ng-0175 ng-0215 ", false,
     "RFC 4271 section 6.3: a multicast address as prefix is semantically incorrect, which "
     "is no error of the UPDATE"},
    {" ng-0173 ng-0177 ", false,
     "RFC 4760 section 6: SAFI 2 is NLRI for multicast forwarding, unicast prefixes as "
     "they are"},
    {" ng-0281 ng-0283 ", true,
     "NLRI have path identifiers and no Peer Up or stateless-parsing TLV says so (RFC 7911 "
     "section 4); they are read as what they are, with a note"},
    {" scapy-0003 scapy-0004 scapy-0005 scapy-0006 scapy-0007 ", true,
     "RFC 4271 section 4.1: a header alone; its test builds it and reads nothing back"},
    {" scapy-0044 ", true, "RFC 4271 section 5: AS_PATH is well-known; RFC 7606 section 3 c"},
    {" exa-extended-nexthop-0001 ", false, "its address reads bad:cafe"},
    {" scapy-0053 scapy-0054 ", false, "a sound NOTIFICATION that tells of an error"},
    {" bgpkit-0093 bgpkit-0165 gobmp-0106 gobmp-0108 gobmp-0135 gobmp-0136 gobmp-0208 "
     " gobmp-0294 gobmp-0314 gobmp-0336 gobmp-0548 gobmp-0701 gobmp-0702 gobmp-0784 ",
     true, "no attribute but an IPv6 address, 2001:..., which looks like one"},
    {" gobmp-0102 gobmp-0103 scapy-0015 ", true, "no attribute but a tuple of a capability"},
    {" gobmp-0847 ", true, "no attribute but an extended community"},
    {" ng-0210 ", true, "no attribute but the end of a ROUTE-REFRESH"},
};

#endif
