/* engine/handshake.c */
