/* tests/unit/test-sha3.c - the hash under the authentication.
 *
 * The empty and the 200-byte message are NIST's examples for FIPS 202; the HMACs of
 * "Sample message…" are NIST's examples for HMAC with SHA3-512.  The others were
 * computed by Python's hashlib and hmac. */
#include "engine/sha3.h"

#include <string.h>

static void
assert_hex (const uint8_t digest[AEMP_SHA3_512_BYTES], const char *expected)
{
  GString *hex = g_string_new (NULL);

  for (size_t i = 0; i < AEMP_SHA3_512_BYTES; i++)
    g_string_append_printf (hex, "%02x", digest[i]);
  g_assert_cmpstr (hex->str, ==, expected);
  g_string_free (hex, TRUE);
}

static void
test_hash (void)
{
  /* `count` times the byte, before, on and behind the border of a block. */
  static const struct
  {
    uint8_t byte;
    size_t count;
    const char *digest;
  } messages[] = {
    { 0x00, 0,
      "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6"
      "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26" },
    { 0x61, 71,
      "070faf98d2a8fddf8ed886408744dc06456096c2e045f26f3c7b010530e6bbb3"
      "db535a54d636856f4e0e1e982461cb9a7e8e57ff8895cff1619af9f0e486e28c" },
    { 0x61, 72,
      "a8ae722a78e10cbbc413886c02eb5b369a03f6560084aff566bd597bb7ad8c1c"
      "cd86e81296852359bf2faddb5153c0a7445722987875e74287adac21adebe952" },
    { 0x61, 73,
      "23e6a8815f8201dbbf6a5463be8dcadb1acea9df5f8998954e59ac9565cf6d29"
      "b17aa27a5e8b0fc06343db6122d6e544d27583ddc78504d08203217e7e65b6bd" },
    { 0x61, 144,
      "446cd4d7ba19510dcc776b21045bc68d424b5b840e14685e149bb238b5f473c0"
      "356b69e04f0f5785eefce20ff09e678b080d8aac64568c5edf001cd32b2ed7a8" },
    { 0xa3, 200,
      "e76dfad22084a8b1467fcf2ffa58361bec7628edf5f3fdc0e4805dc48caeeca8"
      "1b7c13c30adf52a3659584739a2df46be589c51ca1a4a8416df6545a1ce8ba00" },
  };
  uint8_t digest[AEMP_SHA3_512_BYTES];

  g_test_summary ("SHA3-512 of messages around the size of one block.");

  for (size_t i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      uint8_t bytes[200];

      memset (bytes, messages[i].byte, sizeof bytes);
      aemp_sha3_512 (bytes, messages[i].count, digest);
      assert_hex (digest, messages[i].digest);
    }
  aemp_sha3_512 ("abc", 3, digest);
  assert_hex (digest, "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192a"
                      "f3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0");
}

static void
test_hmac (void)
{
  /* The key counts up from 0. */
  static const struct
  {
    size_t key_length;
    const char *text;
    const char *digest;
  } messages[] = {
    { 64, "Sample message for keylen<blocklen",
      "4efd629d6c71bf86162658f29943b1c308ce27cdfa6db0d9c3ce81763f9cbce5"
      "f7ebe9868031db1a8f8eb7b6b95e5c5e3f657a8996c86a2f6527e307f0213196" },
    { 72, "Sample message for keylen=blocklen",
      "544e257ea2a3e5ea19a590e6a24b724ce6327757723fe2751b75bf007d80f6b3"
      "60744bf1b7a88ea585f9765b47911976d3191cf83c039f5ffab0d29cc9d9b6da" },
    { 136, "Sample message for keylen>blocklen",
      "5f464f5e5b7848e3885e49b2c385f0694985d0e38966242dc4a5fe3fea4b37d4"
      "6b65ceced5dcf59438dd840bab22269f0ba7febdb9fcf74602a35666b2a32915" },
    { 0, "x",
      "1f532d086faf813473e8788c7c606d24c197ced6c102e09176a0707c734a9bab"
      "eec7e35779750d5388dd195379adc060c29517b6301edabb854f60f5196378ef" },
    { 71, "x",
      "0c8a8b9c57674a73187e326fc1907932cae963dd7896e2b25570b4d61f6ff5f4"
      "561e6c4b2ab5b1265a30bfccac79f44cf7feedf83c95ad6aaad1fbfc930f1efb" },
    { 73, "x",
      "1afe01c88de7f4c168ee0b1c51943bbc7813abefefa213c7d55bf248d2904d2b"
      "a8d063bc58760790d670de433055f3084d76d2fb7f108b3e41dc8f8818f036ec" },
    { 6, "",
      "cdfd0836b23c54e4193ec4ec7b74392de307cb74a17f06691733d8446920b634"
      "7641bc73ae6ef886a6f1db77dfefeee0561e55006f593c616702e0adc8db0779" },
  };
  uint8_t digest[AEMP_SHA3_512_BYTES];

  g_test_summary ("HMAC with keys shorter than, as long as and longer than a block.");

  for (size_t i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      uint8_t key[136];

      for (size_t k = 0; k < sizeof key; k++)
        key[k] = (uint8_t)k;
      aemp_hmac_sha3_512 (key, messages[i].key_length, messages[i].text, strlen (messages[i].text),
                          digest);
      assert_hex (digest, messages[i].digest);
    }
  aemp_hmac_sha3_512 (NULL, 0, NULL, 0, digest);
  assert_hex (digest, "cbcf45540782d4bc7387fbbf7d30b3681d6d66cc435cafd82546b0fce96b367ea79662918436"
                      "fba442e81a01d0f9592dfcd30f7a7a8f1475693d30be4150ca84");
}

static void
test_constant_time (void)
{
  uint8_t one[64] = { 0 };
  uint8_t other[64] = { 0 };

  g_test_summary ("One bit makes a difference, wherever it is.");

  g_assert_true (aemp_equal_in_constant_time (one, other, sizeof one));
  g_assert_true (aemp_equal_in_constant_time (NULL, NULL, 0));
  for (size_t bit = 0; bit < 8 * sizeof one; bit++)
    {
      other[bit / 8] = (uint8_t)(1 << bit % 8);
      g_assert_false (aemp_equal_in_constant_time (one, other, sizeof one));
      g_assert_true (aemp_equal_in_constant_time (one, other, bit / 8));
      other[bit / 8] = 0;
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sha3/hash", test_hash);
  g_test_add_func ("/sha3/hmac", test_hmac);
  g_test_add_func ("/sha3/constant-time", test_constant_time);
  return g_test_run ();
}
