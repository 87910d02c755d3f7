import type { Plugin } from 'graphql-yoga';

/** What yoga hands to a hook: what there is so far, and functions that change it. */
type Payload = Record<string, unknown>;
type Hook = (payload: Payload) => unknown;

/** Of each hook's payload, the functions that change a member, and which; what a later hook sees is what the earlier ones set. */
const SETTERS = {
  onRequestParse: { setRequestParser: 'requestParser' },
  onParams: { setParams: 'params' },
  onExecute: { setExecuteFn: 'executeFn' },
  onResultProcess: { setResult: 'result' },
  onResponse: {},
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;
/** Functions after which no further hook of the kind runs. */
const ENDINGS = {
  onRequestParse: 'endResponse',
  onParams: null,
  onExecute: 'setResultAndStopExecution',
  onResultProcess: null,
  onResponse: null,
} as const;
/** One plugin has it, at most. */
const ALONE = ['onParse', 'onValidate'] as const;

type Joined = keyof typeof SETTERS;

/**
 * Several plugins as one, whose hooks run in the same order. To call one hook takes yoga a dozen closures and objects, in case it gives
 * a promise, so that twenty are a good part of what a short answer costs; here they are a loop. What a hook gives back beside a
 * promise is dropped: there are no hooks for later (`onExecuteDone`, `onRequestParseDone`).
 */
export function joinPlugins(plugins: readonly object[]): Plugin {
  const joined: Record<string, Hook> = {};
  const all = plugins as readonly Readonly<Record<string, Hook | undefined>>[];
  for (const name of Object.keys(SETTERS) as Joined[]) {
    const hooks = all.map((plugin) => plugin[name]).filter((hook) => hook !== undefined);
    if (hooks.length > 0) joined[name] = joinHooks(name, hooks);
  }
  for (const name of ALONE) {
    const hooks = all.map((plugin) => plugin[name]).filter((hook) => hook !== undefined);
    if (hooks.length > 1) throw new Error(`expected one plugin with ${name}, got ${hooks.length}`);
    if (hooks.length === 1) joined[name] = hooks[0];
  }
  return joined as Plugin;
}

function joinHooks(name: Joined, hooks: readonly Hook[]): Hook {
  const setters = Object.entries(SETTERS[name]) as [string, string][];
  const ending = ENDINGS[name];
  return (given) => {
    const payload: Payload = { ...given };
    for (const [setter, member] of setters) {
      const set = given[setter] as (value: unknown) => void;
      payload[setter] = (value: unknown): void => {
        payload[member] = value;
        set(value);
      };
    }
    const state = { hasEnded: false };
    if (ending !== null) {
      const end = given[ending] as (value: unknown) => void;
      payload[ending] = (value: unknown): void => {
        state.hasEnded = true;
        end(value);
      };
    }
    return runFrom(0, hooks, payload, state);
  };
}

function runFrom(
  first: number,
  hooks: readonly Hook[],
  payload: Payload,
  state: { readonly hasEnded: boolean },
): Promise<unknown> | undefined {
  for (let i = first; i < hooks.length && !state.hasEnded; i++) {
    const done = hooks[i](payload);
    if (done instanceof Promise) return done.then(() => runFrom(i + 1, hooks, payload, state));
  }
  return undefined;
}
