#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/direct.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/image-index.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <linux/mount.h>

/* A layer as a mount of its own that hangs nowhere: the kernel words the path of a file in it from the layer's root on, which is
 * the path that the application knows. */
struct layer { const char *path; size_t size; int tree; };
static struct layer layers[16];
static uint32_t layer_count;

static int tree_of(const char *path, size_t size) {
  for (uint32_t i = 0; i < layer_count; i++)
    if (layers[i].size == size && !memcmp(layers[i].path, path, size)) return layers[i].tree;
  static char root[4096];
  struct line line = line_in(root, sizeof root);
  for (size_t i = 0; i < size; i++) put_char(&line, path[i]);
  if (layer_count == sizeof layers / sizeof *layers) return -EMFILE;
  long tree = sys3(SYS_open_tree, AT_FDCWD, root, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (tree < 0) return (int)tree;
  int high = move_high(tree, root);
  if (high >= 0) layers[layer_count++] = (struct layer){path, size, high};
  return high;
}

/* The host's own files need no detour: there both paths are one. */
static long open_at(const char *host, const char *name) {
  size_t host_size = strlen(host), name_size = strlen(name);
  int flags = O_RDONLY | O_CLOEXEC;
  if (host_size > name_size && !strcmp(host + host_size - name_size, name)) {
    int tree = tree_of(host, host_size - name_size);
    if (tree >= 0) return sys4(SYS_openat, tree, name + 1, flags, 0);
  }
  return sys_open(host, flags, 0);
}

int direct_open(const struct order *order) {
  int at = 0;
  for (const char *field; (field = order_next(order, "direct", &at));) {
    const char *path = find_char(field, '=');
    struct description *d = description_by_id((uint32_t)to_number(field));
    if (!path || !d || d->item.head->type != RECORD_FILE) continue;
    if ((d->direct = move_high(open_at(path + 1, path_here(d->item.name)), path + 1)) < 0) return -1;
  }
  return 0;
}
