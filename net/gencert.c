/* net/gencert.c - see gencert.h. */
#include "net/gencert.h"

#include "engine/error.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define NAME "CN=aemp"
#define SERIAL_BYTES 16
#define VALID_BEFORE_SECONDS (24 * 3600) /* other clocks may be behind ours */
#define VALID_SECONDS (INT64_C (20) * 365 * 24 * 3600)
#define PURPOSES (GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_CERT_SIGN)

/* The steps are negative where gnutls fails, and then the others are not taken. */
#define STEP(result, call)                                                                         \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if ((result) >= 0)                                                                             \
      (result) = (call);                                                                           \
  }                                                                                                \
  G_STMT_END

static int
fill_in (gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
  uint8_t serial[SERIAL_BYTES];
  uint8_t key_id[64];
  size_t key_id_length = sizeof key_id;
  time_t now = time (NULL);
  int result = gnutls_rnd (GNUTLS_RND_NONCE, serial, sizeof serial);

  serial[0] &= 0x7f; /* a positive number */
  serial[0] |= 0x40;
  STEP (result, gnutls_x509_crt_set_version (certificate, 3));
  STEP (result, gnutls_x509_crt_set_serial (certificate, serial, sizeof serial));
  STEP (result, gnutls_x509_crt_set_dn (certificate, NAME, NULL));
  STEP (result, gnutls_x509_crt_set_activation_time (certificate, now - VALID_BEFORE_SECONDS));
  STEP (result, gnutls_x509_crt_set_expiration_time (certificate, now + VALID_SECONDS));
  STEP (result, gnutls_x509_crt_set_basic_constraints (certificate, 1, -1));
  STEP (result, gnutls_x509_crt_set_key_usage (certificate, PURPOSES));
  STEP (result, gnutls_x509_crt_set_key (certificate, key));
  STEP (result, gnutls_x509_crt_get_key_id (certificate, 0, key_id, &key_id_length));
  STEP (result, gnutls_x509_crt_set_subject_key_id (certificate, key_id, key_id_length));
  STEP (result, gnutls_x509_crt_sign2 (certificate, certificate, key, GNUTLS_DIG_SHA256, 0));
  return result;
}

/* Appends what was exported, and frees it. */
static void
append (GString *pem, gnutls_datum_t *datum)
{
  if (datum->data)
    g_string_append_len (pem, (const char *)datum->data, (gssize)datum->size);
  gnutls_free (datum->data);
}

static int
generate (gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key, GString *pem)
{
  gnutls_datum_t key_pem = { NULL, 0 };
  gnutls_datum_t certificate_pem = { NULL, 0 };
  int result = gnutls_x509_privkey_generate (
      key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0);

  STEP (result, fill_in (certificate, key));
  STEP (result, gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_PEM, NULL,
                                                   GNUTLS_PKCS_PLAIN, &key_pem));
  STEP (result, gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_PEM, &certificate_pem));
  append (pem, &key_pem);
  append (pem, &certificate_pem);
  return result;
}

char *
net_gencert (GError **error)
{
  gnutls_x509_privkey_t key = NULL;
  gnutls_x509_crt_t certificate = NULL;
  g_autoptr (GString) pem = g_string_new (NULL);
  int result = gnutls_x509_privkey_init (&key);

  STEP (result, gnutls_x509_crt_init (&certificate));
  STEP (result, generate (certificate, key, pem));
  gnutls_x509_crt_deinit (certificate);
  gnutls_x509_privkey_deinit (key);
  if (result >= 0)
    return g_string_free (g_steal_pointer (&pem), false);
  g_set_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG, "no certificate could be made: %s",
               gnutls_strerror (result));
  return NULL;
}
