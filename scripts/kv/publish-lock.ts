import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import * as v from 'valibot';
import { ownerOf, ownerPrefix } from '../../src/format/kv-keys.ts';
import { listEntries } from '../../src/storage/kv-calls.ts';
import { tell } from '../cli/messages.ts';
import { wholeNumber } from '../cli/options.ts';
import { UserError } from '../cli/user-error.ts';
import type { ProjectKv } from './local-kv.ts';

const LOCK_PREFIX = 'lock:v1:';
/** Of a lock whose owner does not say that it still works; KV takes no less than 60 s. */
const TTL_SECONDS = 120;
const RENEW_MS = 40_000;
const POLL_MS = 100;
const WAIT_SECONDS = 60;

/** Of the commands that write under the lock. */
export const WAIT_OPTION = [
  '--wait <seconds>',
  'how long to wait for somebody else who is writing the same name',
  wholeNumber(0, 3600),
  WAIT_SECONDS,
] as const;

/** What a lock is for: one name, or all there is. */
export const EVERYTHING = '*';

const ownerSchema = v.object({ host: v.string(), pid: v.number(), by: v.string(), since: v.string() });
type Owner = v.InferOutput<typeof ownerSchema>;

interface Intent {
  readonly key: string;
  readonly owner: Owner;
}

interface Options {
  /** How long to wait for whoever is at it. */
  readonly waitMs?: number;
}

/** Who publishes, for the history of a name: the user of this machine. */
export function whoPublishes(): string {
  try {
    return userInfo().username;
  } catch {
    return ''; // a user without an entry in the system's list, as in some containers
  }
}

/**
 * Runs the work while nobody else works on the same scope: of two publishers the second waits for the first, so that what one has
 * read is still so when it writes. KV has no compare-and-set. Everybody writes an intent of his own, and only then lists those of the others;
 * whoever sees none may work. Of two that write at the same moment at least one sees the other; of two that see one another, the one
 * whose key is the higher withdraws. Who waits with an intent renews it, as who works does. On the local server's KV, where a list shows every write before it, this keeps them apart. In an account
 * a list may lag by a minute: there it keeps apart only those that start further apart than that.
 * Whom it waits for is told, and so is a lock that a process of this machine left when it was killed.
 * @param name of a selection or corpus, or EVERYTHING; names of one owner are one scope, since a quota counts them together
 * @throws UserError when somebody else is still at it after `waitMs`
 */
export async function withPublishLock<T>(
  kv: ProjectKv,
  name: string,
  work: () => Promise<T>,
  { waitMs = 1000 * WAIT_SECONDS }: Options = {},
): Promise<T> {
  const owner = ownerOf(name);
  const scope = owner === null ? name : ownerPrefix(owner);
  const key = `${LOCK_PREFIX}${scope}:${randomUUID()}`;
  const holder: Owner = {
    host: hostname(),
    pid: process.pid,
    by: whoPublishes(),
    since: new Date().toISOString(),
  };
  const announce = (): Promise<void> =>
    kv.put(key, JSON.stringify(holder), { metadata: holder, expirationTtl: TTL_SECONDS });
  const withdraw = (): Promise<void> => kv.deleteMany([key]);
  try {
    await acquire(kv, { key, scope, announce, withdraw, until: Date.now() + waitMs });
    // The last must have ended before the intent is withdrawn: it would stand again.
    let renewed = Promise.resolve();
    const renewal = setInterval(() => {
      renewed = announce().catch(() => undefined);
    }, RENEW_MS);
    try {
      return await work();
    } finally {
      clearInterval(renewal);
      await renewed;
    }
  } finally {
    await withdraw();
  }
}

interface Attempt {
  readonly key: string;
  readonly scope: string;
  readonly announce: () => Promise<void>;
  readonly withdraw: () => Promise<void>;
  /** Milliseconds since 1970. */
  readonly until: number;
}

async function acquire(kv: ProjectKv, attempt: Attempt): Promise<void> {
  const { key, scope, announce, withdraw, until } = attempt;
  let isTold = false;
  for (;;) {
    // Every round writes it anew, and nobody returns but from one: an intent that had expired while its owner waited would keep nobody out.
    const announcedAt = Date.now();
    const stands = (): boolean => Date.now() - announcedAt < RENEW_MS;
    await announce();
    let others = await othersAt(kv, attempt);
    if (others.length === 0 && stands()) return;
    if (others.length === 0) continue; // stopped for so long that it may be gone
    if (!isTold) tell(`waiting for ${inWords(others[0].owner)}`);
    isTold = true;
    const yields = others.some((other) => other.key < key);
    if (yields) await withdraw();
    while (others.length > 0 && (yields || stands())) {
      if (Date.now() > until) throw stillBusy(scope, others[0].owner);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      others = await othersAt(kv, attempt);
      if (!yields && others.some((other) => other.key < key)) break; // begins again, by withdrawing
    }
  }
}

/** Intents of the same scope, or of everything, whose owners are alive; those of this machine's dead are removed. */
async function othersAt(kv: ProjectKv, { key, scope }: Attempt): Promise<Intent[]> {
  const found: Intent[] = [];
  for (const { name, metadata } of await listEntries(kv, LOCK_PREFIX)) {
    const theirs = name.slice(LOCK_PREFIX.length, name.lastIndexOf(':'));
    const meets = scope === EVERYTHING || theirs === EVERYTHING || theirs === scope;
    const owner = v.safeParse(ownerSchema, metadata);
    if (name === key || !meets || !owner.success) continue;
    if (isDead(owner.output)) {
      await kv.deleteMany([name]);
      tell(`note: removed the lock that ${inWords(owner.output)} left: that process has ended`);
    } else found.push({ key: name, owner: owner.output });
  }
  return found;
}

/** Whether a process of this machine is gone; of other machines' nothing is known: their locks expire. */
function isDead({ host, pid }: Owner): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function inWords({ host, pid, by, since }: Owner): string {
  return `${by || 'unknown'} (process ${pid} on ${host}, since ${since})`;
}

function stillBusy(scope: string, owner: Owner): UserError {
  const what = scope === EVERYTHING ? 'this KV' : `"${scope}"`;
  const isHere = owner.host === hostname();
  const advice = isHere
    ? `wait longer with --wait, or end process ${owner.pid} if it hangs`
    : `if that was killed, its lock ends after ${TTL_SECONDS} s`;
  return new UserError(
    `somebody else is writing ${what}: ${inWords(owner)}. Try again when that has ended; ${advice}.`,
  );
}
