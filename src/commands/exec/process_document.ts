import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { sys } from '../../sys/call.js';
import { parseProcess } from '../../spec/parse.js';
import type { Process } from '../../spec/types.js';

/** Checks it like the process of a whole config.json. */
const sizeLimit = 10 << 20;

/** The document of exec --process: `/process` of config.json in its own file. */
export function readProcess(path: string): Process {
  let text: string;
  try {
    text = sys().readText({ path, limit: sizeLimit });
  } catch (error) {
    throw fromSystem(error, { code: 'usage', phase: 'load', operation: 'read process document', path });
  }
  const process = parseProcess({ path, text });
  // runc's words for what every process needs.
  if (process.args === undefined || process.args.length === 0) throw lacking('args must not be empty', path, '/args');
  if (process.cwd === '') throw lacking('Cwd property must not be empty', path, '/cwd');
  if (!process.cwd.startsWith('/')) throw lacking('Cwd must be an absolute path', path, '/cwd');
  return process;
}

function lacking(message: string, file: string, pointer: string): RuntimeError {
  return new RuntimeError(message, { code: 'invalid-config', phase: 'validate', path: pointer, hint: `see ${JSON.stringify(file)}` });
}
