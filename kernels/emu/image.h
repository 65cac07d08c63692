// The library or program that kernels and emulator are part of: its addresses and its debug information.
#pragma once
#include <cstddef>
#include <string>

namespace emulator {

bool in_image(const void *address, size_t bytes);  // constant tables are
std::string source_line(const void *instruction);  // " (file:line)"; empty where that is not to be had

}  // namespace emulator
