/* SPDX-License-Identifier: BSD-2-Clause */
/* decode: `ribtape decode`, what inputs, outputs and the options between them share. Floor F4.
 *
 * An input reads one file and hands over events; the output chosen by the options writes them.
 * Inputs that are a connection's bytes (pcap, BMP, the journal, hex) go through the tracker, as
 * the daemon's sinks do; MRT records say themselves how they decode. */
#ifndef RIBTAPE_TOOLS_DECODE_DECODE_H
#define RIBTAPE_TOOLS_DECODE_DECODE_H

#include "base/buf.h"
#include "base/cli.h"
#include "base/kafka/kafka.h"
#include "base/stream/window.h"
#include "schemas/filter/filter.h"
#include "schemas/record/record_mrt.h"
#include "schemas/track/track.h"
#include "tools/decode/outlet.h"
#include "tools/pcap/packet_counts.h"
#include "tools/progress.h"

/* Exit statuses: the worst of all files counts. */
enum decode_status { DECODE_CLEAN = 0, DECODE_DAMAGED = 1, DECODE_UNREADABLE = 2 };

struct decode;

/* One thing to write: either a tracked frame or an item of an MRT record. */
struct decode_event {
    const struct track_item *item;
    struct track *track; /* the tracker of `item` */
    const struct mrt_walk *walk;
    const struct nlri_fault *fault; /* with `rec`: a record that could not be walked */
    const struct mrt_record *rec;
    const struct bgp_ctx *ctx;     /* decodes the BGP in it, pins applied; may be NULL */
    struct filter_subject *routes; /* write only routes that pass; NULL: all */
    const struct bgp_diags *diags; /* what is wrong with it; NULL: it has to be looked for */
};

/* An output. `write` appends to d->out. */
struct decode_output {
    const char *name;
    void (*write)(struct decode *d, const struct decode_event *ev);
    void (*end)(struct decode *d);  /* writes what comes after all files; may be NULL */
    void (*drop)(struct decode *d); /* frees what d->output_state owns; may be NULL */
    /* What is written of an event depends on nothing before it: several threads may write, each
     * with a struct decode (and output_state) of its own; decode_join adds up what they count.
     */
    bool apart;
    bool tables; /* wants all tables of peers, whatever the filter: RIB entries name their rows */
    bool routes; /* writes routes one by one, and heeds ev->routes; else messages pass whole */
};

extern const struct decode_output decode_json, decode_explode, decode_bgpdump, decode_mrt,
    decode_ris_live, decode_exabgp, decode_openbmp, decode_text, decode_summary, decode_count, decode_avro,
    decode_avro_routes;
extern const struct decode_output decode_kafka, decode_kafka_routes;

/* Those that --format names. */
extern const struct decode_output *const decode_outputs[];
extern const unsigned decode_outputs_cnt;

/* What --count tells. */
struct decode_counts {
    uint64_t by_type[7]; /* BGP messages by type; 0: types without a name */
    uint64_t bmp[8];     /* BMP messages by type; 7: unknown */
    uint64_t states, peer_tables, rib_entries, other;
    uint64_t announced, withdrawn, end_of_rib, diags;
};

enum { DECODE_PROPERTIES_MAX = 64 };

/* --output kafka. */
struct decode_kafka_options {
    bool on;
    unsigned format; /* enum publish_format */
    const char *topic, *collector;                           /* may be NULL */
    uint32_t partitions;                                     /* 0: the broker's default */
    struct kafka_property properties[DECODE_PROPERTIES_MAX]; /* owned */
    size_t property_cnt;
};

struct decode_options {
    const struct decode_output *output;
    enum source_pin asn4, add_path;
    struct bgp_flowspec2 flowspec2;
    struct record_options record;
    bool explode, count;
    bool short_lines;  /* bgpdump -M */
    const char *input; /* NULL: by content */
    uint16_t port;     /* pcap: this port alone; 0: any */
    bool stats;
    bool verbose, colour;  /* text */
    struct filter *filter; /* owned; NULL: everything passes */
    struct decode_kafka_options kafka;
};

/* The UPDATE that a RIB dump's route was: publish_options.rib_update. */
bool decode_rib_update(struct wr *w, const struct mrt_rib *rib, struct bgp_ctx *ctx);

/* Frees what the options own. */
void decode_options_free(struct decode_options *o);

/* Checks what --output kafka needs and sets o->output. Returns a reason, or NULL. */
const char *decode_settle_kafka(struct decode_options *o);

/* Reads the command line. Returns as cli_parse. */
int decode_parse(struct decode_options *o, int argc, char **argv, int *first);

struct decode {
    struct decode_options o;
    const char *command; /* the sub-command that reads, for messages */
    const char *file;    /* being read */
    uint64_t written_ns; /* when it was last written: for what tells no time */
    enum decode_status status;
    bool quiet;                  /* say nothing on standard error: for fuzzing */
    uint64_t skipped, damages;   /* octets passed over as damage, in so many places */
    uint64_t messages, filtered; /* read; of these, left out by the filter */
    struct packet_counts packets;
    struct buf out;
    struct outlet *outlet;      /* writes `out` on another thread; NULL: decode_flush does */
    struct outlet_piece *piece; /* a lane's: where its output and its messages go; else NULL */
    bool out_failed;            /* standard output is gone: stop */
    struct bgp_ctx pinned;      /* of the event at hand */
    struct filter_subject subject; /* likewise */
    struct decode_counts counts;
    struct progress progress;
    void *output_state; /* the output's, malloc'ed; freed at the end */
};

/* ---- for inputs ---- */

/* Writes one event. Returns false when there is no use going on (standard output is gone). */
bool decode_event(struct decode *d, struct decode_event ev);

/* Feeds one frame to a tracker and writes what it is. Returns as decode_event; also false when
 * memory runs out (told). */
bool decode_frame(struct decode *d, struct track *t, const struct journal_view *frame);

/* Makes the tracker that an input's frames go through. NULL: out of memory. */
struct track *decode_track(const struct decode *d);

/* Tells of damage on standard error and remembers it in the status. `len`: octets passed over.
 */
void decode_damage(struct decode *d, uint64_t off, uint64_t len, const char *reason);

/* Tells `ribtape decode: FILE: reason` and raises the status. */
void decode_tell(struct decode *d, enum decode_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Fills a source's description: pins set. */
void decode_source(const struct decode *d, enum source_kind kind, struct source_info *s);

/* Declares source `id` to a tracker, or ends it with a reason. Return as decode_event. */
bool decode_declare(struct decode *d, struct track *t, uint32_t id, uint64_t time_ns,
                    const struct source_info *s);
bool decode_gone(struct decode *d, struct track *t, uint32_t id, uint64_t time_ns);

/* An input: recognised by its first octets, then read to its end. */
struct decode_input {
    const char *name;
    /* Returns whether `len` octets (all there are, when fewer than DECODE_LOOK) begin one. */
    bool (*looks)(const uint8_t *p, size_t len);
    void (*read)(struct decode *d, struct window *in);
};

enum { DECODE_LOOK = 4096 };

/* Reads one file, `-`, or a journal's folder, to its end or until there is no use going on. */
void decode_file(struct decode *d, const char *path);

extern const struct decode_input decode_inputs[];
extern const unsigned decode_inputs_cnt;

/* Reads a journal's folder. */
void decode_journal(struct decode *d, const char *dir);

/* Reads packets (of pcap and pcapng), a BMP or BGP stream, OpenBMP, hex lines, MRT records. */
bool decode_pcap_looks(const uint8_t *p, size_t len);
void decode_pcap_read(struct decode *d, struct window *in);
bool decode_pcapng_looks(const uint8_t *p, size_t len);
void decode_pcapng_read(struct decode *d, struct window *in);
bool decode_mrt_looks(const uint8_t *p, size_t len);
void decode_mrt_read(struct decode *d, struct window *in);
bool decode_bmp_looks(const uint8_t *p, size_t len);
void decode_bmp_read(struct decode *d, struct window *in);
bool decode_bgp_looks(const uint8_t *p, size_t len);
void decode_bgp_read(struct decode *d, struct window *in);
bool decode_obmp_looks(const uint8_t *p, size_t len);
void decode_obmp_read(struct decode *d, struct window *in);
bool decode_hex_looks(const uint8_t *p, size_t len);
void decode_hex_read(struct decode *d, struct window *in);

/* ---- for outputs ---- */

/* Write the record of an event (returns how many, 0 or 1), or one record per route that
 * passes, calling `end` with `d` after each. */
int decode_record(struct decode *d, const struct decode_event *ev, struct emit *e);
void decode_routes(struct decode *d, const struct decode_event *ev, struct emit *e,
                   void (*end)(void *arg));

/* Writes the first line of a block of text, without its end: when, and, unless `p` is NULL,
 * whose. */
void decode_text_head(struct decode *d, uint64_t time_ns, const struct track_peer *p);

/* Hands what is in d->out to standard output when it is much, or with `all`. */
void decode_flush(struct decode *d, bool all);

/* ---- for inputs that decode on several threads ---- */

/* Makes `lane` one that decodes and writes as `d` does: what options point to is shared, and
 * only read. decode_join frees what it has, and adds what it counted to `d`. */
void decode_lane(struct decode *lane, const struct decode *d);
void decode_join(struct decode *d, struct decode *lane);

/* Ends a lane's piece: hands over what is in lane->out. */
void decode_end_piece(struct decode *lane);

#endif
