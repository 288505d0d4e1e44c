#ifndef PRELOAD_RINGS_H
#define PRELOAD_RINGS_H
#include <stdbool.h>
/** Whether this program is told that there is no io_uring. */
bool rings_hidden(void);
#endif
