import type { ProjectKv } from '../kv/local-kv.ts';

/** Both namespaces of a deployment. */
export interface Namespaces {
  readonly selections: ProjectKv;
  readonly corpora: ProjectKv;
}
