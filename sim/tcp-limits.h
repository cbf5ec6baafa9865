/* sim/tcp-limits.h - all numbers of TCP, in one place.
 *
 * The defaults are Linux' (tcp.h, Documentation/networking/ip-sysctl), named behind each; what
 * is no sysctl there is a constant of the kernel.  All of it may be changed before the first
 * connection, so that a comparison with a kernel takes the kernel's own settings. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct
{
  /* Sending again */
  int64_t rto_first_us; /* 1 s, TCP_TIMEOUT_INIT: as long as no round trip was measured */
  int64_t rto_min_us;   /* 200 ms, TCP_RTO_MIN */
  int64_t rto_max_us;   /* 120 s, TCP_RTO_MAX */
  unsigned syn_retries; /* 6, tcp_syn_retries: connecting fails after 127 s */
  unsigned syn_linear_timeouts; /* 0; since Linux 6.5 4: so many before waits begin to double */
  unsigned syn_ack_retries;     /* 5, tcp_synack_retries */
  unsigned data_retries;   /* 15, tcp_retries2: as a time, 924.6 s after the first repetition */
  unsigned orphan_retries; /* 8, tcp_orphan_retries = 0: for what the program left behind */
  bool no_loss_probes;     /* tcp_early_retrans = 0 */
  /* Acknowledging */
  int64_t ack_delay_min_us; /* 40 ms, TCP_DELACK_MIN */
  int64_t ack_delay_max_us; /* 200 ms, TCP_DELACK_MAX */
  unsigned quick_acks;      /* 16, TCP_MAX_QUICKACKS: at the beginning, and after a rest */
  /* Keepalive */
  int64_t keepalive_time_us;     /* 2 h, tcp_keepalive_time */
  int64_t keepalive_interval_us; /* 75 s, tcp_keepalive_intvl */
  unsigned keepalive_probes;     /* 9, tcp_keepalive_probes */
  int64_t user_timeout_us;       /* 0, TCP_USER_TIMEOUT: none */
  /* Ending */
  int64_t fin_timeout_us; /* 60 s, tcp_fin_timeout: closed here, not yet there */
  int64_t time_wait_us;   /* 60 s, TCP_TIMEWAIT_LEN */
  /* Sizes */
  uint32_t segment_bytes; /* 1448: an Ethernet's 1500 without headers and timestamps */
  uint64_t buffer_bytes;  /* 64 KiB each: send buffer, receive window; only bytes count */
  unsigned backlog;       /* 128: so many and one more wait to be accepted */
  /* What a program sees of a kernel that is busy */
  uint32_t short_reads_ppm;  /* 50,000: deliveries that come in two pieces */
  uint32_t short_writes_ppm; /* 0: writes of which only a part is taken */
  /* For tests */
  bool eager;      /* whatever is on its way is an event, whether it matters or not */
  bool never_calm; /* no connection takes the short way */
} SimTcpLimits;

extern const SimTcpLimits sim_tcp_limits_of_linux;
