import { samplePaths } from 'virtual:sample-pictures';
import type { SearchEdgeData, SearchPage } from '../../api/search-operations.ts';
import { type SamplePicture, sampleFile, thumbnailPicture } from '../../pictures/sample-picture.ts';
import { type ClosenessScale, closenessOf } from './closeness.ts';

/** A result with what is shown of it. */
export interface Result {
  readonly edge: SearchEdgeData;
  /** From an average item (0) to the best result (1); null where it is not known. */
  readonly closeness: number | null;
  /** What decided its place: the cosine, or the score where that decides or no cosine was read. */
  readonly by: { readonly name: 'cosine' | 'score'; readonly value: number };
  /** Of its metadata; null when there is none. */
  readonly caption: string | null;
  /** The caption, else the id. */
  readonly label: string;
  /** The rest of the metadata, in its order. */
  readonly details: readonly (readonly [name: string, value: string])[];
  /** Null when there is none: a corpus holds vectors, and thumbnails only where they were asked for. */
  readonly picture: SamplePicture | null;
}

const servedPaths: ReadonlySet<string> = new Set(samplePaths);

/** @param search the one that the edge is of */
export function toResult(
  edge: SearchEdgeData,
  search: { readonly rankedBy: SearchPage['rankedBy']; readonly scale: ClosenessScale | null },
): Result {
  const { rankedBy, scale } = search;
  const cosine = rankedBy === 'COSINE' ? (edge.cosine ?? null) : null;
  const { caption, ...rest } = readMetadata(edge.metadata);
  const label = caption ?? edge.id;
  return {
    edge,
    closeness: scale === null ? null : closenessOf(edge, scale),
    by: cosine === null ? { name: 'score', value: edge.score } : { name: 'cosine', value: cosine },
    caption: caption ?? null,
    label,
    details: Object.entries(rest),
    picture: pictureOf(edge, label, rest),
  };
}

/** The thumbnail that is stored beside the vector, which is surely its own; else the sample of that path, which the page serves. */
function pictureOf(
  { id, thumbnail }: SearchEdgeData,
  caption: string,
  { source = '', licence = '' }: Readonly<Record<string, string>>,
): SamplePicture | null {
  const words = { caption, source, licence };
  if (thumbnail != null) return thumbnailPicture(thumbnail, words);
  return servedPaths.has(id) ? { ...sampleFile(id), ...words } : null;
}

/** The caption, else the id. */
export function labelOf({ id, metadata }: SearchEdgeData): string {
  return readMetadata(metadata)['caption'] ?? id;
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
