/* AVX-512 registers and masks, where the processor has them. */
#include "thread.h"
#include <immintrin.h>

static volatile sig_atomic_t stop;
static _Atomic int wrong, computing;

__attribute__((target("avx512f,avx512bw"))) static void compute(void *unused) {
  (void)unused;
  __m512i low = _mm512_set1_epi64(0x5193519351935193), high = _mm512_set_epi64(1, 2, 3, 4, 5, 6, 7, 8);
  __mmask64 mask = 0xfedcba9876543210ull;
  computing++;
  while (!stop) {
    __asm__ volatile("vmovdqa64 %0, %%zmm30\n\tvmovdqa64 %1, %%zmm5\n\tkmovq %2, %%k5\n\t"
                     "mov $200000, %%ecx\n1:\tdec %%ecx\n\tjnz 1b\n\t"
                     "vmovdqa64 %%zmm30, %0\n\tvmovdqa64 %%zmm5, %1\n\tkmovq %%k5, %2"
                     : "+v"(low), "+v"(high), "+r"(mask) : : "ecx", "xmm5", "xmm30", "k5");
    if (_mm512_cmpneq_epi64_mask(low, _mm512_set1_epi64(0x5193519351935193))) wrong = 1;
    if (_mm512_cmpneq_epi64_mask(high, _mm512_set_epi64(1, 2, 3, 4, 5, 6, 7, 8))) wrong = 2;
    if (mask != 0xfedcba9876543210ull) wrong = 3;
  }
}
static void *start(void *argument) {
  compute(argument);
  return NULL;
}

int main(void) {
  begin();
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw")) {
    await_go();
    done();
  }
  pthread_t thread;
  must_zero(pthread_create(&thread, NULL, start, NULL));
  while (computing < 1) nap(1);
  await_go();
  nap(20);
  stop = 1;
  must_zero(pthread_join(thread, NULL));
  expect("the check that went wrong", 0, wrong);
  done();
}
