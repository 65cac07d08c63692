//go:build cgo

// pool.c: threads that run graphs. Everything on the way of a task is one compare-and-swap or addition of an atomic number, tens of nanoseconds against the
// 10 to 1000 microseconds of a task; the lock is taken to begin a run, to sleep, and to wake who sleeps.
#define _POSIX_C_SOURCE 200809L

#include "pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "graph.h"

// Tickets and other numbers of a run have the run's number in the upper half. A thread that wakes late, when its run is over, holds the number of
// an old one and takes no task of the new one.
#define OF_RUN(run, value) ((uint64_t)(run) << 32 | (value))

// A thread that finds no task looks this often before it sleeps: 2 to 5 microseconds, as long as a short task. Longer would take time from a
// neighbour on the same core.
enum { looks = 100 };

struct pool {
    _Alignas(64) _Atomic uint32_t run;      // number of the newest run; 0 before the first
    _Alignas(64) _Atomic uint32_t sleepers; // threads that wait for wake, or are about to
    pthread_mutex_t lock;                   // guards what follows, and sleep
    pthread_cond_t wake, left;              // there is work, or a run is over; a thread has left a graph
    struct graph *graph;                    // of the run under way; NULL between runs
    int stop;
    struct graph single; // of pool_run
    struct cell cell;
    _Atomic uint64_t ready;
    size_t threads;
    struct member {
        struct pool *pool;
        size_t worker;
        pthread_t thread;
    } members[];
};

static void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int over(struct graph *graph, uint32_t run) {
    uint64_t left = atomic_load(&graph->left);
    return left >> 32 != run || (uint32_t)left == 0;
}

// claim takes the next task of a cell, if there is one.
static int claim(struct graph *graph, uint32_t index, uint32_t run, uint32_t *task) {
    struct cell *cell = &graph->cells[index];
    uint64_t ticket = atomic_load(&cell->ticket);
    for (;;) {
        uint32_t count = atomic_load(&cell->count);
        if (ticket >> 32 != run || (uint32_t)ticket >= count)
            return 0;
        if (!atomic_compare_exchange_weak(&cell->ticket, &ticket, ticket + 1))
            continue;
        *task = (uint32_t)ticket;
        if (*task + 1 == count)
            atomic_fetch_and(&graph->ready[index / 64], ~((uint64_t)1 << index % 64));
        return 1;
    }
}

// find claims the first task that can be run.
static struct cell *find(struct graph *graph, uint32_t run, uint32_t *task) {
    for (uint32_t w = 0; w < graph->words; w++) {
        uint64_t bits = atomic_load(&graph->ready[w]);
        for (; bits; bits &= bits - 1) {
            uint32_t index = 64 * w + (uint32_t)__builtin_ctzll(bits);
            if (claim(graph, index, run, task))
                return &graph->cells[index];
        }
    }
    return NULL;
}

static int anything(struct graph *graph) {
    for (uint32_t w = 0; w < graph->words; w++)
        if (atomic_load(&graph->ready[w]))
            return 1;
    return 0;
}

static void wake(struct pool *pool, uint32_t count) {
    uint32_t sleepers = atomic_load(&pool->sleepers);
    if (sleepers == 0)
        return;
    pthread_mutex_lock(&pool->lock);
    if (count >= sleepers)
        pthread_cond_broadcast(&pool->wake);
    else
        for (; count > 0; count--)
            pthread_cond_signal(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

// finish ends a task and, after a cell's last, frees those that waited for the cell.
static void finish(struct pool *pool, struct graph *graph, struct cell *cell) {
    uint32_t count = atomic_load(&cell->count);
    if (atomic_fetch_add(&cell->finished, 1) + 1 < count)
        return;
    uint32_t tasks = 0;
    for (uint32_t i = 0; i < cell->followers; i++) {
        uint32_t index = graph->followers[cell->follower + i];
        struct cell *follower = &graph->cells[index];
        if (atomic_fetch_sub(&follower->missing, 1) > 1)
            continue;
        tasks += atomic_load(&follower->count);
        atomic_fetch_or(&graph->ready[index / 64], (uint64_t)1 << index % 64);
    }
    if ((uint32_t)atomic_fetch_sub(&graph->left, 1) == 1)
        wake(pool, UINT32_MAX);
    else if (tasks > 1)
        wake(pool, tasks - 1); // this thread takes one
}

// work runs tasks until the run is over.
static void work(struct pool *pool, struct graph *graph, uint32_t run, size_t worker) {
    int looked = 0;
    while (!over(graph, run)) {
        uint32_t task;
        struct cell *cell = find(graph, run, &task);
        if (cell) {
            cell->task(cell->arguments, cell->first + task, worker);
            finish(pool, graph, cell);
            looked = 0;
            continue;
        }
        if (looked++ < looks) {
            relax();
            continue;
        }
        pthread_mutex_lock(&pool->lock);
        atomic_fetch_add(&pool->sleepers, 1); // before the last look: whoever makes a task ready after it sees a sleeper
        while (!over(graph, run) && !anything(graph))
            pthread_cond_wait(&pool->wake, &pool->lock);
        atomic_fetch_sub(&pool->sleepers, 1);
        pthread_mutex_unlock(&pool->lock);
        looked = 0;
    }
}

static void *serve(void *argument) {
    struct member *self = argument;
    struct pool *pool = self->pool;
    uint32_t seen = 0;
    for (;;) {
        for (int i = 0; i < looks && atomic_load(&pool->run) == seen; i++)
            relax();
        pthread_mutex_lock(&pool->lock);
        atomic_fetch_add(&pool->sleepers, 1);
        while ((!pool->graph || atomic_load(&pool->run) == seen) && !pool->stop)
            pthread_cond_wait(&pool->wake, &pool->lock);
        atomic_fetch_sub(&pool->sleepers, 1);
        int stop = pool->stop;
        struct graph *graph = pool->graph;
        seen = atomic_load(&pool->run);
        if (!stop)
            graph->inside++;
        pthread_mutex_unlock(&pool->lock);
        if (stop)
            return NULL;
        work(pool, graph, seen, self->worker);
        pthread_mutex_lock(&pool->lock);
        graph->inside--;
        pthread_cond_broadcast(&pool->left);
        pthread_mutex_unlock(&pool->lock);
    }
}

struct pool *pool_new(size_t threads) {
    size_t size = (sizeof(struct pool) + threads * sizeof(struct member) + 63) / 64 * 64;
    struct pool *pool = aligned_alloc(64, size);
    if (!pool)
        return NULL;
    *pool = (struct pool){.threads = 1};
    pool->single.cells = &pool->cell;
    pool->single.ready = &pool->ready;
    pool->single.count = pool->single.words = 1;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->left, NULL);
    // Signals go to the threads of Go, but for those that a thread raises itself.
    sigset_t blocked, before;
    sigfillset(&blocked);
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(&blocked, own[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    int failed = 0;
    while (pool->threads < threads && !failed) {
        struct member *member = &pool->members[pool->threads];
        *member = (struct member){.pool = pool, .worker = pool->threads};
        failed = pthread_create(&member->thread, NULL, serve, member);
        pool->threads += !failed;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        pool_free(pool);
        return NULL;
    }
    return pool;
}

size_t pool_threads(const struct pool *pool) { return pool->threads; }

void graph_run(struct pool *pool, struct graph *graph) {
    if (graph->count == 0)
        return;
    uint32_t run = atomic_load(&pool->run) + 1, tasks = 0;
    if (run == 0)
        run = 1;
    for (uint32_t c = 0; c < graph->count; c++) {
        struct cell *cell = &graph->cells[c];
        atomic_store_explicit(&cell->finished, 0, memory_order_relaxed);
        atomic_store_explicit(&cell->missing, cell->waits, memory_order_relaxed);
        atomic_store_explicit(&cell->ticket, OF_RUN(run, 0), memory_order_relaxed);
    }
    pthread_mutex_lock(&pool->lock);
    pool->graph = graph;
    atomic_store(&graph->left, OF_RUN(run, graph->count));
    for (uint32_t c = 0; c < graph->count; c++)
        if (graph->cells[c].waits == 0) {
            tasks += atomic_load(&graph->cells[c].count);
            atomic_fetch_or(&graph->ready[c / 64], (uint64_t)1 << c % 64);
        }
    atomic_store(&pool->run, run);
    if (tasks > 1)
        pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    work(pool, graph, run, 0);
    pthread_mutex_lock(&pool->lock);
    pool->graph = NULL;
    pthread_mutex_unlock(&pool->lock);
}

void pool_run(struct pool *pool, pool_task *task, const void *arguments, size_t count) {
    if (pool->threads == 1 || count <= 1) {
        for (size_t i = 0; i < count; i++)
            task(arguments, i, 0);
        return;
    }
    atomic_store(&pool->cell.ticket, 0); // of no run: with the new count, a late thread would find tasks left of the old one
    pool->cell.task = task;
    pool->cell.arguments = arguments;
    atomic_store(&pool->cell.count, (uint32_t)count);
    graph_run(pool, &pool->single);
}

void graph_drop(struct graph *);

void graph_free(struct pool *pool, struct graph *graph) {
    if (pool) {
        pthread_mutex_lock(&pool->lock);
        while (graph->inside > 0)
            pthread_cond_wait(&pool->left, &pool->lock);
        pthread_mutex_unlock(&pool->lock);
    }
    graph_drop(graph);
}

void pool_free(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pool->stop = 1;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 1; i < pool->threads; i++)
        pthread_join(pool->members[i].thread, NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_cond_destroy(&pool->left);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
