import { describe, expect, it } from 'vitest';
import { joinPlugins } from '../../src/graphql/plugins/join-plugins.ts';

type Payload = Record<string, unknown>;
type Hook = (payload: Payload) => unknown;

/** Calls a hook as yoga does: with functions that change what yoga keeps. */
async function execute(plugins: readonly object[]): Promise<Payload> {
  const kept: Payload = { executeFn: 'yoga', result: null };
  const { onExecute } = joinPlugins(plugins) as unknown as { readonly onExecute: Hook };
  await onExecute({
    executeFn: kept.executeFn,
    setExecuteFn: (fn: unknown) => (kept.executeFn = fn),
    setResultAndStopExecution: (result: unknown) => (kept.result = result),
  });
  return kept;
}

describe('joinPlugins', () => {
  it('runs hooks in order, each after the promise of the one before', async () => {
    const order: number[] = [];
    const late: Hook = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      order.push(1);
    };
    await execute([{ onExecute: late }, {}, { onExecute: () => order.push(2) }]);
    expect(order).toEqual([1, 2]);
  });

  it('waits for nothing where no hook gives a promise', () => {
    const { onResponse } = joinPlugins([{ onResponse: () => 1 }]) as unknown as { readonly onResponse: Hook };
    expect(onResponse({})).toBeUndefined();
  });

  it('shows a hook what the ones before have set', async () => {
    const seen: unknown[] = [];
    const set =
      (fn: string): Hook =>
      (payload) => {
        seen.push(payload.executeFn);
        (payload.setExecuteFn as Hook)(fn as unknown as Payload);
      };
    expect(await execute([{ onExecute: set('a') }, { onExecute: set('b') }])).toMatchObject({
      executeFn: 'b',
    });
    expect(seen).toEqual(['yoga', 'a']);
  });

  it.each([true, false])('ends where a hook gives the result (a promise before: %s)', async (waits) => {
    const end: Hook = ({ setResultAndStopExecution }) => {
      (setResultAndStopExecution as Hook)({ errors: [] });
      return waits ? Promise.resolve() : undefined;
    };
    const never: Hook = () => {
      throw new Error('a hook behind the end');
    };
    expect(await execute([{ onExecute: end }, { onExecute: never }])).toMatchObject({
      result: { errors: [] },
    });
  });

  it('throws what a hook throws, and rejects as a hook does', async () => {
    const fails =
      (error: Error): Hook =>
      () => {
        throw error;
      };
    await expect(execute([{ onExecute: fails(new Error('at once')) }])).rejects.toThrow('at once');
    const rejects: Hook = () => Promise.reject(new Error('later'));
    await expect(
      execute([{ onExecute: rejects }, { onExecute: fails(new Error('too late')) }]),
    ).rejects.toThrow('later');
  });

  it('has only the hooks that some plugin has, and one of those that cannot be joined', () => {
    expect(Object.keys(joinPlugins([{ onParse: () => 1 }, { onParams: () => 2 }]))).toEqual([
      'onParams',
      'onParse',
    ]);
    expect(() => joinPlugins([{ onParse: () => 1 }, { onParse: () => 2 }])).toThrow(
      'one plugin with onParse, got 2',
    );
  });
});
