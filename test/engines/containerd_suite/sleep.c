// sleep SECONDS | inf
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char** words) {
  if (count < 2) return 1;
  if (strcmp(words[1], "inf") == 0)
    for (;;) pause();
  double seconds = atof(words[1]);
  unsigned whole = (unsigned)seconds;
  usleep((useconds_t)((seconds - whole) * 1e6));
  while (whole > 0) whole = sleep(whole);
  return 0;
}
