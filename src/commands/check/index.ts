import { chooseFormat } from '../../cli/options/format.js';
import { given } from '../../cli/options/given.js';
import { printLine } from '../../cli/print.js';
import { defineVerb } from '../../cli/verb.js';
import { cgroupControllers } from '../../host/controllers.js';
import { readHostFacts } from '../../host/read.js';
import { canRunContainers, probeHost } from '../../probe/index.js';
import { sys } from '../../sys/call.js';
import { checkBundle } from '../../bundle/check.js';
import { configFile, creationOptions } from '../create/options.js';
import { printFindings } from './host_report.js';
import { printProblems } from './problem_list.js';

const { bundle, config } = creationOptions;

export const verb = defineVerb({
  usage: '',
  arguments: { minimum: 0, maximum: 0 },
  about:
    'Lists errors and warnings for this host, according to version 1.3 of the runtime specification. Exits with 1 if there is an error. With --host, lists instead what the host allows, with a remedy for what it does not, and exits with 1 if no container can run on it. Changes nothing.',
  options: {
    bundle,
    config,
    format: { kind: 'text', value: 'format', about: 'text or json (default: text)' },
    host: { kind: 'switch', about: 'check what the host allows containers, and no bundle' },
  },
  async run({ options }) {
    const format = chooseFormat(options.format, ['text', 'json']);
    if (options.host) return checkHost(format);
    const host = readHostFacts();
    const problems = checkBundle({
      bundle: absolute(options.bundle ?? '.'),
      host,
      controllers: host.cgroupMount === null ? [] : cgroupControllers(host.cgroupMount),
      ...given({ configFile: configFile(options) }),
    });
    printLine(format === 'json' ? JSON.stringify(problems, null, 2) : printProblems(problems));
    return problems.some(({ severity }) => severity === 'error') ? 1 : 0;
  },
});

async function checkHost(format: 'text' | 'json'): Promise<number> {
  const findings = await probeHost();
  const able = canRunContainers(findings);
  printLine(format === 'json' ? JSON.stringify({ able, findings }, null, 2) : printFindings(findings, able));
  return able ? 0 : 1;
}

function absolute(path: string): string {
  return path.startsWith('/') ? path : `${sys().workingDirectory()}/${path}`;
}
