import { expect, it } from 'vitest';
import { secondsToNextLook } from '../../scripts/pipeline/follow-run.ts';

const looks = (where: 'here' | 'deployed', left: (number | null)[]): number[] =>
  left.map((secondsLeft, i) => secondsToNextLook({ secondsLeft }, i + 1, where));

it('looks at a deployed run by what is left, from a minute down to five seconds', () => {
  expect(looks('deployed', [86_400, 1_200, 600, 100, 20])).toEqual([60, 60, 30, 5, 5]);
});

it('looks less and less often at a phase that does not tell what is left', () => {
  const grown = looks('deployed', Array<null>(20).fill(null));
  expect([grown[0], grown.at(-1)]).toEqual([5, 60]);
  expect(grown).toEqual(grown.toSorted((a, b) => a - b));
});

it('looks at a run here twice a second at first, and never later than half of what is left', () => {
  expect(looks('here', [null, 0])).toEqual([0.5, 0.6]);
  const late = secondsToNextLook({ secondsLeft: 4 }, 50, 'here');
  expect([late, secondsToNextLook({ secondsLeft: 9_000 }, 50, 'here')]).toEqual([2, 5]);
});

it('asks about a run of a day a few thousand times at most', () => {
  let [asked, left] = [0, 86_400];
  for (let i = 1; left > 0; i++, asked++) left -= secondsToNextLook({ secondsLeft: left }, i, 'deployed');
  expect(asked).toBeLessThan(1_600);
});
