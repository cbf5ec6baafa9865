/* engine/config.c */
