// What processes have in common that processes don't, or threads have for themselves: clone() and unshare() make both, and nothing but the
// kernel's own comparison tells (kcmp).
#pragma once
#include "checkpoint/dump/instance.h"

void refuse_strange_sharing(const Instance &instance);
