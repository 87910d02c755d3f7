import type { Task } from './tasks.ts';

/** The most that the platform takes at once. */
export const MESSAGES_A_SEND = 100;
/** A queue takes 5,000 messages a second, and what is sent is not to be sent again for the sake of the hundred that come next. */
const TRIES = 4;
const MS_BETWEEN_TRIES = 1_000;

export async function sendTasks(queue: Queue, tasks: readonly Task[]): Promise<void> {
  for (let start = 0; start < tasks.length; start += MESSAGES_A_SEND) {
    const messages = tasks
      .slice(start, start + MESSAGES_A_SEND)
      .map((body) => ({ body, contentType: 'json' as const }));
    await patiently(() => queue.sendBatch(messages));
  }
}

async function patiently(work: () => Promise<unknown>): Promise<void> {
  for (let left = TRIES - 1; ; left--) {
    try {
      await work();
      return;
    } catch (error) {
      if (left === 0) throw error;
      console.warn(`messages are sent again: ${String(error)}`);
      await new Promise((resolve) => setTimeout(resolve, MS_BETWEEN_TRIES));
    }
  }
}
