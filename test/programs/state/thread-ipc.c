/* A thread with System V objects of its own. */
#include "own-namespace.h"

int main(void) {
  thread_with_its_own(CLONE_NEWIPC);
}
