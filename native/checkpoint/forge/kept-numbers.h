/* Where the init keeps descriptors of its own while it restores: numbers that no process of the image uses. */
#ifndef FORGE_KEPT_NUMBERS_H
#define FORGE_KEPT_NUMBERS_H

/** Chooses them, once the image has been taken apart. */
void kept_numbers_choose(void);
/** The first of them. */
int high_base(void);
/** Moves a descriptor among them (close-on-exec), closing the old one. -1 on failure. */
int move_high(long fd, const char *what);
/** Closes all but them. */
int close_all_but_kept(void);
/** Closes them. */
int close_kept(void);
#endif
