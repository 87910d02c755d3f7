import type { MetadataFilter } from './metadata-filter.ts';

export interface VectorizeRow {
  readonly id: string;
  readonly values: readonly number[] | Float32Array;
  readonly namespace: string;
  readonly metadata?: Readonly<Record<string, string | number>>;
}

/** What one search asks of an index: ids and scores alone, of which Vectorize brings up to a hundred. */
export interface VectorizeQuery {
  readonly topK: number;
  readonly namespace: string;
  readonly filter?: MetadataFilter;
}

/**
 * An index of Vectorize, version 2, as far as a search goes: a Worker's binding, or the REST API.
 * https://developers.cloudflare.com/vectorize/reference/client-api/
 */
export interface VectorizeReads {
  query(
    vector: Float32Array,
    options: VectorizeQuery,
  ): Promise<{ readonly matches: readonly { readonly id: string; readonly score: number }[] }>;
  /** At most 20. */
  getByIds(
    ids: string[],
  ): Promise<readonly { readonly id: string; readonly metadata?: Readonly<Record<string, unknown>> }[]>;
  /** `processedUpToMutation`: a UUID, whatever the platform's types say. */
  describe(): Promise<{
    readonly dimensions: number;
    readonly vectorCount: number;
    readonly processedUpToMutation: unknown;
  }>;
}

/** And what it takes to fill it: the REST API alone can do all of it. */
export interface VectorizeIndex extends VectorizeReads {
  readonly name: string;
  /** As many as one batch may have. @returns the id of the mutation, which becomes visible as a whole */
  upsert(rows: readonly VectorizeRow[]): Promise<string>;
  /** At most 100. */
  deleteByIds(ids: readonly string[]): Promise<string>;
  config(): Promise<{ readonly dimensions: number; readonly metric: string }>;
  metadataIndexes(): Promise<readonly { readonly propertyName: string; readonly indexType: string }[]>;
  createMetadataIndex(propertyName: string, indexType: 'string' | 'number'): Promise<void>;
  /** All ids of the index, page by page. */
  listIds(): AsyncIterable<readonly string[]>;
}
