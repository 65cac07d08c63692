// Tests of the emulator itself, in a program of their own: build/emulator/MODE/test [NAME...]. Prints a line for each test.
#include "test.h"
#include <cstdio>

std::vector<Test> &tests() {
    static std::vector<Test> all;
    return all;
}

int main(int count, char **names) {
    int failures = 0, ran = 0;
    for (const Test &test : tests()) {
        bool wanted = count == 1;
        for (int i = 1; i < count; i++) wanted |= test.name == names[i];
        if (!wanted) continue;
        ran++;
        try {
            test.run();
            printf("ok %s\n", test.name.c_str());
        } catch (const std::exception &e) {
            failures++;
            printf("FAIL %s: %s\n", test.name.c_str(), e.what());
        }
        fflush(stdout);
    }
    if (ran == 0) printf("FAIL no such test\n");
    return failures || ran == 0;
}
