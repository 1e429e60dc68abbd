import { printable } from '../../errors/printable.js';
import type { Finding } from '../../probe/finding.js';

/** Formats what a host allows for a person: one line each, and below it the remedy if it is limited or missing. */
export function printFindings(findings: readonly Finding[], able: boolean): string {
  const lines = findings.flatMap(({ area, name, standing, found, remedy }) => [
    `${standing}: ${area}: ${printable(name)}: ${printable(found)}`,
    ...(remedy === undefined ? [] : [`  remedy: ${printable(remedy)}`]),
  ]);
  return [...lines, able ? 'containers can run on this host' : 'no container can run on this host'].join('\n');
}
