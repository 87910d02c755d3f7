import { Option } from 'commander';
import { expect, it } from 'vitest';
import { describeDefault } from '../../scripts/cli/run.ts';

it.each([
  [[1, 2, 3], '1,2,3'],
  [['read', 'encode'], 'read,encode'],
  [[], 'none'],
  ['default', undefined],
  [false, undefined],
])('a default of %j is printed as it would be typed', (value, described) => {
  const option = new Option('--some <list>').default(value);
  describeDefault(option);
  expect(option.defaultValueDescription).toBe(described);
});

it('a default of things that nobody types is refused unless it is described', () => {
  const things = [{ name: 'a' }];
  expect(() => describeDefault(new Option('--some <list>').default(things))).toThrow('--some <list>');
  const option = new Option('--some <list>').default(things, 'all');
  describeDefault(option);
  expect(option.defaultValueDescription).toBe('all');
});
