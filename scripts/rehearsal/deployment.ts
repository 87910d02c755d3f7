import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { prepareKv, type Tell } from '../chaos/prepare-kv.ts';
import { serveBehindFaults } from '../chaos/serve.ts';
import type { ChaosOrder } from '../chaos/worker/fault-plan.ts';
import { readDeployment } from '../kv/deployment.ts';
import { openLocalNamespaces } from '../kv/local-kv.ts';
import type { Namespaces } from '../kv/namespaces.ts';
import { publishUnfit } from './published.ts';

/** Nothing goes wrong. A real deadline, in place of chaos' short one: pictures are encoded one by one the first time. */
const WELL: ChaosOrder = {
  seed: 0,
  isolate: 'well',
  isLast: false,
  rate: 0,
  stale: 'never',
  textRoute: 'worker',
  isOutage: false,
};
const VARS = { AI_TIMEOUT_MS: '60000' } as const;

/** The whole deployment in one workerd on free ports of the loopback, whose bindings fail on demand. */
export interface RehearsedDeployment {
  readonly state: string;
  /** Where it answers without any fault, but to orders of its own. */
  readonly server: string;
  /** Where it answers as `damage` has it: nobody who asks there knows. */
  readonly origin: string;
  /** From now on, in an isolate of its own. @param damage {} for none */
  readonly setDamage: (name: string, damage: Partial<ChaosOrder>) => void;
  close(): Promise<void>;
}

/** @param state an empty folder; its KV is filled as that of `npm run chaos` */
export async function openRehearsedDeployment(state: string, tell: Tell): Promise<RehearsedDeployment> {
  const old = await prepareKv(state, tell);
  Object.assign(old, await withNamespaces(state, publishUnfit));
  const server = await serveBehindFaults(state, old, tell);
  let order = WELL;
  const front = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const init = {
        method: request.method ?? 'GET',
        headers: { 'content-type': 'application/json', accept: '*/*', 'x-chaos': JSON.stringify(order) },
        ...(parts.length > 0 ? { body: Buffer.concat(parts) } : {}),
      };
      fetch(`${server.origin}${request.url}`, init).then(
        async (answer) => {
          response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
          response.end(await answer.text());
        },
        () => response.destroy(),
      );
    });
  });
  // Longer than any client keeps one: a connection that is closed while a request is on its way looks like a dead deployment.
  front.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  return {
    state,
    server: server.origin,
    origin: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    setDamage(name, damage) {
      order = { ...WELL, ...damage, isolate: name, vars: { ...VARS, ...damage.vars } };
    },
    async close() {
      await closeFront(front);
      await server.close();
    },
  };
}

function closeFront(front: Server): Promise<void> {
  return new Promise((resolve) => {
    front.close(() => resolve());
    front.closeAllConnections();
  });
}

/** Both namespaces of the local KV of a state folder, for as long as the work takes. */
export async function withNamespaces<T>(state: string, work: (kvs: Namespaces) => Promise<T>): Promise<T> {
  const { selections, corpora } = await readDeployment(false);
  const { kvs, close } = await openLocalNamespaces(state, [selections.id, corpora.id]);
  try {
    return await work({ selections: kvs[0], corpora: kvs[1] });
  } finally {
    await close();
  }
}
