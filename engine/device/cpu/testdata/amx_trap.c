// amx_trap.c carries out the instructions of AMX on a processor that has none: each raises a signal, whose handler decodes it (Intel's manual, volume 2) and lets
// the emulation do it. So the assembler of amx_unit.h is tested down to the order of its operands.
#define _GNU_SOURCE
#include <signal.h>
#include <ucontext.h>

#include "amx_emulation.h"

void trap(void);

static const int general[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

// An operand in memory: its address, and what the index register adds, which is the stride of a tile's rows.
struct operand {
    uintptr_t base;
    size_t index;
    size_t length; // bytes of the instruction from ModR/M on
};

static struct operand operand(const greg_t *registers, const uint8_t *modrm, unsigned extend_index, unsigned extend_base) {
    unsigned mode = *modrm >> 6, base = *modrm & 7, index = 4, scale = 0;
    struct operand o = {.length = 1};
    demand(mode != 3 && !(mode == 0 && base == 5), "memory", "an address of this form is not known");
    if (base == 4) {
        scale = modrm[1] >> 6, index = (modrm[1] >> 3 & 7) | extend_index, base = modrm[1] & 7;
        demand(mode != 0 || base != 5, "memory", "an address of this form is not known");
        o.length++;
    }
    o.base = (uintptr_t)registers[general[base | extend_base]];
    if (index != 4)
        o.index = (size_t)registers[general[index]] << scale;
    if (mode == 1)
        o.base += (uintptr_t)(intptr_t)(int8_t)modrm[o.length++];
    if (mode == 2) {
        int32_t displacement;
        memcpy(&displacement, modrm + o.length, 4);
        o.base += (uintptr_t)(intptr_t)displacement;
        o.length += 4;
    }
    return o;
}

static void illegal(int number, siginfo_t *info, void *context) {
    enum { none, x66, f3, f2 };
    (void)number, (void)info;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    const uint8_t *code = (const uint8_t *)(uintptr_t)registers[REG_RIP], *modrm = code + 4;
    demand(code[0] == 0xc4 && (code[1] & 31) == 2 && !(code[2] & 0x84), "signal", "no instruction of AMX");
    unsigned extend_index = code[1] & 0x40 ? 0 : 8, extend_base = code[1] & 0x20 ? 0 : 8, prefix = code[2] & 3, other = ~code[2] >> 3 & 15, reg = *modrm >> 3 & 7;
    size_t length = 1;
    switch (code[3] << 8 | prefix) {
    case 0x4900 | none:
        if (*modrm == 0xc0) {
            tile_release();
            break;
        }
        demand(reg == 0, "signal", "no instruction of AMX");
        struct operand from = operand(registers, modrm, extend_index, extend_base);
        tile_configure((const struct tile_configuration *)(from.base + from.index));
        tile_area(0, NULL, SIZE_MAX);
        length = from.length;
        break;
    case 0x4900 | f2:
        tile_zero(reg);
        break;
    case 0x4b00 | f2: {
        struct operand rows = operand(registers, modrm, extend_index, extend_base);
        tile_load(reg, (const void *)rows.base, rows.index);
        length = rows.length;
        break;
    }
    case 0x4b00 | f3: {
        struct operand rows = operand(registers, modrm, extend_index, extend_base);
        tile_store(reg, (void *)rows.base, rows.index);
        length = rows.length;
        break;
    }
    case 0x5c00 | f3:
        tile_product(reg, *modrm & 7, other);
        break;
    default:
        demand(0, "signal", "no instruction of AMX that is known here");
    }
    registers[REG_RIP] += (greg_t)(4 + length);
}

void trap(void) {
    struct sigaction action = {.sa_sigaction = illegal, .sa_flags = SA_SIGINFO};
    sigaction(SIGILL, &action, NULL);
}
