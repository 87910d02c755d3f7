import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { probability, probabilityInterval } from '../../src/core/calibration/calibration.ts';
import { decide } from '../../src/core/calibration/decisions.ts';
import { projectEmbedding, scoreProjected } from '../../src/core/scoring/scoring.ts';
import { cosineSimilarity } from '../../src/core/vector.ts';
import type { SelectionRecord } from '../../src/format/selection-record.ts';

/** What the tests of the score command share: a folder, the command in it, a score by the functions that the API calls. */

const ROOT = resolve(import.meta.dirname, '../..');
export const SAMPLE = join(ROOT, 'models/sample');
export const FIXTURES = join(ROOT, 'test/fixtures/datasets');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ScorePlace {
  readonly folder: string;
  readonly at: (name: string) => string;
  readonly put: (name: string, content: string | Uint8Array) => string;
  readonly run: (script: string, ...args: string[]) => Ran;
  /** Run the command where no file may be larger than so many blocks of 512 bytes, as on a disk that is full. */
  readonly runWithRoom: (blocks: number, script: string, ...args: string[]) => Ran;
  /** Start the command and kill it outright as soon as `isTime` holds. Resolves with the signal that ended it. */
  readonly runAndKill: (isTime: () => boolean, script: string, ...args: string[]) => Promise<string | null>;
  readonly table: (name: string) => Record<string, string>[];
}

export function createScorePlace(): ScorePlace {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-score-'));
  const at = (name: string): string => join(folder, name);
  const options = { cwd: folder, env: { ...process.env, ALIGNQL_STATE: at('state') } };
  const command = (script: string): string => join(ROOT, `scripts/${script}.ts`);
  return {
    folder,
    at,
    put: (name, content) => {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
      return at(name);
    },
    run: (script, ...args) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [command(script), ...args], {
        ...options,
        encoding: 'utf8',
      });
      return { status, stdout, stderr };
    },
    runWithRoom: (blocks, script, ...args) => {
      const limited = ['-c', `ulimit -f ${blocks}; exec "$0" "$@"`, process.execPath, command(script)];
      const { status, stdout, stderr } = spawnSync('sh', [...limited, ...args], {
        ...options,
        encoding: 'utf8',
      });
      return { status, stdout, stderr };
    },
    runAndKill: async (isTime, script, ...args) => {
      const child = spawn(process.execPath, [command(script), ...args], { ...options, stdio: 'ignore' });
      let ended: string | null | undefined;
      const exited = new Promise<void>((done) => {
        child.once('exit', (code, signal) => {
          ended = signal ?? String(code);
          done();
        });
      });
      while (ended === undefined && !isTime()) await new Promise((tick) => setTimeout(tick, 5));
      child.kill('SIGKILL');
      await exited;
      return ended ?? null;
    },
    table: (name) => parse(readFileSync(at(name)), { columns: true }),
  };
}

/** The six columns of a pair as the CSV writes them, from the functions that `align` calls. */
export function expectedScore(
  { model }: SelectionRecord,
  image: Float32Array,
  text: Float32Array,
  baseRate?: number,
): Record<string, string> {
  const score = scoreProjected(
    model,
    projectEmbedding(model, 'image', image),
    projectEmbedding(model, 'text', text),
  );
  const matched = probability(model.calibrator, score, baseRate);
  const [low, high] = probabilityInterval(model.calibrator, score, baseRate);
  return {
    cosine: String(cosineSimilarity(image, text)),
    score: String(score),
    probability: String(matched),
    low: String(low),
    high: String(high),
    decision: decide(model.calibrator, matched),
  };
}
