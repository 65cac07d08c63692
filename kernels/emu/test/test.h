// A small harness: tests register themselves; a test fails by throwing.
#pragma once
#include "../device_memory.h"
#include "../launch.h"
#include "../options.h"
#include "../runtime.h"
#include <cstring>
#include <functional>
#include <stdexcept>
#include <vector>

struct Test {
    std::string name;
    std::function<void()> run;
};
std::vector<Test> &tests();

// TEST(name) { ... }
#define TEST(name)                                                                               \
    static void name();                                                                          \
    [[maybe_unused]] static const int name##_registered = (tests().push_back({#name, name}), 0); \
    static void name()

#define REQUIRE(condition) \
    if (!(condition)) throw std::runtime_error(std::string(__FILE__) + ":" + std::to_string(__LINE__) + ": not so: " #condition)

inline void require_text(const std::string &text, const std::string &part) {
    if (text.find(part) == std::string::npos) throw std::runtime_error("expected \"" + part + "\", got \"" + text + "\"");
}

// Buffer of device memory, outside the driver.
template <class T>
struct DeviceBuffer {
    T *data;
    size_t count;

    explicit DeviceBuffer(size_t count) : data(reinterpret_cast<T *>(emulator::allocate(count * sizeof(T)))), count(count) {}
    explicit DeviceBuffer(const std::vector<T> &values) : DeviceBuffer(values.size()) {
        memcpy(data, values.data(), count * sizeof(T));
        emulator::mark_initialised(data, count * sizeof(T), true);
    }
    DeviceBuffer(const DeviceBuffer &) = delete;
    ~DeviceBuffer() { emulator::release(reinterpret_cast<char *>(data)); }
    std::vector<T> values() const { return std::vector<T>(data, data + count); }
};

// run_kernel runs a kernel by name over the arguments' own types and returns its error.
template <class... A>
std::string run_kernel(const char *name, dim3 grid, dim3 block, size_t dynamic_bytes, A... arguments) {
    const emulator::Kernel *kernel = emulator::find_kernel(name);
    if (!kernel) throw std::runtime_error(std::string("no kernel ") + name);
    if (kernel->parameter_count != sizeof...(A)) throw std::runtime_error(std::string(name) + " has another number of parameters");
    void *pointers[] = {&arguments..., nullptr};
    std::vector<std::max_align_t> decoded(kernel->argument_bytes / sizeof(std::max_align_t) + 1);
    kernel->decode(pointers, decoded.data());
    return emulator::run({kernel, decoded.data(), grid, block, dynamic_bytes, emulator::shared_default});
}
