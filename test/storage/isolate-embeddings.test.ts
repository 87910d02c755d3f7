import { describe, expect, it } from 'vitest';
import { IsolateEmbeddings } from '../../src/storage/isolate-embeddings.ts';

const DIM = 4;
/** What one entry counts for, by what two of them do. */
const ENTRY = (() => {
  const embeddings = new IsolateEmbeddings(2 ** 30);
  embeddings.put('a', new Float32Array(DIM));
  return embeddings.byteLength;
})();
const vector = (value: number): Float32Array => new Float32Array(DIM).fill(value);

describe('embeddings of an isolate', () => {
  it('gives what was put, by its key alone', () => {
    const embeddings = new IsolateEmbeddings(10 * ENTRY);
    const kept = vector(1);
    embeddings.put('a', kept);
    expect(embeddings.get('a')).toBe(kept);
    expect(embeddings.get('b')).toBeNull();
  });

  it('lets the longest unused go when the budget is full', () => {
    const embeddings = new IsolateEmbeddings(3 * ENTRY);
    for (const key of ['a', 'b', 'c']) embeddings.put(key, vector(1));
    embeddings.get('a');
    embeddings.put('d', vector(1));
    expect(['a', 'b', 'c', 'd'].map((key) => embeddings.get(key) !== null)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('never holds more than its budget, whatever comes', () => {
    const embeddings = new IsolateEmbeddings(5 * ENTRY + 7);
    for (let i = 0; i < 1000; i++) {
      embeddings.put(`key ${i % 37}`, new Float32Array((i * 7) % 50));
      expect(embeddings.byteLength).toBeLessThanOrEqual(5 * ENTRY + 7);
    }
  });

  it('counts a key that is put again once', () => {
    const embeddings = new IsolateEmbeddings(10 * ENTRY);
    embeddings.put('a', vector(1));
    embeddings.put('a', vector(2));
    expect(embeddings.byteLength).toBe(ENTRY);
    expect(embeddings.get('a')).toEqual(vector(2));
  });

  it('does not keep what is larger than the whole budget', () => {
    const embeddings = new IsolateEmbeddings(ENTRY - 1);
    embeddings.put('a', vector(1));
    expect(embeddings.get('a')).toBeNull();
    expect(embeddings.byteLength).toBe(0);
  });
});
