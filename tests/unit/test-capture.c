/* tests/unit/test-capture.c - captures of simulated networks, as Wireshark reads them. */

#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

static char *folder;

/* Runs a command in a shell, where $aemp is the program and $tshark is it with our dissector, in a
 * folder of our own; the exit status. */
static int
run (const char *command, char **out)
{
  g_auto (GStrv) environment
      = g_environ_setenv (g_get_environ (), "aemp", g_getenv ("AEMP_PROGRAM"), TRUE);
  g_autofree char *tshark = g_strdup_printf ("tshark -X lua_script:%s/reports/aemp.lua -o "
                                             "tcp.check_checksum:TRUE -o ip.check_checksum:TRUE",
                                             g_getenv ("AEMP_SOURCES"));
  char *arguments[] = { (char *)"/bin/sh", (char *)"-c", (char *)command, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  environment = g_environ_setenv (environment, "sources", g_getenv ("AEMP_SOURCES"), TRUE);
  environment = g_environ_setenv (environment, "tshark", tshark, TRUE);
  g_spawn_sync (folder, arguments, environment, G_SPAWN_DEFAULT, NULL, NULL, out, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

static bool
has_tshark (void)
{
  g_autofree char *path = g_find_program_in_path ("tshark");

  if (!path)
    g_test_skip ("tshark is not installed: the captures were not read by Wireshark");
  return path != NULL;
}

static uint64_t
number_from (const char *command)
{
  g_autofree char *out = NULL;

  g_assert_cmpint (run (command, &out), ==, 0);
  return g_ascii_strtoull (out, NULL, 10);
}

static void
test_same_story (void)
{
  g_test_summary ("Who looks at the network changes nothing: the digest with a capture is the one "
                  "without, on clean paths, on lossy ones, and in a storm.");

  static const char *const stories[] = { "hello", "lossy-5", "storm-short", "small-bites", NULL };

  for (unsigned at = 0; stories[at]; at++)
    {
      g_autofree char *command
          = g_strdup_printf ("s=$sources/scenarios/catalogue/%s.scn;"
                             "test \"$($aemp simulate $s --pcap x.pcapng 2>said | grep ^digest)\" ="
                             " \"$($aemp simulate $s | grep ^digest)\"",
                             stories[at]);
      g_assert_cmpint (run (command, NULL), ==, 0);
    }
}

/* --- The file, without Wireshark --- */

static uint32_t
little (const uint8_t *bytes, unsigned length)
{
  uint32_t number = 0;

  while (length-- > 0)
    number = number << 8 | bytes[length];
  return number;
}

static uint16_t
sum_of (uint32_t sum, const uint8_t *bytes, size_t length)
{
  for (size_t at = 0; at < length; at++)
    sum += at % 2 == 0 ? (uint32_t)bytes[at] << 8 : bytes[at];
  while (sum > 0xffff)
    sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)sum;
}

static void
check_packet (const uint8_t *packet, uint32_t length)
{
  uint32_t pseudo = 6 + length - 20; /* the protocol, and TCP's length */

  g_assert_cmpuint (packet[0], ==, 0x45);
  g_assert_cmpuint ((uint32_t)(packet[2] << 8 | packet[3]), ==, length);
  g_assert_cmphex (sum_of (0, packet, 20), ==, 0xffff);
  for (unsigned at = 12; at < 20; at += 2)
    pseudo += (uint32_t)(packet[at] << 8 | packet[at + 1]);
  g_assert_cmphex (sum_of (pseudo, packet + 20, length - 20), ==, 0xffff);
}

static void
test_blocks (void)
{
  g_test_summary ("Blocks lie one behind the other, with their lengths at both ends; addresses "
                  "have the names of nodes; time does not go back, and all checksums are right.");

  g_autofree char *path = g_build_filename (folder, "x.pcapng", NULL);
  g_autofree char *bytes = NULL;
  size_t length;
  unsigned kinds[7] = { 0 };
  uint64_t time_us = 0;

  g_assert_cmpint (
      run ("$aemp simulate $sources/scenarios/catalogue/lossy-5.scn --pcap x.pcapng 2>said >said",
           NULL),
      ==, 0);
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_cmphex (little ((uint8_t *)bytes, 4), ==, 0x0a0d0d0a);
  for (size_t at = 0; at < length;)
    {
      const uint8_t *block = (const uint8_t *)bytes + at;
      const uint32_t size = little (block + 4, 4);
      const uint32_t kind = little (block, 4);
      g_assert_cmpuint (size % 4, ==, 0);
      g_assert_cmpuint (at + size, <=, length);
      g_assert_cmpuint (little (block + size - 4, 4), ==, size);
      kinds[kind < 7 ? kind : 0]++;
      at += size;
      if (kind != 6)
        continue;
      const uint64_t now_us = (uint64_t)little (block + 12, 4) << 32 | little (block + 16, 4);
      g_assert_cmpuint (now_us, >=, time_us);
      time_us = now_us;
      check_packet (block + 28, little (block + 20, 4));
    }
  g_assert_cmpuint (kinds[0], ==, 1);
  g_assert_cmpuint (kinds[1], ==, 1);
  g_assert_cmpuint (kinds[4], >=, 2);
  g_assert_cmpuint (kinds[6], >, 1000);
}

/* --- With it --- */

static void
test_lossy (void)
{
  g_test_summary ("A lossy link: Wireshark reads the capture without complaint, and its analysis "
                  "finds exactly those segments sent again that were, each either as a "
                  "retransmission or, when it comes at once, as out of order.");

  if (!has_tshark ())
    return;
  g_assert_cmpint (
      run (
          "$aemp simulate $sources/scenarios/catalogue/lossy-5.scn --pcap l.pcapng 2>said >verdict",
          NULL),
      ==, 0);
  const uint64_t repeated = number_from ("sed 's/.* segments, //' said");
  g_assert_cmpuint (repeated, >, 20);
  g_assert_cmpuint (number_from ("$tshark -r l.pcapng -Y 'tcp.analysis.retransmission or "
                                 "tcp.analysis.out_of_order' 2>errors | wc -l"),
                    ==, repeated);
  g_assert_cmpuint (
      number_from ("$tshark -r l.pcapng -Y tcp.analysis.retransmission 2>errors | wc -l"), >, 10);
  g_assert_cmpuint (number_from ("$tshark -r l.pcapng -Y 'tcp.checksum.status == 0 or "
                                 "ip.checksum.status == 0 or _ws.malformed or "
                                 "tcp.analysis.ack_lost_segment' 2>errors | wc -l"),
                    ==, 0);
  g_assert_cmpuint (number_from ("grep -vc 'Running as user' errors || :"), ==, 0);
  g_assert_cmpuint (number_from ("$tshark -r l.pcapng 2>errors | wc -l"), ==,
                    number_from ("sed 's/^[^ ]* //' said"));
}

static void
test_dissector (void)
{
  g_test_summary (
      "The dissector knows greeting, nonce, authentication and messages, in JSON and in "
      "CBOR: what was said is read out of the capture.");

  g_autofree char *out = NULL;

  if (!has_tshark ())
    return;
  for (unsigned at = 0; at < 2; at++)
    {
      g_autofree char *command = g_strdup_printf (
          "$aemp simulate $sources/scenarios/catalogue/hello.scn --set framing_format=%s "
          "--pcap h.pcapng 2>said >verdict; $tshark -r h.pcapng -Y aemp -T fields -E separator=/t "
          "-e aemp.node -e aemp.method -e aemp.framing -e aemp.port -e aemp.message 2>errors",
          at ? "json" : "cbor");
      g_clear_pointer (&out, g_free);
      g_assert_cmpint (run (command, &out), ==, 0);
      g_assert_nonnull (strstr (out, "ruth\t"));
      g_assert_nonnull (strstr (out, "rain\t"));
      g_assert_nonnull (strstr (out, at ? "hmac_sha3_512\tjson" : "hmac_sha3_512\tcbor"));
      g_assert_nonnull (strstr (out, "\"hello\",\"hello\",\"ruth#"));
      g_assert_nonnull (strstr (out, "\"g_slave\",{\"'l\":{\"ruth\":[\"10.0.0.2:4040\"]}},1]"));
    }
}

static void
test_replayed (void)
{
  g_test_summary (
      "What a real node sent and got is in the capture of its replay: both greetings, and "
      "no complaint of Wireshark's.");

  g_autofree char *out = NULL;

  g_assert_cmpint (
      run (
          "$aemp run --record rain.rec nodeid rain binds '127.0.0.1:*' secret tea norc on >rain.log "
          "2>&1 &"
          " rain=$!; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2;"
          " port=$(sed -n 's/^listening on 127.0.0.1://p' rain.log); test \"$port\" && break; done;"
          " $aemp run nodeid ruth binds '127.0.0.1:*' seeds 127.0.0.1:$port secret tea norc on"
          " >ruth.log 2>&1 & ruth=$!; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2;"
          " grep -q 'is up' ruth.log && break; done; sleep 0.3; kill $ruth; sleep 0.2; kill $rain;"
          " wait; $aemp replay --pcap r.pcapng rain.rec secret tea",
          &out),
      ==, 0);
  g_assert_nonnull (strstr (out, "as recorded"));
  if (!has_tshark ())
    return;
  g_clear_pointer (&out, g_free);
  g_assert_cmpint (run ("$tshark -r r.pcapng -Y aemp.node -T fields -e aemp.node 2>errors", &out),
                   ==, 0);
  g_assert_nonnull (strstr (out, "ruth"));
  g_assert_nonnull (strstr (out, "rain"));
  g_assert_cmpuint (number_from ("$tshark -r r.pcapng -Y 'tcp.checksum.status == 0 or "
                                 "ip.checksum.status == 0 or _ws.malformed or tcp.analysis.flags' "
                                 "2>errors | wc -l"),
                    ==, 0);
}

int
main (int argc, char **argv)
{
  g_autofree char *remove = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  g_test_add_func ("/capture/same-story", test_same_story);
  g_test_add_func ("/capture/blocks", test_blocks);
  g_test_add_func ("/capture/lossy", test_lossy);
  g_test_add_func ("/capture/dissector", test_dissector);
  g_test_add_func ("/capture/replayed", test_replayed);
  status = g_test_run ();
  run ("rm -f *", &remove);
  g_rmdir (folder);
  g_free (folder);
  return status;
}
