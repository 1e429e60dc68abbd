// In place of the part of libstdc++'s headers that Debian has for glibc.
#pragma once
// Whether there are threads is not found out by glibc's weak symbols: there may be some.
#define _GLIBCXX_GTHREAD_USE_WEAK 0
#define GTHREAD_USE_WEAK 0
// A name of glibc's locale.h.
#define __locale_t locale_t
