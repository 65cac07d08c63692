#include "image.h"
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <link.h>
#include <unistd.h>

namespace emulator {

struct Image {
    const char *base = nullptr, *begin = nullptr, *end = nullptr;
    std::string path;
};

static int find(dl_phdr_info *info, size_t, void *result) {
    Image found;
    found.base = reinterpret_cast<const char *>(info->dlpi_addr);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) &header = info->dlpi_phdr[i];
        if (header.p_type != PT_LOAD) continue;
        const char *begin = found.base + header.p_vaddr, *end = begin + header.p_memsz;
        if (!found.begin || begin < found.begin) found.begin = begin;
        if (end > found.end) found.end = end;
    }
    const char *here = reinterpret_cast<const char *>(&find);
    if (here < found.begin || here >= found.end) return 0;
    found.path = info->dlpi_name && *info->dlpi_name ? info->dlpi_name : "/proc/" + std::to_string(getpid()) + "/exe";
    *static_cast<Image *>(result) = found;
    return 1;
}

static const Image &image() {
    static const Image here = [] {
        Image i;
        dl_iterate_phdr(find, &i);
        return i;
    }();
    return here;
}

bool in_image(const void *address, size_t bytes) {
    const char *p = static_cast<const char *>(address);
    return p >= image().begin && p + bytes <= image().end;
}

std::string source_line(const void *instruction) {
    if (!instruction) return "";
    char command[4400], line[1024];
    // The instruction is the one a call returns to; one byte before it is within the call. -i prints inlined functions from the inside out.
    snprintf(command, sizeof command, "addr2line -s -i -e '%s' %#zx 2>/dev/null", image().path.c_str(),
             size_t(static_cast<const char *>(instruction) - image().base) - 1);
    FILE *output = popen(command, "r");
    if (!output) return "";
    std::string found;
    while (fgets(line, sizeof line, output)) {
        line[strcspn(line, " \n")] = 0;
        // What a kernel calls of the emulator's headers is inlined into it: the kernel's own line is wanted.
        if (found.empty() && line[0] != '?' && !strstr(line, ".h:")) found = std::string(" (") + line + ")";
    }
    pclose(output);
    return found;
}

}  // namespace emulator
