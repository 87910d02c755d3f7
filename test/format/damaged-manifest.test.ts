import { describe, expect, it } from 'vitest';
import type { EngineSpec } from '../../src/format/corpus-engine.ts';
import { type CorpusManifest, encodeManifest } from '../../src/format/corpus-manifest.ts';
import { enginesOfDamaged } from '../../src/format/damaged-manifest.ts';

const AT = '2026-11-29T10:00:00.000Z';
const postgres: EngineSpec = { kind: 'postgres', collection: 'made', index: 'hnsw' };
const vectorize: EngineSpec = {
  kind: 'vectorize',
  collection: 'made',
  index: 'corpora',
  dimensions: 64,
  texts: ['a } b', '"engine":{"kind":"postgres"'],
  numbers: [],
};

function encoded(changes: Partial<CorpusManifest>): Uint8Array {
  const manifest: CorpusManifest = {
    selection: 'a'.repeat(64),
    encoder: { id: 'e', fingerprint: 'f' },
    modality: 'image',
    dim: 2,
    k: 1,
    plan: 'compact',
    rerank: 0,
    coding: { mean: [0, 0], spread: [1, 1], fittedOn: 5 },
    fields: [],
    segments: [{ id: 'b'.repeat(64), count: 5 }],
    retired: [],
    createdAt: AT,
    updatedAt: AT,
    ...changes,
  };
  return encodeManifest(manifest, 'shop');
}

/** With one byte of it changed: that of the first occurrence of the text. */
function damaged(bytes: Uint8Array, at: string): Uint8Array {
  const copy = bytes.slice();
  const place = Buffer.from(copy).indexOf(at);
  expect(place).toBeGreaterThanOrEqual(0);
  copy[place] ^= 0x80;
  return copy;
}

describe('the engines of a damaged manifest', () => {
  it.each([postgres, vectorize])('are told wherever else it is damaged: $kind', (engine) => {
    const retiredEngines = [{ engine: engine === postgres ? vectorize : postgres, retiredAt: AT }];
    const bytes = encoded({ engine, retiredEngines });
    const named = { current: engine, retired: [retiredEngines[0].engine] };
    for (const at of ['alignql', '"selection"', '"coding"', '"segments"', '"createdAt"', '{"id"'])
      expect(enginesOfDamaged(damaged(bytes, at))).toEqual(named);
    // Cut behind it, only those before it are told.
    expect(enginesOfDamaged(bytes.subarray(0, Buffer.from(bytes).indexOf('"segments"')))).toEqual(named);
  });

  it('are unknown where the damage is in them, and never taken for the isolate or for those that have retired', () => {
    const bytes = encoded({ engine: postgres, retiredEngines: [{ engine: vectorize, retiredAt: AT }] });
    for (const at of ['"kind"', '"collection"', '"hnsw"', '{"kind"', '"engine"'])
      expect(enginesOfDamaged(damaged(bytes, at)).current).toBeUndefined();
    const cut = bytes.subarray(0, Buffer.from(bytes).indexOf('"collection"'));
    expect(enginesOfDamaged(cut)).toEqual({ current: undefined, retired: [] });
    for (const text of [
      '',
      'x',
      '{}',
      'alignql/1 0 0 x\n',
      'alignql/1 0 0 x\n{"engine":{"kind":"postgres"}}',
    ])
      expect(enginesOfDamaged(new TextEncoder().encode(text))).toEqual({ current: undefined, retired: [] });
  });

  it('are those of the isolate where all the rest says so', () => {
    expect(enginesOfDamaged(damaged(encoded({}), 'alignql'))).toEqual({ current: null, retired: [] });
    expect(enginesOfDamaged(damaged(encoded({ plan: 'full' }), '"coding"')).current).toBeNull();
    expect(enginesOfDamaged(damaged(encoded({}), '{"id"')).current).toBeUndefined();
    const left = encoded({ retiredEngines: [{ engine: postgres, retiredAt: AT }] });
    expect(enginesOfDamaged(damaged(left, 'alignql'))).toEqual({ current: null, retired: [postgres] });
  });
});
