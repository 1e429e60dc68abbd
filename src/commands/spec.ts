import { usageError } from '../cli/options/usage_error.js';
import { defineVerb } from '../cli/verb.js';
import { fromSystem } from '../errors/from_system.js';
import { isUnified } from '../host/mounts/cgroup.js';
import { sys, isSystemError } from '../sys/call.js';
import { templateSpec } from '../spec/template.js';

/** open(2): O_CREAT and O_EXCL, so that no file is ever overwritten. */
const newFile = 0o100 | 0o200;

export const verb = defineVerb({
  usage: '',
  arguments: { minimum: 0, maximum: 0 },
  about: 'The container runs sh on a terminal, in its own namespaces, with the directory rootfs of the bundle as its root file system.',
  options: {
    bundle: { kind: 'text', short: 'b', value: 'directory', about: 'write to this directory (default: the working directory)' },
    file: { kind: 'text', short: 'f', value: 'file', about: 'write to this file in the bundle (default: config.json)' },
    rootless: { kind: 'switch', about: 'use a user namespace in which the caller is root' },
  },
  async run({ options }) {
    const name = options.file ?? 'config.json';
    const path = name.startsWith('/') ? name : `${options.bundle ?? '.'}/${name}`;
    const { euid: uid, egid: gid } = sys().ids();
    const spec = templateSpec({ rootless: options.rootless ? { uid, gid } : null, unified: isUnified() });
    try {
      // Indented with tabs, like runc's.
      sys().writeFile({ path, text: JSON.stringify(spec, null, '\t'), flags: newFile, mode: 0o666 });
    } catch (error) {
      if (isSystemError(error, 'EEXIST')) throw usageError(`File ${name} exists. Remove it first`);
      throw fromSystem(error, { code: 'bundle', phase: 'command', operation: 'write', path });
    }
    return 0;
  },
});
