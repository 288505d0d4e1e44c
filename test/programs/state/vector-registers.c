/* Registers of the floating point and vector units, and the rounding mode, in a thread that is frozen while it computes. */
#include "thread.h"
#include <immintrin.h>

static volatile sig_atomic_t stop;
static _Atomic int wrong, computing;

/* Holds known bytes in registers alone, and looks at them over and over. */
__attribute__((target("avx2"))) static void compute(void *argument) {
  const uint64_t seed = (uint64_t)argument;
  const unsigned mxcsr = 0x1f80 | (unsigned)(seed & 3) << 13;
  const unsigned short control = (unsigned short)(0x037f | (seed & 3) << 10);
  _mm_setcsr(mxcsr);
  __asm__ volatile("fldcw %0" : : "m"(control));
  __m256i a = _mm256_set1_epi64x((long long)(seed * 0x0101010101010101ull)), b = _mm256_set_epi64x(1, 2, 3, (long long)seed);
  __m256i c = _mm256_xor_si256(a, b), d = a;
  long double pi = 3.14159265358979323846264338327950288L;
  computing++;
  while (!stop) {
    __asm__ volatile("" : "+x"(a), "+x"(b), "+x"(c), "+x"(d), "+t"(pi));
    if (!_mm256_testc_si256(_mm256_cmpeq_epi8(_mm256_xor_si256(a, b), c), _mm256_set1_epi8(-1))) wrong = 1;
    d = _mm256_add_epi64(d, b);
    d = _mm256_sub_epi64(d, b);
    if (!_mm256_testc_si256(_mm256_cmpeq_epi8(a, d), _mm256_set1_epi8(-1))) wrong = 2;
  }
  unsigned short now;
  __asm__ volatile("fnstcw %0" : "=m"(now));
  if ((_mm_getcsr() & 0x6000) != (mxcsr & 0x6000)) wrong = 3;
  if ((now & 0xc00) != (control & 0xc00)) wrong = 4;
  if (pi != 3.14159265358979323846264338327950288L) wrong = 5;
}
static void *start(void *argument) {
  compute(argument);
  return NULL;
}

int main(void) {
  begin();
  if (!__builtin_cpu_supports("avx2")) {
    await_go();
    done();
  }
  pthread_t threads[4];
  for (uint64_t i = 0; i < 4; i++) must_zero(pthread_create(&threads[i], NULL, start, (void *)i));
  while (computing < 4) nap(1);
  await_go();
  nap(20);
  stop = 1;
  for (int i = 0; i < 4; i++) must_zero(pthread_join(threads[i], NULL));
  expect("the check that went wrong", 0, wrong);
  done();
}
