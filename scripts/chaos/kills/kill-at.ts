/**
 * Loaded in front of a command by `node --import`: kills its process, as a power cut or the system would, at the n-th write to its
 * folder or to KV. What the command calls is Node's own and Miniflare's own, but for this.
 *
 * KILL_FOLDER: only what lies in it counts. KILL_AT: the point, from 1, or how what it is begins; 0 lets the command run and writes the
 * points that it passed to KILL_LOG, a JSON list of what each is. A write has two points: before it, and when half of it is done.
 * KILL_SIGNAL: SIGSTOP holds it there instead. KILL_ORIGIN: requests to it count too, and KILL_PORT: what is written to that port of the loopback.
 */
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { resolve, sep } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const { KILL_FOLDER: folder = '', KILL_AT = '0', KILL_LOG: log } = process.env;
const points: string[] = [];
const { KILL_SIGNAL: signal = 'SIGKILL' } = process.env;

/** Whether the command dies at this point, the next. */
function isMet(what: string): boolean {
  points.push(what);
  return /^\d+$/.test(KILL_AT) ? points.length === Number(KILL_AT) : what.startsWith(KILL_AT);
}

function die(): never {
  process.kill(process.pid, signal);
  // The signal is on its way: nothing more may be done meanwhile.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** @param half does half of it, at once */
function pass(what: string, half?: () => void): void {
  if (isMet(`before ${what}`)) die();
  if (half === undefined || !isMet(`half of ${what}`)) return;
  half();
  die();
}

const isOurs = (path: unknown): path is string | URL =>
  (typeof path === 'string' || path instanceof URL) &&
  `${resolve(String(path))}${sep}`.startsWith(`${folder}${sep}`);
const nameOf = (path: unknown): string =>
  String(path)
    .slice(folder.length + 1)
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '*');
const halfOf = (data: unknown): Uint8Array => {
  const bytes =
    typeof data === 'string'
      ? Buffer.from(data)
      : new Uint8Array(
          (data as Uint8Array).buffer,
          (data as Uint8Array).byteOffset,
          (data as Uint8Array).byteLength,
        );
  return bytes.subarray(0, bytes.length >> 1);
};

type Call = (...args: never[]) => unknown;
const original = { writeFileSync: fs.writeFileSync, writeSync: fs.writeSync };

/** Replaces a function of Node's by one that first passes its points. */
function watch(owner: object, name: string, before: (args: readonly unknown[]) => void): void {
  const call = Reflect.get(owner, name) as Call;
  Reflect.set(owner, name, function (this: unknown, ...args: never[]) {
    before(args);
    return Reflect.apply(call, this, args);
  });
}

function watchPaths(owner: object, names: readonly string[]): void {
  for (const name of names) {
    watch(owner, name, ([path, second]) => {
      const target = name.startsWith('rename') ? second : path;
      if (isOurs(target)) pass(`${name} ${nameOf(target)}`);
    });
  }
}

function watchWholeFiles(owner: object, names: readonly string[]): void {
  for (const name of names) {
    watch(owner, name, ([path, data]) => {
      if (isOurs(path)) pass(`${name} ${nameOf(path)}`, () => original.writeFileSync(path, halfOf(data)));
    });
  }
}

/** Files by descriptor: those of the folder, with their names. */
const openFiles = new Map<number, string>();

async function watchHandles(): Promise<void> {
  const { open } = fs.promises;
  const probe = await open(process.execPath, 'r');
  const handle = Object.getPrototypeOf(probe) as object;
  await probe.close();
  fs.promises.open = async (...args) => {
    const opened = await open(...args);
    if (isOurs(args[0])) openFiles.set(opened.fd, nameOf(args[0]));
    return opened;
  };
  const { open: openOld, openSync } = fs;
  fs.openSync = (...args) => {
    const fd = openSync(...args);
    if (isOurs(args[0])) openFiles.set(fd, nameOf(args[0]));
    return fd;
  };
  fs.open = Object.assign((...args: unknown[]) => {
    const callback = args.pop() as (error: Error | null, fd: number) => void;
    Reflect.apply(openOld, fs, [
      ...args,
      (error: Error | null, fd: number) => {
        if (error === null && isOurs(args[0])) openFiles.set(fd, nameOf(args[0]));
        callback(error, fd);
      },
    ]);
  }, openOld) as typeof fs.open;
  /** @param at where in `data` the write begins, how long it is, and where it goes in the file: null for the file's own place */
  const onDescriptor = (fd: number, data: unknown, at: readonly unknown[]): void => {
    const name = openFiles.get(fd);
    if (name === undefined) return;
    if (!(data instanceof Uint8Array)) return pass(`write ${name}`);
    const [offset = 0, length = data.byteLength, position = null] = at as (number | null)[];
    const half = (): void =>
      void original.writeSync(fd, data, offset, Math.floor((length ?? 0) / 2), position);
    pass(`write ${name}`, half);
  };
  for (const name of ['write', 'writeSync'])
    watch(fs, name, ([fd, data, ...at]) => onDescriptor(fd as number, data, at));
  for (const name of ['write', 'writeFile', 'truncate']) {
    const call = Reflect.get(handle, name) as Call;
    Reflect.set(handle, name, function (this: { fd: number }, ...args: never[]) {
      if (name === 'write') onDescriptor(this.fd, args[0], args.slice(1));
      else onDescriptor(this.fd, undefined, []);
      return Reflect.apply(call, this, args);
    });
  }
}

/** Every write that a command makes to KV goes through a namespace of Miniflare's. */
function watchKv(): void {
  const { Miniflare } = createRequire(import.meta.url)('miniflare') as {
    Miniflare: { prototype: { getKVNamespace: (...args: unknown[]) => Promise<object> } };
  };
  const { getKVNamespace } = Miniflare.prototype;
  Miniflare.prototype.getKVNamespace = async function (...args) {
    const kv = await Reflect.apply(getKVNamespace, this, args);
    return new Proxy(kv, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const call = value as Call;
        return async (...args: never[]) => {
          const through = (): unknown => Reflect.apply(call, target, args);
          if (name !== 'put' && name !== 'delete') return through();
          return passCall(`KV ${name} ${String(args[0]).replace(/[0-9a-f]{32,}/, '*')}`, through);
        };
      },
    });
  };
}

/** Before a call and during it: as long as it needs to leave, how far the other side has come with it is chance. */
async function passCall<T>(what: string, call: () => T): Promise<T> {
  if (isMet(`before ${what}`)) die();
  if (isMet(`during ${what}`)) {
    void call();
    await new Promise((sent) => setTimeout(sent, SENT_MS));
    die();
  }
  return call();
}

const SENT_MS = 2;

/** Requests to a service of the platform's: those that may change something. */
function watchRequests(origin: string): void {
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const method = init?.method ?? 'GET';
    if (!url.startsWith(origin) || method === 'GET') return fetch(input, init);
    const name = new URL(url).pathname.split('/').at(-1) ?? '';
    return passCall(`${method} ${name}`, () => fetch(input, init));
  };
}

/** What goes to a database over TCP: some statements at once. */
function watchPort(port: number): void {
  const write = Reflect.get(Socket.prototype, 'write') as Call;
  Socket.prototype.write = function (this: Socket, ...args: never[]) {
    if (this.remotePort !== port) return Reflect.apply(write, this, args) as boolean;
    if (isMet(`before statements ${points.length}`)) die();
    if (isMet(`during statements ${points.length}`)) {
      Reflect.apply(write, this, args);
      setTimeout(die, SENT_MS);
      return true;
    }
    return Reflect.apply(write, this, args) as boolean;
  };
}

if (isMainThread && folder !== '') {
  for (const owner of [fs.promises, fs]) {
    const names = owner === fs ? ['', 'Sync'] : [''];
    for (const suffix of names) {
      watchPaths(owner, [`rename${suffix}`, `rm${suffix}`, `unlink${suffix}`, `copyFile${suffix}`]);
      watchWholeFiles(owner, [`writeFile${suffix}`, `appendFile${suffix}`]);
    }
  }
  await watchHandles();
  const { KILL_KV, KILL_ORIGIN, KILL_PORT } = process.env;
  if (KILL_KV === '1') watchKv();
  if (KILL_ORIGIN !== undefined) watchRequests(KILL_ORIGIN);
  if (KILL_PORT !== undefined) watchPort(Number(KILL_PORT));
  syncBuiltinESMExports();
  if (log !== undefined) process.on('exit', () => original.writeFileSync(log, JSON.stringify(points)));
}
