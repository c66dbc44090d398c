# SPDX-License-Identifier: BSD-2-Clause
"""gobgp_routes: a path of `gobgp ... -j` in the shape of our record, for every family of its CLI."""
import base64
import ipaddress

FAMILIES = {"ipv4": ("ipv4", "unicast"), "ipv6": ("ipv6", "unicast"), "ipv4-mpls": ("ipv4", "labeled-unicast"),
            "ipv6-mpls": ("ipv6", "labeled-unicast"), "vpnv4": ("ipv4", "vpn"), "vpnv6": ("ipv6", "vpn"),
            "evpn": ("l2vpn", "evpn"), "ipv4-flowspec": ("ipv4", "flowspec"), "ipv6-flowspec": ("ipv6", "flowspec"),
            "ipv4-l3vpn-flowspec": ("ipv4", "vpn-flowspec"), "ipv6-l3vpn-flowspec": ("ipv6", "vpn-flowspec"),
            "l2vpn-flowspec": ("l2vpn", "vpn-flowspec"), "ipv4-mup": ("ipv4", "mup"), "ipv6-mup": ("ipv6", "mup")}


def route(family, path):
    """Returns {"afi", "safi", "nlri", "next_hop", "attrs"} with what GoBGP says and nothing more."""
    afi, safi = FAMILIES[family]
    attrs = {a["type"]: a for a in path["attrs"]}
    hop = attrs.get(3, {}).get("nexthop") or attrs[14]["nexthop"]
    return {"afi": afi, "safi": safi, "nlri": nlri(afi, safi, path["nlri"]), "attrs": attributes(attrs),
            "next_hop": [] if "flowspec" in safi else [mapped(hop) if (afi, safi) == ("ipv6", "mup") else hop]}


def mapped(hop):
    """An IPv4 next hop of IPv6 NLRI goes out as an IPv4-mapped address (RFC 4291 section 2.5.5.2)."""
    return "::ffff:" + hop if "." in hop and ":" not in hop else hop


def rd(value):
    return f"{value['admin']}:{value['assigned']}"


def nlri(afi, safi, value):
    if safi == "evpn":
        return evpn(value["type"], value["value"])
    if safi == "mup":
        return mup(value["route_type"], value["value"])
    if "flowspec" in safi:
        out = {"components": [component(afi, c) for c in value["value"]]}
    else:
        out = {key: value[key] for key in ("prefix", "labels") if key in value}
    if "rd" in value:
        out["rd"] = rd(value["rd"])
    return out


# ---- EVPN ----

def esi(text):
    """`ESI_LACP | system mac M, port key K` and kin (RFC 7432 section 5) as ten octets."""
    if text == "single-homed":
        return ":".join(["00"] * 10)
    kind, words = text.split(" | ")
    first, second = (part.split(" ")[-1] for part in words.split(", "))
    number = int(second)
    octets = {"ESI_LACP": lambda: b"\1" + mac(first) + number.to_bytes(2, "big") + b"\0",
              "ESI_MAC": lambda: b"\3" + mac(first) + number.to_bytes(3, "big"),
              "ESI_AS": lambda: b"\5" + int(first).to_bytes(4, "big") + number.to_bytes(4, "big") + b"\0"}[kind]()
    return octets.hex(":")


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def evpn(kind, value):
    """GoBGP's label is the field's 24 bits, a VNI (RFC 8365 section 5.1.3)."""
    out = {"route_type": kind, "rd": rd(value["rd"])}
    if "esi" in value:
        out["esi"] = esi(value["esi"])
    for theirs, ours in (("etag", "ethernet_tag"), ("mac", "mac"), ("prefix", "prefix"), ("gateway", "gateway")):
        if theirs in value:
            out[ours] = value[theirs]
    if value.get("ip") not in (None, "<nil>"):
        out["originator" if kind in (3, 4) else "ip"] = value["ip"]
    labels = value.get("labels") or ([value["label"]] if "label" in value else None)
    if labels:
        out["labels_raw"] = labels
    return out


# ---- MUP ----

def mup(kind, value):
    out = {"architecture": 1, "route_type": kind, "rd": rd(value["rd"])}
    for key in ("prefix", "qfi"):
        if key in value:
            out[key] = value[key]
    if "teid" in value:
        out["teid"] = int(ipaddress.ip_address(value["teid"])) if isinstance(value["teid"], str) else value["teid"]
    if "address" in value:
        out["ip"] = value["address"]
    if "endpoint_address" in value:
        out["endpoint"] = value["endpoint_address"]
    return out


# ---- FlowSpec ----

NUMERIC = {0: "false", 1: "=", 2: ">", 3: ">=", 4: "<", 5: "<=", 6: "!=", 7: "true"}  # RFC 8955 section 4.2.1.1
BITMASK = {0: "", 1: "=", 2: "!", 3: "!="}  # section 4.2.1.2


def component(afi, c):
    out = {"type": c["type"]}
    value = c["value"]
    if isinstance(value, str):
        out["mac"] = value
    elif isinstance(value, dict):
        out["prefix"] = value["prefix"]
        if c.get("offset"):  # the bits before the offset are not on the wire (RFC 8956 section 3.1)
            net = ipaddress.ip_network(value["prefix"])
            rest = int(net.network_address) & (1 << 128 - c["offset"]) - 1
            out["prefix"] = f"{ipaddress.IPv6Address(rest)}/{net.prefixlen}"
            out["prefix_offset"] = c["offset"]
    else:
        bits = c["type"] in (9, 12)
        out["match"] = [match(item, bits, first=i == 0) for i, item in enumerate(value)]
    return out


def match(item, bits, first):
    op = item["op"]
    out = {"op": BITMASK[op & 3] if bits else NUMERIC[op & 7], "value": item["value"]}
    if not first:
        out["join"] = "and" if op & 0x40 else "or"
    return out


# ---- attributes ----

def attributes(attrs):
    out = {"origin": ("igp", "egp", "incomplete")[attrs[1]["value"]],
           "as_path": [n for s in attrs[2]["as_paths"] for n in s["asns"]]}
    if 16 in attrs:
        out["ext_communities"] = [extended(c) for c in attrs[16]["value"]]
    if 40 in attrs:
        out["prefix_sid"] = [{"type": t["type"], "tlvs": [service(s) for s in t["SubTLVs"]]} for t in attrs[40]["TLVs"]]
    if 22 in attrs:
        pmsi = attrs[22]
        out["pmsi_tunnel"] = {"tunnel_type": pmsi["tunnel-type"], "vni": pmsi["label"], "endpoint": pmsi["tunnel-id"]}
    return out


EXTENDED = {(0, 2): lambda c: "rt:" + c["value"], (3, 12): lambda c: f"encapsulation:{c['tunnel_type']}",
            (3, 13): lambda c: "default-gateway", (6, 3): lambda c: "router-mac:" + c["mac"],
            (128, 8): lambda c: "redirect:" + c["value"], (128, 9): lambda c: f"mark:dscp-{c['value']}",
            (128, 6): lambda c: f"rate-limit-bytes:{c['as']}:{c['rate']}",
            (128, 7): lambda c: "traffic-action:" + ",".join(k for k in ("sample", "terminal") if c[k]),
            (12, 0): lambda c: "mup:" + c["segmend_id"]}


def extended(c):
    return EXTENDED[c["type"], c["subtype"]](c)


def service(s):
    out = {"type": s["type"], "sid": str(ipaddress.ip_address(base64.b64decode(s["sid"]))), "flags": s["flags"],
           "endpoint_behavior": s["endpoint_behavior"]}
    out["tlvs"] = [{key.replace("_length", "_len"): n for key, n in x.items()} for x in s["sub_sub_tlvs"]]
    return out
