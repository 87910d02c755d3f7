import { describe, expect, it } from 'vitest';
import { textTable } from '../../scripts/cli/text-table.ts';

describe('textTable', () => {
  it('puts numbers to the right, words to the left, and shows control characters', () => {
    const table = textTable(
      ['name', 'k', 'error', 'auc'],
      [
        ['full', '512', '', '0.981*'],
        ['a\u001b[1m', '-', 'gone', '0.9'],
      ],
    );
    expect(table.split('\n')).toEqual([
      'name          k  error     auc',
      'full        512         0.981*',
      'a\\u001b[1m    -  gone      0.9',
    ]);
  });
});
