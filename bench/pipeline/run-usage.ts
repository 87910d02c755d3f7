import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { stripVTControlCharacters } from 'node:util';
import { Log, LogLevel } from 'miniflare';

/** Counts what the local queues hand on, from what Miniflare says of every batch. */
export class QueueLog extends Log {
  /** Messages by queue, deliveries that failed included. */
  readonly messages = new Map<string, number>();
  failed = 0;

  constructor() {
    super(LogLevel.INFO);
  }

  override log(message: string): void {
    const [, queue, acked, all] = /QUEUE (\S+) (\d+)\/(\d+)/.exec(stripVTControlCharacters(message)) ?? [];
    if (queue === undefined) {
      if (!message.includes(' OK ')) process.stderr.write(`${message}\n`);
      return;
    }
    this.messages.set(queue, (this.messages.get(queue) ?? 0) + Number(all));
    this.failed += Number(all) - Number(acked);
  }
}

/** Bytes of all files below. */
export function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** What the engine of local Workflows has kept of one kind of step: names without numbers. */
export interface StepTimes {
  readonly name: string;
  readonly count: number;
  readonly seconds: number;
  /** Of the longest result, as JSON. */
  readonly resultBytes: number;
}

/** Events of the engine's table: a step or a sleep begins, a step has its result. */
const [STEP_BEGINS, STEP_ENDS, SLEEP_BEGINS] = [5, 6, 8];

/** Steps that instances of Workflows below the folder have done, sleeps included, as the engine has written them down. */
export function workflowSteps(folder: string): StepTimes[] {
  const kinds = new Map<string, { count: number; seconds: number; resultBytes: number }>();
  for (const path of workflowFiles(folder)) {
    const database = new DatabaseSync(path, { readOnly: true });
    const begun = new Map<unknown, number>();
    for (const row of database
      .prepare('SELECT timestamp, groupKey, target, event, metadata FROM states ORDER BY id')
      .iterate()) {
      const { groupKey, event } = row;
      const at = Date.parse(`${String(row.timestamp).replace(' ', 'T')}Z`);
      const name = String(row.target).replace(/-\d+$/, '').replaceAll(/ ?\d+/g, '');
      const kind = kinds.get(name) ?? { count: 0, seconds: 0, resultBytes: 0 };
      if (event === STEP_BEGINS || event === SLEEP_BEGINS) {
        kind.count++;
        begun.set(groupKey, at);
      } else if (event === STEP_ENDS) {
        kind.seconds += (at - (begun.get(groupKey) ?? at)) / 1000;
        kind.resultBytes = Math.max(kind.resultBytes, String(row.metadata).length);
      } else continue;
      kinds.set(name, kind);
    }
    database.close();
  }
  return [...kinds].map(([name, kind]) => ({ name, ...kind }));
}

function workflowFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(({ parentPath, name }) => /workflows/.test(parentPath) && /^[0-9a-f]{64}\.sqlite$/.test(name))
    .map(({ parentPath, name }) => join(parentPath, name));
}
