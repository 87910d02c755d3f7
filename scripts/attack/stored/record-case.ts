import { scoreFull } from '../../../src/core/scoring/scoring.ts';
import { crc32 } from '../../../src/format/crc32.ts';
import {
  type SelectionRecord,
  decodeSelection,
  encodeSelection,
} from '../../../src/format/selection-record.ts';
import { AppError } from '../../../src/errors.ts';
import type { CaseRandom } from '../case-random.ts';
import { mutateBytes, replaced } from '../mutate-bytes.ts';
import { RECORD_DIM, makeRecord } from './made-records.ts';

const CHECKSUM_BYTES = 4;

/** A selection.bin with bytes changed, as `publish` and `score` are given it: refused by name, or a record that scores. */
export async function tryRecord(random: CaseRandom): Promise<{ readonly refusal: string | null }> {
  const bytes = makeRecordBytes(random);
  let record: SelectionRecord;
  try {
    record = decodeSelection(bytes);
  } catch (error) {
    if (error instanceof AppError && error.code === 'STORAGE_FAILED') return { refusal: error.message };
    throw error;
  }
  const { model } = record;
  const unit = new Float32Array(model.dim).fill(1 / Math.sqrt(model.dim));
  const score = scoreFull(model, unit, unit);
  if (!Number.isFinite(score)) throw new Error(`a record that was accepted scores ${score}`);
  return { refusal: null };
}

/** Half of the damaged ones carry the checksum of what they hold: then what they hold is looked at. */
export function makeRecordBytes(random: CaseRandom): Uint8Array {
  const whole = encodeSelection(makeRecord(random));
  if (random.chance(0.03)) return whole;
  const changed = random.chance(0.4) ? changeHeader(whole, random) : mutateBytes(whole, random);
  return random.chance(0.6) && changed.length > CHECKSUM_BYTES ? withChecksum(changed) : changed;
}

/** Counts, kinds and lengths of the header, which say what follows. */
function changeHeader(bytes: Uint8Array, random: CaseRandom): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  const at = 4 * random.nextInt(26);
  if (random.chance(0.3)) {
    view.setFloat64(0, random.pick([NaN, Infinity, -1, 0, 2, 1e308, Number.MIN_VALUE]), true);
    return replaced(bytes, at, at + 8, new Uint8Array(view.buffer));
  }
  view.setUint32(
    0,
    random.pick([0, 1, 2, 3, RECORD_DIM + 1, 65_535, 0x7fffffff, 0xffffffff, random.nextInt(256)]),
    true,
  );
  return replaced(bytes, at, at + 4, new Uint8Array(view.buffer, 0, 4));
}

function withChecksum(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes);
  const body = copy.subarray(0, copy.length - CHECKSUM_BYTES);
  new DataView(copy.buffer).setUint32(body.length, crc32(body), true);
  return copy;
}
