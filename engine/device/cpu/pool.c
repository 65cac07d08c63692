//go:build cgo

// pool.c: tasks are drawn from one 64-bit ticket by compare-and-swap, which costs tens of nanoseconds against the 10 to 1000 microseconds of a task;
// jobs are announced under a mutex, and whoever waits, waits on a condition variable.
#define _POSIX_C_SOURCE 200809L

#include "pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

// A ticket is the job's number in the upper half and the next task's in the lower. A thread that wakes late, when its job is over,
// holds the number of an old job and draws no task of the new one.
#define TICKET(job, task) ((uint64_t)(job) << 32 | (task))

// A thread that finds no task looks this often before it waits: 2 to 5 microseconds, as long as two phases of one operation
// are apart. Longer would take time from a neighbour on the same core.
enum { looks = 100 };

struct pool {
    _Alignas(64) _Atomic uint64_t ticket;
    _Alignas(64) _Atomic uint64_t finished; // the job's number, and how many of its tasks are done
    _Alignas(64) _Atomic uint32_t current;  // number of the newest job; 0 before the first
    pthread_mutex_t lock;                   // guards what follows, and the sleep of threads
    pthread_cond_t work, done;
    pool_task *task;
    const void *arguments;
    uint32_t job, count;
    int stop;
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

// take runs tasks of a job until none is left, and reports whether it ran the one that finished last.
static int take(struct pool *pool, pool_task *task, const void *arguments, uint32_t job, uint32_t count, size_t worker) {
    int last = 0;
    uint64_t ticket = atomic_load(&pool->ticket);
    while (ticket >> 32 == job && (uint32_t)ticket < count) {
        if (!atomic_compare_exchange_weak(&pool->ticket, &ticket, ticket + 1))
            continue;
        task(arguments, (uint32_t)ticket, worker);
        last = atomic_fetch_add(&pool->finished, 1) + 1 == TICKET(job, count);
        ticket = atomic_load(&pool->ticket);
    }
    return last;
}

static void *serve(void *argument) {
    struct member *self = argument;
    struct pool *pool = self->pool;
    uint32_t seen = 0;
    for (;;) {
        for (int i = 0; i < looks && atomic_load(&pool->current) == seen; i++)
            relax();
        pthread_mutex_lock(&pool->lock);
        while (pool->job == seen && !pool->stop)
            pthread_cond_wait(&pool->work, &pool->lock);
        int stop = pool->stop;
        seen = pool->job;
        pool_task *task = pool->task;
        const void *arguments = pool->arguments;
        uint32_t count = pool->count;
        pthread_mutex_unlock(&pool->lock);
        if (stop)
            return NULL;
        if (take(pool, task, arguments, seen, count, self->worker)) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

struct pool *pool_new(size_t threads) {
    size_t size = (sizeof(struct pool) + threads * sizeof(struct member) + 63) / 64 * 64;
    struct pool *pool = aligned_alloc(64, size);
    if (!pool)
        return NULL;
    *pool = (struct pool){.threads = 1};
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
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

void pool_run(struct pool *pool, pool_task *task, const void *arguments, size_t count) {
    if (pool->threads == 1 || count <= 1) {
        for (size_t i = 0; i < count; i++)
            task(arguments, i, 0);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    uint32_t job = pool->job + 1;
    if (job == 0)
        job = 1;
    pool->job = job;
    pool->task = task;
    pool->arguments = arguments;
    pool->count = (uint32_t)count;
    atomic_store(&pool->finished, TICKET(job, 0));
    atomic_store(&pool->ticket, TICKET(job, 0));
    atomic_store(&pool->current, job);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);

    take(pool, task, arguments, job, (uint32_t)count, 0);
    for (int i = 0; i < looks && atomic_load(&pool->finished) != TICKET(job, count); i++)
        relax();
    if (atomic_load(&pool->finished) != TICKET(job, count)) {
        pthread_mutex_lock(&pool->lock);
        while (atomic_load(&pool->finished) != TICKET(job, count))
            pthread_cond_wait(&pool->done, &pool->lock);
        pthread_mutex_unlock(&pool->lock);
    }
}

void pool_free(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pool->stop = 1;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 1; i < pool->threads; i++)
        pthread_join(pool->members[i].thread, NULL);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
