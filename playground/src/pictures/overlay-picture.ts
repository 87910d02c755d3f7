import { useEffect, useState } from 'preact/hooks';

/** A PNG of an answer, as the page may show it: images of data URIs are not let in. */
export interface OverlayPicture {
  /** A blob URL. */
  readonly url: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** Where PNG's header has width and height, 32 bits each. */
const WIDTH_AT = 16;
const HEIGHT_AT = 20;

/** @param dataUri of a PNG; null where there is none */
export function useOverlayPicture(dataUri: string | null): OverlayPicture | null {
  const [shown, setShown] = useState<OverlayPicture | null>(null);
  useEffect(() => {
    if (dataUri === null) {
      setShown(null);
      return;
    }
    const text = atob(dataUri.slice(dataUri.indexOf(',') + 1));
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const url = URL.createObjectURL(new Blob([bytes], { type: 'image/png' }));
    setShown({ url, width: view.getUint32(WIDTH_AT), height: view.getUint32(HEIGHT_AT) });
    return () => URL.revokeObjectURL(url);
  }, [dataUri]);
  return shown;
}
