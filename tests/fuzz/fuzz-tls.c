/* tests/fuzz/fuzz-tls.c - for libFuzzer: a stranger says random bytes where TLS is meant to begin.
 *
 * The first byte says whether we are the client; the second how the rest is cut.  Nobody gets in
 * without a certificate, so there is never a plain byte, and what we say has a limit. */
#include "engine/tls.h"
#include "scenarios/scenario.h"

#include <string.h>

#define NOW_US (INT64_C (1767225630) * G_USEC_PER_SEC)
#define ANSWER_MAX_BYTES 16384 /* a hello, certificates, an alert */

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static AempTlsIdentity *
identity (void)
{
  static AempTlsIdentity *known;

  if (known == NULL)
    known = aemp_tls_identity_new (scenario_certificate_find ("signed")->pem, NULL);
  g_assert_nonnull (known);
  return known;
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
  g_autoptr (GByteArray) plain = g_byte_array_new ();
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  if (length < 2)
    return 0;
  g_autoptr (AempTls) tls = aemp_tls_new (identity (), (bytes[0] & 1) != 0);
  size_t piece = (size_t)bytes[1] + 1;
  bool is_good = aemp_tls_feed (tls, NULL, 0, NOW_US, plain, out, &error);

  g_assert_true (is_good);
  for (size_t at = 2; at < length && is_good; at += piece)
    is_good = aemp_tls_feed (tls, bytes + at, MIN (piece, length - at), NOW_US, plain, out, &error);
  g_assert_true (is_good == (error == NULL));
  if (error != NULL)
    {
      g_assert_true (error->domain == AEMP_ERROR);
      g_assert_cmpuint (strlen (error->message), <, 200);
    }
  g_assert_false (aemp_tls_is_ready (tls) || aemp_tls_is_ended (tls));
  g_assert_cmpuint (plain->len, ==, 0);
  g_assert_cmpuint (out->len, <, ANSWER_MAX_BYTES);
  return 0;
}
