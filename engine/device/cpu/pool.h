// pool.h: a pool of threads that share the work of one operation.
//
// An operation is cut into tasks, numbered from 0. Whoever is free takes the next number, the caller included, so a thread that the
// system has put aside delays at most the task it holds. What a task computes depends on its number alone, never on who runs it: any
// number of threads gives the same bits. Threads without work wait on a condition variable and use no time.
#ifndef TWEEDIE_POOL_H
#define TWEEDIE_POOL_H

#include <stddef.h>

struct pool;

// A task gets its number and the number of the thread that runs it, below pool_threads.
typedef void pool_task(const void *arguments, size_t index, size_t worker);

// pool_new starts threads - 1 threads; NULL if the system refuses.
struct pool *pool_new(size_t threads);

size_t pool_threads(const struct pool *pool);

// pool_run runs tasks 0 to count - 1 and returns when all are done. One caller at a time.
void pool_run(struct pool *pool, pool_task *task, const void *arguments, size_t count);

// pool_free ends the threads. No pool_run may be under way.
void pool_free(struct pool *pool);

#endif
