import { readHostFacts } from '../host/read.js';
import { cgroupFindings } from './cgroups.js';
import type { Finding } from './finding.js';
import { kernelFindings } from './kernel.js';
import { mountFindings } from './mounts.js';
import { namespaceFindings } from './namespaces.js';
import { securityFindings } from './security.js';
import { userFindings } from './user.js';

/**
 * Finds out what this host allows containers. Tries what only the kernel can answer, in processes and namespaces that end at once, and
 * reads the rest. Changes nothing.
 */
export async function probeHost(): Promise<readonly Finding[]> {
  const host = readHostFacts();
  return [
    ...(await kernelFindings()),
    ...userFindings(host),
    ...(await namespaceFindings()),
    ...(await mountFindings()),
    ...cgroupFindings(host),
    ...securityFindings(host),
  ];
}

/** Whether a container can run here. */
export function canRunContainers(findings: readonly Finding[]): boolean {
  return findings.every(({ needed, standing }) => !needed || standing !== 'missing');
}
