/*
 * Holds memory: `memory MEBIBYTES`. Fills every page with its own number, then writes a count for ever. Each time it changes a word of the first page and checks one
 * of the other pages, in turn; "damaged" if one has another content.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { kPage = 4096, kWords = kPage / sizeof(unsigned long) };

int main(int count, char** words) {
  const unsigned long pages = count > 1 ? strtoul(words[1], NULL, 10) * (1 << 20) / kPage : 0;
  unsigned long* memory = pages > 1 ? aligned_alloc(kPage, pages * kPage) : NULL;
  if (memory == NULL) return 1;
  for (unsigned long page = 0; page < pages; ++page)
    for (unsigned long word = 0; word < kWords; ++word) memory[page * kWords + word] = page;
  const struct timespec pause = {0, 20000000};
  for (unsigned long tick = 1;; ++tick) {
    memory[1] = tick;
    for (unsigned long step = 0; step < 64; ++step) {
      const unsigned long page = 1 + (tick * 64 + step) % (pages - 1);
      for (unsigned long word = 0; word < kWords; ++word)
        if (memory[page * kWords + word] != page) puts("damaged");
    }
    printf("%lu\n", memory[1]);
    if (fflush(stdout) != 0) return 2;
    nanosleep(&pause, NULL);
  }
}
