// For programs of cases: what does not hold is printed, and ends the program with 1.
#pragma once

#include <cstdio>
#include <cstdlib>

#define MUST(condition)                                                        \
  do {                                                                         \
    if (!(condition)) {                                                        \
      std::printf("line %d does not hold: %s\n", __LINE__, #condition);        \
      std::exit(1);                                                            \
    }                                                                          \
  } while (false)
