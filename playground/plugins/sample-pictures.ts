import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Plugin } from 'vite';
import { type OpeningSample, type SampleSets, sampleFile } from '../src/pictures/sample-picture.ts';

const MODULE_ID = 'virtual:sample-pictures';
const RESOLVED_ID = `\0${MODULE_ID}`;

interface CaptionRow {
  readonly image: string;
  readonly caption: string;
  readonly source: string;
  readonly licence: string;
}

interface Chosen {
  readonly image: string;
  readonly rivals: readonly string[];
  readonly others: readonly string[];
}

/** As `npm run -s opening` writes it. */
interface OpeningFile {
  readonly fingerprint: string;
  readonly right: readonly Omit<Chosen, 'rivals'>[];
  readonly hard: readonly Chosen[];
}

/**
 * Copy the pictures of the sample dataset into the build, so that they are committed once, and list them as the module
 * `virtual:sample-pictures`: those to choose from, and where every one is, by what the dataset and the corpus
 * `samples` call it. A checkout without the dataset builds a page without samples, with a warning.
 * @param folder holds captions.csv (image,caption,source,licence among its columns) and the images it names
 * @param opening JSON file of what the page opens with: a choice made by the weights
 */
export function samplePictures({
  folder,
  opening,
}: {
  readonly folder: string;
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
        return moduleOf({ fingerprint: '', right: [], hard: [] }, []);
      }
      this.addWatchFile(table);
      this.addWatchFile(opening);
      const captions = readCaptions(table);
      for (const path of captions.keys()) {
        const source = readFileSync(join(folder, path));
        this.emitFile({ type: 'asset', fileName: sampleFile(path).url.slice(1), source });
      }
      return moduleOf(readSets(opening, captions), [...captions.keys()]);
    },
  };
}

function moduleOf(sets: SampleSets, paths: readonly string[]): string {
  return `export const sampleSets = ${JSON.stringify(sets)}, samplePaths = ${JSON.stringify(paths)};`;
}

/** The first caption of every picture. */
function readCaptions(path: string): ReadonlyMap<string, CaptionRow> {
  const rows = parse<CaptionRow>(readFileSync(path, 'utf8'), {
    columns: true,
    skip_empty_lines: true,
    bom: true,
  });
  return new Map(rows.toReversed().map((row) => [row.image, row]));
}

function readSets(path: string, captions: ReadonlyMap<string, CaptionRow>): SampleSets {
  const { fingerprint, right, hard } = JSON.parse(readFileSync(path, 'utf8')) as OpeningFile;
  const toSample = ({ image, rivals, others }: Chosen): OpeningSample => {
    const row = captions.get(image);
    if (row === undefined) {
      throw new Error(`${path} names ${image}, which the sample lacks: run npm run -s opening`);
    }
    const { caption, source, licence } = row;
    return { ...sampleFile(image), caption, source, licence, rivals, others };
  };
  return {
    fingerprint,
    right: right.map((chosen) => toSample({ ...chosen, rivals: [] })),
    hard: hard.map(toSample),
  };
}
