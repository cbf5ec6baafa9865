/* engine/handshake.c - see handshake.h. */
#include "handshake.h"

#include "auth.h"
#include "greeting.h"
#include "planted.h"
#include "printable.h"

#include <string.h>

#define QUOTED_MAX_BYTES 60
#define NONCE_MIN_BYTES 16
#define NONCE_MAX_BYTES 1024

/* The fields of an auth line in front of its options. */
enum
{
  FIELD_METHOD,
  FIELD_DATA,
  FIELD_FRAMING,
  FIELD_OPTIONS,
};

struct AempHandshake
{
  const AempHandshakeConfig *config;
  AempHandshakeState state;
  bool greeted;
  bool answered;

  char **accepts;      /* what of config->auth_accept can be accepted here */
  GString *partial;    /* of the line that is being read */
  AempAuthLines lines; /* ours as `own`; the strings are owned */

  AempGreeting greeting; /* of the peer */
  AempHandshakePeer peer;
  bool has_peer;

  const char *method_out; /* borrowed from the configuration, as is method_in */
  const char *method_in;
  const AempCodec *codec_out;
  const AempCodec *codec_in;
  char **auth_fields; /* of the peer's auth line; NULL before */
};

static bool
fail (GError **error, AempErrorCode code, const char *fault, const char *quoted)
{
  g_autofree char *printable = aemp_printable (quoted, strlen (quoted), QUOTED_MAX_BYTES);

  g_set_error (error, AEMP_ERROR, (int)code, "%s: \"%s\"", fault, printable);
  return false;
}

/* The element of `list` that equals `text`, or NULL. */
static const char *
find (const char *const *list, const char *text)
{
  for (; *list != NULL; list++)
    if (strcmp (*list, text) == 0)
      return *list;
  return NULL;
}

/* --- Our side ------------------------------------------------------------------- */

static bool
has_secret (const AempHandshakeConfig *config)
{
  return config->secret != NULL && *config->secret != '\0';
}

static char **
list_accepted (const AempHandshakeConfig *config)
{
  GPtrArray *methods = g_ptr_array_new ();

  for (size_t i = 0; config->auth_accept[i] != NULL; i++)
    if (aemp_auth_is_known (config->auth_accept[i])
        && (aemp_auth_is_of_tls (config->auth_accept[i]) ? config->tls : has_secret (config)))
      g_ptr_array_add (methods, g_strdup (config->auth_accept[i]));
  g_ptr_array_add (methods, NULL);
  return (char **)g_ptr_array_free (methods, FALSE);
}

static char *
make_greeting (const AempHandshakeConfig *config, char **accepts, const char *peer_address)
{
  GString *line
      = aemp_greeting_new_line (config->node_id, (const char *const *)accepts, config->framings);

  aemp_line_append_pair (line, "provider", config->provider);
  if (peer_address != NULL)
    aemp_line_append_pair (line, "peeraddr", peer_address);
  aemp_line_append_pair (line, "mproto", "1");
  aemp_line_append_pair (line, "gproto", "1");
  if (config->tls)
    aemp_line_append_pair (line, "tls", "1.0");
  aemp_line_append_pair (line, "instance", config->instance);
  aemp_line_append_pair (line, "dial", "1");
  g_assert (line->len < AEMP_HANDSHAKE_LINE_MAX_BYTES && strchr (line->str, '\n') == NULL);
  return g_string_free (line, FALSE);
}

AempHandshake *
aemp_handshake_new (const AempHandshakeConfig *config, const char *peer_address,
                    const uint8_t *nonce, size_t nonce_length)
{
  AempHandshake *handshake = g_new0 (AempHandshake, 1);

  g_assert (nonce_length >= NONCE_MIN_BYTES && nonce_length <= NONCE_MAX_BYTES);
  handshake->config = config;
  handshake->state = AEMP_HANDSHAKE_GREETING;
  handshake->accepts = list_accepted (config);
  handshake->partial = g_string_new (NULL);
  handshake->lines.own_greeting = make_greeting (config, handshake->accepts, peer_address);
  handshake->lines.own_nonce = g_base64_encode (nonce, nonce_length);
  return handshake;
}

void
aemp_handshake_free (AempHandshake *handshake)
{
  if (handshake == NULL)
    return;
  g_strfreev (handshake->accepts);
  g_string_free (handshake->partial, TRUE);
  g_free ((char *)handshake->lines.own_greeting);
  g_free ((char *)handshake->lines.own_nonce);
  g_free ((char *)handshake->lines.peer_greeting);
  g_free ((char *)handshake->lines.peer_nonce);
  aemp_greeting_clear (&handshake->greeting);
  g_strfreev (handshake->auth_fields);
  g_free (handshake);
}

static void
append_line (GByteArray *out, const char *line)
{
  g_byte_array_append (out, (const uint8_t *)line, (guint)strlen (line));
  g_byte_array_append (out, (const uint8_t *)"\n", 1);
}

void
aemp_handshake_greet (AempHandshake *handshake, GByteArray *out)
{
  g_assert (!handshake->greeted);
  handshake->greeted = true;
  append_line (out, handshake->lines.own_greeting);
  append_line (out, handshake->lines.own_nonce);
}

void
aemp_handshake_answer (AempHandshake *handshake, GByteArray *out, const char *options)
{
  g_autofree char *data = NULL;
  g_autofree char *line = NULL;

  g_assert (handshake->state == AEMP_HANDSHAKE_AUTH || handshake->state == AEMP_HANDSHAKE_VERIFIED);
  g_assert (handshake->greeted && !handshake->answered);
  data = aemp_auth_data (handshake->method_out, handshake->config->secret, &handshake->lines);
  if (options != NULL && strlen (options) > AEMP_HANDSHAKE_OPTIONS_MAX_BYTES)
    options = NULL;
  line = g_strconcat (handshake->method_out, ";", data, ";", handshake->codec_out->name,
                      options != NULL ? ";" : "", options, NULL);
  g_assert (strlen (line) < AEMP_HANDSHAKE_LINE_MAX_BYTES && strchr (line, '\n') == NULL);
  append_line (out, line);

  handshake->answered = true;
  if (handshake->state == AEMP_HANDSHAKE_VERIFIED)
    handshake->state = AEMP_HANDSHAKE_DONE;
}

/* --- The peer's greeting -------------------------------------------------------- */

static void
take_peer (AempHandshake *handshake)
{
  const AempGreeting *greeting = &handshake->greeting;

  handshake->peer = (AempHandshakePeer){
    .node_id = greeting->node_id,
    .instance = greeting->instance,
    .dial = greeting->dial,
    .provider = greeting->provider,
    .peer_address = greeting->peer_address,
    .nonce = handshake->lines.peer_nonce,
  };
  handshake->has_peer = true;
}

/* Is there somebody else at the other end?  Who sends our nonce back could send our
 * auth line back as well, so equal nonces are refused whatever the greetings are. */
static bool
check_other (const AempHandshake *handshake, GError **error)
{
  const AempAuthLines *lines = &handshake->lines;
  const char *fault = NULL;

  if (strcmp (lines->peer_nonce, lines->own_nonce) == 0 && !AEMP_PLANTED (own_nonce_accepted))
    fault = strcmp (lines->peer_greeting, lines->own_greeting) == 0
                ? "the peer sends our own greeting back (echo attack)"
                : "the peer sends our own nonce";
  else if (strcmp (handshake->greeting.node_id, handshake->config->node_id) == 0)
    fault = "I refuse to talk to myself: the peer has our node ID";
  return fault == NULL || fail (error, AEMP_ERROR_PROTOCOL, fault, handshake->greeting.node_id);
}

/* Can we prove ourselves by it on this connection?  Inside TLS only by its own methods. */
static bool
is_provable (const AempHandshake *handshake, const char *method)
{
  return aemp_auth_is_generated (method)
         && aemp_auth_is_of_tls (method) == aemp_handshake_uses_tls (handshake)
         && (aemp_auth_is_of_tls (method) || has_secret (handshake->config));
}

/* The first method in the peer's list that we are willing to generate. */
static bool
agree_on_method (AempHandshake *handshake, GError **error)
{
  const AempHandshakeConfig *config = handshake->config;
  char **methods = handshake->greeting.methods;
  g_autofree char *accepted = NULL;
  const char *fault = "no common authentication method, the peer accepts";

  for (; *methods != NULL; methods++)
    if (is_provable (handshake, *methods) && find (config->auth_offer, *methods) != NULL)
      {
        handshake->method_out = find (config->auth_offer, *methods);
        return true;
      }

  accepted = g_strjoinv (",", handshake->greeting.methods);
  if (config->tls && !handshake->greeting.tls)
    fault = "the peer does not speak TLS, it accepts";
  else if (!has_secret (config) && !config->tls)
    fault = "no secret is configured, so none can be proved, the peer accepts";
  else if (strstr (accepted, "_md6_") != NULL)
    fault = "the peer is a node of AnyEvent::MP 1.x, it accepts";
  return fail (error, AEMP_ERROR_PROTOCOL, fault, accepted);
}

/* One of the framings that we offered; NULL: it is not. */
static const AempCodec *
find_offered_framing (const AempHandshake *handshake, const char *name)
{
  if (find (handshake->config->framings, name) == NULL)
    return NULL;
  return aemp_codec_by_name (name, strlen (name));
}

/* The first framing in the peer's list that we support. */
static bool
agree_on_framing (AempHandshake *handshake, GError **error)
{
  char **framings = handshake->greeting.framings;
  g_autofree char *offered = NULL;

  for (; *framings != NULL && handshake->codec_out == NULL; framings++)
    handshake->codec_out = find_offered_framing (handshake, *framings);
  if (handshake->codec_out != NULL)
    return true;

  offered = g_strjoinv (",", handshake->greeting.framings);
  return fail (error, AEMP_ERROR_PROTOCOL,
               strcmp (offered, "storable") == 0 ? "the peer has no other framing than Perl's own"
                                                 : "no common framing, the peer has",
               offered);
}

static bool
read_nonce (AempHandshake *handshake, const char *line, GError **error)
{
  handshake->lines.peer_nonce = g_strdup (line);
  take_peer (handshake);
  if (!check_other (handshake, error) || !agree_on_method (handshake, error)
      || !agree_on_framing (handshake, error))
    return false;
  handshake->state = AEMP_HANDSHAKE_AUTH;
  return true;
}

static bool
read_greeting (AempHandshake *handshake, const char *line, GError **error)
{
  handshake->lines.peer_greeting = g_strdup (line);
  return aemp_greeting_read (&handshake->greeting, line, error);
}

/* --- The peer's auth line ------------------------------------------------------- */

/* Perl takes whatever method and framing the peer chose; ours takes what we offered. */
static bool
take_choice (AempHandshake *handshake, char **fields, GError **error)
{
  const char *method = find ((const char *const *)handshake->accepts, fields[FIELD_METHOD]);

  if (method == NULL && aemp_auth_is_known (fields[FIELD_METHOD])
      && AEMP_PLANTED (method_not_offered_accepted))
    method = fields[FIELD_METHOD];

  if (method != NULL && aemp_auth_is_of_tls (method) && !aemp_handshake_uses_tls (handshake))
    return fail (error, AEMP_ERROR_PROTOCOL,
                 "the peer authenticates by a method of TLS, but there is no TLS", method);
  handshake->method_in = method;
  if (method == NULL)
    return fail (error, AEMP_ERROR_PROTOCOL,
                 "the peer authenticates by a method that we did not offer", fields[FIELD_METHOD]);
  handshake->codec_in = find_offered_framing (handshake, fields[FIELD_FRAMING]);
  if (handshake->codec_in == NULL)
    return fail (error, AEMP_ERROR_PROTOCOL,
                 strcmp (fields[FIELD_FRAMING], "storable") == 0
                     ? "the peer chose Perl's own framing, which we never offer"
                     : "the peer chose a framing that we did not offer",
                 fields[FIELD_FRAMING]);
  return true;
}

static bool
verify (const AempHandshake *handshake, const char *data, GError **error)
{
  const AempAuthLines *ours = &handshake->lines;
  const AempAuthLines theirs = {
    .own_greeting = ours->peer_greeting,
    .own_nonce = ours->peer_nonce,
    .peer_greeting = ours->own_greeting,
    .peer_nonce = ours->own_nonce,
  };

  return aemp_auth_verify (handshake->method_in, handshake->config->secret, &theirs, data)
         || fail (error, AEMP_ERROR_AUTH,
                  aemp_auth_is_of_tls (handshake->method_in)
                      ? "the peer's proof is not for this connection, it claims to be"
                      : AEMP_HANDSHAKE_WRONG_ANSWER ", it claims to be",
                  handshake->greeting.node_id);
}

static bool
read_auth (AempHandshake *handshake, const char *line, GError **error)
{
  g_auto (GStrv) fields = g_strsplit (line, ";", -1);

  if (g_strv_length (fields) < FIELD_OPTIONS)
    return fail (error, AEMP_ERROR_PROTOCOL, "the peer's auth line is too short", line);
  if (!take_choice (handshake, fields, error) || !verify (handshake, fields[FIELD_DATA], error))
    return false;
  aemp_pairs_unescape (fields + FIELD_OPTIONS);
  handshake->auth_fields = g_steal_pointer (&fields);
  handshake->state = handshake->answered ? AEMP_HANDSHAKE_DONE : AEMP_HANDSHAKE_VERIFIED;
  return true;
}

/* --- Lines ---------------------------------------------------------------------- */

static bool
expects_line (const AempHandshake *handshake)
{
  return handshake->state == AEMP_HANDSHAKE_GREETING || handshake->state == AEMP_HANDSHAKE_AUTH;
}

/* The line is whole: `partial` without its end. */
static bool
read_line (AempHandshake *handshake, GError **error)
{
  GString *partial = handshake->partial;
  g_autofree char *line = NULL;

  if (partial->len > 0 && partial->str[partial->len - 1] == '\r')
    g_string_truncate (partial, partial->len - 1);
  if (strlen (partial->str) != partial->len)
    return fail (error, AEMP_ERROR_PROTOCOL, "a zero byte in a line of the handshake",
                 partial->str);
  line = g_strdup (partial->str);
  g_string_truncate (partial, 0);

  if (handshake->state == AEMP_HANDSHAKE_AUTH)
    return read_auth (handshake, line, error);
  if (handshake->lines.peer_greeting == NULL)
    return read_greeting (handshake, line, error);
  return read_nonce (handshake, line, error);
}

/* Takes bytes up to the end of the line, if it is there.  What counts is how long the
 * line is, not how much of it arrives in one piece. */
static bool
take_line (AempHandshake *handshake, const uint8_t *bytes, size_t length, size_t *taken,
           GError **error)
{
  GString *partial = handshake->partial;
  size_t window = MIN (length, AEMP_HANDSHAKE_LINE_MAX_BYTES - partial->len);
  const uint8_t *end = memchr (bytes, '\n', window);

  if (end != NULL)
    {
      g_string_append_len (partial, (const char *)bytes, end - bytes);
      *taken += (size_t)(end - bytes) + 1;
      return read_line (handshake, error);
    }
  g_string_append_len (partial, (const char *)bytes, (gssize)window);
  *taken += window;
  if (partial->len < AEMP_HANDSHAKE_LINE_MAX_BYTES)
    return true;
  return fail (
      error, AEMP_ERROR_PROTOCOL,
      "a line of the handshake exceeds " G_STRINGIFY (AEMP_HANDSHAKE_LINE_MAX_BYTES) " bytes",
      partial->str);
}

bool
aemp_handshake_feed (AempHandshake *handshake, const uint8_t *bytes, size_t length, size_t *taken,
                     GError **error)
{
  AempHandshakeState before = handshake->state;

  g_assert (before != AEMP_HANDSHAKE_FAILED);
  *taken = 0;
  while (*taken < length && handshake->state == before && expects_line (handshake))
    if (!take_line (handshake, bytes + *taken, length - *taken, taken, error))
      {
        handshake->state = AEMP_HANDSHAKE_FAILED;
        return false;
      }
  return true;
}

/* --- Questions ------------------------------------------------------------------ */

AempHandshakeState
aemp_handshake_state (const AempHandshake *handshake)
{
  return handshake->state;
}

bool
aemp_handshake_answered (const AempHandshake *handshake)
{
  return handshake->answered;
}

const AempHandshakePeer *
aemp_handshake_peer (const AempHandshake *handshake)
{
  return handshake->has_peer ? &handshake->peer : NULL;
}

const char *
aemp_handshake_option (const AempHandshake *handshake, const char *key)
{
  g_assert (handshake->auth_fields != NULL);
  return aemp_pairs_get (handshake->auth_fields + FIELD_OPTIONS, key);
}

bool
aemp_handshake_uses_tls (const AempHandshake *handshake)
{
  return handshake->config->tls && handshake->greeting.tls;
}

bool
aemp_handshake_is_tls_client (const AempHandshake *handshake)
{
  g_assert (handshake->has_peer);
  return strcmp (handshake->lines.own_nonce, handshake->lines.peer_nonce) < 0;
}

bool
aemp_handshake_is_trusted (const AempHandshake *handshake)
{
  return handshake->method_in != NULL && strcmp (handshake->method_in, "tls_anon") != 0;
}

const AempCodec *
aemp_handshake_codec_out (const AempHandshake *handshake)
{
  return handshake->codec_out;
}

const AempCodec *
aemp_handshake_codec_in (const AempHandshake *handshake)
{
  return handshake->codec_in;
}

const char *
aemp_handshake_method (const AempHandshake *handshake)
{
  return handshake->method_in;
}

const char *
aemp_handshake_nonce (const AempHandshake *handshake)
{
  return handshake->lines.own_nonce;
}

uint64_t
aemp_handshake_connection (const AempHandshake *handshake)
{
  const char *lower = handshake->lines.own_nonce;
  const char *higher = handshake->lines.peer_nonce;
  g_autofree char *both = NULL;

  g_assert (handshake->has_peer);
  if (strcmp (lower, higher) > 0)
    {
      lower = handshake->lines.peer_nonce;
      higher = handshake->lines.own_nonce;
    }
  both = g_strconcat (lower, "\n", higher, NULL);
  return aemp_hash_bytes (both, strlen (both));
}
