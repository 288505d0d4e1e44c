#ifndef PRELOAD_ENVIRONMENT_H
#define PRELOAD_ENVIRONMENT_H
#include "preload/inside.h"
/* The program itself has set or removed this variable since it was exec'd. */
bool environment_changed(const char *name);
/* Its value among `environment`, or NULL. */
char *variable_in(char **environment, const char *name);
/* Its value in the instance's table, or NULL. */
char *variable_given(const char *name);
/* A setting of this library's: as the program has it in `environment`, else as the instance was given it, or NULL. */
const char *setting(char **environment, const char *name);
#endif
