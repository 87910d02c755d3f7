import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { UserError } from '../cli/user-error.ts';
import type { OpeningChoice } from './choose-opening.ts';

/** opening.json beside the weights: what the page opens with, and the encoder that it was chosen by. */
export interface OpeningFile extends OpeningChoice {
  /** Of the encoder that chose. The page says nothing of right and wrong when another one answers. */
  readonly fingerprint: string;
}

const SCHEMA = v.object({
  fingerprint: v.string(),
  margin: v.number(),
  right: v.array(v.object({ image: v.string(), others: v.array(v.string()) })),
  hard: v.array(
    v.object({
      image: v.string(),
      rivals: v.pipe(v.array(v.string()), v.minLength(1)),
      others: v.array(v.string()),
    }),
  ),
});

const NAME = 'opening.json';

/** @throws UserError when it is missing or malformed */
export async function readOpening(folder: string): Promise<OpeningFile> {
  const path = join(folder, NAME);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UserError(`${path} cannot be read; npm run -s opening makes it.`, { cause });
  });
  try {
    return v.parse(SCHEMA, JSON.parse(text));
  } catch (cause) {
    throw new UserError(`${path} is malformed; npm run -s opening makes it anew.`, { cause });
  }
}

export async function writeOpening(folder: string, opening: OpeningFile): Promise<void> {
  await writeFile(join(folder, NAME), `${JSON.stringify(opening, null, 2)}\n`);
}
