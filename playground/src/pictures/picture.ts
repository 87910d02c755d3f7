import { samplePaths, sampleSets } from 'virtual:sample-pictures';
import { type SamplePicture, isThumbnailPath, sampleFile, thumbnailPicture } from './sample-picture.ts';

/** A picture on the page: from the samples, a person's file, or somewhere else on the web. */
export interface Picture {
  readonly id: string;
  readonly name: string;
  /** For `<img src>`: a path on this origin or a blob URL. Null for `url`: the page asks nothing of other hosts. */
  readonly previewUrl: string | null;
  readonly sample: SamplePicture | null;
  /** Null for samples, which are fetched when needed, and for `url`. */
  readonly file: Blob | null;
  /** Where the API itself fetches it; else null. */
  readonly url: string | null;
}

let fileCount = 0;
let latest: Picture | null = null;

/** The picture of a file that was chosen last, in whichever view: an address cannot hold it. */
export function latestFile(): Picture | null {
  return latest;
}

export function pictureOfFile(file: File): Picture {
  fileCount += 1;
  latest = {
    id: `file:${fileCount}`,
    // A pasted screenshot is called image.png by every browser; the number tells several apart.
    name: file.name || `picture-${fileCount}`,
    previewUrl: URL.createObjectURL(file),
    sample: null,
    file,
    url: null,
  };
  return latest;
}

export function pictureOfSample(sample: SamplePicture): Picture {
  const { url, name } = sample;
  return { id: `sample:${url}`, name, previewUrl: url, sample, file: null, url: null };
}

/** @param url as `readPictureUrl` gives it */
export function pictureOfUrl(url: string): Picture {
  const { host, pathname } = new URL(url);
  const name = `${host}/${pathname.slice(pathname.lastIndexOf('/') + 1)}`;
  return { id: `url:${url}`, name, previewUrl: null, sample: null, file: null, url };
}

/** Longest URL that the API takes. */
const MAX_URL_CHARACTERS = 2_048;

/** A URL that the API may fetch a picture from; null for what it would refuse whatever stands there. */
export function readPictureUrl(text: string): string | null {
  if (text.length > MAX_URL_CHARACTERS || !URL.canParse(text)) return null;
  const { protocol, href } = new URL(text);
  return protocol === 'https:' && href.length <= MAX_URL_CHARACTERS ? href : null;
}

/** How a picture of a file stands in an address, which cannot hold it. */
const A_FILE = 'file';

/** How a picture stands in the page's address: a sample's name, a thumbnail's path, a URL, or that it was a file. */
export function addressOf({ sample, url }: Picture): string {
  if (sample !== null && isThumbnailPath(sample.url)) return sample.url;
  return url ?? sample?.name ?? A_FILE;
}

/** The pictures that an address names, and what is to be said of those that it cannot give. */
export interface AddressedPictures {
  readonly pictures: readonly Picture[];
  /** Empty when there is nothing. */
  readonly aside: string;
}

/** @param held pictures that are there now: those of files stand for files of the address, in their order */
export function picturesOfAddress(
  names: readonly string[],
  held: readonly Picture[] = [],
): AddressedPictures {
  const heldFiles = held.filter(({ file }) => file !== null);
  const found = names.map((name) => (name === A_FILE ? (heldFiles.shift() ?? null) : pictureOfAddress(name)));
  const missing = names.filter((_, i) => found[i] === null);
  const files = missing.filter((name) => name === A_FILE).length;
  const unknown = missing.length - files;
  const words = [];
  if (files > 0) words.push(`${wordsOf(files)} from a file, which an address cannot hold: choose it again.`);
  if (unknown > 0) words.push(`${wordsOf(unknown)} not among the samples of this page.`);
  return {
    pictures: [...new Map(found.flatMap((picture) => (picture ? [[picture.id, picture]] : []))).values()],
    aside: words.join(' '),
  };
}

function wordsOf(count: number): string {
  return count === 1 ? 'A picture of this address was' : `${count} pictures of this address were`;
}

function pictureOfAddress(name: string): Picture | null {
  const url = readPictureUrl(name);
  if (url !== null) return pictureOfUrl(url);
  if (isThumbnailPath(name)) {
    return pictureOfSample(thumbnailPicture(name, { caption: 'a thumbnail', source: '', licence: '' }));
  }
  const sample = sampleOfName(name);
  return sample && pictureOfSample(sample);
}

/** Of those to choose from, else of all that are served; a file is called after its caption. */
function sampleOfName(name: string): SamplePicture | null {
  const offered = [...sampleSets.right, ...sampleSets.hard].find((sample) => sample.name === name);
  if (offered) return offered;
  const path = samplePaths.find((known) => sampleFile(known).name === name);
  if (path === undefined) return null;
  const caption = name.replace(/\.\w+$/, '').replaceAll('-', ' ');
  return { ...sampleFile(path), caption, source: '', licence: '' };
}

/** What a screen reader and the tables call it. */
export function pictureLabel({ sample, name }: Picture): string {
  return sample ? sample.caption : name;
}

export function creditOf({ source, licence }: SamplePicture): string {
  return [source, licence].filter((part) => part !== '').join(' · ');
}
