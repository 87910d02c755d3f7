import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { readLines } from './dataset-setup.ts';
import { temporaryFolder } from './temporary-folder.ts';

const { path: folder, put } = temporaryFolder();

const notesOf = async (path: string): Promise<readonly string[]> => (await readDataset(path)).notes;

describe('a folder of pictures', () => {
  it('knows names of pictures and captions in any case, and the rarer ones', async () => {
    for (const picture of [
      'IMG_1.JPG',
      'b.jpe',
      'c.jfif',
      'd.pjpeg',
      'e.WebP',
      'f.heic',
      'g.JXL',
      'h.TIFF',
    ]) {
      put(picture, '');
      put(`${picture.slice(0, picture.lastIndexOf('.'))}.${picture === 'b.jpe' ? 'Txt' : 'TXT'}`, 'a kite\n');
    }
    expect(await readLines(folder())).toEqual([
      'IMG_1.JPG | a kite | IMG_1.JPG',
      'b.jpe | a kite | b.jpe',
      'c.jfif | a kite | c.jfif',
      'd.pjpeg | a kite | d.pjpeg',
      'e.WebP | a kite | e.WebP',
      // Of kinds that are not read: refused by their bytes, when their turn comes.
      'f.heic | a kite | f.heic',
      'g.JXL | a kite | g.JXL',
      'h.TIFF | a kite | h.TIFF',
    ]);
  });

  it('skips a picture whose captions are missing, in doubt, empty or no text', async () => {
    put('a.png', '');
    put('b.png', '');
    put('b.txt', 'one\n');
    put('b.TXT', 'another\n');
    put('c.png', '');
    put('c.txt', '\n');
    put('d.png', '');
    put('d.txt', Buffer.from('gr\xfcn', 'latin1'));
    put('e.png', '');
    put('e.txt', 'a kite\r\n\r\na boat\r\n');
    put('notes.txt', 'of no picture');
    const lines = await readLines(folder());
    expect(lines.filter((line) => !line.startsWith('skipped d.png'))).toEqual([
      'skipped a.png: no a.txt beside it',
      'skipped b.png: b.TXT and b.txt are beside it: leave one',
      'skipped c.png: c.txt is empty',
      'e.png | a kite | e.png',
      'e.png | a boat | e.png',
    ]);
    expect(lines[3]).toMatch(/^skipped d\.png: .*d\.txt is not UTF-8/);
    expect(await notesOf(folder())).toEqual([
      '1 .txt files have no picture of their name beside them and are passed over: notes.txt',
    ]);
  });

  it('passes over what macOS puts beside the files, and says so', async () => {
    put('fox.png', '');
    put('fox.txt', 'a fox');
    put('._fox.png', Buffer.from([0, 5, 22, 7, 255]));
    put('._fox.txt', Buffer.from([0, 5, 22, 7, 255]));
    put('.DS_Store', Buffer.from([0, 255]));
    put('__MACOSX/fox.png', '');
    put('._00000.tar', Buffer.from([0, 5, 22, 7, 255]));
    put('Flickr8k_text/._Flickr8k.token.txt', Buffer.from([0, 5, 22, 7, 255]));
    expect(await readLines(folder())).toEqual(['fox.png | a fox | fox.png']);
    expect(await notesOf(folder())).toEqual(['5 files or folders of macOS (._*, __MACOSX) are passed over']);
  });

  it('finds the captions of a name in another Unicode form', async () => {
    put('caf\u00e9.png', '');
    put('cafe\u0301.txt', 'a coffee');
    expect(await readLines(folder())).toEqual(['caf\u00e9.png | a coffee | caf\u00e9.png']);
  });
});

describe('links in a folder of pictures', () => {
  it('are followed to files and folders, and not round and round', async () => {
    put('real/a.png', '');
    put('real/a.txt', 'a kite');
    put('set/b.png', '');
    put('set/b.txt', 'a boat');
    const set = join(folder(), 'set');
    symlinkSync(join(folder(), 'real/a.png'), join(set, 'link.png'));
    symlinkSync('../real/a.txt', join(set, 'link.txt'));
    symlinkSync('../real', join(set, 'more'));
    symlinkSync('.', join(set, 'self'));
    symlinkSync('../set', join(folder(), 'real/back'));
    expect(await readLines(set)).toEqual([
      'b.png | a boat | b.png',
      'link.png | a kite | link.png',
      'a.png | a kite | more/a.png',
    ]);
    expect(await notesOf(set)).toEqual(['2 links to a folder above are passed over: more/back, self']);
  });

  it('that lead nowhere, and what is no file, are skipped by name', async () => {
    put('a.png', '');
    put('a.txt', 'a kite');
    symlinkSync('gone.png', join(folder(), 'b.png'));
    symlinkSync('c.png', join(folder(), 'c.png'));
    symlinkSync('/dev/zero', join(folder(), 'd.png'));
    execFileSync('mkfifo', [join(folder(), 'e.png'), join(folder(), 'f.txt')]);
    put('f.png', '');
    mkdirSync(join(folder(), 'g.png'));
    expect(await readLines(folder())).toEqual([
      'a.png | a kite | a.png',
      'skipped b.png: it is a link to a file that is not there',
      'skipped c.png: it is a link that leads to itself',
      'skipped d.png: it is a device, expected a regular file',
      'skipped e.png: it is a named pipe (FIFO), expected a regular file',
      'skipped f.png: f.txt: it is a named pipe (FIFO), expected a regular file',
    ]);
  });
});
