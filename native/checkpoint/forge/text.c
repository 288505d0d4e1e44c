#include "checkpoint/forge/text.h"

/* The compiler calls these by itself, so they have the names of the C library. */
void *memcpy(void *to, const void *from, size_t size) {
  void *at = to;
  __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
  return to;
}
void *memmove(void *to, const void *from, size_t size) {
  char *d = to;
  const char *s = from;
  if (d <= s || d >= s + size) return memcpy(to, from, size);
  while (size--) d[size] = s[size];
  return to;
}
void *memset(void *at, int value, size_t size) {
  void *to = at;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
  return at;
}
int memcmp(const void *a, const void *b, size_t size) {
  const unsigned char *x = a, *y = b;
  for (size_t i = 0; i < size; i++)
    if (x[i] != y[i]) return x[i] - y[i];
  return 0;
}
size_t strlen(const char *text) {
  size_t size = 0;
  while (text[size]) size++;
  return size;
}
int strcmp(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (unsigned char)*a - (unsigned char)*b;
}

const char *after(const char *text, const char *prefix) {
  while (*prefix)
    if (*text++ != *prefix++) return NULL;
  return text;
}
const char *find_char(const char *text, char c) {
  for (; *text; text++)
    if (*text == c) return text;
  return NULL;
}
int64_t to_number(const char *text) {
  int negative = *text == '-';
  int64_t number = 0;
  for (text += negative; *text >= '0' && *text <= '9'; text++) number = number * 10 + (*text - '0');
  return negative ? -number : number;
}
uint64_t hex_number(const char **text) {
  uint64_t number = 0;
  for (;; (*text)++) {
    char c = **text;
    if (c >= '0' && c <= '9') number = number * 16 + (uint64_t)(c - '0');
    else if (c >= 'a' && c <= 'f') number = number * 16 + (uint64_t)(c - 'a' + 10);
    else return number;
  }
}

struct line line_in(char *buffer, size_t size) {
  buffer[0] = 0;
  return (struct line){buffer, buffer, buffer + size - 1};
}
void put_char(struct line *line, char c) {
  if (line->at >= line->end) return;
  *line->at++ = c;
  *line->at = 0;
}
void put(struct line *line, const char *text) {
  while (*text) put_char(line, *text++);
}
void put_number(struct line *line, int64_t number) {
  char digits[24];
  int count = 0;
  uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
  if (number < 0) put_char(line, '-');
  do digits[count++] = (char)('0' + rest % 10); while (rest /= 10);
  while (count) put_char(line, digits[--count]);
}
void put_hex(struct line *line, uint64_t number) {
  int shift = 60;
  while (shift && !(number >> shift & 15)) shift -= 4;
  for (; shift >= 0; shift -= 4) put_char(line, "0123456789abcdef"[number >> shift & 15]);
}
void put_field(struct line *line, const char *text) {
  for (; *text; text++) {
    if (*text == '%') put(line, "%25");
    else if (*text == '\t') put(line, "%09");
    else if (*text == '\n') put(line, "%0A");
    else put_char(line, *text);
  }
}
