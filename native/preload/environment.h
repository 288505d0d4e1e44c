#ifndef PRELOAD_ENVIRONMENT_H
#define PRELOAD_ENVIRONMENT_H
#include "preload/inside.h"
/* The program itself has set or removed this variable since it was exec'd. */
bool environment_changed(const char *name);
#endif
