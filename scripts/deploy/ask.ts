import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { tell } from '../cli/messages.ts';

/** Questions to a person at a terminal, on stderr: stdout is for the result. */
export interface Asker {
  /** @returns the answer without spaces around it; `fallback` for none */
  ask(question: string, fallback?: string): Promise<string>;
  /** The same, but what is typed does not show. */
  askHidden(question: string): Promise<string>;
}

/** Null where nobody can be asked: input or stderr is no terminal. */
export function openAsker(): Asker | null {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  return {
    ask: async (question, fallback = '') => (await read(question, process.stderr)) || fallback,
    askHidden: async (question) => {
      tell(question);
      return read('', new Writable({ write: (_chunk, _encoding, done) => done() }));
    },
  };
}

async function read(question: string, output: NodeJS.WritableStream): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  // Ctrl-C and Ctrl-D, as without a question.
  lines.once('SIGINT', () => process.exit(130));
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}
