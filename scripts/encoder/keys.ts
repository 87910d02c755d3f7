import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { UserError } from '../cli/user-error.ts';

const BEARER = /^bearer +(\S+) *$/i;
/** 16 letters and digits of chance bear 95 bits. */
const MIN_KEY_CHARACTERS = 16;
const KEY = /^[\x21-\x2b\x2d-\x7e]+$/;

/** Whether an `Authorization` header may use the server. */
export type KeyCheck = (authorization: string | undefined) => boolean;

/**
 * ENCODER_KEYS: keys with commas between them, any of which opens the server.
 * @returns null where none is set: everyone who reaches the server may use it
 * @throws UserError when a key is too short to keep anyone out, or no header can carry it
 */
export function readKeys(environment: NodeJS.ProcessEnv): KeyCheck | null {
  const text = environment.ENCODER_KEYS;
  if (text === undefined || text.trim() === '') return null;
  const hashes = text.split(',').map((part) => sha256(checkKey(part.trim())));
  return (authorization) => {
    const key = BEARER.exec(authorization ?? '')?.[1];
    if (key === undefined) return false;
    const hash = sha256(key);
    // Of equal length whatever was sent, and compared with every key: the time taken tells nothing.
    return hashes.reduce((found, other) => timingSafeEqual(hash, other) || found, false);
  };
}

function checkKey(key: string): string {
  if (key.length < MIN_KEY_CHARACTERS) {
    throw new UserError(
      `ENCODER_KEYS: a key has ${key.length} characters, expected at least ${MIN_KEY_CHARACTERS}. Make one: openssl rand -hex 32`,
    );
  }
  if (KEY.test(key)) return key;
  throw new UserError('ENCODER_KEYS: expected keys of visible ASCII characters, with commas between them');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whether only programs of this machine reach a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
