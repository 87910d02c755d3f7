import { type ChaosOrder, FaultPlan } from './fault-plan.ts';
import { type Ai, faultyAi } from './faulty-ai.ts';
import { type Kv, type OldValues, faultyKv } from './faulty-kv.ts';

interface ChaosEnv {
  readonly AI: Ai;
  readonly SELECTIONS: Kv;
  readonly CORPORA: Kv;
  readonly CHAOS_OLD_VALUES: OldValues;
}

interface Worker {
  fetch(request: Request, env: object, ctx: unknown): Promise<Response> | Response;
}

/** One `env` a simulated isolate: everything that the Worker keeps hangs on it. */
const isolates = new Map<string, { readonly env: object; readonly plan: FaultPlan }>();

/** The API Worker behind bindings that fail: the request's header x-chaos says how (ChaosOrder). */
export function behindFaults(worker: Worker): Worker {
  return {
    async fetch(request, env, ctx) {
      const header = request.headers.get('x-chaos');
      if (header === null) return worker.fetch(request, env, ctx);
      const order = JSON.parse(header) as ChaosOrder;
      const name = `${order.seed} ${order.isolate}`;
      const isolate = isolates.get(name) ?? openIsolate(env as ChaosEnv, order);
      if (order.isLast) isolates.delete(name);
      else isolates.set(name, isolate);
      const { log } = isolate.plan;
      const before = log.length;
      const response = await worker.fetch(request, isolate.env, ctx);
      const body = await response.text();
      const headers = new Headers(response.headers);
      headers.set('x-chaos-faults', log.slice(before).join(','));
      return new Response(body, { status: response.status, headers });
    },
  };
}

function openIsolate(env: ChaosEnv, order: ChaosOrder): { env: object; plan: FaultPlan } {
  const plan = new FaultPlan(order);
  const old = env.CHAOS_OLD_VALUES;
  return {
    plan,
    env: withVars(order.vars, {
      ...env,
      TEXT_ROUTE: order.textRoute,
      AI: faultyAi(env.AI, plan),
      SELECTIONS: faultyKv(env.SELECTIONS, 'SELECTIONS', old, plan),
      CORPORA: faultyKv(env.CORPORA, 'CORPORA', old, plan),
    }),
  };
}

function withVars(vars: ChaosOrder['vars'] = {}, env: object): object {
  const changed = Object.entries({ ...env, ...vars }).filter(([, value]) => value !== null);
  return Object.fromEntries(changed);
}
