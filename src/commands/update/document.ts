import { fromSystem } from '../../errors/from_system.js';
import { parseResources } from '../../spec/parse.js';
import type { Resources } from '../../spec/types.js';
import { sys } from '../../sys/call.js';

const sizeLimit = 10 << 20;

/** The document of update --resources: `/linux/resources` of config.json in its own file; `-` is standard input. */
export function readResources(path: string): Resources {
  let text: string;
  try {
    text = path === '-' ? sys().readFd({ fd: 0, limit: sizeLimit }) : sys().readText({ path, limit: sizeLimit });
  } catch (error) {
    throw fromSystem(error, { code: 'usage', phase: 'load', operation: 'read resources document', path });
  }
  return parseResources({ path: path === '-' ? 'standard input' : path, text });
}
