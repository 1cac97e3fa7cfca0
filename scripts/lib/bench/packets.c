// Writes a pcap file of so many packets to standard output, the same each time: TCP to ports 443 and 80 and
// UDP to 53 from 200 addresses, up to 200 bytes of payload.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 1;

static uint32_t below(uint32_t limit)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % limit;
}

static uint8_t *put(uint8_t *to, uint32_t number, int bytes)
{
	while (bytes--) *to++ = number >> 8 * bytes;
	return to;
}

int main(int count, char **arguments)
{
	static const uint32_t payloads[] = {0, 0, 20, 60, 100, 200};
	const uint32_t head[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};
	long packets = count > 1 ? atol(arguments[1]) : 1000000;
	uint64_t time = 1700000000ull * 1000000;

	fwrite(head, sizeof(head), 1, stdout);
	for (long i = 0; i < packets; i++) {
		uint32_t payload = payloads[below(6)], is_tcp = below(5) > 0, upper = is_tcp ? 20 : 8;
		uint32_t size = 14 + 20 + upper + payload, record[4];
		uint8_t packet[300] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}, *at = packet + 14;

		time += 1 + below(29);
		at = put(at, 0x4500, 2);
		at = put(at, size - 14, 2);
		at = put(at, i & 0xffff, 2);
		at = put(at, 0, 2);
		at = put(at, 64 << 8 | (is_tcp ? 6 : 17), 2);
		at = put(at, 0, 2);
		at = put(at, 0x0a000000 + below(200), 4);
		at = put(at, 0x0a010001, 4);
		at = put(at, 1024 + below(64511), 2);
		at = put(at, is_tcp ? below(2) ? 443 : 80 : 53, 2);
		if (is_tcp) {
			at = put(at, i, 4);
			at = put(at, 0, 4);
			at = put(at, 0x5010, 2);
			put(at, 1000, 2);
		} else {
			put(at, 8 + payload, 2);
		}
		record[0] = time / 1000000;
		record[1] = time % 1000000;
		record[2] = record[3] = size;
		fwrite(record, sizeof(record), 1, stdout);
		fwrite(packet, size, 1, stdout);
	}
	return fflush(stdout) ? 1 : 0;
}
