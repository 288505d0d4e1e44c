/* The application's clocks that count from the machine's start never go back, also where it started later than the image's machine. */
#ifndef FORGE_CLOCKS_H
#define FORGE_CLOCKS_H

/** Before the first process: where the image's clocks are ahead of this machine's, those of all processes from here on are ahead by as much.
 *  0 or -1. */
int clocks_continue(void);
#endif
