import { lazy } from '../../../src/clip/lazy.ts';
import { plainCoding } from '../../../src/core/search/vector-coding.ts';
import { AppError } from '../../../src/errors.ts';
import type { SelectionModel } from '../../../src/core/scoring/selection-model.ts';
import { type SelectionRecord, encodeSelection, selectionId } from '../../../src/format/selection-record.ts';
import { createCorpusStore } from '../../../src/storage/corpus-store.ts';
import { publishCorpus } from '../../../src/storage/publish-corpus.ts';
import { publishSelection } from '../../../src/storage/publish-selection.ts';
import { createSelectionStore } from '../../../src/storage/selection-store.ts';
import { packSegments } from '../../corpus/pack-segments.ts';
import { type CaseRandom, caseRandom } from '../case-random.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateText } from '../requests/mutate-text.ts';
import { RECORD_DIM, makeRecord, makeRows } from './made-records.ts';
import { type StoredValue, memoryKv } from './memory-kv.ts';

const NAMES = ['one', 'two'] as const;
const COUNT = 20;
const CREATED_AT = '2026-11-24T00:00:00.000Z';

/**
 * One stored value damaged, or in the place of another of its kind, and everything read as the Worker reads it: refused as
 * damaged, or the very same as before. Whatever else is read is a wrong answer.
 */
export async function tryManifest(random: CaseRandom): Promise<{ readonly refusal: string | null }> {
  const { values, before } = await published();
  const changed = new Map(values);
  const key = random.pick([...values.keys()]);
  const own = values.get(key);
  if (own === undefined) throw new Error(`nothing stored as ${key}`);
  changed.set(key, { ...own, value: damage(key, own.value, values, random) });
  const name = random.pick(NAMES);
  try {
    const after = await readAll(changed, name);
    const expected = before[name];
    if (after === expected) return { refusal: null };
    throw new Error(`${key} was changed, and ${name} reads otherwise: ${firstDifference(expected, after)}`);
  } catch (error) {
    if (error instanceof AppError && error.code === 'STORAGE_FAILED') return { refusal: error.message };
    throw error;
  }
}

function damage(
  key: string,
  own: Uint8Array,
  values: ReadonlyMap<string, StoredValue>,
  random: CaseRandom,
): Uint8Array {
  // What another name, corpus or part has: whole and valid, and not what the key says.
  const kin = [...values.keys()].filter((other) => other !== key && kindOf(other) === kindOf(key));
  if (kin.length > 0 && random.chance(0.2)) return values.get(random.pick(kin))?.value ?? own;
  const text = Buffer.from(own).toString('utf8');
  const isText = text.startsWith('{');
  if (isText && random.chance(0.4))
    return bytesOf(
      text.replaceAll(/\d/g, (digit) => (random.chance(0.02) ? String((Number(digit) + 1) % 10) : digit)),
    );
  return isText && random.chance(0.6) ? bytesOf(mutateText(text, random)) : mutateBytes(own, random);
}

/** Two selections and two corpora of equal shape, made once a thread. */
const published = lazy(async () => {
  const random = caseRandom(0, 'published', 0);
  const values = new Map<string, StoredValue>();
  const kv = memoryKv(values);
  for (const name of NAMES) {
    const record = makeRecord(random);
    await publishSelection(kv, name, encodeSelection(record), { createdAt: CREATED_AT });
    await publishMadeCorpus(kv, name, record, random);
  }
  const before = { one: await readAll(values, 'one'), two: await readAll(values, 'two') };
  return { values, before };
});

async function publishMadeCorpus(
  kv: ReturnType<typeof memoryKv>,
  name: string,
  record: SelectionRecord,
  random: CaseRandom,
): Promise<void> {
  const model: SelectionModel = { ...record.model, fusion: { kind: 'identity' } };
  const items = Array.from({ length: COUNT }, (_, i) => ({ id: `${name}-${i}`, metadata: `{"place":${i}}` }));
  const rows = Int8Array.from({ length: COUNT * RECORD_DIM }, () => random.nextInt(255) - 127);
  const scales = Float32Array.from({ length: COUNT }, () => 0.001 + random.next() * 0.01);
  const coding = plainCoding(RECORD_DIM);
  const { bits, image } = record.rows ?? makeRows(4, model.k, random);
  const codes = { bits, steps: image };
  const packing = { corpus: name, model, modality: 'image', plan: 'compact', fields: ['place'] } as const;
  const description = {
    selection: await selectionId(encodeSelection(record)),
    encoder: record.encoder,
    modality: 'image' as const,
    dim: RECORD_DIM,
    k: model.k,
    plan: 'compact' as const,
    rerank: 4,
    fields: ['place'],
    coding: { mean: [...coding.mean], spread: [...coding.spread], fittedOn: COUNT },
    ...(name === 'two' ? { codes: { bits, steps: [...image] } } : {}),
    createdAt: CREATED_AT,
    updatedAt: CREATED_AT,
  };
  const segments = packSegments(
    { coding, items, scales, rows },
    name === 'two' ? { ...packing, codes } : packing,
  );
  await publishCorpus(kv, name, null, { segments, thumbnails: new Map() }, description, () => undefined);
}

/** Everything that the Worker could answer of a name, as text. */
async function readAll(values: Map<string, StoredValue>, name: string): Promise<string> {
  const kv = memoryKv(values);
  const selection = await createSelectionStore(kv).read(name);
  const corpora = createCorpusStore(kv);
  const corpus = await corpora.read(name);
  if (selection === null || corpus === null) throw new Error(`${name} is reported as absent`);
  const { manifest } = corpus;
  const parts: unknown[] = [selection, manifest];
  for (const segment of manifest.segments) {
    await corpora.vectors(manifest, segment, (part, offset) =>
      parts.push(offset, Buffer.from(part).toString('base64')),
    );
    parts.push(await corpora.fields(segment));
    for (let i = 0; i < segment.count; i++) parts.push(await corpora.item(segment, i));
    parts.push(await corpora.fullChunk(manifest.dim, segment, 0));
  }
  return JSON.stringify(parts);
}

function kindOf(key: string): string {
  return key.replaceAll(/[0-9a-f]{32,}/g, 'id').replace(/(name:)(one|two)$/, '$1');
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf8'));
}

function firstDifference(expected: string, actual: string): string {
  let at = 0;
  while (at < expected.length && expected[at] === actual[at]) at++;
  return `expected …${expected.slice(Math.max(0, at - 30), at + 30)}…, got …${actual.slice(Math.max(0, at - 30), at + 30)}…`;
}
