/* sim/actors/numbered.h - the messages between flood and sink.
 *
 *   ["number", name, port, epoch, number, size, payload]
 *   ["count", name, port, epoch, number, reply port]  →  ["counted", epoch, number]
 *
 * `name` and `port` are the flood's: a restarted flood has the same name, but never the
 * same port.  An epoch ends when the flood's monitor fires; numbers count from 1 in each,
 * and `count` tells the last one. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SIM_PAYLOAD_MAX_BYTES (16 * 1024 * 1024)

/* What stands at a place of a payload: every message has its own, so that one that got
 * another's bytes is noticed. */
static inline char
sim_payload_at (uint64_t epoch, uint64_t number, size_t place)
{
  return (char) ('a' + (epoch * 7 + number + place) % 26);
}
