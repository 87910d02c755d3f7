import { registerHooks } from 'node:module';

const FILE = /\/hyparquet\/src\/encoding\.js$/;
/** A run of equal values, and one of values in so many bits: each says how many it holds, in a number that damage may turn into any. */
const RUNS = [
  ['for (let i = 0; i < count; i++) {', 'for (let i = 0; i < Math.min(count, output.length - seen); i++) {'],
  [
    'while (count) {',
    'if (count < 0) throw new RangeError("a run below 0 values")\n  while (count && seen < output.length) {',
  ],
] as const;

/** @returns hyparquet's source whose runs end where their column ends; as it is when there is no such line (another version) */
export function withBoundedRuns(source: string): string {
  return RUNS.reduce((text, [found, put]) => text.replace(found, put), source);
}

// hyparquet 1.33.0 writes a run as long as it says, to no end where that is below 0: a command that was given a damaged file hung.
registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!FILE.test(url) || loaded.source === undefined || loaded.source === null) return loaded;
    const { source } = loaded;
    return {
      ...loaded,
      source: withBoundedRuns(typeof source === 'string' ? source : new TextDecoder().decode(source)),
    };
  },
});

/** hyparquet, whose runs of values end where their column ends. */
export const hyparquet = await import('hyparquet');
/** They import hyparquet too, so they come after the hook. */
export const { compressors } = await import('hyparquet-compressors');
/** Reads the header of a page. */
export const { parquetHeader } = await import('hyparquet/src/column.js');
