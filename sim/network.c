/* sim/network.c */
