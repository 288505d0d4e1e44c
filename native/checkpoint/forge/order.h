/* One order as it came over the control socket: the verb and its fields, unescaped. */
#ifndef FORGE_ORDER_H
#define FORGE_ORDER_H
#include <stddef.h>

struct order { const char *verb; int count; char **field; };

/** Takes `text` apart in place. -1 when there is no memory for it. */
int order_parse(struct order *order, char *text);
/** The value of the first field KEY=, or NULL. */
const char *order_value(const struct order *order, const char *key);
/** The value of the next field KEY= at or after `*from`, which is moved behind it; NULL at the end. */
const char *order_next(const struct order *order, const char *key, int *from);
/** As order_value(), but a missing field is a failure of the order. */
const char *order_need(const struct order *order, const char *key);
#endif
