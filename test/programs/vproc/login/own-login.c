/* A library with functions of those names, which have nothing to do with the C library's, and a program that goes to it. */
#ifdef LIBRARY
int login(const char *user) { return user[0]; }
int logwtmp(int number) { return number + 1; }
#else
#include "../check.h"
int login(const char *user);
int logwtmp(int number);

int main(void) {
  CHECK(login("somebody") == 's');
  CHECK(logwtmp(41) == 42);
  return done();
}
#endif
