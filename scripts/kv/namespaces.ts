import type { Deployment } from './deployment.ts';
import type { KvUse, ProjectKv } from './local-kv.ts';
import { openKv } from './open-kv.ts';

/** Both namespaces of a deployment. */
export interface Namespaces {
  readonly selections: ProjectKv;
  readonly corpora: ProjectKv;
}

/** Runs the work with both namespaces open. @param remote the account's instead of the local server's */
export async function withNamespaces<T>(
  remote: boolean,
  { selections, corpora }: Pick<Deployment, 'selections' | 'corpora'>,
  work: (kvs: Namespaces) => Promise<T>,
  use: KvUse = {},
): Promise<T> {
  const first = await openKv(remote, selections, use);
  try {
    const second = await openKv(remote, corpora, use);
    try {
      return await work({ selections: first.kv, corpora: second.kv });
    } finally {
      await second.close();
    }
  } finally {
    await first.close();
  }
}
