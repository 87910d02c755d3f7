import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';

const seededSchema = v.record(v.string(), v.string());

/** What starts have put into KV: by name, what tells their own doing from what someone else put there later. */
export type Seeded = Record<string, string>;

const seededPath = (state: string): string => join(state, 'seeded.json');

/** Empty when nothing was put there, or when the file is not ours. */
export async function readSeeded(state: string): Promise<Seeded> {
  const text = await readFile(seededPath(state), 'utf8').catch(() => '{}');
  try {
    return v.parse(seededSchema, JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof v.ValiError) return {};
    throw error;
  }
}

/** Notes one name more. */
export async function noteSeeded(state: string, name: string, mark: string): Promise<void> {
  const seeded = { ...(await readSeeded(state)), [name]: mark };
  await writeFile(seededPath(state), `${JSON.stringify(seeded, null, 2)}\n`);
}
