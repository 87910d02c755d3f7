import { RUNS_PATH, readRuns } from '../api/runs.ts';
import { usePolled } from './use-polled.ts';

/**
 * Whether the deployment has a pipeline whose runs who looks may see: asked once, and again with another key.
 * @param ready whether the API has answered at all: before it has taken a key, it would refuse this too
 */
export function useHasRuns(ready: boolean): boolean {
  const { data, failure } = usePolled(
    ready ? RUNS_PATH : null,
    (_, signal) => readRuns(signal),
    () => false,
  );
  // One that does not answer at the moment is there. Who may not look is told so: by no tab.
  return data !== null || failure?.retryable === true;
}
