/* SysV keys: see shared/id-keys.h. */
#include "preload/ids.h"
#include "shared/id-keys.h"

key_t key_to_system(key_t key) { return id_key_to_system(ids_table()->id_salt, key); }
key_t key_to_virtual(key_t key) { return id_key_to_virtual(ids_table()->id_salt, key); }
