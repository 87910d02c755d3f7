import type { RowNames } from './row-names.ts';
import type { VectorizeReads } from './vectorize-calls.ts';

/**
 * A change that Vectorize has taken and may not show yet: its mutation, and the number that the marker of the collection was given by it.
 * The platform tells the id of the last mutation that it shows, but not which came before it, so that ids alone say nothing once somebody
 * else has written to the index. The marker is a row that every batch of the collection writes anew with a higher number: batches are shown
 * whole and in order, so whoever sees the number sees all that was written before.
 */
export interface SeenMark {
  readonly number: number;
  readonly mutationId: string;
}

/** As text, for the manifest. */
export function writeMark({ number, mutationId }: SeenMark): string {
  return `${number}:${mutationId}`;
}

/** @throws Error for a text that `writeMark` did not write */
export function readMark(text: string): SeenMark {
  const [, number, mutationId] = /^(\d{1,16}):(.+)$/.exec(text) ?? [];
  if (mutationId === undefined)
    throw new Error(`expected a mark as number:mutation, got ${JSON.stringify(text)}`);
  return { number: Number(number), mutationId };
}

/** Whether a query sees the change. One or two calls. */
export async function isMarkSeen(
  calls: VectorizeReads,
  { marker }: RowNames,
  mark: SeenMark,
): Promise<boolean> {
  const { processedUpToMutation } = await calls.describe();
  if (processedUpToMutation === mark.mutationId) return true;
  return (await seenNumber(calls, marker)) >= mark.number;
}

/** The number of the marker as queries see it; 0 where there is none. */
export async function seenNumber(calls: VectorizeReads, marker: string): Promise<number> {
  const found = await calls.getByIds([marker]);
  const number = found.find(({ id }) => id === marker)?.metadata?.seen;
  return typeof number === 'number' ? number : 0;
}
