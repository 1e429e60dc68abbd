import type { Check } from '../../check.js';
import { problem, show, type Problem } from '../../problem.js';

/** Labels of a security module that the host does not run would protect nothing. For SELinux, runc's words. */
export const securityModulesAreEnabled: Check = ({ process, linux }, host) => {
  const problems: Problem[] = [];
  const { apparmorProfile = '', selinuxLabel = '' } = process ?? {};
  const mountLabel = linux?.mountLabel ?? '';
  if (apparmorProfile !== '' && !host.apparmor) {
    problems.push(
      problem({
        pointer: '/process/apparmorProfile',
        expected: 'absent on a host without AppArmor',
        found: show(apparmorProfile),
        remedy: 'remove it, or enable AppArmor in the kernel',
      }),
    );
  }
  if (selinuxLabel !== '' && !host.selinux) {
    const words = 'selinux label is specified in config, but selinux is disabled or not supported';
    problems.push(
      problem({
        pointer: '/process/selinuxLabel',
        expected: 'absent on a host without SELinux',
        found: show(selinuxLabel),
        remedy: 'remove it, or enable SELinux',
        words,
      }),
    );
  }
  if (mountLabel !== '' && !host.selinux) {
    problems.push(
      problem({
        pointer: '/linux/mountLabel',
        expected: 'absent on a host without SELinux',
        found: show(mountLabel),
        remedy: 'remove it, or enable SELinux',
      }),
    );
  }
  return problems;
};
