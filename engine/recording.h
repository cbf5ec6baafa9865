/* engine/recording.h - what a node asks of its environment and gets from it, as bytes.
 *
 * A recording is a sequence of records without a frame around them: a byte says the kind,
 * its fields follow.  What goes through the table of engine/env.h has a kind: news that the
 * node gets (inputs), what it asks, and answers, each directly behind what was asked.
 * Objects are numbered from 1 in the order in which they came to be, accepted streams
 * included.  The order is the one in which things happened; the clock stands still during a
 * callback, so an input alone carries the time.
 *
 * Numbers are little-endian, seven bits a byte; hashes have eight bytes; texts and bytes are
 * counted.  Texts end with a zero besides, so that they can be used where they lie. */
#pragma once

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AEMP_RECORDING_FORMAT 1

/* X (NAME, fields, words).  Fields: t clock, o object, n number, h hash, x text or none,
 * b bytes, l texts, e error or none.  In the words $ stands in front of one. */
#define AEMP_RECORD_KINDS(X)                                                                       \
  /* Inputs. */                                                                                    \
  X (FIRED, "to", "timer $o fires")                                                                \
  X (RESOLVED, "tol", "resolution $o finds $l")                                                    \
  X (UNRESOLVED, "toe", "resolution $o fails: $e")                                                 \
  X (ACCEPTED, "to", "listener $o accepts a stream")                                               \
  X (OPENED, "to", "stream $o opens")                                                              \
  X (RECEIVED, "tob", "stream $o receives $b")                                                     \
  X (WRITABLE, "to", "stream $o has room")                                                         \
  X (ENDED, "to", "the peer ends stream $o")                                                       \
  X (CLOSED, "toe", "stream $o is closed: $e")                                                     \
  X (STOP, "nx", "the end, after $n trace events with the digest $x")                              \
  /* What the node asks. */                                                                        \
  X (NOW, "", "look at the clock")                                                                 \
  X (WALL, "", "look at the wall clock")                                                           \
  X (RANDOM, "xhn", "draw $n bytes for $x ($h)")                                                   \
  X (HOST_NAME, "", "know the host's name")                                                        \
  X (INTERFACES, "", "know the host's addresses")                                                  \
  X (TIMER_NEW, "o", "make timer $o")                                                              \
  X (TIMER_START, "on", "start timer $o with $n us")                                               \
  X (TIMER_STOP, "o", "stop timer $o")                                                             \
  X (TIMER_FREE, "o", "free timer $o")                                                             \
  X (RESOLVE, "ox", "look up $x as resolution $o")                                                 \
  X (RESOLUTION_FREE, "o", "free resolution $o")                                                   \
  X (LISTEN, "ox", "listen at $x as listener $o")                                                  \
  X (LISTENER_ADDRESS, "o", "know the address of listener $o")                                     \
  X (LISTENER_FREE, "o", "free listener $o")                                                       \
  X (CONNECT, "ox", "connect to $x as stream $o")                                                  \
  X (TAKE, "o", "take stream $o")                                                                  \
  X (WRITE, "onh", "write $n bytes (hash $h) to stream $o")                                        \
  X (PAUSE, "o", "pause stream $o")                                                                \
  X (RESUME, "o", "resume stream $o")                                                              \
  X (END, "o", "end stream $o")                                                                    \
  X (CLOSE, "o", "close stream $o")                                                                \
  X (ABORT, "o", "abort stream $o")                                                                \
  X (LOCAL_ADDRESS, "o", "know the own address of stream $o")                                      \
  X (PEER_ADDRESS, "o", "know the peer's address of stream $o")                                    \
  /* Answers. */                                                                                   \
  X (IS_TIME, "t", "the answer $t us")                                                             \
  X (IS_NUMBER, "n", "the answer $n")                                                              \
  X (IS_BYTES, "b", "the answer $b")                                                               \
  X (IS_TEXT, "x", "the answer $x")                                                                \
  X (IS_TEXTS, "l", "the answer $l")                                                               \
  X (IS_ERROR, "e", "the answer $e")

typedef enum
{
  AEMP_RECORD_NONE, /* no kind */
#define X(name, fields, words) AEMP_RECORD_##name,
  AEMP_RECORD_KINDS (X)
#undef X
    AEMP_RECORD_COUNT
} AempRecordKind;

#define AEMP_RECORD_LAST_INPUT AEMP_RECORD_STOP

/* What a kind does not use is 0. */
typedef struct
{
  AempRecordKind kind;
  int64_t time_us;
  uint64_t object;
  uint64_t number; /* also the code of an error */
  uint64_t hash;
  const char *text; /* NULL: none; also of an error */
  const uint8_t *bytes; /* also texts, each with its zero */
  size_t length;
  GQuark domain; /* AEMP_ERROR, AEMP_ERRNO; 0: no error */
} AempRecord;

static inline bool
aemp_record_is_input (const AempRecord *record)
{
  return record->kind <= AEMP_RECORD_LAST_INPUT;
}

/* Puts an error (NULL: none) of one of those domains into a record; its text is borrowed. */
void aemp_record_set_error (AempRecord *record, const GError *error);
/* NULL: none. */
GError *aemp_record_error (const AempRecord *record);

/* Are these two the same, field by field? */
bool aemp_record_equal (const AempRecord *one, const AempRecord *other);

/* In words, for people. */
char *aemp_record_describe (const AempRecord *record);

/* Appends a record.  `clock_us` is the caller's, 0 at the beginning: the clock of the
 * record before, which never goes back. */
void aemp_record_append (GByteArray *out, const AempRecord *record, int64_t *clock_us);

/* Reads records one after the other; they borrow the bytes. */
typedef struct
{
  const uint8_t *bytes;
  size_t length;
  size_t at;
  int64_t clock_us;
  uint64_t count; /* of records read */
} AempRecordReader;

/* False without an error: there is no more, or the last one is cut.  False with
 * AEMP_ERROR_MALFORMED: these bytes were not written by aemp_record_append(). */
bool aemp_record_read (AempRecordReader *reader, AempRecord *record, GError **error);
