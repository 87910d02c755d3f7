import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Plugin } from 'vite';
import { chooseByKind } from './choose-varied.ts';
import { type SamplePicture, sampleFile } from '../src/pictures/sample-picture.ts';

const MODULE_ID = 'virtual:sample-pictures';
const RESOLVED_ID = `\0${MODULE_ID}`;

interface CaptionRow {
  readonly image: string;
  readonly caption: string;
  readonly split: string;
  readonly source: string;
  readonly licence: string;
  /** Drawing or photograph. */
  readonly kind: string;
}

/**
 * Copy the pictures of the sample dataset into the build, so that they are committed once, and list them as the module
 * `virtual:sample-pictures`: a varied part to choose from, kinds by turns, and where every one is, by what the dataset and the corpus
 * `samples` call it. A checkout without the dataset builds a page without samples, with a warning.
 * @param folder holds captions.csv (image,caption,split,source,licence,kind) and the images it names
 * @param count at most so many pictures to choose from
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
        return 'export const samplePictures = [], samplePaths = [];';
      }
      this.addWatchFile(table);
      const captions = readCaptions(table);
      const paths = [...new Set(captions.map(({ image }) => image))];
      for (const path of paths) {
        const source = readFileSync(join(folder, path));
        this.emitFile({ type: 'asset', fileName: sampleFile(path).url.slice(1), source });
      }
      const rows = firstCaptionEach(captions);
      const first = rows.filter(({ caption }) => caption === opening);
      const others = rows.filter(({ caption }) => caption !== opening);
      const samples = chooseByKind(
        { first, others },
        { kindOf: ({ kind }) => kind, groupOf: ({ source, split }) => `${source}\n${split}` },
        count,
      ).map(toSample);
      return `export const samplePictures = ${JSON.stringify(samples)}, samplePaths = ${JSON.stringify(paths)};`;
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

function toSample({ image, caption, source, licence }: CaptionRow): SamplePicture {
  return { ...sampleFile(image), caption, source, licence };
}
