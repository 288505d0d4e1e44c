#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/priority.h"

#define HIGHEST (-20)
static int now, before;

void priority_raise(void) {
  before = now = 20 - (int)sys2(SYS_getpriority, 0, 0); /* the kernel answers 20 - nice */
  priority_set(HIGHEST);
}
void priority_reset(void) { priority_set(before); }

void priority_set(int nice) {
  if (nice != now && sys3(SYS_setpriority, 0, 0, nice) >= 0 && nice == HIGHEST) now = nice;
}
