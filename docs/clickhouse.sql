-- ribtape's topics in ClickHouse: a row per route. JSON and Avro give the same rows. Records that
-- come again after a crash (same epoch and peer_seq) become one: ask `FROM routes FINAL` where that matters.

CREATE TABLE routes (
    time DateTime64(6, 'UTC'),
    collector LowCardinality(String),
    router LowCardinality(String),
    peer LowCardinality(String),
    peer_asn UInt32,
    rib LowCardinality(String),             -- BMP: adj-rib-in-pre, loc-rib, ...
    kind Enum8('withdraw' = 0, 'announce' = 1),
    afi LowCardinality(String),
    safi LowCardinality(String),
    prefix String,
    path_id UInt32,
    nlri String,                            -- what further families have, as JSON
    next_hop Array(String),
    as_path Array(String),                  -- an AS_SET is one item: '[64500,64501]'
    origin_asn UInt32,
    communities Array(String),
    large_communities Array(String),
    ext_communities Array(String),
    epoch UInt64,
    peer_seq UInt64
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (prefix, time, collector, router, peer, rib, epoch, peer_seq, kind, path_id, nlri);

-- A topic of format json.

CREATE TABLE ribtape_json (line String) ENGINE = Kafka
SETTINGS kafka_broker_list = '192.0.2.80:9092', kafka_topic_list = 'ribtape',
    kafka_group_name = 'clickhouse', kafka_format = 'JSONAsString';

CREATE MATERIALIZED VIEW routes_of_json TO routes AS
WITH if(what = 'withdraw', '', JSONExtractRaw(line, 'attrs')) AS attrs
SELECT fromUnixTimestamp64Micro(toInt64(round(JSONExtractFloat(line, 'time') * 1e6)), 'UTC') AS time,
    JSONExtractString(line, 'collector') AS collector,
    JSONExtractString(line, 'router', 'addr') AS router,
    JSONExtractString(line, 'peer', 'addr') AS peer,
    JSONExtractUInt(line, 'peer', 'asn') AS peer_asn,
    JSONExtractString(line, 'peer', 'rib') AS rib,
    what AS kind,
    JSONExtractString(part, 'afi') AS afi,
    JSONExtractString(part, 'safi') AS safi,
    JSONExtractString(one, 'prefix') AS prefix,
    JSONExtractUInt(one, 'path_id') AS path_id,
    if(prefix = '', one, '') AS nlri,
    JSONExtract(part, 'next_hop', 'Array(String)') AS next_hop,
    JSONExtractArrayRaw(attrs, 'as_path') AS as_path,
    toUInt32OrZero(as_path[-1]) AS origin_asn,
    JSONExtract(attrs, 'communities', 'Array(String)') AS communities,
    JSONExtract(attrs, 'large_communities', 'Array(String)') AS large_communities,
    JSONExtract(attrs, 'ext_communities', 'Array(String)') AS ext_communities,
    JSONExtractUInt(line, 'epoch') AS epoch,
    JSONExtractUInt(line, 'peer_seq') AS peer_seq
FROM ribtape_json
ARRAY JOIN ['announce', 'withdraw'] AS what
ARRAY JOIN JSONExtractArrayRaw(line, what) AS part
ARRAY JOIN JSONExtractArrayRaw(part, 'nlri') AS one;

-- A topic of format avro, with a registry (registry.url). Tuples have all members of the schema's records: after an
-- update of ribtape that adds some (docs/kafka.md), make this table and its view anew.

CREATE TABLE ribtape_avro (
    time DateTime64(6, 'UTC'),
    collector Nullable(String),
    router Tuple(addr Nullable(String), name Nullable(String), descr Nullable(String), other Map(String, String)),
    peer Tuple(addr Nullable(String), asn Nullable(UInt32), bgp_id Nullable(String), rib Nullable(String),
        instance Nullable(String), rd Nullable(String), `table` Nullable(String), other Map(String, String)),
    announce Array(Tuple(afi Nullable(String), safi Nullable(String), next_hop Array(String), next_hop_rd Nullable(String),
        next_hop_raw Nullable(String),
        nlri Array(Tuple(prefix Nullable(String), path_id Nullable(UInt32), rd Nullable(String), labels Array(UInt32),
            route_type Nullable(UInt32), route_type_name Nullable(String), esi Nullable(String),
            ethernet_tag Nullable(UInt32), mac Nullable(String), ip Nullable(String), expr Nullable(String),
            raw Nullable(String), other Map(String, String))),
        other Map(String, String))),
    withdraw Array(Tuple(afi Nullable(String), safi Nullable(String), next_hop Array(String), next_hop_rd Nullable(String),
        next_hop_raw Nullable(String),
        nlri Array(Tuple(prefix Nullable(String), path_id Nullable(UInt32), rd Nullable(String), labels Array(UInt32),
            route_type Nullable(UInt32), route_type_name Nullable(String), esi Nullable(String),
            ethernet_tag Nullable(UInt32), mac Nullable(String), ip Nullable(String), expr Nullable(String),
            raw Nullable(String), other Map(String, String))),
        other Map(String, String))),
    attrs Tuple(origin Nullable(String), as_path Array(Tuple(type String, asns Array(UInt32))), next_hop Nullable(String),
        med Nullable(UInt32), local_pref Nullable(UInt32), atomic_aggregate Nullable(Bool),
        aggregator Tuple(addr Nullable(String), asn Nullable(UInt32), other Map(String, String)),
        communities Array(String), originator_id Nullable(String), cluster_list Array(String), ext_communities Array(String),
        ipv6_ext_communities Array(String), large_communities Array(String), otc Nullable(UInt32),
        as4_path Array(Tuple(type String, asns Array(UInt32))),
        as4_aggregator Tuple(addr Nullable(String), asn Nullable(UInt32), other Map(String, String)),
        other Map(String, String)),
    epoch Nullable(UInt64),
    peer_seq Nullable(UInt64)
) ENGINE = Kafka
SETTINGS kafka_broker_list = '192.0.2.80:9092', kafka_topic_list = 'ribtape-avro',
    kafka_group_name = 'clickhouse', kafka_format = 'AvroConfluent',
    format_avro_schema_registry_url = 'http://192.0.2.81:8081';

CREATE MATERIALIZED VIEW routes_of_avro TO routes AS
SELECT r.time AS time,
    ifNull(r.collector, '') AS collector,
    ifNull(r.router.addr, '') AS router,
    ifNull(r.peer.addr, '') AS peer,
    ifNull(r.peer.asn, 0) AS peer_asn,
    ifNull(r.peer.rib, '') AS rib,
    what.1 AS kind,
    ifNull(part.afi, '') AS afi,
    ifNull(part.safi, '') AS safi,
    ifNull(one.prefix, '') AS prefix,
    ifNull(one.path_id, 0) AS path_id,
    if(prefix = '', toJSONString(one), '') AS nlri,
    part.next_hop AS next_hop,
    arrayFlatten(arrayMap(s -> multiIf(s.type = 'sequence', arrayMap(a -> toString(a), s.asns),
        s.type = 'set', [toJSONString(s.asns)], ['{"' || s.type || '":' || toJSONString(s.asns) || '}']),
        if(kind = 'withdraw', [], r.attrs.as_path))) AS as_path,
    toUInt32OrZero(as_path[-1]) AS origin_asn,
    if(kind = 'withdraw', [], r.attrs.communities) AS communities,
    if(kind = 'withdraw', [], r.attrs.large_communities) AS large_communities,
    if(kind = 'withdraw', [], r.attrs.ext_communities) AS ext_communities,
    ifNull(r.epoch, 0) AS epoch,
    ifNull(r.peer_seq, 0) AS peer_seq
FROM ribtape_avro AS r
ARRAY JOIN [('announce', announce), ('withdraw', withdraw)] AS what
ARRAY JOIN what.2 AS part
ARRAY JOIN part.nlri AS one;
