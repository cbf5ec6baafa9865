/* engine/tls.c - see tls.h.  The only file that includes gnutls. */
#include "tls.h"

#include "planted.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#define CHAIN_MAX 16 /* certificates that a peer may show; gnutls reads no more, either */
#define KEY_MIN_BITS 2048
#define KEY_NEW_BITS 3072
#define RECORD_MAX_BYTES 16384 /* of plain bytes */
#define SERIAL_BYTES 16

#define SECOND_US G_GINT64_CONSTANT (1000000)

/* Nothing here may make a length depend on chance: no ECDSA, whose signatures vary, and no groups
 * whose numbers may be shorter than usual. */
#define PRIORITIES                                                                                 \
  "NONE:+VERS-TLS1.3:+VERS-TLS1.2"                                                                 \
  ":+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:+AEAD:+ECDHE-RSA:+COMP-NULL:+CTYPE-X509"          \
  ":+GROUP-X25519:+GROUP-SECP256R1"                                                                \
  ":+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-PSS-RSAE-SHA384:+SIGN-RSA-PSS-RSAE-SHA512"                 \
  ":+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:+SIGN-RSA-SHA512"                                            \
  ":%SERVER_PRECEDENCE:%NO_TICKETS"

#define SESSION_FLAGS                                                                              \
  (GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS | GNUTLS_KEY_SHARE_TOP)

/* The times are checked here, by the clock of whoever asks. */
#define VERIFY_FLAGS                                                                               \
  (GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_PROFILE_TO_VFLAGS (GNUTLS_PROFILE_MEDIUM))

struct AempTlsIdentity
{
  gnutls_certificate_credentials_t credentials;
  gnutls_x509_trust_list_t trusted;
  gnutls_priority_t priorities;
};

struct AempTls
{
  const AempTlsIdentity *identity;
  gnutls_session_t session;
  bool ready;
  bool ended; /* by the peer */

  /* During a call: */
  const uint8_t *unread;
  size_t unread_bytes;
  GByteArray *out;
  int64_t wall_us;
  GError *refusal; /* what is wrong with the peer's certificate */
};

/* --- Certificates ----------------------------------------------------------------- */

typedef struct
{
  gnutls_x509_crt_t *list;
  unsigned count;
} Certificates;

static void
certificates_clear (Certificates *certificates)
{
  for (unsigned i = 0; i < certificates->count; i++)
    gnutls_x509_crt_deinit (certificates->list[i]);
  gnutls_free (certificates->list);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Certificates, certificates_clear)

static bool
unusable (GError **error, const char *fault)
{
  g_set_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG, "cert: %s", fault);
  return false;
}

static gnutls_datum_t
datum_of (const char *text)
{
  return (gnutls_datum_t){ (unsigned char *)text, (unsigned)strlen (text) };
}

static gnutls_x509_privkey_t
read_key (const char *pem, GError **error)
{
  gnutls_datum_t text = datum_of (pem);
  gnutls_x509_privkey_t key;
  unsigned bits = 0;

  gnutls_x509_privkey_init (&key);
  if (gnutls_x509_privkey_import (key, &text, GNUTLS_X509_FMT_PEM) < 0)
    unusable (error, "expected text in PEM with a private key that is not encrypted");
  else if (gnutls_x509_privkey_get_pk_algorithm2 (key, &bits) != GNUTLS_PK_RSA
           || bits < KEY_MIN_BITS)
    unusable (error, "expected an RSA key of " G_STRINGIFY (KEY_MIN_BITS) " bits or more");
  else
    return key;
  gnutls_x509_privkey_deinit (key);
  return NULL;
}

static bool
belongs (gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
  uint8_t ours[64], its[64];
  size_t ours_bytes = sizeof ours, its_bytes = sizeof its;

  return gnutls_x509_privkey_get_key_id (key, GNUTLS_KEYID_USE_SHA256, ours, &ours_bytes) == 0
         && gnutls_x509_crt_get_key_id (certificate, GNUTLS_KEYID_USE_SHA256, its, &its_bytes) == 0
         && ours_bytes == its_bytes && memcmp (ours, its, its_bytes) == 0;
}

/* Who of them signed it?  NULL: none, or it did so itself. */
static gnutls_x509_crt_t
find_issuer (const Certificates *all, gnutls_x509_crt_t certificate)
{
  if (gnutls_x509_crt_check_issuer (certificate, certificate))
    return NULL;
  for (unsigned i = 0; i < all->count; i++)
    if (gnutls_x509_crt_check_issuer (certificate, all->list[i]))
      return all->list[i];
  return NULL;
}

/* What we show: the certificate of the key, then who signed the one before it. */
static bool
show (AempTlsIdentity *identity, const Certificates *all, gnutls_x509_privkey_t key, GError **error)
{
  gnutls_x509_crt_t chain[CHAIN_MAX];
  unsigned length = 0;

  for (unsigned i = 0; i < all->count && length == 0; i++)
    if (belongs (all->list[i], key))
      chain[length++] = all->list[i];
  if (length == 0)
    return unusable (error, "none of the certificates in it belongs to the private key");
  for (gnutls_x509_crt_t issuer = find_issuer (all, chain[0]); issuer && length < CHAIN_MAX;
       issuer = find_issuer (all, issuer))
    chain[length++] = issuer;
  if (gnutls_certificate_set_x509_key (identity->credentials, chain, (int)length, key) < 0)
    return unusable (error, "key and certificate cannot be used for TLS");
  return true;
}

static bool
read_identity (AempTlsIdentity *identity, const char *pem, gnutls_x509_privkey_t key,
               GError **error)
{
  g_auto (Certificates) all = { NULL, 0 };
  gnutls_datum_t text = datum_of (pem);

  if (gnutls_x509_crt_list_import2 (&all.list, &all.count, &text, GNUTLS_X509_FMT_PEM, 0) < 0)
    return unusable (error, "expected a certificate in PEM behind the private key");
  if (!show (identity, &all, key, error))
    return false;
  gnutls_x509_trust_list_add_cas (identity->trusted, all.list, all.count, 0);
  gnutls_free (all.list); /* the certificates belong to the list of those we trust */
  all = (Certificates){ NULL, 0 };
  return true;
}

static int verify_peer (gnutls_session_t session);

AempTlsIdentity *
aemp_tls_identity_new (const char *pem, GError **error)
{
  g_autoptr (AempTlsIdentity) identity = NULL;
  gnutls_x509_privkey_t key = read_key (pem, error);
  bool is_good;

  if (key == NULL)
    return NULL;
  identity = g_new0 (AempTlsIdentity, 1);
  gnutls_certificate_allocate_credentials (&identity->credentials);
  gnutls_certificate_set_verify_function (identity->credentials, verify_peer);
  gnutls_x509_trust_list_init (&identity->trusted, 0);
  is_good = read_identity (identity, pem, key, error);
  gnutls_x509_privkey_deinit (key);
  if (!is_good)
    return NULL;
  if (gnutls_priority_init (&identity->priorities, PRIORITIES, NULL) < 0)
    {
      unusable (error, "gnutls, as this system configures it, has no TLS that we speak");
      return NULL;
    }
  return g_steal_pointer (&identity);
}

void
aemp_tls_identity_free (AempTlsIdentity *identity)
{
  if (identity == NULL)
    return;
  gnutls_certificate_free_credentials (identity->credentials);
  gnutls_x509_trust_list_deinit (identity->trusted, 1);
  if (identity->priorities != NULL)
    gnutls_priority_deinit (identity->priorities);
  g_free (identity);
}

/* --- A new certificate ------------------------------------------------------------ */

static bool
fill_in (gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key, const char *name,
         int64_t from_us, int64_t until_us)
{
  uint8_t serial[SERIAL_BYTES];

  if (gnutls_rnd (GNUTLS_RND_NONCE, serial, sizeof serial) < 0)
    return false;
  serial[0] = (serial[0] & 0x3f) | 0x40; /* positive, and always as long */
  return gnutls_x509_crt_set_version (certificate, 3) == 0
         && gnutls_x509_crt_set_serial (certificate, serial, sizeof serial) == 0
         && gnutls_x509_crt_set_dn_by_oid (certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                           (unsigned)strlen (name))
                == 0
         && gnutls_x509_crt_set_activation_time (certificate, from_us / SECOND_US) == 0
         && gnutls_x509_crt_set_expiration_time (certificate, until_us / SECOND_US) == 0
         && gnutls_x509_crt_set_basic_constraints (certificate, 1, -1) == 0
         && gnutls_x509_crt_set_key (certificate, key) == 0
         && gnutls_x509_crt_sign2 (certificate, certificate, key, GNUTLS_DIG_SHA256, 0) == 0;
}

char *
aemp_tls_certificate_new (const char *name, int64_t from_us, int64_t until_us, GError **error)
{
  gnutls_datum_t key_text = { NULL, 0 };
  gnutls_datum_t certificate_text = { NULL, 0 };
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t certificate;
  char *pem = NULL;

  gnutls_x509_privkey_init (&key);
  gnutls_x509_crt_init (&certificate);
  if (gnutls_x509_privkey_generate (key, GNUTLS_PK_RSA, KEY_NEW_BITS, 0) == 0
      && fill_in (certificate, key, name, from_us, until_us)
      && gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                            &key_text)
             == 0
      && gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_PEM, &certificate_text) == 0)
    pem = g_strconcat ((char *)key_text.data, (char *)certificate_text.data, NULL);
  else
    unusable (error, "no certificate could be made: expected a name of 1 to 64 characters and "
                     "times from 1950 on");
  gnutls_memset (key_text.data, 0, key_text.size);
  gnutls_free (key_text.data);
  gnutls_free (certificate_text.data);
  gnutls_x509_privkey_deinit (key);
  gnutls_x509_crt_deinit (certificate);
  return pem;
}

/* --- The peer's certificate --------------------------------------------------------- */

static bool
refuse (AempTls *tls, gnutls_alert_description_t alert, const char *fault, const char *detail)
{
  g_clear_error (&tls->refusal);
  g_set_error (&tls->refusal, AEMP_ERROR, AEMP_ERROR_AUTH, "the peer's certificate %s%s", fault,
               detail);
  gnutls_alert_send (tls->session, GNUTLS_AL_FATAL, alert);
  return false;
}

static const char *
fault_of (unsigned status)
{
  if (status & (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA))
    return "is signed by nobody we trust";
  if (status & GNUTLS_CERT_INSECURE_ALGORITHM)
    return "is signed in a way, or has a key, that is not safe any more";
  return "or one of those who signed it is not valid";
}

/* 2026-01-01T00:01:00Z */
static char *
time_text (time_t time)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (time);

  return date != NULL ? g_date_time_format_iso8601 (date) : g_strdup ("a time out of range");
}

static bool
check_times (AempTls *tls, gnutls_x509_crt_t certificate)
{
  time_t now = tls->wall_us / SECOND_US;
  time_t from = gnutls_x509_crt_get_activation_time (certificate);
  time_t until = gnutls_x509_crt_get_expiration_time (certificate);
  g_autofree char *text = NULL;

  if (from == (time_t)-1 || until == (time_t)-1)
    return refuse (tls, GNUTLS_A_BAD_CERTIFICATE, "does not say when it is valid", "");
  if (now < from)
    return refuse (tls, GNUTLS_A_CERTIFICATE_EXPIRED, "is not valid before ",
                   text = time_text (from));
  if (now > until)
    return refuse (tls, GNUTLS_A_CERTIFICATE_EXPIRED, "has expired, it was valid until ",
                   text = time_text (until));
  return true;
}

/* All that it shows have to be valid now, and so has whom we trust because of them. */
static bool
check_all_times (AempTls *tls, const Certificates *chain)
{
  gnutls_x509_crt_t anchor;

  for (unsigned i = 0; i < chain->count; i++)
    if (!check_times (tls, chain->list[i]))
      return false;
  if (gnutls_x509_trust_list_get_issuer (tls->identity->trusted, chain->list[chain->count - 1],
                                         &anchor, 0)
      < 0)
    return true; /* it is trusted itself, without who signed it */
  return check_times (tls, anchor);
}

static bool
check_chain (AempTls *tls, const Certificates *chain)
{
  unsigned status = 0;

  if (gnutls_x509_trust_list_verify_crt (tls->identity->trusted, chain->list, chain->count,
                                         VERIFY_FLAGS, &status, NULL)
      < 0)
    return refuse (tls, GNUTLS_A_BAD_CERTIFICATE, "cannot be checked", "");
  if (status != 0)
    return refuse (tls, GNUTLS_A_UNKNOWN_CA, fault_of (status), "");
  return check_all_times (tls, chain) || AEMP_PLANTED (certificate_times_not_checked);
}

/* gnutls calls this in the middle of the handshake; other than 0 ends that. */
static int
verify_peer (gnutls_session_t session)
{
  AempTls *tls = gnutls_session_get_ptr (session);
  g_auto (Certificates) chain = { gnutls_calloc (CHAIN_MAX, sizeof *chain.list), 0 };
  unsigned count = 0;
  const gnutls_datum_t *shown = gnutls_certificate_get_peers (session, &count);

  if (shown == NULL || count == 0 || count > CHAIN_MAX)
    {
      refuse (tls, GNUTLS_A_BAD_CERTIFICATE, "is missing, or there are too many", "");
      return GNUTLS_E_CERTIFICATE_ERROR;
    }
  for (unsigned i = 0; i < count; i++)
    {
      gnutls_x509_crt_init (&chain.list[chain.count++]);
      if (gnutls_x509_crt_import (chain.list[i], &shown[i], GNUTLS_X509_FMT_DER) < 0)
        {
          refuse (tls, GNUTLS_A_BAD_CERTIFICATE, "cannot be read", "");
          return GNUTLS_E_CERTIFICATE_ERROR;
        }
    }
  return check_chain (tls, &chain) ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

/* --- What goes wrong ---------------------------------------------------------------- */

/* What the peer tells us in an alert; gnutls would translate its text. */
static const struct
{
  int alert;
  AempErrorCode code;
  const char *text;
} alerts[] = {
  { GNUTLS_A_UNKNOWN_CA, AEMP_ERROR_AUTH, "does not trust who signed our certificate" },
  { GNUTLS_A_CERTIFICATE_EXPIRED, AEMP_ERROR_AUTH,
    "says that our certificate is not valid at this time" },
  { GNUTLS_A_BAD_CERTIFICATE, AEMP_ERROR_AUTH, "refuses our certificate" },
  { GNUTLS_A_UNSUPPORTED_CERTIFICATE, AEMP_ERROR_AUTH, "cannot use our certificate" },
  { GNUTLS_A_CERTIFICATE_REVOKED, AEMP_ERROR_AUTH, "says that our certificate was revoked" },
  { GNUTLS_A_CERTIFICATE_UNKNOWN, AEMP_ERROR_AUTH, "refuses our certificate" },
  { GNUTLS_A_CERTIFICATE_REQUIRED, AEMP_ERROR_AUTH, "wants to see a certificate of ours" },
  { GNUTLS_A_HANDSHAKE_FAILURE, AEMP_ERROR_PROTOCOL, "has no TLS in common with us" },
  { GNUTLS_A_PROTOCOL_VERSION, AEMP_ERROR_PROTOCOL, "has no version of TLS in common with us" },
};

static void
tell_alert (AempTls *tls, GError **error)
{
  gnutls_alert_description_t alert = gnutls_alert_get (tls->session);

  for (size_t i = 0; i < G_N_ELEMENTS (alerts); i++)
    if (alerts[i].alert == (int)alert)
      {
        g_set_error (error, AEMP_ERROR, (int)alerts[i].code, "the peer %s", alerts[i].text);
        return;
      }
  g_set_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL, "the peer ends TLS: alert %d", (int)alert);
}

static void
tell_failure (AempTls *tls, int result, GError **error)
{
  if (tls->refusal != NULL)
    g_propagate_error (error, g_steal_pointer (&tls->refusal));
  else if (result == GNUTLS_E_FATAL_ALERT_RECEIVED)
    tell_alert (tls, error);
  else if (result == GNUTLS_E_NO_CERTIFICATE_FOUND || result == GNUTLS_E_CERTIFICATE_REQUIRED)
    g_set_error_literal (error, AEMP_ERROR, AEMP_ERROR_AUTH, "the peer shows no certificate");
  else
    g_set_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL,
                 "the peer's TLS is not what it should be (%s)",
                 gnutls_strerror_name (result) != NULL ? gnutls_strerror_name (result) : "?");
}

/* The verdict on a result of gnutls that is below zero: may it go on? */
static bool
goes_on (AempTls *tls, int result, GError **error)
{
  if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED
      || result == GNUTLS_E_WARNING_ALERT_RECEIVED)
    return true;
  if (tls->refusal == NULL && result != GNUTLS_E_FATAL_ALERT_RECEIVED)
    gnutls_alert_send_appropriate (tls->session, result);
  tell_failure (tls, result, error);
  return false;
}

/* --- Bytes ---------------------------------------------------------------------------- */

static ssize_t
pull (gnutls_transport_ptr_t data, void *bytes, size_t most)
{
  AempTls *tls = data;
  size_t length = MIN (most, tls->unread_bytes);

  if (length == 0)
    {
      gnutls_transport_set_errno (tls->session, EAGAIN);
      return -1;
    }
  memcpy (bytes, tls->unread, length);
  tls->unread += length;
  tls->unread_bytes -= length;
  return (ssize_t)length;
}

static ssize_t
push (gnutls_transport_ptr_t data, const void *bytes, size_t length)
{
  AempTls *tls = data;

  g_byte_array_append (tls->out, bytes, (guint)length);
  return (ssize_t)length;
}

/* By itself gnutls would write all keys to a file that the process's environment names. */
static int
keep_keys (gnutls_session_t session, const char *label, const gnutls_datum_t *key)
{
  return 0;
}

AempTls *
aemp_tls_new (const AempTlsIdentity *identity, bool is_client)
{
  AempTls *tls = g_new0 (AempTls, 1);
  int result
      = gnutls_init (&tls->session, (is_client ? GNUTLS_CLIENT : GNUTLS_SERVER) | SESSION_FLAGS);

  g_assert (result == 0);
  tls->identity = identity;
  gnutls_session_set_ptr (tls->session, tls);
  gnutls_priority_set (tls->session, identity->priorities);
  gnutls_credentials_set (tls->session, GNUTLS_CRD_CERTIFICATE, identity->credentials);
  if (!is_client)
    gnutls_certificate_server_set_request (tls->session, GNUTLS_CERT_REQUIRE);
  gnutls_session_set_keylog_function (tls->session, keep_keys);
  gnutls_transport_set_ptr (tls->session, tls);
  gnutls_transport_set_pull_function (tls->session, pull);
  gnutls_transport_set_push_function (tls->session, push);
  return tls;
}

void
aemp_tls_free (AempTls *tls)
{
  if (tls == NULL)
    return;
  gnutls_deinit (tls->session);
  g_clear_error (&tls->refusal);
  g_free (tls);
}

static bool
shake_hands (AempTls *tls, GError **error)
{
  int result;

  do
    result = gnutls_handshake (tls->session);
  while (result == GNUTLS_E_INTERRUPTED || result == GNUTLS_E_WARNING_ALERT_RECEIVED);
  tls->ready = result == 0;
  return tls->ready || goes_on (tls, result, error);
}

static bool
read_records (AempTls *tls, GByteArray *plain, GError **error)
{
  uint8_t bytes[RECORD_MAX_BYTES];

  while (!tls->ended)
    {
      ssize_t length = gnutls_record_recv (tls->session, bytes, sizeof bytes);

      if (length == GNUTLS_E_AGAIN)
        return true;
      if (length > 0)
        g_byte_array_append (plain, bytes, (guint)length);
      else if (length == 0)
        tls->ended = true;
      else if (!goes_on (tls, (int)length, error))
        return false;
    }
  return true;
}

bool
aemp_tls_feed (AempTls *tls, const uint8_t *bytes, size_t length, int64_t wall_us,
               GByteArray *plain, GByteArray *out, GError **error)
{
  bool is_good = true;

  tls->unread = bytes;
  tls->unread_bytes = length;
  tls->out = out;
  tls->wall_us = wall_us;
  if (!tls->ready)
    is_good = shake_hands (tls, error);
  if (is_good && tls->ready)
    is_good = read_records (tls, plain, error);
  return is_good;
}

bool
aemp_tls_is_ready (const AempTls *tls)
{
  return tls->ready;
}

bool
aemp_tls_is_ended (const AempTls *tls)
{
  return tls->ended;
}

void
aemp_tls_seal (AempTls *tls, const uint8_t *bytes, size_t length, GByteArray *out)
{
  g_assert (tls->ready);
  tls->out = out;
  while (length > 0)
    {
      ssize_t sealed = gnutls_record_send (tls->session, bytes, MIN (length, RECORD_MAX_BYTES));

      g_assert (sealed > 0); /* push() takes everything */
      bytes += sealed;
      length -= (size_t)sealed;
    }
}

void
aemp_tls_end (AempTls *tls, GByteArray *out)
{
  g_assert (tls->ready);
  tls->out = out;
  gnutls_bye (tls->session, GNUTLS_SHUT_WR);
}
