/* SysV keys under the preload mechanism. The system's key of a virtual one is computed, so two processes that ask at once need no word of each
 * other: a permutation of all 32-bit numbers (four rounds of a Feistel network) that the AID's salt chooses. IPC_PRIVATE stays what it is.
 * vproc/keys.ts mirrors it. */
#ifndef APPSHOT_ID_KEYS_H
#define APPSHOT_ID_KEYS_H
#include <stdint.h>

static inline uint16_t id_key_scramble(uint64_t salt, uint16_t half, int round) {
  uint64_t x = salt ^ ((uint64_t)half << 8 | (uint64_t)round);
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdull;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ull;
  return (uint16_t)(x >> 40);
}

static inline uint32_t id_key_forward(uint64_t salt, uint32_t key) {
  uint16_t left = (uint16_t)(key >> 16), right = (uint16_t)key;
  for (int round = 0; round < 4; round++) {
    uint16_t next = left ^ id_key_scramble(salt, right, round);
    left = right;
    right = next;
  }
  return (uint32_t)left << 16 | right;
}

static inline uint32_t id_key_backward(uint64_t salt, uint32_t key) {
  uint16_t left = (uint16_t)(key >> 16), right = (uint16_t)key;
  for (int round = 3; round >= 0; round--) {
    uint16_t before = right ^ id_key_scramble(salt, left, round);
    right = left;
    left = before;
  }
  return (uint32_t)left << 16 | right;
}

/* A key that would become 0 goes once more through the network, and so does what leads back to it. */
static inline int32_t id_key_to_system(uint64_t salt, int32_t key) {
  if (key == 0) return key;
  uint32_t found = id_key_forward(salt, (uint32_t)key);
  return (int32_t)(found != 0 ? found : id_key_forward(salt, 0));
}

static inline int32_t id_key_to_virtual(uint64_t salt, int32_t key) {
  if (key == 0) return key;
  uint32_t found = id_key_backward(salt, (uint32_t)key);
  return (int32_t)(found != 0 ? found : id_key_backward(salt, 0));
}
#endif
