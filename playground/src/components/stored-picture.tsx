import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { fetchWithKey } from '../api/door.ts';
import { isThumbnailPath } from '../pictures/sample-picture.ts';
import { useDoor } from '../state/use-door.ts';

interface Props {
  /** A path on this origin or a blob URL. */
  readonly src: string;
  readonly alt: string;
  readonly class?: string;
  /** Of a square that is kept free until it is there; it is then loaded as it comes into sight. */
  readonly size?: number;
  /** It cannot be had, or the browser cannot show it. */
  readonly onBroken?: () => void;
}

/**
 * An `<img>`. Where thumbnails are answered to holders of keys only, one is fetched with the key, which an `<img>` cannot send, and
 * shown from memory.
 */
export function StoredPicture({ src, alt, class: className, size, onBroken }: Props): JSX.Element {
  const { key } = useDoor();
  const needsKey = key !== null && isThumbnailPath(src);
  const blobUrl = useFetched(needsKey ? src : null, key, onBroken);
  const room =
    size === undefined ? {} : ({ width: size, height: size, loading: 'lazy', decoding: 'async' } as const);
  return (
    <img class={className} {...room} src={needsKey ? blobUrl : src} alt={alt} onError={() => onBroken?.()} />
  );
}

/** @returns undefined until it is there, and for null */
function useFetched(path: string | null, key: string | null, onBroken?: () => void): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (path === null) return;
    const controller = new AbortController();
    let made: string | undefined;
    const load = async (): Promise<void> => {
      const response = await fetchWithKey(path, { signal: controller.signal });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const blob = await response.blob();
      if (controller.signal.aborted) return;
      made = URL.createObjectURL(blob);
      setUrl(made);
    };
    load().catch(() => {
      if (!controller.signal.aborted) onBroken?.();
    });
    return () => {
      controller.abort();
      setUrl(undefined);
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [path, key]);
  return url;
}
