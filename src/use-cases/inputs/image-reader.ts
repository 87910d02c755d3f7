import { sha256Hex } from '../../clip/content-hash.ts';
import { AppError } from '../../errors.ts';
import type { ImageInput } from './given.ts';
import type { RequestBudget } from '../limits.ts';
import { WITH_HEATS } from '../heat-passes.ts';
import { TOGETHER } from '../text-passes.ts';
import { fetchImage } from './fetch-image.ts';
import { assertImage, decodeImageBase64, readUpload } from './image-bytes.ts';
import type { ImageHosts } from './image-hosts.ts';
import { takeTurns } from '../../take-turns.ts';

/** Of the six connections that a request may hold open. A seventh waits inside `fetch`, where its time would already run. */
const MAX_FETCHES_AT_ONCE = 4;

/** A file with the lower-case hex SHA-256 of its bytes, by which equal files are told. */
export interface ImageFile {
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/** The pictures of one request. */
export interface ImageReader {
  readonly read: (input: ImageInput) => Promise<ImageFile>;
  /**
   * Whether the request may have all its pictures encoded, as far as they are read: alone, together with its texts, and with those and
   * its heat maps, for each of which its picture is decoded once more.
   * @throws AppError LIMIT_EXCEEDED with what they cost and what they may
   */
  readonly assertAffordable: () => void;
}

interface Dependencies {
  readonly budget: RequestBudget;
  readonly ownHost: string;
  /** @throws AppError INTERNAL when the deployment's variable is wrong */
  readonly imageHosts: () => ImageHosts;
  /** Width x height of one image at most. */
  readonly maxPixels: () => number;
  /** What all of them may cost together. */
  readonly maxPixelPasses: () => number;
}

/**
 * Reads the files of one request. The same URL, base64 text or upload is read once however often it is given, and the
 * bytes of all files count against the request's limit while they come in.
 */
export function createImageReader({
  budget,
  ownHost,
  imageHosts,
  maxPixels,
  maxPixelPasses,
}: Dependencies): ImageReader {
  const passesByHash = new Map<string, number>();
  const passesByGiven = new Map<unknown, number>();
  const identify = async (bytes: Uint8Array, given: string | Blob): Promise<ImageFile> => {
    const passes = assertImage(bytes, maxPixels());
    passesByGiven.set(given, passes);
    const hash = await sha256Hex(bytes);
    passesByHash.set(hash, passes);
    return { hash, bytes };
  };
  const spendBytes = (count: number): void => budget.spend('totalImageBytes', count);
  const inTurn = takeTurns(MAX_FETCHES_AT_ONCE);
  const fromUrl = once(async (url: string) => {
    budget.spend('urls', 1);
    const rules = { ownHost, isAllowed: imageHosts() };
    return identify(await inTurn(() => fetchImage(url, { rules, spendBytes })), url);
  });
  const fromBase64 = once(async (text: string) => {
    const bytes = decodeImageBase64(text);
    spendBytes(bytes.length);
    return identify(bytes, text);
  });
  const fromUpload = once(async (file: Blob) => {
    const bytes = await readUpload(file);
    spendBytes(bytes.length);
    return identify(bytes, file);
  });

  return {
    async read({ url, base64, upload }) {
      if (base64 != null) return fromBase64(base64);
      if (upload != null) return fromUpload(upload);
      if (url != null) return fromUrl(url);
      throw new AppError('BAD_INPUT', 'Expected an image as url, base64, upload or embedding.');
    },
    assertAffordable() {
      let asked = 0;
      for (const passes of passesByHash.values()) asked += passes;
      const allowed = maxPixelPasses();
      if (asked > allowed) throw tooDear(passesByHash.size, asked, allowed);
      const together = Math.floor(allowed * TOGETHER);
      if (asked === 0) return;
      const { textPasses, heats } = budget;
      if (asked + textPasses > together) throw tooDearTogether(asked, textPasses, together);
      let ofHeats = 0;
      for (const { image, networkPasses } of heats)
        ofHeats += networkPasses + (passesByGiven.get(image) ?? 0);
      const withHeats = Math.floor(allowed * WITH_HEATS);
      if (ofHeats > 0 && asked + textPasses + ofHeats > withHeats) {
        const given = `images of ${asked}, texts of ${textPasses} and ${heats.length} heat maps of ${ofHeats}`;
        throw tooDearHeats(given, withHeats);
      }
    },
  };
}

function tooDear(count: number, asked: number, allowed: number): AppError {
  return new AppError(
    'LIMIT_EXCEEDED',
    `Expected images of at most ${allowed} pixel passes in one request, got ${count} of ${asked}: send fewer, or smaller ones.`,
  );
}

function tooDearTogether(images: number, texts: number, allowed: number): AppError {
  return new AppError(
    'LIMIT_EXCEEDED',
    `Expected images and texts of at most ${allowed} pixel passes together in one request, got images of ${images} and texts of ${texts}: send fewer.`,
  );
}

function tooDearHeats(given: string, allowed: number): AppError {
  return new AppError(
    'LIMIT_EXCEEDED',
    `Expected images, texts and heat maps of at most ${allowed} pixel passes together in one request, got ${given}: ask for fewer heat maps, or of smaller images.`,
  );
}

function once<Key, Value>(read: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const reads = new Map<Key, Promise<Value>>();
  return (key) => {
    const known = reads.get(key) ?? read(key);
    reads.set(key, known);
    return known;
  };
}
