# SPDX-License-Identifier: BSD-2-Clause
"""senders: BIRD, GoBGP, FRR, OpenBGPD and ExaBGP as neighbours of the collector.

Each has one session over IPv4 (IPv4 unicast) and one over IPv6 (IPv6 unicast), both from
addresses of its own, announces the sample routes, and tells by its own command line what it
announces.
"""
import json
import os
import re
import subprocess

import lab
from routes import community, prefix, route


def samples(v6):
    """Made-up routes: (prefix, AS numbers after the sender's own, origin, MED, communities,
    large communities). Every combination of what senders vary."""
    out = []
    for i in range(24):
        net = f"2001:db8:{i:x}00::/{40 + i % 9}" if v6 else f"203.{i}.{113 if i % 2 else 0}.0/{24 if i % 2 else 16 + i % 8}"
        path = [64501 + i, 4200000000 + i, 64512][:i % 4]
        out.append((net, path, ("igp", "incomplete", "egp")[i % 3], 100 * i if i % 2 else None,
                    [f"64500:{n}" for n in range(i % 5)] + (["65535:65281"] if i == 7 else []),
                    [f"64500:{i}:{n}" for n in range(i % 3)]))
    return out


class Sender:
    """What they have in common. `number` picks the addresses: 192.0.2.NUMBER, fd00::NUMBER."""

    number = 0
    programs = ()
    sends_eor = True
    password = None

    def __init__(self, **options):
        lab.need(*self.programs)
        self.v4, self.v6 = f"192.0.2.{self.number}", f"fd00::{self.number:x}"
        self.asn = 4200000000 + self.number
        self.__dict__.update(options)
        self.dir = lab.folder()
        self.log = os.path.join(self.dir, "log")

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def sessions(self):
        """The collector's address, our address and the family of each session."""
        return [(lab.V4, self.v4, False), (lab.V6, self.v6, True)]


class Bird(Sender):
    number, programs = 11, ("/usr/sbin/bird", "/usr/sbin/birdc")
    add_path = False

    def start(self):
        parts = [f"log stderr all;\nrouter id {self.v4};\nprotocol device {{}}\n",
                 "filter keep_med { if defined(bgp_med) then bgp_med = bgp_med; accept; }\n"]  # goes out only when set here
        for v6 in (False, True):
            lines = [self.static(r) for r in samples(v6)]
            family = 6 if v6 else 4
            parts.append(f"protocol static s{family} {{ ipv{family};\n" + "".join(lines) + "}\n")
            if self.add_path:  # a second path to every prefix
                second = [f"  route {r[0]} blackhole {{ bgp_path.prepend(64999); }};\n" for r in samples(v6)]
                parts.append(f"protocol static t{family} {{ ipv{family} {{ preference 50; }};\n" + "".join(second) + "}\n")
        for remote, local, v6 in self.sessions():
            family = 6 if v6 else 4
            extra = " add paths tx;" if self.add_path else ""
            password = f' password "{self.password}";' if self.password else ""
            parts.append(f"protocol bgp p{family} {{ local {local} as {self.asn}; neighbor {remote} port "
                         f"{lab.BGP_PORT} as 65000; multihop; connect delay time 1; connect retry time 1;"
                         f" error wait time 1, 2;{password}\n  ipv{family} {{ import none; export filter keep_med; next hop self;{extra} }}; }}\n")
        conf = self.write("bird.conf", "".join(parts))
        self.ctl = os.path.join(self.dir, "ctl")
        lab.start(["/usr/sbin/bird", "-f", "-c", conf, "-s", self.ctl, "-P", self.dir + "/pid"], self.log)
        lab.wait(lambda: os.path.exists(self.ctl), 10, "birdc's socket")
        return self

    @staticmethod
    def static(r):
        net, path, origin, med, communities, large = r
        sets = [f"bgp_path.prepend({n});" for n in reversed(path)]
        sets.append(f"bgp_origin = ORIGIN_{origin.upper()};")
        sets += [f"bgp_med = {med};"] if med is not None else []
        sets += [f"bgp_community.add(({c.replace(':', ',')}));" for c in communities]
        sets += [f"bgp_large_community.add(({c.replace(':', ',')}));" for c in large]
        sets += ["bgp_ext_community.add((rt, 64500, 9));"] if communities else []
        return f"  route {net} blackhole {{ {' '.join(sets)} }};\n"

    def announced(self, v6):
        """`show route export` has the attributes before the session prepends our AS."""
        text = lab.output(["/usr/sbin/birdc", "-s", self.ctl, "-r", "show", "route", "export", "p6" if v6 else "p4", "all"])
        table, net = {}, None
        for line in text.splitlines():
            found = re.match(r"([0-9a-f.:]+/\d+)?\s+blackhole \[", line)
            if found:
                net = prefix(found.group(1)) if found.group(1) else net
                table.setdefault(net, []).append({})
            elif line.startswith("\tBGP."):
                key, value = line.strip()[4:].split(": ", 1)
                table[net][-1][key] = value
        return {net: [self.parse(a, v6) for a in paths] for net, paths in table.items()}

    def parse(self, a, v6):
        def tuples(key):
            return [re.sub(r"[() ]", "", t).replace(",", ":") for t in re.findall(r"\([^)]*\)", a.get(key, ""))]
        external = self.asn != 65000
        own, preference = ([self.asn], None) if external else ([], 100)  # BIRD's default on the wire
        return route(own + a.get("as_path", "").split(), origin=a.get("origin", "IGP").lower(),
                     next_hop=self.v6 if v6 else self.v4, med=int(a["med"]) if "med" in a else None,
                     local_pref=int(a["local_pref"]) if "local_pref" in a else preference,
                     communities=map(community, tuples("community")), large=tuples("large_community"),
                     ext=tuples("ext_community"))


class Gobgp(Sender):
    number, programs = 12, ("gobgpd", "gobgp")
    sends_eor = False  # unless graceful restart is configured

    def start(self):
        neighbors = []
        for remote, local, v6 in self.sessions():
            entry = {"config": {"neighbor-address": remote, "peer-as": 65000},
                     "transport": {"config": {"local-address": local, "remote-port": lab.BGP_PORT}},
                     "timers": {"config": {"connect-retry": 5}},
                     "ebgp-multihop": {"config": {"enabled": True, "multihop-ttl": 5}},
                     "afi-safis": [{"config": {"afi-safi-name": f"ipv{6 if v6 else 4}-unicast"}}]}
            if self.password:
                entry["config"]["auth-password"] = self.password
            neighbors.append(entry)
        conf = {"global": {"config": {"as": self.asn, "router-id": self.v4, "port": -1}}, "neighbors": neighbors}
        path = self.write("gobgp.yaml", json.dumps(conf))
        lab.start(["gobgpd", "-t", "yaml", "-f", path, "--pprof-disable"], self.log)
        lab.wait(self.ready, 20, "gobgpd")
        for v6 in (False, True):
            for net, aspath, origin, med, communities, large in samples(v6):
                argv = ["gobgp", "global", "rib", "-a", f"ipv{6 if v6 else 4}", "add", net, "origin", origin,
                        "nexthop", self.v6 if v6 else self.v4]
                argv += ["aspath", ",".join(map(str, aspath))] if aspath else []
                argv += ["med", str(med)] if med is not None else []
                argv += ["community", ",".join(communities)] if communities else []
                argv += ["large-community", ",".join(large)] if large else []
                lab.output(argv)
        return self

    @staticmethod
    def ready():
        return subprocess.run(["gobgp", "global"], capture_output=True, check=False).returncode == 0

    def announced(self, v6):
        text = lab.output(["gobgp", "neighbor", lab.V6 if v6 else lab.V4, "adj-out", "-a", f"ipv{6 if v6 else 4}", "-j"])
        return {prefix(net): [self.parse(p["attrs"]) for p in paths] for net, paths in by_prefix(json.loads(text))}

    @staticmethod
    def parse(attrs):
        a = {x["type"]: x for x in attrs}
        path = []
        for segment in a.get(2, {}).get("as_paths", []):
            path += [segment["asns"]] if segment["segment_type"] == 1 else segment["asns"]
        hop = a.get(3, {}).get("nexthop") or a.get(14, {}).get("nexthop")
        large = [f"{c['ASN']}:{c['LocalData1']}:{c['LocalData2']}" for c in a.get(32, {}).get("value", [])]
        return route(path, origin=("igp", "egp", "incomplete")[a[1]["value"]], next_hop=hop,
                     med=a.get(4, {}).get("metric"), local_pref=a.get(5, {}).get("value"),
                     communities=[f"{c >> 16}:{c & 0xffff}" for c in a.get(8, {}).get("communities", [])], large=large)


def by_prefix(rib):
    """gobgp -j gives a mapping prefix -> paths, or a list of paths with their nlri."""
    if isinstance(rib, dict):
        return list(rib.items())
    out = {}
    for path in (p for entry in rib for p in (entry if isinstance(entry, list) else [entry])):
        out.setdefault(path["nlri"]["prefix"], []).append(path)
    return list(out.items())


class Frr(Sender):
    number, programs = 13, ("/usr/lib/frr/bgpd", "vtysh")

    def start(self):
        os.chmod(self.dir, 0o777)
        conf = self.write("bgpd.conf", self.config())
        argv = ["/usr/lib/frr/bgpd", "-f", conf, "--vty_socket", self.dir, "-i", self.dir + "/pid", "-Z", "-n",
                "-p", "0", "-P", "0", "-S", "-u", "root", "-g", "root", "--log", "stdout"]
        lab.start(argv, self.log)
        lab.wait(lambda: os.path.exists(self.dir + "/bgpd.vty"), 20, "bgpd's vty")
        return self

    def config(self):
        lines, maps = [f"router bgp {self.asn}", f" bgp router-id {self.v4}", " no bgp ebgp-requires-policy",
                       " no bgp default ipv4-unicast", " no bgp network import-check", " bgp deterministic-med"], []
        for remote, local, _ in self.sessions():
            lines += [f" neighbor {remote} remote-as 65000", f" neighbor {remote} port {lab.BGP_PORT}",
                      f" neighbor {remote} update-source {local}", f" neighbor {remote} ebgp-multihop 5",
                      f" neighbor {remote} disable-connected-check",
                      f" neighbor {remote} timers connect 1", f" neighbor {remote} advertisement-interval 0"]
            lines += [f" neighbor {remote} password {self.password}"] if self.password else []
        for remote, _, v6 in self.sessions():
            lines.append(f" address-family ipv{6 if v6 else 4} unicast")
            lines.append(f"  neighbor {remote} activate")
            for i, (net, path, origin, med, communities, large) in enumerate(samples(v6)):
                name = f"m{6 if v6 else 4}-{i}"
                lines.append(f"  network {net} route-map {name}")
                maps += [f"route-map {name} permit 10", f" set origin {origin}"]
                maps += [f" set as-path prepend {' '.join(map(str, path))}"] if path else []
                maps += [f" set metric {med}"] if med is not None else []
                maps += [f" set community {' '.join(map(frr_community, communities))}"] if communities else []
                maps += [f" set large-community {' '.join(large)}"] if large else []
            lines.append(" exit-address-family")
        return "\n".join(lines + ["exit"] + maps) + "\n"

    def vtysh(self, command):
        return lab.output(["vtysh", "--vty_socket", self.dir, "-c", command])

    def announced(self, v6):
        """What goes out has our AS in front and our address as next hop (RFC 4271 section 5.1)."""
        family = f"ipv{6 if v6 else 4}"
        remote = lab.V6 if v6 else lab.V4
        out = json.loads(self.vtysh(f"show bgp {family} unicast neighbors {remote} advertised-routes json"))
        table = {}
        for net in out["advertisedRoutes"]:
            found = json.loads(self.vtysh(f"show bgp {family} unicast {net} json"))
            table[prefix(net)] = [self.parse(p, v6) for p in found["paths"]]
        return table

    def parse(self, p, v6):
        path = [self.asn] + [x for s in p["aspath"].get("segments", []) for x in ([s["list"]] if s["type"] == "as-set" else s["list"])]
        origin = {"IGP": "igp", "EGP": "egp", "incomplete": "incomplete"}[p["origin"]]
        local = 0 if p.get("metric") is None else p["metric"]
        return route(path, origin=origin, next_hop=self.v6 if v6 else self.v4, med=local,
                     communities=map(community, p.get("community", {}).get("list", [])),
                     large=p.get("largeCommunity", {}).get("list", []))


def frr_community(text):
    return {"65535:65281": "no-export"}.get(text, text)


class Openbgpd(Sender):
    number, programs = 14, ("/usr/sbin/bgpd", "bgpctl")

    def start(self):
        lines = [f"AS {self.asn}", f"router-id {self.v4}", f'socket "{self.dir}/sock"', "fib-update no",
                 f"listen on {self.v4} port 1180"]
        for remote, local, v6 in self.sessions():
            password = f" tcp md5sig password {self.password}\n" if self.password else ""
            lines.append(f"neighbor {remote} {{\n remote-as 65000\n port {lab.BGP_PORT}\n local-address {local}\n"
                         f" multihop 5\n announce IPv{4 if v6 else 6} none\n announce IPv{6 if v6 else 4} unicast\n{password}}}")
        for v6 in (False, True):
            for net, path, _, med, communities, large in samples(v6):
                sets = [f"prepend-self {len(path)}"] if path else []
                sets += [f"metric {med}"] if med is not None else []
                sets += [f"community {c}" for c in communities if c != "65535:65281"]
                sets += [f"large-community {c}" for c in large]
                sets += ["ext-community rt 64500:9"] if communities else []
                lines.append(f"network {net} set {{ {' '.join(sets)} }}" if sets else f"network {net}")
        lines += ["allow to any", "deny from any"]
        conf = self.write("bgpd.conf", "\n".join(lines) + "\n")
        os.chmod(conf, 0o600)
        os.chmod(self.dir, 0o755)
        lab.start(["/usr/sbin/bgpd", "-d", "-f", conf], self.log)
        lab.wait(lambda: os.path.exists(self.dir + "/sock"), 20, "bgpctl's socket")
        return self

    def announced(self, v6):
        text = lab.output(["bgpctl", "-s", self.dir + "/sock", "-j", "show", "rib", "detail", "out", "neighbor", lab.V6 if v6 else lab.V4])
        table = {}
        for r in json.loads(text)["rib"]:
            if (":" in r["prefix"]) == v6:
                table.setdefault(prefix(r["prefix"]), []).append(self.parse(r, v6))
        return table

    def parse(self, r, v6):
        hop = self.v6 if v6 else self.v4
        return route(r["aspath"].split(), origin=r["origin"].lower(), next_hop=hop, med=r.get("metric") or None,
                     communities=map(community, r.get("communities", [])), large=r.get("large_communities", []),
                     ext=[re.sub(r"^rt ", "rt:", e) for e in r.get("extended_communities", [])])


class Exabgp(Sender):
    number, programs = 15, ("exabgp",)
    add_path = False

    def start(self):
        parts = []
        for remote, local, v6 in self.sessions():
            password = f" md5-password '{self.password}';\n" if self.password else ""
            caps = " capability { add-path send; }\n" if self.add_path else ""
            family = f"ipv{6 if v6 else 4} unicast"
            lines = [self.line(r, local, i) for r, i in self.paths(v6)]
            parts.append(f"neighbor {remote} {{\n router-id {self.v4};\n local-address {local};\n local-as {self.asn};\n"
                         f" peer-as 65000;\n connect {lab.BGP_PORT};\n{password}{caps} family {{ {family}; }}\n"
                         f" announce {{ ipv{6 if v6 else 4} {{\n" + "".join(lines) + " } }\n}\n")
        conf = self.write("exabgp.conf", "".join(parts))
        env = dict(os.environ, exabgp_daemon_user="root", exabgp_api_cli="false", exabgp_log_destination="stdout")
        lab.start(["/usr/sbin/exabgp", conf], self.log, env=env, cwd=self.dir)
        return self

    def paths(self, v6):
        """Each sample with its path id; with ADD-PATH two paths a prefix."""
        for r in samples(v6):
            yield r, 1
            if self.add_path:
                yield (r[0], [64999], "igp", None, [], []), 2

    def line(self, r, local, path_id):
        net, path, origin, med, communities, large = r
        words = [f"unicast {net} next-hop {local} origin {origin}"]
        words += [f"path-information {path_id}"] if self.add_path else []
        words += [f"as-path [ {' '.join(map(str, [self.asn] + path))} ]"]
        words += [f"med {med}"] if med is not None else []
        words += [f"community [ {' '.join(communities)} ]"] if communities else []
        words += [f"large-community [ {' '.join(large)} ]"] if large else []
        return "   " + " ".join(words) + ";\n"

    def announced(self, v6):
        """ExaBGP announces its configuration as it stands."""
        table = {}
        for (net, path, origin, med, communities, large), _ in self.paths(v6):
            table.setdefault(prefix(net), []).append(
                route([self.asn] + path, origin=origin, next_hop=self.v6 if v6 else self.v4, med=med,
                      communities=communities, large=large))
        return table
