/* The compiler may call these four for a plain assignment or loop. They are hidden: the C library's (or a sanitizer's,
 * which must not be entered before it has started) are never reached from here. */
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t length) {
  void *end = to;
  __asm__ volatile("rep movsb" : "+D"(end), "+S"(from), "+c"(length) : : "memory");
  return to;
}

void *memmove(void *to, const void *from, size_t length) {
  if ((size_t)((char *)to - (const char *)from) >= length) return memcpy(to, from, length);
  char *last = (char *)to + length - 1;
  const char *source = (const char *)from + length - 1;
  __asm__ volatile("std; rep movsb; cld" : "+D"(last), "+S"(source), "+c"(length) : : "memory");
  return to;
}

void *memset(void *to, int value, size_t length) {
  void *end = to;
  __asm__ volatile("rep stosb" : "+D"(end), "+c"(length) : "a"(value) : "memory");
  return to;
}

int memcmp(const void *one, const void *other, size_t length) {
  const unsigned char *a = one, *b = other;
  for (size_t i = 0; i < length; i++)
    if (a[i] != b[i]) return a[i] - b[i];
  return 0;
}
