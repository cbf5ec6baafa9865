/* engine/codec.c */
