import type { AlignqlError } from './errors.ts';
import { fromItemError } from './errors.ts';
import type * as api from './generated/api.ts';
import { unpackVector } from './vectors.ts';

export interface Embedding extends Omit<api.Embedding, 'vector'> {
  /** `dim` numbers of unit L2 norm. */
  readonly vector: Float32Array;
}

/** Row i belongs to image i, number j of it to text j; NaN where one of the two failed. */
export interface Matrix extends Pick<
  api.AlignmentMatrix,
  'imageDomain' | 'textDomain' | 'imageErrors' | 'textErrors' | 'selection' | 'provenance'
> {
  /** Cosines of the raw embeddings, -1 to 1. */
  readonly cosines: readonly Float32Array[];
  /** As `Alignment.score`. */
  readonly scores: readonly Float32Array[];
  /** As `Alignment.probability`. */
  readonly probabilities: readonly Float32Array[];
}

export interface SearchHit extends Omit<api.SearchEdge, 'metadata'> {
  /** As it was indexed; null when there is none. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

export interface SearchPage extends Omit<api.SearchConnection, 'edges' | 'corpus'> {
  /** In order, best first. */
  readonly hits: readonly SearchHit[];
}

/** A member of a union of the API. No other type than ItemError has a `code`. */
export type OrItemError<Type extends object> = Type | api.ItemError;

export function isItemError(member: object): member is api.ItemError {
  return 'code' in member;
}

/** @throws AlignqlError for an ItemError */
export function orThrow<Type extends object>(member: OrItemError<Type>, requestId: string | null): Type {
  if (isItemError(member)) throw fromItemError(member, requestId);
  return member;
}

export function toEmbedding({ vector, ...rest }: api.Embedding): Embedding {
  return { ...rest, vector: unpackVector(vector) };
}

/** Items keep their own errors. */
export function toEmbeddings(
  members: readonly OrItemError<api.Embedding>[],
  requestId: string | null,
): (Embedding | AlignqlError)[] {
  return members.map((member) =>
    isItemError(member) ? fromItemError(member, requestId) : toEmbedding(member),
  );
}

export type PackedMatrix = Omit<api.AlignmentMatrix, 'cosines' | 'scores' | 'probabilities'>;

export function toMatrix(packed: PackedMatrix, columns: number): Matrix {
  const { cosinesPacked, scoresPacked, probabilitiesPacked, ...rest } = packed;
  const rowsOf = (numbers: string): Float32Array[] => rows(unpackVector(numbers), columns);
  return {
    ...rest,
    cosines: rowsOf(cosinesPacked),
    scores: rowsOf(scoresPacked),
    probabilities: rowsOf(probabilitiesPacked),
  };
}

function rows(numbers: Float32Array, columns: number): Float32Array[] {
  const count = columns === 0 ? 0 : numbers.length / columns;
  return Array.from({ length: count }, (_, i) => numbers.subarray(i * columns, (i + 1) * columns));
}

export type Connection = Omit<api.SearchConnection, 'corpus'>;

export function toPage({ edges, ...rest }: Connection): SearchPage {
  const hits = edges.map(({ metadata, ...edge }) => ({
    ...edge,
    metadata: metadata ? (JSON.parse(metadata) as Record<string, unknown>) : null,
  }));
  return { ...rest, hits };
}
