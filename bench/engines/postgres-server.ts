import type { AddressInfo, Server } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

export interface PostgresServer {
  /** With a password, which no message may hold. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export const PASSWORD = 'never-told';

/** PostgreSQL itself, compiled to WebAssembly, with pgvector, in memory, spoken to over TCP. It takes a second or two to start. */
export async function startPostgres(): Promise<PostgresServer> {
  const db = await PGlite.create({ extensions: { vector } });
  const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 16 });
  await server.start();
  // It tells only the port that was asked for.
  const { port } = (server as unknown as { readonly server: Server }).server.address() as AddressInfo;
  return {
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    port,
    async close() {
      await server.stop();
      await db.close();
    },
  };
}
