/** CPU-bound and JIT-hot: small functions with branches in tight loops, the worst case for counters. */

const isEven = (n) => (n & 1) === 0;

const collatzSteps = (start) => {
  let n = start;
  let steps = 0;
  while (n !== 1) {
    n = isEven(n) ? n / 2 : 3 * n + 1;
    steps++;
  }
  return steps;
};

const score = (a, b) => {
  if (a > b) return a - b;
  return b > a ? b - a : 1;
};

const work = (limit) => {
  let longest = 0;
  let total = 0;
  for (let n = 1; n < limit; n++) {
    const steps = collatzSteps(n);
    if (steps > longest) longest = steps;
    total += score(steps, longest);
  }
  return { longest, total };
};

/** Answers with the milliseconds that the work itself took. */
export const handler = async ({ limit }) => {
  const startedAt = performance.now();
  const result = work(limit);
  return { ...result, workMs: performance.now() - startedAt };
};
