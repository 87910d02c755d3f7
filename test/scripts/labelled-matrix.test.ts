import { describe, expect, it } from 'vitest';
import { checkClasses } from '../../scripts/selection/labelled-matrix.ts';
import { parseStrategy } from '../../src/core/selection/strategy-names.ts';

describe('checkClasses', () => {
  it.each(['rfe', 'l1-logistic', 'variance:0.1+rfe', 'l1-logistic:5+mrmr'])(
    'names more than two classes as they were given: %s',
    (name) => {
      expect(() => checkClasses(parseStrategy(name), [99, 7, 42], 'y.npy')).toThrow(
        /^--labels y\.npy: (rfe|l1-logistic) .* 2 classes, got 3: 7, 42, 99\./,
      );
      expect(() => checkClasses(parseStrategy(name), [42, 7], 'y.npy')).not.toThrow();
    },
  );

  it('lets others have as many as they like', () => {
    expect(() => checkClasses(parseStrategy('f-statistic:5+mrmr'), [99, 7, 42], 'y.npy')).not.toThrow();
  });
});
