import { describe, expect, it } from 'vitest';
import { environmentLine, observeEnvironment } from '../../bench/environment.ts';
import { describeProcessor } from '../../bench/processor.ts';
import { ROOT } from '../docs/read-docs.ts';

/** As Linux shows it in a virtual machine. */
const VIRTUAL_EPYC = `processor	: 0
vendor_id	: AuthenticAMD
cpu family	: 25
model		: 17
model name	: AMD EPYC
flags		: fpu sse4_2 avx avx2 avx512f avx512_bf16

processor	: 1
cpu family	: 99
flags		: fpu
`;

describe('describeProcessor', () => {
  it('tells family, model and vector instructions, which a bare name leaves open', () => {
    expect(describeProcessor('AMD EPYC', VIRTUAL_EPYC)).toBe('AMD EPYC (family 25, model 17, AVX-512)');
    const older = VIRTUAL_EPYC.replace(' avx512f', '');
    expect(describeProcessor('AMD EPYC', older)).toBe('AMD EPYC (family 25, model 17, AVX2)');
  });

  it('says what there is where the kernel or the system tells less', () => {
    expect(describeProcessor('Apple M2', null)).toBe('Apple M2');
    const arm = 'processor	: 0\nFeatures	: fp asimd\nCPU implementer	: 0x41\n';
    expect(describeProcessor('unknown', arm)).toBe(`unnamed ${process.arch} processor`);
    expect(describeProcessor('', null)).toBe(`unnamed ${process.arch} processor`);
  });
});

describe('environmentLine', () => {
  const environment = {
    ...observeEnvironment(ROOT)(),
    cpu: 'AMD EPYC (family 25, model 17, AVX-512)',
    cores: 2,
    load: { start: 0.12, end: 1.06 },
    seconds: 83,
  };

  it('names processor, cores and the load before and after', () => {
    const line = environmentLine(environment);
    expect(line).toContain(', 2 × AMD EPYC (family 25, model 17, AVX-512), ');
    expect(line).toContain(', load 0.1 before and 1.1 after, ');
    expect(line).toMatch(/, took 83 s$/);
    expect(line).not.toContain('rivals on');
  });

  it('names each kernel that rivals ran on once', () => {
    const rival = { name: 'numpy', median: 1, min: 1, max: 1, kernel: 'OpenBLAS 0.3.21 Cooperlake' };
    const rows = [{ rival }, { rival: null }, { rival: { ...rival, name: 'scikit-learn' } }];
    expect(environmentLine(environment, rows).match(/Python rivals on .*?,/g)).toEqual([
      'Python rivals on OpenBLAS 0.3.21 Cooperlake,',
    ]);
  });
});
