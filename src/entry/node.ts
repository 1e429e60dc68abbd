#!/usr/bin/env node
/**
 * The command on Node.js. The rest is loaded by an import that can fail: a limit of open files leaves Node.js running and its modules out,
 * and an uncaught failure would print a stack.
 */
import('./node_command.js').catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  const hint = reason.includes('EMFILE') ? ' (hint: raise the limit of open files (ulimit -n))' : '';
  process.stderr.write(`tsrun: load the command: ${reason}${hint}\n`);
  process.exitCode = 1;
});
export {};
