import { AppError } from '../../src/errors.ts';
import { OLD_NAME_PREFIX } from '../../src/format/kv-keys.ts';
import { listKeys } from '../../src/storage/kv-calls.ts';
import { migrateName } from '../../src/storage/publish-selection.ts';
import type { SelectionKv } from '../../src/storage/selection-kv.ts';
import { tell } from '../cli/messages.ts';
import { whoPublishes } from '../kv/publish-lock.ts';

/** Takes over every name that only an earlier version stored; of one that cannot be the reason is told, and the walk finds it. */
export async function migrateNames(kv: SelectionKv): Promise<void> {
  for (const key of await listKeys(kv, OLD_NAME_PREFIX)) {
    const name = key.slice(OLD_NAME_PREFIX.length);
    try {
      const act = { createdAt: new Date().toISOString(), by: whoPublishes() };
      if (await migrateName(kv, name, act)) tell(`migrated: selection "${name}"`);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      tell(`not migrated: selection "${name}": ${error.message}`);
    }
  }
}
