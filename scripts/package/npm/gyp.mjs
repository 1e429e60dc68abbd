import { readFileSync } from 'node:fs';

/** binding.gyp is Python, but apart from its comments it is also JavaScript. */
const read = () => new Function(`return (${readFileSync('binding.gyp', 'utf8').replace(/^\s*#.*$/gm, '')})`)();

/** The build description for the package: the addon and the targets that it needs, with the headers that the package contains. */
export function addonGyp() {
  const all = read();
  const byName = new Map(all.targets.map((target) => [target.target_name, target]));
  const wanted = new Set();
  const want = (name) => {
    wanted.add(name);
    byName.get(name).dependencies?.forEach(want);
  };
  want('addon');
  const targets = all.targets.filter(({ target_name }) => wanted.has(target_name));
  const text = JSON.stringify({ ...all, targets }, null, 2);
  const include = /<!\(node -p \\"path\.resolve\(require\('node-addon-api'\)\.include_dir\)\\"\)/;
  if (!include.test(text)) throw new Error('binding.gyp: the include directory of node-addon-api was not found');
  return `${text.replace(include, '<(module_root_dir)/native/node_addon_api')}\n`;
}
