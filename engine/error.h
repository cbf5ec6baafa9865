/* engine/error.h - what can go wrong through a peer, a file or a user. */
#pragma once

#include <glib.h>

#define AEMP_ERROR (aemp_error_quark ())
GQuark aemp_error_quark (void);

typedef enum
{
  AEMP_ERROR_MALFORMED, /* bytes that are no JSON, no CBOR or no packet */
  AEMP_ERROR_LIMIT,     /* nested too deeply, too long, too many */
  AEMP_ERROR_PROTOCOL,  /* a handshake line that cannot be read or agreed on */
  AEMP_ERROR_AUTH,      /* a wrong answer in the handshake */
  AEMP_ERROR_CONFIG,    /* a setting that cannot be used */
  AEMP_ERROR_ADDRESS,   /* not a host:port, or no such host */
  AEMP_ERROR_DIVERGED,  /* a replayed node did not do what the recorded one did */
} AempErrorCode;

/* An error of the operating system: the code is an errno value.  Streams and
 * listeners report these, real and simulated alike. */
#define AEMP_ERRNO (aemp_errno_quark ())
GQuark aemp_errno_quark (void);

/* The text for an errno, always in English: texts travel over the wire and
 * stand in traces, which must not change with the locale. */
const char *aemp_errno_text (int number);

/* A new error of the domain AEMP_ERRNO with that text. */
GError *aemp_errno_error (int number);
