/* SysV keys. The system's key of a virtual one is computed, so two processes that ask at once need no word of each other: a permutation of
 * all 32-bit numbers (four rounds of a Feistel network) that the AID's salt chooses. IPC_PRIVATE stays what it is. */
#include "preload/ids.h"
#include <sys/ipc.h>

static uint16_t scramble(uint16_t half, int round) {
  uint64_t x = ids_table()->id_salt ^ ((uint64_t)half << 8 | (uint64_t)round);
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdull;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ull;
  return (uint16_t)(x >> 40);
}

static uint32_t forward(uint32_t key) {
  uint16_t left = (uint16_t)(key >> 16), right = (uint16_t)key;
  for (int round = 0; round < 4; round++) {
    uint16_t next = left ^ scramble(right, round);
    left = right;
    right = next;
  }
  return (uint32_t)left << 16 | right;
}

static uint32_t backward(uint32_t key) {
  uint16_t left = (uint16_t)(key >> 16), right = (uint16_t)key;
  for (int round = 3; round >= 0; round--) {
    uint16_t before = right ^ scramble(left, round);
    right = left;
    left = before;
  }
  return (uint32_t)left << 16 | right;
}

/* A key that would become 0 goes once more through the network, and so does what leads back to it. */
key_t key_to_system(key_t key) {
  if (key == IPC_PRIVATE) return key;
  uint32_t found = forward((uint32_t)key);
  return (key_t)(found != 0 ? found : forward(0));
}

key_t key_to_virtual(key_t key) {
  if (key == IPC_PRIVATE) return key;
  uint32_t found = backward((uint32_t)key);
  return (key_t)(found != 0 ? found : backward(0));
}
