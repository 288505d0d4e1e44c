#ifndef FORGE_DIRECT_H
#define FORGE_DIRECT_H
#include "checkpoint/forge/order.h"
/** direct=ID=PATH: opens files in read-only layers, which are mapped from there without the view server in between. 0 or -1. */
int direct_open(const struct order *order);
#endif
