// The kernel's types as C.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Declares the types with these identifiers, and what they are made of: `*size` bytes of C, to be
/// freed. NULL and errno on failure.
char *nc_types_as_c(const void *btf, size_t btf_size, const uint32_t *identifiers, size_t count,
                    size_t *size);

/// Two numbers that tell these bytes from others.
void nc_fingerprint(const void *bytes, size_t size, uint64_t result[2]);
