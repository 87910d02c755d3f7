import { describe, expect, it } from 'vitest';
import { checkRevision, isHubId } from '../../scripts/clip/hub-id.ts';

describe('isHubId', () => {
  it.each(['gpt2', 'openai/clip-vit-base-patch32', 'Xenova/clip_vit.L14', 'a/b', '0x/1.5B'])(
    'takes %s',
    (id) => {
      expect(isHubId(id)).toBe(true);
    },
  );

  it.each([
    '',
    '..',
    '.',
    '/etc/passwd',
    '../../etc',
    'acme/..',
    'acme/../x',
    'a/b/c',
    'acme/',
    '/clip',
    'acme//clip',
    'acme\\clip',
    'C:\\x',
    'acme/clip\n',
    'acme/ clip',
    'acme/.git',
    'acme/clip.git',
    'a--b/c',
    '-a/b',
    'a/b-',
    'acme/clip?x',
    'acmé/clip',
    'x'.repeat(97),
  ])('refuses %j', (id) => {
    expect(isHubId(id)).toBe(false);
  });
});

describe('checkRevision', () => {
  it.each(['main', 'v1.0', 'refs/pr/12', 'feature/x_y', 'a'.repeat(40)])('takes %s', (revision) => {
    expect(() => checkRevision(revision)).not.toThrow();
  });

  it.each(['', '/main', '../..', 'a/../b', 'a//b', 'a/', 'a/.b', 'a b', 'a\\b', '-x', 'main\n'])(
    'refuses %j',
    (revision) => {
      expect(() => checkRevision(revision)).toThrow(/expected a branch, a tag or a commit/);
    },
  );
});
