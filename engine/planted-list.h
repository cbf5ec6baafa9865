/* engine/planted-list.h - the catalogue of planted bugs.  planted.h and planted.c read it, each
 * with its own PLANTED (name, origin, where, what goes wrong, who should notice, why it survives).
 *
 * No bug says which scenario finds it: `aemp bench planted` tries all scenarios, for every bug in
 * the same order.  "test NAME" is a program of the unit tests, which is asked when no scenario
 * has found it.  The last field is NULL unless nothing does. */

/* --- Bugs that AEMP had, by its change log --------------------------------------------------- */

PLANTED (remote_monitor_never_cleaned_up, LOG,
         "engine/port.c",
         "a mon0 is ignored: the watch stays for as long as the connection does",
         "monitors",
         NULL)
PLANTED (remote_kill_does_nothing, LOG,
         "engine/request.c",
         "kil1 is ignored",
         "monitors 5, links 6",
         NULL)
PLANTED (kill_inside_caller, LOG,
         "engine/port.c",
         "a local port dies inside the call that kills it",
         "delivery 8",
         NULL)
PLANTED (watches_outlive_connection, LOG,
         "engine/peer.c",
         "what a peer monitors here stays when its connection is lost",
         "monitors",
         NULL)
PLANTED (remote_kill_overtakes_sends, LOG,
         "engine/peer.c",
         "a kil1 that has to wait for a connection goes in front of the messages that do",
         "delivery 1",
         NULL)
PLANTED (remote_monitor_overtakes_sends, LOG,
         "engine/peer.c",
         "a mon1 that has to wait for a connection goes in front of the messages that do",
         "delivery 1",
         NULL)
PLANTED (default_callback_unused_beside_tags, LOG,
         "engine/port.c",
         "once a port has callbacks for tags, its default one is not called any more",
         "tour",
         NULL)
PLANTED (default_callback_unchanged_beside_tags, LOG,
         "engine/port.c",
         "… cannot be replaced any more",
         "tour",
         NULL)
PLANTED (messages_while_coming_up_lost, LOG,
         "engine/peer.c",
         "what was sent while a connection was being made is dropped when it is there",
         "delivery 1, monitors 3",
         NULL)
PLANTED (accepted_connection_without_source, LOG,
         "engine/request.c",
         "a mon1 over a connection that was accepted is ignored",
         "monitors 5",
         NULL)
PLANTED (connection_error_breaks_record, LOG,
         "engine/peer.c",
         "after an attempt to connect has failed with monitors set, the node counts as "
         "being lost for ever: what is sent to it is dropped without a word",
         "monitors 3",
         NULL)
PLANTED (stale_addresses_told, LOG,
         "engine/global.c",
         "where a global node that is gone was listening is still told to others",
         "test global",
         NULL)
PLANTED (mutual_dial_loses_messages, LOG,
         "engine/pair.c",
         "of two connections made at one moment the later one replaces the first, with the"
         " messages in it",
         "expectations",
         NULL)
PLANTED (late_guard_leaks, LOG,
         "engine/monitor.c",
         "what a guard keeps for a port is not given back when the port dies",
         "tour",
         NULL)
PLANTED (local_delivery_recurses, LOG,
         "engine/peer.c",
         "a local message is delivered inside the call that sends it, without a limit",
         "delivery 8, crash",
         NULL)
PLANTED (processing_stops, LOG,
         "engine/node.c",
         "when the local queue was cut, nothing makes the node go on with it",
         "delivery 8",
         NULL)
PLANTED (unmonitor_leaves_wrong_list, LOG,
         "engine/monitor.c",
         "of several monitors of a remote port, stopping one ends the watch of all",
         "monitors 5",
         NULL)

/* --- What Perl's 2.02 gets wrong, a to q ----------------------------------------------------- */

PLANTED (new_connection_refused_while_up, PERL,
         "engine/pair.c",
         "a: after one side lost the connection silently, the other refuses the new one",
         "one network, expectations",
         NULL)
PLANTED (mutual_dial_loses_both, PERL,
         "engine/pair.c",
         "b: two nodes that dial each other at one moment refuse what they accept, so both"
         " connections are lost",
         "expectations",
         NULL)
PLANTED (unknown_node_never_told, PERL,
         "engine/dial.c",
         "c: on a global node nothing comes of what is asked of an unknown node",
         "expectations, monitors 3",
         NULL)
PLANTED (call_ends_twice, PERL,
         "engine/call.c",
         "d: a call without a timeout leaves its monitor behind, and calls back a second "
         "time",
         "tour",
         NULL)
PLANTED (node_monitor_makes_no_connection, PERL,
         "engine/monitor.c",
         "e: who monitors a node port waits for somebody else to make the connection",
         "tour",
         NULL)
PLANTED (node_port_killed, PERL,
         "engine/request.c",
         "f: kil1 with an empty name kills the node port: it does nothing any more",
         "tour",
         NULL)
PLANTED (global_node_takes_master, PERL,
         "engine/global.c",
         "g: a global node with seeds takes a seed as its master, and its later changes "
         "reach nobody else",
         "database 11",
         NULL)
PLANTED (subscribers_outlive_connection, PERL,
         "engine/subscribe.c",
         "h: who monitors a family is told of changes also over the next connection",
         "test global",
         NULL)
PLANTED (local_spawn_runs_inside, PERL,
         "engine/request.c",
         "i: a local spawn runs its function before it returns",
         "delivery 9",
         NULL)
PLANTED (method_not_offered_accepted, PERL,
         "engine/handshake.c",
         "j: an auth method that was never offered is accepted",
         "test handshake-refused",
         NULL)
PLANTED (own_nonce_accepted, PERL,
         "engine/handshake.c",
         "j: a nonce equal to our own is accepted",
         "test handshake-refused",
         NULL)
PLANTED (handshake_never_cut_off, PERL,
         "engine/link.c",
         "k: a handshake may take for ever",
         "one network, expectations",
         NULL)
PLANTED (deaf_after_malformed, PERL,
         "engine/link.c",
         "l: after malformed input the connection stays open but deaf",
         "test pair",
         NULL)
PLANTED (first_address_only, PERL,
         "engine/dial.c",
         "m: of several addresses of a node only the first is tried",
         "expectations",
         NULL)
PLANTED (dialed_node_not_checked, PERL,
         "engine/pair.c",
         "n: it is not checked that the node that was reached is the one that was dialed",
         "expectations",
         NULL)
PLANTED (error_beside_tags_not_caught, PERL,
         "engine/port.c",
         "o: an error in the default callback of a port with tags does not kill it",
         "tour",
         NULL)
PLANTED (force_lets_defaults_win, PERL,
         "net/configure.c",
         "p: `force` lets even the built-in defaults beat the file",
         "test profile",
         NULL)
PLANTED (equal_sets_told_again, PERL,
         "engine/family.c",
         "q: a key that is set to what it was is told to monitors as changed",
         "database, expectations",
         NULL)

/* --- Bugs that protocol code has ------------------------------------------------------------- */

PLANTED (monitor_fires_twice, PROTOCOLS,
         "engine/monitor.c",
         "a monitor of a remote port fires twice",
         "monitors 4",
         NULL)
PLANTED (reset_is_clean_end, PROTOCOLS,
         "engine/peer.c",
         "a connection that is reset counts as ended in order: no monitor fires",
         "monitors 3",
         NULL)
PLANTED (held_peer_not_resumed, PROTOCOLS,
         "engine/node.c",
         "lost wake-up: a peer whose packets had to wait for the local queue is not "
         "resumed",
         "no progress, delivery",
         NULL)
PLANTED (queue_loses_last, PROTOCOLS,
         "engine/peer.c",
         "off by one: the last of the messages that waited for a connection is not sent",
         "delivery 1, monitors 3",
         NULL)
PLANTED (flush_order_reversed, PROTOCOLS,
         "engine/peer.c",
         "messages that waited for a connection are sent from the last to the first",
         "delivery 1",
         NULL)
PLANTED (queue_limit_drops_silently, PROTOCOLS,
         "engine/peer.c",
         "when the queue of a node that is being dialed is full, the message is dropped, "
         "and nobody is told",
         "monitors 3",
         NULL)
PLANTED (hole_when_congested, PROTOCOLS,
         "engine/peer.c",
         "a message is left out when much waits for the peer to read",
         "delivery 2, monitors 3",
         NULL)
PLANTED (local_queue_grows_wrong, PROTOCOLS,
         "engine/local.c",
         "when the local queue has to grow, its beginning is forgotten: the order is "
         "turned",
         "delivery 8",
         NULL)
PLANTED (local_kill_overtakes, PROTOCOLS,
         "engine/local.c",
         "a local kill is done before the messages that were sent before it",
         "delivery 8",
         NULL)
PLANTED (local_message_lost_in_long_turn, PROTOCOLS,
         "engine/local.c",
         "off by one: when the local queue is cut, one item gets lost",
         "delivery 8",
         NULL)
PLANTED (guard_does_not_stop, PROTOCOLS,
         "engine/monitor.c",
         "a monitor goes on after its guard was dropped",
         "monitors 4",
         NULL)
PLANTED (guard_stops_late, PROTOCOLS,
         "engine/monitor.c",
         "a monitor goes on for a millisecond after its guard was dropped",
         "monitors 4",
         NULL)
PLANTED (remonitoring_never_ends, PROTOCOLS,
         "engine/monitor.c",
         "a monitor that is set again while those of a lost connection fire, fires with "
         "them, and so on",
         "expectations",
         NULL)
PLANTED (shared_monitor_not_told, PROTOCOLS,
         "engine/monitor.c",
         "of several monitors of a remote port only the first is told of its death",
         "monitors 5",
         NULL)
PLANTED (late_death_crashes, PROTOCOLS,
         "engine/monitor.c",
         "a death that is told after its last monitor was stopped ends the process",
         "crash",
         NULL)
PLANTED (monitor_of_dead_port_silent, PROTOCOLS,
         "engine/request.c",
         "who monitors a port that is not there is not told",
         "monitors 5",
         NULL)
PLANTED (local_monitor_of_dead_port_silent, PROTOCOLS,
         "engine/monitor.c",
         "who monitors a local port that is not there is not told",
         "monitors 5",
         NULL)
PLANTED (watch_shared_by_peers, PROTOCOLS,
         "engine/port.c",
         "when one node monitors a port, the mon1 of a second one is ignored",
         "monitors 5",
         NULL)
PLANTED (reason_cut, PROTOCOLS,
         "engine/port.c",
         "a death is told to other nodes with the first word of its reason only",
         "monitors 5",
         NULL)
PLANTED (normal_death_kills_link, PROTOCOLS,
         "engine/monitor.c",
         "a normal death kills the linked port",
         "monitors 6",
         NULL)
PLANTED (link_forgotten_when_remote, PROTOCOLS,
         "engine/monitor.c",
         "the loss of a connection does not kill the ports that are linked over it",
         "monitors 6",
         NULL)
PLANTED (down_not_told_on_switch, PROTOCOLS,
         "engine/peer.c",
         "when a new connection replaces an old one, the node is up twice without having "
         "been down",
         "monitors 10",
         NULL)
PLANTED (monitors_fire_after_down, PROTOCOLS,
         "engine/peer.c",
         "a node is told to be down before the monitors of its ports fire",
         "monitors 10",
         NULL)
PLANTED (port_name_used_again, PROTOCOLS,
         "engine/port.c",
         "a port gets the name of one that is dead",
         "delivery 7",
         NULL)
PLANTED (port_names_not_random, PROTOCOLS,
         "engine/node.c",
         "the ports of a process have the names that those of the process before had",
         "delivery 7",
         NULL)
PLANTED (unhandled_message_ignored, PROTOCOLS,
         "engine/port.c",
         "a message that no callback takes does not kill its port",
         "tour",
         NULL)
PLANTED (tag_kept_in_message, PROTOCOLS,
         "engine/port.c",
         "the callback for a tag gets the message with the tag",
         "tour",
         NULL)
PLANTED (reply_to_wrong_port, PROTOCOLS,
         "engine/call.c",
         "a call gives the port of the call before for the answer",
         "tour, delivery",
         NULL)
PLANTED (call_timeout_forgotten, PROTOCOLS,
         "engine/call.c",
         "a call with a timeout waits for ever",
         "tour",
         NULL)
PLANTED (later_runs_without_context, PROTOCOLS,
         "engine/call.c",
         "what a dead port had put off is done all the same",
         "tour, crash",
         NULL)
PLANTED (stale_transport_used, PROTOCOLS,
         "engine/pair.c",
         "when a new connection is done while one is up, the old one is used on",
         "monitors 3, one network",
         NULL)
PLANTED (instance_not_compared, PROTOCOLS,
         "engine/pair.c",
         "another process under a known node ID is taken for the one before",
         "test network",
         NULL)
PLANTED (both_arbitrate, PROTOCOLS,
         "engine/pair.c",
         "each of two nodes believes that it decides",
         "expectations",
         NULL)
PLANTED (withheld_answer_stays, PROTOCOLS,
         "engine/pair.c",
         "timer not started: an auth line that is withheld stays so",
         "test pair",
         NULL)
PLANTED (retry_timer_not_restarted, PROTOCOLS,
         "engine/seed.c",
         "timer not restarted: a seed that could not be reached twice is never dialed "
         "again",
         "one network, no progress",
         NULL)
PLANTED (lost_seed_not_dialed, PROTOCOLS,
         "engine/seed.c",
         "a seed whose connection is lost is not dialed again",
         "one network, no progress",
         NULL)
PLANTED (dial_never_gives_up, PROTOCOLS,
         "engine/dial.c",
         "an attempt to connect that takes too long is not ended, and nobody is told",
         "monitors 3",
         NULL)
PLANTED (mesh_gives_up, PROTOCOLS,
         "engine/mesh.c",
         "a global node gives up after three attempts to reach another one",
         "one network 12",
         NULL)
PLANTED (wrong_secret_accepted, PROTOCOLS,
         "engine/auth.c",
         "whatever proof a peer gives is accepted",
         "admission 13",
         NULL)
PLANTED (secure_allows_functions, PROTOCOLS,
         "engine/request.c",
         "a secure node runs what others ask for",
         "admission 14",
         NULL)
PLANTED (relayed_requests_trusted, PROTOCOLS,
         "engine/request.c",
         "what a peer lets a secure node ask itself is allowed",
         "admission 14",
         NULL)
PLANTED (certificate_times_not_checked, PROTOCOLS,
         "engine/tls.c",
         "certificates are good for ever",
         "admission 13",
         NULL)
PLANTED (short_write_counts_as_whole, PROTOCOLS,
         "engine/link.c",
         "when the kernel takes less than it was given, the rest is lost",
         "delivery, malformed",
         NULL)
PLANTED (short_write_sent_again, PROTOCOLS,
         "engine/link.c",
         "when the kernel takes less than it was given, all is given once more",
         "delivery, malformed",
         NULL)
PLANTED (room_to_write_not_noticed, PROTOCOLS,
         "engine/link.c",
         "lost wake-up: a connection that was full is never written to again",
         "monitors 3, no progress",
         NULL)
PLANTED (partial_packet_dropped, PROTOCOLS,
         "engine/link.c",
         "the beginning of a packet whose rest has not come is forgotten",
         "delivery, malformed",
         NULL)
PLANTED (rest_forgotten_on_resume, PROTOCOLS,
         "engine/link.c",
         "packets that were read but had to wait are not looked at until more comes",
         "delivery, no progress",
         NULL)
PLANTED (packets_behind_proof_lost, PROTOCOLS,
         "engine/link.c",
         "packets that come in one piece with the auth line are dropped",
         "delivery 1, monitors 3",
         NULL)
PLANTED (end_of_stream_ignored, PROTOCOLS,
         "engine/link.c",
         "a peer that ends the connection in order is not noticed",
         "monitors 3, no progress",
         NULL)
PLANTED (number_cut_to_8_bits, PROTOCOLS,
         "engine/cbor.c",
         "off by one: in CBOR, a number just above 8 bits is written as one of 8",
         "delivery 1",
         NULL)
PLANTED (long_text_loses_byte, PROTOCOLS,
         "engine/cbor.c",
         "off by one: in CBOR, of a text of 256 bytes and more the last is another",
         "delivery 1",
         NULL)
PLANTED (map_merged_backwards, PROTOCOLS,
         "engine/database.c",
         "what another node says anew of a key loses against what it said before",
         "database 11",
         NULL)
PLANTED (deletes_not_taken_over, PROTOCOLS,
         "engine/global.c",
         "a global node does not delete what another one has deleted",
         "database 11",
         NULL)
PLANTED (part_outlives_node, PROTOCOLS,
         "engine/global.c",
         "what a global node had said stays when it is gone",
         "database 11",
         NULL)
PLANTED (slave_part_outlives_slave, PROTOCOLS,
         "engine/global.c",
         "what a slave had said stays when it is gone",
         "database 11",
         NULL)
PLANTED (changed_values_not_told, PROTOCOLS,
         "engine/subscribe.c",
         "slaves are told of keys that come and go, but not of those that change",
         "database 11",
         NULL)
PLANTED (question_forgotten_with_master, PROTOCOLS,
         "engine/question.c",
         "what was asked of a master that is lost is not asked of the next one",
         "database 11",
         NULL)
PLANTED (families_not_asked_again, PROTOCOLS,
         "engine/watch.c",
         "a new master is not told what families its slave monitors",
         "database 11",
         NULL)
PLANTED (next_master_not_taken, PROTOCOLS,
         "engine/master.c",
         "when the master is lost, no other seed is taken that is connected",
         "database 11",
         NULL)
PLANTED (old_master_believed, PROTOCOLS,
         "engine/master.c",
         "stale news: changes are taken from a former master",
         "database 11",
         NULL)
PLANTED (pieces_after_first_lost, PROTOCOLS,
         "engine/tell.c",
         "of contents in several messages only the first is sent",
         "database 11",
         NULL)
PLANTED (last_peer_not_told, PROTOCOLS,
         "engine/tell.c",
         "off by one: of several global nodes the last is not told of a change",
         "database 11",
         NULL)
PLANTED (registration_outlives_port, PROTOCOLS,
         "engine/db.c",
         "a key that was registered for a port stays when that dies",
         "database 11, tour",
         NULL)
PLANTED (dead_port_registered, PROTOCOLS,
         "engine/db.c",
         "a port that died meanwhile is registered all the same",
         "database, tour",
         NULL)
PLANTED (own_key_told_by_others_wins, PROTOCOLS,
         "engine/family.c",
         "of two values of one key each node takes the one that it heard last",
         "database 11",
         NULL)
PLANTED (older_claim_wins, PROTOCOLS,
         "engine/claim.c",
         "of two nodes that think they are the master of one the newer gives way",
         "database 11",
         NULL)
PLANTED (slave_not_turned_away, PROTOCOLS,
         "engine/claim.c",
         "a global node goes on speaking for a slave that has another master",
         "database 11",
         NULL)
PLANTED (first_change_not_noted, PROTOCOLS,
         "engine/watch.c",
         "a key that changes twice before monitors are told is compared with its last "
         "value, not with what they know",
         "database 11",
         NULL)
PLANTED (listeners_of_restarted_stay, PROTOCOLS,
         "engine/global.c",
         "a global node that is told of new addresses of another one keeps the old ones",
         "expectations",
         NULL)

/* --- A simulator that lies ------------------------------------------------------------------- */

PLANTED (sim_timer_early, SIMULATOR,
         "sim/process.c",
         "timers fire when nine tenths of their time are over",
         "test sim-network",
         NULL)
PLANTED (sim_timer_not_moved, SIMULATOR,
         "sim/process.c",
         "a timer that is started again keeps its old time",
         "expectations, promises",
         NULL)
PLANTED (sim_timer_not_stopped, SIMULATOR,
         "sim/process.c",
         "a timer that was stopped fires all the same",
         "expectations, crash",
         NULL)
PLANTED (sim_pause_stops_nothing, SIMULATOR,
         "sim/process.c",
         "the timers of a paused process fire",
         "test sim-faults",
         NULL)
PLANTED (sim_missed_timer_lost, SIMULATOR,
         "sim/process.c",
         "what came due while a process was paused never comes",
         "no progress",
         NULL)
PLANTED (sim_restart_has_same_luck, SIMULATOR,
         "sim/process.c",
         "a process draws what the one before on its host drew",
         "delivery 7",
         NULL)
PLANTED (sim_lookup_never_answers, SIMULATOR,
         "sim/process.c",
         "a name that is not known now is never answered",
         "no progress",
         NULL)
PLANTED (sim_closed_told_twice, SIMULATOR,
         "sim/stream.c",
         "the end of a connection is told twice",
         "test sim-ends",
         NULL)
PLANTED (sim_order_by_address, SIMULATOR,
         "sim/queue.c",
         "events of one instant have the order of their addresses in memory",
         "not repeatable",
         NULL)
PLANTED (sim_order_swapped, SIMULATOR,
         "sim/queue.c",
         "of two events of one host at one instant the later one comes first",
         "delivery, crash",
         NULL)
PLANTED (sim_luck_remembers, SIMULATOR,
         "sim/luck.c",
         "a draw depends on how many were made before",
         "not repeatable",
         NULL)
PLANTED (sim_clock_goes_back, SIMULATOR,
         "sim/clock.c",
         "when the drift of a clock changes, the clock jumps",
         "test sim-faults",
         NULL)
PLANTED (sim_heal_goes_one_way, SIMULATOR,
         "sim/deeds.c",
         "after a heal nothing passes in one direction",
         "no progress",
         NULL)
PLANTED (sim_cut_leaks, SIMULATOR,
         "sim/deeds.c",
         "a cut that goes both ways goes one way only",
         "test sim-faults",
         NULL)
PLANTED (sim_storm_never_calms, SIMULATOR,
         "sim/storm.c",
         "a storm does not end with its time",
         "no progress, expectations",
         NULL)
PLANTED (sim_restart_forgotten, SIMULATOR,
         "sim/storm.c",
         "a process that a storm killed is not started again",
         "no progress",
         NULL)

PLANTED (tcp_byte_lost, SIMULATOR,
         "sim/tcp-send.c",
         "of what is written at once the last byte is lost, if it takes several segments",
         "malformed",
         NULL)
PLANTED (tcp_segments_swapped, SIMULATOR,
         "sim/tcp-receive.c",
         "when a segment fills a gap, a byte of it and one of what is behind it change places",
         "malformed",
         NULL)
PLANTED (tcp_duplicate_read_twice, SIMULATOR,
         "sim/tcp-receive.c",
         "a segment that arrives twice is delivered twice",
         "malformed",
         NULL)
PLANTED (tcp_late_ack_forgotten, SIMULATOR,
         "sim/tcp-receive.c",
         "an acknowledgement that may wait is never sent",
         "parity data",
         NULL)
PLANTED (tcp_window_not_reopened, SIMULATOR,
         "sim/tcp-receive.c",
         "who reads does not tell that there is room again",
         "parity window",
         NULL)
PLANTED (tcp_cut_leaks_segment, SIMULATOR,
         "sim/tcp-rings.c",
         "a cut lets the next segment pass that is on its way",
         "parity vanish",
         NULL)
PLANTED (tcp_repetition_early, SIMULATOR,
         "sim/tcp-timers.c",
         "what is not answered is sent again when nine tenths of the time are over",
         "parity retransmission",
         NULL)
PLANTED (tcp_repetition_forgotten, SIMULATOR,
         "sim/tcp-timers.c",
         "what is not answered in time is not sent again",
         "no progress",
         NULL)
PLANTED (tcp_backoff_not_doubled, SIMULATOR,
         "sim/tcp-timers.c",
         "the time between two repetitions does not grow",
         "parity retransmission",
         NULL)
PLANTED (tcp_never_gives_up, SIMULATOR,
         "sim/tcp-timers.c",
         "what is not answered for very long is not given up",
         "parity retransmission",
         NULL)
PLANTED (tcp_keepalive_never, SIMULATOR,
         "sim/tcp-timers.c",
         "idle connections are never asked whether anybody is there",
         "parity keepalive",
         NULL)
PLANTED (tcp_window_ignored, SIMULATOR,
         "sim/tcp-send.c",
         "more is sent than the peer has room for",
         "parity window",
         NULL)
PLANTED (tcp_small_segments_never_wait, SIMULATOR,
         "sim/tcp-send.c",
         "small segments are sent at once, whatever is unanswered",
         "parity nagle",
         NULL)
PLANTED (tcp_room_not_told, SIMULATOR,
         "sim/tcp-ack.c",
         "lost wake-up: who waits for room is not told of it",
         "no progress",
         NULL)
PLANTED (tcp_gap_not_repeated, SIMULATOR,
         "sim/tcp-ack.c",
         "what others overtook is not known to be lost: it waits for its timeout",
         "parity fast-retransmit",
         NULL)
PLANTED (tcp_reset_ignored, SIMULATOR,
         "sim/tcp-state.c",
         "a reset is not listened to",
         "expectations",
         NULL)
PLANTED (tcp_end_forgotten_behind_bytes, SIMULATOR,
         "sim/tcp-state.c",
         "who ends while bytes wait for room is not heard to end",
         "parity closing",
         NULL)
PLANTED (tcp_unread_bytes_end_in_order, SIMULATOR,
         "sim/tcp-state.c",
         "who closes with bytes unread ends in order instead of resetting",
         "test sim-ends",
         NULL)
PLANTED (tcp_backlog_without_end, SIMULATOR,
         "sim/tcp-state.c",
         "however many wait to be accepted, more are answered",
         "parity backlog",
         NULL)
PLANTED (tcp_checksum_not_checked, SIMULATOR,
         "sim/link.c",
         "what the way has spoiled is taken for good",
         "malformed",
         NULL)
PLANTED (net_refusal_is_silent, SIMULATOR,
         "sim/network.c",
         "a cut that refuses is silent",
         "parity refusal",
         NULL)
PLANTED (net_unreachable_not_told, SIMULATOR,
         "sim/network.c",
         "a cut that says that nobody can be reached is silent",
         "parity unreachable",
         NULL)
PLANTED (sim_end_overtakes_bytes, SIMULATOR,
         "sim/stream.c",
         "the end of a broken connection is told before bytes that came first",
         "test sim-ends",
         NULL)

/* --- Checkers that are blind ----------------------------------------------------------------- */

PLANTED (checker_takes_late_for_fitting, CHECKERS,
         "sim/checkers/fifo.c",
         "messages that were overtaken are taken for good",
         "test check-ports",
         NULL)
PLANTED (checker_sees_no_holes, CHECKERS,
         "sim/checkers/delivery.c",
         "a message that arrives behind a loss is not judged",
         "test check-delivery",
         NULL)
PLANTED (checker_forgets_losses, CHECKERS,
         "sim/checkers/monitors.c",
         "a loss that the sender knows of needs not be told",
         "test check-monitors",
         NULL)
PLANTED (checker_forgives_second_firing, CHECKERS,
         "sim/checkers/monitors.c",
         "a monitor may fire again",
         "test check-monitors",
         NULL)
PLANTED (checker_forgives_wrong_port, CHECKERS,
         "sim/checkers/ports.c",
         "a message may reach a port that is not there",
         "test check-ports",
         NULL)
PLANTED (checker_forgives_left_over_keys, CHECKERS,
         "sim/checkers/database-end.c",
         "keys that nobody has set any more may stay",
         "test check-database",
         NULL)
PLANTED (checker_takes_secrets_for_equal, CHECKERS,
         "sim/checkers/admission.c",
         "whoever has a secret has the right one",
         "test check-admission",
         NULL)
PLANTED (checker_forgives_second_up, CHECKERS,
         "sim/checkers/node-events.c",
         "a node that is up may come up",
         "test check-node-events",
         NULL)
PLANTED (checker_ends_early, CHECKERS,
         "sim/checkers/roster-judge.c",
         "when all is quiet, who is not connected is not noticed",
         "test check-network",
         NULL)
