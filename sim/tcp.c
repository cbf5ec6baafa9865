/* sim/tcp.c */
