import { readFile, readdir } from 'node:fs/promises';
import { basename, extname, join, relative } from 'node:path';
import { Command } from 'commander';
import { nodeDecoders } from '../../scripts/clip/node-runtime.ts';
import { runCommand } from '../../scripts/cli/run.ts';
import { UserError } from '../../scripts/cli/user-error.ts';
import { createImageDecoder, type ImageDecoder } from '../../src/clip/images/decode-image.ts';
import {
  comparePixels,
  OUTCOMES,
  type Comparison,
  type DecodedPicture,
  type Outcome,
} from './compare-pixels.ts';
import { startPillow } from './pillow.ts';

/** Suites hold files that claim more than any machine has; Pillow is asked about every one. */
const MAX_PIXELS = 100_000_000;

const EXTENSIONS = new Set(['.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.apng', '.gif', '.webp', '.avif']);

interface PictureRow extends Comparison {
  readonly suite: string;
  readonly file: string;
}

const program = new Command('compare-suites')
  .description(
    'Decode every picture of some folders (test suites of image libraries) by this project and by Pillow, compare sample by sample and print how many agree. PYTHON names the interpreter that has Pillow.',
  )
  .argument('<FOLDER...>', 'a suite each, searched through')
  .option('--json', 'JSON on stdout, a row a picture, in place of the table')
  .action(async (folders: readonly string[], { json = false }: { readonly json?: boolean }) => {
    const decode = createImageDecoder(await nodeDecoders());
    const pillow = startPillow(MAX_PIXELS);
    try {
      const rows: PictureRow[] = [];
      for (const folder of folders) {
        for (const path of await findPictures(folder)) {
          const comparison = comparePixels(await decodePicture(decode, path), await pillow.decode(path));
          rows.push({ suite: basename(folder), file: relative(folder, path), ...comparison });
        }
        process.stderr.write(`${folder}: done\n`);
      }
      process.stdout.write(json ? `${JSON.stringify({ rows }, null, 1)}\n` : countTable(rows));
    } finally {
      pillow.stop();
    }
  });

async function findPictures(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && EXTENSIONS.has(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name));
  if (paths.length === 0) throw new UserError(`${folder} holds no pictures`);
  return paths.sort();
}

async function decodePicture(decode: ImageDecoder, path: string): Promise<DecodedPicture | string> {
  const bytes = new Uint8Array(await readFile(path));
  try {
    return await decode(bytes, { maxPixels: MAX_PIXELS, shortSide: null }, ({ width, height, readRow }) => {
      const data = new Uint8Array(width * height * 3);
      for (let y = 0; y < height; y++) readRow(y, 0, width, data.subarray(y * width * 3));
      return { width, height, data };
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A Markdown table: a row a suite and one for all. */
function countTable(rows: readonly PictureRow[]): string {
  const suites = [...new Set(rows.map(({ suite }) => suite))];
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |\n`;
  const counts = (of: readonly PictureRow[]): number[] =>
    OUTCOMES.map((outcome: Outcome) => of.filter((row) => row.outcome === outcome).length);
  const body = suites.map((suite) => {
    const own = rows.filter((row) => row.suite === suite);
    return line([suite, own.length, ...counts(own)]);
  });
  return [
    line(['suite', 'pictures', ...OUTCOMES]),
    line(['---', '---', ...OUTCOMES.map(() => '---')]),
    ...body,
    line(['all', rows.length, ...counts(rows)]),
  ].join('');
}

await runCommand(program, process.argv);
