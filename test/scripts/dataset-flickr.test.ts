import { describe, expect, it } from 'vitest';
import { isSkipped } from '../../scripts/dataset/pair-source.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { temporaryFolder } from './temporary-folder.ts';

const { path: folderPath, put } = temporaryFolder();

async function read(name: string, content: string): Promise<string[]> {
  put('Images/a.jpg', '');
  const path = put(name, content);
  const rowsOf = async (place: string): Promise<string[]> =>
    (await readDataset(place)).rows.map((row) =>
      isSkipped(row) ? `${row.where}: ${row.reason}` : `${row.where}: ${row.imageName} | ${row.caption}`,
    );
  const rows = await rowsOf(path);
  // The folder is recognised by what is in it.
  expect(await rowsOf(folderPath())).toEqual(rows);
  return rows;
}

describe('Flickr captions with quotes', () => {
  it.each([
    ['cells', 'captions.txt', 'image,caption\n"a.jpg","a fox"\n"a.jpg","b, ""c"""\n'],
    ['header and cells', 'captions.txt', '"image","caption"\n"a.jpg","a fox"\n"a.jpg","b, ""c"""\n'],
    ['names, beside captions that are not', 'captions.txt', 'image,caption\n"a.jpg",a fox\n"a.jpg",b, "c"\n'],
    [
      'numbers',
      'captions.txt',
      'image_name,comment_number,comment\n"a.jpg","0","a fox"\n"a.jpg","1",b, "c"\n',
    ],
    [
      'cells set apart by bars',
      'results.csv',
      '"image_name"|"comment_number"|"comment"\n"a.jpg"|"0"|"a fox"\n"a.jpg"|"1"|"b, ""c"""\n',
    ],
    ['cells and no number', 'results.csv', 'image|caption\n"a.jpg"|"a fox"\n"a.jpg"|"b, ""c"""\n'],
    ['cells set apart by semicolons', 'captions.txt', 'image;caption\n"a.jpg";"a fox"\na.jpg;"b, ""c"""\n'],
    ['cells set apart by tabs', 'captions.txt', 'image\tcaption\n"a.jpg"\t"a fox"\na.jpg\tb, "c"\n'],
  ])('around %s are read', async (_, name, content) => {
    const expected = [`${name} line 2: a.jpg | a fox`, `${name} line 3: a.jpg | b, "c"`];
    expect(await read(name, content)).toEqual(expected);
    expect(await read(name, content.replaceAll('\n', '\r\n'))).toEqual(expected);
  });

  it('around a token line are read', async () => {
    expect(await read('x.token', 'a.jpg#0\ta "b"\n"a.jpg#1"\t"c, ""d"""\n')).toEqual([
      'x.token line 1: a.jpg | a "b"',
      'x.token line 2: a.jpg | c, "d"',
    ]);
  });

  it('go on over line ends, with lines counted as an editor does', async () => {
    expect(await read('captions.txt', 'image,caption\r\na.jpg,"a\r\nfox, red"\r\n\r\na.jpg,b\r\n')).toEqual([
      'captions.txt line 2: a.jpg | a\r\nfox, red',
      'captions.txt line 5: a.jpg | b',
    ]);
  });

  it('that open and do not close are refused where they could be read in two ways', async () => {
    const content = 'image,caption\na.jpg,one, two\na.jpg,"three\nfour, five"\n';
    await expect(read('captions.txt', content)).rejects.toThrow(
      /captions\.txt line 3: .*expected a\.jpg,caption/,
    );
  });
});

describe('Flickr files whose first caption is empty', () => {
  it.each([
    ['a token', 'x.token', 'a.jpg#0\t\na.jpg#1\tb\n', 1],
    ['a token whose tab was cut', 'x.token', 'a.jpg#0\na.jpg#1\tb\n', 1],
    ['a token behind a blank line', 'x.token', '\r\na.jpg#0\t \r\na.jpg#1\tb\r\n', 2],
    ['an unquoted cell', 'captions.txt', 'image,caption\na.jpg,\na.jpg,b\n', 2],
    ['a quoted cell', 'captions.txt', '"image","caption"\n"a.jpg",""\n"a.jpg","b"\n', 2],
    [
      'an unquoted cell, in a file of loose commas',
      'captions.txt',
      'image_name,comment_number,comment\na.jpg,0,\na.jpg,1,b\na.jpg,2,c, d\n',
      2,
    ],
    [
      'nothing behind the bar',
      'results.csv',
      'image_name| comment_number| comment\na.jpg| 0|\na.jpg| 1| b\n',
      2,
    ],
    ['a header behind a blank line', 'captions.txt', '\nimage,caption\na.jpg, \na.jpg,b\n', 3],
  ])('(%s) are read, that row skipped', async (_, name, content, line) => {
    const rows = await read(name, content);
    expect(rows.slice(0, 2)).toEqual([
      `${name} line ${line}: no caption for a.jpg`,
      `${name} line ${line + 1}: a.jpg | b`,
    ]);
  });
});
