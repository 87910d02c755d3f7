import { AppError } from '../../errors.ts';
import { type VectorizeSpec, parseEngineRowId } from '../../format/corpus-engine.ts';
import type { EngineRow, VectorEngine } from '../engine.ts';
import {
  MAX_METADATA_INDEXES,
  metadataOf,
  SEGMENT_PROPERTY,
  numberProperty,
  textProperty,
} from './metadata-properties.ts';
import { rowNames } from './row-names.ts';
import type { VectorizeIndex, VectorizeRow } from './vectorize-calls.ts';
import { createVectorizeReader, padded } from './vectorize-reader.ts';
import { isMarkSeen, readMark, seenNumber, writeMark } from './visibility.ts';

/** Of the REST API: https://developers.cloudflare.com/vectorize/platform/limits/ */
const MAX_BATCH_ROWS = 5000;
/** Of its 100 MB. */
const MAX_BATCH_BYTES = 60_000_000;
/** A number of nine digits as JSON, and what a row takes besides. */
const NUMBER_BYTES = 14;
const ROW_BYTES = 3000;
/** What one call takes, as the platform refuses more. */
const MAX_DELETED = 100;
const MAX_READ = 20;

/**
 * The rows of one collection in an index of Vectorize.
 * @param now milliseconds since 1970: the numbers of marks grow with it
 */
export function createVectorizeEngine(
  index: VectorizeIndex,
  spec: VectorizeSpec,
  now: () => number,
): VectorEngine {
  const names = rowNames(spec.collection);
  // One row of each batch is the marker.
  const batchRows = Math.min(
    MAX_BATCH_ROWS - 1,
    Math.floor(MAX_BATCH_BYTES / (spec.dimensions * NUMBER_BYTES + ROW_BYTES)),
  );
  let last: number | null = null;

  /** Higher than all that this collection's marker has had, also by a clock that was ahead. */
  async function nextNumber(): Promise<number> {
    last ??= await seenNumber(index, names.marker);
    last = Math.max(last + 1, now());
    return last;
  }

  async function markedUpsert(rows: readonly VectorizeRow[]): Promise<string> {
    const number = await nextNumber();
    const values = new Float32Array(spec.dimensions);
    values[0] = 1;
    const marker = { id: names.marker, values, namespace: names.markerNamespace, metadata: { seen: number } };
    return writeMark({ number, mutationId: await index.upsert([...rows, marker]) });
  }

  async function deleteAll(ids: readonly string[]): Promise<void> {
    for (let start = 0; start < ids.length; start += MAX_DELETED) {
      await index.deleteByIds(ids.slice(start, start + MAX_DELETED));
    }
  }

  return {
    ...createVectorizeReader(index, spec),
    batchRows,

    async prepare(dim) {
      await assertConfig(index, spec, dim);
      await addMetadataIndexes(index, spec);
    },

    async upsert(rows) {
      let mark: string | null = null;
      for (let start = 0; start < rows.length; start += batchRows) {
        const batch = rows.slice(start, start + batchRows).map((row) => toVectorizeRow(row, spec, names));
        mark = await markedUpsert(batch);
      }
      return mark;
    },

    async delete(ids) {
      if (ids.length === 0) return null;
      await deleteAll(ids.map(names.idOf));
      return markedUpsert([]);
    },

    mark: () => markedUpsert([]),

    /**
     * Batches are shown whole: the first and the last row of one say whether all are there. Rows that were sent and are not shown yet count as
     * missing; sending them again changes nothing.
     */
    async held(ids) {
      const batches = Array.from({ length: Math.ceil(ids.length / batchRows) }, (_, i) =>
        ids.slice(i * batchRows, (i + 1) * batchRows),
      );
      const ends = batches.flatMap((batch) => [batch[0], batch[batch.length - 1]]).map(names.idOf);
      const there = new Set<string>();
      for (let start = 0; start < ends.length; start += MAX_READ) {
        for (const { id } of await index.getByIds(ends.slice(start, start + MAX_READ))) there.add(id);
      }
      return new Set(batches.filter((_, i) => there.has(ends[2 * i]) && there.has(ends[2 * i + 1])).flat());
    },

    isVisible: (mutation) => isMarkSeen(index, names, readMark(mutation)),

    async describe() {
      const { vectorCount, dimensions } = await index.describe();
      return { count: vectorCount, dim: dimensions, bytes: null };
    },

    async drop() {
      // It may have been sent, and not be listed yet.
      await deleteAll([names.marker]);
      for await (const page of index.listIds()) {
        await deleteAll(page.filter((id) => id.startsWith(names.prefix) && id !== names.marker));
      }
    },
  };
}

function toVectorizeRow(
  { id, vector, fields }: EngineRow,
  spec: VectorizeSpec,
  { idOf, namespace }: ReturnType<typeof rowNames>,
): VectorizeRow {
  const segment = parseEngineRowId(id)?.prefix;
  if (segment === undefined) throw new RangeError(`expected the id of a row, got ${id}`);
  const metadata = { ...metadataOf(fields, spec), [SEGMENT_PROPERTY]: segment };
  return { id: idOf(id), values: padded(vector, spec), namespace, metadata };
}

/** @throws AppError STORAGE_FAILED unless the index orders as the isolate does and has room for `dim` numbers */
async function assertConfig(index: VectorizeIndex, spec: VectorizeSpec, dim: number): Promise<void> {
  const { dimensions, metric } = await index.config();
  const make = `npx wrangler vectorize create NAME --dimensions=${dim} --metric=cosine`;
  if (metric !== 'cosine') {
    throw unfit(
      `the index "${index.name}" of Vectorize compares by ${metric}, corpora need cosine. Make another: ${make}`,
    );
  }
  if (dimensions < dim || dimensions !== spec.dimensions) {
    throw unfit(
      `the index "${index.name}" of Vectorize has ${dimensions} dimensions, the corpus ` +
        (dimensions < dim ? `keeps ${dim} coordinates` : `was written for ${spec.dimensions}`) +
        `. Make another: ${make}`,
    );
  }
}

/** The metadata indexes that the corpus' fields need: rows are filtered by those that were there before them. */
async function addMetadataIndexes(index: VectorizeIndex, { texts, numbers }: VectorizeSpec): Promise<void> {
  const needed = [
    { propertyName: SEGMENT_PROPERTY, indexType: 'string' as const },
    ...texts.map((_, place) => ({ propertyName: textProperty(place), indexType: 'string' as const })),
    ...numbers.map((_, place) => ({ propertyName: numberProperty(place), indexType: 'number' as const })),
  ];
  const there = await index.metadataIndexes();
  const missing = needed.filter(({ propertyName }) =>
    there.every((one) => one.propertyName !== propertyName),
  );
  if (there.length + missing.length > MAX_METADATA_INDEXES) {
    throw unfit(
      `a corpus with filters on ${texts.join(', ')} takes ${needed.length} metadata indexes: one for segments, ${texts.length} for texts, ${numbers.length} for numbers. ` +
        `The index "${index.name}" of Vectorize has ${there.length} of at most ${MAX_METADATA_INDEXES}, and ${missing.length} would be new: name fewer with --fields`,
    );
  }
  const other = needed.find(({ propertyName, indexType }) =>
    there.some((one) => one.propertyName === propertyName && one.indexType !== indexType),
  );
  if (other !== undefined) {
    throw unfit(
      `the index "${index.name}" of Vectorize has a metadata index ${other.propertyName} of another type than ${other.indexType}: take an index that only corpora use`,
    );
  }
  for (const { propertyName, indexType } of missing) {
    try {
      await index.createMetadataIndex(propertyName, indexType);
    } catch (error) {
      // Somebody else may have been quicker, or this very call, whose answer was lost.
      const now = await index.metadataIndexes();
      if (!now.some((one) => one.propertyName === propertyName && one.indexType === indexType)) throw error;
    }
  }
}

function unfit(message: string): AppError {
  return new AppError('STORAGE_FAILED', message, { retryable: false });
}
