/* A plain simulation of one queue with patience (M/M/n+M): a binary heap of departures, a first-come-first-
   served ring of waiting contacts that know when they give up, xorshift128+ and logarithms. What a careful C
   programmer writes in an hour; the benchmark compiles it with `cc -O3` and runs it beside the package.

   usage: heap_simulation AGENTS ARRIVAL_RATE AHT PATIENCE CONTACTS SEED
   prints: contacts answered abandoned seconds-waited-by-the-answered wall-seconds */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t s0, s1;

static inline double uniform(void) {
    uint64_t x = s0, y = s1;
    s0 = y;
    x ^= x << 23;
    s1 = x ^ y ^ (x >> 17) ^ (y >> 26);
    return ((double)((s1 + y) >> 11) + 0.5) * 0x1p-53;
}

static inline double exponential(double mean) { return -mean * log(uniform()); }

static uint64_t mixed(uint64_t *seed) {
    uint64_t z = (*seed += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static double *heap;
static int size;

static void push(double at) {
    int place = size++;
    while (place > 0) {
        int parent = (place - 1) / 2;
        if (heap[parent] <= at) break;
        heap[place] = heap[parent];
        place = parent;
    }
    heap[place] = at;
}

static void replace_first(double at) {
    int place = 0;
    for (;;) {
        int child = 2 * place + 1;
        if (child >= size) break;
        if (child + 1 < size && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= at) break;
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = at;
}

int main(int count, char **given) {
    if (count != 7) return 2;
    int agents = atoi(given[1]);
    double rate = atof(given[2]), aht = atof(given[3]), patience = atof(given[4]);
    long contacts = atol(given[5]);
    uint64_t seed = strtoull(given[6], NULL, 10);
    s0 = mixed(&seed);
    s1 = mixed(&seed);
    const long room = 1 << 20; /* far more than ever wait */
    double *arrived = malloc(room * sizeof *arrived), *deadline = malloc(room * sizeof *deadline);
    heap = malloc((agents + 1) * sizeof *heap);
    long first = 0, last = 0, answered = 0, abandoned = 0;
    double waited = 0.0, next = exponential(1.0 / rate);
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (long done = 0; done < contacts;) {
        if (size == 0 || next < heap[0]) {
            double now = next;
            next = now + exponential(1.0 / rate);
            done++;
            if (size < agents) {
                answered++;
                push(now + exponential(aht));
            } else {
                arrived[last & (room - 1)] = now;
                deadline[last & (room - 1)] = now + exponential(patience);
                last++;
            }
        } else {
            double now = heap[0];
            while (first < last && deadline[first & (room - 1)] <= now) {
                abandoned++;
                first++;
            }
            if (first < last) {
                answered++;
                waited += now - arrived[first & (room - 1)];
                first++;
                replace_first(now + exponential(aht));
            } else {
                double tail = heap[--size];
                if (size > 0) replace_first(tail);
            }
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double wall = (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
    printf("%ld %ld %ld %.17g %.6f\n", contacts, answered, abandoned, waited, wall);
    return 0;
}
