import { printable } from '../../errors/printable.js';
import type { Finding } from '../../probe/finding.js';

/** Prints what a host allows for a person: one line each, with the remedy below what is not available as it is. */
export function printFindings(findings: readonly Finding[], able: boolean): string {
  const lines = findings.flatMap(({ area, name, standing, found, remedy }) => [
    `${standing}: ${area}: ${printable(name)}: ${printable(found)}`,
    ...(remedy === undefined ? [] : [`  remedy: ${printable(remedy)}`]),
  ]);
  return [...lines, able ? 'containers can run on this host' : 'no container can run on this host'].join('\n');
}
