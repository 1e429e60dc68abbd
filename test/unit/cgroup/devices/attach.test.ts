import { describe, expect, test } from 'vitest';
import { attachDeviceRules, DevicePrograms } from '../../../../src/cgroup/devices/attach.js';
import type { DeviceRule } from '../../../../src/spec/types.js';
import { bindFakeSys } from '../../fake_sys.js';

const ruleOf = (major: number): readonly DeviceRule[] => [{ allow: true, type: 'c', major, access: 'r' }];

/** Records what was loaded, attached and closed, in order; programs are numbered from 1. */
function bindLoadingSys(): string[] {
  const done: string[] = [];
  let programs = 0;
  bindFakeSys({
    overrides: {
      loadDeviceProgram: () => (done.push(`load ${++programs}`), programs),
      attachDeviceProgram: ({ cgroup, program }) => void done.push(`attach ${program} to ${cgroup}`),
      close: ({ fd }) => void done.push(`close ${fd}`),
    },
  });
  return done;
}

describe('a device program', () => {
  test('is loaded for one cgroup and closed, because the cgroup holds it', () => {
    const done = bindLoadingSys();
    attachDeviceRules({ cgroup: 50, rules: ruleOf(1) });
    expect(done).toEqual(['load 1', 'attach 1 to 50', 'close 1']);
  });
  test('is loaded once for all cgroups with the same rules', () => {
    const done = bindLoadingSys();
    const programs = new DevicePrograms();
    attachDeviceRules({ cgroup: 50, rules: ruleOf(1), programs });
    attachDeviceRules({ cgroup: 51, rules: ruleOf(1), programs });
    attachDeviceRules({ cgroup: 52, rules: ruleOf(2), programs });
    expect(done).toEqual(['load 1', 'attach 1 to 50', 'attach 1 to 51', 'load 2', 'attach 2 to 52']);
  });
  test('is kept if it is one of the last eight', () => {
    const done = bindLoadingSys();
    const programs = new DevicePrograms();
    for (let major = 1; major <= 9; major++) programs.get(ruleOf(major));
    expect(done.filter((call) => call.startsWith('close'))).toEqual(['close 1']);
    expect([programs.get(ruleOf(9)), programs.get(ruleOf(1))]).toEqual([9, 10]);
  });
});
