# SPDX-License-Identifier: BSD-2-Clause
"""routers: GoBGP and FRR as routers that a sender feeds by BGP and that feed our BMP station.

They listen where senders look for the collector, as AS 65000. With `filtered` their import policy
drops some of the samples and changes the MED of the others, so that the RIB views differ. own() says
what a view holds by the router's own command line.
"""
import json
import os
import subprocess

import lab
from routes import prefix, route
from senders import Gobgp, Sender, by_prefix

DROPPED = {4: "203.3.113.0/24", 6: "2001:db8:300::/43"}
MED = 777
WORDS = {"noExport": "65535:65281"}  # of FRR's JSON


class Router(Sender):
    """What they have in common. `ignore`: what compare() leaves out of a view, as own() can't tell it."""

    filtered = False
    ignore = {}
    process = None

    def untold(self, view, theirs, ours):
        """Prefixes of its table that the router does not tell of, by a fault of its own."""
        return []

    def stop(self):
        self.process.kill()
        self.process.wait()


class GobgpRouter(Router):
    programs = ("gobgpd", "gobgp")
    policy = "pre-policy"
    server = {}  # more of its BMP server's configuration

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
                                            "route-monitoring-policy": self.policy, **self.server}}]}
        if self.filtered:
            self.add_filter(conf)
        path = self.write("gobgp.yaml", json.dumps(conf))
        self.process = lab.start(["gobgpd", "-t", "yaml", "-f", path, "--pprof-disable"], self.log)
        lab.wait(Gobgp.ready, 20, "gobgpd")
        return self

    @staticmethod
    def add_filter(conf):
        conf["defined-sets"] = {"prefix-sets": [
            {"prefix-set-name": f"dropped{n}", "prefix-list": [{"ip-prefix": net}]} for n, net in DROPPED.items()]}
        drop = [{"name": f"drop{n}", "conditions": {"match-prefix-set": {"prefix-set": f"dropped{n}"}},
                 "actions": {"route-disposition": "reject-route"}} for n in DROPPED]
        mark = {"name": "mark", "actions": {"route-disposition": "accept-route", "bgp-actions": {"set-med": str(MED)}}}
        conf["policy-definitions"] = [{"name": "in", "statements": drop + [mark]}]
        conf["global"]["apply-policy"] = {"config": {"import-policy-list": ["in"], "default-import-policy": "accept-route"}}

    def own(self, peer, v6, view):
        family = f"ipv{6 if v6 else 4}"
        if view == "adj-rib-in-pre":
            argv = ["gobgp", "neighbor", peer, "adj-in", "-a", family, "-j"]
        else:  # what the policy let pass is what the table holds: there is one peer for each family
            argv = ["gobgp", "global", "rib", "-a", family, "-j"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        paths = by_prefix(json.loads(done.stdout or "[]") if done.returncode == 0 else [])
        return {prefix(net): [Gobgp.parse(p["attrs"]) for p in ps] for net, ps in paths}


class FrrRouter(Router):
    programs = ("/usr/lib/frr/bgpd", "vtysh", "/usr/lib/x86_64-linux-gnu/frr/modules/bgpd_bmp.so")
    policies = None
    policy = "pre-policy"
    ignore = {"adj-rib-in-pre": ("ext", "med", "communities", "large"), "adj-rib-in-post": ("ext",)}
    extra = ()     # more lines of `bmp targets`
    listen = None  # a port: it waits for us

    def start(self, neighbors, asn):
        lines = ["hostname edge1"] + (self.filter_lines() if self.filtered else [])
        lines += ["router bgp 65000", " bgp router-id 192.0.2.1",
                  " no bgp ebgp-requires-policy", " no bgp default ipv4-unicast"]
        for a, _ in neighbors:
            lines += [f" neighbor {a} remote-as {asn}", f" neighbor {a} passive"]
            lines += [f" neighbor {a} ebgp-multihop 5"] if asn != 65000 else []
        for a, v6 in neighbors:
            lines += [f" address-family ipv{6 if v6 else 4} unicast", f"  neighbor {a} activate",
                      f"  neighbor {a} soft-reconfiguration inbound"]
            lines += [f"  neighbor {a} route-map in in"] if self.filtered else []
            lines += [" exit-address-family"]
        lines += [" bmp targets lab"]
        lines += [f"  bmp monitor ipv{n} unicast {p}" for p in self.policies or [self.policy] for n in (4, 6)]
        lines += [f"  {line}" for line in self.extra]
        lines += [f"  bmp listener {lab.V4} port {self.listen}" if self.listen else
                  f"  bmp connect {lab.V4} port {lab.BMP_PORT} min-retry 100 max-retry 1000", " exit", "exit"]
        conf = self.write("bgpd.conf", "\n".join(lines) + "\n")
        os.chmod(self.dir, 0o777)
        vty = self.dir + "/bgpd.vty"
        if os.path.exists(vty):
            os.unlink(vty)
        self.process = lab.start(
            ["/usr/lib/frr/bgpd", "-f", conf, "--vty_socket", self.dir, "-i", self.dir + "/pid", "-Z", "-n",
             "-p", str(lab.BGP_PORT), "-l", lab.V4, "-l", lab.V6, "-P", "0", "-S", "-u", "root", "-g", "root",
             "-M", "bmp", "--log", "stdout"], self.log)
        lab.wait(lambda: os.path.exists(vty), 20, "bgpd's vty")
        return self

    def untold(self, view, theirs, ours):
        """FRR 8.4 tells of a route that its policy drops when a station connects, and not when it comes."""
        lost = [net for net in DROPPED.values() if net in theirs and net not in ours]
        return lost if view == "adj-rib-in-pre" else []

    @staticmethod
    def filter_lines():
        return [f"ip prefix-list dropped4 seq 5 permit {DROPPED[4]}", f"ipv6 prefix-list dropped6 seq 5 permit {DROPPED[6]}",
                "route-map in deny 10", " match ip address prefix-list dropped4", "exit",
                "route-map in deny 20", " match ipv6 address prefix-list dropped6", "exit",
                "route-map in permit 30", f" set metric {MED}", "exit"]

    def vtysh(self, *commands):
        """The answers of several commands, which are JSON; {} when there is none."""
        argv = ["vtysh", "--vty_socket", self.dir]
        for command in commands:
            argv += ["-c", command]
        text = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()
        found = []
        while text.startswith("{"):
            value, end = json.JSONDecoder().raw_decode(text)
            found.append(value)
            text = text[end:].strip()
        return found + [{}] * (len(commands) - len(found))

    def own(self, peer, v6, view):
        """The view after the policy by its table in full; the one before it by prefixes and paths: there the
        command line shows the MED after the policy, and no communities."""
        family = f"ipv{6 if v6 else 4}"
        if view == "adj-rib-in-pre":
            found, = self.vtysh(f"show bgp {family} unicast neighbors {peer} received-routes json")
            return {prefix(net): [self.parse_row(r)] for net, r in found.get("receivedRoutes", {}).items()}
        all_routes, = self.vtysh(f"show bgp {family} unicast json")
        nets = list(all_routes.get("routes", {}))
        each = self.vtysh(*(f"show bgp {family} unicast {net} json" for net in nets)) if nets else []
        return {prefix(net): [self.parse(p) for p in found.get("paths", [])] for net, found in zip(nets, each)}

    @staticmethod
    def parse(p):
        path = [x for s in p["aspath"].get("segments", []) for x in ([s["list"]] if s["type"] == "as-set" else s["list"])]
        hop = next(h["ip"] for h in p["nexthops"] if h.get("scope", "global") == "global")
        return route(path, origin=p["origin"].lower(), next_hop=hop, med=p.get("metric"), local_pref=p.get("locPrf"),
                     communities=[WORDS.get(c, c) for c in p.get("community", {}).get("list", [])],
                     large=p.get("largeCommunity", {}).get("list", []))

    @staticmethod
    def parse_row(r):
        hop = r.get("nextHopGlobal") or r.get("nextHop")
        origin = {"i": "igp", "e": "egp", "?": "incomplete"}.get(r.get("bgpOriginCode"), r.get("bgpOriginCode"))
        return route(r["path"].split(), origin=origin, next_hop=hop, med=r.get("metric"), local_pref=r.get("locPrf"))
