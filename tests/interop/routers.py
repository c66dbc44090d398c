# SPDX-License-Identifier: BSD-2-Clause
"""routers: GoBGP and FRR as routers that a sender feeds by BGP and that feed our BMP station.

They listen where senders look for the collector, as AS 65000.
"""
import json
import os

import lab
from senders import Gobgp, Sender


class GobgpRouter(Sender):
    programs = ("gobgpd", "gobgp")
    policy = "pre-policy"

    def start(self, neighbors, asn):
        """`neighbors`: (address, whether IPv6)."""
        entries = [{"config": {"neighbor-address": a, "peer-as": asn},
                    "transport": {"config": {"passive-mode": True, "local-address": lab.V6 if v6 else lab.V4}},
                    "ebgp-multihop": {"config": {"enabled": True, "multihop-ttl": 5}},
                    "afi-safis": [{"config": {"afi-safi-name": f"ipv{6 if v6 else 4}-unicast"}}]}
                   for a, v6 in neighbors]
        conf = {"global": {"config": {"as": 65000, "router-id": "192.0.2.1", "port": lab.BGP_PORT,
                                      "local-address-list": [lab.V4, lab.V6]}},
                "neighbors": entries,
                "bmp-servers": [{"config": {"address": lab.V4, "port": lab.BMP_PORT,
                                            "route-monitoring-policy": self.policy}}]}
        path = self.write("gobgp.yaml", json.dumps(conf))
        lab.start(["gobgpd", "-t", "yaml", "-f", path, "--pprof-disable"], self.log)
        lab.wait(Gobgp.ready, 20, "gobgpd")
        return self


class FrrRouter(Sender):
    programs = ("/usr/lib/frr/bgpd", "vtysh", "/usr/lib/x86_64-linux-gnu/frr/modules/bgpd_bmp.so")
    policy = "pre-policy"

    def start(self, neighbors, asn):
        lines = ["hostname edge1", "router bgp 65000", " bgp router-id 192.0.2.1",
                 " no bgp ebgp-requires-policy", " no bgp default ipv4-unicast"]
        for a, _ in neighbors:
            lines += [f" neighbor {a} remote-as {asn}", f" neighbor {a} passive"]
            lines += [f" neighbor {a} ebgp-multihop 5"] if asn != 65000 else []
        for a, v6 in neighbors:
            lines += [f" address-family ipv{6 if v6 else 4} unicast", f"  neighbor {a} activate",
                      f"  neighbor {a} soft-reconfiguration inbound", " exit-address-family"]
        lines += [" bmp targets lab"] + [f"  bmp monitor ipv{n} unicast {self.policy}" for n in (4, 6)]
        lines += [f"  bmp connect {lab.V4} port {lab.BMP_PORT} min-retry 100 max-retry 1000", " exit", "exit"]
        conf = self.write("bgpd.conf", "\n".join(lines) + "\n")
        os.chmod(self.dir, 0o777)
        lab.start(["/usr/lib/frr/bgpd", "-f", conf, "--vty_socket", self.dir, "-i", self.dir + "/pid", "-Z", "-n",
                   "-p", str(lab.BGP_PORT), "-l", lab.V4, "-l", lab.V6, "-P", "0", "-S", "-u", "root", "-g", "root",
                   "-M", "bmp", "--log", "stdout"], self.log)
        lab.wait(lambda: os.path.exists(self.dir + "/bgpd.vty"), 20, "bgpd's vty")
        return self
