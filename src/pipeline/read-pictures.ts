import { openListed } from './bucket.ts';
import { PICTURE_READ_BYTES } from './cut.ts';
import type { IndexedPair, PicturePlace } from './input-index.ts';

/** As scripts read no larger picture. */
export const MAX_PICTURE_BYTES = 64 * 1024 * 1024;

/** The bytes of a picture, or why it is not read. */
export type ReadPicture = Uint8Array | { readonly reason: string };

interface Group {
  readonly key: string;
  readonly etag: string;
  readonly start: number;
  end: number;
  readonly indices: number[];
}

/**
 * The pictures of pairs, few at a time: those that lie side by side by one ranged read.
 * @returns groups of (position of the pair, bytes), in the order of the pairs
 * @throws Error when an object has changed since it was indexed
 */
export async function* readPictures(
  datasets: R2Bucket,
  pairs: readonly IndexedPair[],
): AsyncGenerator<readonly (readonly [index: number, picture: ReadPicture])[]> {
  for (const group of groupsOf(pairs.map(({ place }) => place))) {
    const { key, etag, start, end, indices } = group;
    const first = pairs[indices[0]].place;
    if (first.size > MAX_PICTURE_BYTES) {
      const reason = `it has ${first.size} bytes, more than the ${MAX_PICTURE_BYTES} that are read`;
      yield [[indices[0], { reason }]];
      continue;
    }
    const bytes =
      end === start
        ? new Uint8Array()
        : await readRange(datasets, { key, etag, offset: start, size: end - start });
    yield indices.map((index) => {
      const { offset, size } = pairs[index].place;
      return [index, bytes.subarray(offset - start, offset - start + size)];
    });
  }
}

function groupsOf(places: readonly PicturePlace[]): Group[] {
  const groups: Group[] = [];
  for (const [index, { key, etag, offset, size }] of places.entries()) {
    const last = groups.at(-1);
    const end = offset + size;
    const joins =
      last !== undefined && last.key === key && offset >= last.end && end - last.start <= PICTURE_READ_BYTES;
    if (joins) {
      last.end = end;
      last.indices.push(index);
    } else groups.push({ key, etag, start: offset, end, indices: [index] });
  }
  return groups;
}

async function readRange(datasets: R2Bucket, { key, etag, offset, size }: PicturePlace): Promise<Uint8Array> {
  const object = await openListed(datasets, { key, etag }, { offset, length: size });
  return new Uint8Array(await object.arrayBuffer());
}
