import type { SamplePicture } from './sample-picture.ts';

/** A picture on the page, from the samples or a person's file. */
export interface Picture {
  readonly id: string;
  readonly name: string;
  /** For `<img src>`: a path on this origin or a blob URL. */
  readonly previewUrl: string;
  readonly sample: SamplePicture | null;
  /** Null for samples, which are fetched when needed. */
  readonly file: Blob | null;
}

let fileCount = 0;

export function pictureOfFile(file: File): Picture {
  fileCount += 1;
  return {
    id: `file:${fileCount}`,
    // A pasted screenshot is called image.png by every browser; the number tells several apart.
    name: file.name || `picture-${fileCount}`,
    previewUrl: URL.createObjectURL(file),
    sample: null,
    file,
  };
}

export function pictureOfSample(sample: SamplePicture): Picture {
  return { id: `sample:${sample.url}`, name: sample.name, previewUrl: sample.url, sample, file: null };
}

/** What a screen reader and the tables call it. */
export function pictureLabel({ sample, name }: Picture): string {
  return sample ? sample.caption : name;
}

export function creditOf({ source, licence }: SamplePicture): string {
  return `${source} · ${licence}`;
}
