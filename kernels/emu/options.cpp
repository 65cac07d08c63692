#include "options.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace emulator {

static uint64_t number(const char *name, const char *text) {
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    if (*text && !*end) return value;
    fprintf(stderr, "emulated device: %s=%s is not a number\n", name, text);
    abort();
}

static Options read_options() {
    Options o{Schedule::late, 0, size_t(4) << 30, std::thread::hardware_concurrency(), false, false};
    if (const char *s = getenv("TWEEDIE_EMULATOR_SCHEDULE"); s && *s && strcmp(s, "late") != 0) {
        o.schedule = strcmp(s, "eager") == 0 ? Schedule::eager : Schedule::random;
        if (o.schedule == Schedule::random) o.seed = uint32_t(number("TWEEDIE_EMULATOR_SCHEDULE", s));
    }
    if (const char *s = getenv("TWEEDIE_EMULATOR_MEMORY"); s && *s) o.memory = number("TWEEDIE_EMULATOR_MEMORY", s);
    if (const char *s = getenv("TWEEDIE_EMULATOR_THREADS"); s && *s) o.threads = unsigned(number("TWEEDIE_EMULATOR_THREADS", s));
    if (o.threads == 0) o.threads = 1;
    const char *trace = getenv("TWEEDIE_EMULATOR_TRACE");
    o.trace = trace && *trace && *trace != '0';
    if (const char *s = getenv("TWEEDIE_EMULATOR_CAPABILITY"); s && *s) {
        o.hopper = strcmp(s, "9.0") == 0;
        if (!o.hopper && strcmp(s, "8.0") != 0) {
            fprintf(stderr, "emulated device: TWEEDIE_EMULATOR_CAPABILITY=%s is neither 8.0 nor 9.0\n", s);
            abort();
        }
    }
    return o;
}

const Options &options() {
    static const Options o = read_options();
    return o;
}

}  // namespace emulator
