import { fetchWithKey } from '../api/door.ts';
import { type Failure, fromItemError, toFailure } from '../api/failure.ts';
import {
  type DeploymentLimits,
  type EmbedData,
  type PictureVector,
  embedRequest,
  embedUrlRequest,
} from '../api/operations.ts';
import { type ApiRequest, send } from '../api/request.ts';
import { formatBytes } from '../format-numbers.ts';
import type { Picture } from './picture.ts';
import { isThumbnailPath } from './sample-picture.ts';

/** What is known of a picture's embedding. */
export type Embedded =
  | { readonly status: 'waiting' }
  | { readonly status: 'ready'; readonly vector: PictureVector }
  | { readonly status: 'failed'; readonly failure: Failure };

/**
 * Embeds every picture once, so that what is asked as one types carries a short vector and not a photo. Files of one
 * call go in as few requests as the limits of the API allow, a URL in one of its own: its host may be slow. A picture that fails
 * never fails its neighbours.
 */
export interface Embedder {
  readonly subscribe: (listener: () => void) => () => void;
  readonly get: (id: string) => Embedded | undefined;
  /** The request that embedded the picture, for showing. */
  readonly requestOf: (id: string) => ApiRequest | undefined;
  /** Start on those not yet known. */
  readonly ensure: (pictures: readonly Picture[], limits: DeploymentLimits) => void;
  /** Forget failures that may pass, and start again on them. */
  readonly retry: (pictures: readonly Picture[], limits: DeploymentLimits) => void;
}

/** Room for the query, the multipart boundaries and the map beside the files. */
const ENVELOPE_BYTES = 16_384;

interface Loaded {
  readonly picture: Picture;
  readonly blob: Blob;
}

export function createEmbedder(): Embedder {
  const embedded = new Map<string, Embedded>();
  const requests = new Map<string, ApiRequest>();
  const listeners = new Set<() => void>();
  const settle = (id: string, result: Embedded): void => {
    embedded.set(id, result);
    for (const listener of listeners) listener();
  };
  const fail = (id: string, failure: Failure): void => settle(id, { status: 'failed', failure });

  async function load(picture: Picture, limits: DeploymentLimits): Promise<Loaded | null> {
    try {
      const blob = picture.file ?? (await fetchSample(picture.sample?.url ?? ''));
      const tooLarge = sizeFailure(picture.name, blob.size, limits);
      if (tooLarge === null) return { picture, blob };
      fail(picture.id, tooLarge);
    } catch (thrown) {
      fail(picture.id, { ...toFailure(thrown), code: 'UNREACHABLE', retryable: true });
    }
    return null;
  }

  /** @param ids in the order of the request's images */
  async function embed(ids: readonly string[], request: ApiRequest): Promise<void> {
    for (const id of ids) requests.set(id, request);
    try {
      const { embedImages } = await send<EmbedData>(request);
      for (const [index, result] of embedImages.entries()) {
        if (result.__typename === 'ItemError') fail(ids[index], fromItemError(result));
        else
          settle(ids[index], { status: 'ready', vector: { vector: result.vector, encoder: result.encoder } });
      }
    } catch (thrown) {
      for (const id of ids) fail(id, toFailure(thrown));
    }
  }

  const embedBatch = (batch: readonly Loaded[]): Promise<void> =>
    embed(
      batch.map(({ picture }) => picture.id),
      embedRequest(batch.map(({ picture, blob }) => ({ name: picture.name, blob }))),
    );

  async function start(pictures: readonly Picture[], limits: DeploymentLimits): Promise<void> {
    for (const { id } of pictures) embedded.set(id, { status: 'waiting' });
    const byUrl = pictures.map(({ id, url }) => (url === null ? null : embed([id], embedUrlRequest(url))));
    const files = pictures.filter(({ url }) => url === null);
    const loaded = await Promise.all(files.map((picture) => load(picture, limits)));
    const batches = intoBatches(
      loaded.filter((one) => one !== null),
      limits,
    );
    await Promise.all([...byUrl, ...batches.map(embedBatch)]);
  }

  const isNew = ({ id }: Picture): boolean => !embedded.has(id);
  const mayPass = ({ id }: Picture): boolean => {
    const known = embedded.get(id);
    return known?.status === 'failed' && known.failure.retryable;
  };
  const startOn = (pictures: readonly Picture[], limits: DeploymentLimits): void => {
    if (pictures.length === 0) return;
    void start(pictures, limits);
    for (const listener of listeners) listener();
  };

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get: (id) => embedded.get(id),
    requestOf: (id) => requests.get(id),
    ensure: (pictures, limits) => startOn(pictures.filter(isNew), limits),
    retry: (pictures, limits) => startOn(pictures.filter(mayPass), limits),
  };
}

/** A file of the page's own, or a thumbnail of a corpus. @throws Error with words for a person */
export async function fetchSample(url: string): Promise<Blob> {
  // The page's own files are everyone's: what they answer says nothing of a key.
  const response = await (isThumbnailPath(url) ? fetchWithKey(url) : fetch(url));
  if (!response.ok) throw new Error(`The sample picture could not be fetched (HTTP ${response.status}).`);
  return response.blob();
}

/** Refuse before sending what the API would refuse after a long upload; null: it may be sent. */
export function sizeFailure(name: string, bytes: number, limits: DeploymentLimits): Failure | null {
  if (bytes === 0) return { code: 'BAD_IMAGE', message: `${name} is empty.`, retryable: false };
  const most = Math.min(limits.imageBytes, limits.bodyBytes - ENVELOPE_BYTES);
  if (bytes <= most) return null;
  const message = `${name} has ${formatBytes(bytes)}; this API takes up to ${formatBytes(most)} a picture. It was not sent.`;
  return { code: 'TOO_MUCH', message, retryable: false };
}

function intoBatches(loaded: readonly Loaded[], limits: DeploymentLimits): Loaded[][] {
  const mostBytes = Math.min(limits.bodyBytes - ENVELOPE_BYTES, limits.totalImageBytes);
  const mostImages = Math.min(limits.images, limits.encodedImages);
  const batches: Loaded[][] = [];
  let bytes = Infinity;
  for (const one of loaded) {
    const batch = batches.at(-1);
    if (batch === undefined || bytes + one.blob.size > mostBytes || batch.length === mostImages) {
      batches.push([one]);
      bytes = one.blob.size;
    } else {
      batch.push(one);
      bytes += one.blob.size;
    }
  }
  return batches;
}
