/**
 * Runs in workerd, as a module in front of the pipeline Worker: every write to R2 and KV passes two points, before it and after it, and
 * at each of them somebody outside may end the machine.
 */

type Call = (...args: readonly unknown[]) => Promise<unknown>;
type Binding = Readonly<Record<string, Call>>;
type Env = Readonly<Record<string, Binding>> & {
  readonly KILLER: { fetch(url: string, init: object): Promise<unknown> };
};

interface Worker {
  fetch(request: Request, env: object, ctx: unknown): unknown;
  queue(batch: unknown, env: object, ctx: unknown): unknown;
}

const watched = new WeakMap<object, object>();

/** The Worker's env with its buckets and namespaces under watch: the same one for the same one. */
export function watchWrites(env: Env): object {
  const known = watched.get(env);
  if (known !== undefined) return known;
  const made = { ...env };
  for (const name of ['RUNS', 'SELECTIONS', 'CORPORA']) made[name] = watch(env, name);
  watched.set(env, made);
  return made;
}

function watch(env: Env, binding: string): Binding {
  const tell = (when: string, what: string): Promise<unknown> =>
    env.KILLER.fetch('http://killer/', { method: 'POST', body: `${when} ${what}` });
  return new Proxy(env[binding], {
    get(target, name) {
      const method = target[String(name)];
      if (typeof method !== 'function') return method;
      return async (...args: readonly unknown[]) => {
        const call = method.bind(target);
        if (name !== 'put' && name !== 'delete') return call(...args);
        const what = describeWrite(`${binding} ${name}`, args);
        await tell('before', what);
        const result = await call(...args);
        await tell('after', what);
        return result;
      };
    },
  });
}

/** What kind of write it is: without hashes and numbers, and of a run's state with its phase. */
function describeWrite(call: string, [keys, value]: readonly unknown[]): string {
  const key = String(Array.isArray(keys) ? keys[0] : keys)
    .replaceAll(/[0-9a-f]{32,}/g, '*')
    .replaceAll(/\d{6}/g, '#');
  if (!key.endsWith('/state.json')) return `${call} ${key}`;
  return `${call} ${key} (${(JSON.parse(String(value)) as { phase: string }).phase})`;
}

/** The Worker with all that it writes under watch; its Workflow is wrapped by the entry. */
export function behindWatch(worker: Worker): Worker {
  return {
    fetch: (request, env, ctx) => worker.fetch(request, watchWrites(env as Env), ctx),
    queue: (batch, env, ctx) => worker.queue(batch, watchWrites(env as Env), ctx),
  };
}
