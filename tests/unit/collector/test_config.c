/* SPDX-License-Identifier: BSD-2-Clause */
/* test_config: defaults, the example, every kind of error with its line, lookups, equality. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stream/stream.h"
#include "collector/config/config.h"
#include "collector/config/config_schema.h"
#include "collector/config/reload.h"

static struct config *load(const char *yaml, char *err, size_t err_len)
{
    err[0] = '\0';
    return config_load_text(yaml, strlen(yaml), "f", err, err_len);
}

static struct config *load_ok(const char *yaml)
{
    char err[4096];
    struct config *c = load(yaml, err, sizeof err);
    cr_assert_not_null(c, "%s", err);
    return c;
}

static struct source_addr addr(const char *text)
{
    struct config_prefix p = {0};
    const struct config_field f = {.type = &config_type_prefix};
    cr_assert_null(config_type_prefix.parse(&f, text, &p));
    return p.addr;
}

Test(config, defaults_are_those_documented)
{
    char err[256] = "", text[CONFIG_ADDR_MAX];
    struct config *c = config_load(NULL, err, sizeof err);
    cr_assert_not_null(c, "%s", err);
    cr_assert_null(c->file);
    cr_assert_eq(c->bgp.listen_cnt, 2);
    cr_assert_str_eq(config_listen_text(text, &c->bgp.listen[0]), "0.0.0.0:1179");
    cr_assert_str_eq(config_listen_text(text, &c->bgp.listen[1]), "[::]:1179");
    cr_assert_str_eq(config_listen_text(text, &c->bmp.listen[1]), "[::]:11019");
    cr_assert_str_eq(config_listen_text(text, &c->http.listen), "127.0.0.1:9179");
    cr_assert_str_eq(c->archive.dir, "ribtape-data/archive");
    cr_assert_str_eq(c->ndjson.path, "-");
    cr_assert(c->archive.format == STREAM_GZIP && c->archive.enabled && c->ndjson.enabled);
    cr_assert_eq(c->archive.slot_s, 300);
    cr_assert_eq(c->bgp.peers_cnt, 2);
    cr_assert_eq(c->bmp.routers_cnt, 2);
    cr_assert(c->bgp.peers[1].local_as_auto);
    cr_assert_eq(c->bgp.peers[1].hold_time_s, 90);
    cr_assert_eq(c->bgp.peers[1].open_delay_s, 5);
    cr_assert(config_peer_takes_as(&c->bgp.peers[0], 4200000000));
    cr_assert_gt(strlen(c->collector), 0);
    config_unref(c);
}

Test(config, printed_defaults_load_back_to_the_same)
{
    char err[4096] = "", *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    config_print_defaults(f);
    fclose(f);
    struct config *a = config_load(NULL, err, sizeof err);
    struct config *b = config_load_text(text, len, "printed", err, sizeof err);
    cr_assert_not_null(b, "%s", err);
    cr_assert(config_same(a, b));
    cr_assert_not_null(strstr(text, "max_message: 1MiB"));
    config_unref(a);
    config_unref(b);
    free(text);
}

static void expect_keys(const struct config_field *t, const char *text)
{
    for (; t->key != NULL; t++) {
        char key[64];
        snprintf(key, sizeof key, "%s:", t->key);
        cr_expect_not_null(strstr(text, key), "the example does not show %s", key);
        if (t->sub != NULL && !t->pairs)
            expect_keys(t->sub, text);
    }
}

Test(config, example_loads_and_shows_every_option)
{
    char err[4096] = "", text[65536];
    FILE *f = fopen(RIBTAPE_SOURCE "/docs/ribtaped.example.yaml", "r");
    cr_assert_not_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    setenv("RIBTAPE_RS1_KEY", "from the environment", 1);
    setenv("RIBTAPE_REGISTRY_PASSWORD", "secret", 1);
    struct config *c = config_load_text(text, strlen(text), "example", err, sizeof err);
    cr_assert_not_null(c, "%s", err);
    cr_assert_gt(c->bgp.peers_cnt, 0);
    expect_keys(config_fields, text);
    config_unref(c);
}

/* Each file with the whole text of its errors. */
static const struct {
    const char *yaml, *err;
} bad[] = {
    {"nonsense: 1\n", "f:1: unknown key \"nonsense\""},
    {"\nbgp:\n  lisen: x\n", "f:3: unknown key \"lisen\""},
    {"- a\n", "f:1: the file: expected a mapping, found a list"},
    {"log: 5\n", "f:1: log: expected a mapping, found text"},
    {"log:\n  level: loud\n", "f:2: level: \"loud\" must be one of debug, info, warn, error"},
    {"log:\n  level: [info]\n", "f:2: level: expected a word, found a list"},
    {"shards:\n", "f:1: shards: expected a number, found nothing"},
    {"shards: 300\n", "f:1: shards: \"300\" must be from 0 to 256"},
    {"shards: -1\n", "f:1: shards: \"-1\" must be a number"},
    {"shards: 1\nshards: 2\n", "f:2: shards is given twice"},
    {"data_dir: \"\"\n", "f:1: data_dir: \"\" must not be empty"},
    {"ndjson: {path: \"\"}\n", "f:1: path: \"\" must not be empty"},
    {"http: {listen: localhost}\n",
     "f:1: listen: \"localhost\" must be ADDRESS:PORT or \"[ADDRESS6]:PORT\""},
    {"http:\n  listen: 127.0.0.1:70000\n",
     "f:2: listen: \"127.0.0.1:70000\" must be ADDRESS:PORT or \"[ADDRESS6]:PORT\""},
    {"journal:\n  segment_size: 16MB\n",
     "f:2: segment_size: \"16MB\" must be octets, or a number with KiB, MiB, GiB or TiB"},
    {"journal:\n  segment_size: 1KiB\n",
     "f:2: segment_size: \"1KiB\" must be from 1MiB to 1GiB"},
    {"journal:\n  segment_size: 99999999999999999999999GiB\n",
     "f:2: segment_size: \"99999999999999999999999GiB\" must be from 1MiB to 1GiB"},
    {"journal:\n  limit: 32MiB\n", "f:2: limit: must hold at least four segments"},
    {"journal: {segment_size: 1MiB, limit: 8MiB}\nbmp:\n  max_message: 1MiB\n",
     "f:3: max_message: more than a file of journal.segment_size holds"},
    {"bmp:\n  routers:\n    - address: 192.0.2.1\n      max_message: 16MiB\n",
     "f:4: max_message: more than a file of journal.segment_size holds"},
    {"data_dir: \"a\\tb\"\narchive: {dir: \"a\\nb\"}\nndjson: {path: \"a\\nb\"}\n",
     "f:1: data_dir: has a control character\n"
     "f:2: dir: has a control character\n"
     "f:3: path: has a control character"},
    {"journal: {policy: drop}\n", "f:1: policy: \"drop\" must be one of block, drop-oldest"},
    {"archive:\n  slot: 7m\n", "f:2: slot: does not divide a day"},
    {"kafka:\n  enabled: true\n", "f:2: enabled: needs kafka.brokers"},
    {"kafka:\n  properties:\n    acks: 1\n    lingr.ms: hunter2\n    linger.ms: hunter2\n",
     "f:3: \"acks\" is not for changing: order and completeness rest on it\n"
     "f:4: librdkafka has no property \"lingr.ms\"\n"
     "f:5: librdkafka does not take this value of \"linger.ms\""},
    {"kafka:\n  properties: [a]\n", "f:2: properties: expected a mapping, found a list"},
    {"kafka:\n  properties:\n    bootstrap.servers: a:1\n",
     "f:3: bootstrap.servers: is set by kafka.brokers"},
    {"kafka:\n  properties:\n    metadata.broker.list: a:1\n",
     "f:3: metadata.broker.list: is set by kafka.brokers"},
    {"kafka:\n  enabled: true\n  brokers: a:1\n  properties:\n    max.in.flight: 1000\n",
     "f:2: properties: librdkafka: `max.in.flight` must be set <= 5 when `enable.idempotence` is "
     "true"},
    {"kafka:\n  properties:\n    partitioner: random\n",
     "f:3: partitioner must go by the key: a peer's records have one order"},
    {"kafka:\n  property_files:\n    sasl.password: /nonexistent/hunter2\n",
     "f:3: sasl.password: the file does not exist"},
    {"kafka:\n  properties:\n    sasl.password: ${RIBTAPE_NOT_SET}\n",
     "f:3: sasl.password: the environment variable is not set"},
    {"kafka:\n  topics:\n    - name: a b\n    - name: x\n      format: xml\n    - name: x\n",
     "f:3: name: \"a b\" must be of letters, digits, dots, underscores and hyphens\n"
     "f:5: format: \"xml\" must be one of json, avro, state, openbmp, ris-live\n"
     "f:6: name: the same as in line 4"},
    {"kafka:\n  topics:\n    - name: x\n      cursor: a/b\n    - name: y\n"
     "      cursor: 123456789012345678901234567890123\n",
     "f:4: cursor: \"a/b\" is not up to 32 letters, digits, - and _\n"
     "f:6: cursor: \"123456789012345678901234567890123\" is not up to 32 letters, digits, - and _"},
    {"kafka:\n  topics: [{name: a, cursor: a}, {name: b, cursor: b}, {name: c, cursor: c}, {name: d, cursor: d},\n"
     "    {name: e, cursor: e}, {name: f, cursor: f}, {name: g, cursor: g}, {name: h, cursor: h}, {name: x, cursor: h},\n"
     "    {name: i, cursor: i}, {name: j, cursor: j}, {name: k, cursor: k}, {name: l, cursor: l}, {name: m, cursor: m},\n"
     "    {name: n, cursor: n}, {name: o, cursor: o}, {name: p, cursor: p},\n"
     "    {name: q, cursor: q}]\n",
     "f:6: cursor: more than 16 different ones"},
    {"kafka:\n  topics:\n    - name: t\n      format: state\n      compact: false\n"
     "      granularity: message\n",
     "f:5: compact: a topic of format state is always compacted\n"
     "f:6: granularity: format state has a record per route"},
    {"kafka:\n  topics:\n    - name: t\n      format: state\n      filter: peer 192.0.2.1\n"
     "      headers: one\n",
     "f:5: filter: a topic of format state has all routes\n"
     "f:6: headers: format state has packed or each"},
    {"kafka:\n  topics:\n    - name: t.{type}\n      format: openbmp\n      granularity: route\n"
     "    - name: r\n      format: ris-live\n      granularity: route\n",
     "f:3: name: \"t.{type}\" has {type}: format openbmp is a stream, whose parts make no sense apart\n"
     "f:5: granularity: format openbmp has a record per BMP message\n"
     "f:8: granularity: format ris-live has a record per message"},
    {"archive:\n  slot: 5 minutes\n",
     "f:2: slot: \"5 minutes\" must be seconds, or a number with s, m, h or d"},
    {"archive:\n  pattern: a\n", "f:2: pattern: is for layout: pattern"},
    {"archive:\n  layout: pattern\n", "f:2: layout: pattern needs a pattern"},
    {"archive:\n  layout: pattern\n  pattern: ../%H\n", "f:3: pattern: must stay below dir"},
    {"archive:\n  compression: plain\n  level: 3\n",
     "f:3: level: more than the compression has"},
    {"place: \"91, 0\"\n",
     "f:1: place: \"91, 0\" must be \"LATITUDE, LONGITUDE\" in degrees, or none"},
    {"place: 52.5\n",
     "f:1: place: \"52.5\" must be \"LATITUDE, LONGITUDE\" in degrees, or none"},
    {"archive: {enabled: maybe}\n", "f:1: enabled: \"maybe\" must be true or false"},
    {"ndjson:\n  rotate_size: 1GiB\n  rotate_interval: 1h\n",
     "f:2: rotate_size: standard output can't be rotated\n"
     "f:3: rotate_interval: standard output can't be rotated"},
    {"bgp:\n  listen:\n    - 0.0.0.0:1179\n    - 0.0.0.0:1179\n",
     "f:4: listen: BGP and BGP both have this address and port"},
    {"bgp:\n  listen: 0.0.0.0:11019\n",
     "f:2: listen: BGP and BMP both have this address and port"},
    {"http:\n  listen: 0.0.0.0:1179\n",
     "f:2: listen: BGP and HTTP both have this address and port"},
    {"bgp:\n  peers:\n    - {name: x}\n", "f:3: address is missing"},
    {"bgp:\n  peers:\n    - 192.0.2.1\n",
     "f:3: peers: expected a mapping with an address, found text"},
    {"bgp:\n  peers: 192.0.2.1\n", "f:2: peers: expected a list, found text"},
    {"bgp:\n  peers:\n    - address: 192.0.2.1/24\n",
     "f:3: address: \"192.0.2.1/24\" has bits set beyond its prefix length"},
    {"bgp:\n  peers:\n    - address: 192.0.2.0/33\n",
     "f:3: address: \"192.0.2.0/33\" has a wrong prefix length"},
    {"bgp:\n  peers:\n    - address: 192.0.2.1:179\n",
     "f:3: address: must not have a port, as peers come to us"},
    {"bgp:\n  peers:\n    - address: 192.0.2.0/24\n    - address: 192.0.2.1\n"
     "    - address: 192.0.2.0/24\n",
     "f:5: address: the same as in line 3"},
    {"bgp:\n  peers:\n    - address: 192.0.2.1\n      remote_as: [64500, 0, x]\n",
     "f:4: remote_as: \"0\" AS 0 is nobody's (RFC 7607)\n"
     "f:4: remote_as: \"x\" must be any, an AS number, a range FIRST-LAST, or a list of them"},
    {"bgp:\n  peers:\n    - address: 192.0.2.1\n      remote_as: 5-4\n",
     "f:4: remote_as: \"5-4\" the range's first AS is above its last"},
    {"bgp:\n  peers:\n    - address: 192.0.2.1\n      hold_time: 2\n",
     "f:4: hold_time: must be 0, or 3 s or more (RFC 4271 section 4.2)"},
    {"bgp:\n  defaults:\n    open_delay: 30\n",
     "f:3: open_timeout: must be longer than open_delay"},
    {"bgp:\n  defaults:\n    address: 192.0.2.1\n", "f:3: unknown key \"address\""},
    {"bgp:\n  defaults:\n    local_as: 0\n",
     "f:3: local_as: \"0\" must be from 1 to 4294967295"},
    {"bgp:\n  defaults:\n    bgp_id: 0.0.0.0\n",
     "f:3: bgp_id: \"0.0.0.0\" must not be 0.0.0.0 (RFC 6286)"},
    {"bgp:\n  defaults:\n    families: [ipv4/unicats]\n",
     "f:3: families: \"ipv4/unicats\" must be AFI/SAFI by name or number, such as "
     "ipv4/unicast or 25/70"},
    {"bgp:\n  defaults:\n    capabilities: {add_path: both}\n",
     "f:3: add_path: \"both\" must be one of auto, off, on"},
    {"bgp:\n  defaults:\n    ttl_security: 255\n",
     "f:3: ttl_security: \"255\" must be from 0 to 254"},
    {"bgp:\n  defaults:\n    md5: "
     "hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunter2"
     "hunter2hunter2hunter2\n",
     "f:3: md5: the key is longer than 80 octets (RFC 2385, Linux)"},
    {"bgp:\n  defaults:\n    md5: ${RIBTAPE_NOT_SET}\n",
     "f:3: md5: the environment variable is not set"},
    {"bgp:\n  defaults:\n    md5: hunter2\n    md5_file: /dev/null\n",
     "f:4: md5_file: is not a file\nf:4: md5_file: md5 is given, too"},
    {"bmp:\n  routers:\n    - address: 192.0.2.1\n      dial: true\n",
     "f:3: address: to dial needs ADDRESS:PORT"},
    {"bmp:\n  routers:\n    - address: 192.0.2.1:5000\n",
     "f:3: address: has a port, but dial is not true"},
    {"bmp:\n  routers:\n    - address: 192.0.2.1:0\n      dial: true\n",
     "f:3: address: \"192.0.2.1:0\" port 0 can't be dialled"},
    {"bmp:\n  max_message: 1KiB\n", "f:2: max_message: \"1KiB\" must be from 4KiB to 16MiB"},
    {"ndjson:\n  path: x\n  filter: \"peer 1.2\"\n",
     "f:3: filter: column 6: '1.2' is no address or prefix"},
    {"archive:\n  filter: \"type update,\"\n",
     "f:2: filter: column 13: `type` wants NAME here"},
    {"a: 1\n---\nb: 2\n", "f:1: unknown key \"a\"\nf:3: a second YAML document"},
};

Test(config, each_error_has_its_line)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char err[4096];
        struct config *c = load(bad[i].yaml, err, sizeof err);
        cr_expect_null(c, "accepted: %s", bad[i].yaml);
        cr_expect_str_eq(err, bad[i].err, "for %s: %s", bad[i].yaml, err);
        config_unref(c);
    }
}

Test(config, syntax_errors_have_a_line)
{
    static const char *const files[] = {"a: [1\nb: 2\n", "a: b: c\n", "\t\tx: 1\n", "a: \x01\n",
                                        "bgp:\n  listen:\n  - [::]:1179\n"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char err[4096];
        cr_expect_null(load(files[i], err, sizeof err));
        cr_expect_eq(strncmp(err, "f:", 2), 0, "%s", err);
        cr_expect_not_null(strstr(err, ": YAML: "), "%s", err);
    }
}

Test(config, all_errors_come_in_the_order_of_lines)
{
    char err[4096];
    cr_assert_null(load("ndjson:\n  raw: 3\nshards: x\nzzz: 1\n", err, sizeof err));
    cr_assert_str_eq(err, "f:2: raw: \"3\" must be true or false\n"
                          "f:3: shards: \"x\" must be a number\n"
                          "f:4: unknown key \"zzz\"");
}

Test(config, a_short_buffer_gets_whole_lines_and_a_count)
{
    char err[80];
    cr_assert_null(load("aaaaaa: 1\nbbbbbb: 1\ncccccc: 1\ndddddd: 1\n", err, sizeof err));
    cr_assert_str_eq(err, "f:1: unknown key \"aaaaaa\"\n3 more errors");
}

Test(config, a_missing_file_is_named)
{
    char err[256];
    cr_assert_null(config_load("/nonexistent/x.yaml", err, sizeof err));
    cr_assert_str_eq(err, "/nonexistent/x.yaml: No such file or directory");
}

Test(config, entries_start_from_the_defaults_wherever_these_stand)
{
    struct config *c = load_ok("bgp:\n"
                               "  peers:\n"
                               "    - {address: 192.0.2.1, hold_time: 30}\n"
                               "    - {address: '2001:db8::/32', remote_as: any}\n"
                               "  defaults: {remote_as: [64500, 64512-65534], md5: k,\n"
                               "             hold_time: 3m, local_as: 65000,\n"
                               "             capabilities: {add_path: off}}\n");
    const struct config_peer *p = c->bgp.peers;
    cr_assert_eq(p[0].hold_time_s, 30);
    cr_assert_eq(p[1].hold_time_s, 180);
    cr_assert_eq(p[0].remote_as_cnt, 2);
    cr_assert_eq(p[1].remote_as_cnt, 0);
    cr_assert(config_peer_takes_as(&p[0], 64513) && !config_peer_takes_as(&p[0], 64511));
    cr_assert_str_eq(p[1].md5, "k");
    cr_assert(!p[0].local_as_auto && p[0].local_as == 65000);
    cr_assert_eq(p[1].cap_add_path, CONFIG_OFF);
    cr_assert_eq(p[1].cap_asn4, CONFIG_AUTO);
    config_unref(c);
}

Test(config, the_most_specific_entry_counts)
{
    struct config *c = load_ok("bgp:\n  peers:\n"
                               "    - {address: 0.0.0.0/0, name: all}\n"
                               "    - {address: 192.0.2.0/25, name: range}\n"
                               "    - {address: 192.0.2.1, name: host}\n"
                               "    - {address: '2001:db8::/33', name: six}\n"
                               "bmp:\n  routers:\n"
                               "    - {address: 192.0.2.1:5000, dial: true}\n");
    static const char *const table[][2] = {{"192.0.2.1", "host"},
                                           {"192.0.2.127", "range"},
                                           {"192.0.2.128", "all"},
                                           {"2001:db8:7fff::1", "six"},
                                           {"::ffff:192.0.2.1", "host"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct source_addr a = addr(table[i][0]);
        const struct config_peer *p = config_peer_for(c, &a);
        cr_assert_not_null(p, "%s", table[i][0]);
        cr_assert_str_eq(p->name, table[i][1]);
    }
    struct source_addr other = addr("2001:db8:8000::1"), dialled = addr("192.0.2.1");
    cr_assert_null(config_peer_for(c, &other));
    cr_assert_null(config_router_for(c, &dialled));
    config_unref(c);
}

Test(config, secrets_come_from_file_or_environment)
{
    char path[] = "/tmp/ribtape-md5-XXXXXX", yaml[256];
    int fd = mkstemp(path);
    cr_assert_eq(write(fd, "from file\n", 10), 10);
    close(fd);
    setenv("RIBTAPE_TEST_KEY", "from env", 1);
    snprintf(yaml, sizeof yaml,
             "bgp:\n  peers:\n    - {address: 192.0.2.1, md5_file: %s}\n"
             "    - {address: 192.0.2.2, md5: '${RIBTAPE_TEST_KEY}'}\n",
             path);
    struct config *c = load_ok(yaml);
    cr_assert_str_eq(c->bgp.peers[0].md5, "from file");
    cr_assert_str_eq(c->bgp.peers[1].md5, "from env");
    config_unref(c);
    unlink(path);
    char err[1024];
    cr_assert_null(load(yaml, err, sizeof err));
    cr_assert_str_eq(err, "f:3: md5_file: the file does not exist");
}

Test(config, no_error_shows_a_secret)
{
    char err[4096];
    cr_assert_null(
        load("bgp:\n  defaults:\n    md5: ''\n    md5_file: /tmp/hunter2\n", err, sizeof err));
    cr_assert_null(load("bgp: {defaults: {md5: \"hunter2\\0\"}}\n", err, sizeof err));
    cr_assert_null(strstr(err, "hunter2"));
}

/* What an option's change means to a session that stands. */
struct judged {
    const char *path, *value;
    bool ends;
};

static const struct judged peer_options[] = {
    {"name", "x", true},
    {"remote_as", "64500", true},
    {"local_as", "64500", true},
    {"bgp_id", "192.0.2.3", true},
    {"hold_time", "30", true},
    {"open_delay", "1", false},
    {"open_timeout", "40", false},
    {"max_sessions", "3", false},
    {"md5", "k", true},
    {"place", "\"52.3, 4.9\"", false},
    {"ttl_security", "1", true},
    {"families", "[ipv4/unicast]", true},
    {"capabilities.add_path", "off", true},
    {"capabilities.asn4", "off", true},
    {"capabilities.ext_msg", "off", true},
    {"capabilities.ext_next_hop", "off", true},
    {"capabilities.route_refresh", "off", true},
    {"capabilities.enhanced_refresh", "off", true},
    {"capabilities.graceful_restart", "off", true},
    {"capabilities.llgr", "off", true},
    {"decode.asn4", "off", true},
    {"decode.add_path", "off", true},
    {"decode.flowspec_v2", "250", true},
    {"decode.flowspec_v2_vpn", "250", true},
    {NULL, NULL, false}};

static const struct judged router_options[] = {
    {"name", "x", true},
    {"dial", "true", true},
    {"tls", "true", true},
    {"tls_name", "x, tls: true", true},
    {"md5", "k", true},
    {"max_sessions", "3", false},
    {"max_peers", "3", false},
    {"max_message", "64KiB", false},
    {"max_memory", "64KiB", false},
    {"decode.asn4", "off", true},
    {"decode.add_path", "off", true},
    {"decode.flowspec_v2", "250", true},
    {"decode.flowspec_v2_vpn", "250", true},
    {NULL, NULL, false}};

static struct config *load_entry(bool router, const char *map, const char *key, const char *value)
{
    char yaml[512], option[256] = "";
    bool dials = key != NULL && strcmp(key, "dial") == 0;
    if (key != NULL)
        snprintf(option, sizeof option, map[0] != '\0' ? ", %s: {%s: %s}" : ", %s%s: %s", map,
                 key, value);
    snprintf(yaml, sizeof yaml, "%s:\n    - {address: \"192.0.2.1%s\"%s}\n",
             router ? "bmp:\n  routers" : "bgp:\n  peers", dials ? ":11019" : "", option);
    return load_ok(yaml);
}

/* Each option of an entry, that none is forgotten. */
static void judge_options(bool router, const struct config_field *f, const char *map,
                          const struct judged *all)
{
    struct config *a = load_entry(router, "", NULL, NULL);
    for (; f->key != NULL; f++) {
        char path[64];
        snprintf(path, sizeof path, "%s%s%s", map, map[0] != '\0' ? "." : "", f->key);
        if (f->sub != NULL) {
            judge_options(router, f->sub, f->key, all);
            continue;
        }
        if (f->alias || f->required)
            continue;
        const struct judged *j = all;
        while (j->path != NULL && strcmp(j->path, path) != 0)
            j++;
        cr_assert_not_null(j->path, "%s: does its change end a session?", path);
        struct config *b = load_entry(router, map, f->key, j->value);
        bool same = router ? config_router_same(a->bmp.routers, b->bmp.routers)
                           : config_peer_same(a->bgp.peers, b->bgp.peers);
        cr_expect_eq(same, !j->ends, "%s", path);
        config_unref(b);
    }
    config_unref(a);
}

Test(config, says_of_each_option_whether_its_change_ends_sessions)
{
    judge_options(false, config_peer_fields, "", peer_options);
    judge_options(true, config_router_fields, "", router_options);
}

Test(config, equality_sees_each_change)
{
    static const char base[] = "bgp:\n  peers:\n    - {address: 192.0.2.1, md5: a}\n"
                               "bmp:\n  routers:\n    - {address: 192.0.2.9}\n"
                               "archive: {slot: 5m}\nndjson: {path: x}\n";
    static const struct {
        const char *yaml;
        bool peer, router, archive, ndjson, rib;
    } table[] = {
        {"bgp:\n  peers:\n    - {address: 192.0.2.1, md5: a}\n"
         "bmp:\n  routers:\n    - {address: 192.0.2.9/32}\n"
         "archive: {slot: 300}\nndjson: {path: 'x'}\n",
         true, true, true, true, true},
        {"bgp:\n  peers:\n    - {address: 192.0.2.1, md5: b}\n"
         "bmp:\n  routers:\n    - {address: 192.0.2.9, name: n}\n"
         "archive: {slot: 15m}\nndjson: {path: x, raw: true}\n",
         false, false, false, false, false},
        {"bgp:\n  peers:\n    - {address: 192.0.2.1, md5: a, remote_as: 1}\n"
         "bmp:\n  routers:\n    - {address: 192.0.2.9, decode: {asn4: on}}\n"
         "archive: {slot: 5m, level: 1}\nndjson: {path: y}\n",
         false, false, false, false, false},
        {"bgp:\n  peers:\n    - {address: 192.0.2.1, md5: a, decode: {flowspec_v2: 250}}\n"
         "bmp:\n  routers:\n    - {address: 192.0.2.9, decode: {flowspec_v2_vpn: 251}}\n"
         "archive: {slot: 5m}\nndjson: {path: x}\n",
         false, false, true, true, true},
        {"bgp:\n  peers:\n    - {address: 192.0.2.1, md5: a, place: \"52.3, 4.9\"}\n"
         "bmp:\n  routers:\n    - {address: 192.0.2.9}\n"
         "archive: {slot: 5m}\nndjson: {path: x}\n",
         true, true, true, true, false}, /* sessions don't end for a place */
        {"place: \"52.3, 4.9\"\nbgp:\n  peers:\n    - {address: 192.0.2.1, md5: a}\n"
         "bmp:\n  routers:\n    - {address: 192.0.2.9}\n"
         "archive: {slot: 5m}\nndjson: {path: x}\nrib: {per: archive}\n",
         true, true, true, true, false},
        {"bgp:\n  peers:\n    - {address: 192.0.2.1, md5: a}\n"
         "bmp:\n  routers:\n    - {address: 192.0.2.9}\n"
         "archive: {slot: 5m}\nndjson: {path: x}\nrib: {interval: 1h}\n",
         true, true, true, true, false},
    };
    struct config *a = load_ok(base);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct config *b = load_ok(table[i].yaml);
        cr_expect_eq(config_peer_same(a->bgp.peers, b->bgp.peers), table[i].peer, "%zu", i);
        cr_expect_eq(config_router_same(a->bmp.routers, b->bmp.routers), table[i].router);
        cr_expect_eq(config_same_archive(a, b), table[i].archive);
        cr_expect_eq(config_same_ndjson(a, b), table[i].ndjson);
        cr_expect_eq(config_same_rib(a, b), table[i].rib, "%zu", i);
        cr_expect_eq(config_same(a, b), i == 0);
        cr_expect_null(config_needs_restart(a, b));
        config_unref(b);
    }
    config_unref(a);
}

Test(config, what_needs_a_restart_is_named)
{
    static const char *const table[][2] = {{"collector: x\n", "collector"},
                                           {"data_dir: x\n", "data_dir"},
                                           {"shards: 2\n", "shards"},
                                           {"journal: {limit: 2GiB}\n", "journal"}};
    struct config *a = load_ok("");
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct config *b = load_ok(table[i][0]);
        cr_expect_str_eq(config_needs_restart(a, b), table[i][1]);
        config_unref(b);
    }
    config_unref(a);
}

Test(config, the_bgp_port_can_be_overridden)
{
    struct config *c = load_ok("");
    cr_assert_eq(config_set_bgp_port(c, 179), 0);
    cr_assert_eq(c->bgp.listen[0].port, 179);
    cr_assert_eq(c->bgp.listen[1].port, 179);
    config_unref(c);
    c = load_ok("bgp: {listen: ['127.0.0.1:1', '127.0.0.1:2']}\n");
    cr_assert_eq(config_set_bgp_port(c, 179), -1);
    config_unref(c);
}
