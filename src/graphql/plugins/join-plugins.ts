import type { Plugin } from 'graphql-yoga';

/** One of the hooks that several plugins may have. */
type Joined = 'onRequestParse' | 'onParams' | 'onExecute' | 'onResultProcess' | 'onResponse';
/** What yoga hands to a hook. */
type Given<Name extends Joined> = Parameters<NonNullable<Plugin[Name]>>[0];
export type Hook = (payload: object) => unknown;

/** One plugin has it, at most. */
const ALONE = ['onParse', 'onValidate'] as const;

/**
 * From what yoga hands to a hook to what the hooks of ours get: what they read of it, and functions that change a member. What a later
 * hook sees is what the earlier ones have set.
 */
const PAYLOADS: { readonly [Name in Joined]: (given: Given<Name>) => object } = {
  onRequestParse(given) {
    const payload = {
      request: given.request,
      requestParser: given.requestParser,
      setRequestParser(parser: NonNullable<typeof given.requestParser>): void {
        payload.requestParser = parser;
        given.setRequestParser(parser);
      },
    };
    return payload;
  },
  onParams(given) {
    const payload = {
      request: given.request,
      params: given.params,
      paramsHandler: given.paramsHandler,
      setParamsHandler: given.setParamsHandler,
      setParams(params: typeof given.params): void {
        payload.params = params;
        given.setParams(params);
      },
    };
    return payload;
  },
  onExecute(given) {
    const payload = {
      args: given.args,
      context: given.context,
      extendContext: given.extendContext,
      executeFn: given.executeFn,
      hasEnded: false,
      setExecuteFn(executeFn: typeof given.executeFn): void {
        payload.executeFn = executeFn;
        given.setExecuteFn(executeFn);
      },
      setResultAndStopExecution(result: Parameters<typeof given.setResultAndStopExecution>[0]): void {
        payload.hasEnded = true;
        given.setResultAndStopExecution(result);
      },
    };
    return payload;
  },
  onResultProcess(given) {
    const payload = {
      request: given.request,
      result: given.result,
      setResult(result: typeof given.result): void {
        payload.result = result;
        given.setResult(result);
      },
    };
    return payload;
  },
  onResponse: (given) => given,
};

/**
 * Several plugins as one, whose hooks run in the same order. To call one hook takes yoga a dozen closures and objects, in case it gives
 * a promise, so that twenty are a good part of what a short answer costs; here they are a loop. What a hook gives back beside a
 * promise is dropped: there are no hooks for later (`onExecuteDone`, `onRequestParseDone`).
 */
export function joinPlugins(plugins: readonly object[]): Plugin {
  const joined: Record<string, Hook> = {};
  for (const name of Object.keys(PAYLOADS) as Joined[]) {
    const hooks = hooksOf(plugins, name);
    const toPayload = PAYLOADS[name] as (given: object) => object;
    if (hooks.length > 0) joined[name] = (given) => runHooks(hooks, toPayload(given));
  }
  for (const name of ALONE) {
    const hooks = hooksOf(plugins, name);
    if (hooks.length > 1) throw new Error(`expected one plugin with ${name}, got ${hooks.length}`);
    if (hooks.length === 1) joined[name] = hooks[0];
  }
  return joined as Plugin;
}

/** The hooks of one kind, in the order of the plugins. */
export function hooksOf(plugins: readonly object[], name: Joined | (typeof ALONE)[number]): readonly Hook[] {
  const all = plugins as readonly Readonly<Record<string, Hook | undefined>>[];
  return all.map((plugin) => plugin[name]).filter((hook) => hook !== undefined);
}

/**
 * Runs hooks of one kind one after the other, none after one that has ended it (`hasEnded` of the payload).
 * @returns a promise where a hook gives one, else nothing: all have run
 */
export function runHooks(
  hooks: readonly Hook[],
  payload: { readonly hasEnded?: boolean },
  first = 0,
): Promise<undefined> | undefined {
  for (let i = first; i < hooks.length && payload.hasEnded !== true; i++) {
    const done = hooks[i](payload);
    if (done instanceof Promise) return done.then(() => runHooks(hooks, payload, i + 1));
  }
  return undefined;
}
