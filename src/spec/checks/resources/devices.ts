import type { Check } from '../../check.js';
import { noProblems, problem, show, token, type Problem } from '../../problem.js';

/** A device number has 12 bits for the major and 20 for the minor part (linux/kdev_t.h). */
const largest = { major: 2 ** 12 - 1, minor: 2 ** 20 - 1 } as const;

/** `linux.devices` (config-linux.md, "Devices"). */
export const devicesAreComplete: Check = ({ linux }) => {
  const devices = linux?.devices;
  if (devices === undefined) return noProblems;
  const problems: Problem[] = [];
  devices.forEach((device, index) => {
    const pointer = `/linux/devices${token(index)}`;
    if (!device.path.startsWith('/')) {
      problems.push(
        problem({
          pointer: `${pointer}/path`,
          expected: 'an absolute path',
          found: show(device.path),
          remedy: 'write the path in the container, such as "/dev/fuse"',
        }),
      );
    }
    if (device.type === 'p') return;
    for (const part of ['major', 'minor'] as const) {
      const number = device[part];
      if (number !== undefined && number >= 0 && number <= largest[part]) continue;
      problems.push(
        problem({
          pointer: `${pointer}/${part}`,
          expected: `a number from 0 to ${largest[part]}`,
          found: show(number),
          remedy: 'run "ls -l" on the device on the host to see its numbers',
        }),
      );
    }
  });
  return problems;
};

/** `linux.resources.devices`: -1 means every number, and the access consists of r, w and m. */
export const deviceRulesAreReadable: Check = ({ linux }) => {
  const rules = linux?.resources?.devices ?? [];
  let problems: Problem[] | undefined;
  for (let index = 0; index < rules.length; index++) {
    const { access = '', major = -1, minor = -1 } = rules[index] as (typeof rules)[number];
    const pointer = `/linux/resources/devices${token(index)}`;
    if (!isAccess(access)) {
      problems ??= [];
      problems.push(
        problem({
          pointer: `${pointer}/access`,
          expected: 'made of the letters r, w and m',
          found: show(access),
          remedy: 'write "rwm" for everything',
        }),
      );
    }
    for (const [part, number] of [
      ['major', major],
      ['minor', minor],
    ] as const) {
      if (number >= -1 && number <= largest[part]) continue;
      problems ??= [];
      problems.push(
        problem({
          pointer: `${pointer}/${part}`,
          expected: `a number from -1 to ${largest[part]}`,
          found: show(number),
          remedy: 'leave it out for every number',
        }),
      );
    }
  }
  return problems ?? noProblems;
};

function isAccess(access: string): boolean {
  // "a" is the type of rules for every device. As an access, runc and crun ignore it.
  for (const letter of access) if (letter !== 'r' && letter !== 'w' && letter !== 'm' && letter !== 'a') return false;
  return true;
}
