#include "CLibpcap.h"
