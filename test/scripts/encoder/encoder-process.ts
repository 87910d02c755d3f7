import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');

/** An encoder of scripts/encoder.ts on a free port, as a process of its own. */
export interface EncoderProcess {
  readonly child: ChildProcess;
  readonly origin: string;
  readonly stderr: () => string;
  /** Settles with the exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | string | null>;
}

interface Program {
  readonly script: string;
  readonly cwd: string;
}

/** @throws with what it said, when it ends instead of serving */
export async function startEncoder(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  { script, cwd }: Program = { script: join(ROOT, 'scripts/encoder.ts'), cwd: ROOT },
): Promise<EncoderProcess> {
  const child = spawn(process.execPath, [script, '--port', '0', ...args], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = new Promise<number | string | null>((settle) =>
    child.on('exit', (code, signal) => settle(code ?? signal)),
  );
  const origin = await new Promise<string>((ready, reject) => {
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const url = /ready at (http:\S+)\n/.exec(stdout)?.[1];
      if (url !== undefined) ready(url);
    });
    void exited.then((code) => reject(new Error(`the encoder ended with ${code}: ${stderr}`)));
  });
  return { child, origin, stderr: () => stderr, exited };
}
