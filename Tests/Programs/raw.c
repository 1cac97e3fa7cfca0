// A program that hands a frame from function to function, over and over, until it is ended.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sdt.h>
#include <unistd.h>

// Ethernet, IPv4 and UDP from 10.9.1.1 port 1000 to 10.9.1.2 port 9030, and four bytes.
static const uint8_t frame[] = {
	2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
	0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 10, 9, 1, 1, 10, 9, 1, 2,
	1000 >> 8, 1000 & 255, 9030 >> 8, 9030 & 255, 0, 12, 0, 0, 'f', 'o', 'u', 'r',
};

#ifdef IN_LIBRARY
void handle_in_library(int unused, const void *data, size_t length)
{
	__asm__ volatile("" : : "r"(unused), "r"(data), "r"(length) : "memory");
}
#else
#ifdef HAS_LIBRARY
void handle_in_library(int unused, const void *data, size_t length);
#endif

__attribute__((noinline)) void handle_bytes(const void *data, int length)
{
	DTRACE_PROBE2(netcap_raw, frame, data, length);
	__asm__ volatile("" : : "r"(data), "r"(length) : "memory");
}

int main(int count, char **arguments)
{
	int rounds = count > 1 ? atoi(arguments[1]) : -1;

	puts("ready");
	fflush(stdout);
	for (; rounds; rounds--) {
		handle_bytes(frame, sizeof(frame));
		handle_bytes(frame, -1);
		handle_bytes(NULL, 60);
#ifdef HAS_LIBRARY
		handle_in_library(1, frame, sizeof(frame));
#endif
		usleep(200000);
	}
	return 0;
}
#endif
