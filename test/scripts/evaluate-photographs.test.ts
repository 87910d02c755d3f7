import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadEncoder, type LoadedEncoder } from '../../scripts/clip/load-encoder.ts';
import { DEFAULT_MODEL } from '../../scripts/clip/model-folder.ts';
import { drawTestPicture } from '../../scripts/clip/test-picture.ts';
import { createEmbedder } from '../../scripts/train-tiny-clip/photographs/encode.ts';
import { measureAll, whereSetIs } from '../../scripts/train-tiny-clip/photographs/measure-all.ts';
import type { Measure } from '../../scripts/train-tiny-clip/photographs/measure.ts';
import { type CommandResult, runScript } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SAMPLE = join(import.meta.dirname, '../../models/sample');
const HEADER = 'file,concept,captions,source,licence,attribution,url,split';

const folder = temporaryFolder();

/** Rows of photos.csv: file, concept, captions, source, split. */
type Row = readonly [file: string, concept: string, captions: string, source: string, split: string];

/**
 * Nine training pictures make fox and ant frequent, with the one held out; rooster has one; ladybug and spider none, so they are
 * unseen. Training pictures are never opened.
 */
const HELD_OUT: readonly Row[] = [
  ['a-fox.webp', 'fox', 'a fox|an animal', 'woods', 'test'],
  ['an-ant.webp', 'ant', 'an ant', 'garden', 'test'],
  ['a-rooster.png', 'rooster', 'a rooster', 'garden', 'test'],
  ['a-ladybug.webp', 'ladybug', 'a ladybug', 'garden', 'test'],
  ['a-spider.webp', 'spider', 'a spider', 'garden', 'test'],
  ['a-dodo.webp', 'dodo', 'a dodo|a large bird', 'coco-2017', 'test'],
  ['a-phoenix-a-fiery-bird.webp', 'dodo', 'a bird on fire', 'coco-2017', 'val'],
  ['a-cobweb.webp', 'dodo', 'a web|a photo with a web', 'coco-2017', 'val'],
];

function trainingRows(concept: string, count: number): Row[] {
  return Array.from({ length: count }, (_, i) => [
    `train/${concept}-${i}.png`,
    concept,
    `a ${concept}`,
    'woods',
    'train',
  ]);
}

const ROWS: readonly Row[] = [
  ...trainingRows('fox', 9),
  ...trainingRows('ant', 9),
  ...trainingRows('rooster', 1),
  ...trainingRows('dodo', 1),
  ...HELD_OUT,
];

function putPhotos(rows: readonly Row[]): void {
  const lines = rows.map(
    ([file, concept, captions, source, split]) =>
      `${file},${concept},${captions},${source},CC0 1.0,me,,${split}`,
  );
  folder.put('photos/photos.csv', [HEADER, ...lines, ''].join('\n'));
  for (const [file, , , , split] of ROWS) {
    folder.put(
      `photos/${file}`,
      split === 'train' ? drawTestPicture() : readFileSync(join(SAMPLE, 'images', file)),
    );
  }
}

function evaluate(...flags: readonly string[]): CommandResult {
  return runScript('train-tiny-clip/photographs/evaluate', [
    '--photos',
    join(folder.path(), 'photos'),
    '--labelled-photos',
    join(folder.path(), 'labelled'),
    '--sample',
    join(folder.path(), 'sample'),
    ...flags,
  ]);
}

beforeEach(() => {
  putPhotos(ROWS);
  folder.put('labelled/labels.csv', 'a.webp,fox\nb.webp,ant\n');
  folder.put('labelled/images/a.webp', readFileSync(join(SAMPLE, 'images/a-fox.webp')));
  folder.put('labelled/images/b.webp', readFileSync(join(SAMPLE, 'images/an-ant.webp')));
  folder.put(
    'sample/captions.csv',
    'image,caption,kind\nfox.webp,a fox,drawing\nant.webp,an ant,drawing\nspider.webp,a small spider,photograph\n',
  );
  for (const [name, file] of [
    ['fox', 'a-fox'],
    ['ant', 'an-ant'],
    ['spider', 'a-spider'],
  ]) {
    folder.put(`sample/${name}.webp`, readFileSync(join(SAMPLE, `images/${file}.webp`)));
  }
});

describe('evaluate-photographs', () => {
  let encoder: LoadedEncoder;
  beforeAll(async () => {
    encoder = await loadEncoder({ threads: 1 });
  });

  /** Share of the pictures whose own text is among the first `cut`, each score written out. */
  async function shareFirst(
    asked: readonly (readonly [file: string, own: string])[],
    texts: readonly string[],
    cut: number,
  ): Promise<number> {
    const choices = await encoder.text.encodeTexts(texts);
    let hits = 0;
    for (const [file, own] of asked) {
      const [picture] = await encoder.images.encodeImages([readFileSync(join(SAMPLE, 'images', file))]);
      if (picture instanceof Error) throw picture;
      const scores = choices.map((choice) => choice.reduce((sum, value, i) => sum + value * picture[i], 0));
      const order = texts.toSorted((a, b) => scores[texts.indexOf(b)] - scores[texts.indexOf(a)]);
      if (order.indexOf(own) < cut) hits++;
    }
    return Math.round((1e4 * hits) / asked.length) / 1e4;
  }

  it('ranks the names of all concepts by the vectors of the encoder, each source and kind of concept apart', async () => {
    const { status, stdout, stderr } = evaluate('--json');
    expect(stderr).not.toContain('skipped');
    expect(status).toBe(0);
    const { measures, fingerprint, split } = JSON.parse(stdout) as {
      measures: Measure[];
      fingerprint: string;
      split: string;
    };
    expect({ fingerprint, split }).toEqual({ fingerprint: encoder.info.fingerprint, split: 'test' });
    expect(measures.map(({ split, task, queries, choices }) => [split, task, queries, choices])).toEqual([
      ['known concepts', 'names of 10 pictures or more', 2, 2],
      ['known concepts', 'all names', 4, 6],
      ['known concepts, garden', 'names of 10 pictures or more', 1, 2],
      ['known concepts, woods', 'names of 10 pictures or more', 1, 2],
      ['unseen concepts', 'their names', 2, 2],
      ['unseen concepts', 'all names', 2, 6],
      ["COCO's human captions, val and test", 'picture to caption', 2, 3],
      ["COCO's human captions, val and test", 'caption to picture', 3, 2],
      ['labelled-photos', 'their labels', 2, 2],
      ['photographs of the sample', 'own caption among all of the sample', 1, 3],
      ['drawings of the sample', 'own caption among all of the sample', 2, 3],
      ['drawings of the sample', '"a drawing of" before "a photo of"', 2, 2],
      ['photographs of the sample', '"a photo of" before "a drawing of"', 1, 2],
      ['known concepts', '"a photo of" before "a drawing of"', 4, 2],
      // Of the sample's drawings none is a spider, so that nothing can be found by its photograph.
      ['known concepts, drawings of the sample', 'find the other kind by a photograph', 2, 2],
      ['known concepts, drawings of the sample', 'find the other kind by a drawing', 2, 4],
    ]);
    const names = ['a fox', 'an ant', 'a rooster', 'a dodo', 'a ladybug', 'a spider'];
    const known = [
      ['a-fox.webp', 'a fox'],
      ['an-ant.webp', 'an ant'],
      ['a-rooster.png', 'a rooster'],
      ['a-dodo.webp', 'a dodo'],
    ] as const;
    const unseen = [
      ['a-ladybug.webp', 'a ladybug'],
      ['a-spider.webp', 'a spider'],
    ] as const;
    expect(measures[1].top).toEqual({
      '1': await shareFirst(known, names, 1),
      '5': await shareFirst(known, names, 5),
    });
    expect(measures[5].top).toEqual({
      '1': await shareFirst(unseen, names, 1),
      '5': await shareFirst(unseen, names, 5),
    });
    expect(measures[1].chance).toEqual({ '1': 0.1667, '5': 0.8333 });
    // A drawing finds itself: the same file stands in both sets.
    expect(measures[15].top['1']).toBe(1);
  });

  it('asks val by a flag, with its own captions only', () => {
    const { stdout, stderr } = evaluate('--split', 'val', '--json');
    expect(stderr).toContain('skipped: unseen concepts: none of split val');
    const { measures } = JSON.parse(stdout) as { measures: Measure[] };
    expect(
      measures.filter(({ split }) => split.startsWith('COCO')).map(({ split, choices }) => [split, choices]),
    ).toEqual([
      ["COCO's human captions, val", 1],
      ["COCO's human captions, val", 1],
    ]);
  });

  it('measures what is here and says what is not', async () => {
    const silent = createEmbedder(encoder, () => ({ add: () => undefined, stop: () => undefined }));
    const places = { photos: null, labelledPhotos: null, sample: join(folder.path(), 'sample') };
    const { measures, missing } = await measureAll(places, 'test', silent);
    expect(missing).toEqual([
      'known concepts, unseen concepts and COCO: no photos.csv (--photos names its folder)',
      'labelled-photos: no labels.csv (--labelled-photos names its folder)',
    ]);
    expect(measures.map(({ split }) => split)).toEqual([
      'photographs of the sample',
      'drawings of the sample',
      'drawings of the sample',
      'photographs of the sample',
    ]);
    expect(whereSetIs(join(folder.path(), 'photos'), 'photos.csv')).toBe(join(folder.path(), 'photos'));
    expect(whereSetIs(join(folder.path(), 'none'), 'photos.csv')).toBeNull();
  });

  it('tries its limits on what is here', () => {
    const { status, stdout, stderr } = evaluate('--limits', '--json');
    expect(status, stderr).toBe(0);
    const { measures } = JSON.parse(stdout) as { measures: Measure[] };
    expect(measures.map(({ split, queries, choices }) => [split, queries, choices])).toEqual([
      // The ant, twice and three times; foxes have no plain s.
      ['counting', 2, 2],
      ['left and right', 1, 2],
      ['negation', 2 * 2, 2],
      ['text in a picture', 12, 12],
      ['night and blur', 2, 2],
      ['night and blur', 2, 2],
      ['night and blur', 2, 2],
      ['rare things', 2, 2],
    ]);
    expect(measures.at(-1)?.task).toBe('labelled-photos whose label has 1 to 9 training photographs');
  });

  it('writes what it measured into metrics.json and the card, and finds it again', () => {
    for (const file of [
      'config.json',
      'encoder.json',
      'preprocessor_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]) {
      folder.put(`model/${file}`, readFileSync(join(DEFAULT_MODEL, file)));
    }
    for (const tower of ['text', 'vision']) {
      const file = `onnx/${tower}_model_quantized.onnx`;
      folder.put(`model/${file}`, readFileSync(join(DEFAULT_MODEL, file)));
    }
    folder.put('model/metrics.json', '{"seed": 1}\n');
    folder.put('model/README.md', '# m\n\n<!-- photographs -->\n\n<!-- end of photographs -->\n\nend\n');
    const model = join(folder.path(), 'model');
    const unwritten = evaluate('--model', model, '--check');
    expect(unwritten.stderr).toMatch(/metrics\.json has no such numbers; --write puts them there\.$/m);
    const { stdout, status } = evaluate('--model', model, '--write', '--markdown');
    expect(status).toBe(0);
    expect(readFileSync(join(model, 'README.md'), 'utf8')).toBe(
      `# m\n\n<!-- photographs -->\n\n${stdout}\n<!-- end of photographs -->\n\nend\n`,
    );
    const metrics = JSON.parse(readFileSync(join(model, 'metrics.json'), 'utf8')) as {
      seed: number;
      photographs: { fingerprint: string; measures: Measure[] };
    };
    expect([metrics.seed, metrics.photographs.fingerprint]).toEqual([1, encoder.info.fingerprint]);
    expect(evaluate('--model', model, '--check')).toMatchObject({ status: 0 });
    metrics.photographs.measures[0] = { ...metrics.photographs.measures[0], queries: 3 };
    folder.put('model/metrics.json', JSON.stringify(metrics));
    const changed = evaluate('--model', model, '--check');
    expect(changed.status).toBe(1);
    expect(changed.stderr).toMatch(
      /known concepts: names of 10 pictures or more, queries: committed 3, measured 2/,
    );
    expect(evaluate('--model', model, '--check', '--split', 'val').stderr).toMatch(
      /--check is for --split test/,
    );
  });

  it('compares runs on val, a line each', () => {
    const ablations = 'train-tiny-clip/photographs/ablations';
    const photos = ['--photos', join(folder.path(), 'photos')];
    const { status, stdout } = runScript(ablations, [`all = it=${DEFAULT_MODEL}`, ...photos]);
    expect(status).toBe(0);
    const [header, , line, end] = stdout.split('\n');
    expect([header.split(' | ').length, end]).toEqual([5, '']);
    // The set has no known concept in val but the one caption of a dodo.
    expect(line).toMatch(
      /^\| all = it \| - \| 100\.0\/100\.0\/100\.0 \| 100\.0\/100\.0\/100\.0 \| [\d./]+ \|$/,
    );
    expect(runScript(ablations, ['all', ...photos])).toMatchObject({
      status: 1,
      stderr: 'ablations: expected NAME=DIR, got "all".\n',
    });
  });

  it('prints a table, and as Markdown', () => {
    expect(evaluate().stdout).toMatch(/^split +asked +queries/);
    expect(evaluate('--markdown').stdout.split('\n').slice(0, 2)).toEqual([
      '| split | asked | queries | choices | top 1/5/10, % | mean of concepts | chance |',
      '| --- | --- | --- | --- | --- | --- | --- |',
    ]);
  });

  it.each([
    ['a file that is not there', 'none.webp,fox,a fox,woods,,,,test', /line 2: .*none\.webp is missing\.$/],
    [
      'an unknown split',
      'a-fox.webp,fox,a fox,woods,,,,dev',
      /line 2: a-fox\.webp is of split "dev", expected train, val, test\.$/,
    ],
    ['no caption', 'a-fox.webp,fox,|,woods,,,,test', /line 2: a-fox\.webp has no caption\.$/],
    ['no concept', 'a-fox.webp,,a fox,woods,,,,test', /line 2: a-fox\.webp has no concept\.$/],
    [
      'no file',
      ',fox,a fox,woods,,,,test',
      /line 2: no file, expected the path of a picture below .*photos\.$/,
    ],
    ['too few cells', 'a-fox.webp,fox', /expected 8 cells as in the header, got 2 on line 2/],
    [
      'a file twice',
      'a-fox.webp,fox,a fox,woods,,,,test\na-fox.webp,fox,a fox,woods,,,,test',
      /line 3: .*a-fox\.webp stands on line 2 already\.$/,
    ],
  ])('refuses a row with %s in one line', (_, rows, message) => {
    folder.put('photos/photos.csv', `${HEADER}\n${rows}\n`);
    const { status, stdout, stderr } = evaluate();
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr.trimEnd()).toMatch(message);
  });

  it.each([
    [
      'photos/photos.csv',
      'file,concept\na-fox.webp,fox\n',
      /photos\.csv: no column captions, source, split; found file, concept\.$/,
    ],
    ['photos/photos.csv', `${HEADER}\n`, /photos\.csv has no rows/],
    ['labelled/labels.csv', 'a.webp\n', /labels\.csv line 1: expected a file and a label, got a\.webp\.$/],
    ['labelled/labels.csv', 'c.webp,fox\n', /labels\.csv line 1: .*c\.webp is missing\.$/],
    [
      'sample/captions.csv',
      'image,caption,kind\nfox.webp,a fox,icon\n',
      /line 2: kind is icon, expected drawing or photograph\.$/,
    ],
    ['labelled/images/a.webp', 'no picture', /a\.webp: /],
  ])('refuses %s of %j', (file, content, message) => {
    folder.put(file, content);
    const { status, stderr } = evaluate();
    expect(status).toBe(1);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(message);
  });

  it('names a folder that is not there', () => {
    const { status, stderr } = evaluate('--photos', join(folder.path(), 'none'));
    expect(status).toBe(1);
    expect(stderr.trimEnd()).toMatch(/none\/photos\.csv cannot be read: no such file or directory\.$/);
  });
});
