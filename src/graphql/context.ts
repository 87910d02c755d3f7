import { type Caller, askerOf } from '../access/caller.ts';
import type { AppError } from '../errors.ts';
import { type RequestScope, createRequestScope } from '../use-cases/request-scope.ts';
import { servicesOf } from '../use-cases/services.ts';
import { callerOf } from './plugins/access.ts';
import type { WorkerContext } from './request-notes.ts';

/** What resolvers get, made anew for every request. */
export interface GraphqlContext extends RequestScope {
  /** Who asks. */
  readonly caller: Caller;
  /** What the operation costs, in the units of `@cost`; set before anything of it runs. */
  readonly cost: number;
  /** What an operation may cost at most; an error where the deployment's variable is wrong, and then nothing runs. */
  readonly maxCost: () => number | AppError;
}

export function createContext({ env, ctx, admission }: WorkerContext, request: Request): GraphqlContext {
  const caller = callerOf(admission);
  const askedBy = askerOf(caller, request);
  const scope = createRequestScope({ env, ctx, askedBy, sight: caller.sight }, request);
  return Object.assign(scope, { caller, cost: 0, maxCost: servicesOf(env).maxCost });
}
