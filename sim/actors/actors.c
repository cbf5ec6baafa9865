/* sim/actors/actors.c - makes the built-in actors known to a node. */

#include "sim/actors/actors.h"

#include "sim/actors/starts.h"

static const struct
{
  const char *name;
  AempFunction start;
} services[] = {
  { "aemp::echo", sim_echo_start },
  { "aemp::sink", sim_sink_start },
  { "aemp::flood", sim_flood_start },
  { "aemp::ring", sim_ring_start },
  { "aemp::pingpong", sim_pingpong_start },
  { "aemp::watch", sim_watch_start },
  { "aemp::hello", sim_hello_start },
  { "aemp::impostor", sim_impostor_start },
  { "aemp::chat_server", sim_chat_server_start },
  { "aemp::chat_client", sim_chat_client_start },
  { "aemp::spawner", sim_spawner_start },
  { "aemp::killer", sim_killer_start },
  { "aemp::linker", sim_linker_start },
  { "aemp::monitors", sim_monitors_start },
  { "aemp::registrar", sim_registrar_start },
  { "aemp::setter", sim_setter_start },
  { "aemp::dbwatch", sim_dbwatch_start },
  { "aemp::asker", sim_asker_start },
  { "aemp::worker", sim_worker_start },
  { "aemp::client", sim_client_start },
  { "aemp::tour", sim_tour_start },
  { "aemp::conformance", sim_conformance_start },
  { "aemp::echo_init", sim_echo_init_start },
  { "aemp::servant", sim_servant_start },
  { "aemp::child", sim_child_start },
  { "aemp::actor", sim_directory_answer },
};

void
sim_actors_register (AempNode *node)
{
  SimDirectory *directory = sim_directory_new (node);

  for (size_t i = 0; i < G_N_ELEMENTS (services); i++)
    aemp_service (node, services[i].name, services[i].start, directory);
}
