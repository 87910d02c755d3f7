import { CODES, VectorizeRefusal } from './refusal.ts';

/** A vector as it was sent, checked. */
export interface GivenVector {
  readonly id: string;
  readonly values: Float32Array;
  readonly namespace?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

const MAX_ID_BYTES = 64;
const MAX_NAMESPACE_BYTES = 64;
const MAX_METADATA_BYTES = 10_240;

export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** @throws VectorizeRefusal of the whole batch, as the platform does */
export function readVectors(given: readonly unknown[], dimensions: number, maxCount: number): GivenVector[] {
  if (given.length > maxCount) {
    throw new VectorizeRefusal(
      CODES.assumed,
      `too many vectors in payload; max count is ${maxCount}, got ${given.length}`,
    );
  }
  return given.map((vector) => readVector(vector, dimensions));
}

export function readVector(given: unknown, dimensions: number): GivenVector {
  const { id, values, namespace, metadata } = (given ?? {}) as Record<string, unknown>;
  // A half of a surrogate pair survives JSON as an escape, and the whole batch is refused.
  if (typeof id !== 'string' || id === '' || !Array.isArray(values) || !isWellFormed(given))
    throw unreadable();
  if (utf8Length(id) > MAX_ID_BYTES) throw readVector.idTooLong(id);
  if (values.length !== dimensions) {
    throw new VectorizeRefusal(
      CODES.vectorDimensions,
      `invalid vector for id="${id}", expected ${dimensions} dimensions, and got ${values.length} dimensions`,
    );
  }
  if (!values.every((value) => typeof value === 'number' && Number.isFinite(value))) throw unreadable();
  if (
    namespace !== undefined &&
    (typeof namespace !== 'string' || utf8Length(namespace) > MAX_NAMESPACE_BYTES)
  ) {
    throw new VectorizeRefusal(
      CODES.assumed,
      `invalid namespace of vector id="${id}"; max is ${MAX_NAMESPACE_BYTES} bytes`,
    );
  }
  return {
    id,
    values: Float32Array.from(values),
    ...(typeof namespace === 'string' ? { namespace } : {}),
    ...(metadata === undefined ? {} : { metadata: readMetadata(id, metadata) }),
  };
}

readVector.idTooLong = (id: string): VectorizeRefusal =>
  new VectorizeRefusal(
    CODES.idTooLong,
    `id too long; max is ${MAX_ID_BYTES} bytes, got ${utf8Length(id)} bytes`,
  );

function readMetadata(id: string, metadata: unknown): Record<string, unknown> {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) throw unreadable();
  const bytes = utf8Length(JSON.stringify(metadata));
  if (bytes > MAX_METADATA_BYTES) {
    throw new VectorizeRefusal(
      CODES.oversizedMetadata,
      `oversized metadata for vector id="${id}"; the compact JSON representation of the metadata must not exceed ${MAX_METADATA_BYTES} bytes, got ${bytes} bytes`,
    );
  }
  const bad = Object.keys(metadata).find((key) => key === '' || /[."]|^\$/.test(key));
  if (bad !== undefined) {
    throw new VectorizeRefusal(
      CODES.assumed,
      `invalid metadata key ${JSON.stringify(bad)} of vector id="${id}"`,
    );
  }
  return metadata as Record<string, unknown>;
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, one]) => key.isWellFormed() && isWellFormed(one));
}

function unreadable(): VectorizeRefusal {
  return new VectorizeRefusal(
    CODES.unreadableVectors,
    'failed to parse upsert vectors request in json format',
  );
}
