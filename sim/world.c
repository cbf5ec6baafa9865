/* sim/world.c */
