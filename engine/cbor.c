/* engine/cbor.c */
