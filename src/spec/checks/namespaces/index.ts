import type { Check } from '../../check.js';
import { hasNamespace, namespacePath } from '../../namespaces.js';
import { noProblems, problem, show, token, warning, type Problem } from '../../problem.js';
import { listedAgain } from '../listed_again.js';

/** `linux.namespaces` lists each type once, with absolute paths (config-linux.md, "Namespaces"). */
export const namespacesAreUnique: Check = ({ linux }) => {
  const namespaces = linux?.namespaces ?? [];
  const problems: Problem[] = [];
  for (let index = 0; index < namespaces.length; index++) {
    const { type, path = '' } = namespaces[index] as (typeof namespaces)[number];
    const pointer = `/linux/namespaces${token(index)}`;
    if (namespaces.findIndex((other) => other.type === type) < index) {
      problems.push(listedAgain(type, `${pointer}/type`));
    }
    if (path !== '' && !path.startsWith('/')) {
      problems.push(
        problem({
          pointer: `${pointer}/path`,
          expected: 'an absolute path',
          found: show(path),
          remedy: 'write the full path, such as "/proc/1234/ns/net"',
        }),
      );
    }
  }
  return problems;
};

/**
 * Without its own mount namespace, everything would be mounted on the host. So nothing is mounted, and settings that protect the host are
 * refused.
 */
export const mountsNeedMountNamespace: Check = (spec) => {
  if (hasNamespace(spec, 'mount')) return noProblems;
  const remedy = 'add {"type": "mount"} to /linux/namespaces, or remove the field';
  const problems: Problem[] = [];
  if ((spec.mounts ?? []).length > 0) {
    problems.push(
      warning({
        pointer: '/mounts',
        expected: 'empty without a mount namespace',
        found: show(spec.mounts),
        remedy,
        words: 'nothing is mounted without a mount namespace',
      }),
    );
  }
  if (spec.root?.readonly === true) {
    problems.push(
      problem({
        pointer: '/root/readonly',
        expected: 'false without a mount namespace',
        found: 'true',
        remedy,
        words: 'the root cannot be made read-only without a mount namespace',
      }),
    );
  }
  for (const field of ['maskedPaths', 'readonlyPaths'] as const) {
    if ((spec.linux?.[field] ?? []).length === 0) continue;
    const words = 'unable to restrict sys entries without a private MNT namespace';
    problems.push(problem({ pointer: `/linux/${field}`, expected: 'empty without a mount namespace', found: 'an array', remedy, words }));
  }
  return problems;
};

/** Offsets belong to a new time namespace (time_namespaces(7)); an existing one keeps its own. */
export const timeOffsetsNeedTimeNamespace: Check = (spec) => {
  const offsets = spec.linux?.timeOffsets;
  if (offsets === undefined || Object.keys(offsets).length === 0) return noProblems;
  const pointer = '/linux/timeOffsets';
  if (!hasNamespace(spec, 'time')) {
    const words = "time namespace offsets specified, but time namespace isn't enabled in the config";
    return [problem({ pointer, expected: 'absent', found: show(offsets), remedy: 'add {"type": "time"} to /linux/namespaces', words })];
  }
  if (namespacePath(spec, 'time') === undefined) return noProblems;
  const words = 'time namespace enabled, but both namespace path and time offsets specified -- you may only provide one';
  return [
    problem({ pointer, expected: 'absent', found: show(offsets), remedy: 'remove the offsets, or the path of the time namespace', words }),
  ];
};

/** Interfaces are moved into the container's network namespace (config-linux.md, "Network Devices"). */
export const netDevicesNeedNetworkNamespace: Check = (spec) => {
  const devices = spec.linux?.netDevices ?? {};
  const problems: Problem[] = [];
  for (const [name, { name: renamed = '' }] of Object.entries(devices)) {
    const pointer = `/linux/netDevices${token(name)}`;
    if (!hasNamespace(spec, 'network')) {
      problems.push(
        problem({
          pointer,
          expected: 'absent without a network namespace',
          found: show(name),
          remedy: 'add {"type": "network"} to /linux/namespaces',
        }),
      );
    }
    if (!isInterfaceName(name))
      problems.push(problem({ pointer, expected: 'the name of a network interface', found: show(name), remedy: interfaceRemedy }));
    if (renamed !== '' && !isInterfaceName(renamed)) {
      problems.push(
        problem({ pointer: `${pointer}/name`, expected: 'the name of a network interface', found: show(renamed), remedy: interfaceRemedy }),
      );
    }
  }
  return problems;
};

const interfaceRemedy = 'use 1 to 15 characters, none of them a slash, colon, percent sign or space';

/** The kernel's dev_valid_name (net/core/dev.c). % would be a template. */
function isInterfaceName(name: string): boolean {
  return name !== '' && name.length <= 15 && name !== '.' && name !== '..' && !/[/:%\s]/.test(name);
}
