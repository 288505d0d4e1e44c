#include "checkpoint/enter/rights.h"

#include <sys/prctl.h>

static constexpr int last_capability = 63;

BoundingSet bounding_set() {
  BoundingSet set = 0;
  for (int i = 0; i <= last_capability; i++)
    if (prctl(PR_CAPBSET_READ, i) == 1) set |= 1ull << i;
  return set;
}

void limit_rights(BoundingSet own) {
  for (int i = 0; i <= last_capability; i++)
    if (!(own >> i & 1)) prctl(PR_CAPBSET_DROP, i); // refused for numbers that this kernel doesn't know
}
