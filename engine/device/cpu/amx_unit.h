// amx_unit.h: the tile unit of AMX, as instructions (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18).
//
// A processor core has eight tiles of at most 16 rows of 64 bytes. Their sizes are configured before use and given back by a release, which also spares
// the system 8 KiB at a change of threads. A product adds to a tile of float32 sums:
//
//	sum[m][n] += over k: a[m][2k] * b[k][2n] + a[m][2k+1] * b[k][2n+1]    a, b bfloat16
//
// so that b holds pairs of rows of a matrix, element by element beside each other. Tiles are named by a digit that the compiler sees. The operations are
// written in assembler, since the intrinsics of gcc 12 do not tell the compiler which memory they touch. amx_emulation.h has the same ones in C.
#ifndef TWEEDIE_AMX_UNIT_H
#define TWEEDIE_AMX_UNIT_H

#include "amx_configuration.h"

INLINE void tile_configure(const struct tile_configuration *c) { __asm__ volatile("ldtilecfg (%0)" ::"r"(c) : "memory"); }
INLINE void tile_release(void) { __asm__ volatile("tilerelease" ::: "memory"); }

// Rows are stride bytes apart in memory.
#define TILE_ZERO(t) __asm__ volatile("tilezero %%tmm" #t ::)
#define TILE_LOAD(t, from, stride) __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #t ::"r"(from), "r"((size_t)(stride)) : "memory")
#define TILE_STORE(t, to, stride) __asm__ volatile("tilestored %%tmm" #t ", (%0,%1,1)" ::"r"(to), "r"((size_t)(stride)) : "memory")
#define TILE_PRODUCT(sum, a, b) __asm__ volatile("tdpbf16ps %%tmm" #b ", %%tmm" #a ", %%tmm" #sum ::)

// TILE_AREA tells an emulation what loads and stores may touch until the release: up to four pieces of memory.
#define TILE_AREA(slot, start, bytes) ((void)0)

#endif
