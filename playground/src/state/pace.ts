import { useEffect, useState } from 'preact/hooks';

/** How long something has been under way, in what a person makes of it. */
export type Pace = 'quick' | 'slow' | 'very-slow';

/** Answers quicker than this show no progress: a flash would only distract. */
export const SLOW_AFTER_MS = 200;
/** After this the reason is told; a cold start of the encoder is the usual one. */
export const VERY_SLOW_AFTER_MS = 1500;

/** The pace of whatever keeps `busy` true. */
export function usePace(busy: boolean): Pace {
  const [pace, setPace] = useState<Pace>('quick');
  useEffect(() => {
    if (!busy) return;
    const timers = [
      setTimeout(() => setPace('slow'), SLOW_AFTER_MS),
      setTimeout(() => setPace('very-slow'), VERY_SLOW_AFTER_MS),
    ];
    return () => {
      for (const timer of timers) clearTimeout(timer);
      setPace('quick');
    };
  }, [busy]);
  return pace;
}
