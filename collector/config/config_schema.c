/* SPDX-License-Identifier: BSD-2-Clause */
/* config_schema: every option, once. Floor F4.
 *
 * Reading, --print-defaults, comparing and the test of docs/ribtaped.example.yaml walk these
 * tables. Columns: key, type, member, default, text for --print-defaults; then limits. */
#include "collector/config/config_schema.h"

#include "base/stream/stream.h"

/* clang-format off */

static const struct config_name level_names[] = {
    {"debug", LOG_LEVEL_DEBUG}, {"info", LOG_LEVEL_INFO}, {"warn", LOG_LEVEL_WARN},
    {"error", LOG_LEVEL_ERROR}, {NULL, 0}};
static const struct config_name policy_names[] = {{"block", 0}, {"drop-oldest", 1}, {NULL, 0}};
static const struct config_name layout_names[] = {
    {"ris", LAYOUT_RIS}, {"routeviews", LAYOUT_ROUTEVIEWS}, {"pattern", LAYOUT_PATTERN},
    {NULL, 0}};
static const struct config_name per_names[] = {
    {"collector", PER_COLLECTOR}, {"peer", PER_PEER}, {"router", PER_ROUTER}, {NULL, 0}};
static const struct config_name views_names[] = {{"folders", 0}, {"files", 1}, {NULL, 0}};
static const struct config_name timestamps_names[] = {{"microseconds", 0}, {"seconds", 1}, {NULL, 0}};
static const struct config_name time_names[] = {{"arrival", 0}, {"router", 1}, {NULL, 0}};
static const struct config_name format_names[] = {
    {"gzip", STREAM_GZIP}, {"bzip2", STREAM_BZIP2}, {"zstd", STREAM_ZSTD}, {"plain", STREAM_PLAIN}, {NULL, 0}};
static const struct config_name digest_names[] = {{"none", 0}, {"sha256", 1}, {NULL, 0}};
static const struct config_name tristate_names[] = {
    {"auto", CONFIG_AUTO}, {"off", CONFIG_OFF}, {"on", CONFIG_ON},
    {"false", CONFIG_OFF}, {"true", CONFIG_ON}, {"no", CONFIG_OFF}, {"yes", CONFIG_ON},
    {NULL, 0}};
static const struct config_name pin_names[] = {
    {"auto", SOURCE_PIN_NONE}, {"off", SOURCE_PIN_OFF}, {"on", SOURCE_PIN_ON},
    {"false", SOURCE_PIN_OFF}, {"true", SOURCE_PIN_ON}, {"no", SOURCE_PIN_OFF},
    {"yes", SOURCE_PIN_ON}, {NULL, 0}};

static const struct config_name tls_client_names[] = {
    {"none", TLS_CLIENT_NONE}, {"optional", TLS_CLIENT_OPTIONAL}, {"required", TLS_CLIENT_REQUIRED},
    {NULL, 0}};
static const struct config_name tls_version_names[] = {{"1.2", 0x0303}, {"1.3", 0x0304}, {NULL, 0}};

#define END {.key = NULL}
#define ROW(k, t, member, d, text)                                                       \
    .key = k, .type = &config_type_##t, .off = offsetof(struct ROW_STRUCT, member), .def = d, .doc = text
#define MAP(k, d, table) {.key = k, .doc = d, .sub = table}

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (MIB * KIB)
#define TIB (GIB * KIB)

/* ---- one peer, and bgp.defaults without its first two rows ---- */
#define ROW_STRUCT config_peer

static const struct config_field capability_fields[] = {
    {ROW("add_path",         choice, cap_add_path,         "auto", "RFC 7911, receive"), .names = tristate_names},
    {ROW("asn4",             choice, cap_asn4,             "auto", "RFC 6793"), .names = tristate_names},
    {ROW("ext_msg",          choice, cap_ext_msg,          "auto", "RFC 8654"), .names = tristate_names},
    {ROW("ext_next_hop",     choice, cap_ext_next_hop,     "auto", "RFC 8950"), .names = tristate_names},
    {ROW("route_refresh",    choice, cap_route_refresh,    "auto", "RFC 2918"), .names = tristate_names},
    {ROW("enhanced_refresh", choice, cap_enhanced_refresh, "auto", "RFC 7313"), .names = tristate_names},
    {ROW("graceful_restart", choice, cap_graceful_restart, "auto", "RFC 4724, as receiver"), .names = tristate_names},
    {ROW("llgr",             choice, cap_llgr,             "auto", "RFC 9494, as receiver"), .names = tristate_names},
    END};

static const struct config_field peer_decode_fields[] = {
    {ROW("asn4",     choice, pin_asn4,     "auto", "AS numbers have four octets"), .names = pin_names},
    {ROW("add_path", choice, pin_add_path, "auto", "NLRI carry a path id"), .names = pin_names},
    {ROW("flowspec_v2",     u8, flowspec2.safi,     "0", "a SAFI to read as FlowSpec version 2, which has none of its own; 0: none"), .max = 255},
    {ROW("flowspec_v2_vpn", u8, flowspec2.vpn_safi, "0", "a SAFI to read as VPN FlowSpec version 2; 0: none"), .max = 255},
    END};

const struct config_field config_peer_fields[] = {
    {ROW("address", prefix, range, NULL, "who: an address or a range, 192.0.2.1 or 192.0.2.0/24"), .required = true},
    {ROW("name",    name,   name,  NULL, "shown in records, logs and metrics")},
    {ROW("remote_as", as_ranges, remote_as, NULL, "any, 64500, 64512-65534, or a list of these"), .empty = "any"},
    {ROW("local_as", local_as, local_as, "auto", "our AS; auto mirrors the peer's"), .min = 1, .max = UINT32_MAX},
    {ROW("bgp_id", bgp_id, bgp_id, "auto", "our BGP Identifier; auto: the address the session came to, or one made from it")},
    {ROW("hold_time", duration16, hold_time_s, "90", "what we offer; 0, or 3 s and more"), .max = UINT16_MAX},
    {ROW("open_delay", duration16, open_delay_s, "5", "how long to wait for the peer's OPEN before ours, so as to mirror it"), .max = 600},
    {ROW("open_timeout", duration16, open_timeout_s, "30", "how long until the peer's OPEN must have come"), .min = 1, .max = 3600},
    {ROW("max_sessions", u32, max_sessions, "0", "sessions at once from this range; 0: bgp.max_sessions alone"), .max = 1000000},
    {ROW("md5", md5, md5, NULL, "TCP MD5 key (RFC 2385), or ${NAME} to take it from the environment")},
    {ROW("md5_file", md5_file, md5, NULL, "or a file that holds it"), .alias = true},
    {ROW("place", place, place, "none", "where the peer stands, \"LATITUDE, LONGITUDE\" in degrees, for RIB dumps (RFC 6397); or none")},
    {ROW("ttl_security", u8, ttl_security, "0", "hops allowed (RFC 5082); 0: off"), .max = 254},
    {ROW("families", families, families, NULL, "offer exactly these, [ipv4/unicast, ipv6/unicast]; auto mirrors the peer's"), .empty = "auto"},
    MAP("capabilities", "auto mirrors the peer's OPEN, off never offers, on always offers", capability_fields),
    MAP("decode", "auto goes by what was negotiated; off and on pin it", peer_decode_fields),
    END};
#undef ROW_STRUCT

/* ---- one router ---- */
#define ROW_STRUCT config_router

static const struct config_field router_decode_fields[] = {
    {ROW("asn4",     choice, pin_asn4,     "auto", "AS numbers have four octets"), .names = pin_names},
    {ROW("add_path", choice, pin_add_path, "auto", "NLRI carry a path id"), .names = pin_names},
    {ROW("flowspec_v2",     u8, flowspec2.safi,     "0", "a SAFI to read as FlowSpec version 2, which has none of its own; 0: none"), .max = 255},
    {ROW("flowspec_v2_vpn", u8, flowspec2.vpn_safi, "0", "a SAFI to read as VPN FlowSpec version 2; 0: none"), .max = 255},
    END};

const struct config_field config_router_fields[] = {
    {ROW("address", prefix, range, NULL, "who: an address or a range; to dial, ADDRESS:PORT"), .required = true},
    {ROW("name",    name,   name,  NULL, "shown in records, logs and metrics")},
    {ROW("dial", bool, dial, "false", "connect to it, instead of waiting for it")},
    {ROW("tls", bool, tls, "false", "dial it with TLS; of a router that connects: refuse it without TLS")},
    {ROW("tls_name", text, tls_name, "", "a name that its certificate must hold; \"\": to dial, its address")},
    {ROW("md5", md5, md5, NULL, "TCP MD5 key (RFC 2385), or ${NAME} to take it from the environment")},
    {ROW("md5_file", md5_file, md5, NULL, "or a file that holds it"), .alias = true},
    {ROW("max_sessions", u32, max_sessions, "0", "connections at once from this range; 0: bmp.max_sessions alone"), .max = 1000000},
    {ROW("max_peers", u32, max_peers, "0", "peers that one router may monitor; one more ends its connection; 0: any number"), .max = 1000000},
    {ROW("max_message", size32, max_message, "0", "a longer message ends its connection; 0: bmp.max_message"), .max = 16 * MIB},
    {ROW("max_memory", size32, max_memory, "0", "one connection may hold so much, else it ends; 0: bmp.max_memory alone"), .max = GIB},
    MAP("decode", "auto goes by the Peer Up; off and on pin it", router_decode_fields),
    END};
#undef ROW_STRUCT

/* ---- one listener with rules ---- */
#define ROW_STRUCT config_listener

static const struct config_field listener_fields[] = {
    {ROW("address", listen, addr, NULL, "ADDRESS:PORT"), .required = true},
    {ROW("tls", bool, tls, "false", "BMP over TLS")},
    {ROW("proxy_from", prefixes, proxy_from, NULL, "load balancers, [192.0.2.7, 2001:db8::/64]: nobody else may connect, and each must send a PROXY header, version 2"), .empty = "none"},
    END};
#undef ROW_STRUCT

/* ---- the file ---- */
#define ROW_STRUCT config

static const struct config_field log_fields[] = {
    {ROW("level", choice, log_level, "info", "debug, info, warn, error"), .names = level_names},
    END};

static const struct config_field http_fields[] = {
    {ROW("listen", listen, http.listen, "127.0.0.1:9179", "/healthz, /metrics and /peers, without any authentication; \"\" turns it off")},
    END};

const struct config_field config_journal_fields[] = {
    {ROW("segment_size", size64, journal.segment_size, "16MiB", "of one file"), .min = MIB, .max = GIB},
    {ROW("limit", size64, journal.limit, "1GiB", "per shard, of what some sink still needs; at least four segments"), .min = 4 * MIB, .max = 64 * TIB},
    {ROW("policy", choice_bool, journal.drop_oldest, "block", "at the limit: block (routers wait) or drop-oldest (counted as lost)"), .names = policy_names},
    END};

static const struct config_field bgp_fields[] = {
    {ROW("listen", listens, bgp.listen, "0.0.0.0:1179,[::]:1179", "any number of ADDRESS:PORT"), .empty = "none"},
    {ROW("max_sessions", u32, bgp.max_sessions, "10000", "in all, at once"), .min = 1, .max = 1000000},
    {.key = "defaults", .off = offsetof(struct config, bgp.defaults), .sub = config_peer_fields + 2,
     .doc = "for what an entry of peers leaves out"},
    {.key = "peers", .off = offsetof(struct config, bgp.peers), .sub = config_peer_fields,
     .item_size = sizeof(struct config_peer), .defaults_off = offsetof(struct config, bgp.defaults),
     .doc = "who may connect; the most specific entry counts; without this list anyone may"},
    END};

static const struct config_field tls_fields[] = {
    {ROW("certificate", text, bmp.tls.certificate, "", "PEM file: ours, then those between it and the CA")},
    {ROW("key", text, bmp.tls.key, "", "PEM file of its private key; \"\": in the certificate's file")},
    {ROW("ca", text, bmp.tls.ca, "", "PEM file of the CAs that routers' certificates must come from; \"\": the system's")},
    {ROW("client", choice, bmp.tls.client, "none", "whether routers that connect need a certificate: none, optional, required"), .names = tls_client_names},
    {ROW("min_version", choice, bmp.tls.min_version, "1.2", "of TLS: 1.2 or 1.3"), .names = tls_version_names},
    {ROW("handshake_timeout", duration16, bmp.tls.handshake_timeout_s, "10", "how long TLS and PROXY header may take"), .min = 1, .max = 600},
    END};

static const struct config_field bmp_fields[] = {
    {ROW("listen", listens, bmp.listen, "0.0.0.0:11019,[::]:11019", "any number of ADDRESS:PORT"), .empty = "none"},
    {ROW("max_sessions", u32, bmp.max_sessions, "1000", "in all, at once"), .min = 1, .max = 1000000},
    {ROW("max_peers", u32, bmp.max_peers, "0", "monitored peers of all routers; one more ends its router's connection; 0: any number"), .max = 10000000},
    {ROW("max_message", size32, bmp.max_message, "1MiB", "a longer message ends its connection"), .min = 4 * KIB, .max = 16 * MIB},
    {ROW("max_memory", size64, bmp.max_memory, "256MiB", "all connections together may hold so much (unfinished messages, Peer Ups); the one that asks for more ends"), .min = MIB, .max = 64 * GIB},
    {ROW("idle_timeout", duration16, bmp.idle_timeout_s, "0", "end a connection that says nothing for so long; 0: never"), .max = UINT16_MAX},
    {ROW("tcp_keepalive", duration16, bmp.tcp_keepalive_s, "60", "TCP asks a silent router after so long, and three times more"), .min = 1, .max = 32767},
    {.key = "listeners", .off = offsetof(struct config, bmp.listeners), .sub = listener_fields,
     .item_size = sizeof(struct config_listener),
     .doc = "further ones, with TLS or behind a load balancer"},
    MAP("tls", "of listeners and dials that ask for it", tls_fields),
    {.key = "routers", .off = offsetof(struct config, bmp.routers), .sub = config_router_fields,
     .item_size = sizeof(struct config_router),
     .doc = "who may connect, or whom to dial; without this list anyone may connect"},
    END};

const struct config_field config_archive_fields[] = {
    {ROW("enabled", bool, archive.enabled, "true", "write MRT files of updates")},
    {ROW("dir", text, archive.dir, "", "where; \"\": DATA_DIR/archive")},
    {ROW("layout", choice, archive.layout, "ris", "ris (updates.20251122.2130.gz), routeviews or pattern"), .names = layout_names},
    {ROW("pattern", text, archive.pattern, "", "strftime pattern (UTC) below dir, for layout: pattern")},
    {ROW("filter", text, archive.filter, "", "only messages that this holds for (docs/filters.md); \"\": all")},
    {ROW("per", choice, archive.per, "collector", "one stream of files per collector, peer or router"), .names = per_names},
    {ROW("views", choice_bool, archive.view_files, "folders", "BMP's RIB views but adj-rib-in-pre, dumps too: in folders of their own, or files: loc-rib.NAME beside NAME"), .names = views_names},
    {ROW("slot", duration32, archive.slot_s, "5m", "time in one file; divides a day"), .min = 1, .max = 86400},
    {ROW("compression", choice, archive.format, "gzip", "gzip, bzip2, zstd or plain"), .names = format_names},
    {ROW("timestamps", choice_bool, archive.seconds, "microseconds", "microseconds (BGP4MP_ET) or, for readers that don't know it, seconds (BGP4MP)"), .names = timestamps_names},
    {ROW("time", choice_bool, archive.router_time, "arrival", "of BMP peers' records: arrival, or router: as the router says, where it does"), .names = time_names},
    {ROW("level", int, archive.level, "0", "gzip and bzip2 1 to 9, zstd 1 to 22; 0: what suits most"), .max = 22},
    {ROW("digest", choice_bool, archive.digest, "none", "sha256: NAME.sha256 beside each file, dumps too, as sha256sum -c takes it"), .names = digest_names},
    {ROW("retain_age", duration32, archive.retain_s, "0", "remove files, dumps too, that began so long ago; 0: never"), .max = UINT32_MAX},
    {ROW("retain_size", size64, archive.retain_size, "0", "remove the oldest files, dumps too, beyond so much in all; 0: never"), .max = 1024 * TIB},
    END};

const struct config_field config_bmp_archive_fields[] = {
    {ROW("enabled", bool, bmp_archive.enabled, "false", "keep every router's BMP as it came, a plain stream per router and slot; dir, layout, slot and compression are archive's")},
    {ROW("pattern", text, bmp_archive.pattern, "", "the files' names by strftime, for archive.layout: pattern; \"\": bmp.%Y%m%d.%H%M%S")},
    {ROW("context", bool, bmp_archive.context, "false", "keep what a file presumes, Initiation and Peer Ups of before its slot, in a file of its name in ROUTER/context/")},
    END};

static const struct config_name rib_per_names[] = {
    {"archive", RIB_PER_ARCHIVE}, {"collector", RIB_PER_COLLECTOR}, {"peer", RIB_PER_PEER},
    {"router", RIB_PER_ROUTER}, {"vrf", RIB_PER_VRF}, {NULL, 0}};

const struct config_field config_rib_fields[] = {
    {ROW("enabled", bool, rib.enabled, "true", "keep what every peer announces, and dump it (TABLE_DUMP_V2) beside the updates")},
    {ROW("pattern", text, rib.pattern, "", "the dumps' names by strftime, for archive.layout: pattern; \"\": rib.%Y%m%d.%H%M")},
    {ROW("per", choice, rib.per, "archive", "one dump per collector, peer, router or vrf (of BMP peers); archive: as archive.per"), .names = rib_per_names},
    {ROW("interval", duration32, rib.interval_s, "8h", "between two dumps; divides a day; 0: only on demand"), .max = 86400},
    {ROW("at_start", bool, rib.at_start, "true", "a dump when all sessions have sent their End-of-RIB after a start")},
    {ROW("start_wait", duration32, rib.start_wait_s, "5m", "or so long after the first session came up"), .min = 1, .max = 86400},
    {ROW("compression", choice, rib.format, "gzip", "gzip, bzip2, zstd or plain"), .names = format_names},
    {ROW("level", int, rib.level, "0", "gzip and bzip2 1 to 9, zstd 1 to 22; 0: what suits most"), .max = 22},
    {ROW("idle_peers", bool, rib.idle_peers, "true", "list peers without routes, too")},
    {ROW("max_routes", u32, rib.max_routes, "0", "of one session; further ones are recorded but not kept; 0: any number"), .max = UINT32_MAX},
    END};

const struct config_field config_ndjson_fields[] = {
    {ROW("enabled", bool, ndjson.enabled, "true", "write records, one JSON object a line")},
    {ROW("path", text, ndjson.path, "-", "a file, or - for standard output"), .min = 1},
    {ROW("filter", text, ndjson.filter, "", "only messages that this holds for (docs/filters.md); \"\": all")},
    {ROW("rotate_size", size64, ndjson.rotate_size, "0", "begin a new file after so much; 0: never"), .max = 64 * TIB},
    {ROW("rotate_interval", duration32, ndjson.rotate_s, "0", "begin a new file after so long; 0: never"), .max = 366 * 86400},
    {ROW("keepalives", bool, ndjson.keepalives, "false", "records for KEEPALIVEs, too")},
    {ROW("raw", bool, ndjson.raw, "false", "add each message's octets as hex")},
    END};

const struct config_field config_fields[] = {
    {ROW("collector", text, collector, "", "our name in records and files; \"\": the host's name")},
    {ROW("place", place, place, "none", "where the collector stands, \"LATITUDE, LONGITUDE\" in degrees, for RIB dumps (RFC 6397); or none")},
    {ROW("data_dir", text, data_dir, "ribtape-data", "journal, cursors and, unless told otherwise, the archive"), .min = 1},
    {ROW("shards", u32, shards, "0", "ingest threads; 0: one per two processors"), .max = 256},
    MAP("log", "what goes to standard error", log_fields),
    MAP("http", "for operators and their monitoring", http_fields),
    MAP("journal", "what was received and some sink has not yet passed", config_journal_fields),
    MAP("bgp", "passive BGP sessions", bgp_fields),
    MAP("bmp", "BMP station (RFC 7854)", bmp_fields),
    MAP("archive", "MRT (RFC 6396)", config_archive_fields),
    MAP("bmp_archive", "BMP streams for a replay, octet for octet", config_bmp_archive_fields),
    MAP("rib", "what peers hold up (RFC 6396 section 4.3)", config_rib_fields),
    MAP("ndjson", "records for people and programs", config_ndjson_fields),
    MAP("kafka", "records as a stream (docs/kafka.md)", config_kafka_fields),
    END};

/* clang-format on */

/* The walkers rely on {pointer, count} lying side by side. */
#define PAIR(type, p, n)                                                                       \
    _Static_assert(offsetof(struct type, n) == offsetof(struct type, p) + sizeof(void *),      \
                   "a list is a pointer and its count")
PAIR(config_peer, remote_as, remote_as_cnt);
PAIR(config_peer, families, families_cnt);
PAIR(config, bgp.listen, bgp.listen_cnt);
PAIR(config, bgp.peers, bgp.peers_cnt);
PAIR(config, bmp.listen, bmp.listen_cnt);
PAIR(config, bmp.listeners, bmp.listeners_cnt);
PAIR(config_listener, proxy_from, proxy_from_cnt);
PAIR(config, bmp.routers, bmp.routers_cnt);
PAIR(config, kafka.properties, kafka.properties_cnt);
PAIR(config, kafka.property_files, kafka.property_files_cnt);
PAIR(config, kafka.topics, kafka.topics_cnt);
