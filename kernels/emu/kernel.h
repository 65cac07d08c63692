// How the emulator knows a kernel: its name, how to take its arguments from a launch, and how to call it.
#pragma once
#include "types.h"
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

namespace emulator {

struct Parameter {
    size_t offset, bytes;  // in the packed arguments of the device
};

struct Kernel {
    const char *name;
    const Parameter *parameters;
    size_t parameter_count;
    size_t argument_bytes;
    void (*decode)(void *const *parameters, void *arguments);  // parameters[i] points at the i-th argument, as in cuLaunchKernel
    void (*call)(const void *arguments);                       // one thread's run; arguments as decode left them
};

// register_kernel runs while the library is loaded, before main.
void register_kernel(const Kernel &kernel);
const Kernel *find_kernel(const char *name);  // null: there is none

template <auto function>
struct Signature;
template <class... P, void (*function)(P...)>
struct Signature<function> {
    using Arguments = std::tuple<P...>;
    static_assert((std::is_trivially_copyable_v<P> && ...), "kernel arguments are copied byte by byte");
    static const Parameter *parameters() {
        static const size_t sizes[] = {sizeof(P)..., 0}, alignments[] = {alignof(P)..., 1};
        static Parameter table[sizeof...(P) + 1];
        for (size_t i = 0, offset = 0; i < sizeof...(P); offset += sizes[i++]) {
            offset = (offset + alignments[i] - 1) / alignments[i] * alignments[i];
            table[i] = {offset, sizes[i]};
        }
        return table;
    }
    template <size_t... i>
    static void fill(void *const *parameters, void *arguments, std::index_sequence<i...>) {
        new (arguments) Arguments(*static_cast<P *>(parameters[i])...);
    }
    static void decode(void *const *parameters, void *arguments) { fill(parameters, arguments, std::index_sequence_for<P...>{}); }
    EMULATOR_PRIVATE static void call(const void *arguments) { std::apply(function, *static_cast<const Arguments *>(arguments)); }
    static Kernel kernel(const char *name) { return {name, parameters(), sizeof...(P), sizeof(Arguments), &decode, &call}; }
};

struct Registration {
    explicit Registration(const Kernel &kernel) { register_kernel(kernel); }
};

}  // namespace emulator

#define KERNEL(name) static emulator::Registration name##_registration(emulator::Signature<&name>::kernel(#name))
