import type { Task } from './tasks.ts';

/** The most that the platform takes at once. */
export const MESSAGES_A_SEND = 100;

export async function sendTasks(queue: Queue, tasks: readonly Task[]): Promise<void> {
  for (let start = 0; start < tasks.length; start += MESSAGES_A_SEND) {
    await queue.sendBatch(
      tasks.slice(start, start + MESSAGES_A_SEND).map((body) => ({ body, contentType: 'json' as const })),
    );
  }
}
