#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the documents say about reading topics: README's kcat line and Python consumer run as they stand against a real
broker; ClickHouse's tables have the schema's members, and, where chdb (ClickHouse as a Python module) is there, take
records in JSON and in Avro and make the same rows of both.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "kafka")]

import lab  # noqa: E402
import broker  # noqa: E402
import consumer  # noqa: E402
import speaker  # noqa: E402

ADDRESS = "192.0.2.80:9092"
SQL = os.path.join(lab.ROOT, "docs", "clickhouse.sql")
unavailable = None


def block(kind):
    """README's block with this info string."""
    with open(os.path.join(lab.ROOT, "README.md"), encoding="utf-8") as f:
        found = re.findall(rf"^```{kind}\n(.*?)^```$", f.read(), re.M | re.S)
    if len(found) != 1:
        raise lab.Failed(f"README has {len(found)} blocks `{kind}`")
    return found[0]


def statements(text):
    text = re.sub(r"--.*", "", text)
    return [s for s in text.split(";") if s.strip()]


# ---- with a broker ----

def publish(nodes):
    """A session's announcements and withdrawals in the topic `ribtape`."""
    collector = lab.Ribtaped({"kafka": {"enabled": True, "brokers": nodes.bootstrap, "topics": [{"name": "ribtape", "partitions": 1}]},
                              "ndjson": {"enabled": False}, "rib": {"enabled": False}, "archive": {"enabled": False}}).start()
    neighbour = speaker.Speaker(1, routes=300, graceful=False)
    neighbour.connect(False)
    for _ in range(3):
        neighbour.announce()
        neighbour.withdraw()
    lab.wait(lambda: collector.metrics()['ribtape_kafka_records_total{sink="kafka"}'] >= 40, 30, "records")
    neighbour.sock.close()
    status, _ = collector.stop()
    if status != 0:
        raise lab.Failed(f"ribtaped ended with {status}: {collector.tail()}")
    return [json.loads(m.value) for m in consumer.read_all(nodes.bootstrap, ["ribtape"])]


def readers_of_the_readme():
    """kcat's line and the Python consumer print what is in the topic."""
    if unavailable:
        raise lab.Skip(f"no Kafka: {unavailable}")
    lab.need("kcat", "jq")
    nodes = broker.Cluster(os.path.join(lab.folder(), "kafka"), 1, lab.start)
    nodes.start()
    records = publish(nodes)
    want = [[r["peer"]["addr"], *(n["prefix"] for w in r["withdraw"] for n in w["nlri"])] for r in records if r.get("withdraw")]
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", block("sh kafka").replace(ADDRESS, nodes.bootstrap)], capture_output=True,
                          text=True, timeout=60, check=False)
    if done.returncode != 0 or [json.loads(line) for line in done.stdout.splitlines()] != want or len(want) < 6:
        raise lab.Failed(f"kcat: {done.returncode} {done.stdout[:300]} {done.stderr[:300]}")
    want = [f"{n['prefix']} {p['next_hop']} {r['attrs']['as_path']}" for r in records for p in r.get("announce", []) for n in p["nlri"]]
    path = os.path.join(lab.folder(), "out")
    text = block("python kafka")
    if len(text.splitlines()) > 10:
        raise lab.Failed("the consumer has more than ten lines")
    with open(path, "wb") as out:
        lab.start([sys.executable, "-c", text.replace(ADDRESS, nodes.bootstrap)], path + ".log", stdout=out)

    def lines():
        with open(path, encoding="utf-8") as f:
            return f.read().splitlines()
    lab.wait(lambda: len(lines()) >= len(want), 60, lambda: f"{len(want)} routes; {len(lines())} are printed")
    if lines() != want:
        raise lab.Failed(f"the consumer printed {lines()[:3]} instead of {want[:3]}")


# ---- ClickHouse ----

def split(text):
    """A list's items, apart by commas outside brackets and quotation marks."""
    out, depth, part = [], 0, ""
    for c in text:
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            out.append(part.strip())
            part = ""
        else:
            part += c
    return out + [part.strip()]


def columns(name):
    """{column: type} of a table in the file."""
    with open(SQL, encoding="utf-8") as f:
        text = re.search(rf"CREATE TABLE {name} \((.*?)\n\) ENGINE", re.sub(r"--.*", "", f.read()), re.S).group(1)
    return {c.split()[0].strip("`"): " ".join(c.split()[1:]) for c in split(" ".join(text.split()))}


def check_record(where, text, fields):
    """Holds the members of a Tuple against a record's fields: all of them, in order, of the right types."""
    inner = re.fullmatch(r"Tuple\((.*)\)", text)
    if not inner:
        raise lab.Failed(f"{where}: {text} is no Tuple")
    members = [(m.split()[0].strip("`"), " ".join(m.split()[1:])) for m in split(inner.group(1))]
    if [name for name, _ in members] != [f["name"] for f in fields]:
        raise lab.Failed(f"{where}: {[n for n, _ in members]}, the schema has {[f['name'] for f in fields]}")
    for (name, kind), field in zip(members, fields):
        check_type(f"{where}.{name}", kind, field["type"])


NAMED = {}


def find_named(avro):
    """Notes every record of a schema by its full name."""
    for part in avro if isinstance(avro, list) else [avro]:
        if isinstance(part, dict) and part["type"] == "record":
            NAMED[f"ribtape.v1.{part['name']}"] = part
            for field in part["fields"]:
                find_named(field["type"])
        elif isinstance(part, dict) and part["type"] == "array":
            find_named(part["items"])


def check_type(where, text, avro):
    """Holds a column's type against the schema's."""
    if isinstance(avro, str):
        avro = NAMED.get(avro, avro)
    if isinstance(avro, list):
        nullable = re.fullmatch(r"Nullable\((.*)\)", text)
        return check_type(where, nullable.group(1) if nullable else text, [t for t in avro if t != "null"][0])
    if isinstance(avro, dict) and avro["type"] == "record":
        return check_record(where, text, avro["fields"])
    if isinstance(avro, dict) and avro["type"] == "array":
        return check_type(where, re.fullmatch(r"Array\((.*)\)", text).group(1), avro["items"])
    if isinstance(avro, dict) and avro["type"] == "map":
        want = {"Map(String, String)"}
    elif isinstance(avro, dict):
        want = {"DateTime64(6, 'UTC')"}
    else:
        want = {"string": {"String"}, "long": {"UInt32", "UInt64"}, "boolean": {"Bool"}}[avro]
    if text not in want:
        raise lab.Failed(f"{where}: {text}, the schema has {avro}")
    return None


def columns_are_the_schemas():
    with open(os.path.join(lab.ROOT, "schemas", "record.avsc"), encoding="utf-8") as f:
        schema = json.load(f)
    find_named(schema)
    root = {field["name"]: field["type"] for field in schema["fields"]}
    checked = columns("ribtape_avro")
    if checked.keys() - root.keys() or len(checked) < 8:
        raise lab.Failed(f"{checked.keys() - root.keys()} are in no record")
    for field, kind in checked.items():
        check_type(field, kind, root[field])


def names_in_json_are_the_schemas():
    """What JSONExtract asks for is a member of records."""
    with open(os.path.join(lab.ROOT, "schemas", "record.schema.json"), encoding="utf-8") as f:
        known = set(re.findall(r'"(\w+)":', f.read()))
    with open(SQL, encoding="utf-8") as f:
        text = f.read() + block("sql")
    asked = {name for call in re.findall(r"JSONExtract\w*\(\w+((?:, '\w+')+)", text) for name in re.findall(r"'(\w+)'", call)}
    if asked - known or len(asked) < 12:
        raise lab.Failed(f"asked for {sorted(asked)}; no members: {asked - known}")


def rows_of(session, table):
    text = str(session.query(f"SELECT * EXCEPT(nlri) FROM {table} FINAL ORDER BY ALL", "TabSeparated"))
    return text.splitlines()


def clickhouse_takes_records():
    """Both tables' views over records of a generated table; Kafka's part is left out."""
    try:
        from chdb import session as chdb
    except ImportError as e:
        raise lab.Skip("no chdb") from e
    session = chdb.Session()
    with open(SQL, encoding="utf-8") as f:
        text = re.sub(r"ENGINE = Kafka\s+SETTINGS[^;]*", "ENGINE = Null", f.read())
    for statement in statements(text):
        session.query(statement)
    avro = re.search(r"CREATE TABLE ribtape_avro \((.*?)\n\) ENGINE", text, re.S).group(1)
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "t.mrt")
        subprocess.run([lab.RIBTAPE, "generate", "--routes", "2000", "--format", "mrt", "--output", table], check=True)
        for kind in ("json", "avro"):
            with open(os.path.join(folder, kind), "wb") as out:
                subprocess.run([lab.RIBTAPE, "decode", "-f", kind, table], stdout=out, check=True)
        session.query(f"INSERT INTO ribtape_json SELECT line FROM file('{folder}/json', JSONAsString, 'line String')")
        rows = rows_of(session, "routes")
        session.query("TRUNCATE TABLE routes")
        session.query(f"INSERT INTO ribtape_avro SELECT * FROM file('{folder}/avro', Avro, $${avro}$$)")
        if len(rows) < 2000 or rows_of(session, "routes") != rows:
            raise lab.Failed(f"{len(rows)} rows by JSON, {len(rows_of(session, 'routes'))} by Avro, not the same")
        session.query("DROP TABLE routes")
        for statement in statements(re.sub(r"ENGINE = Kafka\s+SETTINGS[^;]*", "ENGINE = Null", block("sql"))):
            session.query(statement)
        session.query(f"INSERT INTO ribtape SELECT line FROM file('{folder}/json', JSONAsString, 'line String')")
        count = int(str(session.query("SELECT count() FROM routes", "TabSeparated")))
        if count != len(rows):
            raise lab.Failed(f"README's table has {count} rows instead of {len(rows)}")
    print(f"# {len(rows)} rows", flush=True)


if __name__ == "__main__":
    try:
        broker.prepare()
    except broker.Unavailable as e:
        unavailable = e
    lab.run([columns_are_the_schemas, names_in_json_are_the_schemas, clickhouse_takes_records, readers_of_the_readme])
