/* engine/block.c */
