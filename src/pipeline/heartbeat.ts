import { runKeys } from './keys.ts';

/** R2 takes a write a second to a key, and each is paid for. */
const MS_BETWEEN_BEATS = 10_000;
/** Of the run that this isolate has worked for last, by its bucket. */
const lastBeats = new WeakMap<R2Bucket, { readonly run: string; readonly at: number }>();

/**
 * Says that a part of a run was made just now, once in ten seconds an isolate. Shards tell of no progress until they are whole: messages
 * that ask to assemble them come behind those of all parts.
 * @param now milliseconds
 */
export async function beat(runs: R2Bucket, run: string, now: number): Promise<void> {
  const last = lastBeats.get(runs);
  if (last?.run === run && now - last.at < MS_BETWEEN_BEATS) return;
  lastBeats.set(runs, { run, at: now });
  try {
    await runs.put(runKeys.heartbeat(run), crypto.randomUUID());
  } catch (error) {
    // Another has beaten within the second, or the next will.
    console.warn(`run ${run} has gone on, which was not noted: ${String(error)}`);
  }
}

/** Another than before when parts were made meanwhile; null before the first. */
export async function readHeartbeat(runs: R2Bucket, run: string): Promise<string | null> {
  return (await runs.head(runKeys.heartbeat(run)))?.etag ?? null;
}
