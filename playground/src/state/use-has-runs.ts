import { RUNS_PATH, readRuns } from '../api/runs.ts';
import { usePolled } from './use-polled.ts';

/**
 * Whether there are runs of a pipeline which who looks may see: asked once, and again with another key. Where none was ever started, as at
 * a first `npm start`, a view of them would only be in the way.
 * @param ready whether the API has answered at all: before it has taken a key, it would refuse this too
 */
export function useHasRuns(ready: boolean): boolean {
  const { data, failure } = usePolled(
    ready ? RUNS_PATH : null,
    (_, signal) => readRuns(signal),
    () => false,
  );
  // One that does not answer at the moment is there. Who may not look is told so: by no tab.
  return (data !== null && data.length > 0) || failure?.retryable === true;
}
