import type { Deployment } from '../../scripts/kv/deployment.ts';

/** The machine's own, as wrangler.toml has it. */
export const LOCAL_DEPLOYMENT: Deployment = {
  isRemote: false,
  selections: { binding: 'SELECTIONS', id: 'local-selections' },
  corpora: { binding: 'CORPORA', id: 'local-corpora' },
  vars: {},
  accountId: undefined,
  vectorizeIndex: undefined,
  bindsPostgres: false,
};
