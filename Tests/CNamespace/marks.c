#include "CNamespace.h"

// A mark as sys/sdt.h makes it, for two arguments: one in a register, one a constant.
#define MARK(provider, name, number)                                                            \
  __asm__ volatile("990: nop\n"                                                                 \
                   ".pushsection .note.stapsdt,\"\",\"note\"\n"                                 \
                   ".balign 4\n"                                                                \
                   ".4byte 992f-991f, 994f-993f, 3\n"                                           \
                   "991: .asciz \"stapsdt\"\n"                                                  \
                   "992: .balign 4\n"                                                           \
                   "993: .8byte 990b, _.stapsdt.base, 0\n"                                      \
                   ".asciz \"" provider "\"\n"                                                  \
                   ".asciz \"" name "\"\n"                                                      \
                   ".asciz \"-4@%[value] -4@$-7\"\n"                                            \
                   "994: .balign 4\n"                                                           \
                   ".popsection\n"                                                              \
                   ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"      \
                   ".weak _.stapsdt.base\n"                                                     \
                   ".hidden _.stapsdt.base\n"                                                   \
                   "_.stapsdt.base: .space 1\n"                                                 \
                   ".size _.stapsdt.base, 1\n"                                                  \
                   ".popsection\n" ::[value] "r"(number))

int nc_marked(int number) {
  MARK("netcap_test", "marked", number);
  return 2 * number + 1;
}
