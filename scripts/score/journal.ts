import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { explainWrite } from '../files/file-access.ts';

/**
 * A file that grows window by window and survives being cut: `OUT.partial` holds the rows, `OUT.partial.json` how many of
 * its bytes count. Bytes beyond that, of a window that was being written, are cut off when the next run goes on.
 */
export interface Journal {
  readonly path: string;
  readonly state: JournalState;
  /** Whether one of another run lay there, which is lost. */
  readonly hasReplaced: boolean;
  /** Add the text of `rows` more rows, then say so in the state file. */
  append(text: string, rows: number, tally: Tally): Promise<void>;
  close(): Promise<void>;
}

/** Decisions so far, rows without any, and those UNCERTAIN for being out of domain. */
export interface Tally {
  readonly match: number;
  readonly mismatch: number;
  readonly uncertain: number;
  readonly failed: number;
  readonly outside: number;
}

interface JournalState {
  readonly run: string;
  readonly rows: number;
  readonly bytes: number;
  readonly tally: Tally;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const stateSchema = v.object({
  run: v.string(),
  rows: count,
  bytes: count,
  tally: v.object({ match: count, mismatch: count, uncertain: count, failed: count, outside: count }),
});
const ADVICE = 'Make room; the same command then continues where it stopped.';
const NOTHING_YET: Tally = { match: 0, mismatch: 0, uncertain: 0, failed: 0, outside: 0 };

/**
 * Go on with the journal of the same run, or begin one.
 * @param run what decides the content: another run's journal is thrown away
 * @param header the first line
 * @throws UserError when it cannot be written, as `append` does
 */
export async function openJournal(out: string, run: string, header: string): Promise<Journal> {
  const path = `${out}.partial`;
  return explainWrite(path, ADVICE, () => openAt(path, out, run, header));
}

async function openAt(path: string, out: string, run: string, header: string): Promise<Journal> {
  const found = await readState(out);
  const known = found?.run === run ? found : null;
  const file = await open(path, known === null ? 'w' : 'r+');
  let state = known ?? { run, rows: 0, bytes: 0, tally: NOTHING_YET };
  await file.truncate(state.bytes);
  const write = async (text: string, rows: number, tally: Tally): Promise<void> => {
    const bytes = Buffer.from(text);
    await writeAll(file, bytes, state.bytes);
    // The rows reach the disk before the state that counts them.
    await file.datasync();
    state = { run, rows: state.rows + rows, bytes: state.bytes + bytes.length, tally };
    await writeState(out, state);
  };
  if (known === null) await write(header, 0, NOTHING_YET);
  return {
    path,
    hasReplaced: found !== null && known === null,
    get state() {
      return state;
    },
    append: (text, rows, tally) => explainWrite(path, ADVICE, () => write(text, rows, tally)),
    close: () => file.close(),
  };
}

/**
 * Put the finished file in its place; what is left of the journal goes.
 * @param finish makes the file from the journal's and gives its path
 * @throws UserError when it cannot be written
 */
export async function finishJournal(
  out: string,
  finish: (journal: string) => Promise<string>,
): Promise<void> {
  await explainWrite(out, ADVICE, async () => {
    await rename(await finish(`${out}.partial`), out);
    await rm(stateFile(out), { force: true });
    await rm(`${out}.partial`, { force: true });
  });
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function writeState(out: string, state: JournalState): Promise<void> {
  const temporary = `${stateFile(out)}.tmp`;
  await writeFile(temporary, JSON.stringify(state));
  await rename(temporary, stateFile(out));
}

/** Null when there is no journal, or its rows are not all there. */
async function readState(out: string): Promise<JournalState | null> {
  const text = await readFile(stateFile(out), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), stateSchema), text);
  if (!parsed.success) return null;
  const size = await open(`${out}.partial`).then(
    async (file) => {
      const info = await file.stat();
      await file.close();
      return info.size;
    },
    () => -1,
  );
  return size >= parsed.output.bytes ? parsed.output : null;
}

function stateFile(out: string): string {
  return `${out}.partial.json`;
}
