import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { AppError } from '../../src/errors.ts';
import { type SelectionRecord, selectionId } from '../../src/format/selection-record.ts';
import { storeMeanings } from '../../src/storage/meaning-store.ts';
import { migrateName, publishSelection } from '../../src/storage/publish-selection.ts';
import {
  type SelectionKv,
  type StoredRecord,
  readPointerToReplace,
  readRecord,
  repairOfName,
} from '../../src/storage/selection-kv.ts';
import { OLD_NAME_PREFIX, meaningsKey, nameKey } from '../../src/format/kv-keys.ts';
import { listKeys } from '../../src/storage/kv-calls.ts';
import { SAMPLES, type Sample, type SampleRecord } from './samples.ts';
import { noteSeeded, readSeeded } from './seeded-file.ts';

export interface SeedOptions {
  readonly kv: SelectionKv;
  readonly state: string;
  readonly encoder: EncoderInfo;
  readonly makeSample: (sample: Sample) => Promise<SampleRecord>;
  readonly tell: (line: string) => void;
}

/**
 * Publishes the sample selections under the names that KV does not have. A name that exists stays, with one exception:
 * what an earlier start put there for another encoder, or in a form that cannot be read any more, is useless and is
 * replaced.
 */
export async function seedSelections({ kv, state, encoder, makeSample, tell }: SeedOptions): Promise<void> {
  await migrateNames(kv, tell);
  const seeded = await readSeeded(state);
  for (const sample of SAMPLES) {
    const { name } = sample;
    const { value: pointer, damage } = await readPointerToReplace(kv, name);
    if (damage !== null && !(await stillNames(kv, name, seeded[name]))) {
      tell(`Note: selection "${name}" is damaged: ${damage.message}. ${repairOfName(name)}`);
      continue;
    }
    if (damage !== null) tell(`Note: selection "${name}" is damaged, and made anew: ${damage.message}`);
    const current = pointer?.id ?? null;
    if (current !== null) {
      const stored = await readUsable(kv, current);
      if (stored && isOf(stored.record, encoder)) {
        if (seeded[name] === current) await addMeanings(kv, current, () => makeSample(sample));
        continue;
      }
      if (seeded[name] !== current) {
        const other = stored
          ? `is for encoder "${stored.record.encoder.id}"`
          : 'points at a record that is missing or cannot be read';
        tell(`Note: selection "${name}" ${other}; this server runs "${encoder.id}". It stays as it is.`);
        continue;
      }
    }
    const { bytes, meanings } = await makeSample(sample);
    if (meanings !== null) await storeMeanings(kv, await selectionId(bytes), meanings);
    const { id } = await publishSelection(kv, name, bytes, { createdAt: new Date().toISOString() });
    await noteSeeded(state, name, id);
  }
}

/** Whether a damaged name still reads as that of a record which an earlier start put there, and nobody else's. */
async function stillNames(kv: SelectionKv, name: string, id: string | undefined): Promise<boolean> {
  if (id === undefined) return false;
  const bytes = await kv.get(nameKey(name), { type: 'arrayBuffer' });
  const text = new TextDecoder().decode(bytes ?? new ArrayBuffer());
  return text.slice(text.indexOf('{')).startsWith(`{"id":"${id}"`);
}

/** To a sample that an earlier version made, without what its coordinates stand for; where it is made otherwise now, it stays. */
async function addMeanings(kv: SelectionKv, id: string, make: () => Promise<SampleRecord>): Promise<void> {
  if ((await kv.get(meaningsKey(id), { type: 'arrayBuffer' })) !== null) return;
  const { bytes, meanings } = await make();
  if (meanings !== null && (await selectionId(bytes)) === id) await storeMeanings(kv, id, meanings);
}

/** Names as an earlier version stored them: the Worker answers from none of those. */
async function migrateNames(kv: SelectionKv, tell: SeedOptions['tell']): Promise<void> {
  for (const key of await listKeys(kv, OLD_NAME_PREFIX)) {
    const name = key.slice(OLD_NAME_PREFIX.length);
    try {
      const act = { createdAt: new Date().toISOString(), by: 'npm start' };
      if (await migrateName(kv, name, act))
        tell(`Note: selection "${name}" of an earlier version is migrated.`);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      tell(`Note: selection "${name}" of an earlier version stays behind: ${error.message}`);
    }
  }
}

/** What a name points at; null when that is nothing, or cannot be read. */
export async function readPublished(kv: SelectionKv, name: string): Promise<StoredRecord | null> {
  const { value: pointer } = await readPointerToReplace(kv, name);
  return pointer === null ? null : readUsable(kv, pointer.id);
}

/** Null when the record is missing, damaged or of another version: no reason for the server not to start. */
async function readUsable(kv: SelectionKv, id: string): Promise<StoredRecord | null> {
  try {
    return await readRecord(kv, id);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

function isOf({ encoder }: SelectionRecord, { id, fingerprint }: EncoderInfo): boolean {
  return encoder.id === id && encoder.fingerprint === fingerprint;
}
