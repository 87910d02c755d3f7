import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listEntries } from '../../src/storage/kv-calls.ts';
import { runNode } from '../cli/run-node.ts';
import type { Finding } from '../doctor/endpoint/finding.ts';
import type { Namespaces } from '../kv/namespaces.ts';
import type { Problem } from '../doctor/storage-report.ts';
import type { ProjectKv } from '../kv/local-kv.ts';
import { PROJECT_ROOT } from '../kv/project.ts';
import { findFreePort } from '../start/free-port.ts';
import { type RehearsedDeployment, withNamespaces } from './deployment.ts';
import { ENDPOINT_DAMAGES, type EndpointDamage } from './endpoint-damages.ts';
import { publishToDamage } from './published.ts';
import { STORAGE_DAMAGES, type StorageDamage } from './storage-damages.ts';

/** What the doctor made of a state. */
export interface RehearsalRow {
  readonly state: string;
  readonly option: '--endpoint' | '--storage';
  /** Of what is to be found, else what it said first; of a deployment that is well, what it looked at. */
  readonly said: string;
  readonly exitCode: number | null;
  /** Of a damage: it was named, and the exit code was 1. Of a state that is well: all was looked at, nothing named, and it was 0. */
  readonly held: boolean;
}

export interface Damages {
  readonly endpoint: readonly EndpointDamage[];
  readonly storage: readonly StorageDamage[];
}

const ALL: Damages = { endpoint: ENDPOINT_DAMAGES, storage: STORAGE_DAMAGES };
const WELL = 'nothing is wrong';
/** Only so that what never becomes ready ends: a cold start takes seconds. */
const MOST_WAIT_MS = 300_000;
const PAUSE_MS = 1_000;
const SCRIPT = join(PROJECT_ROOT, 'scripts/doctor.ts');

/** Runs the command itself on the deployment and on its KV while they are well, then with each damage, one at a time. */
export async function rehearse(
  deployment: RehearsedDeployment,
  onRow: (row: RehearsalRow) => void,
  damages: Damages = ALL,
): Promise<RehearsalRow[]> {
  const rows: RehearsalRow[] = [];
  const add = (row: RehearsalRow): void => {
    rows.push(row);
    onRow(row);
  };
  await rehearseEndpoint(deployment, damages.endpoint, add);
  await withNamespaces(deployment.state, (kvs) =>
    rehearseStorage(kvs, deployment.state, damages.storage, add),
  );
  return rows;
}

async function rehearseEndpoint(
  deployment: RehearsedDeployment,
  damages: readonly EndpointDamage[],
  add: (row: RehearsalRow) => void,
): Promise<void> {
  for (const { state, check, said, order } of [
    { state: WELL, check: null, said: null, order: {} },
    ...damages,
  ]) {
    deployment.setDamage(state, order ?? {});
    const url = order === null ? `http://127.0.0.1:${await findFreePort()}` : deployment.origin;
    if (check === null) await untilReady(url);
    const { exitCode, printed, told } = await runDoctor(deployment.state, ['--endpoint', url]);
    const { findings = [] } = printed as { readonly findings?: readonly Finding[] };
    const wrong = findings.filter((finding) => finding.state === 'wrong');
    const named = wrong.find((finding) => finding.check === check && (said ?? /(?:)/).test(finding.found));
    const first = named ?? wrong.at(0);
    const isWell = findings.length > 0 && findings.every((finding) => finding.state === 'ok');
    add({
      state,
      option: '--endpoint',
      said: first ? `${first.check}: ${first.found}` : isWell ? `well: ${listed(findings)}` : told,
      exitCode,
      held: check === null ? exitCode === 0 && isWell : exitCode === 1 && named !== undefined,
    });
  }
}

/** A cold encoder on a busy machine is not ready at first: what is well is so in the end. @throws Error with what is not, after minutes */
async function untilReady(origin: string): Promise<void> {
  const end = Date.now() + MOST_WAIT_MS;
  for (;;) {
    const answer = await fetch(`${origin}/ready`);
    const said = await answer.text();
    if (answer.ok) return;
    if (Date.now() > end) throw new Error(`the deployment does not become ready: ${said}`);
    await sleep(PAUSE_MS);
  }
}

async function rehearseStorage(
  kvs: Namespaces,
  state: string,
  damages: readonly StorageDamage[],
  add: (row: RehearsalRow) => void,
): Promise<void> {
  const published = await publishToDamage(kvs);
  const restore = await keepAll(kvs);
  const well: StorageDamage = { state: WELL, damage: () => Promise.resolve(), found: () => [] };
  for (const damage of [well, ...damages]) {
    await damage.damage(published);
    const { exitCode, printed, told } = await runDoctor(state, ['--storage']);
    const { storage } = printed as { readonly storage?: { readonly problems: readonly Problem[] } };
    const problems = storage?.problems ?? [];
    const found = problems.map(({ kind, key }) => `${kind} ${key}`).sort();
    const expected = damage.found(published);
    add({
      state: damage.state,
      option: '--storage',
      said: problems.map(({ kind, key, what }) => `${kind} ${shortKey(key)}: ${what}`).join('; ') || told,
      exitCode,
      held: exitCode === (expected.length > 0 ? 1 : 0) && JSON.stringify(found) === JSON.stringify(expected),
    });
    await restore();
  }
}

function listed(findings: readonly Finding[]): string {
  return findings.map(({ check }) => check).join(', ');
}

function shortKey(key: string): string {
  return key.replace(/[0-9a-f]{64}/, (hash) => `${hash.slice(0, 8)}…`);
}

/** @returns what puts everything back as it is now */
async function keepAll({ selections, corpora }: Namespaces): Promise<() => Promise<void>> {
  const kept = await Promise.all(
    [selections, corpora].map(async (kv) => ({ kv, values: await valuesOf(kv) })),
  );
  return async () => {
    for (const { kv, values } of kept) {
      const names = (await listEntries(kv, '')).map(({ name }) => name);
      await kv.deleteMany(names.filter((name) => !values.has(name)));
      for (const [name, { value, metadata }] of values) await kv.put(name, value, { metadata });
    }
  };
}

interface Kept {
  readonly value: Uint8Array;
  readonly metadata: object;
}

async function valuesOf(kv: ProjectKv): Promise<Map<string, Kept>> {
  const values = new Map<string, Kept>();
  for (const { name, metadata } of await listEntries(kv, '')) {
    const value = new Uint8Array((await kv.get(name, { type: 'arrayBuffer' })) ?? new ArrayBuffer());
    values.set(name, { value, metadata: metadata as object });
  }
  return values;
}

interface Ran {
  readonly exitCode: number | null;
  /** Its stdout; {} where that is no JSON. */
  readonly printed: object;
  /** The last line of its stderr. */
  readonly told: string;
}

async function runDoctor(state: string, args: readonly string[]): Promise<Ran> {
  const { exitCode, stdout, stderr } = await runNode([SCRIPT, ...args], {
    environment: { ALIGNQL_STATE: state },
  });
  return {
    exitCode,
    printed: readJson(stdout.toString()),
    told: stderr.trimEnd().split('\n').at(-1) ?? '',
  };
}

function readJson(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}
