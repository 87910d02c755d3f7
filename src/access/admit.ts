import { AppError } from '../errors.ts';
import { type KeyStore, createKeyStore } from '../storage/key-store.ts';
import type { WaitUntil } from '../storage/shared-loads.ts';
import { createAccessDoor } from './access-tokens.ts';
import { readAccessVars } from './access-vars.ts';
import { type Admission, OPEN_CALLER } from './caller.ts';
import { readCounterDown } from './counters.ts';
import { admitKey } from './keys.ts';
import { readAccessMode } from './mode.ts';
import { notServing, unavailable } from './refusal.ts';

type Door = (request: Request, waitUntil: WaitUntil) => Admission | Promise<Admission>;

/** Of any Worker with this door: the variables of docs/access.md, and the keys where those ask for them. */
type DoorEnv = Pick<Env, 'SELECTIONS'>;

const doors = new WeakMap<object, Door>();

/**
 * Who asks, found once for every request before any route runs. It refuses nothing by itself: a route that is for everyone
 * (health) goes on, every other one answers the refusal in its own shape. Answers at once where nothing has to be read.
 */
export function admit(
  request: Request,
  env: DoorEnv,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
): Admission | Promise<Admission> {
  let door = doors.get(env);
  if (door === undefined) {
    door = openDoor(env);
    doors.set(env, door);
  }
  return door(request, (work) => ctx.waitUntil(work));
}

/** @throws AppError INTERNAL naming the variable that is missing or wrong, and what to set */
export function assertDoorVars(env: object): void {
  if (readAccessMode(env) === 'access') readAccessVars(env);
  readCounterDown(env);
}

/** Once an isolate: a wrong configuration is logged once, and refuses every request. */
function openDoor(env: DoorEnv): Door {
  try {
    assertDoorVars(env);
    switch (readAccessMode(env)) {
      case 'open':
        return () => OPEN_CALLER;
      case 'keys':
        return keyDoor(createKeyStore(env.SELECTIONS));
      case 'access':
        return createAccessDoor(readAccessVars(env));
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    console.error(error.message);
    return notServing;
  }
}

function keyDoor(keys: KeyStore): Door {
  return (request, waitUntil) => {
    const admission = admitKey(request.headers.get('authorization'), keys, Date.now(), waitUntil);
    return admission instanceof Promise ? admission.catch(refuseUnavailable) : admission;
  };
}

function refuseUnavailable(error: unknown): Admission {
  if (!(error instanceof AppError)) throw error;
  console.error('A key could not be looked up:', error);
  return unavailable(new AppError('STORAGE_FAILED', 'Keys cannot be checked at the moment; try again.'));
}
