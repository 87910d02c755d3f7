import { describe, expect, it } from 'vitest';
import { createEmbeddingWork } from '../../src/use-cases/inputs/embedding-work.ts';

const found = (ageSeconds: number) => ({ embedding: Float32Array.of(1), ageSeconds });

describe('the Server-Timing of a request', () => {
  it('adds up where its embeddings came from, and tells the oldest', async () => {
    const work = createEmbeddingWork(() => 0);
    work.foundInIsolate();
    work.foundInIsolate();
    await work.reading(() => Promise.resolve([null, found(7), found(120), null]));
    await work.reading(() => Promise.resolve([found(30)]));
    await work.encoding('text', 2, () => Promise.resolve());
    await work.encoding('image', 3, () => Promise.resolve());
    expect(work.toHeader()).toBe(
      'embed;desc="isolate=2 shared=3 encoded=5 age=120", cache;dur=0, encode-images;dur=0, encode-texts;dur=0',
    );
  });

  it('has no phase that did not happen, and an age of zero where there is one', async () => {
    const work = createEmbeddingWork(() => 0);
    expect(work.toHeader()).toBe('embed;desc="isolate=0 shared=0 encoded=0"');
    await work.reading(() => Promise.resolve([found(0)]));
    expect(work.toHeader()).toBe('embed;desc="isolate=0 shared=1 encoded=0 age=0", cache;dur=0');
  });

  it('times the longest of a phase, failed ones too', async () => {
    let now = 100;
    const takes = (ms: number, outcome: Promise<null>) => () => {
      now += ms;
      return outcome;
    };
    const work = createEmbeddingWork(() => now);
    await work.encoding('text', 1, takes(5, Promise.resolve(null)));
    const failing = work.encoding('text', 1, takes(40, Promise.reject(new Error('down'))));
    await expect(failing).rejects.toThrow('down');
    await work.encoding('text', 1, takes(3, Promise.resolve(null)));
    expect(work.toHeader()).toBe('embed;desc="isolate=0 shared=0 encoded=3", encode-texts;dur=40');
  });
});
