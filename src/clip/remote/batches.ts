/**
 * Which inputs go into which call: at most `maxCount` and `maxBytes` a call, in order. An input that is larger goes alone.
 * @param sizes bytes of each input, as the call counts them
 * @returns indices of the inputs, one list a call
 */
export function makeBatches(sizes: readonly number[], maxCount: number, maxBytes: number): number[][] {
  const batches: number[][] = [];
  let bytes = 0;
  for (const [i, size] of sizes.entries()) {
    const open = batches.at(-1);
    if (open === undefined || open.length === maxCount || bytes + size > maxBytes) {
      batches.push([i]);
      bytes = size;
    } else {
      open.push(i);
      bytes += size;
    }
  }
  return batches;
}
