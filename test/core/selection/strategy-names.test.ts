import { describe, expect, it } from 'vitest';
import { STRATEGIES, isMapStrategy, parseStrategy } from '../../../src/core/selection/strategy-names.ts';

describe('parseStrategy', () => {
  it('reads every plain name', () => {
    for (const name of STRATEGIES) {
      expect(parseStrategy(name)).toEqual({ name, strategy: name, prefilters: [] });
    }
  });

  it('reads what stands in front, in order', () => {
    expect(parseStrategy('variance:0.001+f-statistic:100+rfe')).toEqual({
      name: 'variance:0.001+f-statistic:100+rfe',
      strategy: 'rfe',
      prefilters: [
        { by: 'variance', threshold: 0.001 },
        { by: 'f-statistic', count: 100 },
      ],
    });
  });

  it('takes variance with a threshold alone as variance behind its own filter', () => {
    expect(parseStrategy('variance:1e-3')).toEqual({
      name: 'variance:1e-3',
      strategy: 'variance',
      prefilters: [{ by: 'variance', threshold: 0.001 }],
    });
  });

  it.each([
    ['best', /unknown strategy "best"/],
    ['', /unknown strategy ""/],
    ['best+rfe', /unknown strategy "best" in front/],
    ['rfe+', /unknown strategy ""/],
    ['variance+rfe', /variance:THRESHOLD/],
    ['variance:+rfe', /variance:THRESHOLD/],
    ['variance:-1+rfe', /at least 0/],
    ['variance:x', /variance:THRESHOLD/],
    ['f-statistic:0+rfe', /f-statistic:COUNT/],
    ['f-statistic:1.5+rfe', /f-statistic:COUNT/],
    ['rfe:10', /only a prefilter/],
    ['pca:10+rfe', /"pca" cannot stand in front/],
    ['random:10+rfe', /"random" cannot stand in front/],
    ['variance:0+full', /full keeps every coordinate/],
  ])('refuses %s and says why', (name, message) => {
    expect(() => parseStrategy(name)).toThrow(message);
    expect(() => parseStrategy(name)).toThrow(RangeError);
  });
});

describe('isMapStrategy', () => {
  it('tells maps from masks', () => {
    expect(STRATEGIES.filter(isMapStrategy)).toEqual([
      'pca',
      'pca-rfe',
      'cross-covariance',
      'whitened-cross-covariance',
      'whitened-mutual-information',
      'cca',
      'contrastive-map',
    ]);
  });
});
