/* libc's own madvise and mremap, which no preload can interpose: malloc_trim, realloc of large blocks, and the stacks of threads that
 * end, which libc advises with every signal blocked. The heap and a cached stack are image memory. */
#include "preload-clone.h"
#include <malloc.h>
#include <pthread.h>

static void *use_stack(void *argument) {
  char block[200 * 1024];
  memset(block, 1, sizeof block);
  return (char *)argument + block[100] - 1;
}

static void run_threads(void) {
  pthread_t threads[8];
  for (int i = 0; i < 8; i++) CHECK(pthread_create(&threads[i], NULL, use_stack, NULL) == 0);
  for (int i = 0; i < 8; i++) CHECK(pthread_join(threads[i], NULL) == 0);
}

/* The mapping that holds `inside`, as /proc/self/maps has it. */
static void mapping_of(const void *inside, uintptr_t *start, uintptr_t *end) {
  char line[512];
  FILE *maps = fopen("/proc/self/maps", "re");
  while (fgets(line, sizeof line, maps) != NULL) {
    CHECK(sscanf(line, "%lx-%lx", start, end) == 2);
    if (*start <= (uintptr_t)inside && (uintptr_t)inside < *end) break;
  }
  fclose(maps);
}

static char *stack_of_thread;
static void *note_stack(void *argument) {
  char here;
  stack_of_thread = (char *)((uintptr_t)&here & ~(PAGE - 1));
  return argument;
}

static void heap_and_stack_become_images(char *large) {
  pthread_t thread;
  uintptr_t start, end;
  CHECK(pthread_create(&thread, NULL, note_stack, NULL) == 0 && pthread_join(thread, NULL) == 0);
  mapping_of(stack_of_thread, &start, &end);
  become_image((void *)start, end - start, PROT_READ | PROT_WRITE);
  mapping_of(large, &start, &end);
  become_image((void *)start, end - start, PROT_READ | PROT_WRITE);
  mapping_of(sbrk(0) - 1, &start, &end);
  become_image((void *)start, end - start, PROT_READ | PROT_WRITE);
}

int main(int count, char **arguments) {
  start_inside(count, arguments, NULL);
  static char *blocks[4000];
  char *large = malloc(4 << 20);
  memset(large, 0x55, 4 << 20);
  for (int i = 0; i < 4000; i++) memset(blocks[i] = malloc(6000), 0x33, 6000);
  heap_and_stack_become_images(large);
  install_filter();

  for (int i = 0; i < 4000; i++)
    if (i % 8 != 0) free(blocks[i]);
  CHECK(malloc_trim(0) == 1);
  for (int i = 0; i < 4000; i += 8) CHECK(all_are(blocks[i], 0x33, 6000));
  char *zeros = calloc(1, 100000);
  CHECK(all_are(zeros, 0, 100000));

  large = realloc(large, 64 << 20);
  CHECK(large != NULL && all_are(large, 0x55, 4 << 20));
  memset(large, 1, 64 << 20);
  large = realloc(large, 96 << 20);
  CHECK(large != NULL && all_are(large, 1, 64 << 20));
  free(large);

  for (int i = 0; i < 50; i++) run_threads();
  pid_t child = fork();
  if (child == 0) {
    run_threads();
    malloc_trim(0);
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  return 0;
}
