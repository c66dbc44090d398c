/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_kafka: what base/kafka costs alone: the lines of a file as records with the keys and
 * headers that the sink gives, into a topic that is there. Prints records per second, and
 * microseconds of processor time per record: of the thread that sends, and of the process.
 *
 *     bench_kafka BROKERS TOPIC FILE [PEERS [BUFFER_MIB [NAME=VALUE...]]]   default 8, 64 */
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
#include "base/kafka.h"

enum { KEY_LEN = 16, PEERS_MAX = 1000, TURN = 64, WAIT_MS = 10, PROPERTIES_MAX = 16 };

struct bench {
    struct kafka *k;
    struct kafka_topic *topic;
    struct kafka_counts counts;
    unsigned peers;
    uint64_t sent;
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

static void send_line(struct bench *b, const char *line, size_t len)
{
    char seq[FMT_U64_MAX], peer_seq[FMT_U64_MAX];
    const struct kafka_header headers[] = {
        {"collector", "bench", 5},
        {"type", "update", 6},
        {"v", "1", 1},
        {"shard", "0", 1},
        {"epoch", "1700000000123456", 16},
        {"seq", seq, fmt_u64(seq, b->sent + 1)},
        {"peer_seq", peer_seq, fmt_u64(peer_seq, b->sent / b->peers + 1)},
    };
    const struct kafka_record r = {.key = b->keys[b->sent % b->peers],
                                   .key_len = KEY_LEN,
                                   .value = line,
                                   .value_len = len,
                                   .headers = headers,
                                   .header_cnt = sizeof headers / sizeof headers[0],
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

static void open_producer(struct bench *b, char **argv, int argc)
{
    static const struct log log = {.fd = 2, .level = LOG_LEVEL_WARN};
    struct kafka_property p[PROPERTIES_MAX] = {
        {"bootstrap.servers", argv[1]}, {"compression.codec", "lz4"}, {"linger.ms", "5"}};
    size_t n = 3, mib = argc > 5 ? strtoul(argv[5], NULL, 10) : 64;
    char err[256];
    for (int i = 6; i < argc && n < PROPERTIES_MAX; i++) {
        char *eq = strchr(argv[i], '=');
        if (eq == NULL)
            die("NAME=VALUE is wanted");
        *eq = '\0';
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
