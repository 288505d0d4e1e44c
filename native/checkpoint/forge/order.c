#include "checkpoint/forge/order.h"
#include "checkpoint/forge/heap.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <errno.h>

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

static void unescape(char *text) {
  char *to = text;
  for (; *text; text++) {
    int high = *text == '%' ? hex_digit(text[1]) : -1;
    int low = high < 0 ? -1 : hex_digit(text[2]);
    if (low < 0) {
      *to++ = *text;
    } else {
      *to++ = (char)(high * 16 + low);
      text += 2;
    }
  }
  *to = 0;
}

int order_parse(struct order *order, char *text) {
  int fields = 1;
  for (char *c = text; *c; c++) fields += *c == '\t';
  char **field = heap_take((size_t)(fields + 1) * sizeof *field);
  if (!field) return fail(-ENOMEM, "read", "the order");
  int count = 0;
  for (char *c = text, *start = text;; c++) {
    if (*c && *c != '\t') continue;
    int last = !*c;
    *c = 0;
    unescape(start);
    field[count++] = start;
    start = c + 1;
    if (last) break;
  }
  *order = (struct order){field[0], count - 1, field + 1};
  return 0;
}

const char *order_next(const struct order *order, const char *key, int *from) {
  while (*from < order->count) {
    const char *rest = after(order->field[(*from)++], key);
    if (rest && *rest == '=') return rest + 1;
  }
  return NULL;
}

const char *order_value(const struct order *order, const char *key) {
  int from = 0;
  return order_next(order, key, &from);
}

const char *order_need(const struct order *order, const char *key) {
  const char *value = order_value(order, key);
  if (!value) fail(-EINVAL, "read the order's field", key);
  return value;
}
