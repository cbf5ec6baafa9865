/* tests/unit/test-scenario-errors.c - what is wrong is said in one clear line, with its place. */
#include "scenario-try.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  const char *text;
  const char *message; /* behind the name of the file; `*` stands for anything */
} Wrong;

static void
assert_error (const char *text, int code, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *pattern = g_strconcat ("try.scn:", message, NULL);
  Scenario *scenario = scenario_parse (text, "try.scn", try_kinds, &error);

  g_assert_true ((scenario == NULL) == (error != NULL));
  if (scenario)
    g_test_fail_printf ("no error in: %s", text);
  else if (!g_error_matches (error, SCENARIO_ERROR, code)
           || !g_pattern_match_simple (pattern, error->message) || strchr (error->message, '\n'))
    g_test_fail_printf ("%s (%d) is not %s", error->message, error->code, pattern);
  scenario_free (scenario);
}

#define AB "node a\nnode b\n"
#define ABCS AB "nodes c 1..3\nactor a.s sink\n"

static const Wrong letters[] = {
  { "node \"a", "1:6: expected a closing quote before the end of the line" },
  { "scenario \"a\\x\"", "1:12: expected one of \\\" \\\\ \\n \\t behind the backslash" },
  { "scenario \"a\\", "1:12: expected one of \\\" \\\\ \\n \\t behind the backslash" },
  { "node a\n \x07", "2:2: expected text, found the control character U+0007" },
  { "node \xc2\x85", "1:6: expected text, found the control character U+0085" },
  { "node a\rnode b", "1:7: expected text, found the control character U+000D" },
  { "scenario \"a\x1b\"", "1:12: expected no control character in a string" },
  { "node a  # é\n\"é\" x", "2:1: expected a statement, found `\"é\"`" },
  { "scenario \"ééé\" x", "1:16: expected the end of the statement, found `x`" },
};

static const Wrong statements[] = {
  { "nodd a", "1:1: expected a statement, found `nodd` (did you mean `node`?)" },
  { "xylophone", "1:1: expected a statement, found `xylophone`" },
  { "node a\nheall", "2:1: expected a statement, found `heall` (did you mean `heal`?)" },
  { "{", "1:1: expected a statement, found `{`" },
  { "node a ;", "1:9: expected a statement behind the `;`, found the end of the file" },
  { "node a ;\n", "1:9: expected a statement behind the `;`, found the end of the line" },
  { "node a ;; node b", "1:9: expected a statement behind the `;`, found `;`" },
  { "# nothing", "1:10: expected at least one `node` in the file" },
  { "", "1:1: expected at least one `node` in the file" },
  { "node a\nat", "2:3: expected a time as 10s, found the end of the file" },
  { AB "at kill a", "3:4: expected a duration with a unit *\"kill\"*" },
  { AB "at 5s", "3:6: expected a statement, found the end of the file" },
  { AB "at 5 kill a", "3:4: expected a duration with a unit *not \"5\": the unit is missing" },
  { AB "at -5s kill a", "3:4: expected a duration *not \"-5s\": it must not be negative" },
  { AB "at 5s at 6s kill a", "3:7: expected one `at` only, found `at`" },
  { AB "at 5s node c", "3:7: expected a statement that happens at a time, found `node`" },
  { AB "at 5s check 1", "3:7: expected a statement that happens at a time, found `check`" },
  { AB "at 99999999999999999999s heal", "3:4: expected a duration *: the number is too large" },
  { AB "at 9223372036854775807us heal",
    "3:4: expected a duration of at most 876000h, found `92*`" },
  { AB "scenario \"a\" ; scenario \"b\"", "3:25: expected one `scenario` only" },
  { "scenario\nnode a", "1:9: expected a title in quotes, found the end of the line" },
};

static const Wrong nodes[] = {
  { "node", "1:5: expected the name of a node, found the end of the file" },
  { "node \"a\"", "1:6: expected the name of a node, found `\"a\"`" },
  { "node a\nnode a", "2:6: expected a new name, found `a`, a node since line 1" },
  { "nodes a 1..3\nnode a2", "2:6: expected a new name, found `a2`, a node since line 1" },
  { "node ä", "1:6: expected a name of letters, digits and _ - . : /, found `ä`" },
  { "node a*", "1:6: expected a name of letters, digits and _ - . : /, found `a*`" },
  { "node a..b", "1:6: expected a name without a point at its ends or two in a row, found `a..b`" },
  { "node .a", "1:6: expected a name without a point at its ends*" },
  { "node any", "1:6: expected another name: `any` stands for all nodes" },
  { "nodes a", "1:8: expected the numbers of the nodes as 1..8, found the end of the file" },
  { "nodes a 1-3", "1:9: expected the numbers of the nodes as 1..8, found `1-3`" },
  { "nodes a 3..1", "1:9: expected the numbers of the nodes as 1..8, found `3..1`" },
  { "nodes a 01..3", "1:9: expected the numbers of the nodes as 1..8, found `01..3`" },
  { "nodes a 1..10001", "1:9: expected at most 10000 nodes" },
  { "nodes a 1..9999999999999999999", "1:9: expected the numbers of the nodes as 1..8*" },
  { "nodes a 1..10000\nnode b", "2:6: expected at most 10000 nodes" },
  { "node a seeds",
    "1:13: expected a node, a pattern as worker* or a range*found the end of the file" },
  { "node a seeds b", "1:14: expected a node, found `b`" },
  { "node rain\nnode ruth seeds rian",
    "2:17: expected a node, found `rian` (did you mean `rain`?)" },
  { "node a sedes b", "1:8: expected `seeds`, `global`, `secret`, `cert`, a setting*found `sedes`" },
  { "node a cert", "1:12: expected the name of a certificate, found the end of the file" },
  { "node a cert singed", "1:13: expected a certificate, found `singed` (did you mean `signed`?)" },
  { "node a cert=signed", "1:8: `cert` is not set so: say `cert signed`" },
  { "node a secret", "1:14: expected a secret in quotes, found the end of the file" },
  { "node a secret \"\"", "1:15: expected *secret*" },
  { "node a monitor_timeout=", "1:24: expected a value behind the `=`, found the end of the file" },
  { "node a monitor_timeout=1,", "1:26: expected one more value behind the `,`, found*" },
  { "node a monitor_timeout=-1s",
    "1:8: monitor_timeout: expected a duration *must not be negative" },
  { "node a monitor_timout=1s",
    "1:8: expected a setting of a node, found `monitor_timout` (did you "
    "mean `monitor_timeout`?)" },
  { "node a seeds=b", "1:8: `seeds` is not set so: say `seeds rain,ruth`" },
  { "node a secret=b", "1:8: `secret` is not set so: say `secret \"…\"`" },
  { "node a binds=\"*:4040\"", "1:8: `binds` is not set so: the simulated world gives*" },
};

static const Wrong networks[] = {
  { AB "network", "3:8: expected a part of a path as `delay` or `loss`, or a setting *" },
  { AB "network delay", "3:14: expected a value behind `delay`, found the end of the file" },
  { AB "network delay=5ms", "3:14: expected a value behind `delay`, found `=`" },
  { AB "network delay 5", "3:15: expected a duration *: the unit is missing" },
  { AB "network delay 5ms..1ms", "3:15: expected a delay that begins with the shorter time*" },
  { AB "network delay 5ms..", "3:15: expected a duration *" },
  { AB "network delay 2h", "3:15: expected a duration of at most 1h, found `2h`" },
  { AB "network loss 5", "3:14: expected a loss in percent*: the unit is missing" },
  { AB "network loss 101%", "3:14: expected a loss in percent*, found `101%`" },
  { AB "network loss 0.00001%", "3:14: expected a loss in percent*: finer than the smallest unit" },
  { AB "network rate 5", "3:14: expected a rate *: the unit is missing" },
  { AB "network rate 0bit", "3:14: expected a rate *more than nothing, found `0bit`" },
  { AB "network buffer 5", "3:16: expected a buffer from 1KiB to 1GiB or `usual`, found `5`" },
  { AB "network buffer 2GiB",
    "3:16: expected a buffer from 1KiB to 1GiB or `usual`, found `2GiB`" },
  { AB "network speed=5", "3:9: expected a part of a path (delay, loss …) or a setting *, found `speed`" },
  { AB "network rto_min=5", "3:9: expected a duration *: the unit is missing" },
  { AB "network connect_retries=-1", "3:9: expected a number from 0 to 30, found `-1`" },
  { AB "link a b", "3:9: expected a part of a path as `delay` or `loss`, found the end of the file" },
  { AB "link a b delay 5ms x", "3:20: expected a part of a path as `delay` or `loss`, found `x`" },
  { AB "link a b delay normal 5ms", "3:16: expected a delay as normal 10ms 2ms or pareto 10ms 2ms, found *" },
  { AB "link a b loss 1% burst 1", "3:15: expected a loss as 1% or 1% burst 5 *" },
  { AB "link a b queue 5", "3:16: *" },
  { AB "link a b reorder perhaps", "3:18: expected `on` or `off`, found `perhaps`" },
  { AB "link a delay 5ms", "3:8: expected a node, found `delay`" },
  { AB "link a a delay 5ms",
    "3:6: expected two sets without a common node, found `a` on both sides" },
  { "nodes a 1..2000\nnodes b 1..2000\nlink a* b* loss 1%",
    "3:6: expected sets and patterns that stand for at most 1000000 names in sum" },
};

static const Wrong actors[] = {
  { AB "actor", "3:6: expected an actor as rain.talk, found the end of the file" },
  { AB "actor a echo", "3:7: expected an actor as rain.talk, found `a`" },
  { AB "actor .x echo", "3:7: expected an actor as rain.talk, found `.x`" },
  { AB "actor a. echo", "3:7: expected a name without a point*" },
  { AB "actor {a b} echo", "3:13: expected an actor as rain.talk, found `echo`" },
  { AB "actor {a b}", "3:12: expected the actor of these nodes as .talk, found the end*" },
  { AB "actor {a b}.x.y echo", "3:12: expected an actor as rain.talk, found `.x.y`" },
  { AB "actor {a b}. echo", "3:7: expected a name without a point*" },
  { AB "actor {a d}.x echo", "3:10: expected a node, found `d`*" },
  { AB "actor {a b.x echo", "3:10: expected a node, found `b.x`*" },
  { AB "actor d.x echo", "3:7: expected a node, found `d`*" },
  { AB "actor d*.x echo", "3:7: expected a pattern that at least one node fits, found `d*`" },
  { AB "actor a.x", "3:10: expected a kind of actor as echo, found the end of the file" },
  { AB "actor a.x eco", "3:11: expected a kind of actor, found `eco` (did you mean `echo`?)" },
  { AB "actor a.x echo\nactor *.x echo",
    "4:7: expected a new name, found `a.x`, an actor since line 3" },
  { AB "actor a.x watch", "3:16: expected an actor as rain.talk, found the end of the file" },
  { AB "actor a.x watch b.y", "3:17: expected an actor, found `b.y`" },
  { AB "actor a.x watch {a b}.y", "3:17: expected an actor, found `y`" },
  { ABCS "actor c*.x watch a.t", "5:18: expected an actor, found `a.t` (did you mean `a.s`?)" },
  { ABCS "actor c*.x echo\nactor a.y watch c*.x",
    "6:17: expected one actor, found `c*.x`, which stands for 3" },
  { ABCS "actor b.f flood a.s evry 5ms",
    "5:21: expected `every`, `size`, `count` or the end of the "
    "statement, found `evry`" },
  { ABCS "actor b.f flood a.s every 5ms every 6ms", "5:31: expected `size`, `count` or the end*" },
  { ABCS "actor b.f flood every 5ms", "5:26: expected an actor as rain.talk, found the end*" },
  { ABCS "actor b.f flood a.s every", "5:26: expected a duration as 10ms or 1.5s, found the end*" },
  { ABCS "actor b.f flood a.s every -5ms", "5:27: expected a duration *must not be negative" },
  { ABCS "actor b.f flood a.s size big", "5:26: expected a size *\"big\"*" },
  { ABCS "actor b.f flood a.s size 18446744073709551615", "5:26: expected a smaller size*" },
  { ABCS "actor b.f flood a.s count 1.5", "5:27: expected a number from 0 to 1000000000000000*" },
  { ABCS "actor b.f pair from a.s a.s", "5:25: expected `to`, found `a.s`" },
  { ABCS "actor b.c chat_client", "5:22: expected a text as \"hello\", found the end of the file" },
};

static const Wrong actions[] = {
  { AB "cut", "3:4: expected a node, a pattern *found the end of the file" },
  { AB "cut a", "3:6: expected `|` or `->`, found the end of the file" },
  { AB "cut a b", "3:8: expected `|` or `->`, found the end of the file" },
  { AB "cut a |", "3:8: expected a node, a pattern *" },
  { AB "cut {} | a", "3:6: expected a node, a pattern as worker* or a range *, found `}`" },
  { AB "cut {a | b}", "3:8: expected a node, a pattern *, found `|`" },
  { AB "cut a | {b", "3:11: expected `}`, found the end of the file" },
  { AB "cut a,, | b", "3:7: expected a node, a pattern *, found `,`" },
  { AB "cut a | a", "3:5: expected two sets without a common node, found `a` on both sides" },
  { ABCS "cut a c2..3 | *1 *3", "5:5: expected two sets without a common node, found `c3` *" },
  { AB "cut a | b c", "3:11: expected a node, found `c`" },
  { ABCS "cut a | c1..4", "5:9: expected a node, found `c4` (did you mean `c1`?)" },
  { ABCS "cut a | c3..1", "5:9: expected a range as worker1..4, found `c3..1`" },
  { ABCS "cut a | c1..", "5:9: expected a range as worker1..4, found `c1..`" },
  { ABCS "cut a | c1..c3", "5:9: expected a range as worker1..4, found `c1..c3`" },
  { ABCS "cut a | d*", "5:9: expected a pattern that at least one node fits, found `d*`" },
  { AB "heal a", "3:7: expected a node, a pattern *, found the end of the file" },
  { AB "heal a -> b", "3:8: expected `|`, found `->`" },
  { AB "heal a a", "3:6: expected two sets without a common node*" },
  { AB "reset a", "3:8: expected a node, *" },
  { AB "reset a b a", "3:11: expected the end of the statement, found `a`" },
  { AB "kill", "3:5: expected a node, *" },
  { AB "kill {}", "3:7: expected a node, *found `}`" },
  { AB "kill a | b", "3:8: expected the end of the statement, found `|`" },
  { AB "kill \"a\"", "3:6: expected a node, *" },
  { AB "calm down", "3:6: expected the end of the statement, found `down`" },
  { AB "at 5s calm\nat 6s kill a",
    "4:7: expected no more faults after the `calm` of line 3, found `kill a`" },
  { AB "at 6s cut a | b ; at 5s calm", "3:7: expected no more faults after the `calm` of line 3*" },
};

static const Wrong storms[] = {
  { AB "storm", "3:6: expected a duration as 10ms or 1.5s, found the end of the file" },
  { AB "storm cut any every 1s", "3:7: expected a duration *\"cut\"*" },
  { AB "storm 0s cut any every 1s", "3:7: expected a storm that lasts, found `0s`" },
  { AB "at 2h storm 876000h cut any every 1s",
    "3:13: expected a storm that is over sooner, found `876000h`" },
  { AB "storm 9s",
    "3:9: expected `cut`, `kill`, *`refuse` or `lookup`, found the end of the file" },
  { AB "storm 9s heal", "3:10: expected `cut`, `kill`, * or `lookup`, found `heal`" },
  { AB "storm 9s cut a | b", "3:14: expected `any` or `one`, found `a`" },
  { AB "storm 9s kill one every 1s", "3:15: expected `any`, found `one`" },
  { AB "storm 9s kill any", "3:18: expected `of` or `every`, found the end of the file" },
  { AB "storm 9s kill any of every 1s", "3:22: expected a node, found `every`" },
  { AB "storm 9s kill any of c every 1s", "3:22: expected a node, found `c`" },
  { AB "storm 9s kill any of a", "3:23: expected `of` or `every`, found the end of the file" },
  { AB "storm 9s cut any of a every 1s", "3:21: expected a storm among at least 2 nodes, found 1" },
  { "node a\nstorm 9s cut one every 1s", "2:18: expected a storm among at least 2 nodes, found 1" },
  { AB "storm 9s cut any every", "3:23: expected a duration as 10s, or two as 10s..20s, found *" },
  { AB "storm 9s cut any every 5", "3:24: expected a duration *: the unit is missing" },
  { AB "storm 9s cut any every 5s..", "3:24: expected a duration *" },
  { AB "storm 9s cut any every 5s..1s",
    "3:24: expected two durations of which the shorter is the first, found `5s..1s`" },
  { AB "storm 9s cut any every 0s..1s",
    "3:24: expected a duration of at least 1ms, found `0s..1s`" },
  { AB "storm 9s cut any every 1s for", "3:30: expected a duration as 10s, or two *" },
  { AB "storm 9s half-close any every 1s for 1s", "3:34: expected the end of the statement*" },
  { AB "storm 9s pause one every 1s", "3:16: expected `any`, found `one`" },
  { AB "storm 9s stall a b every 1s", "3:16: expected `any` or `one`, found `a`" },
  { AB "storm 9s cut any refusing one-way every 1s", "3:27: expected `of` or `every`, *" },
  { AB "storm 9s reset any refusing every 1s", "3:20: expected `of` or `every`, *" },
  { AB "storm 9s reset any every 1s for 1s", "3:29: expected the end of the statement, found*" },
  { AB "storm 9s reset any every 1s,", "3:29: expected `cut`, `kill`, *" },
  { AB "calm\nstorm 9s reset any every 1s",
    "4:1: expected no more faults after the `calm` of line 3, found `storm 9s*" },
  { AB "storm 9s reset any every 1s\nuntil 8s",
    "3:1: expected an `until` of at least 9s, which this statement needs, found 8s" },
};

static const Wrong expectations[] = {
  { AB "within", "3:7: expected a duration as 10s, or `bound`, found the end of the file" },
  { AB "within 5 all connected", "3:8: expected a duration *: the unit is missing" },
  { AB "within 5s", "3:10: expected `all connected`, `one network` or `databases equal`, found*" },
  { AB "within 5s all network", "3:15: expected `connected`, found `network`" },
  { AB "within 5s one connected", "3:15: expected `network`, found `connected`" },
  { AB "within 5s databases", "3:20: expected `equal`, found the end of the file" },
  { AB "within 5s all", "3:14: expected `connected`, found the end of the file" },
  { AB "within 5s databases", "3:20: expected `equal`, found the end of the file" },
  { AB "within 5s all connected,", "3:25: expected `all connected`, `one network` or *" },
  { ABCS "expect", "5:7: expected an actor as rain.talk, found the end of the file" },
  { ABCS "expect a.t told", "5:8: expected an actor, found `a.t` (did you mean `a.s`?)" },
  { ABCS "expect c*.s told", "5:8: expected an actor, found `c*.s`*" },
  { ABCS "expect a.s",
    "5:11: expected what the actor remarks, as told, found the end of the file" },
  { ABCS "expect a.s once", "5:12: expected what the actor remarks, as told, found `once`" },
  { ABCS "actor b.w watch a.s\nexpect b.w tolld never",
    "6:12: expected a remark of `watch` (found, told, quit), found `tolld` (did you mean "
    "`told`?)" },
  { ABCS "expect b.w toll\nactor b.w watch a.s", "5:12: expected a remark of *(did you mean*" },
  { ABCS "actor b.w watch a.s\nexpect b.w REASON", "6:12: expected a remark of *`REASON`" },
  { ABCS "actor b.m mute\nexpect b.m told",
    "6:12: expected an actor that makes remarks, as b.m, which is `mute`, does not; found*" },
  { ABCS "actor b.e mute\nactor a.e watch a.s\nexpect *.e told", "7:12: *makes remarks*b.e*" },
  { ABCS "expect a.s told x y",
    "5:19: expected `once`, `never`, `3 times`, `within 1s` or the end*" },
  { ABCS "expect a.s told -1 times", "5:17: expected a number from 0 to 1000000, found `-1`" },
  { ABCS "expect a.s told once within", "5:28: expected a duration as 10s, or `bound`, found*" },
  { ABCS "expect a.s told within -1s", "5:24: expected a duration *must not be negative" },
  { AB "check", "3:6: expected delivery, monitors, database, admission or the number *" },
  { AB "check delivry", "3:7: expected *, found `delivry` (did you mean `delivery`?)" },
  { AB "check 0", "3:7: expected delivery, *, found `0`" },
  { AB "check 15", "3:7: expected delivery, *, found `15`" },
  { AB "check 1,", "3:9: expected delivery, *, found the end of the file" },
  { AB "until", "3:6: expected a duration *, found the end of the file" },
  { AB "until 0s", "3:7: expected a time after the start, found `0s`" },
  { AB "until 5s\nuntil 6s", "4:7: expected one `until` only" },
  { AB "until 5s\nat 6s kill a",
    "4:7: expected an `until` of at least 6s, which this statement needs, found 5s" },
  { AB "until 5s\nat 4s within 2s all connected", "4:7: expected an `until` of at least 6s*" },
};

static const Wrong faults[] = {
  { AB "pause", "3:6: expected a node, a pattern*" },
  { AB "pause c for 1s", "3:7: expected a node, found `c`" },
  { AB "pause a", "3:8: expected `for` and a duration, found the end of the file" },
  { AB "pause a 2s", "3:9: expected a node, found `2s`" },
  { AB "pause a for", "3:12: expected a duration as 10ms or 1.5s*" },
  { AB "pause a for 0s", "3:13: expected a duration of more than 0s" },
  { AB "pause a for -1s", "3:13: *" },
  { AB "pause a for 1s 2s", "3:16: expected the end of the statement, found `2s`" },
  { AB "clock a", "3:8: expected `jump`, `offset` or `drift`, found the end of the file" },
  { AB "clock a leap 1h", "3:9: expected `jump`, `offset` or `drift`, found `leap`" },
  { AB "clock a jump", "3:13: expected a duration as 10ms or -1h*" },
  { AB "clock a jump soon", "3:14: expected a duration*" },
  { AB "clock a offset -87601h", "3:16: expected a duration of at most 87600h, found `-87601h`" },
  { AB "clock a drift", "3:14: expected a drift as 200ppm or -0.5%*" },
  { AB "clock a drift 1h", "3:15: expected a drift as 200ppm or -0.5%*" },
  { AB "clock a drift --1ppm", "3:15: expected a drift as*" },
  { AB "clock a drift 10.1%", "3:15: expected a drift of at most 10%, found `10.1%`" },
  { AB "clock a drift 0.00001%", "3:15: expected a drift as*" },
  { AB "clock a b drift 1%", "3:9: expected `jump`, `offset` or `drift`, found `b`" },
  { AB "cut a -> b refusing b", "3:21: expected the end of the statement, found `b`" },
  { AB "heal a | b refusing", "3:12: expected a node, found `refusing`*" },
  { AB "stall a -> b", "3:13: expected `for` and a duration, found the end of the file" },
  { AB "stall a b 1s", "3:11: expected `for` and a duration, found `1s`" },
  { AB "stall a | b for 0s", "3:17: expected a duration of more than 0s" },
  { AB "stall a for 1s", "3:9: expected a node, found `for`" },
  { AB "half-close a b", "3:15: expected `|` or `->`, found the end of the file" },
  { AB "half-close a -> a", "3:12: expected two sets without a common node*" },
  { AB "half-close a -> b for 1s", "3:19: expected a node, found `for`" },
  { AB "slow a for 1s", "3:8: expected a node, found `for`" },
  { AB "slow a", "3:7: expected `to` and a rate, found the end of the file" },
  { AB "slow a to", "3:10: expected a rate as 64kbit, found the end of the file" },
  { AB "slow a to 5", "3:11: *" },
  { AB "slow a to unlimited for 1s", "3:11: expected a rate as 64kbit, found `unlimited`" },
  { AB "slow a to 1kbit", "3:16: expected `for` and a duration, found the end of the file" },
  { AB "accept a", "3:9: expected `after` and a duration, found the end of the file" },
  { AB "accept a after", "3:15: expected a duration as 10s, or two *" },
  { AB "accept a after 2s..1s for 1s", "3:16: expected two durations of which the shorter *" },
  { AB "accept a after 2s", "3:18: expected `for` and a duration, found the end of the file" },
  { AB "refuse a", "3:9: expected `for` and a duration, found the end of the file" },
  { AB "lookup a", "3:9: expected `fails` or `takes`, found the end of the file" },
  { AB "lookup a fails", "3:15: expected `for` and a duration, found the end of the file" },
  { AB "lookup a fails for 0s", "3:20: expected a duration of more than 0s" },
  { AB "lookup a fails 0% for 1s", "3:16: expected lookups that fail, found `0%`" },
  { AB "lookup a fails 101% for 1s", "3:16: *" },
  { AB "lookup a takes for 1s", "3:16: expected a duration*" },
  { AB "lookup a b fails for 1s", "3:10: expected `fails` or `takes`, found `b`" },
  { AB "at 1s calm\nat 2s stall a b for 1s", "4:7: expected no more faults after the `calm`*" },
  { AB "until 5s\nat 4s refuse a for 2s", "4:7: expected an `until` of at least 6s*" },
  { AB "at 1s calm\nat 2s pause a for 1s", "4:7: expected no more faults after the `calm`*" },
  { AB "loss a | b", "3:11: *" },
  { AB "loss a | b 101%", "3:12: expected a loss in percent as 0.1% (0% to 100%), found `101%`" },
  { AB "loss a b 5%", "3:8: expected `|` or `->`, found `b`" },
  { AB "loss a | a 5%", "3:6: expected two sets without a common node, found `a` on both sides" },
  { AB "delay a -> b fast", "3:14: expected a duration *" },
  { AB "rate a | b 0bit", "3:12: expected a rate *" },
  { AB "rate a | b 5kbit for 2s", "3:18: *" },
  { AB "until 5s\nat 4s pause a for 2s", "4:7: expected an `until` of at least 6s*" },
};

static const Wrong not_yet[] = {
  { AB "service a \"x.so\" \"a::b\"", "3:1: `service` is part*" },
  { AB "at 31s service a x y", "3:8: `service` is part*" },
  { AB "cut any | b", "3:5: `any` is part*" },
  { AB "kill any of a b", "3:6: `any` is part*" },
};

static const struct
{
  const char *path;
  const Wrong *wrongs;
  unsigned count;
  int code;
  const char *story;
} tables[] = {
  { "letters", letters, G_N_ELEMENTS (letters), SCENARIO_ERROR_SYNTAX,
    "Strings without end, strange escapes and control characters; columns count characters." },
  { "statements", statements, G_N_ELEMENTS (statements), SCENARIO_ERROR_SYNTAX,
    "Unknown statements, and times that are none." },
  { "nodes", nodes, G_N_ELEMENTS (nodes), SCENARIO_ERROR_SYNTAX,
    "Names of nodes, doubles, too many, unknown seeds and settings." },
  { "networks", networks, G_N_ELEMENTS (networks), SCENARIO_ERROR_SYNTAX,
    "Delays, losses, rates, buffers and settings that cannot be." },
  { "actors", actors, G_N_ELEMENTS (actors), SCENARIO_ERROR_SYNTAX,
    "Actors on unknown nodes, of unknown kinds, with something missing or too much." },
  { "actions", actions, G_N_ELEMENTS (actions), SCENARIO_ERROR_SYNTAX,
    "Sets that are empty, unknown, or cut from themselves." },
  { "storms", storms, G_N_ELEMENTS (storms), SCENARIO_ERROR_SYNTAX,
    "Storms of nothing, among nobody, and without end." },
  { "expectations", expectations, G_N_ELEMENTS (expectations), SCENARIO_ERROR_SYNTAX,
    "Expectations, promises and ends that make no sense." },
  { "faults", faults, G_N_ELEMENTS (faults), SCENARIO_ERROR_SYNTAX,
    "Faults that last say for how long, and fit between start and end." },
  { "not-yet", not_yet, G_N_ELEMENTS (not_yet), SCENARIO_ERROR_NOT_YET,
    "What the language has and this build has not, is named as such." },
};

static void
test_table (const void *data)
{
  unsigned which = GPOINTER_TO_UINT (data);
  g_test_summary (tables[which].story);
  for (unsigned i = 0; i < tables[which].count; i++)
    assert_error (tables[which].wrongs[i].text, tables[which].code,
                  tables[which].wrongs[i].message);
}

static void
test_limits (void)
{
  g_test_summary ("Each limit is named when it is passed, and what is just below it passes.");

  g_autoptr (GString) text = g_string_new ("nodes a 1..10000\n");
  for (unsigned i = 0; i < 99; i++)
    g_string_append (text, "kill *\n");
  g_autoptr (Scenario) spread = try_parse (text->str);
  g_assert_cmpuint (spread->actions->len, ==, 99);
  g_string_append (text, "kill *\n");
  assert_error (text->str, SCENARIO_ERROR_SYNTAX, "101:6: expected sets and patterns that stand*");

  g_string_assign (text, "node a\n");
  for (unsigned i = 1; i < SCENARIO_STATEMENTS_MAX; i++)
    g_string_append (text, "heal\n");
  g_autoptr (Scenario) long_one = try_parse (text->str);
  g_assert_cmpuint (long_one->actions->len, ==, SCENARIO_STATEMENTS_MAX - 1);
  g_string_append (text, "heal\n");
  assert_error (text->str, SCENARIO_ERROR_SYNTAX, "20001:1: expected at most 20000 statements");

  g_string_assign (text, "nodes a 1..257\nnode b seeds a*\n");
  assert_error (text->str, SCENARIO_ERROR_SYNTAX, "2:16: expected at most 256 seeds of a node");

  g_autofree char *name = g_strnfill (SCENARIO_NAME_MAX_BYTES, 'x');
  g_string_printf (text, "node %s\n", name);
  g_autoptr (Scenario) long_name = try_parse (text->str);
  g_assert_cmpuint (long_name->nodes->len, ==, 1);
  g_string_printf (text, "node %sx\n", name);
  assert_error (
      text->str, SCENARIO_ERROR_SYNTAX,
      "1:6: expected a name of at most 100 characters, found `xxxxxxxxxxxxxxxxxxxxxxxxx*…`");

  g_autofree char *comment = g_strnfill (SCENARIO_FILE_MAX_BYTES - 7, '#');
  g_string_printf (text, "node a\n%s", comment);
  g_autoptr (Scenario) large = try_parse (text->str);
  g_assert_cmpuint (large->nodes->len, ==, 1);
  g_string_append_c (text, '#');
  assert_error (text->str, SCENARIO_ERROR_FILE, "1:1: expected a file of at most 1048576 bytes");

  /* Long texts that are repeated for many nodes would fill the memory. */
  g_autofree char *secret = g_strnfill (4000, 's');
  g_string_printf (text, "nodes a 1..10000 secret \"%s\"\n", secret);
  assert_error (text->str, SCENARIO_ERROR_SYNTAX, "1:7: expected sets and patterns that stand*");
}

/* The lines of the error, without the name of the file; g_free() it. */
static char *
errors_of (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Scenario) scenario = scenario_parse (text, "try.scn", try_kinds, &error);
  GString *lines;

  g_assert_null (scenario);
  g_assert_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX);
  lines = g_string_new (error->message);
  g_string_replace (lines, "try.scn:", "", 0);
  return g_string_free (lines, FALSE);
}

static void
assert_errors (const char *text, const char *pattern)
{
  g_autofree char *errors = errors_of (text);

  if (!g_pattern_match_simple (pattern, errors))
    g_error ("for: %s\nit says: %s", text, errors);
}

static void
test_all (void)
{
  g_test_summary ("All that is wrong is told at once, by line, whatever it is that finds it.");

  assert_errors (ABCS "at 5 heal\nactor b.w wach a.s\ncheck delivry ; node \"x\nuntil 0s\n"
                      "node d sedes a\nkill a",
                 "5:4: *the unit is missing\n6:11: expected a kind*\n7:7: *`delivry`*\n"
                 "7:22: expected a closing quote*\n8:7: expected a time after*\n"
                 "9:8: expected `seeds`*`sedes`");
  assert_errors (AB "at 5s calm\nkill a ; kill b\ncheck 99",
                 "4:1: expected no more faults*`kill a`\n4:10: expected no more faults*`kill b`\n"
                 "5:7: *`99`");
  assert_errors (AB "kill c\nat 1s  kill b d", "3:6: expected a node, found `c`\n"
                                               "4:15: expected a node, found `d`");
}

static void
test_consequences (void)
{
  g_test_summary ("What may only come of another mistake is not told: names that a wrong statement "
                  "may have made, faults behind a storm that is none, limits that are reached.");

  assert_errors ("nodd a\nkill a\ncheck 99", "1:1: expected a statement, found `nodd`*\n3:7: *99`");
  assert_errors ("node a\nnode \"b\nkill b\ncheck 99", "2:6: *closing quote*\n4:7: *99`");
  assert_errors ("node a\nnode b*\nstorm 9s cut any every 1s", "2:6: *found `b?`");
  assert_errors (AB "actor c.x echo\nexpect c.x told\nkill c", "3:7: expected a node, found `c`");
  assert_errors (AB "actor a.x ecko\nexpect a.x told", "3:11: *did you mean `echo`?)");
  assert_errors (AB "at 1s storm 9 cut any every 1s\ncalm\nat 5s kill a", "3:13: *");
  assert_errors ("reach \"a\\nb\"", "1:7: *`a b`*");
  assert_errors ("nodes a 1..10000\nnode b\nnode c\nnode d", "2:6: expected at most 10000 nodes");
}

static void
test_many (void)
{
  g_test_summary ("Of a thousand mistakes the first twenty are told, and that there may be more.");

  g_autoptr (GString) text = g_string_new (AB);
  for (unsigned i = 0; i < 1000; i++)
    g_string_append_printf (text, i % 3 ? "cehck 1\n" : "check 99\n");
  g_autofree char *errors = errors_of (text->str);
  g_auto (GStrv) lines = g_strsplit (errors, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, SCENARIO_MISTAKES_MAX + 1);
  for (unsigned i = 0; i < SCENARIO_MISTAKES_MAX; i++)
    {
      g_autofree char *place = g_strdup_printf ("%u:", 3 + i);
      g_assert_true (g_str_has_prefix (lines[i], place));
    }
  g_assert_cmpstr (lines[SCENARIO_MISTAKES_MAX], ==, " there may be more errors behind these");

  /* What stands behind them was never declared: nobody may look for it either. */
  g_string_assign (text, "");
  for (unsigned i = 0; i <= SCENARIO_MISTAKES_MAX; i++)
    g_string_append (text, "node\n");
  g_string_append (text, "node b\nnode c seeds b\nactor b.x echo\n");
  g_autofree char *nameless = errors_of (text->str);
  g_assert_true (g_str_has_suffix (nameless, " there may be more errors behind these"));
}

/* The error of loading a file with these bytes. */
static void
assert_file_error (const char *bytes, size_t length, const char *message)
{
  g_autofree char *folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "f.scn", NULL);
  g_autofree char *pattern = g_strconcat (file, message, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (file, bytes, (gssize)length, NULL));
  g_assert_null (scenario_load (file, try_kinds, &error));
  g_assert_error (error, SCENARIO_ERROR, SCENARIO_ERROR_FILE);
  g_assert_cmpstr (error->message, ==, pattern);
  g_unlink (file);
  g_rmdir (folder);
}

static void
test_files (void)
{
  g_test_summary ("Files that are not there, are folders, have no end, or hold what is no text.");

  g_autoptr (GError) missing = NULL, folder = NULL, endless = NULL;
  g_assert_null (scenario_load ("/nowhere/no.scn", try_kinds, &missing));
  g_assert_error (missing, SCENARIO_ERROR, SCENARIO_ERROR_FILE);
  g_assert_cmpstr (missing->message, ==,
                   "/nowhere/no.scn: expected a readable file: No such file or directory");
  g_assert_null (scenario_load ("/", try_kinds, &folder));
  g_assert_error (folder, SCENARIO_ERROR, SCENARIO_ERROR_FILE);
  g_assert_cmpstr (folder->message, ==, "/: expected a readable file: Is a directory");
  g_assert_null (scenario_load ("/dev/zero", try_kinds, &endless));
  g_assert_error (endless, SCENARIO_ERROR, SCENARIO_ERROR_FILE);
  g_assert_cmpstr (endless->message, ==, "/dev/zero:1:1: expected a file of at most 1048576 bytes");

  assert_file_error ("node a\n\xc3\xa9\xff", 10, ":2:2: expected UTF-8, found the byte 0xff");
  assert_file_error ("node \xc3", 6, ":1:6: expected UTF-8, found the byte 0xc3");
  assert_file_error ("node a\nno\0de b", 14, ":2:3: expected UTF-8, found the byte 0x00");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      g_autofree char *path = g_strconcat ("/scenario/errors/", tables[i].path, NULL);
      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_table);
    }
  g_test_add_func ("/scenario/errors/all", test_all);
  g_test_add_func ("/scenario/errors/consequences", test_consequences);
  g_test_add_func ("/scenario/errors/many", test_many);
  g_test_add_func ("/scenario/errors/limits", test_limits);
  g_test_add_func ("/scenario/errors/files", test_files);
  return g_test_run ();
}
