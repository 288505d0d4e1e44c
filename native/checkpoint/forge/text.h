/* Bytes and words, for lack of a C library. */
#ifndef FORGE_TEXT_H
#define FORGE_TEXT_H
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *at, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
/** The rest of `text` behind `prefix`, NULL when it doesn't begin so. */
const char *after(const char *text, const char *prefix);
const char *find_char(const char *text, char c);
/** A decimal number; 0 for no digits. Negative with '-'. */
int64_t to_number(const char *text);
uint64_t hex_number(const char **text);

/** Text built in a buffer of fixed size: what doesn't fit is cut off, the end is always a NUL. */
struct line { char *start, *at, *end; };
struct line line_in(char *buffer, size_t size);
void put(struct line *line, const char *text);
void put_char(struct line *line, char c);
void put_number(struct line *line, int64_t number);
void put_hex(struct line *line, uint64_t number);
/** As put(), with %, TAB, LF escaped as the control lines want it. */
void put_field(struct line *line, const char *text);
/** What the kernel's error number means. */
const char *error_words(int error);
#endif
