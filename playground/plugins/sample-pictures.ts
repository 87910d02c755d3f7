import { existsSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Plugin } from 'vite';
import { chooseVaried } from './choose-varied.ts';
import type { SamplePicture } from '../src/pictures/sample-picture.ts';

const MODULE_ID = 'virtual:sample-pictures';
const RESOLVED_ID = `\0${MODULE_ID}`;

interface CaptionRow {
  readonly image: string;
  readonly caption: string;
  readonly split: string;
  readonly source: string;
  readonly licence: string;
}

/**
 * Copy a varied part of the sample dataset into the build and list it as the module `virtual:sample-pictures`, so that
 * the pictures are committed once. A checkout without the dataset builds a page without samples, with a warning.
 * @param folder holds captions.csv (image,caption,split,source,licence) and the images it names
 * @param count at most so many pictures
 * @param opening caption of the picture that comes first, if the dataset has it: what the page opens with
 */
export function samplePictures({
  folder,
  count,
  opening,
}: {
  readonly folder: string;
  readonly count: number;
  readonly opening: string;
}): Plugin {
  const table = join(folder, 'captions.csv');
  return {
    name: 'sample-pictures',
    resolveId: (id) => (id === MODULE_ID ? RESOLVED_ID : null),
    load(id) {
      if (id !== RESOLVED_ID) return null;
      if (!existsSync(table)) {
        this.warn(`${table} is missing: the page has no sample pictures.`);
        return 'export const samplePictures = [];';
      }
      this.addWatchFile(table);
      const rows = firstCaptionEach(readCaptions(table));
      const first = rows.filter(({ caption }) => caption === opening);
      const others = rows.filter(({ caption }) => caption !== opening);
      const varied = chooseVaried(others, (row) => `${row.source}\n${row.split}`, count - first.length);
      const samples = [...first, ...varied].map((row, index) => {
        const name = `${String(index + 1).padStart(2, '0')}-${slug(row.caption)}${extname(row.image)}`;
        this.emitFile({
          type: 'asset',
          fileName: `samples/${name}`,
          source: readFileSync(join(folder, row.image)),
        });
        return toSample(row, name);
      });
      return `export const samplePictures = ${JSON.stringify(samples)};`;
    },
  };
}

function readCaptions(path: string): CaptionRow[] {
  return parse<CaptionRow>(readFileSync(path, 'utf8'), { columns: true, skip_empty_lines: true, bom: true });
}

/** One row a picture and one picture a caption: two samples with the same words could not be told apart in a ranking. */
function firstCaptionEach(rows: readonly CaptionRow[]): CaptionRow[] {
  const images = new Set<string>();
  const captions = new Set<string>();
  return rows.filter((row) => {
    if (images.has(row.image) || captions.has(row.caption)) return false;
    images.add(row.image);
    captions.add(row.caption);
    return true;
  });
}

function toSample(row: CaptionRow, name: string): SamplePicture {
  return { url: `/samples/${name}`, name, caption: row.caption, source: row.source, licence: row.licence };
}

/** A file name that says what is in the picture: it is what `curl -F` and the uploads show. */
function slug(caption: string): string {
  const words = caption.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return basename(words.slice(0, 6).join('-') || 'picture');
}
