import { samplePaths } from 'virtual:sample-pictures';
import type { SearchEdgeData, SearchPage } from '../../api/search-operations.ts';
import { type SamplePicture, sampleFile } from '../../pictures/sample-picture.ts';

/** A result with what is shown of it. */
export interface Result {
  readonly edge: SearchEdgeData;
  /** Of its metadata; null when there is none. */
  readonly caption: string | null;
  /** The caption, else the id. */
  readonly label: string;
  /** The rest of the metadata, in its order. */
  readonly details: readonly (readonly [name: string, value: string])[];
  /** Null when the page has none: a corpus holds vectors, not pictures. */
  readonly picture: SamplePicture | null;
}

/** What is shown beside a result: a probability where one was calibrated, else what decided the order. */
export type Figure = 'probability' | 'cosine' | 'score';

export function figureOf({ calibrated, rankedBy }: Pick<SearchPage, 'calibrated' | 'rankedBy'>): Figure {
  if (calibrated) return 'probability';
  return rankedBy === 'COSINE' ? 'cosine' : 'score';
}

const servedPaths: ReadonlySet<string> = new Set(samplePaths);

export function toResult(edge: SearchEdgeData): Result {
  const { caption, ...rest } = readMetadata(edge.metadata);
  const label = caption ?? edge.id;
  return {
    edge,
    caption: caption ?? null,
    label,
    details: Object.entries(rest),
    picture: servedPaths.has(edge.id)
      ? {
          ...sampleFile(edge.id),
          caption: label,
          source: rest['source'] ?? '',
          licence: rest['licence'] ?? '',
        }
      : null,
  };
}

/** Fields as text; those without a value are left out. */
export function readMetadata(metadata: string | null | undefined): Readonly<Record<string, string>> {
  // The API promises a JSON object.
  const fields = Object.entries(metadata == null ? {} : (JSON.parse(metadata) as Record<string, unknown>));
  return Object.fromEntries(
    fields
      .filter(([, value]) => value !== null && value !== '')
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
