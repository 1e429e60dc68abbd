import { existsSync } from 'node:fs';

/** Whether CRIU is installed. Debian has it in sid only; docs/testing.md says how to run these tests with it. */
export const hasCriu = (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(`${directory}/criu`));

if (!hasCriu) console.log('the tests with CRIU are skipped: no "criu" in PATH (docs/testing.md, "With CRIU")');
