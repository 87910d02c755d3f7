import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasWebpAlpha } from '../src/clip/images/webp-frame.ts';
import { cosineSimilarity } from '../src/core/vector.ts';
import { type BenchRow, inTurn, type Spread, spreadOf } from './measure.ts';
import { cpuMicroseconds } from './workerd/cpu.ts';
import { quantile, runLoad } from './workerd/load-run.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const IMAGES = join(ROOT, 'models/sample/images');
const ROUNDS = 3;
const INPUTS = 64;
/** Requests of a round, by clients. */
const AMOUNTS = {
  picture: new Map([
    [1, 32],
    [32, 192],
  ]),
  text: new Map([
    [1, 128],
    [32, 1600],
  ]),
} as const;
/** Of requests a second at 32 clients, against transformers.js. */
const TARGET = 2;
/** transformers.js scales pictures by another filter; texts have the same tokens. */
const MIN_COSINE = { picture: 0.95, text: 0.999 } as const;

const SIDES = {
  ours: ['scripts/encoder.ts', '--port', '0'],
  'transformers.js': ['bench/encoder-server/transformers-server.ts'],
  'one run at a time': ['bench/encoder-server/single-run-server.ts'],
} as const;
type Side = keyof typeof SIDES;
const NAMES = Object.keys(SIDES) as Side[];

/** Requests of one picture or one text each, from one client and from 32, to servers of the same model. */
export async function benchEncoderServer(tell: (line: string) => void): Promise<BenchRow[]> {
  const servers = new Map<Side, Running>();
  try {
    for (const side of NAMES) servers.set(side, await start(SIDES[side]));
    const rows: BenchRow[] = [];
    for (const [kind, bodies] of [
      ['picture', pictureBodies()],
      ['text', textBodies()],
    ] as const) {
      await assertAlike(kind, bodies.slice(0, 4), servers);
      for (const [clients, amount] of AMOUNTS[kind]) {
        tell(`${kind}s, clients: ${clients}`);
        const figures = await race(bodies, { connections: clients, amount }, servers);
        rows.push(...rowsOf(`${kind}s, clients: ${clients}`, clients, figures));
      }
    }
    return rows;
  } finally {
    for (const { child } of servers.values()) child.kill('SIGKILL');
  }
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
}

async function start(args: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, [...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const found = /ready at (http:\S+)\n/.exec(stdout)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)));
  });
  return { child, url };
}

/** Opaque ones of the sample set: transformers.js drops the alpha that ours lays over white. */
function pictureBodies(): string[] {
  const files = readdirSync(IMAGES)
    .filter((name) => name.endsWith('.webp'))
    .map((name) => readFileSync(join(IMAGES, name)))
    .filter((file) => !hasWebpAlpha(file));
  const step = Math.floor(files.length / INPUTS);
  return Array.from({ length: INPUTS }, (_, i) => {
    const input = `data:image/webp;base64,${files[i * step].toString('base64')}`;
    return JSON.stringify({ input, modality: 'image' });
  });
}

function textBodies(): string[] {
  return Array.from({ length: INPUTS }, (_, i) =>
    JSON.stringify({ input: `a photograph of a dog number ${i} on a green hill in the snow` }),
  );
}

async function assertAlike(
  kind: keyof typeof MIN_COSINE,
  bodies: readonly string[],
  servers: ReadonlyMap<Side, Running>,
): Promise<void> {
  for (const body of bodies) {
    const [ours, ...others] = await Promise.all(
      NAMES.map(async (side) => {
        const answer = await fetch(`${running(servers, side).url}/v1/embeddings`, { method: 'POST', body });
        const { data } = (await answer.json()) as { data: [{ embedding: number[] }] };
        return Float32Array.from(data[0].embedding);
      }),
    );
    for (const other of others) {
      const cosine = cosineSimilarity(ours, other);
      if (!(cosine >= MIN_COSINE[kind]))
        throw new Error(`${kind}: the sides gave vectors of cosine ${cosine}`);
    }
  }
}

/** Of each round. */
interface Figures {
  readonly rates: number[];
  readonly p99s: number[];
  /** CPU microseconds a request, of the server's process. */
  readonly cpus: number[];
}

async function race(
  bodies: readonly string[],
  load: { readonly connections: number; readonly amount: number },
  servers: ReadonlyMap<Side, Running>,
): Promise<ReadonlyMap<Side, Figures>> {
  const figures = new Map(NAMES.map((side) => [side, { rates: [], p99s: [], cpus: [] } as Figures]));
  const requests = bodies.map((body) => ({ body, check: () => undefined }));
  for (let round = -1; round < ROUNDS; round++) {
    for (const side of inTurn(NAMES, Math.abs(round))) {
      const { child, url } = running(servers, side);
      const before = cpuMicroseconds(child.pid ?? 0);
      const run = await runLoad(url, requests, { ...load, path: '/v1/embeddings' });
      const cpu = (cpuMicroseconds(child.pid ?? 0) - before) / load.amount;
      // The first one warms up.
      if (round < 0) continue;
      figures.get(side)?.rates.push(run.requestsPerSecond);
      figures.get(side)?.p99s.push(quantile(run.latencies, 0.99));
      figures.get(side)?.cpus.push(cpu);
    }
  }
  return figures;
}

function running(servers: ReadonlyMap<Side, Running>, side: Side): Running {
  const server = servers.get(side);
  if (server === undefined) throw new Error(`no server ${side}`);
  return server;
}

function rowsOf(name: string, clients: number, figures: ReadonlyMap<Side, Figures>): BenchRow[] {
  const ours = spreadsOf(figures.get('ours'));
  return NAMES.filter((side) => side !== 'ours').flatMap((side) => {
    const theirs = spreadsOf(figures.get(side));
    const target = side === 'transformers.js' && clients > 1 ? TARGET : null;
    // Of rates more is better, of times less.
    const rate = ours.rate.median / theirs.rate.median;
    return [
      {
        name,
        metric: 'rate',
        unit: 'requests/s',
        ours: ours.rate,
        rival: { name: side, ...theirs.rate },
        ratio: rate,
        target,
        met: target === null ? null : rate >= target,
      },
      {
        name: `${name}, p99`,
        metric: 'latency',
        unit: 'ms',
        ours: ours.p99,
        rival: { name: side, ...theirs.p99 },
        ratio: theirs.p99.median / ours.p99.median,
        target: null,
        met: null,
      },
      {
        name: `${name}, CPU`,
        metric: 'cpu',
        unit: 'µs',
        ours: ours.cpu,
        rival: { name: side, ...theirs.cpu },
        ratio: theirs.cpu.median / ours.cpu.median,
        target: null,
        met: null,
      },
    ];
  });
}

function spreadsOf(figures: Figures | undefined): Record<'rate' | 'p99' | 'cpu', Spread> {
  return {
    rate: spreadOf(figures?.rates ?? []),
    p99: spreadOf(figures?.p99s ?? []),
    cpu: spreadOf(figures?.cpus ?? []),
  };
}
