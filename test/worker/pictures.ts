import captionsCsv from '../../models/sample/captions.csv?raw';

/** Every sample picture as a data URI, by file name. */
const sample = import.meta.glob<string>('../../models/sample/images/*', {
  query: '?inline',
  import: 'default',
});
const fixtures = import.meta.glob<string>('../fixtures/images/*.{png,jpg,gif,webp,avif}', {
  query: '?inline',
  import: 'default',
});

const costly = import.meta.glob<string>('../fixtures/costly-images/*.{png,jpg}', {
  query: '?inline',
  import: 'default',
});

/** A sample picture and its caption, such as "a dodo". */
export interface Sample {
  readonly caption: string;
  readonly dataUri: string;
}

/** @param file name in models/sample/images */
export async function samplePicture(file: string): Promise<string> {
  return load(sample, `../../models/sample/images/${file}`);
}

/** @param file name in test/fixtures/images */
export async function fixturePicture(file: string): Promise<string> {
  return load(fixtures, `../fixtures/images/${file}`);
}

/** @param file name in test/fixtures/costly-images */
export async function costlyPicture(file: string): Promise<string> {
  return load(costly, `../fixtures/costly-images/${file}`);
}

/** `count` samples, spread evenly over the set; only captions that occur once. */
export async function someSamples(count: number): Promise<Sample[]> {
  const rows = captionsCsv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => /^images\/([^,]+),("?)(.*?)\2(?:,[^,]*){4}$/.exec(line.trim()))
    .filter((row) => row !== null);
  const captions = rows.map((row) => row[3]);
  const unique = rows.filter((row) => captions.indexOf(row[3]) === captions.lastIndexOf(row[3]));
  const step = Math.floor(unique.length / count);
  const chosen = unique.filter((_, i) => i % step === 0).slice(0, count);
  return Promise.all(chosen.map(async (row) => ({ caption: row[3], dataUri: await samplePicture(row[1]) })));
}

export function bytesOf(dataUri: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(dataUri.slice(dataUri.indexOf(',') + 1)), (character) =>
    character.charCodeAt(0),
  );
}

function load(files: Record<string, () => Promise<string>>, path: string): Promise<string> {
  const read = files[path];
  if (!read) throw new Error(`no picture ${path}`);
  return read();
}
