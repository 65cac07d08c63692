// pool.h: a pool of threads that share the tasks of a graph.
//
// Whoever is free takes the next task, the caller included: the first, in the program's order, of those that wait for nothing. So a thread that the system has
// put aside delays no more than what needs the task it holds. What a task computes depends on its number alone, never on who runs it. Threads
// without work wait on a condition variable and use no time.
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
