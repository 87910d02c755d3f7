import type { Server } from 'node:http';
import { UserError } from './user-error.ts';

/**
 * Opens a port.
 * @param address the port as a message names it, and what to do where it cannot be opened
 * @throws UserError when something listens there already, or this user may not
 */
export async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
  address: { readonly name: string; readonly advice: string },
): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${code})`;
    throw new UserError(`${address.name} ${reason}. ${address.advice}`, { cause });
  }
}
