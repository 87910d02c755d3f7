import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measure } from './measure.ts';
import type { Shares } from './ranking.ts';
import { toMarkdown } from './report.ts';

/** Part of a model's metrics.json, and of its card between the markers of the same name. */
export type Part = 'photographs' | 'limits';

/** Measures and the encoder that they are of. */
export interface Committed {
  readonly fingerprint: string;
  readonly measures: readonly Measure[];
}

/** What another processor's rounding may move: near ties, of which a small set shows one as a whole picture. */
const TOLERANCE = 0.004;
/** Shares are written with four digits. */
const WRITTEN_DIGIT = 1e-4;

/** What metrics.json says of a part; null when it says nothing. */
export async function readCommitted(model: string, part: Part): Promise<Committed | null> {
  const metrics = await readMetrics(model);
  return (metrics[part] as Committed | undefined) ?? null;
}

/** Put a part into metrics.json and its table into the card, where it has the markers. */
export async function writeCommitted(model: string, part: Part, committed: Committed): Promise<void> {
  const metrics = { ...(await readMetrics(model)), [part]: committed };
  await writeFile(metricsPath(model), `${JSON.stringify(metrics, null, 1)}\n`);
  const card = join(model, 'README.md');
  if (!existsSync(card)) return;
  const text = await readFile(card, 'utf8');
  await writeFile(card, replaceBetween(text, part, toMarkdown(committed.measures)));
}

/** The text with a table in place of what stands between `<!-- part -->` and `<!-- end of part -->`; as it was without them. */
export function replaceBetween(text: string, part: Part | 'ablations', table: string): string {
  const [open, close] = [`<!-- ${part} -->`, `<!-- end of ${part} -->`];
  const from = text.indexOf(open);
  const to = text.indexOf(close, from);
  if (from < 0 || to < 0) return text;
  return `${text.slice(0, from + open.length)}\n\n${table}\n\n${text.slice(to)}`;
}

/**
 * Where measured numbers differ from the committed ones by more than rounding: one line a difference.
 * @param isWhole no set was missing, so that every committed line must have been measured
 */
export function differences(
  committed: readonly Measure[],
  measured: readonly Measure[],
  isWhole: boolean,
): string[] {
  const known = new Map(committed.map((measure) => [titleOf(measure), measure]));
  const found = measured.flatMap((measure) => {
    const before = known.get(titleOf(measure));
    known.delete(titleOf(measure));
    return before === undefined ? [`${titleOf(measure)}: not committed`] : differencesOf(before, measure);
  });
  const left = isWhole ? [...known.keys()].map((title) => `${title}: committed, not measured`) : [];
  return [...found, ...left];
}

function differencesOf(before: Measure, now: Measure): string[] {
  const title = titleOf(now);
  const counts = (['queries', 'choices', 'concepts'] as const)
    .filter((name) => before[name] !== now[name])
    .map((name) => `${title}, ${name}: committed ${before[name]}, measured ${now[name]}`);
  return [
    ...counts,
    ...shareDifferences(`${title}, top`, before.top, now.top, 1 / now.queries),
    ...shareDifferences(
      `${title}, mean of concepts`,
      before.overConcepts ?? {},
      now.overConcepts ?? {},
      1 / (now.concepts ?? 1),
    ),
    ...shareDifferences(`${title}, chance`, before.chance, now.chance, 0),
  ];
}

function shareDifferences(title: string, before: Shares, now: Shares, step: number): string[] {
  const allowed = Math.max(TOLERANCE, step) + WRITTEN_DIGIT;
  const cuts = new Set([...Object.keys(before), ...Object.keys(now)] as (keyof Shares)[]);
  return [...cuts]
    .filter((cut) => !(Math.abs((before[cut] ?? NaN) - (now[cut] ?? NaN)) <= allowed))
    .map((cut) => `${title} ${cut}: committed ${before[cut]}, measured ${now[cut]}`);
}

function titleOf({ split, task }: Measure): string {
  return `${split}: ${task}`;
}

async function readMetrics(model: string): Promise<Record<string, unknown>> {
  const path = metricsPath(model);
  if (!existsSync(path)) return {};
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
}

function metricsPath(model: string): string {
  return join(model, 'metrics.json');
}
