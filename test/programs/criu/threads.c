/* Three threads count, each with a name and a value of its own in thread-local storage; the main thread prints the names and values they have. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

enum { kThreads = 3 };

static __thread long mine;
static volatile long shown[kThreads];
static char names[kThreads][16];

static void* count(void* argument) {
  const long number = (long)argument;
  char name[16];
  snprintf(name, sizeof name, "worker-%ld", number);
  pthread_setname_np(pthread_self(), name);
  mine = number * 1000000;
  for (;;) {
    shown[number] = ++mine;
    pthread_getname_np(pthread_self(), names[number], sizeof names[number]);
    usleep(20000);
  }
  return NULL;
}

int main(void) {
  pthread_t threads[kThreads];
  for (long i = 0; i < kThreads; i++)
    if (pthread_create(&threads[i], NULL, count, (void*)i) != 0) return 1;
  for (;;) {
    for (int i = 0; i < kThreads; i++) printf("%s %ld%c", names[i], shown[i], i + 1 < kThreads ? ' ' : '\n');
    fflush(stdout);
    usleep(50000);
  }
}
