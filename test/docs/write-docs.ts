import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { ROOT } from './read-docs.ts';

/**
 * ALIGNQL_WRITE_DOCS=1 npx vitest run --project served test/docs: after a change of the encoder the documents get the answers and
 * figures that these tests find, where they otherwise compare.
 */
export const isWriting = Boolean(process.env.ALIGNQL_WRITE_DOCS);

const DIGITS = 3;
const SHORT_LINE = 60;

/** Change a document and lay it out as `npm run format` wants it. */
export async function writeDocument(file: string, change: (text: string) => string): Promise<void> {
  const path = ROOT + file;
  const changed = change(await readFile(path, 'utf8'));
  const options = await resolveConfig(path);
  await writeFile(path, await format(changed, { ...options, filepath: path }));
}

/** An answer as documents show it: numbers of three digits, an object of plain values or of few on one line. */
export function showAnswer(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toFixed(DIGITS)));
  if (Array.isArray(value)) return `[${value.map(showAnswer).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${showAnswer(item)}`);
  const line = `{ ${entries.join(', ')} }`;
  const isPlain = Object.values(value).every((item) => typeof item !== 'object' || item === null);
  // Prettier keeps an object open that begins with a new line.
  return isPlain || line.length < SHORT_LINE ? line : `{\n${entries.join(',\n')} }`;
}
