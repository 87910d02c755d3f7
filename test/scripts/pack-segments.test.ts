import { expect, it } from 'vitest';
import { toCorpusRows } from '../../scripts/corpus/fresh-vectors.ts';
import { packSegments } from '../../scripts/corpus/pack-segments.ts';
import { plainCoding } from '../../src/core/search/vector-coding.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { unitRows } from '../search/made-corpus.ts';

it('refuses fields that a KV value cannot hold', () => {
  const fields = Array.from({ length: 10 }, (_, i) => `field-${i}`);
  const items = Array.from({ length: 21_000 }, (_, id) => ({
    id: String(id),
    metadata: JSON.stringify(
      Object.fromEntries(fields.map((name) => [name, `${name} ${id} `.padEnd(128, '.')])),
    ),
  }));
  const { model } = buildSelection(1, { projection: 'mask', fusion: 'identity', dim: 8, k: 3 });
  const rows = toCorpusRows(items, plainCoding(8), unitRows(items.length, 8, 1));
  const packing = { corpus: 'wide', model, modality: 'image', plan: 'full', fields } as const;
  expect(() => [...packSegments(rows, packing)]).toThrow(
    /^the fields of a segment take \d+\.\d MiB, a KV value holds 25\.0: name fewer fields with --fields$/,
  );
});
