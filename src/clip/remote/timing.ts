/** Clock, timers and chance, given so that tests need not wait. Milliseconds. */
export interface Timing {
  now(): number;
  /** @returns what cancels it */
  startTimer(callback: () => void, ms: number): () => void;
  /** In [0, 1). */
  random(): number;
}

/** Settles after so many milliseconds. */
export function pause(timing: Pick<Timing, 'startTimer'>, ms: number): Promise<void> {
  return new Promise((resolve) => timing.startTimer(resolve, ms));
}

export const realTiming: Timing = {
  now: () => Date.now(),
  startTimer(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
