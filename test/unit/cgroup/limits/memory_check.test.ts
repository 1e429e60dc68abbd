import { expect, test } from 'vitest';
import { checkMemoryUsage } from '../../../../src/cgroup/limits/memory_check.js';
import { bindFakeSys } from '../../fake_sys.js';

const directory = '/cg/web';
const check = (limit: number, swap?: number, checkBeforeUpdate = true): void => {
  const { sys } = bindFakeSys({ files: { [`${directory}/memory.current`]: '1000\n', [`${directory}/memory.swap.current`]: '500\n' } });
  checkMemoryUsage({
    cgroup: sys.open({ path: directory, flags: 0 }),
    memory: { limit, checkBeforeUpdate, ...(swap === undefined ? {} : { swap }) },
  });
};

test('a limit above the memory in use is accepted', () => {
  expect(() => {
    check(1000, 1500);
  }).not.toThrow();
});
test('a limit below the memory in use is refused', () => {
  expect(() => {
    check(999);
  }).toThrow('unable to set memory limit to 999 (current usage: 1000)');
});
test('a limit of memory and swap below the use is refused, too', () => {
  expect(() => {
    check(2000, 1499);
  }).toThrow('unable to set memory+swap limit to 1499 (current usage: 1500)');
});
test('without checkBeforeUpdate nothing is read', () => {
  expect(() => {
    check(1, 1, false);
  }).not.toThrow();
});
