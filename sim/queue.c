/* sim/queue.c */
