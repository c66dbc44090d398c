/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_kafka: what base/kafka costs alone: the lines of a file as records with the keys and
 * headers that the sink gives, into a topic that is there. Prints records per second, and
 * microseconds of processor time per record: of the thread that sends, and of the process.
 *
 *     bench_kafka BROKERS TOPIC FILE [PEERS [BUFFER_MIB [NAME=VALUE...]]]   default 8, 64
 *
 * NAME is a property of librdkafka's (test.mock.num.brokers=1 needs no broker), or `headers`, whose
 * VALUE is packed (the default), each, one or none. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fmt.h"
#include "base/kafka/kafka.h"

enum { KEY_LEN = 16, PEERS_MAX = 1000, TURN = 64, WAIT_MS = 10, PROPERTIES_MAX = 16 };

struct bench {
    struct kafka *k;
    struct kafka_topic *topic;
    struct kafka_counts counts;
    unsigned peers;
    uint64_t sent;
    unsigned headers; /* index of header_sets */
    char keys[PEERS_MAX][KEY_LEN + 1];
};

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *why)
{
    fprintf(stderr, "bench_kafka: %s\n", why);
    exit(1);
}

static void turn(struct bench *b, int timeout_ms)
{
    if (kafka_poll(b->k, timeout_ms) != 0)
        die("the producer ended");
}

/* What a record may have, by choice; the names are those of `headers` in a topic's entry. */
enum { LASTING = 3, HEADERS_MAX = 7 };

static const struct {
    const char *name;
    bool lasting, each, at;
} header_sets[] = {
    {"packed", true, false, true},
    {"each", true, true, false},
    {"one", false, false, true},
    {"none", false, false, false},
};

enum { HEADER_SETS = sizeof header_sets / sizeof header_sets[0] };

/* The numbers of record number `seq`, and where their texts are. */
struct place {
    char seq[FMT_U64_MAX], peer_seq[FMT_U64_MAX], at[64];
    size_t seq_len, peer_seq_len, at_len;
};

static void set_place(struct place *p, uint64_t seq, unsigned peers)
{
    static const char shard[] = "0/", epoch[] = "/1700000000123456/";
    p->seq_len = fmt_u64(p->seq, seq);
    p->peer_seq_len = fmt_u64(p->peer_seq, (seq - 1) / peers + 1);
    memcpy(p->at, shard, 2);
    memcpy(p->at + 2, p->seq, p->seq_len);
    size_t n = 2 + p->seq_len;
    memcpy(p->at + n, epoch, sizeof epoch - 1);
    n += sizeof epoch - 1;
    memcpy(p->at + n, p->peer_seq, p->peer_seq_len);
    p->at_len = n + p->peer_seq_len;
}

/* Fills in a record's headers. Returns their count. */
static size_t make_headers(const struct bench *b, const struct place *p,
                           struct kafka_header h[HEADERS_MAX])
{
    const struct kafka_header lasting[LASTING] = {
        {"collector", "bench", 5}, {"type", "update", 6}, {"v", "1", 1}};
    size_t cnt = 0;
    for (size_t i = 0; header_sets[b->headers].lasting && i < LASTING; i++)
        h[cnt++] = lasting[i];
    if (header_sets[b->headers].each) {
        h[cnt++] = (struct kafka_header){"shard", "0", 1};
        h[cnt++] = (struct kafka_header){"epoch", "1700000000123456", 16};
        h[cnt++] = (struct kafka_header){"seq", p->seq, p->seq_len};
        h[cnt++] = (struct kafka_header){"peer_seq", p->peer_seq, p->peer_seq_len};
    }
    if (header_sets[b->headers].at)
        h[cnt++] = (struct kafka_header){"at", p->at, p->at_len};
    return cnt;
}

static void send_line(struct bench *b, const char *line, size_t len)
{
    struct place place;
    struct kafka_header headers[HEADERS_MAX];
    set_place(&place, b->sent + 1, b->peers);
    size_t cnt = make_headers(b, &place, headers);
    const struct kafka_record r = {.key = b->keys[b->sent % b->peers],
                                   .key_len = KEY_LEN,
                                   .value = line,
                                   .value_len = len,
                                   .headers = headers,
                                   .header_cnt = cnt,
                                   .lasting_cnt = header_sets[b->headers].lasting ? LASTING : 0,
                                   .time_ms = 1700000000123};
    enum kafka_sent rc;
    while ((rc = kafka_send(b->k, b->topic, &r)) == KAFKA_BUSY)
        turn(b, WAIT_MS);
    if (rc != KAFKA_SENT)
        die("a record was refused");
    if (++b->sent % TURN == 0)
        turn(b, 0);
}

static void send_all(struct bench *b, const char *text, size_t len)
{
    for (const char *end = text + len; text < end;) {
        const char *nl = memchr(text, '\n', (size_t)(end - text));
        size_t n = (size_t)((nl != NULL ? nl : end) - text);
        send_line(b, text, n);
        text += n + 1;
    }
    while (kafka_in_flight(b->k) > 0)
        turn(b, WAIT_MS);
}

static const char *map(const char *path, size_t *len)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0)
        die("can't read the file");
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    close(fd);
    if (p == MAP_FAILED)
        die("can't map the file");
    *len = (size_t)st.st_size;
    return p;
}

static void choose_headers(struct bench *b, const char *name)
{
    for (b->headers = 0; b->headers < HEADER_SETS; b->headers++) {
        if (strcmp(header_sets[b->headers].name, name) == 0)
            return;
    }
    die("headers=packed, each, one or none");
}

static void open_producer(struct bench *b, char **argv, int argc)
{
    static const struct log log = {.fd = 2, .level = LOG_LEVEL_WARN};
    struct kafka_property p[PROPERTIES_MAX] = {
        {"bootstrap.servers", argv[1]}, {"compression.codec", "lz4"}, {"linger.ms", "10"}};
    size_t n = 3, mib = argc > 5 ? strtoul(argv[5], NULL, 10) : 64;
    char err[256];
    for (int i = 6; i < argc && n < PROPERTIES_MAX; i++) {
        char *eq = strchr(argv[i], '=');
        if (eq == NULL)
            die("NAME=VALUE is wanted");
        *eq = '\0';
        if (strcmp(argv[i], "headers") == 0)
            choose_headers(b, eq + 1);
        else
            p[n++] = (struct kafka_property){argv[i], eq + 1};
    }
    const struct kafka_options o = {.who = "bench_kafka",
                                    .log = &log,
                                    .properties = p,
                                    .property_cnt = n,
                                    .in_flight_max = mib << 20,
                                    .counts = &b->counts};
    b->k = kafka_new(&o, err, sizeof err);
    if (b->k == NULL)
        die(err);
    b->topic = kafka_topic_get(b->k, argv[2], strlen(argv[2]), &(struct kafka_topic_options){0});
}

int main(int argc, char **argv)
{
    static struct bench b;
    size_t len;
    if (argc < 4)
        die("usage: bench_kafka BROKERS TOPIC FILE [PEERS [BUFFER_MIB [NAME=VALUE...]]]");
    const char *text = map(argv[3], &len);
    b.peers = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 8;
    if (b.peers == 0 || b.peers > PEERS_MAX)
        die("1 to 1000 peers");
    for (unsigned i = 0; i < b.peers; i++)
        snprintf(b.keys[i], sizeof b.keys[i], "%016" PRIx64, (i + 1) * 0x9e3779b97f4a7c15U);
    open_producer(&b, argv, argc);
    double wall = seconds_of(CLOCK_MONOTONIC), thread = seconds_of(CLOCK_THREAD_CPUTIME_ID),
           process = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    send_all(&b, text, len);
    double each = 1e6 / (double)b.sent;
    wall = seconds_of(CLOCK_MONOTONIC) - wall;
    thread = seconds_of(CLOCK_THREAD_CPUTIME_ID) - thread;
    process = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - process;
    printf("%" PRIu64 " records, %.0f/s, %.2f us of the sender, %.2f us of all\n", b.sent,
           (double)b.sent / wall, thread * each, process * each);
    kafka_free(b.k);
    return 0;
}
