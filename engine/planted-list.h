/* engine/planted-list.h - the catalogue of planted bugs.  Read by planted.h and planted.c, each with
 * its own PLANTED (name, origin, where, what goes wrong, who should notice, why it survives).
 *
 * No bug says which scenario finds it: `aemp bench planted` tries them all in one order.  The
 * last field is NULL unless nothing finds the bug. */

/* --- Bugs that AEMP had, by its change log ------------------------------------------------------ */

PLANTED (remote_monitor_never_cleaned_up, LOG, "engine/port.c",
         "the watch of a peer stays when its monitor is stopped: its mon0 is ignored", "monitors 4", NULL)
PLANTED (remote_kill_does_nothing, LOG, "engine/request.c", "kil1 is ignored", "monitors 5, links",
         NULL)
PLANTED (kill_inside_caller, LOG, "engine/port.c",
         "a local port dies inside the call that kills it", "delivery 8", NULL)

/* --- Bugs that protocol code has ---------------------------------------------------------------- */

PLANTED (monitor_fires_twice, PROTOCOLS, "engine/monitor.c",
         "a monitor whose connection is lost fires twice", "monitors 4", NULL)
PLANTED (reset_is_clean_end, PROTOCOLS, "engine/peer.c",
         "a connection that is reset counts as closed in order: no monitor fires", "monitors 3", NULL)
