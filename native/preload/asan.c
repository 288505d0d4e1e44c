/* AddressSanitizer's shared runtime ends a program in which it isn't the first library. It is told, by its own hook, that here
 * another comes first; a program's own definition stands before this one. */
#include "preload/inside.h"

EXPORT const char *__asan_default_options(void);
EXPORT const char *__asan_default_options(void) { return "verify_asan_link_order=0"; }
