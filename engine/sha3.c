/* engine/sha3.c */
