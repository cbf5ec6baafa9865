/* engine/auth.c - see auth.h. */
#include "auth.h"

#include "planted.h"
#include "sha3.h"

#include <string.h>

static char *
to_hex (const uint8_t *bytes, size_t length)
{
  static const char digits[] = "0123456789abcdef";
  char *hex = g_malloc (2 * length + 1);

  for (size_t i = 0; i < length; i++)
    {
      hex[2 * i] = digits[bytes[i] >> 4];
      hex[2 * i + 1] = digits[bytes[i] & 15];
    }
  hex[2 * length] = '\0';
  return hex;
}

static char *
join (const AempAuthLines *lines)
{
  return g_strconcat (lines->own_greeting, "\n", lines->own_nonce, "\n", lines->peer_greeting, "\n",
                      lines->peer_nonce, "\n", NULL);
}

static char *
hmac_data (const char *secret, const AempAuthLines *lines)
{
  g_autofree char *text = join (lines);
  uint8_t digest[AEMP_SHA3_512_BYTES];

  aemp_hmac_sha3_512 (secret, strlen (secret), text, strlen (text), digest);
  return to_hex (digest, sizeof digest);
}

static char *
cleartext_data (const char *secret, const AempAuthLines *lines)
{
  return to_hex ((const uint8_t *)secret, strlen (secret));
}

static char *
hash_data (const char *secret, const AempAuthLines *lines)
{
  g_autofree char *text = join (lines);
  uint8_t digest[AEMP_SHA3_512_BYTES];

  aemp_sha3_512 (text, strlen (text), digest);
  return to_hex (digest, sizeof digest);
}

static char *
no_data (const char *secret, const AempAuthLines *lines)
{
  return g_strdup ("");
}

typedef struct
{
  const char *name;
  bool is_of_tls;
  bool is_generated; /* cleartext would give the secret to whoever answers */
  char *(*data) (const char *secret, const AempAuthLines *lines);
} Method;

static const Method methods[] = {
  { "tls_sha3_512", true, true, hash_data },
  { "hmac_sha3_512", false, true, hmac_data },
  { "tls_anon", true, true, no_data },
  { "cleartext", false, false, cleartext_data },
};

static const Method *
find_method (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (methods); i++)
    if (strcmp (methods[i].name, name) == 0)
      return &methods[i];
  return NULL;
}

bool
aemp_auth_is_known (const char *method)
{
  return find_method (method) != NULL;
}

bool
aemp_auth_is_generated (const char *method)
{
  const Method *found = find_method (method);

  return found != NULL && found->is_generated;
}

bool
aemp_auth_is_of_tls (const char *method)
{
  const Method *found = find_method (method);

  return found != NULL && found->is_of_tls;
}

char *
aemp_auth_data (const char *method, const char *secret, const AempAuthLines *lines)
{
  const Method *found = find_method (method);

  g_assert (found != NULL && (found->is_of_tls || *secret != '\0'));
  return found->data (secret, lines);
}

bool
aemp_auth_verify (const char *method, const char *secret, const AempAuthLines *lines,
                  const char *data)
{
  g_autofree char *expected = NULL;
  size_t length = strlen (data);

  if (!aemp_auth_is_of_tls (method) && (secret == NULL || *secret == '\0'))
    return false;
  expected = aemp_auth_data (method, secret, lines);
  /* Hashes are of one length, so the time does not tell how long a secret is either. */
  uint8_t one[AEMP_SHA3_512_BYTES], other[AEMP_SHA3_512_BYTES];
  aemp_sha3_512 (expected, strlen (expected), one);
  aemp_sha3_512 (data, length, other);
  return aemp_equal_in_constant_time (one, other, sizeof one)
         || AEMP_PLANTED (wrong_secret_accepted);
}
