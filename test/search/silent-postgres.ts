import { type AddressInfo, type Socket, createServer } from 'node:net';

/** Says that whoever connects is in, and that it waits for a query: AuthenticationOk, ReadyForQuery. */
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

export interface SilentPostgres {
  readonly port: number;
  /** Connections that have asked something, and those of them that are still open. */
  readonly asked: Set<Socket>;
  readonly open: Set<Socket>;
  close(): Promise<void>;
}

/**
 * A server that takes connections and lets everybody in, and then answers no query: it hangs, which no timeout of its own ends.
 * https://www.postgresql.org/docs/current/protocol-flow.html
 * @param hangsUp it closes the connection instead, as one does that is shut down in the middle of a query
 */
export async function startSilentPostgres({ hangsUp = false } = {}): Promise<SilentPostgres> {
  const asked = new Set<Socket>();
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    let isIn = false;
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => open.delete(socket));
    socket.on('data', () => {
      if (!isIn) socket.write(WELCOME);
      else asked.add(socket);
      if (isIn && hangsUp) socket.destroy();
      isIn = true;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    open,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
