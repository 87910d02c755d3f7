/** Clock, timers and chance, given so that tests need not wait. Milliseconds. */
export interface Timing {
  now(): number;
  /** @returns what cancels it */
  startTimer(callback: () => void, ms: number): () => void;
  /** In [0, 1). */
  random(): number;
}

export const realTiming: Timing = {
  now: () => Date.now(),
  startTimer(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
