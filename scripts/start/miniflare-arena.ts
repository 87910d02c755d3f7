import { registerHooks } from 'node:module';

const FILE = /\/miniflare\/dist\/src\/index\.js$/;
const GROWTH = 's.buffer = new ArrayBuffer(srcBuffer.byteLength + minSize);';
const DOUBLING =
  's.buffer = new ArrayBuffer(Math.max(srcBuffer.byteLength + minSize, 2 * srcBuffer.byteLength));';

/** @returns Miniflare's source with an arena that doubles; as it is when there is no such line (another version) */
export function withDoublingArena(source: string): string {
  return source.replace(GROWTH, DOUBLING);
}

/**
 * From now on Miniflare loads with an arena that doubles. It writes workerd's configuration, 45 MB with our models, into one
 * buffer, and copies all of it for every few kilobytes that come after: 4.6 s of CPU a start, and again whenever workerd
 * ended, 0.5 s with this (Miniflare 4.20260730). Call it before anything imports Miniflare; wrangler does.
 */
export function doubleMiniflareArena(): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!FILE.test(url) || loaded.source === undefined || loaded.source === null) return loaded;
      return { ...loaded, source: withDoublingArena(text(loaded.source)) };
    },
  });
}

function text(source: string | ArrayBuffer | NodeJS.TypedArray): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source);
}
