import { createServer } from 'node:net';
import { UserError } from '../cli/user-error.ts';

/** @throws UserError when something listens there already, or this user may not */
export async function checkPortIsFree(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (cause) {
    const isBusy = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const reason = isBusy ? 'is in use' : `cannot be opened (${(cause as NodeJS.ErrnoException).code})`;
    throw new UserError(`port ${port} ${reason}. Choose another: PORT=${port + 1} npm start`, { cause });
  }
  await new Promise((resolve) => server.close(resolve));
}

/** A port that nothing listens on, of the system's choosing. */
export async function findFreePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error(`no port was given on ${host}`);
  return address.port;
}
