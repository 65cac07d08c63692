//go:build cgo

// graph.c: from phases and the memory they touch to cells and what waits for what.
#define _POSIX_C_SOURCE 200809L

#include "graph.h"

#include <stdlib.h>
#include <string.h>

enum { most_parts = 8 }; // pieces of a batch: enough that threads seldom wait, few enough that each is long against the handling of a cell

struct access {
    uintptr_t start;
    size_t samples, bytes; // samples of so many bytes, one after the other; samples is 0 if every part touches all bytes
    int writes;
};

struct phase {
    uint32_t first, parts;          // cells
    uint32_t first_access, accesses;
    uint32_t tasks;
};

struct edge {
    uint32_t before, after;
};

struct planned { // a cell
    pool_task *task;
    const void *arguments;
    uint32_t first, count;
};

// What is known of a graph until it is finished.
struct building {
    struct phase *phases;
    struct access *accesses;
    struct edge *edges;
    struct planned *cells;
    size_t phase_count, access_count, edge_count, cell_count;
    size_t phase_room, access_room, edge_room, cell_room;
};

struct kept {
    struct kept *next;
    max_align_t value[];
};

// grown returns the list with room for one element more; NULL without memory.
static void *grown(void *list, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return list;
    size_t more = *room * 2 + 16;
    void *moved = realloc(list, more * size);
    if (moved)
        *room = more;
    return moved;
}

// APPEND adds an element to one of the building's lists and evaluates to its address, or sets failed and leaves the function.
#define APPEND(graph, list, count, room, target)                                                     \
    do {                                                                                             \
        struct building *building = (graph)->building;                                               \
        void *moved = grown(building->list, building->count, &building->room, sizeof *building->list); \
        if (!moved) {                                                                                \
            (graph)->failed = 1;                                                                     \
            return;                                                                                  \
        }                                                                                            \
        building->list = moved;                                                                      \
        (target) = &building->list[building->count++];                                               \
    } while (0)

static size_t share(size_t n, size_t count, size_t i) { return n / count * i + (i < n % count ? i : n % count); }

struct graph *graph_new(const struct pool *pool) {
    struct graph *graph = aligned_alloc(64, (sizeof *graph + 63) / 64 * 64);
    if (!graph)
        return NULL;
    *graph = (struct graph){.threads = pool_threads(pool), .building = calloc(1, sizeof *graph->building)};
    if (!graph->building) {
        free(graph);
        return NULL;
    }
    return graph;
}

size_t graph_threads(const struct graph *graph) { return graph->threads; }

void *graph_keep(struct graph *graph, const void *value, size_t bytes) {
    struct kept *kept = malloc(sizeof *kept + bytes);
    if (!kept) {
        graph->failed = 1;
        return NULL;
    }
    kept->next = graph->kept;
    graph->kept = kept;
    memcpy(kept->value, value, bytes);
    return kept->value;
}

void graph_phase(struct graph *graph, pool_task *task, const void *arguments) {
    struct phase *phase;
    struct planned *cell;
    APPEND(graph, phases, phase_count, phase_room, phase);
    *phase = (struct phase){.first = (uint32_t)graph->building->cell_count, .first_access = (uint32_t)graph->building->access_count};
    // The first cell holds what all have, until graph_tasks makes it one.
    APPEND(graph, cells, cell_count, cell_room, cell);
    *cell = (struct planned){.task = task, .arguments = arguments};
}

void graph_tasks(struct graph *graph, size_t count) {
    graph->failed |= count == 0; // its cell would never be done
    if (graph->failed)
        return;
    struct building *building = graph->building;
    struct phase *phase = &building->phases[building->phase_count - 1];
    struct planned *cell = &building->cells[phase->first];
    pool_task *task = cell->task;
    const void *arguments = cell->arguments;
    if (phase->parts > 0)
        APPEND(graph, cells, cell_count, cell_room, cell);
    *cell = (struct planned){.task = task, .arguments = arguments, .first = phase->tasks, .count = (uint32_t)count};
    phase->parts++;
    phase->tasks += (uint32_t)count;
}

size_t graph_parts(size_t samples) { return samples < most_parts ? samples : most_parts; }

void graph_sample_tasks(struct graph *graph, size_t samples, size_t tasks) {
    size_t count = graph_parts(samples);
    for (size_t p = 0; p < count; p++)
        graph_tasks(graph, (share(samples, count, p + 1) - share(samples, count, p)) * tasks);
}

static void touch(struct graph *graph, const void *start, size_t samples, size_t bytes, int writes) {
    if (graph->failed || !start || bytes == 0)
        return;
    struct access *access;
    APPEND(graph, accesses, access_count, access_room, access);
    *access = (struct access){(uintptr_t)start, samples, bytes, writes};
    graph->building->phases[graph->building->phase_count - 1].accesses++;
}

void graph_reads(struct graph *graph, const void *start, size_t bytes) { touch(graph, start, 0, bytes, 0); }
void graph_writes(struct graph *graph, const void *start, size_t bytes) { touch(graph, start, 0, bytes, 1); }
void graph_reads_samples(struct graph *graph, const void *start, size_t samples, size_t bytes) { touch(graph, start, samples, bytes, 0); }
void graph_writes_samples(struct graph *graph, const void *start, size_t samples, size_t bytes) { touch(graph, start, samples, bytes, 1); }

// bounds are the bytes of an access that a part touches.
static void bounds(const struct access *a, size_t parts, size_t part, uintptr_t *start, uintptr_t *end) {
    *start = a->start;
    *end = a->start + (a->samples ? a->samples : 1) * a->bytes;
    if (a->samples) {
        *end = a->start + share(a->samples, parts, part + 1) * a->bytes;
        *start = a->start + share(a->samples, parts, part) * a->bytes;
    }
}

static int overlap(const struct access *a, size_t a_parts, size_t a_part, const struct access *b, size_t b_parts, size_t b_part) {
    uintptr_t a_start, a_end, b_start, b_end;
    bounds(a, a_parts, a_part, &a_start, &a_end);
    bounds(b, b_parts, b_part, &b_start, &b_end);
    return a_start < b_end && b_start < a_end;
}

static int conflict(const struct access *a, const struct access *b) {
    if (!a->writes && !b->writes)
        return 0;
    uintptr_t a_end = a->start + (a->samples ? a->samples : 1) * a->bytes, b_end = b->start + (b->samples ? b->samples : 1) * b->bytes;
    return a->start < b_end && b->start < a_end;
}

// A set of cells, as bits: all those that have to be done before a cell.
static int has(const uint64_t *set, uint32_t cell) { return set[cell / 64] >> cell % 64 & 1; }

// link_cells adds the edge unless other edges imply it. ancestors has a set of words for each cell.
static void link_cells(struct graph *graph, uint64_t *ancestors, size_t words, uint32_t before, uint32_t after) {
    uint64_t *all = ancestors + after * words;
    if (has(all, before))
        return;
    struct edge *edge;
    APPEND(graph, edges, edge_count, edge_room, edge);
    *edge = (struct edge){before, after};
    for (size_t w = 0; w < words; w++)
        all[w] |= ancestors[before * words + w];
    all[before / 64] |= (uint64_t)1 << before % 64;
}

// link_phases adds the edges from an earlier phase to a later one.
static void link_phases(struct graph *graph, uint64_t *ancestors, size_t words, const struct phase *a, const struct phase *b) {
    const struct access *accesses = graph->building->accesses;
    for (uint32_t i = a->first_access; i < a->first_access + a->accesses; i++)
        for (uint32_t k = b->first_access; k < b->first_access + b->accesses; k++) {
            if (!conflict(&accesses[i], &accesses[k]))
                continue;
            for (uint32_t p = 0; p < a->parts; p++)
                for (uint32_t q = 0; q < b->parts; q++)
                    if (overlap(&accesses[i], a->parts, p, &accesses[k], b->parts, q))
                        link_cells(graph, ancestors, words, a->first + p, b->first + q);
        }
}

// link_all finds every edge. The nearest phases are looked at first, because theirs imply most of the others'.
static void link_all(struct graph *graph) {
    struct building *b = graph->building;
    size_t words = (b->cell_count + 63) / 64;
    uint64_t *ancestors = calloc(b->cell_count ? b->cell_count : 1, words ? words * 8 : 8);
    if (!ancestors) {
        graph->failed = 1;
        return;
    }
    for (size_t later = 0; later < b->phase_count; later++)
        for (size_t earlier = later; earlier-- > 0;)
            link_phases(graph, ancestors, words, &b->phases[earlier], &b->phases[later]);
    free(ancestors);
}

// settle copies cells and edges to where a run reads them.
static void settle(struct graph *graph) {
    const struct building *b = graph->building;
    graph->count = (uint32_t)b->cell_count;
    graph->words = (graph->count + 63) / 64;
    graph->cells = aligned_alloc(64, graph->count ? graph->count * sizeof *graph->cells : 64);
    graph->ready = calloc(graph->words ? graph->words : 1, sizeof *graph->ready);
    graph->followers = malloc((b->edge_count ? b->edge_count : 1) * sizeof *graph->followers);
    if (!graph->cells || !graph->ready || !graph->followers) {
        graph->failed = 1;
        return;
    }
    for (uint32_t c = 0; c < graph->count; c++) {
        const struct planned *planned = &b->cells[c];
        graph->cells[c] = (struct cell){.task = planned->task, .arguments = planned->arguments, .first = planned->first, .count = planned->count};
    }
    for (size_t e = 0; e < b->edge_count; e++) {
        graph->cells[b->edges[e].after].waits++;
        graph->cells[b->edges[e].before].followers++;
    }
    uint32_t at = 0;
    for (uint32_t c = 0; c < graph->count; c++) {
        graph->cells[c].follower = at;
        at += graph->cells[c].followers;
        graph->cells[c].followers = 0;
    }
    for (size_t e = 0; e < b->edge_count; e++) {
        struct cell *before = &graph->cells[b->edges[e].before];
        graph->followers[before->follower + before->followers++] = b->edges[e].after;
    }
}

static void drop_building(struct graph *graph) {
    if (!graph->building)
        return;
    free(graph->building->phases);
    free(graph->building->accesses);
    free(graph->building->edges);
    free(graph->building->cells);
    free(graph->building);
    graph->building = NULL;
}

int graph_finish(struct graph *graph) {
    if (!graph->failed)
        link_all(graph);
    if (!graph->failed)
        settle(graph);
    drop_building(graph);
    return !graph->failed;
}

void graph_run_shuffled(struct graph *graph, uint64_t seed) {
    uint32_t left = graph->count;
    for (uint32_t c = 0; c < graph->count; c++) {
        graph->cells[c].missing = graph->cells[c].waits;
        graph->cells[c].finished = 0;
    }
    while (left > 0) {
        // A cell from a random place on whose tasks may run and are not all done; of its tasks, the last comes first.
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint32_t c = (uint32_t)((seed >> 33) % graph->count);
        while (graph->cells[c].missing > 0 || graph->cells[c].finished == graph->cells[c].count)
            c = (c + 1) % graph->count;
        struct cell *cell = &graph->cells[c];
        uint32_t task = cell->count - 1 - cell->finished++;
        cell->task(cell->arguments, cell->first + task, (size_t)(seed >> 60) % graph->threads);
        if (cell->finished < cell->count)
            continue;
        for (uint32_t f = 0; f < cell->followers; f++)
            graph->cells[graph->followers[cell->follower + f]].missing--;
        left--;
    }
}

// graph_drop frees what graph_free of pool.c has made sure nobody looks at.
void graph_drop(struct graph *graph) {
    drop_building(graph);
    while (graph->kept) {
        struct kept *next = graph->kept->next;
        free(graph->kept);
        graph->kept = next;
    }
    free(graph->cells);
    free(graph->ready);
    free(graph->followers);
    free(graph);
}
