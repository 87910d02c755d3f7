/**
 * Lets at most `limit` pieces of work run at once; the others wait in order and have not begun.
 * @returns runs `work` when its turn comes, and gives its outcome
 */
export function takeTurns(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running === limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      // The turn goes straight to the next one, so that nobody who comes in between can take it too.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
