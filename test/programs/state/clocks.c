/* clock_gettime by the vdso and by the kernel agree, and go forward as the other clocks do. */
#include "check.h"
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>

static long long by_kernel(clockid_t clock) {
  struct timespec now;
  must(syscall(SYS_clock_gettime, clock, &now));
  return now.tv_sec * 1000000000ll + now.tv_nsec;
}
/* One reading of each, in this order: none is before the one before it. */
static void agree(const char *name, clockid_t clock) {
  for (int i = 0; i < 1000; i++) {
    long long first = by_kernel(clock), middle = nanoseconds(clock), last = by_kernel(clock);
    if (first > middle || middle > last) fail("%s expected between %lld and %lld got %lld\n", name, first, last, middle);
  }
}

int main(void) {
  begin();
  unsigned long vdso = getauxval(AT_SYSINFO_EHDR);
  long long monotonic = nanoseconds(CLOCK_MONOTONIC), real = nanoseconds(CLOCK_REALTIME), boot = nanoseconds(CLOCK_BOOTTIME);
  await_go();
  expect("where the auxiliary vector has the vdso", vdso, getauxval(AT_SYSINFO_EHDR));
  expect("the vdso's first byte", 0x7f, *(unsigned char *)vdso);
  agree("CLOCK_MONOTONIC", CLOCK_MONOTONIC);
  agree("CLOCK_REALTIME", CLOCK_REALTIME);
  agree("CLOCK_BOOTTIME", CLOCK_BOOTTIME);
  long long passed = nanoseconds(CLOCK_MONOTONIC) - monotonic;
  if (passed <= 0 || passed > 600 * 1000000000ll) fail("monotonic time passed expected a little got %lld ns\n", passed);
  long long apart = nanoseconds(CLOCK_REALTIME) - real - passed, apart_boot = nanoseconds(CLOCK_BOOTTIME) - boot - passed;
  if (apart < -1000000000 || apart > 1000000000) fail("real time passed expected as monotonic got %lld ns apart\n", apart);
  if (apart_boot < -1000000000 || apart_boot > 1000000000) fail("boot time passed expected as monotonic got %lld ns apart\n", apart_boot);
  struct timeval day;
  must(gettimeofday(&day, NULL));
  long long off = time(NULL) - day.tv_sec;
  if (off < -1 || off > 1) fail("time() expected as gettimeofday got %lld s apart\n", off);
  nap(20);
  long long later = nanoseconds(CLOCK_MONOTONIC) - monotonic - passed;
  if (later < 20000000) fail("20 ms of sleep expected at least that got %lld ns\n", later);
  done();
}
