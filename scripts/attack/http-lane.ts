import type { AttackRequest, Deployment, RequestTools } from './attack-request.ts';
import { caseRandom } from './case-random.ts';
import { type HttpClient, openHttpClient } from './http-client.ts';
import { judgeAnswer } from './judge-answer.ts';
import { markerOf, secretsOf } from './leaks.ts';
import { BOUNDS, type Outcome } from './outcome.ts';
import type { ServerProcess } from './server-processes.ts';
import type { Target } from './target.ts';

/** What the HTTP cases need, and what they see beside their answers. */
export interface HttpLane {
  readonly deployment: Deployment;
  /** Sends one case, another caller's `{ __typename }` beside it, and judges both. */
  readonly tryCase: (makeRequest: RequestMaker, className: string, number: number) => Promise<Outcome>;
  /** workerd processes that were replaced by others since the last call. */
  readonly takeRestarts: () => number;
  /** Milliseconds that another caller waited at most. */
  readonly slowestOtherMs: () => number;
  readonly close: () => void;
}

export type RequestMaker = (tools: RequestTools) => AttackRequest;

const OTHER_CALLER = {
  method: 'POST',
  path: '/graphql',
  headers: { 'content-type': 'application/json', accept: 'application/json' },
  body: new TextEncoder().encode('{"query":"{ __typename }"}'),
} as const;

/** @param server null where the operating system does not tell of it: then neither CPU nor restarts are known */
export async function openHttpLane(
  target: Target,
  server: ServerProcess | null,
  seed: number,
): Promise<HttpLane> {
  const client = openHttpClient(target.origin);
  const other = openHttpClient(target.origin);
  const secrets = secretsOf(target.state === null ? [] : [target.state]);
  const deployment = await readDeployment(client);
  // Answers that a server keeps from an earlier attack are other callers' too.
  const run = process.pid;
  let ids = server?.ids().join() ?? '';
  let slowestOtherMs = 0;

  const askOther = async (): Promise<string | null> => {
    const from = performance.now();
    const { status, text } = await other.send(OTHER_CALLER);
    const waitedMs = performance.now() - from;
    slowestOtherMs = Math.max(slowestOtherMs, waitedMs);
    if (status !== 200 || !text.includes('"__typename":"Query"'))
      return `another caller got ${status}: ${text.slice(0, 200)}`;
    return waitedMs > BOUNDS.otherCallerMs ? `another caller waited ${Math.round(waitedMs)} ms` : null;
  };

  return {
    deployment,
    async tryCase(makeRequest, className, number) {
      const marker = markerOf(run, number);
      const request = makeRequest({ ...deployment, random: caseRandom(seed, className, number), marker });
      const before = server?.cpuMs() ?? 0;
      const [answer, complaint] = await Promise.allSettled([client.send(request), askOther()]);
      const cpuMs = (server?.cpuMs() ?? 0) - before;
      if (answer.status === 'rejected') return failed(`no answer: ${String(answer.reason)}`, cpuMs);
      const outcome = judgeAnswer(request, answer.value, { cpuMs, secrets, marker });
      if (complaint.status === 'rejected')
        return failed(`another caller got no answer: ${String(complaint.reason)}`, cpuMs);
      return complaint.value === null ? outcome : { ...outcome, verdict: 'fault', why: complaint.value };
    },
    takeRestarts() {
      const now = server?.ids().join() ?? '';
      const restarts = Number(now !== ids);
      ids = now;
      return restarts;
    },
    slowestOtherMs: () => slowestOtherMs,
    close() {
      client.close();
      other.close();
    },
  };
}

function failed(why: string, cpuMs: number): Outcome {
  return { verdict: 'fault', why, cpuMs, answerBytes: 0 };
}

async function readDeployment(client: HttpClient): Promise<Deployment> {
  const body = new TextEncoder().encode('{"query":"{ encoder { id dim } }"}');
  const { status, text } = await client.send({ ...OTHER_CALLER, body });
  const encoder =
    status === 200
      ? (JSON.parse(text) as { data?: { encoder?: { id: string; dim: number } } }).data?.encoder
      : undefined;
  if (!encoder) throw new Error(`expected the encoder of the server, got ${status}: ${text.slice(0, 300)}`);
  return { encoderId: encoder.id, dim: encoder.dim };
}
