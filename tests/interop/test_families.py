#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every family that five implementations can originate, announced to ribtaped: the record of each
route says what its sender says of it.

GoBGP's word is its own JSON (`gobgp neighbor adj-out -j`); the others' is the configuration, which
is written here beside what it must become. A family that Debian's version of a program knows but
can't originate is not here: GoBGP 3.10's CLI has no RTC, encapsulation, VPLS, BGP-LS or SR policy
and fails on opaque routes and EVPN I-PMSI; FRR needs a kernel with VXLAN or a label manager for the
rest of EVPN and labeled unicast, and 8.4 writes no ESI or gateway of a configured EVPN route; OpenBGPD
outside OpenBSD has no VPN.
"""
import json
import os
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]

import gobgp_routes  # noqa: E402
import lab  # noqa: E402
import senders  # noqa: E402


def routes(records):
    """Returns the announced routes, one mapping each, the attributes beside."""
    found = []
    for r in records:
        if r["type"] != "update":
            continue
        if r.get("diags"):
            raise lab.Failed(f"diagnostics on a sound UPDATE: {r}")
        for part in r.get("announce", []):
            for nlri in part["nlri"]:
                found.append({"afi": part["afi"], "safi": part["safi"], "nlri": nlri, "attrs": r["attrs"],
                              "next_hop": part.get("next_hop", [])[:1]})
    return found


def says(want, have):
    """Whether `have` has everything that `want` has."""
    if isinstance(want, dict) and isinstance(have, dict):
        return all(key in have and says(value, have[key]) for key, value in want.items())
    if isinstance(want, list) and isinstance(have, list) and want and isinstance(want[0], dict):
        return len(want) == len(have) and all(says(w, h) for w, h in zip(want, have))
    return want == have


def compare(expected, collector):
    """Waits until as many routes came, then pairs each with the sender's description."""
    lab.wait(lambda: len(routes(collector.records())) >= len(expected), 60,
             lambda: f"{len(expected)} routes, of which came {routes(collector.records())}")
    left, missing = routes(collector.records()), []
    if not expected:
        raise lab.Failed("the sender announced nothing")
    for want in expected:
        match = next((have for have in left if says(want, have)), None)
        if match is None:
            missing.append(want)
        else:
            left.remove(match)
    collector.hold_schema()
    if missing or left:
        raise lab.Failed("\n".join([f"the sender says {m}" for m in missing] + [f"we say {x}" for x in left]))


def expect(afi, safi, nlri, next_hop=None, **attrs):
    out = {"afi": afi, "safi": safi, "nlri": nlri, "attrs": attrs}
    if next_hop is not None:
        out["next_hop"] = [next_hop] if next_hop else []
    return out


# ---- GoBGP ----

GOBGP_ROUTES = [
    ("ipv4", "10.1.0.0/24 nexthop 192.0.2.12"),
    ("ipv6", "2001:db8:1::/48 nexthop fd00::c"),
    ("ipv4-mpls", "10.2.0.0/24 100/200 nexthop 192.0.2.12"),
    ("ipv6-mpls", "2001:db8:2::/48 100 nexthop fd00::c"),
    ("vpnv4", "10.3.0.0/24 label 101 rd 64500:7 rt 64500:8 nexthop 192.0.2.12"),
    ("vpnv6", "2001:db8:3::/48 label 102 rd 192.0.2.7:7 rt 64500:8 nexthop fd00::c"),
    ("evpn", "a-d esi LACP aa:bb:cc:dd:ee:ff 100 etag 200 label 300 rd 1.1.1.1:65000 rt 65000:200 encap vxlan"),
    ("evpn", "macadv aa:bb:cc:dd:ee:04 10.0.0.3 esi AS 65000 100 etag 200 label 300 rd 1.1.1.1:65000 rt 65000:400"),
    ("evpn", "macadv aa:bb:cc:dd:ee:05 0.0.0.0 etag 7 label 300 rd 1.1.1.1:65000 rt 65000:400"),
    ("evpn", "multicast 10.0.0.4 etag 200 rd 1.1.1.1:65000 rt 65000:400 encap vxlan pmsi ingress-repl 100 1.1.1.1"),
    ("evpn", "esi 10.0.0.5 esi single-homed rd 1.1.1.1:65000 rt 65000:400"),
    ("evpn", "prefix 10.0.0.0/24 10.0.0.1 esi MAC aa:bb:cc:dd:ee:ff 42 etag 200 label 5 rd 1.1.1.1:65000 rt 65000:200"
             " encap vxlan router-mac bb:cc:dd:ee:ff:00"),
    ("evpn", "prefix 2001:db8:5::/64 etag 200 rd 1.1.1.1:65000 rt 65000:200"),
    ("ipv4-flowspec", "match destination 10.0.0.0/24 source 20.0.0.0/24 protocol ==tcp"
                      " destination-port '==80 ==443 >8080&<=8088' fragment '=is-fragment' tcp-flags '=SA'"
                      " packet-length '>100&<200' dscp ==10 icmp-type ==0 icmp-code ==3"
                      " then redirect 10:10 mark 10 rate-limit 1000 action sample-terminal"),
    ("ipv6-flowspec", "match destination 2001:db8:1::/64 source 2001:db8:2::/64/8 protocol ==udp label ==10 then discard"),
    ("ipv4-l3vpn-flowspec", "rd 64500:7 match destination 10.0.0.0/24 port ==53 then discard rt 64500:8"),
    ("ipv6-l3vpn-flowspec", "rd 64500:7 match destination 2001:db8::/32 port ==53 then discard rt 64500:8"),
    ("l2vpn-flowspec", "rd 64500:7 match destination-mac aa:bb:cc:dd:ee:ff source-mac 00:11:22:33:44:55 vid ==100"
                       " then rate-limit 10"),
    ("ipv4-mup", "isd 10.0.0.0/24 rd 100:100 prefix 2001:db8:1:1::/64 locator-node-length 24 function-length 16"
                 " behavior ENDM_GTP4E rt 10:10 nexthop 2001::2"),
    ("ipv4-mup", "dsd 10.0.0.1 rd 100:100 prefix 2001:db8:1:1::/64 locator-node-length 24 function-length 16"
                 " behavior END_DT4 rt 10:10 mup 10:10 nexthop 2001::2"),
    ("ipv4-mup", "t1st 192.168.0.1/32 rd 100:100 rt 10:10 teid 12345 qfi 9 endpoint 10.0.0.1 nexthop 10.0.0.2"),
    ("ipv4-mup", "t2st 10.0.0.1 rd 100:100 rt 10:10 teid 12345 mup 10:10 nexthop 10.0.0.2"),
    ("ipv6-mup", "t1st 2001:db8:1:1::1/128 rd 100:100 rt 10:10 teid 12345 qfi 9 endpoint 2001::1 nexthop 10.0.0.2"),
]

# GoBGP's OPEN overflows its one-octet parameter length with many more families than these.
GOBGP_FAMILIES = """ipv4-unicast ipv6-unicast ipv4-labelled-unicast ipv6-labelled-unicast l3vpn-ipv4-unicast
    l3vpn-ipv6-unicast l2vpn-evpn ipv4-flowspec ipv6-flowspec l3vpn-ipv4-flowspec l3vpn-ipv6-flowspec l2vpn-flowspec
    ipv4-mup ipv6-mup""".split()


class Gobgp(senders.Gobgp):
    def start(self, families=GOBGP_FAMILIES):
        neighbor = {"config": {"neighbor-address": lab.V4, "peer-as": 65000},
                    "transport": {"config": {"local-address": self.v4, "remote-port": lab.BGP_PORT}},
                    "timers": {"config": {"connect-retry": 5}},
                    "ebgp-multihop": {"config": {"enabled": True, "multihop-ttl": 5}},
                    "afi-safis": [{"config": {"afi-safi-name": name}} for name in families]}
        conf = {"global": {"config": {"as": self.asn, "router-id": self.v4, "port": -1}}, "neighbors": [neighbor]}
        path = self.write("gobgp.yaml", json.dumps(conf))
        lab.start(["gobgpd", "-t", "yaml", "-f", path, "--pprof-disable"], self.log)
        lab.wait(self.ready, 20, "gobgpd")
        return self

    def add(self, family, words):
        lab.output(["gobgp", "global", "rib", "-a", family, "add", *shlex.split(words)])

    def described(self):
        for family in dict.fromkeys(f for f, _ in GOBGP_ROUTES):
            text = lab.output(["gobgp", "neighbor", lab.V4, "adj-out", "-a", family, "-j"])
            for paths in json.loads(text).values():
                for path in paths:
                    yield gobgp_routes.route(family, path)


def test_gobgp():
    collector = lab.Ribtaped().start()
    sender = Gobgp().start()
    for family, words in GOBGP_ROUTES:
        sender.add(family, words)
    lab.wait(lambda: len(routes(collector.records())) >= len(GOBGP_ROUTES), 60, "GoBGP's routes in the records")
    compare(list(sender.described()), collector)


def test_gobgp_route_target_constraint():
    """A VRF's import target becomes an RTC route. A session of its own: with RTC in an OPEN, GoBGP
    sends VPN routes only where the other side asked for their targets (RFC 4684 section 6)."""
    collector = lab.Ribtaped().start()
    sender = Gobgp().start(["rtc"])
    lab.output("gobgp vrf add red rd 64500:9 rt both 64500:9".split())
    compare([expect("ipv4", "rtc", {"origin_as": sender.asn, "route_target": "rt:64500:9"}, sender.v4)], collector)


# ---- ExaBGP ----

EXABGP = """
neighbor 192.0.2.1 {
  router-id 192.0.2.15; local-address 192.0.2.15; local-as 4200000015; peer-as 65000; connect 1179;
  family { ipv4 flow; ipv4 flow-vpn; ipv6 flow; ipv4 nlri-mpls; ipv4 mpls-vpn; ipv6 mpls-vpn; l2vpn vpls; }
  flow {
    route plain { match { destination 10.0.0.0/24; source 20.0.0.1/32; protocol [ tcp udp ]; destination-port [ =80 >8080&<8088 ];
                          fragment [ first-fragment last-fragment ]; tcp-flags [ syn rst ]; packet-length >200&<300; }
                  then { rate-limit 9600; } }
    route vpn { rd 65535:65536; match { source 10.0.0.1/32; } then { redirect 65500:12345; } }
    route six { match { destination 2001:db8::1/128/0; next-header udp; flow-label 2013; } then { discard; } }
  }
  l2vpn { vpls site { endpoint 5; base 10702; offset 1; size 8; rd 192.168.201.1:123; next-hop 192.0.2.15;
                      origin igp; extended-community [ target:54591:6 l2info:19:0:1500:111 ]; } }
  static {
    route 10.3.0.0/24 next-hop 192.0.2.15 rd 64500:7 label 1000 extended-community [ target:64500:8 ];
    route 2001:db8:3::/48 next-hop fd00::f rd 64500:7 label 1001 extended-community [ target:64500:8 ];
    route 10.2.0.0/24 next-hop 192.0.2.15 label [ 100 200 ];
  }
}
"""

EXABGP_ROUTES = [
    expect("ipv4", "flowspec", {"expr": "dst 10.0.0.0/24 && src 20.0.0.1/32 && proto =6|=17 && dport =80|>8080&<8088"
                                        " && tcp-flags syn|rst && length >200&<300 && fragment first-fragment|last-fragment"},
           "", ext_communities=["rate-limit-bytes:0:9600"]),
    expect("ipv4", "vpn-flowspec", {"rd": "65535:65536", "expr": "src 10.0.0.1/32"}, "",
           ext_communities=["redirect:65500:12345"]),
    expect("ipv6", "flowspec", {"expr": "dst 2001:db8::1/128 && proto =17 && flow-label =2013"}, "",
           ext_communities=["rate-limit-bytes:0:0"]),
    expect("l2vpn", "vpls", {"rd": "192.168.201.1:123", "ve_id": 5, "ve_block_offset": 1, "ve_block_size": 8,
                             "label_base": 10702}, "192.0.2.15",
           ext_communities=["rt:54591:6", "layer2-info:encaps-19:flags-0:mtu-1500:pref-111"]),
    expect("ipv4", "vpn", {"rd": "64500:7", "prefix": "10.3.0.0/24", "labels": [1000]}, "192.0.2.15",
           ext_communities=["rt:64500:8"]),
    expect("ipv6", "vpn", {"rd": "64500:7", "prefix": "2001:db8:3::/48", "labels": [1001]}, "fd00::f",
           ext_communities=["rt:64500:8"]),
    expect("ipv4", "labeled-unicast", {"prefix": "10.2.0.0/24", "labels": [100, 200]}, "192.0.2.15"),
]


def test_exabgp():
    lab.need("exabgp")
    collector = lab.Ribtaped().start()
    sender = senders.Exabgp()
    conf = sender.write("exabgp.conf", EXABGP)
    env = dict(os.environ, exabgp_daemon_user="root", exabgp_api_cli="false", exabgp_log_destination="stdout")
    lab.start(["/usr/sbin/exabgp", conf], sender.log, env=env, cwd=sender.dir)
    compare(EXABGP_ROUTES, collector)


# ---- BIRD ----

BIRD = """
log stderr all; router id 192.0.2.11; protocol device {}
vpn4 table vpntab4; vpn6 table vpntab6; flow4 table flowtab4; flow6 table flowtab6; ipv4 table multi4; ipv6 table multi6;
protocol static { vpn4 { table vpntab4; };
  route 64500:7 10.3.0.0/24 via 192.0.2.9 { bgp_ext_community.add((rt, 64500, 8)); }; }
protocol static { vpn6 { table vpntab6; };
  route 192.0.2.7:7 2001:db8:3::/48 via fd00::9 { bgp_ext_community.add((rt, 4200000000, 8)); }; }
protocol static { flow4 { table flowtab4; };
  route flow4 { dst 10.0.0.0/8; src 20.0.0.0/24; proto = 6; dport = 80 || > 8080 && < 8088; sport 1000..2000; icmp type 3;
                icmp code 1; tcp flags 0x03/0x0f; length 100..200; dscp = 10; fragment is_fragment; }
    { bgp_ext_community.add((generic, 0x80060000, 0x00000000)); }; }
protocol static { flow6 { table flowtab6; };
  route flow6 { dst 2001:db8::/32; next header = 17; label 10; }; }
protocol static { ipv4 { table multi4; }; route 10.9.0.0/16 blackhole; }
protocol static { ipv6 { table multi6; }; route 2001:db8:9::/48 blackhole; }
protocol bgp tape { local 192.0.2.11 as 4200000011; neighbor 192.0.2.1 port 1179 as 65000; multihop;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  vpn4 mpls { table vpntab4; import none; export all; next hop self; };
  vpn6 mpls { table vpntab6; import none; export all; next hop address fd00::b; };
  flow4 { table flowtab4; import none; export all; };
  flow6 { table flowtab6; import none; export all; };
  ipv4 multicast { table multi4; import none; export all; next hop self; };
  ipv6 multicast { table multi6; import none; export all; next hop address fd00::b; };
}
"""

# Next hop self: BIRD then announces an implicit null whatever the route's labels.
BIRD_ROUTES = [
    expect("ipv4", "vpn", {"rd": "64500:7", "prefix": "10.3.0.0/24", "labels": [3]}, "192.0.2.11",
           ext_communities=["rt:64500:8"]),
    expect("ipv6", "vpn", {"rd": "192.0.2.7:7", "prefix": "2001:db8:3::/48", "labels": [3]}, "fd00::b",
           ext_communities=["rt:4200000000:8"]),
    expect("ipv4", "flowspec", {"expr": "dst 10.0.0.0/8 && src 20.0.0.0/24 && proto =6 && dport =80|>8080&<8088"
                                        " && sport >=1000&<=2000 && icmp-type =3 && icmp-code =1"
                                        " && tcp-flags =fin+syn&!rst+psh && length >=100&<=200 && dscp =10"
                                        " && fragment =is-fragment"}, "",
           ext_communities=["rate-limit-bytes:0:0"]),
    expect("ipv6", "flowspec", {"expr": "dst 2001:db8::/32 && proto =17 && flow-label =10"}, ""),
    expect("ipv4", "multicast", {"prefix": "10.9.0.0/16"}, "192.0.2.11"),
    expect("ipv6", "multicast", {"prefix": "2001:db8:9::/48"}, "fd00::b"),
]


def test_bird():
    lab.need("/usr/sbin/bird")
    collector = lab.Ribtaped().start()
    sender = senders.Bird()
    conf = sender.write("bird.conf", BIRD)
    lab.start(["/usr/sbin/bird", "-f", "-c", conf, "-s", sender.dir + "/ctl", "-P", sender.dir + "/pid"], sender.log)
    compare(BIRD_ROUTES, collector)


# ---- FRR ----

FRR = """
router bgp 4200000013
 bgp router-id 192.0.2.13
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 no bgp network import-check
 neighbor 192.0.2.1 remote-as 65000
 neighbor 192.0.2.1 port 1179
 neighbor 192.0.2.1 update-source 192.0.2.13
 neighbor 192.0.2.1 ebgp-multihop 5
 neighbor 192.0.2.1 disable-connected-check
 neighbor 192.0.2.1 timers connect 1
 neighbor 192.0.2.1 advertisement-interval 0
 address-family ipv4 vpn
  neighbor 192.0.2.1 activate
  network 10.3.0.0/24 rd 64500:7 label 1000
 exit-address-family
 address-family ipv6 vpn
  neighbor 192.0.2.1 activate
  network 2001:db8:3::/48 rd 192.0.2.7:7 label 1001
 exit-address-family
 address-family l2vpn evpn
  neighbor 192.0.2.1 activate
  network 10.5.0.0/24 rd 64500:7 ethtag 200 label 5 esi 00:00:00:00:00:00:00:00:00:00 gwip 0.0.0.0 routermac bb:cc:dd:ee:ff:00
 exit-address-family
 address-family ipv4 multicast
  neighbor 192.0.2.1 activate
  network 10.9.0.0/16
 exit-address-family
exit
"""

FRR_ROUTES = [
    expect("ipv4", "vpn", {"rd": "64500:7", "prefix": "10.3.0.0/24", "labels": [1000]}, "192.0.2.13", med=0),
    expect("ipv6", "vpn", {"rd": "192.0.2.7:7", "prefix": "2001:db8:3::/48", "labels": [1001]}, "::ffff:192.0.2.13"),
    expect("l2vpn", "evpn", {"route_type": 5, "rd": "64500:7", "ethernet_tag": 200, "prefix": "10.5.0.0/24", "labels": [5],
                             "esi": "00:00:00:00:00:00:00:00:00:00", "gateway": "0.0.0.0"}, "::ffff:192.0.2.13",
           ext_communities=["router-mac:bb:cc:dd:ee:ff:00"]),
    expect("ipv4", "multicast", {"prefix": "10.9.0.0/16"}, "192.0.2.13"),
]


def test_frr():
    lab.need("/usr/lib/frr/bgpd")
    collector = lab.Ribtaped().start()
    sender = senders.Frr()
    sender.config = lambda: FRR
    sender.start()
    compare(FRR_ROUTES, collector)


# ---- OpenBGPD ----

def test_openbgpd():
    raise lab.Skip("OpenBGPD 7.7 originates IPv4 and IPv6 unicast only (test_bgp.py): FlowSpec came with 8.0, VPN needs OpenBSD")


if __name__ == "__main__":
    lab.run([f for name, f in list(globals().items()) if name.startswith("test_")])
