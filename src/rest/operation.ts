import { type Admission, askerOf } from '../access/caller.ts';
import { ledgerOf } from '../access/counters.ts';
import { lacksScopes } from '../access/refusal.ts';
import { AppError } from '../errors.ts';
import type { RequestTrace } from '../telemetry/request-trace.ts';
import type { ImageInput } from '../use-cases/inputs/given.ts';
import { type RequestScope, createRequestScope } from '../use-cases/request-scope.ts';
import { servicesOf } from '../use-cases/services.ts';
import { Refused } from './failure.ts';
import type { RootFields, Values } from './root-fields.ts';

/** What a route works with. */
export interface RestContext {
  readonly env: Env;
  readonly ctx: Pick<ExecutionContext, 'waitUntil'>;
  readonly admission: Admission;
  readonly trace: RequestTrace;
  readonly rootFields: RootFields;
}

/** What a request asks, as the root fields of GraphQL that it equals: together they are one operation. */
export interface Asked<Value> {
  readonly name: string;
  readonly fields: readonly (readonly [field: string, args: Values])[];
  /** All that it brings. */
  readonly images: readonly ImageInput[];
  readonly run: (scope: RequestScope) => Promise<Value>;
}

/**
 * Asks it as GraphQL would: at the same price, with the same scopes, from the same rate and budget, within the same limits.
 * @param told headers of the answer, whatever it is; what is charged is told in them
 * @throws Refused, AppError
 */
export async function runOperation<Value>(
  request: Request,
  { env, ctx, admission, trace, rootFields }: RestContext,
  { name, fields, images, run }: Asked<Value>,
  told: Headers,
): Promise<Value> {
  if (admission.kind === 'refused') throw new Refused(admission);
  trace.operation = name;
  const maxCost = servicesOf(env).maxCost();
  if (maxCost instanceof AppError) throw maxCost;
  const { cost, textPasses, heats, refusal, scopes } = rootFields.termsOf(fields, maxCost);
  told.set('x-cost', String(cost));
  if (refusal !== null) throw new AppError('LIMIT_EXCEEDED', refusal);
  if (admission.kind !== 'open') {
    const lacking = lacksScopes(admission, scopes);
    if (lacking !== null) throw new Refused(lacking);
    trace.charged = true;
    const charged = await ledgerOf(env).charge(admission, cost);
    for (const [header, value] of Object.entries(charged.headers)) told.set(header, value);
    if (charged.refusal !== null) throw new Refused(charged.refusal);
  }
  trace.cost = cost;
  const { sight } = admission;
  const scope = createRequestScope({ env, ctx, askedBy: askerOf(admission, request), sight }, request);
  scope.budget.textPasses = textPasses;
  scope.budget.heats = heats;
  await scope.embeddings.admitImages(images.filter(({ base64, upload }) => base64 != null || upload != null));
  return run(scope);
}
