/* SPDX-License-Identifier: BSD-2-Clause */
/* avro_schema: the schema's tables, and their text. Floor F3.
 *
 * How it may change (docs/kafka.md): fields are added, each with a default, and never removed,
 * renamed or given another type, so that readers with an older or newer schema resolve it.
 * schemas/record.avsc is what avro_schema() writes; a test compares them. */
#include <string.h>

#include "base/hash.h"
#include "schemas/avro_int.h"

/* clang-format off */

#define FIELD(n, t, d)           {.name = {.p = n, .len = sizeof(n) - 1}, .type = AVRO_##t, .doc = d}
#define FIELD_OF(n, t, record, d) {.name = {.p = n, .len = sizeof(n) - 1}, .type = AVRO_##t, .of = &(record), .doc = d}
#define REQUIRED(n, t, d)        {.name = {.p = n, .len = sizeof(n) - 1}, .type = AVRO_##t, .required = true, .doc = d}
#define RECORD_OF(n, f, d)       {.name = n, .doc = d, .fields = f, .field_cnt = sizeof(f) / sizeof((f)[0])}

static const struct avro_field segment_fields[] = {
    REQUIRED("type", TEXT, "sequence, set, confed_sequence or confed_set (RFC 4271 4.3, RFC 5065)"),
    {.name = {.p = "asns", .len = 4}, .type = AVRO_LONGS, .doc = "AS numbers"},
};
static const struct avro_record segment = {
    .name = "Segment", .doc = "One segment of an AS path", .fields = segment_fields, .field_cnt = 2, .closed = true,
};

static const struct avro_field side_fields[] = {
    FIELD("addr", TEXT, "IPv4 or IPv6 address"),
    FIELD("asn", LONG, "AS number"),
};
static const struct avro_record side = RECORD_OF("Side", side_fields, "An address and an AS number");

static const struct avro_field router_fields[] = {
    FIELD("addr", TEXT, "address of who talked to the collector"),
    FIELD("name", TEXT, "sysName of BMP, or the configured name"),
    FIELD("descr", TEXT, "sysDescr of BMP"),
};
static const struct avro_record router = RECORD_OF("Router", router_fields, "Who talked to the collector");

static const struct avro_field peer_fields[] = {
    FIELD("addr", TEXT, "IPv4 or IPv6 address; none for a Loc-RIB"),
    FIELD("asn", LONG, "AS number"),
    FIELD("bgp_id", TEXT, "BGP Identifier (RFC 4271 4.2)"),
    FIELD("rib", TEXT, "BMP: adj-rib-in-pre, adj-rib-in-post, adj-rib-out-pre, adj-rib-out-post, loc-rib"),
    FIELD("instance", TEXT, "BMP: rd, local, or a number; none: global"),
    FIELD("rd", TEXT, "BMP: route distinguisher when not zero"),
    FIELD("table", TEXT, "BMP: VRF or table name (RFC 9069, RFC 9736)"),
};
static const struct avro_record peer = RECORD_OF("Peer", peer_fields, "Whose routes");

static const struct avro_field family_fields[] = {
    FIELD("afi", TEXT, "IANA's name in lower case, or a number"),
    FIELD("safi", TEXT, "IANA's name in lower case, or a number"),
};
static const struct avro_record family = RECORD_OF("Family", family_fields, "An address family");

static const struct avro_field nlri_fields[] = {
    FIELD("prefix", TEXT, "address/length"),
    FIELD("path_id", LONG, "path identifier (RFC 7911)"),
    FIELD("rd", TEXT, "route distinguisher (RFC 4364 4.2)"),
    FIELD("labels", LONGS, "MPLS labels, outermost first (RFC 8277)"),
    FIELD("route_type", LONG, "EVPN, MCAST-VPN, MUP: route type"),
    FIELD("route_type_name", TEXT, "its name"),
    FIELD("esi", TEXT, "EVPN: Ethernet segment identifier (RFC 7432 5)"),
    FIELD("ethernet_tag", LONG, "EVPN: Ethernet tag"),
    FIELD("mac", TEXT, "EVPN: MAC address"),
    FIELD("ip", TEXT, "EVPN: IP address"),
    FIELD("expr", TEXT, "FlowSpec: the components as one expression"),
    FIELD("raw", TEXT, "hex, when it does not parse"),
};
static const struct avro_record nlri = RECORD_OF("Nlri", nlri_fields, "One NLRI; members of rarer families are in `other`");

static const struct avro_field routes_fields[] = {
    FIELD("afi", TEXT, "IANA's name in lower case, or a number"),
    FIELD("safi", TEXT, "IANA's name in lower case, or a number"),
    FIELD("next_hop", TEXTS, "addresses, the second a link-local one"),
    FIELD("next_hop_rd", TEXT, "its route distinguisher when not zero (RFC 4364)"),
    FIELD("next_hop_raw", TEXT, "hex, when it is no address"),
    FIELD_OF("nlri", RECORDS, nlri, "routes"),
};
static const struct avro_record routes = RECORD_OF("Routes", routes_fields, "Routes of one address family");

static const struct avro_field attrs_fields[] = {
    FIELD("origin", TEXT, "igp, egp, incomplete (RFC 4271 5.1.1)"),
    FIELD_OF("as_path", PATH, segment, "merged with AS4_PATH (RFC 6793 4.2.3)"),
    FIELD("next_hop", TEXT, "NEXT_HOP, where no IPv4 unicast NLRI shows it"),
    FIELD("med", LONG, "MULTI_EXIT_DISC"),
    FIELD("local_pref", LONG, "LOCAL_PREF"),
    FIELD("atomic_aggregate", BOOL, "ATOMIC_AGGREGATE is there"),
    FIELD_OF("aggregator", RECORD, side, "AGGREGATOR"),
    FIELD("communities", TEXTS, "RFC 1997: a:b, or a well-known name"),
    FIELD("originator_id", TEXT, "RFC 4456"),
    FIELD("cluster_list", TEXTS, "RFC 4456"),
    FIELD("ext_communities", TEXTS, "RFC 4360, by name"),
    FIELD("ipv6_ext_communities", TEXTS, "RFC 5701, by name"),
    FIELD("large_communities", TEXTS, "RFC 8092: a:b:c"),
    FIELD("otc", LONG, "Only to Customer (RFC 9234)"),
    FIELD_OF("as4_path", PATH, segment, "AS4_PATH, where it disagrees"),
    FIELD_OF("as4_aggregator", RECORD, side, "AS4_AGGREGATOR, where it disagrees"),
};
static const struct avro_record attrs = RECORD_OF("Attributes", attrs_fields, "Path attributes; rarer ones are in `other`");

static const struct avro_field diag_fields[] = {
    FIELD("action", TEXT, "note, attribute-discard, treat-as-withdraw, afi-safi-disable, session-reset (RFC 7606 2)"),
    FIELD("reason", TEXT, "what is wrong"),
    FIELD("attr", LONG, "attribute code"),
    FIELD("afi", TEXT, "address family"),
    FIELD("safi", TEXT, "address family"),
    FIELD("offset", LONG, "octets from the message's first"),
    FIELD("need", LONG, "octets needed"),
    FIELD("have", LONG, "octets there"),
};
static const struct avro_record diag = RECORD_OF("Diagnostic", diag_fields, "Something wrong with a message");

static const struct avro_field root_fields[] = {
    REQUIRED("v", LONG, "version of the record: 1"),
    FIELD("seq", LONG, "number in the journal, gapless; a repeat after a crash has the same"),
    FIELD("shard", LONG, "which journal seq counts in"),
    FIELD("epoch", LONG, "names the session: its first record's time, microseconds"),
    FIELD("peer_seq", LONG, "the record's number in the session, gapless"),
    REQUIRED("time", TIME, "arrival at the collector"),
    FIELD("router_time", TIME, "BMP: the router's own time"),
    FIELD("collector", TEXT, "the collector's name"),
    FIELD("source", TEXT, "bgp, bmp, mrt, pcap"),
    FIELD_OF("router", RECORD, router, "who talked to the collector"),
    FIELD_OF("peer", RECORD, peer, "whose routes"),
    FIELD_OF("local", RECORD, side, "MRT: the side that recorded"),
    FIELD("direction", TEXT, "sent: a message the collector sent"),
    REQUIRED("type", TEXT, "update, open, notification, state, peer-up, ... (docs/records.md)"),
    FIELD_OF("eor", RECORD, family, "End-of-RIB (RFC 4724 2) of this family"),
    FIELD_OF("announce", RECORDS, routes, "announced routes"),
    FIELD_OF("withdraw", RECORDS, routes, "withdrawn routes"),
    FIELD_OF("attrs", RECORD, attrs, "path attributes"),
    FIELD("originated", TIME, "MRT RIB entries: when the route was originated"),
    FIELD("old", TEXT, "state: before"),
    FIELD("new", TEXT, "state: after"),
    FIELD("reason", TEXT, "state, peer-down, lost: why"),
    FIELD_OF("diags", RECORDS, diag, "what was wrong"),
    FIELD("raw", TEXT, "the BGP message as hex"),
};
const struct avro_record avro_root =
    RECORD_OF("Record", root_fields, "A message as ribtape recorded it (docs/records.md)");

/* clang-format on */

/* ---- its text ---- */

enum { RECORDS_MAX = 16 };

/* A record is defined where it is first used, and named from then on. */
struct printer {
    struct buf *out;
    bool canonical;
    const struct avro_record *known[RECORDS_MAX];
    unsigned known_cnt;
};

static bool is_known(struct printer *p, const struct avro_record *r)
{
    for (unsigned i = 0; i < p->known_cnt; i++)
        if (p->known[i] == r)
            return true;
    if (p->known_cnt < RECORDS_MAX)
        p->known[p->known_cnt++] = r;
    return false;
}

static void print_record(struct printer *p, const struct avro_record *r, unsigned depth);

static void print_of(struct printer *p, const struct avro_field *f, unsigned depth)
{
    static const char *const names[] = {
        [AVRO_LONG] = "\"long\"", [AVRO_TEXT] = "\"string\"", [AVRO_BOOL] = "\"boolean\"",
        [AVRO_TIME] = "\"long\"", [AVRO_LONGS] = "\"long\"",  [AVRO_TEXTS] = "\"string\"",
        [AVRO_RECORD] = NULL,     [AVRO_RECORDS] = NULL,      [AVRO_PATH] = NULL,
    };
    if (names[f->type] == NULL)
        print_record(p, f->of, depth);
    else if (f->type == AVRO_TIME && !p->canonical)
        buf_add_str(p->out, "{\"type\": \"long\", \"logicalType\": \"timestamp-micros\"}");
    else
        buf_add_str(p->out, names[f->type]);
}

static void print_type(struct printer *p, const struct avro_field *f, unsigned depth)
{
    const char *gap = p->canonical ? "" : " ";
    if (avro_is_array(f->type)) {
        buf_printf(p->out, "{\"type\":%s\"array\",%s\"items\":%s", gap, gap, gap);
        print_of(p, f, depth);
        buf_add_char(p->out, '}');
    } else if (f->required) {
        print_of(p, f, depth);
    } else {
        buf_printf(p->out, "[\"null\",%s", gap);
        print_of(p, f, depth);
        buf_add_char(p->out, ']');
    }
}

/* The canonical form has neither documentation nor defaults. */
static void print_field(struct printer *p, const struct avro_field *f, unsigned depth)
{
    if (p->canonical) {
        buf_printf(p->out, "{\"name\":\"%.*s\",\"type\":", (int)f->name.len, f->name.p);
        print_type(p, f, depth);
        buf_add_char(p->out, '}');
        return;
    }
    buf_printf(p->out, "\n%*s{\"name\": \"%.*s\", \"type\": ", (int)(2 * depth), "",
               (int)f->name.len, f->name.p);
    print_type(p, f, depth + 1);
    if (!f->required)
        buf_printf(p->out, ", \"default\": %s", avro_is_array(f->type) ? "[]" : "null");
    buf_printf(p->out, ", \"doc\": \"%s\"}", f->doc);
}

static void print_other(struct printer *p, unsigned depth)
{
    if (p->canonical)
        buf_add_str(p->out,
                    "{\"name\":\"other\",\"type\":{\"type\":\"map\",\"values\":\"string\"}}");
    else
        buf_printf(p->out,
                   "\n%*s{\"name\": \"other\", \"type\": {\"type\": \"map\", \"values\": "
                   "\"string\"}, \"default\": {}, \"doc\": \"further members, as JSON\"}",
                   (int)(2 * depth), "");
}

static void print_record(struct printer *p, const struct avro_record *r, unsigned depth)
{
    if (is_known(p, r)) {
        buf_printf(p->out, "\"" AVRO_NAMESPACE ".%s\"", r->name);
        return;
    }
    if (p->canonical)
        buf_printf(p->out,
                   "{\"name\":\"" AVRO_NAMESPACE ".%s\",\"type\":\"record\",\"fields\":[",
                   r->name);
    else
        buf_printf(p->out,
                   "{\"type\": \"record\", \"name\": \"%s\", \"namespace\": \"" AVRO_NAMESPACE
                   "\", \"doc\": \"%s\", \"fields\": [",
                   r->name, r->doc);
    for (unsigned i = 0; i < r->field_cnt; i++) {
        if (i > 0)
            buf_add_char(p->out, ',');
        print_field(p, &r->fields[i], depth + 1);
    }
    if (!r->closed) {
        buf_add_char(p->out, ',');
        print_other(p, depth + 1);
    }
    buf_add_str(p->out, "]}");
}

void avro_schema(struct buf *out)
{
    struct printer p = {.out = out};
    print_record(&p, &avro_root, 0);
    buf_add_char(out, '\n');
}

void avro_schema_canonical(struct buf *out)
{
    struct printer p = {.out = out, .canonical = true};
    print_record(&p, &avro_root, 0);
}

uint64_t avro_fingerprint(void)
{
    struct buf text = {0};
    avro_schema_canonical(&text);
    uint64_t sum = text.failed ? 0 : hash_crc64_avro(text.p, text.len);
    buf_free(&text);
    return sum;
}
