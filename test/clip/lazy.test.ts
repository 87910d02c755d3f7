import { describe, expect, it } from 'vitest';
import { keepAnswer } from '../../src/clip/lazy.ts';

describe('keepAnswer', () => {
  it('asks once', async () => {
    let asked = 0;
    const ask = keepAnswer(() => Promise.resolve(++asked));
    expect([await ask(), await ask()]).toEqual([1, 1]);
  });

  it('keeps a null, and no failure', async () => {
    const answers = [() => Promise.reject(new Error('down')), () => Promise.resolve(null)];
    let asked = 0;
    const ask = keepAnswer(() => answers[asked++]());
    await expect(ask()).rejects.toThrow('down');
    expect([await ask(), await ask(), asked]).toEqual([null, null, 2]);
  });

  it('waits for no other caller, whose own may never end', async () => {
    const never = new Promise<string>(() => undefined);
    const answers = [never, Promise.resolve('methods')];
    let asked = 0;
    const ask = keepAnswer(() => answers[asked++]);
    void ask();
    expect(await ask()).toBe('methods');
    expect(await ask()).toBe('methods');
  });
});
