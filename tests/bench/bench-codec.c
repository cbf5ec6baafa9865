/* tests/bench/bench-codec.c - what a small message costs in both framings.
 *
 * Prints nanoseconds for one operation: the median of some rounds.  Not a test: nothing
 * here can fail. */

#include "engine/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 5
#define REPEATS 2000000
#define BATCH 64 /* packets back to back, as they come out of a socket */

typedef struct
{
  const AempCodec *codec;
  AempMessage *message;
  GByteArray *bytes; /* a batch */
  GByteArray *out;
  uint64_t hash;
} Bench;

static double
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void
read_batch (Bench *bench)
{
  AempScanner scanner;
  const uint8_t *bytes = bench->bytes->data;
  size_t left = bench->bytes->len;

  aemp_scanner_init (&scanner);
  while (left > 0)
    {
      size_t taken;
      AempMessage *message;

      if (bench->codec->scan (&scanner, bytes, left, NULL) != AEMP_SCAN_PACKET)
        abort ();
      taken = scanner.position;
      message = bench->codec->decode (&scanner, bytes, NULL);
      aemp_message_unref (message);
      bytes += taken;
      left -= taken;
    }
}

static void
scan_batch (Bench *bench)
{
  AempScanner scanner;
  const uint8_t *bytes = bench->bytes->data;
  size_t left = bench->bytes->len;

  aemp_scanner_init (&scanner);
  while (left > 0)
    {
      size_t taken;

      if (bench->codec->scan (&scanner, bytes, left, NULL) != AEMP_SCAN_PACKET)
        abort ();
      taken = scanner.position;
      scanner.position = scanner.values = scanner.string_bytes = 0;
      scanner.depth = scanner.state = 0;
      bytes += taken;
      left -= taken;
    }
}

static void
write_batch (Bench *bench)
{
  AempList list = aemp_message_list (bench->message);

  bench->out->len = 0;
  for (int index = 0; index < BATCH; index++)
    bench->codec->encode (bench->out, NULL, &list);
}

static void
make_batch (Bench *bench)
{
  for (int index = 0; index < BATCH; index++)
    aemp_message_unref (
        aemp_message_new ("s s i s", "m5ozU9tSZb", "ping", (int64_t)12345, "ruth#abcdef"));
}

static void
hash_batch (Bench *bench)
{
  AempList list = aemp_message_list (bench->message);

  for (int index = 0; index < BATCH; index++)
    bench->hash ^= aemp_list_hash (&list);
}

static int
compare_doubles (const void *one, const void *other)
{
  double difference = *(const double *)one - *(const double *)other;

  return (difference > 0) - (difference < 0);
}

static void
measure (Bench *bench, const char *what, void (*run) (Bench *bench))
{
  double rounds[ROUNDS];

  for (int round = 0; round < ROUNDS; round++)
    {
      double begin = now_ns ();

      for (int repeat = 0; repeat < REPEATS / BATCH; repeat++)
        run (bench);
      rounds[round] = (now_ns () - begin) / (REPEATS / BATCH) / BATCH;
    }
  qsort (rounds, ROUNDS, sizeof rounds[0], compare_doubles);
  printf ("%-4s  %-12s  %6.1f ns  (%.1f to %.1f)\n", bench->codec->name, what, rounds[ROUNDS / 2],
          rounds[0], rounds[ROUNDS - 1]);
}

static void
bench_codec (const AempCodec *codec, AempMessage *message)
{
  Bench bench = { .codec = codec, .message = message };
  AempList list = aemp_message_list (message);

  bench.bytes = g_byte_array_new ();
  bench.out = g_byte_array_new ();
  for (int index = 0; index < BATCH; index++)
    codec->encode (bench.bytes, NULL, &list);
  measure (&bench, "scan", scan_batch);
  measure (&bench, "scan+decode", read_batch);
  measure (&bench, "encode", write_batch);
  measure (&bench, "make", make_batch);
  measure (&bench, "hash", hash_batch);
  g_byte_array_unref (bench.bytes);
  g_byte_array_unref (bench.out);
}

int
main (void)
{
  g_autoptr (AempMessage) message
      = aemp_message_new ("s s i s", "m5ozU9tSZb", "ping", (int64_t)12345, "ruth#abcdef");

  bench_codec (&aemp_codec_json, message);
  bench_codec (&aemp_codec_cbor, message);
  return 0;
}
