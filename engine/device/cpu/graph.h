// graph.h: the work of a program as a graph, so that threads need not wait for each other after every operation.
//
// A kernel adds phases in the program's order. A phase is a list of tasks; it is dealt to parts, each a piece of the batch's samples, and says which memory
// it reads and writes: as a whole, or each part its own samples. Of two phases whose memory conflicts (one writes what the other reads or
// writes) the later one waits, part by part: sample 3 of a layer for sample 3 of the layer before. Phases that do not conflict overlap, such as a
// layer's gradient by its weight and by its input. Memory that is used again for something else is a conflict like any other.
//
// Tasks depend on shapes alone, and what is added up is added by one task in one order. So the results are the same bits in whatever order, and
// by however many threads, tasks are run.
#ifndef TWEEDIE_GRAPH_H
#define TWEEDIE_GRAPH_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "pool.h"

// A cell is the tasks of one part of one phase. Its first lines change during a run, the rest does not.
struct cell {
    _Alignas(64) _Atomic uint64_t ticket; // number of the run in the upper half, the next task in the lower
    _Atomic uint32_t finished, missing;   // tasks that are done, and cells that are not and have to be before this one begins
    _Atomic uint32_t count;               // tasks
    uint32_t first;                       // number of the first task in its phase
    pool_task *task;
    const void *arguments;
    uint32_t waits;               // cells that have to be done before
    uint32_t follower, followers; // cells that wait for this one: where they begin in the graph's list, and how many
};

struct graph {
    _Alignas(64) _Atomic uint64_t left; // number of the run in the upper half, cells that are not done in the lower
    struct cell *cells;
    _Atomic uint64_t *ready; // a bit for each cell: all that it waits for is done, and some of its tasks are not taken
    uint32_t *followers;
    uint32_t count, words;     // of cells, and of 64 bits
    uint32_t inside;           // threads that may look at the graph; guarded by the pool's lock
    int failed;                // memory was missing
    size_t threads;            // of the pool
    struct building *building; // NULL after graph_finish
    struct kept *kept;
};

// graph_new begins a graph for a pool's threads; NULL without memory.
struct graph *graph_new(const struct pool *);

size_t graph_threads(const struct graph *);

// graph_keep returns memory that lives as long as the graph, with a copy of the value in it; NULL without memory, which graph_finish reports.
void *graph_keep(struct graph *, const void *value, size_t bytes);

// graph_phase adds a phase without tasks; those of its parts follow by graph_tasks, numbered on. A part has one task at least.
void graph_phase(struct graph *, pool_task *, const void *arguments);
void graph_tasks(struct graph *, size_t count);

// graph_parts is into how many parts a phase over a batch is dealt: part p has the samples from share(samples, parts, p) on. graph_sample_tasks adds them all,
// each with so many tasks for each of its samples.
size_t graph_parts(size_t samples);
void graph_sample_tasks(struct graph *, size_t samples, size_t tasks);

// graph_reads and graph_writes say that every part of the last phase may touch these bytes. NULL is nothing.
void graph_reads(struct graph *, const void *, size_t bytes);
void graph_writes(struct graph *, const void *, size_t bytes);

// The same of samples of so many bytes, of which each part touches only its own.
void graph_reads_samples(struct graph *, const void *, size_t samples, size_t bytes);
void graph_writes_samples(struct graph *, const void *, size_t samples, size_t bytes);


// graph_finish finds what waits for what. It returns 0 if memory was missing, here or before, or a part has no task; the graph is then good
// for graph_free only.
int graph_finish(struct graph *);

// graph_run runs all tasks on the pool's threads and returns when they are done. One caller at a time.
void graph_run(struct pool *, struct graph *);

// graph_run_shuffled runs all tasks on the caller's thread in an order drawn from seed, among those that the graph allows: for tests, in which a
// conflict that nobody declared gives other results.
void graph_run_shuffled(struct graph *, uint64_t seed);

// graph_free waits for threads that still look at the graph. No graph_run may be under way. The pool is NULL if it was freed before.
void graph_free(struct pool *, struct graph *);

#endif
