// More.
  #include "more.h"
