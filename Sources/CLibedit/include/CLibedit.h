// libedit for Swift.
#pragma once
#include <histedit.h>
